//! Whose key it is: read from the certificate by its provider's map, compared with the account's organisation (rule 4).

use catalogue::{Identity, Provider};
use pki::Certificate;

use crate::refusal::Refusal;

/// Reads the identity by the provider's own map.
///
/// # Errors
/// [`Refusal::Identity`].
pub fn read(provider: &Provider, certificate: &Certificate) -> Result<Identity, Refusal> {
    catalogue::identity(provider, certificate).map_err(Refusal::Identity)
}

/// The organisation in the certificate is the account's: by its code where the certificate has one, else by its name.
///
/// A code decides alone: a company that was renamed keeps it. A name decides only letter by letter, after blanks
/// and the two widths of brackets are made one.
///
/// # Errors
/// [`Refusal::OrganisationMismatch`].
pub fn belongs_to(identity: &Identity, uscc: &str, name: &str) -> Result<(), Refusal> {
    let same = match (&identity.uscc, &identity.organisation) {
        (Some(code), _) => code == uscc,
        (None, Some(organisation)) => fold(organisation) == fold(name),
        (None, None) => false,
    };
    if same {
        Ok(())
    } else {
        Err(Refusal::OrganisationMismatch)
    }
}

fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '（' => '(',
            '）' => ')',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalogue::HolderKind;

    fn identity(uscc: Option<&str>, organisation: Option<&str>) -> Identity {
        Identity {
            key_number: "1".into(),
            holder: "张三".into(),
            organisation: organisation.map(Into::into),
            uscc: uscc.map(Into::into),
            kind: HolderKind::Organisation,
        }
    }

    #[test]
    fn the_code_decides_where_there_is_one() {
        let renamed = identity(Some("9144030071526726XG"), Some("旧名称"));
        assert!(belongs_to(&renamed, "9144030071526726XG", "新名称").is_ok());
        let other = identity(Some("91330100799655058B"), Some("同名公司"));
        assert!(belongs_to(&other, "9144030071526726XG", "同名公司").is_err());
    }

    #[test]
    fn a_name_decides_letter_by_letter_but_for_the_width_of_brackets() {
        let named = identity(None, Some("演示（厦门）有限公司"));
        assert!(belongs_to(&named, "x", "演示(厦门) 有限公司").is_ok());
        assert!(belongs_to(&named, "x", "演示(福州)有限公司").is_err());
        assert!(belongs_to(&identity(None, None), "x", "").is_err());
    }
}
