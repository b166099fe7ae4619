//! Driving the issuer's machine: each effect is performed in the order in which it comes, in a transaction of its own
//! (rule 9: recorded, then signed, then the result recorded).
//!
//! Keys come from a [`vault`]; the root's stand apart from the issuing authorities'. `yinxin serve` has neither: it reads
//! certificates and stored lists.

pub mod issuing;
pub mod key_file;
pub mod module;
pub mod passphrase;
pub mod rekey;
pub mod vault;

use std::sync::Arc;

use domain::{Clock, Randomness, Span, Timestamp};
use issuer::revocation::{ListEffect, ListEvent, ListIssuance, ListRecord, due_at};
use issuer::{Authority, IssuerError, Profile, Template};
use pki::{Certificate, KeyFamily, SignError, UnixTime};
use store::authorities::{self, StoredAuthority};
use store::{Deed, Store, StoreError, Tx};
use vault::{AuthorityKey, KeyVault, NoKeys, VaultError};

/// The address under which demonstration certificates announce their lists; mirrors lead it to where a server runs.
pub const BASE_URL: &str = "http://ca.yinxin-demo.test/";
/// A list counts for a day; the next one is made when half of it is over.
const LIST_LIFE: Span = Span::hours(24);
/// A root's list counts for half a year.
const ROOT_LIST_LIFE: Span = Span::hours(180 * 24);
/// No signature takes longer: an intent older than this lost its result in a crash.
const INTENT_LIFE: Span = Span::minutes(2);
/// Serials and list numbers are tried anew this often.
pub(crate) const ATTEMPTS: usize = 8;

/// The authorities of an installation.
pub struct Authorities {
    pub(crate) store: Arc<Store>,
    keys: Arc<dyn KeyVault>,
    roots: Arc<dyn KeyVault>,
    signers: Arc<dyn KeyVault>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Randomness>,
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
    /// The key did not sign.
    #[error("the authority's key: {0}")]
    Key(#[from] SignError),
    /// The key could not be read or made.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The stored certificate can't be read.
    #[error("the authority's certificate: {0}")]
    Certificate(#[from] pki::ParseError),
    /// A crash was cleaned up while this was signed: the serial is given up.
    #[error("the certificate was given up while it was signed; issue it again")]
    GivenUp,
    /// Another process works for the order now.
    #[error("the claim on the order was lost")]
    ClaimLost,
    /// Whoever drives asked to stop at this step.
    #[error("stopped at {0:?}")]
    Stopped(issuing::Step),
}

impl Authorities {
    /// Authorities that sign with these keys; no root's are among them.
    #[must_use]
    pub fn new(
        store: Arc<Store>,
        keys: Arc<dyn KeyVault>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Randomness>,
    ) -> Self {
        Self {
            store,
            keys,
            roots: Arc::new(NoKeys),
            signers: Arc::new(NoKeys),
            clock,
            random,
        }
    }

    /// Authorities of which this process holds no key: certificates and stored lists are read, nothing is signed.
    #[must_use]
    pub fn without_keys(
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Randomness>,
    ) -> Self {
        Self::new(store, Arc::new(NoKeys), clock, random)
    }

    /// With the roots' keys too: for a ceremony, never for what runs.
    #[must_use]
    pub fn with_roots(mut self, roots: Arc<dyn KeyVault>) -> Self {
        self.roots = roots;
        self
    }

    /// With the keys of responders and time-stamping authorities, which answer where requests come in.
    #[must_use]
    pub fn with_signers(mut self, signers: Arc<dyn KeyVault>) -> Self {
        self.signers = signers;
        self
    }

    /// The key of a responder or a time-stamping authority, made when it has none.
    ///
    /// # Errors
    /// [`AuthorityError::Vault`].
    pub(crate) async fn signer_key(
        &self,
        id: String,
        family: KeyFamily,
    ) -> Result<Arc<dyn AuthorityKey>, AuthorityError> {
        let signers = Arc::clone(&self.signers);
        // Deriving a key from a passphrase, and making an RSA key, take their time.
        let opened = tokio::task::spawn_blocking(move || signers.ensure(&id, family));
        Ok(opened
            .await
            .map_err(|_| AuthorityError::Key(SignError::Failed))??)
    }

    /// The key of an authority, a root's among them where they are at hand.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn key(&self, id: &str) -> Result<Arc<dyn AuthorityKey>, VaultError> {
        match self.keys.key(id) {
            Err(VaultError::Absent(_)) => self.roots.key(id),
            answer => answer,
        }
    }

    /// Whether an authority's key is here.
    pub(crate) fn can_sign(&self, id: &str) -> bool {
        self.key(id).is_ok()
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
            let key = self.roots.ensure(root_id, profile.family())?;
            let authority = issuer::root_authority(profile, key.public_key(), BASE_URL)?;
            let template = issuer::root_template(profile, key.public_key(), begin)?;
            let certificate = self.issue(&authority, &template).await?;
            self.keep(root_id, profile, "root", &certificate).await?;
        }
        let (root, root_certificate) = self.open(root_id).await?;
        if self.store.authority(issuing_id).await?.is_none() {
            let key = self.keys.ensure(issuing_id, profile.family())?;
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

    /// Issues a certificate that no order asked for: an authority's own, or the demonstration's.
    ///
    /// # Errors
    /// See [`AuthorityError`]. Whatever the moment of a crash, the serial is on record.
    pub async fn issue(
        &self,
        authority: &Authority,
        template: &Template,
    ) -> Result<Certificate, AuthorityError> {
        issuing::issue(self, authority, template, None, &issuing::Onward).await
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
            crate::status::lists::publish_due(self, &issuer).await?;
        }
        Ok(revoked.len())
    }

    /// The list to serve: the newest one, made anew when half its life is over or there is none.
    ///
    /// # Errors
    /// See [`AuthorityError`].
    pub async fn list(&self, id: &str) -> Result<ListRecord, AuthorityError> {
        let newest = self.store.newest_list(id).await?;
        if let Some(list) = &newest
            && UnixTime::from(self.clock.now()) < list_due(list)
        {
            return Ok(list.clone());
        }
        match (self.publish_list(id).await, newest) {
            // Whoever has the key makes the next one; until then the newest is what there is.
            (Err(AuthorityError::Vault(VaultError::Absent(_))), Some(list)) => Ok(list),
            (answer, _) => answer,
        }
    }

    /// Makes the lists of all issuing authorities whose keys are here, as far as half their life is over. Says how many.
    ///
    /// # Errors
    /// See [`AuthorityError`].
    pub async fn publish_due_lists(&self) -> Result<usize, AuthorityError> {
        let mut made = 0;
        for authority in self.store.authorities_of("issuing").await? {
            let newest = self.store.newest_list(&authority.id).await?;
            let now = UnixTime::from(self.clock.now());
            if newest.is_some_and(|list| now < list_due(&list)) {
                continue;
            }
            match self.publish_list(&authority.id).await {
                Ok(_) => made += 1,
                Err(AuthorityError::Vault(VaultError::Absent(id))) => {
                    tracing::warn!(id, "no key is here, so no list is made");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(made)
    }

    /// Signs a list of everything that is revoked now: take a number → sign → record → publish.
    ///
    /// # Errors
    /// See [`AuthorityError`].
    pub async fn publish_list(&self, id: &str) -> Result<ListRecord, AuthorityError> {
        let (authority, _) = self.open(id).await?;
        let key = self.key(id)?;
        for _ in 0..ATTEMPTS {
            if let Some(list) = self.try_list(&authority, &*key).await? {
                return Ok(list);
            }
        }
        Err(IssuerError::ListOrder.into())
    }

    /// Nothing when another process took the number.
    async fn try_list(
        &self,
        authority: &Authority,
        key: &dyn AuthorityKey,
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
        // A root's key is fetched for a ceremony only.
        let root = authority.is_self_issued();
        let life = if root { ROOT_LIST_LIFE } else { LIST_LIFE };
        let next_update = UnixTime::from(now + life);
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

fn list_due(list: &ListRecord) -> UnixTime {
    due_at(UnixTime(list.this_update), UnixTime(list.next_update))
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
