//! What `SOF_GetCertInfo` answers. The numbers of the items differ by vendor: one map each, never a guess.

use pki::{Certificate, Name, UnixTime, oid};

use super::SofError;

/// Something of a certificate that a page may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// X.509 version.
    Version,
    /// Serial number, hex.
    Serial,
    /// The issuer's name.
    Issuer,
    /// The subject's name.
    Subject,
    /// Both ends of the validity.
    Validity,
    /// Its beginning.
    NotBefore,
    /// Its end.
    NotAfter,
    /// The public key, base64 of the SubjectPublicKeyInfo.
    PublicKey,
    /// An attribute of the issuer's name.
    OfIssuer(pki::Oid),
    /// An attribute of the subject's name.
    OfSubject(pki::Oid),
}

/// Whose numbers a page uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// GM/T 0006-2012 §6.3.
    Standard,
    /// BJCA's script: 1 to 19 in its own order, 33 the subject.
    Bjca,
}

impl Numbers {
    /// The item of a number.
    pub fn item(self, number: u32) -> Option<Item> {
        use Item::{
            Issuer, NotAfter, NotBefore, OfIssuer, OfSubject, PublicKey, Serial, Subject, Validity,
            Version,
        };
        let item = match (self, number) {
            (Numbers::Standard, 0x01) | (Numbers::Bjca, 1) => Version,
            (Numbers::Standard, 0x02) | (Numbers::Bjca, 2) => Serial,
            (Numbers::Standard, 0x05) => Issuer,
            (Numbers::Standard, 0x06) => Validity,
            (Numbers::Standard, 0x07) | (Numbers::Bjca, 33) => Subject,
            (Numbers::Standard, 0x08) => PublicKey,
            (Numbers::Standard, 0x21) | (Numbers::Bjca, 8) => OfIssuer(oid::COMMON_NAME),
            (Numbers::Standard, 0x22) | (Numbers::Bjca, 5) => OfIssuer(oid::ORGANIZATION),
            (Numbers::Standard, 0x23) | (Numbers::Bjca, 6) => OfIssuer(oid::ORGANIZATIONAL_UNIT),
            (Numbers::Bjca, 4) => OfIssuer(oid::COUNTRY),
            (Numbers::Bjca, 13) => OfSubject(oid::COUNTRY),
            (Numbers::Standard, 0x31) | (Numbers::Bjca, 17) => OfSubject(oid::COMMON_NAME),
            (Numbers::Standard, 0x32) | (Numbers::Bjca, 14) => OfSubject(oid::ORGANIZATION),
            (Numbers::Standard, 0x33) | (Numbers::Bjca, 15) => OfSubject(oid::ORGANIZATIONAL_UNIT),
            (Numbers::Standard, 0x35) | (Numbers::Bjca, 11) => NotBefore,
            (Numbers::Standard, 0x36) | (Numbers::Bjca, 12) => NotAfter,
            _ => return None,
        };
        Some(item)
    }
}

/// An item as text; empty where the certificate has it not.
///
/// # Errors
/// [`SofError::NotSupported`] for a number that is not on the map.
pub fn read(certificate: &Certificate, numbers: Numbers, number: u32) -> Result<String, SofError> {
    let attribute = |name: &Name, oid| name.attribute(&oid).unwrap_or_default().to_owned();
    Ok(match numbers.item(number).ok_or(SofError::NotSupported)? {
        Item::Version => "V3".to_owned(),
        Item::Serial => certificate.serial_hex(),
        Item::Issuer => certificate.issuer().rfc4514(),
        Item::Subject => certificate.subject().rfc4514(),
        Item::Validity => format!(
            "{} - {}",
            time(certificate.not_before()),
            time(certificate.not_after())
        ),
        Item::NotBefore => time(certificate.not_before()),
        Item::NotAfter => time(certificate.not_after()),
        Item::PublicKey => {
            use base64::{Engine as _, engine::general_purpose::STANDARD};
            STANDARD.encode(certificate.public_key().spki_der())
        }
        Item::OfIssuer(oid) => attribute(certificate.issuer(), oid),
        Item::OfSubject(oid) => attribute(certificate.subject(), oid),
    })
}

/// `20261122120000Z`, as GeneralizedTime has it.
fn time(at: UnixTime) -> String {
    jiff::Timestamp::from_second(at.0).map_or_else(
        |_| String::new(),
        |time| time.strftime("%Y%m%d%H%M%SZ").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_means_another_item_with_another_vendor() {
        assert_eq!(
            Numbers::Standard.item(33),
            Some(Item::OfIssuer(oid::COMMON_NAME))
        );
        assert_eq!(Numbers::Bjca.item(33), Some(Item::Subject));
        assert_eq!(Numbers::Bjca.item(0x31), None);
    }

    #[test]
    fn a_time_is_written_to_the_second_in_utc() {
        assert_eq!(time(UnixTime(1_795_348_800)), "20261122120000Z");
    }
}
