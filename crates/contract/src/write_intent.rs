//! Intents of what is written to a token: production (制证), renewal (续期) and unlocking (解锁).
//! The conversation that each begins is in `docs/protocol-writing.md`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::IntentError;

/// Longest id of a production, in characters: a container's name is made of it.
pub const MAX_PRODUCTION_CHARS: usize = 29;
/// Longest validity that a renewal may name, in years.
pub const MAX_YEARS: u32 = 10;

/// What a certificate is for, by its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CertificateType {
    /// 机构.
    Organisation,
    /// 机构业务.
    Business,
    /// 法人.
    LegalRepresentative,
    /// 经办人.
    Handler,
}

impl CertificateType {
    /// Every type.
    pub const ALL: [CertificateType; 4] = [
        CertificateType::Organisation,
        CertificateType::Business,
        CertificateType::LegalRepresentative,
        CertificateType::Handler,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            CertificateType::Organisation => "organisation",
            CertificateType::Business => "business",
            CertificateType::LegalRepresentative => "legal_representative",
            CertificateType::Handler => "handler",
        }
    }
}

/// Make a new key for a holder, on a blank token in the operator's hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ProduceIntent {
    /// Version, 1.
    pub v: u32,
    /// The platform's id.
    pub platform: String,
    /// The platform's name.
    pub platform_name: String,
    /// The provider's id in the catalogue.
    pub provider: String,
    /// The provider's name.
    pub provider_name: String,
    /// The application's number (受理编号).
    pub application: String,
    /// The organisation.
    pub organisation: String,
    /// The holder's name.
    pub holder: String,
    /// What the certificate is for.
    pub certificate_type: CertificateType,
    /// The number that the key gets (CA 编号).
    pub key_number: String,
    /// The production's id: ASCII letters, digits and hyphens.
    pub production: String,
}

/// Write new certificates to the holder's own token, beside the old ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RenewIntent {
    /// Version, 1.
    pub v: u32,
    /// The platform's id.
    pub platform: String,
    /// The platform's name.
    pub platform_name: String,
    /// The organisation.
    pub organisation: String,
    /// The holder's name.
    pub holder: String,
    /// The key's number.
    pub key_number: String,
    /// The application's number (受理编号).
    pub application: String,
    /// Validity of the new certificates in years.
    pub years: u32,
    /// The production's id: ASCII letters, digits and hyphens.
    pub production: String,
}

/// Give a locked token a new user PIN by the administrator's authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct UnlockIntent {
    /// Version, 1.
    pub v: u32,
    /// The platform's id.
    pub platform: String,
    /// The platform's name.
    pub platform_name: String,
    /// The organisation.
    pub organisation: String,
    /// The holder's name.
    pub holder: String,
    /// The key's number.
    pub key_number: String,
    /// The application's number (受理编号).
    pub application: String,
    /// The serial number of the device that the approval is for.
    pub device_serial: String,
}

impl ProduceIntent {
    pub(crate) fn names(&self) -> Result<Vec<(&'static str, &str)>, IntentError> {
        check_production(&self.production)?;
        Ok(vec![
            ("platform", &self.platform),
            ("platform_name", &self.platform_name),
            ("provider", &self.provider),
            ("provider_name", &self.provider_name),
            ("application", &self.application),
            ("organisation", &self.organisation),
            ("holder", &self.holder),
            ("key_number", &self.key_number),
        ])
    }
}

impl RenewIntent {
    pub(crate) fn names(&self) -> Result<Vec<(&'static str, &str)>, IntentError> {
        check_production(&self.production)?;
        if !(1..=MAX_YEARS).contains(&self.years) {
            return Err(IntentError::Years(self.years));
        }
        Ok(vec![
            ("platform", &self.platform),
            ("platform_name", &self.platform_name),
            ("organisation", &self.organisation),
            ("holder", &self.holder),
            ("key_number", &self.key_number),
            ("application", &self.application),
        ])
    }
}

impl UnlockIntent {
    pub(crate) fn names(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("platform", &self.platform),
            ("platform_name", &self.platform_name),
            ("organisation", &self.organisation),
            ("holder", &self.holder),
            ("key_number", &self.key_number),
            ("application", &self.application),
            ("device_serial", &self.device_serial),
        ]
    }
}

fn check_production(id: &str) -> Result<(), IntentError> {
    let plain = id
        .bytes()
        .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
    if id.is_empty() || id.len() > MAX_PRODUCTION_CHARS || !plain {
        return Err(IntentError::Production);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Intent;

    fn produce() -> ProduceIntent {
        ProduceIntent {
            v: 1,
            platform: "gongecai".into(),
            platform_name: "公e采".into(),
            provider: "szca".into(),
            provider_name: "深圳CA".into(),
            application: "SZ20261126000001".into(),
            organisation: "演示供应商甲有限公司".into(),
            holder: "林演示".into(),
            certificate_type: CertificateType::Business,
            key_number: "SZ-2026-0001".into(),
            production: "01KB0000000000000000000000".into(),
        }
    }

    fn renew() -> RenewIntent {
        RenewIntent {
            v: 1,
            platform: "gongecai".into(),
            platform_name: "公e采".into(),
            organisation: "演示供应商甲有限公司".into(),
            holder: "林演示".into(),
            key_number: "SZ-2026-0001".into(),
            application: "SZ20261126000002".into(),
            years: 1,
            production: "01KB0000000000000000000001".into(),
        }
    }

    #[test]
    fn the_three_intents_are_written_as_the_protocol_shows_them() {
        let unlock = UnlockIntent {
            v: 1,
            platform: "gongecai".into(),
            platform_name: "公e采".into(),
            organisation: "演示供应商甲有限公司".into(),
            holder: "林演示".into(),
            key_number: "SZ-2026-0001".into(),
            application: "SZ20261126000003".into(),
            device_serial: "YX00000001".into(),
        };
        for (intent, text) in [
            (
                Intent::Produce(produce()),
                r#"{"purpose":"produce","v":1,"platform":"gongecai","platform_name":"公e采","provider":"szca","provider_name":"深圳CA","application":"SZ20261126000001","organisation":"演示供应商甲有限公司","holder":"林演示","certificate_type":"business","key_number":"SZ-2026-0001","production":"01KB0000000000000000000000"}"#,
            ),
            (
                Intent::Renew(renew()),
                r#"{"purpose":"renew","v":1,"platform":"gongecai","platform_name":"公e采","organisation":"演示供应商甲有限公司","holder":"林演示","key_number":"SZ-2026-0001","application":"SZ20261126000002","years":1,"production":"01KB0000000000000000000001"}"#,
            ),
            (
                Intent::Unlock(unlock),
                r#"{"purpose":"unlock","v":1,"platform":"gongecai","platform_name":"公e采","organisation":"演示供应商甲有限公司","holder":"林演示","key_number":"SZ-2026-0001","application":"SZ20261126000003","device_serial":"YX00000001"}"#,
            ),
        ] {
            assert_eq!(intent.to_json().unwrap(), text);
            assert_eq!(Intent::from_json(text).unwrap(), intent);
        }
    }

    #[test]
    fn a_production_s_id_is_what_a_container_can_be_called() {
        for bad in ["", "a b", "a/b", "甲", &"x".repeat(30)] {
            let intent = ProduceIntent {
                production: bad.into(),
                ..produce()
            };
            let refused = Intent::Produce(intent).to_json();
            assert_eq!(refused, Err(IntentError::Production), "{bad:?}");
        }
    }

    #[test]
    fn a_renewal_is_for_one_to_ten_years() {
        for years in [0, 11] {
            let intent = RenewIntent { years, ..renew() };
            let refused = Intent::Renew(intent).to_json();
            assert_eq!(refused, Err(IntentError::Years(years)));
        }
    }

    #[test]
    fn a_type_of_certificate_has_the_name_that_the_orders_use() {
        for kind in CertificateType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
