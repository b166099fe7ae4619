//! The seal maker (制章人): a key of the platform's own beside those of responders and time-stamping authorities, certified
//! by an issuing authority of the SM2 family (GB/T 38540-2020 §5.2).

use std::sync::Arc;

use issuer::seal_maker::seal_maker_template;
use pki::{Certificate, KeyFamily};
use store::status::Role;

use super::signers::{self, Life};
use crate::AppState;
use crate::authority::vault::{AuthorityKey, VaultError};
use crate::authority::{Authorities, AuthorityError};

/// A seal is used for years after its maker signed it.
const LIFE: Life = Life {
    days: 5 * 365,
    renewed_at: 365,
};

/// An opened maker.
pub struct Desk {
    /// The maker's certificate.
    pub certificate: Certificate,
    /// The certificate of the authority that issued it.
    pub issuer: Certificate,
    key: Arc<dyn AuthorityKey>,
}

impl Desk {
    /// Signs SES_SealInfo.
    ///
    /// # Errors
    /// [`AuthorityError::Key`].
    pub fn sign(&self, info: &[u8]) -> Result<Vec<u8>, AuthorityError> {
        Ok(self.key.sign(info)?)
    }
}

/// The maker of this installation: that of the first SM2 authority that has one here. Nothing where there is none.
///
/// # Errors
/// See [`AuthorityError`].
pub async fn open(state: &AppState) -> Result<Option<Arc<Desk>>, AuthorityError> {
    for id in state.store.issuing_authorities().await? {
        if let Some(desk) = state.status.makers.current(&id, state.now()) {
            return Ok(Some(desk));
        }
        if !is_sm2(&state.authorities, &id).await? {
            continue;
        }
        match signers::open(
            &state.authorities,
            &id,
            Role::SealMaker,
            &LIFE,
            seal_maker_template,
        )
        .await
        {
            Ok(opened) => {
                let desk = Desk {
                    certificate: opened.certificate,
                    issuer: opened.issuer,
                    key: opened.key,
                };
                return Ok(Some(state.status.makers.keep(&id, desk, opened.until)));
            }
            // Neither a certificate nor the authority's key is here; another authority may do.
            Err(AuthorityError::Vault(VaultError::Absent(_))) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Sees that the maker of an issuing authority has a certificate that lasts; an authority of another family has none.
///
/// # Errors
/// See [`AuthorityError`].
pub async fn certify(authorities: &Authorities, id: &str) -> Result<(), AuthorityError> {
    if is_sm2(authorities, id).await? {
        signers::open(authorities, id, Role::SealMaker, &LIFE, seal_maker_template).await?;
    }
    Ok(())
}

async fn is_sm2(authorities: &Authorities, id: &str) -> Result<bool, AuthorityError> {
    let (authority, _) = authorities.open(id).await?;
    Ok(authority.public_key().family() == KeyFamily::Sm2)
}
