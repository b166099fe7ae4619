//! The file area of an application (GM/T 0016 clause 7.4): where seal objects lie on a token.

use serde::{Deserialize, Serialize};

use crate::service::TokenService;
use crate::wire::{Reply, Request};
use crate::{ApplicationRef, LastTry, Pin, TokenError};

/// Largest file that is read or written, in octets. A whole token rarely has more room.
pub const MAX_FILE: usize = 1 << 20;
/// Longest name of a file, in octets: the standard's 32 with the NUL that ends it.
pub const MAX_FILE_NAME: usize = 31;

/// A file on a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenFile {
    /// Its name.
    pub name: String,
    /// Its size in octets.
    pub size: u32,
    /// Who may read it.
    pub read: FileRights,
    /// Who may write it.
    pub write: FileRights,
}

/// Who may use a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileRights {
    /// Nobody.
    Nobody,
    /// Who knows the administrator's PIN.
    Admin,
    /// Who knows the user's PIN.
    User,
    /// Everybody, without a PIN.
    Anyone,
}

impl TokenService {
    /// The files of an application. Needs no PIN.
    ///
    /// # Errors
    /// [`TokenError::NoApplication`] and the general ones.
    pub async fn files(&self, application: &ApplicationRef) -> Result<Vec<TokenFile>, TokenError> {
        let request = Request::ListFiles {
            device: application.device.clone(),
            application: application.application.clone(),
        };
        let limit = self.limits().enumerate;
        match self
            .ask(&application.library, "listing files", request, &[], limit)
            .await?
        {
            Reply::Files(files) => Ok(files),
            _ => Err(TokenError::Garbage("listing files".to_owned())),
        }
    }

    /// Reads a file; without a PIN where anyone may read it.
    ///
    /// # Errors
    /// [`TokenError::NoFile`], [`TokenError::TooLarge`], those of a PIN, and the general ones.
    pub async fn read_file(
        &self,
        application: &ApplicationRef,
        name: &str,
        pin: Option<&Pin>,
        last_try: LastTry,
    ) -> Result<Vec<u8>, TokenError> {
        let request = Request::ReadFile {
            device: application.device.clone(),
            application: application.application.clone(),
            file: name.to_owned(),
            last_try,
        };
        let secrets: Vec<&[u8]> = pin.map(Pin::octets).into_iter().collect();
        let limit = self.limits().manage;
        match self
            .ask(
                &application.library,
                "reading a file",
                request,
                &secrets,
                limit,
            )
            .await?
        {
            Reply::Content(content) => Ok(content),
            _ => Err(TokenError::Garbage("reading a file".to_owned())),
        }
    }

    /// Writes a file whole, in place of one of that name, and reads it back.
    ///
    /// A file has the size that it was made with: one of another size is deleted and made anew. The interface
    /// has no way to do both at once; whoever keeps the only copy here can lose it to a pulled key.
    ///
    /// # Errors
    /// [`TokenError::TooLarge`], [`TokenError::NoRoom`], [`TokenError::Message`] for a name that is empty or
    /// too long, those of a PIN, and the general ones.
    pub async fn write_file(
        &self,
        application: &ApplicationRef,
        name: &str,
        content: &[u8],
        read: FileRights,
        pin: &Pin,
        last_try: LastTry,
    ) -> Result<(), TokenError> {
        if content.len() > MAX_FILE {
            return Err(TokenError::TooLarge(name.to_owned()));
        }
        if name.is_empty() || name.len() > MAX_FILE_NAME {
            let reason = format!("the name of a file has 1 to {MAX_FILE_NAME} octets");
            return Err(TokenError::Message(reason));
        }
        let request = Request::WriteFile {
            device: application.device.clone(),
            application: application.application.clone(),
            file: name.to_owned(),
            content: content.to_vec(),
            read,
            last_try,
        };
        let (secrets, limit) = ([pin.octets()], self.limits().manage);
        let library = &application.library;
        self.done(library, "writing a file", request, &secrets, limit)
            .await
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// [`TokenError::NoFile`], those of a PIN, and the general ones.
    pub async fn delete_file(
        &self,
        application: &ApplicationRef,
        name: &str,
        pin: &Pin,
        last_try: LastTry,
    ) -> Result<(), TokenError> {
        let request = Request::DeleteFile {
            device: application.device.clone(),
            application: application.application.clone(),
            file: name.to_owned(),
            last_try,
        };
        let (secrets, limit) = ([pin.octets()], self.limits().manage);
        let library = &application.library;
        self.done(library, "deleting a file", request, &secrets, limit)
            .await
    }
}
