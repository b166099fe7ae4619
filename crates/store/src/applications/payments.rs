//! Payments: what was asked, what came, what went back.

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its id.
    pub id: Id,
    /// What is paid for.
    pub application: Id,
    /// `transfer` or `gateway`.
    pub method: String,
    /// 分.
    pub amount: i64,
    /// 附言码.
    pub memo_code: String,
    /// `waiting`, `voucher`, `confirmed`, `refused`, `refund_due`, `refunded`.
    pub state: String,
    /// The voucher's object, media type and size.
    pub voucher: Option<(String, String, i64)>,
    /// What came, 分.
    pub received: Option<i64>,
    /// The bank's or gateway's reference.
    pub reference: Option<String>,
    /// Why finance refused it.
    pub refusal: Option<String>,
    /// When it was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// Why it goes back.
    pub refund_reason: Option<String>,
    /// The refund's reference.
    pub refund_reference: Option<String>,
    /// When it went back.
    pub refunded_at: Option<Timestamp>,
    /// When it was begun.
    pub created_at: Timestamp,
}

/// What came, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Arrival<'a> {
    /// `confirmed` or `refund_due`.
    pub state: &'a str,
    /// 分.
    pub amount: i64,
    /// The bank's or gateway's.
    pub reference: &'a str,
    /// The person of finance; nobody where the gateway said so.
    pub by: Option<&'a Id>,
    /// Why it goes back.
    pub refund_reason: Option<&'a str>,
    /// Now.
    pub at: Timestamp,
}

macro_rules! columns {
    () => {
        "id, application_id, method, amount, memo_code, state, voucher_object, voucher_type, voucher_size, received_amount, reference, refusal, \
         confirmed_at, refund_reason, refund_reference, refunded_at, created_at"
    };
}

crate::statements! {
    /// A new payment; no row comes back while one of this method is open.
    INSERT = "INSERT INTO payment (id, platform, application_id, method, amount, memo_code, state, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7) \
        ON CONFLICT DO NOTHING RETURNING id";
    /// An application's, newest first.
    OF_APPLICATION = concat!("SELECT ", columns!(), " FROM payment WHERE platform = $1 AND application_id = $2 ORDER BY created_at DESC, id DESC");
    /// One.
    BY_ID = concat!("SELECT ", columns!(), " FROM payment WHERE platform = $1 AND id = $2");
    /// The desk's list.
    BY_STATE = concat!("SELECT ", columns!(), " FROM payment WHERE platform = $1 AND ($2 = '' OR state = $2) ORDER BY created_at DESC, id DESC LIMIT 200");
    /// Keeps a voucher.
    VOUCHER = "UPDATE payment SET state = 'voucher', voucher_object = $3, voucher_type = $4, voucher_size = $5, refusal = NULL \
        WHERE platform = $1 AND id = $2 AND method = 'transfer' AND state IN ('waiting', 'voucher', 'refused') RETURNING id";
    /// What came. A payment that was confirmed or sent back is settled.
    ARRIVED = "UPDATE payment SET state = $3, received_amount = $4, reference = $5, confirmed_by = $6, confirmed_at = $7, refund_reason = $8 \
        WHERE platform = $1 AND id = $2 AND state IN ('waiting', 'voucher', 'refused') RETURNING id";
    /// Finance did not find it.
    REFUSE = "UPDATE payment SET state = 'refused', refusal = $3 WHERE platform = $1 AND id = $2 AND state IN ('waiting', 'voucher') RETURNING id";
    /// What is held for an application goes back.
    REFUND_DUE = "UPDATE payment SET state = 'refund_due', refund_reason = $3 WHERE platform = $1 AND application_id = $2 AND state = 'confirmed'";
    /// It went back.
    REFUNDED = "UPDATE payment SET state = 'refunded', refund_reference = $3, refunded_by = $4, refunded_at = $5 \
        WHERE platform = $1 AND id = $2 AND state = 'refund_due' RETURNING application_id";
    /// A notification counts once.
    NOTE = "INSERT INTO payment_notification (platform, id, payment_id, body, outcome, received_at) VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (platform, id) DO NOTHING RETURNING id";
}

fn payment(row: &AnyRow) -> Result<Payment, StoreError> {
    let object: Option<String> = row.try_get(6)?;
    let media_type: Option<String> = row.try_get(7)?;
    let size: Option<i64> = row.try_get(8)?;
    Ok(Payment {
        id: id(row.try_get(0)?, "payment.id")?,
        application: id(row.try_get(1)?, "payment.application_id")?,
        method: row.try_get(2)?,
        amount: row.try_get(3)?,
        memo_code: row.try_get(4)?,
        state: row.try_get(5)?,
        voucher: object
            .zip(media_type)
            .zip(size)
            .map(|((object, media_type), size)| (object, media_type, size)),
        received: row.try_get(9)?,
        reference: row.try_get(10)?,
        refusal: row.try_get(11)?,
        confirmed_at: row.try_get::<Option<i64>, _>(12)?.map(Timestamp),
        refund_reason: row.try_get(13)?,
        refund_reference: row.try_get(14)?,
        refunded_at: row.try_get::<Option<i64>, _>(15)?.map(Timestamp),
        created_at: Timestamp(row.try_get(16)?),
    })
}

/// Begins a payment; `false` while one of the same method is open.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    platform: &str,
    new: &Payment,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(platform)
        .bind(new.application.as_str())
        .bind(new.method.as_str())
        .bind(new.amount)
        .bind(new.memo_code.as_str())
        .bind(new.created_at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// An application's payments, newest first, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn of_application(
    connection: &mut AnyConnection,
    platform: &str,
    application: &Id,
) -> Result<Vec<Payment>, StoreError> {
    let rows = sqlx::query(OF_APPLICATION)
        .bind(platform)
        .bind(application.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(payment).collect()
}

/// One payment, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn by_id(
    connection: &mut AnyConnection,
    platform: &str,
    id: &Id,
) -> Result<Option<Payment>, StoreError> {
    let row = sqlx::query(BY_ID)
        .bind(platform)
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(payment).transpose()
}

/// Keeps a voucher; `false` where the payment is settled or no transfer.
///
/// # Errors
/// Those of the database.
pub async fn keep_voucher(
    connection: &mut AnyConnection,
    platform: &str,
    id: &Id,
    (object, media_type, size): (&str, &str, i64),
) -> Result<bool, StoreError> {
    let row = sqlx::query(VOUCHER)
        .bind(platform)
        .bind(id.as_str())
        .bind(object)
        .bind(media_type)
        .bind(size)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Writes what came; `false` where the payment was settled before.
///
/// # Errors
/// Those of the database.
pub async fn arrived(
    connection: &mut AnyConnection,
    platform: &str,
    id: &Id,
    arrival: &Arrival<'_>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(ARRIVED)
        .bind(platform)
        .bind(id.as_str())
        .bind(arrival.state)
        .bind(arrival.amount)
        .bind(arrival.reference)
        .bind(arrival.by.map(|id| id.as_str().to_owned()))
        .bind(arrival.at.0)
        .bind(arrival.refund_reason.map(str::to_owned))
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Finance did not find it; `false` where it was settled before.
///
/// # Errors
/// Those of the database.
pub async fn refuse(
    connection: &mut AnyConnection,
    platform: &str,
    id: &Id,
    reason: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query(REFUSE)
        .bind(platform)
        .bind(id.as_str())
        .bind(reason)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// What is held for an application goes back.
///
/// # Errors
/// Those of the database.
pub async fn refund_due(
    connection: &mut AnyConnection,
    platform: &str,
    application: &Id,
    reason: &str,
) -> Result<(), StoreError> {
    sqlx::query(REFUND_DUE)
        .bind(platform)
        .bind(application.as_str())
        .bind(reason)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that a payment went back; the application, where it was due.
///
/// # Errors
/// Those of the database.
pub async fn refunded(
    connection: &mut AnyConnection,
    platform: &str,
    id: &Id,
    reference: &str,
    by: &Id,
    at: Timestamp,
) -> Result<Option<Id>, StoreError> {
    let row = sqlx::query(REFUNDED)
        .bind(platform)
        .bind(id.as_str())
        .bind(reference)
        .bind(by.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    row.map(|row| crate::id(row.try_get(0)?, "payment.application_id"))
        .transpose()
}

/// Notes a gateway's notification; `false` when it came before.
///
/// # Errors
/// Those of the database.
pub async fn note(
    connection: &mut AnyConnection,
    platform: &str,
    notification: &str,
    payment: &Id,
    body: &str,
    outcome: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(NOTE)
        .bind(platform)
        .bind(notification)
        .bind(payment.as_str())
        .bind(body)
        .bind(outcome)
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

impl Store {
    /// An application's payments, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn payments_of(
        &self,
        platform: &str,
        application: &Id,
    ) -> Result<Vec<Payment>, StoreError> {
        let rows = sqlx::query(OF_APPLICATION)
            .bind(platform)
            .bind(application.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(payment).collect()
    }

    /// One payment.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn payment(&self, platform: &str, id: &Id) -> Result<Option<Payment>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(platform)
            .bind(id.as_str())
            .fetch_optional(self.read())
            .await?;
        row.as_ref().map(payment).transpose()
    }

    /// Payments in a state, or all, newest first, at most 200.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn payments(&self, platform: &str, state: &str) -> Result<Vec<Payment>, StoreError> {
        let rows = sqlx::query(BY_STATE)
            .bind(platform)
            .bind(state)
            .fetch_all(self.read())
            .await?;
        rows.iter().map(payment).collect()
    }
}
