//! What the workflow asks of the certification authority: approved orders, claimed with a lease, answered once.
//!
//! The workflow inserts an order in the transaction that approves it. `yinxin ca` claims it; what it writes and the
//! order's end are one transaction, and the end asks whether the claim still holds. Two processes that hold the same
//! order one after the other can't both end it, and what either has made is found again by the order's id.

use domain::application::Duty;
use domain::{Id, Span, Timestamp};
use issuer::order::OrderKind;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// How long a claimed order belongs to its claimant.
pub const LEASE: Span = Span::minutes(2);

/// An order that was approved just now.
#[derive(Clone, Debug)]
pub struct NewOrder<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// The provider whose authority is asked.
    pub provider: &'a str,
    /// What is asked.
    pub kind: OrderKind,
    /// The application's id.
    pub application: &'a str,
    /// Lower-case hex of SHA-256 over the signing key's SubjectPublicKeyInfo; wanted for *issue*, *reissue envelope*
    /// and *recover*.
    pub signing_key_sha256: Option<&'a str>,
    /// The JSON of [`issuer::order`].
    pub body: &'a str,
    /// Who entered the application: an account or an operator.
    pub entered_by: &'a Id,
    /// Who reviewed it.
    pub reviewed_by: &'a Id,
    /// Who approved it.
    pub approved_by: &'a Id,
    /// When it was approved.
    pub at: Timestamp,
}

/// An order as its claimant sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedOrder {
    /// Its id.
    pub id: Id,
    /// The platform.
    pub platform: String,
    /// The provider whose authority is asked.
    pub provider: String,
    /// What is asked.
    pub kind: OrderKind,
    /// The application's id.
    pub application: String,
    /// Which signing key it is about.
    pub signing_key_sha256: Option<String>,
    /// The JSON of [`issuer::order`].
    pub body: String,
    /// Who entered the application.
    pub entered_by: String,
    /// Who reviewed it.
    pub reviewed_by: String,
    /// Who approved it.
    pub approved_by: String,
    /// How often it was claimed, this time counted.
    pub attempts: i64,
    /// The claim that it is held by.
    pub claim: Id,
}

/// How far an order is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// Nobody has claimed it yet, or somebody is at it.
    Waiting,
    /// It is done: the JSON result of [`issuer::order`].
    Done {
        /// The result.
        result: String,
        /// When.
        at: Timestamp,
    },
    /// It was refused: a code of [`issuer::order::Refusal`].
    Refused {
        /// The code.
        refusal: String,
        /// When.
        at: Timestamp,
    },
}

/// An order as the workflow sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: Id,
    /// The provider.
    pub provider: String,
    /// What is asked.
    pub kind: OrderKind,
    /// The application's id.
    pub application: String,
    /// Which signing key it is about.
    pub signing_key_sha256: Option<String>,
    /// When it was approved.
    pub created_at: Timestamp,
    /// How far it is.
    pub state: OrderState,
}

crate::statements! {
    /// No row comes back when this application has an order to issue for this key already.
    INSERT = "INSERT INTO issuing_order (id, platform, provider_id, kind, application_id, signing_key_sha256, body, entered_by, \
        reviewed_by, approved_by, state, attempts, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'approved', 0, $11) \
        ON CONFLICT (platform, application_id, signing_key_sha256) WHERE kind = 'issue' DO NOTHING RETURNING id";
    /// Claims the order that waits longest. State and lease are compared again under the row's lock. A recovery waits
    /// until enough shares are together.
    CLAIM = "UPDATE issuing_order SET state = 'claimed', claim = $2, lease_until = $3, attempts = attempts + 1 \
        WHERE id = (SELECT id FROM issuing_order WHERE kind <> 'recover' AND (state = 'approved' OR (state = 'claimed' AND lease_until <= $1)) \
        ORDER BY created_at, id LIMIT 1) AND (state = 'approved' OR (state = 'claimed' AND lease_until <= $1)) \
        RETURNING id, platform, provider_id, kind, application_id, signing_key_sha256, body, entered_by, reviewed_by, approved_by, attempts";
    /// Claims one order to recover a key.
    CLAIM_RECOVERY = "UPDATE issuing_order SET state = 'claimed', claim = $2, lease_until = $3, attempts = attempts + 1 \
        WHERE id = $4 AND kind = 'recover' AND (state = 'approved' OR (state = 'claimed' AND lease_until <= $1)) \
        RETURNING id, platform, provider_id, kind, application_id, signing_key_sha256, body, entered_by, reviewed_by, approved_by, attempts";
    /// Gives a claim back, for whoever comes next.
    RELEASE = "UPDATE issuing_order SET state = 'approved', claim = NULL, lease_until = NULL WHERE id = $1 AND claim = $2 AND state = 'claimed'";
    /// Whether a person is an account of the platform, or an operator in office.
    PERSON = "SELECT 'account' FROM account WHERE platform = $1 AND id = $2 \
        UNION ALL SELECT 'operator' FROM platform_operator WHERE platform = $1 AND id = $2 AND ended_at IS NULL";
    /// The duties that a person held when an order was approved and holds now.
    DUTIES = "SELECT d.duty FROM operator_duty d JOIN issuing_order o ON o.platform = d.platform \
        WHERE o.id = $1 AND d.operator_id = $2 AND d.granted_at <= o.created_at ORDER BY d.duty";
    /// Whether a claim still holds; the row stays locked until the transaction ends.
    HOLD = "UPDATE issuing_order SET lease_until = $3 WHERE id = $1 AND claim = $2 AND state = 'claimed' RETURNING id";
    /// Ends an order that is still held by this claim.
    FINISH = "UPDATE issuing_order SET state = 'done', result = $3, done_at = $4, claim = NULL, lease_until = NULL \
        WHERE id = $1 AND claim = $2 AND state = 'claimed' RETURNING id";
    /// Refuses an order that is still held by this claim.
    REFUSE = "UPDATE issuing_order SET state = 'refused', refusal = $3, done_at = $4, claim = NULL, lease_until = NULL \
        WHERE id = $1 AND claim = $2 AND state = 'claimed' RETURNING id";
    /// One order.
    ORDER = "SELECT id, provider_id, kind, application_id, signing_key_sha256, created_at, state, result, refusal, done_at \
        FROM issuing_order WHERE platform = $1 AND id = $2";
    /// The orders of an application, oldest first.
    OF_APPLICATION = "SELECT id, provider_id, kind, application_id, signing_key_sha256, created_at, state, result, refusal, done_at \
        FROM issuing_order WHERE platform = $1 AND application_id = $2 ORDER BY created_at, id";
    /// Publishes a key for administrators' PINs; the first of an id stays.
    INSERT_ESCROW_KEY = "INSERT INTO escrow_key (id, platform, public_key, created_at) VALUES ($1, '-', $2, $3) \
        ON CONFLICT (id) DO NOTHING";
    /// The key that PINs are sealed to now.
    NEWEST_ESCROW_KEY = "SELECT id, public_key FROM escrow_key ORDER BY created_at DESC, id DESC LIMIT 1";
}

/// Inserts an order in the transaction that approves it; `false` when this application has an order to issue for this
/// key already.
///
/// # Errors
/// Those of the database; among them the constraint that three persons took part.
pub async fn insert(
    connection: &mut AnyConnection,
    new: &NewOrder<'_>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.provider)
        .bind(new.kind.name())
        .bind(new.application)
        .bind(new.signing_key_sha256.map(str::to_owned))
        .bind(new.body)
        .bind(new.entered_by.as_str())
        .bind(new.reviewed_by.as_str())
        .bind(new.approved_by.as_str())
        .bind(new.at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Whether the claim still holds; renews its lease. Called first in each transaction that works for an order: the
/// row's lock keeps another claimant out until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn hold(
    connection: &mut AnyConnection,
    order: &ClaimedOrder,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(HOLD)
        .bind(order.id.as_str())
        .bind(order.claim.as_str())
        .bind((now + LEASE).0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Ends an order in the transaction that stores what it made; `false` when the claim was lost meanwhile, and then
/// nothing may be written.
///
/// # Errors
/// Those of the database.
pub async fn finish(
    connection: &mut AnyConnection,
    order: &ClaimedOrder,
    result: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    end(connection, FINISH, order, result, at).await
}

/// Refuses an order with a code of [`issuer::order::Refusal`]; `false` when the claim was lost meanwhile.
///
/// # Errors
/// Those of the database.
pub async fn refuse(
    connection: &mut AnyConnection,
    order: &ClaimedOrder,
    refusal: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    end(connection, REFUSE, order, refusal, at).await
}

async fn end(
    connection: &mut AnyConnection,
    statement: &'static str,
    order: &ClaimedOrder,
    answer: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(statement)
        .bind(order.id.as_str())
        .bind(order.claim.as_str())
        .bind(answer)
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// The orders of an application, oldest first, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn of_application(
    connection: &mut AnyConnection,
    platform: &str,
    application: &str,
) -> Result<Vec<Order>, StoreError> {
    let rows = sqlx::query(OF_APPLICATION)
        .bind(platform)
        .bind(application)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

/// What a person is on a platform, as the rows tell now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// An account of a supplier.
    Account,
    /// An operator in office.
    Operator,
}

/// What a person is; nothing for one who is unknown or has left.
///
/// # Errors
/// Those of the database.
pub async fn person(
    connection: &mut AnyConnection,
    platform: &str,
    person: &str,
) -> Result<Option<Person>, StoreError> {
    let row = sqlx::query(PERSON)
        .bind(platform)
        .bind(person)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let kind: String = row.try_get(0)?;
        Ok(if kind == "operator" {
            Person::Operator
        } else {
            Person::Account
        })
    })
    .transpose()
}

/// The duties that a person held when an order was approved and still holds.
///
/// # Errors
/// Those of the database; [`StoreError::Impossible`].
pub async fn duties(
    connection: &mut AnyConnection,
    order: &Id,
    person: &str,
) -> Result<Vec<Duty>, StoreError> {
    let rows = sqlx::query(DUTIES)
        .bind(order.as_str())
        .bind(person)
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Duty::of(&row.try_get::<String, _>(0)?)
                .ok_or(StoreError::Impossible("operator_duty.duty"))
        })
        .collect()
}

/// Publishes a public key that administrators' PINs are sealed to.
///
/// # Errors
/// Those of the database.
pub async fn publish_escrow_key(
    connection: &mut AnyConnection,
    id: &str,
    public_key: &[u8],
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_ESCROW_KEY)
        .bind(id)
        .bind(public_key.to_vec())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// Claims the order that waits longest, for [`LEASE`]; nothing when none waits.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn claim_order(
        &self,
        claim: &Id,
        now: Timestamp,
    ) -> Result<Option<ClaimedOrder>, StoreError> {
        let row = sqlx::query(CLAIM)
            .bind(now.0)
            .bind(claim.as_str())
            .bind((now + LEASE).0)
            .fetch_optional(&self.pools.write)
            .await?;
        row.map(|row| read_claimed(&row, claim)).transpose()
    }

    /// Claims one order to recover a key, for [`LEASE`]; nothing when it is no such order, is at its end, or is held by
    /// another.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn claim_recovery(
        &self,
        order: &Id,
        claim: &Id,
        now: Timestamp,
    ) -> Result<Option<ClaimedOrder>, StoreError> {
        let row = sqlx::query(CLAIM_RECOVERY)
            .bind(now.0)
            .bind(claim.as_str())
            .bind((now + LEASE).0)
            .bind(order.as_str())
            .fetch_optional(&self.pools.write)
            .await?;
        row.map(|row| read_claimed(&row, claim)).transpose()
    }

    /// Gives a claim back, so that it is taken again at once.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn release_order(&self, order: &ClaimedOrder) -> Result<(), StoreError> {
        sqlx::query(RELEASE)
            .bind(order.id.as_str())
            .bind(order.claim.as_str())
            .execute(&self.pools.write)
            .await?;
        Ok(())
    }

    /// One order of a platform.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn order(&self, platform: &str, order: &Id) -> Result<Option<Order>, StoreError> {
        let row = sqlx::query(ORDER)
            .bind(platform)
            .bind(order.as_str())
            .fetch_optional(self.read())
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The orders of an application, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn orders_of(
        &self,
        platform: &str,
        application: &str,
    ) -> Result<Vec<Order>, StoreError> {
        let rows = sqlx::query(OF_APPLICATION)
            .bind(platform)
            .bind(application)
            .fetch_all(self.read())
            .await?;
        rows.iter().map(read).collect()
    }

    /// The public key that administrators' PINs are sealed to now, with its id; nothing before `yinxin ca` ran.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn escrow_key(&self) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        let row = sqlx::query(NEWEST_ESCROW_KEY)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .transpose()
    }
}

fn read_claimed(row: &AnyRow, claim: &Id) -> Result<ClaimedOrder, StoreError> {
    Ok(ClaimedOrder {
        id: id(row.try_get(0)?, "issuing_order.id")?,
        platform: row.try_get(1)?,
        provider: row.try_get(2)?,
        kind: kind(row.try_get(3)?)?,
        application: row.try_get(4)?,
        signing_key_sha256: row.try_get(5)?,
        body: row.try_get(6)?,
        entered_by: row.try_get(7)?,
        reviewed_by: row.try_get(8)?,
        approved_by: row.try_get(9)?,
        attempts: row.try_get(10)?,
        claim: claim.clone(),
    })
}

fn kind(name: String) -> Result<OrderKind, StoreError> {
    OrderKind::from_name(&name).ok_or(StoreError::Impossible("issuing_order.kind"))
}

fn read(row: &AnyRow) -> Result<Order, StoreError> {
    let state: String = row.try_get(6)?;
    let at = |row: &AnyRow| Ok::<_, StoreError>(Timestamp(row.try_get(9)?));
    let state = match state.as_str() {
        "approved" | "claimed" => OrderState::Waiting,
        "done" => OrderState::Done {
            result: row.try_get(7)?,
            at: at(row)?,
        },
        "refused" => OrderState::Refused {
            refusal: row.try_get(8)?,
            at: at(row)?,
        },
        _ => return Err(StoreError::Impossible("issuing_order.state")),
    };
    Ok(Order {
        id: id(row.try_get(0)?, "issuing_order.id")?,
        provider: row.try_get(1)?,
        kind: kind(row.try_get(2)?)?,
        application: row.try_get(3)?,
        signing_key_sha256: row.try_get(4)?,
        created_at: Timestamp(row.try_get(5)?),
        state,
    })
}
