//! The certificate for this computer's own loopback address, for pages that know the vendors' `https` and `wss` ports
//! alone; made when the user asks for it (`docs/decisions/0032-a-certificate-for-loopback.md`).
//!
//! A root is made for one certificate and its key is never written anywhere: it is gone before the root is trusted.
//! Name constraints (RFC 5280 §4.2.1.10) leave it 127.0.0.1 and localhost, and both end after 397 days. The
//! certificate's own key lies in the state folder, readable by its owner alone, and never leaves this computer.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pki::asn1::write;
use pki::{Certificate, KeyFamily, Name, Oid, Signer as _, SoftwareKey, UnixTime, oid, pem_encode};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::files;

/// How long root and certificate are good: as long as a browser accepts of anybody.
const DAYS: i64 = 397;
/// How far the start lies back, for a clock that is set right later.
const BACK: i64 = 24 * 3600;
/// What the root is called in a browser's list.
pub const ROOT_NAME: &str = "Yinxin loopback root (this computer only)";
/// id-kp-serverAuth (RFC 5280 §4.2.1.12).
const SERVER_AUTH: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.1");
/// iPAddress and dNSName in a GeneralName (RFC 5280 §4.2.1.6).
const IP_ADDRESS: u8 = 0x87;
const DNS_NAME: u8 = 0x82;

/// Why there is no certificate to serve with.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The system could not read or write a file.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A key could not be made or used.
    #[error("{0}")]
    Sign(#[from] pki::SignError),
    /// A file is not what was written there.
    #[error("{0} is not what was written there")]
    Damaged(PathBuf),
}

/// Where root, certificate and key lie in a state folder.
#[derive(Clone, Debug)]
pub struct Loopback {
    folder: PathBuf,
}

impl Loopback {
    /// Those of a state folder; nothing is read yet.
    pub fn of(state: &Path) -> Loopback {
        Loopback {
            folder: state.join("loopback"),
        }
    }

    /// The root, PEM: what browsers are to trust.
    pub fn root(&self) -> PathBuf {
        self.folder.join("root.pem")
    }

    fn certificate(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.join("key.pem")
    }

    /// Makes a root and a certificate in place of what is there.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn make(&self, now: UnixTime) -> Result<Certificate, CertificateError> {
        let authority = Authority::new(now)?;
        let key = SoftwareKey::generate(KeyFamily::P256)?;
        let names = [
            write::element(IP_ADDRESS, &[127, 0, 0, 1]),
            write::element(DNS_NAME, b"localhost"),
        ];
        let certificate = authority.certify(&key, "127.0.0.1", &names, now)?;
        let root = authority.into_root();
        files::private_folder(&self.folder)?;
        // The key first: a certificate without one would be a damaged installation.
        files::replace(&self.key(), key.danger_to_pkcs8_pem()?.as_bytes())?;
        let pem = |der: &[u8]| pem_encode("CERTIFICATE", der);
        files::replace(&self.certificate(), pem(&certificate).as_bytes())?;
        files::replace(&self.root(), pem(&root).as_bytes())?;
        Certificate::from_der(&root).map_err(|_| CertificateError::Damaged(self.root()))
    }

    /// The root that was made last.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn installed(&self) -> Result<Option<Certificate>, CertificateError> {
        let Some(pem) = read(&self.root())? else {
            return Ok(None);
        };
        Certificate::from_pem(&pem)
            .map(Some)
            .map_err(|_| CertificateError::Damaged(self.root()))
    }

    /// What a TLS listener of the agent needs; `None` where nothing was installed, or its time is over.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn server(&self, now: UnixTime) -> Result<Option<Arc<ServerConfig>>, CertificateError> {
        let Some(pem) = read(&self.certificate())? else {
            return Ok(None);
        };
        let damaged = || CertificateError::Damaged(self.certificate());
        let certificate = Certificate::from_pem(&pem).map_err(|_| damaged())?;
        if !certificate.is_valid_at(now) {
            tracing::warn!(
                "the certificate for loopback is over: `yinxin-agent sof certificate install` makes a new one"
            );
            return Ok(None);
        }
        let key = Zeroizing::new(std::fs::read(self.key())?);
        let key = PrivateKeyDer::from_pem_slice(&key)
            .map_err(|_| CertificateError::Damaged(self.key()))?;
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| damaged())?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|_| damaged())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Some(Arc::new(config)))
    }

    /// Takes away the certificate and its key; the root stays until every store has let go of it.
    ///
    /// # Errors
    /// What the system says.
    pub fn forget_key(&self) -> io::Result<()> {
        for file in [self.key(), self.certificate()] {
            gone(std::fs::remove_file(file))?;
        }
        Ok(())
    }

    /// Takes away everything.
    ///
    /// # Errors
    /// What the system says.
    pub fn forget(&self) -> io::Result<()> {
        self.forget_key()?;
        gone(std::fs::remove_dir_all(&self.folder))
    }
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The root with its key: for as long as it takes to sign one certificate.
struct Authority {
    key: SoftwareKey,
    name: Name,
    root: Vec<u8>,
}

impl Authority {
    fn new(now: UnixTime) -> Result<Authority, CertificateError> {
        let key = SoftwareKey::generate(KeyFamily::P256)?;
        let name = name(ROOT_NAME)?;
        // An address with its mask, and a name: of their kinds, no others are left (RFC 5280 §4.2.1.10).
        let subtree = |name: Vec<u8>| write::sequence(&[&name]);
        let permitted = [
            subtree(write::element(
                IP_ADDRESS,
                &[127, 0, 0, 1, 255, 255, 255, 255],
            )),
            subtree(write::element(DNS_NAME, b"localhost")),
        ];
        let extensions = [
            extension(
                &oid::BASIC_CONSTRAINTS,
                true,
                &write::sequence(&[&write::boolean(true), &write::integer(0)]),
            ),
            // keyCertSign.
            extension(
                &oid::KEY_USAGE,
                true,
                &write::named_bits(&[false, false, false, false, false, true]),
            ),
            extension(
                &oid::NAME_CONSTRAINTS,
                true,
                &write::sequence(&[&write::explicit(0, &permitted.concat())]),
            ),
            extension(
                &oid::SUBJECT_KEY_IDENTIFIER,
                false,
                &write::octet_string(&identifier(&key)),
            ),
        ];
        let root = sign(&key, &name, &name, &key, &extensions, now)?;
        Ok(Authority { key, name, root })
    }

    fn certify(
        &self,
        key: &SoftwareKey,
        subject: &str,
        names: &[Vec<u8>],
        now: UnixTime,
    ) -> Result<Vec<u8>, CertificateError> {
        let names: Vec<&[u8]> = names.iter().map(Vec::as_slice).collect();
        let extensions = [
            extension(
                &oid::KEY_USAGE,
                true,
                // digitalSignature.
                &write::named_bits(&[true]),
            ),
            extension(
                &oid::EXTENDED_KEY_USAGE,
                false,
                &write::sequence(&[&write::oid(&SERVER_AUTH)]),
            ),
            extension(&oid::SUBJECT_ALT_NAME, false, &write::sequence(&names)),
            extension(
                &oid::AUTHORITY_KEY_IDENTIFIER,
                false,
                &write::sequence(&[&write::element(0x80, &identifier(&self.key))]),
            ),
        ];
        sign(
            &self.key,
            &self.name,
            &name(subject)?,
            key,
            &extensions,
            now,
        )
    }

    /// The root; its key ends here.
    fn into_root(self) -> Vec<u8> {
        self.root
    }
}

fn name(common_name: &str) -> Result<Name, CertificateError> {
    Name::from_attributes(&[(oid::COMMON_NAME, common_name)])
        .map_err(|_| CertificateError::Sign(pki::SignError::Failed))
}

/// The first 20 octets of the key's SHA-256 (RFC 7093 §2).
fn identifier(key: &SoftwareKey) -> Vec<u8> {
    let mut digest = pki::hash(pki::HashAlgorithm::Sha256, &key.public_key().key_bits());
    digest.truncate(20);
    digest
}

fn extension(oid: &Oid, critical: bool, value: &[u8]) -> Vec<u8> {
    let value = write::octet_string(value);
    if critical {
        write::sequence(&[&write::oid(oid), &write::boolean(true), &value])
    } else {
        write::sequence(&[&write::oid(oid), &value])
    }
}

/// A certificate (RFC 5280 §4.1) of `key`, signed by `issuer_key`.
fn sign(
    issuer_key: &SoftwareKey,
    issuer: &Name,
    subject: &Name,
    key: &SoftwareKey,
    extensions: &[Vec<u8>],
    now: UnixTime,
) -> Result<Vec<u8>, CertificateError> {
    let mut serial = [0; 16];
    getrandom::fill(&mut serial).map_err(|_| pki::SignError::Randomness)?;
    // Positive, and of the same length always.
    serial[0] = serial[0] & 0x7F | 0x40;
    let start = now.plus(-BACK);
    let validity = write::sequence(&[
        &start.to_asn1(),
        &start.plus(DAYS * 24 * 3600 - 1).to_asn1(),
    ]);
    let algorithm = issuer_key.algorithm();
    let extensions: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
    let body = write::sequence(&[
        &write::explicit(0, &write::integer(2)),
        &write::unsigned_integer(&serial),
        &algorithm.identifier(),
        issuer.der(),
        &validity,
        subject.der(),
        key.public_key().spki_der(),
        &write::explicit(3, &write::sequence(&extensions)),
    ]);
    let signature = issuer_key.sign(&body)?;
    Ok(write::sequence(&[
        &body,
        &algorithm.identifier(),
        &write::bit_string(&signature),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::client::danger::ServerCertVerifier as _;
    use rustls::pki_types::{ServerName, UnixTime as TlsTime};

    const NOW: UnixTime = UnixTime(1_795_348_800);

    /// What a TLS client that trusts `root` says of a server with this certificate under this name.
    fn judged(root: &[u8], leaf: &[u8], name: &str, at: UnixTime) -> Result<(), rustls::Error> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from(root.to_vec())).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            rustls::client::WebPkiServerVerifier::builder_with_provider(roots.into(), provider)
                .build()
                .unwrap();
        let at = TlsTime::since_unix_epoch(std::time::Duration::from_secs(at.0 as u64));
        verifier
            .verify_server_cert(
                &CertificateDer::from(leaf.to_vec()),
                &[],
                &ServerName::try_from(name.to_owned()).unwrap(),
                &[],
                at,
            )
            .map(drop)
    }

    #[test]
    fn a_client_that_trusts_the_root_takes_the_certificate_for_loopback_until_its_time_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let loopback = Loopback::of(folder.path());
        let root = loopback.make(NOW).unwrap();
        let leaf = std::fs::read_to_string(loopback.certificate()).unwrap();
        let leaf = Certificate::from_pem(&leaf).unwrap();
        let ask = |name, at| judged(root.der(), leaf.der(), name, at);
        ask("127.0.0.1", NOW).unwrap();
        ask("localhost", NOW).unwrap();
        assert!(ask("127.0.0.2", NOW).is_err());
        assert!(ask("example.com", NOW).is_err());
        assert!(ask("127.0.0.1", NOW.plus(397 * 24 * 3600)).is_err());
        let days = (leaf.not_after().0 - leaf.not_before().0 + 1) / (24 * 3600);
        assert_eq!(days, 397);
        assert!(loopback.server(NOW).unwrap().is_some());
        let over = NOW.plus(397 * 24 * 3600);
        assert!(loopback.server(over).unwrap().is_none());
    }

    #[test]
    fn the_root_could_certify_nothing_else_even_if_its_key_were_still_there() {
        let authority = Authority::new(NOW).unwrap();
        let key = SoftwareKey::generate(KeyFamily::P256).unwrap();
        for (tag, octets, name) in [
            (DNS_NAME, &b"bank.example"[..], "bank.example"),
            (IP_ADDRESS, &[127, 0, 0, 2], "127.0.0.2"),
            (IP_ADDRESS, &[10, 0, 0, 1], "10.0.0.1"),
            (
                IP_ADDRESS,
                &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
                "::1",
            ),
        ] {
            let names = [write::element(tag, octets)];
            let leaf = authority.certify(&key, name, &names, NOW).unwrap();
            let judged = judged(&authority.root, &leaf, name, NOW);
            let refused = format!("{judged:?}");
            assert!(
                refused.contains("NameConstraintViolation"),
                "{name}: {refused}"
            );
        }
    }

    #[test]
    fn what_was_made_is_its_owners_alone_and_goes_whole() {
        let folder = tempfile::tempdir().unwrap();
        let loopback = Loopback::of(folder.path());
        assert!(loopback.installed().unwrap().is_none());
        assert!(loopback.server(NOW).unwrap().is_none());
        let first = loopback.make(NOW).unwrap();
        let second = loopback.make(NOW).unwrap();
        assert_ne!(first.der(), second.der());
        assert_eq!(loopback.installed().unwrap().unwrap().der(), second.der());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&loopback.key()), 0o600);
            assert_eq!(mode(&loopback.folder), 0o700);
        }
        loopback.forget().unwrap();
        assert!(!loopback.folder.exists());
        loopback.forget().unwrap();
    }
}
