//! Containers and their certificates: clause 7.5. Their keys are in [`crate::pairs`].

use std::sync::Arc;

use skf_abi::codes;

use crate::application::Application;
use crate::sar::Sar;
use crate::state::{self, KeyKind};

/// Most containers in an application.
const MAX_CONTAINERS: usize = 16;
/// Longest certificate, in octets.
const MAX_CERTIFICATE: usize = 16 << 10;

/// An open container.
pub struct Container {
    pub application: Arc<Application>,
    pub name: String,
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
            encryption: None,
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
    /// Reads what is stored of it.
    pub fn read<T>(
        &self,
        look: impl FnOnce(&state::Container) -> Result<T, Sar>,
    ) -> Result<T, Sar> {
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
