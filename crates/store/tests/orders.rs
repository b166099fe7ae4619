//! Orders to the authority: three persons, one claim at a time, one end. On both engines.

mod database;

use database::Database;
use domain::{Id, Randomness, Span, Timestamp};
use issuer::order::OrderKind;
use store::orders::{self, ClaimedOrder, LEASE, NewOrder, OrderState};
use store::{Deed, Store, StoreError, Tx};

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

struct Counter(std::sync::atomic::AtomicU64);

impl Randomness for Counter {
    fn fill(&self, buffer: &mut [u8]) {
        let next = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        buffer.fill(0);
        let length = buffer.len().min(8);
        buffer[..length].copy_from_slice(&next.to_be_bytes()[8 - length..]);
    }
}

struct Insert {
    id: Id,
    persons: [Id; 3],
}

impl Deed for Insert {
    type Done = bool;
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<bool, ()>, StoreError> {
        let new = NewOrder {
            id: &self.id,
            platform: "gongecai",
            provider: "scca",
            kind: OrderKind::Issue,
            application: "A1",
            signing_key_sha256: Some(KEY),
            body: "{}",
            entered_by: &self.persons[0],
            reviewed_by: &self.persons[1],
            approved_by: &self.persons[2],
            at: NOW,
        };
        Ok(Ok(orders::insert(tx.connection(), &new).await?))
    }
}

struct Finish<'a>(&'a ClaimedOrder);

impl Deed for Finish<'_> {
    type Done = bool;
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<bool, ()>, StoreError> {
        if !orders::hold(tx.connection(), self.0, NOW).await? {
            return Ok(Ok(false));
        }
        Ok(Ok(orders::finish(
            tx.connection(),
            self.0,
            r#"{"certificates":1}"#,
            NOW,
        )
        .await?))
    }
}

async fn an_order_is_claimed_by_one_and_ended_once(store: &Store) {
    let random = Counter(std::sync::atomic::AtomicU64::new(1));
    let id = || Id::new(NOW, &random);
    let three = [id(), id(), id()];
    let one_person_twice = Insert {
        id: id(),
        persons: [three[0].clone(), three[1].clone(), three[0].clone()],
    };
    assert!(store.perform(&one_person_twice).await.is_err());
    let order = Insert {
        id: id(),
        persons: three.clone(),
    };
    assert!(store.perform(&order).await.unwrap().unwrap());
    let again = Insert {
        id: id(),
        persons: three,
    };
    assert!(!store.perform(&again).await.unwrap().unwrap());

    let first = store.claim_order(&id(), NOW).await.unwrap().unwrap();
    assert_eq!(first.id, order.id);
    assert_eq!(first.attempts, 1);
    assert!(store.claim_order(&id(), NOW).await.unwrap().is_none());
    let later = NOW + LEASE + Span::seconds(1);
    let second = store.claim_order(&id(), later).await.unwrap().unwrap();
    assert_eq!((&second.id, second.attempts), (&order.id, 2));

    assert!(!store.perform(&Finish(&first)).await.unwrap().unwrap());
    let waiting = store.order("gongecai", &order.id).await.unwrap().unwrap();
    assert_eq!(waiting.state, OrderState::Waiting);
    assert!(store.perform(&Finish(&second)).await.unwrap().unwrap());
    assert!(!store.perform(&Finish(&second)).await.unwrap().unwrap());
    let done = store.orders_of("gongecai", "A1").await.unwrap();
    assert_eq!(done.len(), 1);
    assert!(matches!(&done[0].state, OrderState::Done { at, .. } if *at == NOW));
    assert!(store.claim_order(&id(), later).await.unwrap().is_none());
    assert!(store.orders_of("other", "A1").await.unwrap().is_empty());
}

#[tokio::test]
async fn on_sqlite_an_order_is_claimed_by_one_and_ended_once() {
    let database = Database::sqlite();
    let store = database.open().await.unwrap();
    an_order_is_claimed_by_one_and_ended_once(&store).await;
    store.close().await;
}

#[tokio::test]
async fn on_postgres_an_order_is_claimed_by_one_and_ended_once() {
    let Some(database) = Database::postgres("orders", "LC_COLLATE 'C' LC_CTYPE 'C'").await else {
        return;
    };
    let store = database.open().await.unwrap();
    an_order_is_claimed_by_one_and_ended_once(&store).await;
    store.close().await;
    database.end().await;
}
