//! Random sequences of bindings, releases, renewals, leaving and force on the real tables, on both engines: rule 1 holds after
//! every step, and the history explains every row.

mod database;

use std::sync::atomic::{AtomicU64, Ordering};

use database::Database;
use domain::session::Method;
use domain::{Id, Randomness, Span, Timestamp};
use sqlx::Row as _;
use store::accounts::{self, NewAccount, NewOrganisation, people};
use store::bindings::{self, By, EndReason, NewBinding, Proof, chain};
use store::sessions::{self, NewSession, Origin};
use store::{Deed, Store, StoreError, Tx};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const PLATFORM: &str = "gongecai";

/// The same numbers in every run.
struct Seeded(AtomicU64);

impl Seeded {
    fn next(&self, below: u64) -> u64 {
        let step = |at: u64| {
            at.wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407)
        };
        let before = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |at| Some(step(at)));
        (step(before.unwrap()) >> 33) % below
    }
}

impl Randomness for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = u8::try_from(self.next(256)).unwrap();
        }
    }
}

/// An organisation with three accounts, the first its administrator.
struct Settle<'a> {
    organisation: &'a Id,
    accounts: &'a [Id],
}

impl Deed for Settle<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let organisation = NewOrganisation {
            id: self.organisation,
            platform: PLATFORM,
            name: "演示供应商甲有限公司",
            uscc: "91350200MA0000015A",
            at: NOW,
        };
        assert!(accounts::insert_organisation(tx.connection(), &organisation).await?);
        for (index, id) in self.accounts.iter().enumerate() {
            let name = format!("account{index}");
            let account = NewAccount {
                id,
                platform: PLATFORM,
                organisation: self.organisation,
                name: &name,
                person: "林演示",
                phone: "13800138000",
                role: if index == 0 {
                    "administrator"
                } else {
                    "handler"
                },
                password_hash: "none",
                at: NOW,
            };
            assert!(accounts::insert_account(tx.connection(), &account).await?);
        }
        Ok(Ok(()))
    }
}

/// One step: with which key of which account.
struct Step<'a> {
    what: u64,
    organisation: &'a Id,
    account: &'a Id,
    number: String,
    fresh: [Id; 3],
    secret: [u8; 32],
    at: Timestamp,
}

impl Step<'_> {
    fn proof(&self, session: &Id, certificate: u8) -> Proof {
        Proof {
            id: self.fresh[0].clone(),
            session: session.clone(),
            account: self.account.clone(),
            key_number: self.number.clone(),
            provider: "szca".into(),
            holder: "林演示".into(),
            organisation: "演示供应商甲有限公司".into(),
            certificate: vec![certificate],
            not_before: self.at,
            not_after: self.at + Span::hours(24),
            created_at: self.at,
            expires_at: self.at + Span::minutes(10),
        }
    }
}

impl Step<'_> {
    /// The administrator does not leave; others lose every key.
    async fn leave(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let (account, at) = (self.account, self.at);
        if !people::leave(tx.connection(), PLATFORM, account, at).await? {
            return Ok(());
        }
        for old in bindings::of_account(tx.connection(), PLATFORM, account).await? {
            let (reason, by) = (EndReason::Left, By::Account(account));
            let ended = bindings::end_for(tx.connection(), PLATFORM, &old.id, reason, by, at);
            assert!(ended.await?);
        }
        Ok(())
    }
}

impl Deed for Step<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let standing = bindings::by_key_number(tx.connection(), PLATFORM, &self.number).await?;
        let [_, binding, session] = &self.fresh;
        let by = By::Account(self.account);
        let certificate = u8::try_from(self.what).unwrap();
        if accounts::lock(tx.connection(), PLATFORM, self.account)
            .await?
            .is_none()
        {
            // Whoever left binds nothing any more.
            return Ok(Ok(()));
        }
        let new = |proof, previous| NewBinding {
            id: binding,
            platform: PLATFORM,
            organisation: self.organisation,
            proof,
            previous,
            bound_by: self.account,
            at: self.at,
        };
        match (self.what, standing) {
            (0..=3, standing) => {
                let origin = Origin::default();
                let login = NewSession {
                    id: session,
                    platform: PLATFORM,
                    secret_hash: self.secret,
                    account: self.account,
                    method: Method::Password,
                    key_number: None,
                    risk: None,
                    origin: &origin,
                    at: self.at,
                };
                sessions::insert(tx.connection(), &login).await?;
                let proof = self.proof(session, certificate);
                bindings::insert_proof(tx.connection(), PLATFORM, &proof).await?;
                let bound = bindings::insert(tx.connection(), &new(&proof, None)).await?;
                assert_eq!(
                    bound,
                    standing.is_none(),
                    "a number that is bound is not bound again"
                );
            }
            (4, Some(old)) => {
                let end = bindings::end(tx.connection(), PLATFORM, &old.id, self.account, self.at);
                assert!(end.await?);
                let again =
                    bindings::end(tx.connection(), PLATFORM, &old.id, self.account, self.at);
                assert!(!again.await?, "what ended ends once");
            }
            (5, Some(old)) => {
                let (reason, system) = (EndReason::Forced, By::System);
                let end =
                    bindings::end_for(tx.connection(), PLATFORM, &old.id, reason, system, self.at);
                assert!(end.await?);
            }
            (6, Some(old)) => {
                let (reason, at) = (EndReason::Renewed, self.at);
                assert!(
                    bindings::end_for(tx.connection(), PLATFORM, &old.id, reason, by, at).await?
                );
                let mut proof = self.proof(session, certificate);
                proof.account = old.account.clone();
                assert!(bindings::insert(tx.connection(), &new(&proof, Some(&old.id))).await?);
            }
            (7, Some(old)) => {
                let (end, der) = (self.at + Span::hours(24), [certificate]);
                let taken = chain::take_certificate(
                    tx.connection(),
                    PLATFORM,
                    &old.id,
                    &der,
                    end,
                    by,
                    self.at,
                );
                assert!(taken.await?);
            }
            (8, _) => self.leave(tx).await?,
            _ => {}
        }
        Ok(Ok(()))
    }
}

async fn count(store: &Store, sql: &'static str) -> i64 {
    let row = sqlx::query(sql).fetch_one(store.read()).await.unwrap();
    row.try_get(0).unwrap()
}

/// What must never be found.
const NEVER: [&str; 5] = [
    // Rule 1.
    "SELECT COUNT(*) FROM (SELECT key_number FROM binding WHERE ended_at IS NULL GROUP BY platform, key_number HAVING COUNT(*) > 1) AS twice",
    // Every row begins its history by being bound or by going on.
    "SELECT COUNT(*) FROM binding b WHERE NOT EXISTS (SELECT 1 FROM binding_history h WHERE h.binding_id = b.id AND h.sequence = 1 \
        AND h.event = CASE WHEN b.previous_id IS NULL THEN 'bound' ELSE 'continued' END AND h.at = b.bound_at)",
    // What ended says why in its last line, and what stands has no such line.
    "SELECT COUNT(*) FROM binding b WHERE (SELECT COUNT(*) FROM binding_history h WHERE h.binding_id = b.id AND h.event = COALESCE(b.end_reason, '') \
        AND h.at = b.ended_at AND h.sequence = (SELECT MAX(x.sequence) FROM binding_history x WHERE x.binding_id = b.id)) <> CASE WHEN b.ended_at IS NULL THEN 0 ELSE 1 END",
    // A chain leads to what was renewed.
    "SELECT COUNT(*) FROM binding b JOIN binding p ON p.id = b.previous_id WHERE COALESCE(p.end_reason, '') <> 'renewed' OR p.account_id <> b.account_id",
    // As many certificates are kept as were replaced.
    "SELECT COUNT(*) FROM binding b WHERE (SELECT COUNT(*) FROM binding_certificate c WHERE c.binding_id = b.id) <> \
        (SELECT COUNT(*) FROM binding_history h WHERE h.binding_id = b.id AND h.event = 'certificate_renewed')",
];

async fn walk(database: &Database, seed: u64) {
    let store = database.open().await.unwrap();
    let random = Seeded(AtomicU64::new(seed));
    let organisation = Id::new(NOW, &random);
    let people: Vec<Id> = (0..3).map(|_| Id::new(NOW, &random)).collect();
    let settle = Settle {
        organisation: &organisation,
        accounts: &people,
    };
    let Ok(()) = store.perform(&settle).await.unwrap();
    let mut at = NOW;
    for _ in 0..500 {
        at = at + Span::minutes(1);
        let mut secret = [0; 32];
        random.fill(&mut secret);
        let step = Step {
            // Leaving is rare, or nobody is left to walk.
            what: if random.next(200) == 0 {
                8
            } else {
                random.next(8)
            },
            organisation: &organisation,
            account: &people[usize::try_from(random.next(3)).unwrap()],
            number: format!("K{}", random.next(4)),
            fresh: std::array::from_fn(|_| Id::new(at, &random)),
            secret,
            at,
        };
        let Ok(()) = store.perform(&step).await.unwrap();
        for never in NEVER {
            assert_eq!(
                count(&store, never).await,
                0,
                "step {} on {}: {never}",
                step.what,
                step.number
            );
        }
    }
    assert!(count(&store, "SELECT COUNT(*) FROM binding").await > 50);
    assert!(count(&store, "SELECT COUNT(DISTINCT event) FROM binding_history").await >= 6);
    store.close().await;
}

#[tokio::test]
async fn whatever_is_done_the_rows_hold_rule_one_and_their_history_on_sqlite() {
    for seed in 1..4 {
        walk(&Database::sqlite(), seed).await;
    }
}

#[tokio::test]
async fn whatever_is_done_the_rows_hold_rule_one_and_their_history_on_postgres() {
    let Some(database) = Database::postgres("bindings", "LC_COLLATE 'C' LC_CTYPE 'C'").await else {
        return;
    };
    walk(&database, 1).await;
    database.end().await;
}
