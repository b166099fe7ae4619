//! A key ceremony (密钥仪式): a root signs its own certificate and those of the issuing authorities below it, the recovery
//! key of the key management centre is made and split, and a transcript says who did what, signed by the roots' keys.
//!
//! The roots' keys are opened here and nowhere else. A transcript is one JSON object whose `transcript` is the exact text
//! that was signed: no canonical form is needed to check it.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::escrow::EscrowKeyPair;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use issuer::Profile;
use issuer::key_management::shares::{self, ShareError};
use pki::{Certificate, HashAlgorithm, hash};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::key_management::{self, RecoveryKey};
use store::{Deed, StoreError, Tx};
use zeroize::Zeroizing;

use crate::authority::{Authorities, AuthorityError};
use crate::http::time::rfc3339;

/// The longest transcript that is read, in octets.
pub const MAX_TRANSCRIPT: u64 = 1024 * 1024;

/// What a ceremony is to make.
pub struct Plan<'a> {
    /// The authorities, by their profiles; those that are there are attested and not made again.
    pub profiles: &'a [Profile],
    /// Who takes part, by name and part.
    pub officers: &'a [String],
    /// Makes a recovery key: shares that are needed, shares that are made.
    pub recovery: Option<(u8, u8)>,
}

/// What a ceremony leaves behind.
pub struct Made {
    /// The transcript with its signatures.
    pub record: SignedTranscript,
    /// A line for each holder of a share. Nobody else has them: they are not stored.
    pub shares: Vec<Zeroizing<String>>,
    /// Roots and issuing authorities with their certificates.
    pub authorities: Vec<(String, Certificate)>,
}

/// Why a ceremony ended.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// The authorities.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The shares.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// Nobody signs it.
    #[error("a ceremony names at least two persons who take part")]
    Officers,
    /// Nothing that could sign it.
    #[error("a ceremony has at least one root")]
    NoRoot,
    /// The transcript can't be written.
    #[error("the transcript could not be written")]
    Transcript,
}

/// A transcript with its signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedTranscript {
    /// The exact text that is signed: JSON of [`Transcript`].
    pub transcript: String,
    /// One by each root that took part.
    pub signatures: Vec<TranscriptSignature>,
}

/// A root's signature over a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TranscriptSignature {
    /// The root's id.
    pub root: String,
    /// SHA-256 of its certificate, lower-case hex.
    pub certificate_sha256: String,
    /// Over the octets of `transcript`, by the root's usual algorithm; base64.
    pub signature: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// Version, 1.
    pub v: u32,
    /// Its id.
    pub id: String,
    /// The program and its version.
    pub program: String,
    /// When it ended, RFC 3339.
    pub at: String,
    /// Who took part.
    pub officers: Vec<String>,
    /// Roots, and below each the authorities that it signed.
    pub authorities: Vec<AttestedAuthority>,
    /// The recovery key, where one was made.
    pub recovery_key: Option<AttestedRecoveryKey>,
}

/// An authority as the transcript attests it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttestedAuthority {
    /// Its id.
    pub id: String,
    /// `root` or `issuing`.
    pub kind: String,
    /// Its subject (RFC 4514).
    pub subject: String,
    /// The certificate's serial, lower-case hex.
    pub serial: String,
    /// SHA-256 of the certificate, lower-case hex.
    pub certificate_sha256: String,
    /// Its subjectKeyIdentifier, lower-case hex.
    pub key_identifier: String,
    /// Whether this ceremony made it, or found it.
    pub made: bool,
}

/// A recovery key as the transcript attests it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttestedRecoveryKey {
    /// Its id.
    pub id: String,
    /// SHA-256 of its public key, lower-case hex.
    pub public_key_sha256: String,
    /// Shares that are needed.
    pub threshold: u8,
    /// Shares that were made.
    pub shares: u8,
    /// SHA-256 of each share's line, lower-case hex: a holder can see that theirs is one of them.
    pub share_sha256: Vec<String>,
}

/// Performs a ceremony. Every step can be repeated: what is there stays as it is.
///
/// # Errors
/// See [`CeremonyError`].
pub async fn perform(authorities: &Authorities, plan: &Plan<'_>) -> Result<Made, CeremonyError> {
    let officers: BTreeSet<&str> = plan.officers.iter().map(|name| name.trim()).collect();
    if officers.len() < 2 || officers.contains("") {
        return Err(CeremonyError::Officers);
    }
    let mut attested = Vec::new();
    let mut certificates = Vec::new();
    let mut roots = Vec::new();
    for profile in plan.profiles {
        let known = |id: String| async move { authorities.store.authority(&id).await };
        let root_known = known(profile.root.id.clone()).await?.is_some();
        let issuing_known = known(profile.issuing.id.clone()).await?.is_some();
        let (root, issuing) = authorities.establish(profile).await?;
        authorities.list(&profile.root.id).await?;
        authorities.list(&profile.issuing.id).await?;
        attested.push(attest(&profile.root.id, "root", &root, !root_known));
        attested.push(attest(
            &profile.issuing.id,
            "issuing",
            &issuing,
            !issuing_known,
        ));
        roots.push((profile.root.id.clone(), root.clone()));
        certificates.push((profile.root.id.clone(), root));
        certificates.push((profile.issuing.id.clone(), issuing));
    }
    let (recovery_key, share_lines) = match plan.recovery {
        Some((threshold, shares)) => {
            let (attested, lines) = make_recovery_key(authorities, threshold, shares).await?;
            (Some(attested), lines)
        }
        None => (None, Vec::new()),
    };
    let now = authorities.clock.now();
    let transcript = Transcript {
        v: 1,
        id: Id::new(now, &*authorities.random).to_string(),
        program: concat!("yinxin ", env!("CARGO_PKG_VERSION")).to_owned(),
        at: rfc3339(now),
        officers: officers.iter().map(|name| (*name).to_owned()).collect(),
        authorities: attested,
        recovery_key,
    };
    let record = sign(authorities, &transcript, &roots)?;
    let deed = Held {
        transcript: &transcript,
        sha256: sha256(record.transcript.as_bytes()),
        entry: Id::new(now, &*authorities.random),
        now,
    };
    let Ok(()) = authorities.store.perform(&deed).await?;
    Ok(Made {
        record,
        shares: share_lines,
        authorities: certificates,
    })
}

fn sign(
    authorities: &Authorities,
    transcript: &Transcript,
    roots: &[(String, Certificate)],
) -> Result<SignedTranscript, CeremonyError> {
    if roots.is_empty() {
        return Err(CeremonyError::NoRoot);
    }
    let text = serde_json::to_string(transcript).map_err(|_| CeremonyError::Transcript)?;
    let mut signatures = Vec::new();
    for (id, certificate) in roots {
        let key = authorities.key(id).map_err(AuthorityError::Vault)?;
        let signature = key.sign(text.as_bytes()).map_err(AuthorityError::Key)?;
        signatures.push(TranscriptSignature {
            root: id.clone(),
            certificate_sha256: hex::encode(certificate.sha256_fingerprint()),
            signature: STANDARD.encode(signature),
        });
    }
    Ok(SignedTranscript {
        transcript: text,
        signatures,
    })
}

async fn make_recovery_key(
    authorities: &Authorities,
    threshold: u8,
    shares: u8,
) -> Result<(AttestedRecoveryKey, Vec<Zeroizing<String>>), CeremonyError> {
    let now = authorities.clock.now();
    let id = Id::new(now, &*authorities.random).to_string();
    let mut random = |out: &mut [u8]| authorities.random.fill(out);
    let key = EscrowKeyPair::generate(&mut random);
    let lines = shares::split(&key, &id, threshold, shares, &mut random)?;
    let public_key = key.public().to_bytes();
    let deed = KeepRecoveryKey {
        key: RecoveryKey {
            id: id.clone(),
            public_key: public_key.to_vec(),
            threshold: i64::from(threshold),
            shares: i64::from(shares),
        },
        now,
    };
    let Ok(()) = authorities.store.perform(&deed).await?;
    let attested = AttestedRecoveryKey {
        id,
        public_key_sha256: sha256(&public_key),
        threshold,
        shares,
        share_sha256: lines.iter().map(|line| sha256(line.as_bytes())).collect(),
    };
    Ok((attested, lines))
}

fn attest(id: &str, kind: &str, certificate: &Certificate, made: bool) -> AttestedAuthority {
    AttestedAuthority {
        id: id.to_owned(),
        kind: kind.to_owned(),
        subject: certificate.subject().rfc4514(),
        serial: certificate.serial_hex(),
        certificate_sha256: hex::encode(certificate.sha256_fingerprint()),
        key_identifier: certificate.skid().map(hex::encode).unwrap_or_default(),
        made,
    }
}

fn sha256(octets: &[u8]) -> String {
    hex::encode(hash(HashAlgorithm::Sha256, octets))
}

/// What is wrong with a transcript.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TranscriptError {
    /// Not a transcript of this version.
    #[error("this is no transcript: {0}")]
    Unreadable(String),
    /// No signature, or none by a root whose certificate is at hand.
    #[error("no root that is known here has signed it")]
    Unsigned,
    /// A root that the transcript attests has not signed it, or its signature is wrong.
    #[error("the signature of {0} is missing or wrong")]
    Signature(String),
}

/// Checks a transcript with the roots' certificates: every root that it attests must have signed it.
///
/// # Errors
/// [`TranscriptError`].
pub fn verify(
    record: &SignedTranscript,
    certificates: &[Certificate],
) -> Result<Transcript, TranscriptError> {
    let transcript: Transcript = serde_json::from_str(&record.transcript)
        .map_err(|error| TranscriptError::Unreadable(error.to_string()))?;
    if transcript.v != 1 {
        return Err(TranscriptError::Unreadable("another version".to_owned()));
    }
    let mut roots = transcript
        .authorities
        .iter()
        .filter(|authority| authority.kind == "root")
        .peekable();
    if roots.peek().is_none() {
        return Err(TranscriptError::Unsigned);
    }
    for root in roots {
        let wrong = || TranscriptError::Signature(root.id.clone());
        let certificate = certificates
            .iter()
            .find(|known| hex::encode(known.sha256_fingerprint()) == root.certificate_sha256)
            .ok_or(TranscriptError::Unsigned)?;
        let signature = record
            .signatures
            .iter()
            .find(|signature| signature.certificate_sha256 == root.certificate_sha256)
            .and_then(|signature| STANDARD.decode(&signature.signature).ok())
            .ok_or_else(wrong)?;
        let key = certificate.public_key();
        let algorithm = key.family().default_algorithm();
        key.verify(algorithm, record.transcript.as_bytes(), &signature)
            .map_err(|_| wrong())?;
    }
    Ok(transcript)
}

/// The transcript as people read it.
#[must_use]
pub fn as_text(transcript: &Transcript) -> String {
    let mut out = format!(
        "密钥仪式记录 / Key ceremony\n\n编号 id        {}\n程序 program   {}\n时间 time      {}\n",
        transcript.id, transcript.program, transcript.at
    );
    for officer in &transcript.officers {
        out += &format!("参加 officer   {officer}\n");
    }
    for authority in &transcript.authorities {
        out += &format!(
            "\n{} {}{}\n  subject   {}\n  serial    {}\n  sha256    {}\n  key id    {}\n",
            authority.kind,
            authority.id,
            if authority.made {
                ""
            } else {
                "（已有 / found）"
            },
            authority.subject,
            authority.serial,
            authority.certificate_sha256,
            authority.key_identifier,
        );
    }
    if let Some(key) = &transcript.recovery_key {
        out += &format!(
            "\n恢复密钥 recovery key {}\n  sha256    {}\n  {} / {}\n",
            key.id, key.public_key_sha256, key.threshold, key.shares
        );
        for (at, share) in key.share_sha256.iter().enumerate() {
            out += &format!("  share {}   {share}\n", at + 1);
        }
    }
    out
}

struct KeepRecoveryKey {
    key: RecoveryKey,
    now: Timestamp,
}

impl Deed for KeepRecoveryKey {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        key_management::insert_recovery_key(tx.connection(), &self.key, self.now).await?;
        Ok(Ok(()))
    }
}

/// The audit log's entry of a ceremony.
struct Held<'a> {
    transcript: &'a Transcript,
    sha256: String,
    entry: Id,
    now: Timestamp,
}

impl Deed for Held<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let made = self.transcript.authorities.iter().filter(|one| one.made);
        let detail = json!({
            "transcript_sha256": self.sha256,
            "made": made.map(|one| &one.id).collect::<Vec<_>>(),
            "recovery_key": self.transcript.recovery_key.as_ref().map(|key| &key.id),
        });
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: "-".to_owned(),
            at: self.now,
            action: "ceremony.held".into(),
            actor: None,
            subject: Some(self.transcript.id.clone()),
            detail: detail.to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
