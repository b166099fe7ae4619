//! 请平台确认: a supplier asks whether a key suits the platform, an operator answers.

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A question about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enquiry {
    /// Its id.
    pub id: Id,
    /// The organisation that asks.
    pub organisation: String,
    /// Its code.
    pub uscc: String,
    /// Who asked, and is told.
    pub account: Id,
    /// Their name.
    pub person: String,
    /// Their number.
    pub phone: String,
    /// The key's provider, where it is known.
    pub provider: Option<String>,
    /// The key's number, where it can be read.
    pub key_number: Option<String>,
    /// Whose key it is, as the certificate says.
    pub holder: String,
    /// The program's own answer when it was asked, JSON.
    pub report: String,
    /// What the supplier added.
    pub note: String,
    /// `asked`, `confirmed` or `not_suitable`.
    pub state: String,
    /// The operator's words.
    pub answer: Option<String>,
    /// Who answered.
    pub answered_by: Option<String>,
    /// When.
    pub answered_at: Option<Timestamp>,
    /// When it was asked.
    pub asked_at: Timestamp,
}

/// A new question.
#[derive(Clone, Debug)]
pub struct NewEnquiry<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// Who asks for whom.
    pub organisation: &'a Id,
    /// The account.
    pub account: &'a Id,
    /// DER.
    pub certificate: &'a [u8],
    /// SHA-256 of it, hex.
    pub certificate_sha256: &'a str,
    /// The provider's id.
    pub provider: Option<&'a str>,
    /// The key's number.
    pub key_number: Option<&'a str>,
    /// Whose key it is.
    pub holder: &'a str,
    /// JSON.
    pub report: &'a str,
    /// One line.
    pub note: &'a str,
    /// Now.
    pub at: Timestamp,
}

macro_rules! enquiry_columns {
    () => {
        "SELECT e.id, o.name, o.uscc, a.id, a.person, a.phone, e.provider_id, e.key_number, e.holder, e.report, e.note, e.state, \
         e.answer, p.person, e.answered_at, e.asked_at FROM key_enquiry e JOIN organisation o ON o.id = e.organisation_id \
         JOIN account a ON a.id = e.account_id LEFT JOIN platform_operator p ON p.id = e.answered_by"
    };
}

crate::statements! {
    /// A new question; no row comes back while the same key is being asked about.
    INSERT = "INSERT INTO key_enquiry (id, platform, organisation_id, account_id, certificate, certificate_sha256, provider_id, key_number, \
        holder, report, note, state, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'asked', $12) \
        ON CONFLICT (platform, organisation_id, certificate_sha256) WHERE state = 'asked' DO NOTHING RETURNING id";
    /// An organisation's, newest first.
    OF_ORGANISATION = concat!(enquiry_columns!(), " WHERE e.platform = $1 AND e.organisation_id = $2 ORDER BY e.asked_at DESC, e.id DESC LIMIT 100");
    /// The operator's queue: what waits first, the oldest of it on top; then what was answered, newest first.
    QUEUE = concat!(enquiry_columns!(), " WHERE e.platform = $1 ORDER BY CASE WHEN e.state = 'asked' THEN 0 ELSE 1 END, \
        CASE WHEN e.state = 'asked' THEN e.asked_at ELSE -e.answered_at END, e.id LIMIT 200");
    /// How many wait.
    WAITING = "SELECT COUNT(*) FROM key_enquiry WHERE platform = $1 AND state = 'asked'";
    /// Answers a question that waits.
    ANSWER = "UPDATE key_enquiry SET state = $3, answer = $4, answered_by = $5, answered_at = $6 \
        WHERE platform = $1 AND id = $2 AND state = 'asked' RETURNING account_id, holder, key_number";
}

fn enquiry(row: &AnyRow) -> Result<Enquiry, StoreError> {
    Ok(Enquiry {
        id: id(row.try_get(0)?, "key_enquiry.id")?,
        organisation: row.try_get(1)?,
        uscc: row.try_get(2)?,
        account: id(row.try_get(3)?, "key_enquiry.account_id")?,
        person: row.try_get(4)?,
        phone: row.try_get(5)?,
        provider: row.try_get(6)?,
        key_number: row.try_get(7)?,
        holder: row.try_get(8)?,
        report: row.try_get(9)?,
        note: row.try_get(10)?,
        state: row.try_get(11)?,
        answer: row.try_get(12)?,
        answered_by: row.try_get(13)?,
        answered_at: row.try_get::<Option<i64>, _>(14)?.map(Timestamp),
        asked_at: Timestamp(row.try_get(15)?),
    })
}

/// Asks; `false` while the same key is being asked about.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    new: &NewEnquiry<'_>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.organisation.as_str())
        .bind(new.account.as_str())
        .bind(new.certificate.to_vec())
        .bind(new.certificate_sha256)
        .bind(new.provider.map(str::to_owned))
        .bind(new.key_number.map(str::to_owned))
        .bind(new.holder)
        .bind(new.report)
        .bind(new.note)
        .bind(new.at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Whom an answer goes to, and about which key.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The account that asked.
    pub account: Id,
    /// Whose key it is.
    pub holder: String,
    /// The key's number.
    pub key_number: Option<String>,
}

/// Answers a question that waits; nothing when it does not.
///
/// # Errors
/// Those of the database.
pub async fn answer(
    connection: &mut AnyConnection,
    platform: &str,
    enquiry: &Id,
    state: &str,
    text: &str,
    by: &Id,
    at: Timestamp,
) -> Result<Option<Answered>, StoreError> {
    let row = sqlx::query(ANSWER)
        .bind(platform)
        .bind(enquiry.as_str())
        .bind(state)
        .bind(text)
        .bind(by.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        Ok(Answered {
            account: id(row.try_get(0)?, "key_enquiry.account_id")?,
            holder: row.try_get(1)?,
            key_number: row.try_get(2)?,
        })
    })
    .transpose()
}

impl Store {
    /// An organisation's questions, newest first, at most 100.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn enquiries_of(
        &self,
        platform: &str,
        organisation: &Id,
    ) -> Result<Vec<Enquiry>, StoreError> {
        let rows = sqlx::query(OF_ORGANISATION)
            .bind(platform)
            .bind(organisation.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(enquiry).collect()
    }

    /// A platform's questions as its operators work through them, at most 200.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn enquiry_queue(&self, platform: &str) -> Result<Vec<Enquiry>, StoreError> {
        let rows = sqlx::query(QUEUE)
            .bind(platform)
            .fetch_all(self.read())
            .await?;
        rows.iter().map(enquiry).collect()
    }

    /// How many questions wait.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn waiting_enquiries(&self, platform: &str) -> Result<i64, StoreError> {
        let row = sqlx::query(WAITING)
            .bind(platform)
            .fetch_one(self.read())
            .await?;
        Ok(row.try_get(0)?)
    }
}
