//! The key management centre's online keys: the wrapping key of the pool, and the key that administrators' PINs are
//! sealed to. Both are encrypted files beside the authorities' keys, made when the role first starts.

use contract::escrow::EscrowKeyPair;
use domain::{Randomness, Timestamp};
use issuer::key_management::WrappingKey;
use pki::{HashAlgorithm, hash};
use store::{Deed, Store, StoreError, Tx, orders};
use zeroize::Zeroizing;

use crate::authority::key_file::{KeyFileError, KeyFolder, Purpose};

const POOL: &str = "kmc-pool";
const ESCROW: &str = "pin-escrow";

/// The opened keys.
pub struct Secrets {
    /// Pool copies lie under it.
    pub pool: WrappingKey,
    /// Opens what productions sealed.
    pub escrow: EscrowKeyPair,
}

/// Why they were not opened.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The file.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// What the file holds is no key.
    #[error("{0} holds no key")]
    NoKey(&'static str),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Secrets {
    /// Opens both, makes what is missing, and publishes the key for PINs.
    ///
    /// # Errors
    /// [`SecretsError`].
    pub async fn open(
        folder: &KeyFolder,
        store: &Store,
        random: &dyn Randomness,
        now: Timestamp,
    ) -> Result<Self, SecretsError> {
        let pool = ensure(folder, POOL, Purpose::PoolKey, || {
            Zeroizing::new(domain::entropy::random_bytes::<32>(random).to_vec())
        })?;
        let pool = WrappingKey::new(&pool).map_err(|_| SecretsError::NoKey(POOL))?;
        let escrow = ensure(folder, ESCROW, Purpose::EscrowKey, || {
            let pair = EscrowKeyPair::generate(|out| random.fill(out));
            Zeroizing::new(pair.danger_to_bytes().to_vec())
        })?;
        let escrow = EscrowKeyPair::from_bytes(&escrow).map_err(|_| SecretsError::NoKey(ESCROW))?;
        let deed = Publish {
            public_key: escrow.public().to_bytes(),
            now,
        };
        let Ok(()) = store.perform(&deed).await?;
        Ok(Self { pool, escrow })
    }
}

fn ensure(
    folder: &KeyFolder,
    id: &str,
    purpose: Purpose,
    make: impl FnOnce() -> Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    if !folder.contains(id) {
        match folder.write(id, purpose, &make()) {
            // Another process was first: its key is the key.
            Ok(()) | Err(KeyFileError::Exists(_)) => {}
            Err(error) => return Err(error),
        }
    }
    folder.read(id, purpose)
}

struct Publish {
    public_key: [u8; 65],
    now: Timestamp,
}

impl Deed for Publish {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        // Named by itself: the same key is published once, however often the role starts.
        let id = hex::encode(hash(HashAlgorithm::Sha256, &self.public_key));
        orders::publish_escrow_key(tx.connection(), &id[..26], &self.public_key, self.now).await?;
        Ok(Ok(()))
    }
}
