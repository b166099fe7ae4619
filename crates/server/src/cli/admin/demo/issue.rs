//! `yinxin admin demo issue`: a certificate for the key that signed a request.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use domain::Clock as _;
use domain::registration::DisplayName;
use domain::uscc::Uscc;
use issuer::Applicant;
use pki::UnixTime;
use pki::pkcs10::CertificationRequest;
use serde_json::{Value, json};

use super::{Demo, DemoError, Place, profile};
use crate::cli::serve::StartError;
use crate::system::SystemClock;

/// Options of the step.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) place: Place,
    /// Provider whose demonstration authority issues.
    #[arg(long)]
    provider: String,
    /// Another product of the provider's than the usual one.
    #[arg(long)]
    product: Option<String>,
    /// 单位名称.
    #[arg(long)]
    org: String,
    /// 统一社会信用代码.
    #[arg(long)]
    uscc: String,
    /// Who holds the key.
    #[arg(long)]
    holder: String,
    /// CA 锁 ID.
    #[arg(long)]
    key_number: String,
    /// PKCS#10 request, PEM.
    #[arg(long)]
    csr: PathBuf,
    /// Last second of validity, UNIX; by default the profile's days from now.
    #[arg(long, allow_negative_numbers = true)]
    not_after: Option<i64>,
}

/// Earlier than any end that is asked for, so that an expired certificate can be made for trying out.
const YEAR: i64 = 365 * 24 * 3600;

/// Issues, and tells certificate and chain as PEM.
pub(super) async fn perform(demo: &Demo, arguments: &Arguments) -> Result<Value, DemoError> {
    let mut profile = profile(&arguments.provider)?;
    if let Some(id) = &arguments.product {
        profile = profile.product(id).ok_or_else(|| {
            DemoError::Usage(format!("{} has no product {id:?}", arguments.provider))
        })?;
    }
    let usage = |error: &dyn std::fmt::Display| DemoError::Usage(error.to_string());
    let uscc: Uscc = arguments.uscc.parse().map_err(|error| usage(&error))?;
    let organisation: DisplayName = arguments.org.parse().map_err(|error| usage(&error))?;
    let holder: DisplayName = arguments.holder.parse().map_err(|error| usage(&error))?;
    let number = &arguments.key_number;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if !(1..=64).contains(&number.len()) || !number.bytes().all(plain) {
        return Err(DemoError::Usage(
            "a key number has 1 to 64 of A-Z, a-z, 0-9, '-', '_', '.'".into(),
        ));
    }
    let pem = fs::read_to_string(&arguments.csr).map_err(StartError::io(format!(
        "reading {}",
        arguments.csr.display()
    )))?;
    let request = CertificationRequest::from_pem(&pem)?;

    let now = UnixTime::from(SystemClock.now());
    let not_after = arguments.not_after.map(UnixTime);
    let not_before = match not_after {
        Some(end) if end <= now => end.plus(-YEAR),
        _ => now.plus(-3600),
    };
    let applicant = Applicant {
        organisation: organisation.as_str().to_owned(),
        uscc: uscc.to_string(),
        holder: holder.as_str().to_owned(),
        key_number: number.clone(),
    };
    let template = profile.template(&applicant, &request, not_before, not_after)?;
    demo.establish(&profile).await?;
    let (authority, issuing) = demo.authorities.open(&profile.issuing.id).await?;
    let certificate = demo.authorities.issue(&authority, &template).await?;
    let (_, root) = demo.authorities.open(&profile.root.id).await?;
    Ok(json!({
        "certificate": certificate.to_pem(),
        "chain": format!("{}{}", issuing.to_pem(), root.to_pem()),
        "key_number": number,
        "serial": certificate.serial_hex(),
    }))
}
