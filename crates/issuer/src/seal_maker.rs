//! The certificate of a maker of seals (制章人). GB/T 38540-2020 §5.2 wants one that signs; no extended usage names the
//! purpose, and a key of its own keeps it apart from every other.

use pki::{PublicKey, UnixTime};

use crate::authority::named_after;
use crate::{Authority, IssuerError, Kind, Template};

/// What a seal maker's certificate is to say.
///
/// # Errors
/// [`IssuerError::Applicant`] where the authority's name cannot be extended.
pub fn seal_maker_template(
    authority: &Authority,
    key: &PublicKey,
    not_before: UnixTime,
    not_after: UnixTime,
) -> Result<Template, IssuerError> {
    Ok(Template {
        kind: Kind::SealMaker,
        subject: named_after(authority, "制章")?,
        public_key: key.clone(),
        not_before,
        not_after,
        policies: Vec::new(),
        extended_key_usage: Vec::new(),
        identity: Vec::new(),
        key_number: None,
    })
}
