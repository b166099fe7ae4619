//! Containers, their keys and certificates: clauses 7.5 and 7.6.

use std::sync::Arc;

use skf_abi::{EccPublicKeyBlob, EccSignatureBlob, RsaPublicKeyBlob, codes};

use crate::application::Application;
use crate::keys::{self, NewPair};
use crate::sar::Sar;
use crate::state::{self, KeyKind, KeyPair};
use crate::vault::Sealed;

/// Most containers in an application.
const MAX_CONTAINERS: usize = 16;
/// Longest certificate, in octets.
const MAX_CERTIFICATE: usize = 16 << 10;

/// An open container.
pub struct Container {
    pub application: Arc<Application>,
    pub name: String,
}

/// A public key as the interface gives it.
pub enum PublicKeyBlob {
    Ecc(EccPublicKeyBlob),
    Rsa(RsaPublicKeyBlob),
}

/// `SKF_EnumContainer`.
pub fn names(application: &Application) -> Result<Vec<String>, Sar> {
    application.device.read(|state| {
        let containers = &state.application(&application.name)?.containers;
        Ok(containers.iter().map(|one| one.name.clone()).collect())
    })
}

/// `SKF_CreateContainer`; the user must be logged in.
pub fn create(application: &Arc<Application>, name: &str) -> Result<Container, Sar> {
    application.master()?;
    if name.is_empty() || name.len() > codes::CONTAINER_NAME_MAX {
        return Err(Sar::NAME_LENGTH);
    }
    application.device.work(|writer| {
        let containers = &mut writer.state.application_mut(&application.name)?.containers;
        if containers.iter().any(|one| one.name == name) {
            return Err(Sar(codes::SAR_CONTAINER_EXISTS));
        }
        if containers.len() == MAX_CONTAINERS {
            return Err(Sar(codes::SAR_REACH_MAX_CONTAINER_COUNT));
        }
        containers.push(state::Container {
            name: name.to_owned(),
            signing: None,
            signing_certificate: None,
            encryption_certificate: None,
        });
        writer.save()
    })?;
    open(application, name)
}

/// `SKF_DeleteContainer`; the user must be logged in.
pub fn delete(application: &Application, name: &str) -> Result<(), Sar> {
    application.master()?;
    application.device.work(|writer| {
        let made = writer.state.application_mut(&application.name)?;
        made.container(name)?;
        made.containers.retain(|one| one.name != name);
        writer.save()
    })
}

/// `SKF_OpenContainer`.
pub fn open(application: &Arc<Application>, name: &str) -> Result<Container, Sar> {
    application.device.read(|state| {
        state
            .application(&application.name)?
            .container(name)
            .map(drop)
    })?;
    Ok(Container {
        application: Arc::clone(application),
        name: name.to_owned(),
    })
}

impl Container {
    fn read<T>(&self, look: impl FnOnce(&state::Container) -> Result<T, Sar>) -> Result<T, Sar> {
        self.application.device.read(|state| {
            look(
                state
                    .application(&self.application.name)?
                    .container(&self.name)?,
            )
        })
    }

    /// `SKF_GetContainerType`.
    pub fn kind(&self) -> Result<u32, Sar> {
        self.read(|container| {
            Ok(match container.signing.as_ref().map(|pair| pair.kind) {
                None => codes::CONTAINER_EMPTY,
                Some(KeyKind::Rsa2048) => codes::CONTAINER_RSA,
                Some(KeyKind::Sm2) => codes::CONTAINER_ECC,
            })
        })
    }

    /// `SKF_GenECCKeyPair` and `SKF_GenRSAKeyPair`: an existing pair is not overwritten.
    pub fn generate(
        &self,
        make: impl FnOnce() -> Result<NewPair, Sar>,
    ) -> Result<PublicKeyBlob, Sar> {
        let master = self.application.master()?;
        // Made before the lock is taken: an RSA key takes its time.
        let pair = make()?;
        let private = Sealed::seal(&master, &self.purpose(), &pair.private)?;
        let blob = blob(pair.kind, &pair.public)?;
        self.application.device.work(|writer| {
            let application = writer.state.application_mut(&self.application.name)?;
            let container = application.container_mut(&self.name)?;
            if container.signing.is_some() {
                return Err(Sar(codes::SAR_CONTAINER_EXISTS));
            }
            container.signing = Some(KeyPair {
                kind: pair.kind,
                public: pair.public,
                private,
            });
            writer.save()
        })?;
        Ok(blob)
    }

    /// `SKF_ExportPublicKey`; there is no encryption pair.
    pub fn public_key(&self, signing: bool) -> Result<PublicKeyBlob, Sar> {
        if !signing {
            return Err(Sar::NO_KEY);
        }
        self.read(|container| {
            let pair = container.signing.as_ref().ok_or(Sar::NO_KEY)?;
            blob(pair.kind, &pair.public)
        })
    }

    /// `SKF_ECCSignData` over e, 32 octets; the user must be logged in.
    pub fn sign_sm2(&self, e: &[u8]) -> Result<EccSignatureBlob, Sar> {
        if e.len() != 32 {
            return Err(Sar::DATA_LENGTH);
        }
        let (r, s) = self.with_private(KeyKind::Sm2, |scalar| keys::sign_sm2(scalar, e))?;
        let mut blob = EccSignatureBlob {
            r: [0; 64],
            s: [0; 64],
        };
        blob.r[32..].copy_from_slice(&r);
        blob.s[32..].copy_from_slice(&s);
        Ok(blob)
    }

    /// `SKF_RSASignData` over a DER `DigestInfo`; the user must be logged in.
    pub fn sign_rsa(&self, digest_info: &[u8]) -> Result<Vec<u8>, Sar> {
        self.with_private(KeyKind::Rsa2048, |pkcs8| keys::sign_rsa(pkcs8, digest_info))
    }

    fn with_private<T>(
        &self,
        kind: KeyKind,
        work: impl FnOnce(&[u8]) -> Result<T, Sar>,
    ) -> Result<T, Sar> {
        let master = self.application.master()?;
        self.application.device.work(|writer| {
            let application = writer.state.application(&self.application.name)?;
            let pair = application
                .container(&self.name)?
                .signing
                .as_ref()
                .ok_or(Sar::NO_KEY)?;
            if pair.kind != kind {
                return Err(Sar(codes::SAR_KEYUSAGEERR));
            }
            let private = pair
                .private
                .open(&master, &self.purpose())
                .ok_or(Sar::FILE)?;
            work(&private)
        })
    }

    /// What the private key is sealed for: this container of this application.
    fn purpose(&self) -> String {
        format!(
            "yinxin-soft-token/1 signing key\0{}\0{}",
            self.application.name, self.name
        )
    }

    /// `SKF_ImportCertificate`; the user must be logged in. The certificate is not looked into: a key stores it.
    pub fn import_certificate(&self, signing: bool, der: &[u8]) -> Result<(), Sar> {
        self.application.master()?;
        if der.is_empty() || der.len() > MAX_CERTIFICATE {
            return Err(Sar::DATA_LENGTH);
        }
        self.application.device.work(|writer| {
            let application = writer.state.application_mut(&self.application.name)?;
            let container = application.container_mut(&self.name)?;
            if container.signing.is_none() {
                return Err(Sar::NO_KEY);
            }
            let place = if signing {
                &mut container.signing_certificate
            } else {
                &mut container.encryption_certificate
            };
            *place = Some(der.to_vec());
            writer.save()
        })
    }

    /// `SKF_ExportCertificate`.
    pub fn certificate(&self, signing: bool) -> Result<Vec<u8>, Sar> {
        self.read(|container| {
            let place = if signing {
                &container.signing_certificate
            } else {
                &container.encryption_certificate
            };
            place.clone().ok_or(Sar(codes::SAR_CERTNOTFOUNDERR))
        })
    }
}

fn blob(kind: KeyKind, public: &[u8]) -> Result<PublicKeyBlob, Sar> {
    match kind {
        KeyKind::Sm2 => {
            let mut blob = EccPublicKeyBlob {
                bit_len: 256,
                x: [0; 64],
                y: [0; 64],
            };
            blob.x[32..].copy_from_slice(public.get(..32).ok_or(Sar::FILE)?);
            blob.y[32..].copy_from_slice(public.get(32..64).ok_or(Sar::FILE)?);
            Ok(PublicKeyBlob::Ecc(blob))
        }
        KeyKind::Rsa2048 => {
            let modulus = public.try_into().map_err(|_| Sar::FILE)?;
            Ok(PublicKeyBlob::Rsa(RsaPublicKeyBlob {
                alg_id: codes::SGD_RSA,
                bit_len: 2048,
                modulus,
                public_exponent: [0, 1, 0, 1],
            }))
        }
    }
}
