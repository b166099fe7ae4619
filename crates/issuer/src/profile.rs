//! Profiles: what an authority's certificates say, as data. The demo's stand in `profiles/*.toml`.

mod check;

use std::collections::BTreeMap;

use pki::asn1::{tag, write};
use pki::pkcs10::CertificationRequest;
use pki::{KeyFamily, Name, Oid, UnixTime, oid};
use serde::Deserialize;

use crate::order::CertificateType;
use crate::{IssuerError, Kind, Template};

pub use check::{ProfileFault, checked_profile};

/// A profile that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the profile {id} cannot be read: {reason}")]
pub struct ProfileError {
    /// Which one.
    pub id: String,
    /// Where and why.
    pub reason: String,
}

/// What the certificates of one provider's demo authority say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The provider's id in the catalogue.
    pub id: String,
    /// `sm2`, `rsa` or `p256`: the family of the authority's keys and of the keys that it certifies.
    family: String,
    /// The root's id, name and life.
    pub root: CaNames,
    /// The issuing authority's id, name and life.
    pub issuing: CaNames,
    /// certificatePolicies of what is issued.
    policies: Vec<String>,
    /// Other products, which differ in their certificatePolicies: id and policies.
    #[serde(default)]
    products: BTreeMap<String, Vec<String>>,
    /// Life of what is issued, in days, unless the request says otherwise.
    pub days: u32,
    /// The longest life that can be asked for, in years; the type may say less.
    #[serde(default = "one_year")]
    max_years: u32,
    /// The subject of what is issued, most general first.
    subject: Vec<Attribute>,
    /// The extensions that carry identity.
    #[serde(default)]
    extensions: Vec<IdentityExtension>,
}

/// An authority's id, distinguished name and life.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaNames {
    /// The name in records, URLs and file names.
    pub id: String,
    /// Most general attribute first.
    subject: Vec<Attribute>,
    /// Life in days.
    pub days: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Attribute {
    /// Dotted object identifier.
    oid: String,
    /// Text with `{organisation}`, `{uscc}`, `{holder}`, `{key_number}` filled in.
    value: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityExtension {
    oid: String,
    value: String,
    /// `utf8` or `printable`.
    string: String,
}

/// Who applies, as checked by whoever approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// The organisation's registered name.
    pub organisation: String,
    /// Its unified social credit code, 18 characters.
    pub uscc: String,
    /// The person or department that holds the key.
    pub holder: String,
    /// The number that the provider gives the key.
    pub key_number: String,
}

impl Profile {
    /// Reads a profile and checks every field that is not free text.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn from_toml(text: &str) -> Result<Self, ProfileError> {
        let bad = |id: &str, reason: String| ProfileError {
            id: id.to_owned(),
            reason,
        };
        let profile: Self = toml::from_str(text).map_err(|e| bad("", e.to_string()))?;
        let id = profile.id.clone();
        family(&profile.family).ok_or_else(|| bad(&id, "family".into()))?;
        let oids = profile
            .policies
            .iter()
            .chain(profile.products.values().flatten())
            .chain(profile.extensions.iter().map(|extension| &extension.oid))
            .chain(profile.subject.iter().map(|attribute| &attribute.oid))
            .chain(profile.root.subject.iter().map(|attribute| &attribute.oid))
            .chain(
                profile
                    .issuing
                    .subject
                    .iter()
                    .map(|attribute| &attribute.oid),
            );
        for dotted in oids {
            Oid::new(dotted).map_err(|_| bad(&id, format!("object identifier {dotted}")))?;
        }
        for extension in &profile.extensions {
            string_tag(&extension.string).ok_or_else(|| bad(&id, "string".into()))?;
        }
        Ok(profile)
    }

    /// The same profile with the policies that the catalogue gives a product.
    #[must_use]
    pub fn with_policies(mut self, policies: Vec<Oid>) -> Self {
        self.policies = policies.iter().map(ToString::to_string).collect();
        self
    }

    /// The same profile for a type of certificate: its word stands in the subject, before the common name.
    ///
    /// # Errors
    /// [`ProfileError`] where the table of types can't be read.
    pub fn for_type(mut self, certificate_type: CertificateType) -> Result<Self, ProfileError> {
        let types = certificate_types()?;
        let Some(rules) = types.get(&certificate_type) else {
            return Err(ProfileError {
                id: "types".to_owned(),
                reason: certificate_type.name().to_owned(),
            });
        };
        let unit = Attribute {
            oid: oid::ORGANIZATIONAL_UNIT.to_string(),
            value: rules.unit.clone(),
        };
        let common_name = oid::COMMON_NAME.to_string();
        let before = self
            .subject
            .iter()
            .position(|attribute| attribute.oid == common_name)
            .unwrap_or(self.subject.len());
        self.subject.insert(before, unit);
        self.max_years = rules.max_years;
        Ok(self)
    }

    /// The longest life of what is issued, in years.
    #[must_use]
    pub const fn max_years(&self) -> u32 {
        self.max_years
    }

    /// The same profile for another of its products; `None` where it has no such product.
    #[must_use]
    pub fn product(mut self, id: &str) -> Option<Self> {
        self.policies = self.products.remove(id)?;
        Some(self)
    }

    /// The family of keys.
    #[must_use]
    pub fn family(&self) -> KeyFamily {
        family(&self.family).unwrap_or(KeyFamily::Sm2)
    }

    /// What the certificate of this applicant and request is to say, from `not_before` on, for the
    /// profile's days or until `not_after`. The request's own subject and attributes are not taken over;
    /// its signature is verified.
    ///
    /// # Errors
    /// [`IssuerError::ProofOfPossession`], [`IssuerError::KeyFamily`] or [`IssuerError::Applicant`].
    pub fn template(
        &self,
        applicant: &Applicant,
        request: &CertificationRequest,
        not_before: UnixTime,
        not_after: Option<UnixTime>,
    ) -> Result<Template, IssuerError> {
        request.verify().map_err(IssuerError::ProofOfPossession)?;
        let family = request.public_key().family();
        if family != self.family() {
            return Err(IssuerError::KeyFamily(family.name()));
        }
        let subject = name(&self.subject, Some(applicant))
            .ok_or(IssuerError::Applicant("the applicant's name or number"))?;
        let mut identity = Vec::with_capacity(self.extensions.len());
        for extension in &self.extensions {
            let text = fill(&extension.value, Some(applicant));
            let tag = string_tag(&extension.string);
            let (Some(tag), Some(oid), true) =
                (tag, Oid::new(&extension.oid).ok(), !text.is_empty())
            else {
                return Err(IssuerError::Applicant("an identity field"));
            };
            if tag == tag::PRINTABLE_STRING && !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return Err(IssuerError::Applicant("an identity field"));
            }
            identity.push((oid, write::element(tag, text.as_bytes())));
        }
        Ok(Template {
            kind: Kind::EndEntity,
            subject,
            public_key: request.public_key().clone(),
            not_before,
            not_after: not_after.unwrap_or_else(|| not_before.plus(days(self.days))),
            policies: self
                .policies
                .iter()
                .filter_map(|dotted| Oid::new(dotted).ok())
                .collect(),
            extended_key_usage: vec![oid::CLIENT_AUTH],
            identity,
            key_number: Some(applicant.key_number.clone()),
        })
    }
}

impl CaNames {
    /// The authority's distinguished name.
    ///
    /// # Errors
    /// [`IssuerError::Applicant`] for text that its string type cannot hold.
    pub fn name(&self) -> Result<Name, IssuerError> {
        name(&self.subject, None).ok_or(IssuerError::Applicant("the authority's name"))
    }
}

/// The profiles of the demo authorities, one for each provider of the catalogue: SM2 and RSA-2048, each with its
/// identity fields where that provider's map looks for them.
///
/// # Errors
/// [`ProfileError`]; a test reads all of them.
pub fn demo_profiles() -> Result<Vec<Profile>, ProfileError> {
    [
        include_str!("../profiles/szca.toml"),
        include_str!("../profiles/itrus.toml"),
        include_str!("../profiles/scca.toml"),
        include_str!("../profiles/cfca.toml"),
        include_str!("../profiles/fjca.toml"),
        include_str!("../profiles/fjgp.toml"),
        include_str!("../profiles/qhca.toml"),
        include_str!("../profiles/shouzhong.toml"),
        include_str!("../profiles/zjhx.toml"),
    ]
    .into_iter()
    .map(Profile::from_toml)
    .collect()
}

/// What a type of certificate adds to a profile.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeRules {
    /// organizationalUnitName.
    unit: String,
    /// The longest life, in years.
    max_years: u32,
}

fn certificate_types() -> Result<BTreeMap<CertificateType, TypeRules>, ProfileError> {
    toml::from_str(include_str!("../profiles/types.toml")).map_err(|error| ProfileError {
        id: "types".to_owned(),
        reason: error.to_string(),
    })
}

const fn one_year() -> u32 {
    1
}

pub(crate) const fn days(days: u32) -> i64 {
    days as i64 * 86_400
}

fn family(name: &str) -> Option<KeyFamily> {
    [KeyFamily::Sm2, KeyFamily::Rsa, KeyFamily::P256]
        .into_iter()
        .find(|family| family.name() == name)
}

fn string_tag(name: &str) -> Option<u8> {
    match name {
        "utf8" => Some(tag::UTF8_STRING),
        "printable" => Some(tag::PRINTABLE_STRING),
        _ => None,
    }
}

fn name(attributes: &[Attribute], applicant: Option<&Applicant>) -> Option<Name> {
    let filled: Vec<(Oid, String)> = attributes
        .iter()
        .map(|attribute| {
            let oid = Oid::new(&attribute.oid).ok()?;
            Some((oid, fill(&attribute.value, applicant)))
        })
        .collect::<Option<_>>()?;
    let borrowed: Vec<(Oid, &str)> = filled
        .iter()
        .map(|(oid, text)| (*oid, text.as_str()))
        .collect();
    Name::from_attributes(&borrowed).ok()
}

/// Fills in the applicant's fields, each once and never inside another's text.
fn fill(pattern: &str, applicant: Option<&Applicant>) -> String {
    let Some(applicant) = applicant else {
        return pattern.to_owned();
    };
    let fields = [
        ("{organisation}", &applicant.organisation),
        ("{uscc}", &applicant.uscc),
        ("{holder}", &applicant.holder),
        ("{key_number}", &applicant.key_number),
    ];
    let mut out = String::new();
    let mut rest = pattern;
    'next: while let Some(start) = rest.find('{') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        for (field, value) in fields {
            if let Some(after) = rest.strip_prefix(field) {
                out.push_str(value);
                rest = after;
                continue 'next;
            }
        }
        out.push('{');
        rest = &rest[1..];
    }
    out.push_str(rest);
    out
}
