//! The calls of production and of a key's life: applications, key pairs, certificates, PINs.

use pki::PublicKey;

use crate::service::{TokenService, parse_key, place};
use crate::wire::{Reply, Request};
use crate::{
    ApplicationRef, ApplicationSpec, DeviceKey, DeviceRef, KeyKind, KeyRef, LastTry, Pin, PinKind,
    PinTries, TokenError,
};

impl TokenService {
    /// Makes an application with its two PINs on a device (an initialisation step of production).
    ///
    /// # Errors
    /// [`TokenError::DeviceKeyRefused`], [`TokenError::Exists`], and the general ones.
    pub async fn create_application(
        &self,
        device: &DeviceRef,
        device_key: &DeviceKey,
        spec: &ApplicationSpec,
        admin_pin: &Pin,
        user_pin: &Pin,
    ) -> Result<(), TokenError> {
        let request = Request::CreateApplication {
            device: device.device.clone(),
            application: spec.name.clone(),
            admin_tries: spec.admin_tries,
            user_tries: spec.user_tries,
        };
        let secrets = [device_key.octets(), admin_pin.octets(), user_pin.octets()];
        let limit = self.limits().manage;
        self.done(
            &device.library,
            "creating the application",
            request,
            &secrets,
            limit,
        )
        .await
    }

    /// Makes the container, if it is missing, and a key pair in it; returns the public key.
    ///
    /// # Errors
    /// [`TokenError::Exists`] when the container holds a key: it is never overwritten.
    pub async fn generate_key(
        &self,
        key: &KeyRef,
        pin: &Pin,
        kind: KeyKind,
        last_try: LastTry,
    ) -> Result<PublicKey, TokenError> {
        let request = Request::GenerateKey {
            place: place(key),
            kind,
            last_try,
        };
        let limit = self.limits().generate;
        let secrets = [pin.octets()];
        match self
            .ask(&key.library, "making a key", request, &secrets, limit)
            .await?
        {
            Reply::Key { key, .. } => parse_key(&key),
            _ => Err(TokenError::Garbage("making a key".to_owned())),
        }
    }

    /// The public signing key in a container. Needs no PIN.
    ///
    /// # Errors
    /// [`TokenError::NoKey`], [`TokenError::NoContainer`] and the general ones.
    pub async fn public_key(&self, key: &KeyRef) -> Result<PublicKey, TokenError> {
        Ok(self.read_key(key).await?.0)
    }

    /// Writes the signing certificate, DER, after checking that it belongs to the container's key.
    ///
    /// # Errors
    /// [`TokenError::CertificateOfAnotherKey`] and the general ones.
    pub async fn import_certificate(
        &self,
        key: &KeyRef,
        pin: &Pin,
        certificate: &[u8],
        last_try: LastTry,
    ) -> Result<(), TokenError> {
        let parsed = pki::Certificate::from_der(certificate)
            .map_err(|error| TokenError::Message(error.to_string()))?;
        let (public_key, _) = self.read_key(key).await?;
        if parsed.public_key().spki_der() != public_key.spki_der() {
            return Err(TokenError::CertificateOfAnotherKey);
        }
        let request = Request::ImportCertificate {
            place: place(key),
            certificate: certificate.to_vec(),
            last_try,
        };
        let limit = self.limits().manage;
        let secrets = [pin.octets()];
        self.done(
            &key.library,
            "writing the certificate",
            request,
            &secrets,
            limit,
        )
        .await
    }

    /// Deletes a container with its keys and certificates. There is no way back.
    ///
    /// # Errors
    /// [`TokenError::NoContainer`] and the general ones.
    pub async fn delete_container(
        &self,
        key: &KeyRef,
        pin: &Pin,
        last_try: LastTry,
    ) -> Result<(), TokenError> {
        let request = Request::DeleteContainer {
            place: place(key),
            last_try,
        };
        let limit = self.limits().manage;
        let secrets = [pin.octets()];
        self.done(
            &key.library,
            "deleting the container",
            request,
            &secrets,
            limit,
        )
        .await
    }

    /// Verifies a PIN and forgets it. A wrong one costs a try.
    ///
    /// # Errors
    /// `PinWrong`, `PinLocked`, `LastTry`, and the general ones.
    pub async fn check_pin(
        &self,
        application: &ApplicationRef,
        kind: PinKind,
        pin: &Pin,
        last_try: LastTry,
    ) -> Result<(), TokenError> {
        let request = Request::CheckPin {
            device: application.device.clone(),
            application: application.application.clone(),
            kind,
            last_try,
        };
        let limit = self.limits().manage;
        let secrets = [pin.octets()];
        self.done(
            &application.library,
            "checking the PIN",
            request,
            &secrets,
            limit,
        )
        .await
    }

    /// Changes a PIN.
    ///
    /// # Errors
    /// `PinWrong`, `PinLocked`, `LastTry` for the old one, `PinInvalid` for the new, and the general ones.
    pub async fn change_pin(
        &self,
        application: &ApplicationRef,
        kind: PinKind,
        old: &Pin,
        new: &Pin,
        last_try: LastTry,
    ) -> Result<(), TokenError> {
        let request = Request::ChangePin {
            device: application.device.clone(),
            application: application.application.clone(),
            kind,
            last_try,
        };
        let limit = self.limits().manage;
        let secrets = [old.octets(), new.octets()];
        self.done(
            &application.library,
            "changing the PIN",
            request,
            &secrets,
            limit,
        )
        .await
    }

    /// Gives the user a new PIN by the administrator's; keys and certificates stay.
    ///
    /// # Errors
    /// `PinWrong`, `PinLocked`, `LastTry` for the administrator's, and the general ones.
    pub async fn unblock_pin(
        &self,
        application: &ApplicationRef,
        admin: &Pin,
        new_user: &Pin,
        last_try: LastTry,
    ) -> Result<(), TokenError> {
        let request = Request::UnblockPin {
            device: application.device.clone(),
            application: application.application.clone(),
            last_try,
        };
        let limit = self.limits().manage;
        let secrets = [admin.octets(), new_user.octets()];
        self.done(
            &application.library,
            "unblocking the PIN",
            request,
            &secrets,
            limit,
        )
        .await
    }

    /// The tries of a PIN, read from the device; `None` where the library can't say.
    ///
    /// # Errors
    /// The general ones.
    pub async fn pin_tries(
        &self,
        application: &ApplicationRef,
        kind: PinKind,
    ) -> Result<Option<PinTries>, TokenError> {
        let request = Request::PinTries {
            device: application.device.clone(),
            application: application.application.clone(),
            kind,
        };
        let limit = self.limits().enumerate;
        match self
            .ask(
                &application.library,
                "reading the tries",
                request,
                &[],
                limit,
            )
            .await?
        {
            Reply::Tries(tries) => Ok(tries),
            _ => Err(TokenError::Garbage("reading the tries".to_owned())),
        }
    }

    /// Gives the device a label, at most 32 octets.
    ///
    /// # Errors
    /// The general ones.
    pub async fn set_label(&self, device: &DeviceRef, label: &str) -> Result<(), TokenError> {
        let request = Request::SetLabel {
            device: device.device.clone(),
            label: label.to_owned(),
        };
        let limit = self.limits().manage;
        self.done(&device.library, "writing the label", request, &[], limit)
            .await
    }
}
