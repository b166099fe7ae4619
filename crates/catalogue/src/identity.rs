//! Who a certificate is for, read by its provider's own map (rule 4): never from what a page says, never
//! from the serial alone.

use pki::{Certificate, Oid};
use serde::Deserialize;

use crate::{ObjectId, Provider, value, words};

/// Where a provider's certificates hold the identity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IdentityMap {
    /// The unique id of the lock. The only one that may fall back to issuer and serial.
    pub key_number: Source,
    /// The unified social credit code.
    pub uscc: Option<Source>,
    /// The organisation's name.
    pub organisation: Option<Source>,
    /// The holder's name as the certificate says it.
    pub holder: Source,
}

/// One value's place, and what is done to it: taken out of the whole first, then cleaned.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "SourceFile")]
pub struct Source {
    place: Place,
    take: Take,
    clean: Vec<Clean>,
    issuer_and_serial: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Subject(Oid),
    Extension(Oid),
}

/// Which part of the value counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// All of it.
    #[default]
    Whole,
    /// The text behind the last `@`; a value without one does not count.
    AfterLastAt,
    /// Of a composite with the parts `a@b@c@…`, such as `041@0<ID>@姓名@00000001`, the second; a value with
    /// fewer parts does not count.
    SecondOfComposite,
    /// The third.
    ThirdOfComposite,
}

/// What is removed before the value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Clean {
    /// One leading `0` or `N` in front of a whole code.
    #[serde(rename = "leading_0_or_n")]
    Leading0OrN,
    /// A leading `SF`.
    #[serde(rename = "leading_sf")]
    LeadingSf,
    /// Dashes.
    #[serde(rename = "dashes")]
    Dashes,
}

/// A [`Source`] as files write it.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct SourceFile {
    /// An attribute of the subject's name: a short name or dotted decimal. Either this or `extension`.
    subject: Option<String>,
    /// A certificate extension, in dotted decimal.
    extension: Option<ObjectId>,
    /// Which part of the value counts.
    #[serde(default)]
    take: Take,
    /// What is removed from it.
    #[serde(default)]
    clean: Vec<Clean>,
    /// What counts where the certificate has no such value; for `key_number` only.
    #[serde(rename = "or")]
    otherwise: Option<Otherwise>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum Otherwise {
    /// Serial number and issuer.
    IssuerAndSerial,
}

impl TryFrom<SourceFile> for Source {
    type Error = String;
    fn try_from(file: SourceFile) -> Result<Self, String> {
        let place = match (file.subject, file.extension) {
            (Some(name), None) => Place::Subject(
                words::attribute_oid(&name)
                    .ok_or_else(|| format!("`{name}` is no attribute of a name"))?,
            ),
            (None, Some(oid)) => Place::Extension(oid.0),
            _ => {
                return Err(
                    "either `subject` or `extension` says where the value stands".to_owned(),
                );
            }
        };
        Ok(Self {
            place,
            take: file.take,
            clean: file.clean,
            issuer_and_serial: matches!(file.otherwise, Some(Otherwise::IssuerAndSerial)),
        })
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Source {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Source".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        SourceFile::json_schema(generator)
    }
}

impl IdentityMap {
    /// Fields whose `or = "issuer_and_serial"` would make a name out of a number.
    pub(crate) fn misplaced_fallback(&self) -> Option<&'static str> {
        let falls_back =
            |source: Option<&Source>| source.is_some_and(|source| source.issuer_and_serial);
        [
            ("uscc", falls_back(self.uscc.as_ref())),
            ("organisation", falls_back(self.organisation.as_ref())),
            ("holder", falls_back(Some(&self.holder))),
        ]
        .into_iter()
        .find_map(|(field, wrong)| wrong.then_some(field))
    }
}

/// What a certificate says about its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// CA 编号, CA 锁 ID: what a binding is for.
    pub key_number: String,
    /// The holder's name.
    pub holder: String,
    /// The organisation's name, where the certificate has one.
    pub organisation: Option<String>,
    /// The unified social credit code, 18 characters in upper case, where the certificate has one.
    pub uscc: Option<String>,
    /// Whether it stands for an organisation.
    pub kind: HolderKind,
}

/// For whom a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HolderKind {
    /// An organisation: it carries a unified social credit code.
    Organisation,
    /// A natural person.
    Person,
}

/// Why nobody can be read from a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The catalogue has no identity map for the provider.
    #[error("the catalogue does not say where certificates of {provider} hold the identity")]
    NoMap {
        /// The provider's id.
        provider: String,
    },
    /// The certificate lacks the field.
    #[error("the certificate holds no {field}")]
    Missing {
        /// The field of the map.
        field: &'static str,
    },
    /// The field has several values and nothing says which one counts.
    #[error("the certificate holds several values for {field}")]
    Ambiguous {
        /// The field of the map.
        field: &'static str,
    },
    /// The field's value is not text, or no such code.
    #[error("the certificate's {field} cannot be read")]
    Malformed {
        /// The field of the map.
        field: &'static str,
    },
}

/// Reads the identity by the provider's map. Says nothing about whether the certificate is genuine: path,
/// validity and revocation are the caller's to check first.
pub fn identity(provider: &Provider, certificate: &Certificate) -> Result<Identity, IdentityError> {
    let no_map = || IdentityError::NoMap {
        provider: provider.id.to_string(),
    };
    let map = provider.identity.as_ref().ok_or_else(no_map)?;
    let missing = |field| IdentityError::Missing { field };

    let key_number = match read(&map.key_number, certificate, "key_number")? {
        Some(number) => number,
        None if map.key_number.issuer_and_serial => {
            format!(
                "{}@{}",
                certificate.serial_hex(),
                certificate.issuer().rfc4514()
            )
        }
        None => return Err(missing("key_number")),
    };
    let optional = |source: &Option<Source>, field| match source {
        Some(source) => read(source, certificate, field),
        None => Ok(None),
    };
    let uscc = optional(&map.uscc, "uscc")?.map(|code| code.to_uppercase());
    if uscc.as_deref().is_some_and(|code| !has_uscc_shape(code)) {
        return Err(IdentityError::Malformed { field: "uscc" });
    }
    Ok(Identity {
        key_number,
        holder: read(&map.holder, certificate, "holder")?.ok_or_else(|| missing("holder"))?,
        organisation: optional(&map.organisation, "organisation")?,
        kind: if uscc.is_some() {
            HolderKind::Organisation
        } else {
            HolderKind::Person
        },
        uscc,
    })
}

fn read(
    source: &Source,
    certificate: &Certificate,
    field: &'static str,
) -> Result<Option<String>, IdentityError> {
    let raw: Vec<String> = match source.place {
        Place::Subject(oid) => certificate
            .subject()
            .attribute_values(&oid)
            .map(|value| value.trim().to_owned())
            .collect(),
        Place::Extension(oid) => match certificate.extension_value(&oid) {
            Some(bytes) => vec![value::text(bytes).ok_or(IdentityError::Malformed { field })?],
            None => Vec::new(),
        },
    };
    let mut taken = raw.into_iter().filter_map(|value| match source.take {
        Take::Whole => Some(value),
        Take::AfterLastAt => value.rsplit_once('@').map(|(_, behind)| behind.to_owned()),
        Take::SecondOfComposite => part_of_composite(&value, 1),
        Take::ThirdOfComposite => part_of_composite(&value, 2),
    });
    let Some(mut found) = taken.next() else {
        return Ok(None);
    };
    if taken.next().is_some() {
        return Err(IdentityError::Ambiguous { field });
    }
    if source.clean.contains(&Clean::LeadingSf)
        && let Some(rest) = found.strip_prefix("SF")
    {
        found = rest.to_owned();
    }
    if source.clean.contains(&Clean::Dashes) {
        found = value::without_dashes(&found);
    }
    if source.clean.contains(&Clean::Leading0OrN) {
        found = value::without_leading_0_or_n(&found).to_owned();
    }
    if found.is_empty() || found.chars().count() > 256 || found.chars().any(char::is_control) {
        return Err(IdentityError::Malformed { field });
    }
    Ok(Some(found))
}

/// A part of `a@b@c`; a value without any `@` is no composite, and an empty part says nothing.
fn part_of_composite(value: &str, at: usize) -> Option<String> {
    let part = value.contains('@').then(|| value.split('@').nth(at))??;
    (!part.is_empty()).then(|| part.to_owned())
}

/// GB 32100-2015: 18 characters, digits and capitals without I, O, S, V, Z. The check digit is verified
/// where a code is entered; here it must equal one that was.
fn has_uscc_shape(code: &str) -> bool {
    let fits = |b: u8| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"IOSVZ".contains(&b));
    code.len() == 18 && code.bytes().all(fits)
}
