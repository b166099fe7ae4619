//! An authority: a name, a key, and where its certificate and list are found.

use pki::{
    Certificate, HashAlgorithm, Name, Oid, PublicKey, SignatureAlgorithm, UnixTime, hash, oid,
};

use crate::IssuerError;
use crate::revocation::Shard;

/// Who issues. The private key is not here: whoever drives the machine has it as a [`pki::Signer`].
#[derive(Debug, Clone)]
pub struct Authority {
    id: String,
    subject: Name,
    public_key: PublicKey,
    key_identifier: Vec<u8>,
    not_after: Option<UnixTime>,
    self_issued: bool,
    base_url: String,
    online_status: bool,
}

impl Authority {
    /// The authority of a CA certificate. `id` names it in records and URLs (`{base_url}{id}.crl`,
    /// `{base_url}{id}.cer`); `base_url` ends with a slash.
    ///
    /// # Errors
    /// [`IssuerError::NotAnAuthority`] where the certificate may not sign certificates and lists.
    pub fn from_certificate(
        id: &str,
        certificate: &Certificate,
        base_url: &str,
    ) -> Result<Self, IssuerError> {
        let ca = certificate
            .basic_constraints()
            .is_some_and(|basic| basic.ca);
        let may_sign = certificate
            .key_usage()
            .is_some_and(|usage| usage.key_cert_sign() && usage.crl_sign());
        if !ca || !may_sign {
            return Err(IssuerError::NotAnAuthority);
        }
        let public_key = certificate.public_key().clone();
        Ok(Self {
            id: id.to_owned(),
            subject: certificate.subject().clone(),
            key_identifier: certificate
                .skid()
                .map_or_else(|| key_identifier(&public_key), <[u8]>::to_vec),
            public_key,
            not_after: Some(certificate.not_after()),
            self_issued: certificate.subject() == certificate.issuer(),
            base_url: base_url.to_owned(),
            online_status: false,
        })
    }

    /// An authority that has no certificate yet: a root before it signs its own.
    pub(crate) fn bare(id: &str, subject: Name, public_key: PublicKey, base_url: &str) -> Self {
        Self {
            id: id.to_owned(),
            subject,
            key_identifier: key_identifier(&public_key),
            public_key,
            not_after: None,
            self_issued: true,
            base_url: base_url.to_owned(),
            online_status: false,
        }
    }

    /// The same authority, whose certificates announce a responder ([`Self::ocsp_url`]) and the list of their own
    /// shard in place of the whole one.
    #[must_use]
    pub fn with_online_status(mut self) -> Self {
        self.online_status = true;
        self
    }

    /// The same authority with an end of its own.
    #[cfg(test)]
    pub(crate) fn ending(mut self, at: UnixTime) -> Self {
        self.not_after = Some(at);
        self
    }

    /// The name in records and URLs.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it stands above itself: a root.
    #[must_use]
    pub const fn is_self_issued(&self) -> bool {
        self.self_issued
    }

    /// The name that stands as issuer.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.subject
    }

    /// The key that verifies what it signs.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The algorithm that it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.public_key.family().default_algorithm()
    }

    /// Its subjectKeyIdentifier.
    #[must_use]
    pub fn key_identifier(&self) -> &[u8] {
        &self.key_identifier
    }

    /// When its own certificate ends; `None` before it has one.
    #[must_use]
    pub const fn not_after(&self) -> Option<UnixTime> {
        self.not_after
    }

    /// Where the list is found that a certificate with this serial announces.
    #[must_use]
    pub fn crl_url_of(&self, serial: &[u8]) -> String {
        if self.online_status {
            self.shard_url(Shard::of(serial))
        } else {
            self.crl_url()
        }
    }

    /// Where the list of a shard is found.
    #[must_use]
    pub fn shard_url(&self, shard: Shard) -> String {
        format!("{}{}-{shard}.crl", self.base_url, self.id)
    }

    /// Where its responder is asked, where it has one.
    #[must_use]
    pub fn ocsp_url(&self) -> Option<String> {
        self.online_status
            .then(|| format!("{}ocsp/{}", self.base_url, self.id))
    }

    /// Where its whole revocation list is found.
    #[must_use]
    pub fn crl_url(&self) -> String {
        format!("{}{}.crl", self.base_url, self.id)
    }

    /// Where its certificate is found.
    #[must_use]
    pub fn certificate_url(&self) -> String {
        format!("{}{}.cer", self.base_url, self.id)
    }
}

/// A key identifier by RFC 7093 §2 method 1: the leftmost 160 bits of SHA-256 over the key's bits.
pub(crate) fn key_identifier(key: &PublicKey) -> Vec<u8> {
    let mut digest = hash(HashAlgorithm::Sha256, &key.key_bits());
    digest.truncate(20);
    digest
}

/// The authority's name with a word after its common name: what serves it is named so.
pub(crate) fn named_after(authority: &Authority, word: &str) -> Result<Name, IssuerError> {
    const WHAT: IssuerError = IssuerError::Applicant("the authority's name");
    let mut attributes: Vec<(Oid, String)> = Vec::new();
    for attribute in authority.subject().attributes() {
        let text = attribute.text().ok_or(WHAT)?;
        let text = if *attribute.oid() == oid::COMMON_NAME {
            format!("{text} {word}")
        } else {
            text.to_owned()
        };
        attributes.push((*attribute.oid(), text));
    }
    let borrowed: Vec<(Oid, &str)> = attributes
        .iter()
        .map(|(oid, text)| (*oid, text.as_str()))
        .collect();
    Name::from_attributes(&borrowed).map_err(|_| WHAT)
}
