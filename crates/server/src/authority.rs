//! Driving the issuer's machine: each effect is performed in the order in which it comes, in a transaction of its own
//! (rule 9: recorded, then signed, then the result recorded).
//!
//! The keys are files in `DATA/ca`, readable by the owner alone: this is the demonstration's authority.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use domain::entropy::random_bytes;
use domain::{Clock, Randomness, Span, Timestamp};
use issuer::revocation::{ListEffect, ListEvent, ListIssuance, ListRecord, due_at};
use issuer::{Authority, Effect, Event, Issuance, IssuerError, Profile, Template};
use pki::{Certificate, KeyFamily, SignError, Signer as _, SoftwareKey, UnixTime};
use store::authorities::{self, StoredAuthority};
use store::{Deed, Store, StoreError, Tx};

/// The address under which demonstration certificates announce their lists; mirrors lead it to where a server runs.
pub const BASE_URL: &str = "http://ca.yinxin-demo.test/";
/// A list counts for a day; the next one is made when half of it is over.
const LIST_LIFE: Span = Span::hours(24);
/// No signature takes longer: an intent older than this lost its result in a crash.
const INTENT_LIFE: Span = Span::minutes(2);
/// Serials and list numbers are tried anew this often.
const ATTEMPTS: usize = 8;

/// The authorities of an installation.
pub struct Authorities {
    store: Arc<Store>,
    keys: PathBuf,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Randomness>,
}

/// Why nothing was issued.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// No authority has this id.
    #[error("there is no authority {0}")]
    Unknown(String),
    /// The machine stopped.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key could not be read or made.
    #[error("the authority's key: {0}")]
    Key(#[from] SignError),
    /// The key's file could not be read or written.
    #[error("the authority's key file: {0}")]
    KeyFile(#[from] io::Error),
    /// The stored certificate can't be read.
    #[error("the authority's certificate: {0}")]
    Certificate(#[from] pki::ParseError),
    /// A crash was cleaned up while this was signed: the serial is given up.
    #[error("the certificate was given up while it was signed; issue it again")]
    GivenUp,
}

impl Authorities {
    /// The authorities whose keys lie in `DATA/ca`.
    #[must_use]
    pub fn new(
        store: Arc<Store>,
        data: &std::path::Path,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Randomness>,
    ) -> Self {
        Self {
            store,
            keys: data.join("ca"),
            clock,
            random,
        }
    }

    /// The key of an authority, made when it has none yet. The file appears whole, or not at all.
    ///
    /// # Errors
    /// The file system, or a file that holds no key.
    pub fn key(&self, id: &str, family: KeyFamily) -> Result<SoftwareKey, AuthorityError> {
        let path = self.keys.join(format!("{id}.key.pem"));
        if !path.exists() {
            fs::create_dir_all(&self.keys)?;
            let mut file = tempfile::Builder::new().make_in(&self.keys, |path| {
                OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(path)
            })?;
            file.write_all(
                SoftwareKey::generate(family)?
                    .danger_to_pkcs8_pem()?
                    .as_bytes(),
            )?;
            file.as_file().sync_all()?;
            match file.persist_noclobber(&path) {
                Ok(_) => fs::File::open(&self.keys)?.sync_all()?,
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.error.into()),
            }
        }
        self.stored_key(id)
    }

    pub(crate) fn stored_key(&self, id: &str) -> Result<SoftwareKey, AuthorityError> {
        let pem =
            zeroize::Zeroizing::new(fs::read_to_string(self.keys.join(format!("{id}.key.pem")))?);
        Ok(SoftwareKey::from_pkcs8_pem(&pem)?)
    }

    /// An authority with its certificate.
    ///
    /// # Errors
    /// [`AuthorityError::Unknown`], or what stands in its way.
    pub async fn open(&self, id: &str) -> Result<(Authority, Certificate), AuthorityError> {
        let stored = self
            .store
            .authority(id)
            .await?
            .ok_or_else(|| AuthorityError::Unknown(id.to_owned()))?;
        let certificate = Certificate::from_der(&stored.certificate)?;
        let authority = Authority::from_certificate(id, &certificate, BASE_URL)?;
        // A root's key signs lists when somebody brings it, and answers nobody.
        let authority = if certificate.is_self_issued() {
            authority
        } else {
            authority.with_online_status()
        };
        Ok((authority, certificate))
    }

    /// The root and the issuing authority of a profile, made when they are not there.
    ///
    /// # Errors
    /// See [`AuthorityError`].
    pub async fn establish(
        &self,
        profile: &Profile,
    ) -> Result<(Certificate, Certificate), AuthorityError> {
        // An hour back: another machine's clock may be a little behind.
        let begin = UnixTime::from(self.clock.now()).plus(-3600);
        let (root_id, issuing_id) = (&profile.root.id, &profile.issuing.id);
        if self.store.authority(root_id).await?.is_none() {
            let key = self.key(root_id, profile.family())?;
            let authority = issuer::root_authority(profile, key.public_key(), BASE_URL)?;
            let template = issuer::root_template(profile, key.public_key(), begin)?;
            let certificate = self.issue(&authority, &template).await?;
            self.keep(root_id, profile, "root", &certificate).await?;
        }
        let (root, root_certificate) = self.open(root_id).await?;
        if self.store.authority(issuing_id).await?.is_none() {
            let key = self.key(issuing_id, profile.family())?;
            let template = issuer::issuing_template(profile, key.public_key(), begin)?;
            let certificate = self.issue(&root, &template).await?;
            self.keep(issuing_id, profile, "issuing", &certificate)
                .await?;
        }
        Ok((root_certificate, self.open(issuing_id).await?.1))
    }

    /// Keeps the certificate of a new authority; of two that race, the first stays.
    async fn keep(
        &self,
        id: &str,
        profile: &Profile,
        kind: &'static str,
        certificate: &Certificate,
    ) -> Result<(), AuthorityError> {
        let authority = StoredAuthority {
            id: id.to_owned(),
            provider: profile.id.clone(),
            certificate: certificate.der().to_vec(),
        };
        let deed = Keep {
            authority: &authority,
            kind,
            now: self.clock.now(),
        };
        let Ok(()) = self.store.perform(&deed).await?;
        Ok(())
    }

    /// Issues a certificate: persist the intent → sign → persist the result → deliver.
    ///
    /// # Errors
    /// See [`AuthorityError`]. Whatever the moment of a crash, the serial is on record.
    pub async fn issue(
        &self,
        authority: &Authority,
        template: &Template,
    ) -> Result<Certificate, AuthorityError> {
        let key = self.stored_key(authority.id())?;
        for _ in 0..ATTEMPTS {
            match self.try_issue(authority, template, &key).await {
                Err(AuthorityError::Issuer(IssuerError::SerialTaken)) => {}
                answer => return answer,
            }
        }
        Err(IssuerError::SerialTaken.into())
    }

    async fn try_issue(
        &self,
        authority: &Authority,
        template: &Template,
        key: &SoftwareKey,
    ) -> Result<Certificate, AuthorityError> {
        let at = UnixTime::from(self.clock.now());
        let (mut issuance, mut effect) =
            Issuance::begin(authority, template, &random_bytes(&*self.random), at)?;
        loop {
            let event = match effect {
                Effect::Sign { tbs } => match key.sign(&tbs) {
                    Ok(signature) => Event::Signed { signature },
                    Err(_) => Event::SigningFailed { at },
                },
                Effect::Deliver { certificate } => return Ok(Certificate::from_der(&certificate)?),
                Effect::Abandon(error) => return Err(error.into()),
                record => match self.store.perform(&Record(record)).await? {
                    Ok(event) => event,
                    Err(GivenUp) => return Err(AuthorityError::GivenUp),
                },
            };
            (issuance, effect) = issuance.step(event)?;
        }
    }

    /// Revokes every certificate of a key number, and publishes the lists that say so. Returns how many.
    ///
    /// # Errors
    /// See [`AuthorityError`].
    pub async fn revoke_key(
        &self,
        key_number: &str,
        reason: &'static str,
    ) -> Result<usize, AuthorityError> {
        let Ok(revoked) = self
            .store
            .perform(&Revoke {
                key_number,
                reason,
                now: self.clock.now(),
            })
            .await?;
        let mut issuers: Vec<String> = revoked
            .iter()
            .map(|certificate| certificate.issuer.clone())
            .collect();
        issuers.sort();
        issuers.dedup();
        for issuer in issuers {
            self.publish_list(&issuer).await?;
        }
        Ok(revoked.len())
    }

    /// The list to serve: the newest one, made anew when half its life is over or there is none.
    ///
    /// # Errors
    /// See [`AuthorityError`].
    pub async fn list(&self, id: &str) -> Result<ListRecord, AuthorityError> {
        if let Some(list) = self.store.newest_list(id).await? {
            let due = due_at(UnixTime(list.this_update), UnixTime(list.next_update));
            if UnixTime::from(self.clock.now()) < due {
                return Ok(list);
            }
        }
        self.publish_list(id).await
    }

    /// Signs a list of everything that is revoked now: take a number → sign → record → publish.
    ///
    /// # Errors
    /// See [`AuthorityError`].
    pub async fn publish_list(&self, id: &str) -> Result<ListRecord, AuthorityError> {
        let (authority, _) = self.open(id).await?;
        let key = self.stored_key(id)?;
        for _ in 0..ATTEMPTS {
            if let Some(list) = self.try_list(&authority, &key).await? {
                return Ok(list);
            }
        }
        Err(IssuerError::ListOrder.into())
    }

    /// Nothing when another process took the number.
    async fn try_list(
        &self,
        authority: &Authority,
        key: &SoftwareKey,
    ) -> Result<Option<ListRecord>, AuthorityError> {
        let now = self.clock.now();
        let Ok((last, revoked)) = self
            .store
            .perform(&Gather {
                issuer: authority.id(),
                now,
            })
            .await?;
        let number = u64::try_from(last).unwrap_or(0) + 1;
        let next_update = UnixTime::from(now + LIST_LIFE);
        let (mut issuance, mut effect) =
            ListIssuance::begin(authority, number, now.into(), next_update, &revoked)?;
        loop {
            let event = match effect {
                ListEffect::Sign { tbs } => ListEvent::Signed {
                    signature: key.sign(&tbs)?,
                },
                ListEffect::Publish(list) => return Ok(Some(list)),
                record => match self.store.perform(&RecordList(record)).await? {
                    Ok(event) => event,
                    Err(GivenUp) => return Ok(None),
                },
            };
            (issuance, effect) = issuance.step(event)?;
        }
    }
}

struct GivenUp;

struct Keep<'a> {
    authority: &'a StoredAuthority,
    kind: &'static str,
    now: Timestamp,
}

impl Deed for Keep<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        authorities::insert(tx.connection(), self.authority, self.kind, self.now).await?;
        Ok(Ok(()))
    }
}

/// One recording effect of an issuance.
struct Record(Effect);

impl Deed for Record {
    type Done = Event;
    type Refused = GivenUp;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Event, GivenUp>, StoreError> {
        Ok(Ok(match &self.0 {
            Effect::PersistIntent(intent) => {
                if !authorities::insert_intent(tx.connection(), intent).await? {
                    return Ok(Ok(Event::SerialTaken));
                }
                Event::IntentPersisted
            }
            Effect::PersistResult(issued) => {
                if !authorities::set_issued(tx.connection(), issued).await? {
                    return Ok(Err(GivenUp));
                }
                Event::ResultPersisted
            }
            Effect::PersistPossiblyIssued(record) => {
                authorities::set_possibly_issued(tx.connection(), record).await?;
                Event::ResultPersisted
            }
            Effect::Sign { .. } | Effect::Deliver { .. } | Effect::Abandon(_) => {
                return Ok(Err(GivenUp));
            }
        }))
    }
}

/// One recording effect of a list.
struct RecordList(ListEffect);

impl Deed for RecordList {
    type Done = ListEvent;
    type Refused = GivenUp;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<ListEvent, GivenUp>, StoreError> {
        Ok(match &self.0 {
            ListEffect::PersistNumber(intent) => {
                let taken = authorities::insert_number(tx.connection(), intent).await?;
                if taken {
                    Ok(ListEvent::NumberPersisted)
                } else {
                    Err(GivenUp)
                }
            }
            ListEffect::PersistList(list) => {
                authorities::set_list(tx.connection(), list).await?;
                Ok(ListEvent::ListPersisted)
            }
            ListEffect::Sign { .. } | ListEffect::Publish(_) => Err(GivenUp),
        })
    }
}

struct Revoke<'a> {
    key_number: &'a str,
    reason: &'static str,
    now: Timestamp,
}

impl Deed for Revoke<'_> {
    type Done = Vec<authorities::IssuedCertificate>;
    type Refused = std::convert::Infallible;
    async fn perform(
        &self,
        tx: &mut Tx<'_>,
    ) -> Result<Result<Self::Done, Self::Refused>, StoreError> {
        let certificates = authorities::of_key(tx.connection(), self.key_number).await?;
        for certificate in &certificates {
            authorities::revoke(tx.connection(), certificate, self.now, self.reason).await?;
        }
        Ok(Ok(certificates))
    }
}

/// What the next list has to say; intents that a crash left behind are marked first.
struct Gather<'a> {
    issuer: &'a str,
    now: Timestamp,
}

impl Deed for Gather<'_> {
    type Done = (i64, Vec<issuer::RevocationRecord>);
    type Refused = std::convert::Infallible;
    async fn perform(
        &self,
        tx: &mut Tx<'_>,
    ) -> Result<Result<Self::Done, Self::Refused>, StoreError> {
        let recovered = authorities::recover(
            tx.connection(),
            self.issuer,
            self.now - INTENT_LIFE,
            self.now,
        )
        .await?;
        if recovered > 0 {
            tracing::warn!(
                issuer = self.issuer,
                recovered,
                "serials without a result are revoked as possibly issued"
            );
        }
        let last = authorities::last_number(tx.connection(), self.issuer).await?;
        Ok(Ok((
            last,
            authorities::revoked(tx.connection(), self.issuer).await?,
        )))
    }
}
