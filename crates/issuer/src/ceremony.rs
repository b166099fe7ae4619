//! The making of an authority: a root signs its own certificate, then the issuing authority's. Both go
//! through [`crate::Issuance`] as every certificate does, so that their serials are recorded too.

use pki::{PublicKey, UnixTime};

use crate::profile::days;
use crate::{Authority, IssuerError, Kind, Profile, Template};

/// The root of a profile before it has a certificate: it issues its own with [`root_template`].
///
/// # Errors
/// [`IssuerError::Applicant`] where the profile's name cannot be encoded.
pub fn root_authority(
    profile: &Profile,
    public_key: &PublicKey,
    base_url: &str,
) -> Result<Authority, IssuerError> {
    Ok(Authority::bare(
        &profile.root.id,
        profile.root.name()?,
        public_key.clone(),
        base_url,
    ))
}

/// What the root's own certificate is to say.
///
/// # Errors
/// [`IssuerError::Applicant`] where the profile's name cannot be encoded.
pub fn root_template(
    profile: &Profile,
    public_key: &PublicKey,
    not_before: UnixTime,
) -> Result<Template, IssuerError> {
    authority_template(&profile.root, Kind::Root, public_key, not_before)
}

/// What the issuing authority's certificate is to say; the root issues it.
///
/// # Errors
/// [`IssuerError::Applicant`] where the profile's name cannot be encoded.
pub fn issuing_template(
    profile: &Profile,
    public_key: &PublicKey,
    not_before: UnixTime,
) -> Result<Template, IssuerError> {
    authority_template(&profile.issuing, Kind::IssuingCa, public_key, not_before)
}

fn authority_template(
    names: &crate::CaNames,
    kind: Kind,
    public_key: &PublicKey,
    not_before: UnixTime,
) -> Result<Template, IssuerError> {
    Ok(Template {
        kind,
        subject: names.name()?,
        public_key: public_key.clone(),
        not_before,
        not_after: not_before.plus(days(names.days)),
        policies: Vec::new(),
        extended_key_usage: Vec::new(),
        identity: Vec::new(),
        key_number: None,
    })
}
