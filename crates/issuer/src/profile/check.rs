//! Whether a profile that somebody wrote is safe to issue by, found when it is read and not when it is used.
//!
//! Every certificate is linted before it is signed all the same; this says earlier, with a line, what would be refused
//! then, and refuses what no linter of one certificate sees: two holders that could not be told apart, an extension
//! that would make its holder an authority, a root that is its own issuing authority.

use std::collections::BTreeSet;

use pki::{Name, Oid, oid};

use super::{Applicant, Attribute, CaNames, Profile, string_tag};
use crate::lint::{string_types_fit, subject_is_sound};

/// The longest life of a root, of an authority and of what is issued, in days.
const MAX_DAYS: [(&str, u32); 3] = [("root", 11_000), ("issuing", 7_400), ("issued", 3_660)];
/// The longest life that may be asked for, in years.
const MAX_YEARS: u32 = 10;
/// GM/T 0015: organisation code, also used for the unified social credit code.
const ORGANISATION_CODE: &str = "1.2.156.10260.4.1.4";
/// What is filled in.
const FIELDS: [&str; 4] = ["{organisation}", "{uscc}", "{holder}", "{key_number}"];
/// Extensions that mean something to whoever verifies: X.509's own, PKIX's, and the attributes of OCSP and nocheck.
const STANDARD: [&str; 3] = ["2.5.29.", "1.3.6.1.5.5.7.", "2.16.840.1.113730.1."];
/// anyPolicy (RFC 5280 §4.2.1.4): good for every product.
const ANY_POLICY: &str = "2.5.29.32.0";

/// What is wrong with a profile, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {reason}")]
pub struct ProfileFault {
    /// The line, from 1 on.
    pub line: usize,
    /// Why.
    pub reason: String,
}

impl ProfileFault {
    /// A fault at the first line that says this; at the first line where none does.
    #[must_use]
    pub fn at(text: &str, what: &str, reason: String) -> Self {
        let quoted = format!("\"{what}\"");
        let find = |what: &str| text.lines().position(|line| code(line).contains(what));
        let at = find(&quoted).or_else(|| find(what)).unwrap_or(0);
        Self {
            line: at + 1,
            reason,
        }
    }
}

/// Reads a profile that somebody wrote and refuses it where it is unsafe.
///
/// # Errors
/// [`ProfileFault`]: the first fault.
pub fn checked_profile(text: &str) -> Result<Profile, ProfileFault> {
    let profile: Profile = toml::from_str(text).map_err(|error| {
        let before = error.span().map_or(0, |span| span.start);
        ProfileFault {
            line: text[..before.min(text.len())].matches('\n').count() + 1,
            reason: error.message().to_owned(),
        }
    })?;
    let fault = |(what, reason): (String, String)| ProfileFault::at(text, &what, reason);
    names(&profile).map_err(fault)?;
    lives(&profile).map_err(fault)?;
    policies(&profile).map_err(fault)?;
    authority_names(&profile).map_err(fault)?;
    subject(&profile).map_err(fault)?;
    extensions(&profile).map_err(fault)?;
    // What is left is what the built-in ones are held against too.
    Profile::from_toml(text)
        .map_err(|error| ProfileFault::at(text, &error.reason, error.reason.clone()))
}

/// What is wrong: the words by which its line is found, and the reason.
type Checked = Result<(), (String, String)>;

fn require(holds: bool, what: &str, reason: impl Into<String>) -> Checked {
    if holds {
        Ok(())
    } else {
        Err((what.to_owned(), reason.into()))
    }
}

fn names(profile: &Profile) -> Checked {
    for id in [&profile.id, &profile.root.id, &profile.issuing.id] {
        // It stands in addresses and names of files.
        let sound = (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
            && !id.starts_with('-');
        require(
            sound,
            id,
            format!("the id {id:?} is not 1 to 64 of a-z, 0-9 and -"),
        )?;
        // `{id}-{digit}` is the name of a shard's list.
        let ambiguous = crate::revocation::Shard::split(id).is_some();
        require(
            !ambiguous,
            id,
            format!("the id {id:?} ends as a shard's name does"),
        )?;
    }
    require(
        profile.root.id != profile.issuing.id,
        "issuing",
        "root and issuing authority have one id: the root's key would issue every day",
    )?;
    let known = super::family(&profile.family).is_some();
    require(known, &profile.family, "family is none of sm2, rsa, p256")
}

fn lives(profile: &Profile) -> Checked {
    let all = [profile.root.days, profile.issuing.days, profile.days];
    for (days, (whose, limit)) in all.into_iter().zip(MAX_DAYS) {
        require(
            (1..=limit).contains(&days),
            &format!("days = {days}"),
            format!("the life of {whose} is not 1 to {limit} days"),
        )?;
    }
    require(
        profile.issuing.days <= profile.root.days,
        &format!("days = {}", profile.issuing.days),
        "the issuing authority would outlive its root",
    )?;
    require(
        profile.days <= profile.issuing.days,
        &format!("days = {}", profile.days),
        "what is issued would outlive its issuer",
    )?;
    require(
        (1..=MAX_YEARS).contains(&profile.max_years),
        "max_years",
        format!("max_years is not 1 to {MAX_YEARS}"),
    )
}

fn policies(profile: &Profile) -> Checked {
    require(
        !profile.policies.is_empty(),
        "policies",
        "what is issued has no certificate policy",
    )?;
    for (product, listed) in &profile.products {
        require(
            !listed.is_empty(),
            product,
            format!("the product {product:?} has no certificate policy"),
        )?;
    }
    for policy in profile
        .policies
        .iter()
        .chain(profile.products.values().flatten())
    {
        require(
            Oid::new(policy).is_ok(),
            policy,
            format!("{policy:?} is no object identifier"),
        )?;
        require(
            policy != ANY_POLICY,
            policy,
            "anyPolicy would be good for every product",
        )?;
    }
    Ok(())
}

fn authority_names(profile: &Profile) -> Checked {
    for (table, names) in [("[root]", &profile.root), ("[issuing]", &profile.issuing)] {
        let name = filled(&names.subject, None).map_err(|bad| of_table(names, &bad, table))?;
        require(
            subject_is_sound(&name) && string_types_fit(&name),
            table,
            format!("the name of {table} breaks RFC 5280 §4.1.2.4"),
        )?;
        for attribute in &names.subject {
            require(
                !attribute.value.contains(['{', '}']),
                &attribute.value,
                "an authority's name has no fields of an applicant",
            )?;
        }
    }
    let name = |names: &CaNames| names.name().ok().map(|name| name.der().to_vec());
    require(
        name(&profile.root) != name(&profile.issuing),
        "[issuing]",
        "root and issuing authority have one name: paths could not tell them apart",
    )
}

fn of_table(names: &CaNames, bad: &str, table: &str) -> (String, String) {
    let what = if names.subject.is_empty() { table } else { bad };
    (what.to_owned(), format!("{bad:?} can't stand in a name"))
}

fn subject(profile: &Profile) -> Checked {
    let sample = sample();
    let all: String = profile
        .subject
        .iter()
        .map(|one| one.value.as_str())
        .collect();
    for attribute in &profile.subject {
        only_known_fields(&attribute.value)?;
    }
    let name = filled(&profile.subject, Some(&sample))
        .map_err(|bad| (bad.clone(), format!("{bad:?} can't stand in a name")))?;
    require(
        subject_is_sound(&name) && string_types_fit(&name),
        "subject",
        "the subject breaks RFC 5280 §4.1.2.4 or §4.1.2.6 (common name, upper bounds, country)",
    )?;
    let common_name = oid::COMMON_NAME.to_string();
    let mut common_names = profile.subject.iter().filter(|one| one.oid == common_name);
    require(
        common_names.any(|one| one.value.contains('{')),
        "subject",
        "the common name says nothing of the holder: every certificate would name the same one",
    )?;
    let extensions: String = profile
        .extensions
        .iter()
        .map(|one| one.value.as_str())
        .collect();
    let number = all.contains("{key_number}") || extensions.contains("{key_number}");
    let code = all.contains("{uscc}") || extensions.contains("{uscc}");
    require(
        number || code,
        "subject",
        "neither key number nor social credit code stands in it: two holders of one name are one",
    )
}

fn extensions(profile: &Profile) -> Checked {
    let sample = sample();
    let mut seen = BTreeSet::new();
    for extension in &profile.extensions {
        let dotted = &extension.oid;
        require(
            Oid::new(dotted).is_ok(),
            dotted,
            format!("{dotted:?} is no object identifier"),
        )?;
        require(
            !STANDARD.iter().any(|arc| dotted.starts_with(arc)),
            dotted,
            format!("{dotted} is a standard's extension; a profile adds identity and nothing else"),
        )?;
        require(
            seen.insert(dotted.as_str()),
            dotted,
            format!("{dotted} stands twice (RFC 5280 §4.2)"),
        )?;
        only_known_fields(&extension.value)?;
        let string = &extension.string;
        require(
            string_tag(string).is_some(),
            string,
            "string is neither utf8 nor printable",
        )?;
        let text = super::fill(&extension.value, Some(&sample));
        let printable = text.bytes().all(|c| c.is_ascii_alphanumeric());
        require(
            !text.trim().is_empty() && (string != "printable" || printable),
            &extension.value,
            format!("{:?} can't stand in a {string} string", extension.value),
        )?;
        require(
            dotted != ORGANISATION_CODE || extension.value.contains("{uscc}"),
            &extension.value,
            "the organisation code (GM/T 0015) is the applicant's {uscc}",
        )?;
    }
    Ok(())
}

fn only_known_fields(value: &str) -> Checked {
    let rest = FIELDS
        .iter()
        .fold(value.to_owned(), |rest, field| rest.replace(field, ""));
    require(
        !rest.contains(['{', '}']),
        value,
        format!("{value:?} has a field that is none of {}", FIELDS.join(" ")),
    )
}

fn filled(attributes: &[Attribute], applicant: Option<&Applicant>) -> Result<Name, String> {
    for attribute in attributes {
        super::name(std::slice::from_ref(attribute), applicant)
            .ok_or_else(|| attribute.value.clone())?;
    }
    super::name(attributes, applicant).ok_or_else(|| "subject".to_owned())
}

/// Somebody whose fields are as long as they usually are.
fn sample() -> Applicant {
    Applicant {
        organisation: "演示供应商甲有限公司".to_owned(),
        uscc: "91350200MA2XXXXX0A".to_owned(),
        holder: "张三".to_owned(),
        key_number: "20261122001".to_owned(),
    }
}

/// A line without what follows `#`, where no text stands in it.
fn code(line: &str) -> &str {
    if line.trim_start().starts_with('#') {
        ""
    } else {
        line
    }
}

#[cfg(test)]
mod tests;
