//! Authorities' keys in a module (PKCS#11): RSA and P-256, made in it and never out of it. SM2 has no mechanism in
//! PKCS#11 v2.40, so its keys stay in files.
//!
//! An authority's id is the label and CKA_ID of its pair. The module is asked for one signature at a time.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use pki::asn1::Element;
use pki::{HashAlgorithm, KeyFamily, PublicKey, SignError, hash};
use zeroize::Zeroizing;

use super::vault::{AuthorityKey, KeyVault, VaultError};

/// namedCurve secp256r1.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// Bits of a new RSA key of an authority.
const RSA_BITS: u64 = 3072;

/// A token in a module, logged in for as long as this lives.
pub struct ModuleVault {
    session: Arc<Mutex<Session>>,
    // The module is finalised when the last handle on it goes; the session does not keep it.
    _module: Pkcs11,
}

struct ModuleKey {
    session: Arc<Mutex<Session>>,
    private: ObjectHandle,
    public: PublicKey,
}

impl ModuleVault {
    /// Opens the token with this label and logs in.
    ///
    /// # Errors
    /// [`VaultError::Module`].
    pub fn open(library: &Path, token: &str, pin: &Zeroizing<Vec<u8>>) -> Result<Self, VaultError> {
        let module = Pkcs11::new(library).map_err(failed)?;
        match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(failed(error)),
        }
        let pin = std::str::from_utf8(pin)
            .map_err(|_| VaultError::Module("the PIN is no text".to_owned()))?;
        for slot in module.get_slots_with_initialized_token().map_err(failed)? {
            let info = module.get_token_info(slot).map_err(failed)?;
            if info.label().trim_end() != token {
                continue;
            }
            let session = module.open_rw_session(slot).map_err(failed)?;
            let pin = AuthPin::new(pin.into());
            session.login(UserType::User, Some(&pin)).map_err(failed)?;
            return Ok(Self {
                session: Arc::new(Mutex::new(session)),
                _module: module,
            });
        }
        Err(VaultError::Module(format!("there is no token {token:?}")))
    }

    fn find(&self, id: &str) -> Result<Option<ModuleKey>, VaultError> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let one = |class| {
            let template = [
                Attribute::Class(class),
                Attribute::Id(id.as_bytes().to_vec()),
            ];
            let found = session.find_objects(&template).map_err(failed)?;
            match found.as_slice() {
                [] => Ok(None),
                [object] => Ok(Some(*object)),
                _ => Err(VaultError::Module(format!("two keys are called {id}"))),
            }
        };
        let (Some(private), Some(public)) = (
            one(ObjectClass::PRIVATE_KEY)?,
            one(ObjectClass::PUBLIC_KEY)?,
        ) else {
            return Ok(None);
        };
        let public = public_key(&session, public)?
            .ok_or_else(|| VaultError::Key(id.to_owned(), SignError::Key))?;
        Ok(Some(ModuleKey {
            session: Arc::clone(&self.session),
            private,
            public,
        }))
    }

    fn make(&self, id: &str, family: KeyFamily) -> Result<(), VaultError> {
        let (mechanism, key_type, shape) = match family {
            KeyFamily::Rsa => (
                Mechanism::RsaPkcsKeyPairGen,
                KeyType::RSA,
                vec![
                    Attribute::ModulusBits(RSA_BITS.into()),
                    Attribute::PublicExponent(vec![1, 0, 1]),
                ],
            ),
            KeyFamily::P256 => (
                Mechanism::EccKeyPairGen,
                KeyType::EC,
                vec![Attribute::EcParams(P256.to_vec())],
            ),
            _ => return Err(VaultError::Unsupported(family.name())),
        };
        let name = id.as_bytes().to_vec();
        let mut public = vec![
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::KeyType(key_type),
            Attribute::Verify(true),
            Attribute::Id(name.clone()),
            Attribute::Label(name.clone()),
        ];
        public.extend(shape);
        let private = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            Attribute::Id(name.clone()),
            Attribute::Label(name),
        ];
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session
            .generate_key_pair(&mechanism, &public, &private)
            .map_err(failed)?;
        Ok(())
    }
}

impl KeyVault for ModuleVault {
    fn key(&self, id: &str) -> Result<Arc<dyn AuthorityKey>, VaultError> {
        match self.find(id)? {
            Some(key) => Ok(Arc::new(key)),
            None => Err(VaultError::Absent(id.to_owned())),
        }
    }

    fn ensure(&self, id: &str, family: KeyFamily) -> Result<Arc<dyn AuthorityKey>, VaultError> {
        if self.find(id)?.is_none() {
            self.make(id, family)?;
        }
        self.key(id)
    }
}

impl AuthorityKey for ModuleKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = match self.public.family() {
            KeyFamily::Rsa => session
                .sign(&Mechanism::Sha256RsaPkcs, self.private, message)
                .map_err(|_| SignError::Failed)?,
            KeyFamily::P256 => {
                let digest = hash(HashAlgorithm::Sha256, message);
                let raw = session
                    .sign(&Mechanism::Ecdsa, self.private, &digest)
                    .map_err(|_| SignError::Failed)?;
                // PKCS#11 gives r ‖ s.
                pki::ec_signature_from_raw(&raw).map_err(|_| SignError::Failed)?
            }
            _ => return Err(SignError::Key),
        };
        // What a module answers is not believed.
        let algorithm = self.public.family().default_algorithm();
        self.public
            .verify(algorithm, message, &signed)
            .map_err(|_| SignError::Failed)?;
        Ok(signed)
    }
}

fn public_key(session: &Session, object: ObjectHandle) -> Result<Option<PublicKey>, VaultError> {
    let attribute = |wanted| {
        let mut found = session.get_attributes(object, &[wanted]).map_err(failed)?;
        Ok::<_, VaultError>(found.pop())
    };
    let key = match attribute(AttributeType::KeyType)? {
        Some(Attribute::KeyType(KeyType::RSA)) => {
            match (
                attribute(AttributeType::Modulus)?,
                attribute(AttributeType::PublicExponent)?,
            ) {
                (Some(Attribute::Modulus(modulus)), Some(Attribute::PublicExponent(exponent))) => {
                    PublicKey::from_rsa_components(&modulus, &exponent).ok()
                }
                _ => None,
            }
        }
        Some(Attribute::KeyType(KeyType::EC)) => {
            match (
                attribute(AttributeType::EcParams)?,
                attribute(AttributeType::EcPoint)?,
            ) {
                (Some(Attribute::EcParams(curve)), Some(Attribute::EcPoint(point)))
                    if curve == P256 =>
                {
                    p256(&point)
                }
                _ => None,
            }
        }
        _ => None,
    };
    Ok(key)
}

/// CKA_EC_POINT is an OCTET STRING of the uncompressed point (PKCS#11 v2.40 §2.3.3).
fn p256(point: &[u8]) -> Option<PublicKey> {
    let inner = Element::parse(point, "EC point").ok()?;
    let (form, coordinates) = inner.value().split_first()?;
    let (x, y) = coordinates.split_at_checked(32)?;
    if *form != 4 {
        return None;
    }
    PublicKey::from_p256_coordinates(x.try_into().ok()?, y.try_into().ok()?).ok()
}

fn failed(error: Error) -> VaultError {
    VaultError::Module(error.to_string())
}
