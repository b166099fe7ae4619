//! 联系客服: tickets. Their words, their pictures, canned answers and the counts of what failed stand beside it.

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

pub mod canned;
pub mod pictures;
pub mod replies;
pub mod statistics;

/// A ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its id.
    pub id: Id,
    /// The organisation of whoever asked, where they were logged in.
    pub organisation: Option<Id>,
    /// Its name.
    pub organisation_name: Option<String>,
    /// The account.
    pub account: Option<Id>,
    /// The person's name.
    pub person: Option<String>,
    /// `platform` or `ca`.
    pub route: String,
    /// The CA that it concerns.
    pub provider: Option<String>,
    /// The case of the catalogue.
    pub case: Option<String>,
    /// The error code.
    pub code: Option<String>,
    /// What the asker wrote.
    pub message: String,
    /// Telephone; empty: none.
    pub phone: String,
    /// QQ.
    pub qq: String,
    /// 微信.
    pub wechat: String,
    /// The redacted report.
    pub report: String,
    /// The client's version, where it is known.
    pub agent_version: String,
    /// `open`, `answered` or `closed`.
    pub state: String,
    /// `self`, `helped` or `not`.
    pub resolution: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When somebody wrote last.
    pub changed_at: Timestamp,
}

/// A new ticket.
#[derive(Clone, Debug)]
pub struct NewTicket<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// Organisation and account, where somebody is logged in.
    pub asker: Option<(&'a Id, &'a Id)>,
    /// SHA-256 of the secret that opens it.
    pub secret_hash: [u8; 32],
    /// `platform` or `ca`.
    pub route: &'a str,
    /// The CA.
    pub provider: Option<&'a str>,
    /// The case.
    pub case: Option<&'a str>,
    /// The error code.
    pub code: Option<&'a str>,
    /// What the asker wrote.
    pub message: &'a str,
    /// Telephone.
    pub phone: &'a str,
    /// QQ.
    pub qq: &'a str,
    /// 微信.
    pub wechat: &'a str,
    /// The redacted report.
    pub report: &'a str,
    /// The client's version.
    pub agent_version: &'a str,
    /// Where it came from, hashed.
    pub origin_hash: &'a str,
    /// Now.
    pub at: Timestamp,
}

macro_rules! ticket_columns {
    () => {
        "SELECT t.id, t.organisation_id, o.name, t.account_id, a.person, t.route, t.provider_id, t.case_name, t.code, t.message, \
         t.phone, t.qq, t.wechat, t.report, t.agent_version, t.state, t.resolution, t.opened_at, t.changed_at FROM ticket t \
         LEFT JOIN organisation o ON o.id = t.organisation_id LEFT JOIN account a ON a.id = t.account_id"
    };
}

crate::statements! {
    /// A new ticket.
    INSERT = "INSERT INTO ticket (id, platform, organisation_id, account_id, secret_hash, route, provider_id, case_name, code, message, \
        phone, qq, wechat, report, agent_version, origin_hash, state, opened_at, changed_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'open', $17, $17)";
    /// How many came from there lately.
    LATELY = "SELECT COUNT(*) FROM ticket WHERE platform = $1 AND origin_hash = $2 AND opened_at > $3";
    /// One by its id.
    BY_ID = concat!(ticket_columns!(), " WHERE t.platform = $1 AND t.id = $2");
    /// What opens one without a login.
    SECRET = "SELECT secret_hash FROM ticket WHERE platform = $1 AND id = $2";
    /// An organisation's, newest first.
    OF_ORGANISATION = concat!(ticket_columns!(), " WHERE t.platform = $1 AND t.organisation_id = $2 ORDER BY t.opened_at DESC, t.id DESC LIMIT 100");
    /// The desk's queue, narrowed by whom it goes to, CA, case and words: what waits first, the oldest of it on top.
    QUEUE = concat!(ticket_columns!(), " WHERE t.platform = $1 AND t.state = $2 AND ($3 = '' OR t.route = $3) \
        AND ($4 = '' OR t.provider_id = $4) AND ($5 = '' OR t.case_name = $5) \
        AND ($6 = '' OR t.id = $6 OR t.phone = $6 OR t.qq = $6 OR t.wechat = $6 OR REPLACE(t.message, $6, '') <> t.message OR REPLACE(o.name, $6, '') <> o.name) \
        ORDER BY CASE WHEN t.state = 'open' THEN t.changed_at ELSE -t.changed_at END, t.id LIMIT $7 OFFSET $8");
    /// How many the queue holds.
    QUEUE_COUNT = "SELECT COUNT(*) FROM ticket t LEFT JOIN organisation o ON o.id = t.organisation_id \
        WHERE t.platform = $1 AND t.state = $2 AND ($3 = '' OR t.route = $3) \
        AND ($4 = '' OR t.provider_id = $4) AND ($5 = '' OR t.case_name = $5) \
        AND ($6 = '' OR t.id = $6 OR t.phone = $6 OR t.qq = $6 OR t.wechat = $6 OR REPLACE(t.message, $6, '') <> t.message OR REPLACE(o.name, $6, '') <> o.name)";
    /// How many wait.
    WAITING = "SELECT COUNT(*) FROM ticket WHERE platform = $1 AND state = 'open'";
    /// Moves one on; no row where it stood otherwise.
    MOVE = "UPDATE ticket SET state = $4, changed_at = $5 WHERE platform = $1 AND id = $2 AND state = $3 RETURNING account_id";
    /// Ends one.
    CLOSE = "UPDATE ticket SET state = 'closed', resolution = $3, changed_at = $4, closed_at = $4 \
        WHERE platform = $1 AND id = $2 AND state <> 'closed' RETURNING account_id";
}

fn ticket(row: &AnyRow) -> Result<Ticket, StoreError> {
    let optional = |at: usize, column| -> Result<Option<Id>, StoreError> {
        let text: Option<String> = row.try_get(at)?;
        text.map(|text| id(text, column)).transpose()
    };
    Ok(Ticket {
        id: id(row.try_get(0)?, "ticket.id")?,
        organisation: optional(1, "ticket.organisation_id")?,
        organisation_name: row.try_get(2)?,
        account: optional(3, "ticket.account_id")?,
        person: row.try_get(4)?,
        route: row.try_get(5)?,
        provider: row.try_get(6)?,
        case: row.try_get(7)?,
        code: row.try_get(8)?,
        message: row.try_get(9)?,
        phone: row.try_get(10)?,
        qq: row.try_get(11)?,
        wechat: row.try_get(12)?,
        report: row.try_get(13)?,
        agent_version: row.try_get(14)?,
        state: row.try_get(15)?,
        resolution: row.try_get(16)?,
        opened_at: Timestamp(row.try_get(17)?),
        changed_at: Timestamp(row.try_get(18)?),
    })
}

/// Writes a ticket.
///
/// # Errors
/// Those of the database.
pub async fn insert(connection: &mut AnyConnection, new: &NewTicket<'_>) -> Result<(), StoreError> {
    sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(
            new.asker
                .map(|(organisation, _)| organisation.as_str().to_owned()),
        )
        .bind(new.asker.map(|(_, account)| account.as_str().to_owned()))
        .bind(new.secret_hash.to_vec())
        .bind(new.route)
        .bind(new.provider.map(str::to_owned))
        .bind(new.case.map(str::to_owned))
        .bind(new.code.map(str::to_owned))
        .bind(new.message)
        .bind(new.phone)
        .bind(new.qq)
        .bind(new.wechat)
        .bind(new.report)
        .bind(new.agent_version)
        .bind(new.origin_hash)
        .bind(new.at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// One number of a platform and a ticket.
async fn number(
    connection: &mut AnyConnection,
    statement: &'static str,
    platform: &str,
    of: &str,
) -> Result<i64, StoreError> {
    let row = sqlx::query(statement)
        .bind(platform)
        .bind(of)
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

/// How many came from an address since then.
///
/// # Errors
/// Those of the database.
pub async fn lately(
    connection: &mut AnyConnection,
    platform: &str,
    origin_hash: &str,
    since: Timestamp,
) -> Result<i64, StoreError> {
    let row = sqlx::query(LATELY)
        .bind(platform)
        .bind(origin_hash)
        .bind(since.0)
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

/// Moves a ticket from one state to another; `None` where it stood otherwise, else the account that is told.
///
/// # Errors
/// Those of the database.
pub async fn advance(
    connection: &mut AnyConnection,
    platform: &str,
    ticket: &Id,
    (from, to): (&str, &str),
    at: Timestamp,
) -> Result<Option<Option<Id>>, StoreError> {
    let row = sqlx::query(MOVE)
        .bind(platform)
        .bind(ticket.as_str())
        .bind(from)
        .bind(to)
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let account: Option<String> = row.try_get(0)?;
        account
            .map(|text| id(text, "ticket.account_id"))
            .transpose()
    })
    .transpose()
}

/// Ends a ticket; `None` where it is over already, else the account that is told.
///
/// # Errors
/// Those of the database.
pub async fn close(
    connection: &mut AnyConnection,
    platform: &str,
    ticket: &Id,
    resolution: Option<&str>,
    at: Timestamp,
) -> Result<Option<Option<Id>>, StoreError> {
    let row = sqlx::query(CLOSE)
        .bind(platform)
        .bind(ticket.as_str())
        .bind(resolution.map(str::to_owned))
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let account: Option<String> = row.try_get(0)?;
        account
            .map(|text| id(text, "ticket.account_id"))
            .transpose()
    })
    .transpose()
}

/// What the desk looks for; an empty text looks for nothing.
#[derive(Clone, Debug)]
pub struct Search {
    /// `open`, `answered` or `closed`.
    pub state: String,
    /// `platform` or `ca`.
    pub route: String,
    /// The CA's id.
    pub provider: String,
    /// The case's name.
    pub case: String,
    /// A number, a contact, or words of the message or of the organisation's name.
    pub text: String,
    /// At most so many.
    pub limit: i64,
    /// From this one on.
    pub offset: i64,
}

impl Store {
    /// A ticket.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ticket(&self, platform: &str, id: &Id) -> Result<Option<Ticket>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(platform)
            .bind(id.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| ticket(&row)).transpose()
    }

    /// The hash of what opens a ticket.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ticket_secret(
        &self,
        platform: &str,
        id: &Id,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query(SECRET)
            .bind(platform)
            .bind(id.as_str())
            .fetch_optional(self.read())
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// An organisation's tickets, newest first, at most 100.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tickets_of(
        &self,
        platform: &str,
        organisation: &Id,
    ) -> Result<Vec<Ticket>, StoreError> {
        let rows = sqlx::query(OF_ORGANISATION)
            .bind(platform)
            .bind(organisation.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(ticket).collect()
    }

    /// The desk's tickets that are looked for, and how many there are of them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ticket_queue(
        &self,
        platform: &str,
        search: &Search,
    ) -> Result<(Vec<Ticket>, i64), StoreError> {
        let narrowed = |statement: &'static str| {
            sqlx::query(statement)
                .bind(platform.to_owned())
                .bind(search.state.clone())
                .bind(search.route.clone())
                .bind(search.provider.clone())
                .bind(search.case.clone())
                .bind(search.text.clone())
        };
        let rows = narrowed(QUEUE)
            .bind(search.limit)
            .bind(search.offset)
            .fetch_all(self.read())
            .await?;
        let total = narrowed(QUEUE_COUNT).fetch_one(self.read()).await?;
        Ok((
            rows.iter().map(ticket).collect::<Result<_, _>>()?,
            total.try_get(0)?,
        ))
    }

    /// How many tickets wait for the desk.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn waiting_tickets(&self, platform: &str) -> Result<i64, StoreError> {
        let row = sqlx::query(WAITING)
            .bind(platform)
            .fetch_one(self.read())
            .await?;
        Ok(row.try_get(0)?)
    }
}
