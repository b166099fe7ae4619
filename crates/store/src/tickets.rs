//! 联系客服: tickets, their words and pictures, canned answers, and counts of what failed.

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

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

/// Words on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The operator's name; `None`: the asker.
    pub by: Option<String>,
    /// The words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// A picture on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// By its content.
    pub media_type: String,
    /// In bytes.
    pub size: i64,
    /// Hex.
    pub sha256: String,
    /// Its object.
    pub object: String,
    /// When.
    pub at: Timestamp,
}

/// A canned answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canned {
    /// Its id.
    pub id: Id,
    /// The case that it is for.
    pub case: String,
    /// The words.
    pub text: String,
}

/// A line of the statistics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The case, the provider's id or the version, by which it is counted.
    pub of: String,
    /// What is counted.
    pub what: String,
    /// How many.
    pub count: i64,
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
    /// The desk's queue: what waits first, the oldest of it on top.
    QUEUE = concat!(ticket_columns!(), " WHERE t.platform = $1 AND t.state = $2 ORDER BY CASE WHEN t.state = 'open' THEN t.changed_at ELSE -t.changed_at END, t.id LIMIT 200");
    /// How many wait.
    WAITING = "SELECT COUNT(*) FROM ticket WHERE platform = $1 AND state = 'open'";
    /// Moves one on; no row where it stood otherwise.
    MOVE = "UPDATE ticket SET state = $4, changed_at = $5 WHERE platform = $1 AND id = $2 AND state = $3 RETURNING account_id";
    /// Ends one.
    CLOSE = "UPDATE ticket SET state = 'closed', resolution = $3, changed_at = $4, closed_at = $4 \
        WHERE platform = $1 AND id = $2 AND state <> 'closed' RETURNING id";
    /// Words.
    INSERT_REPLY = "INSERT INTO ticket_reply (id, platform, ticket_id, operator_id, text, at) VALUES ($1, $2, $3, $4, $5, $6)";
    /// How many words there are.
    COUNT_REPLIES = "SELECT COUNT(*) FROM ticket_reply WHERE platform = $1 AND ticket_id = $2";
    /// All words, in order.
    REPLIES = "SELECT p.person, r.text, r.at FROM ticket_reply r LEFT JOIN platform_operator p ON p.id = r.operator_id \
        WHERE r.platform = $1 AND r.ticket_id = $2 ORDER BY r.at, r.id";
    /// A picture.
    INSERT_PICTURE = "INSERT INTO ticket_picture (id, platform, ticket_id, name, media_type, size, sha256, object, at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// How many pictures there are.
    COUNT_PICTURES = "SELECT COUNT(*) FROM ticket_picture WHERE platform = $1 AND ticket_id = $2";
    /// All pictures, in order.
    PICTURES = "SELECT id, name, media_type, size, sha256, object, at FROM ticket_picture WHERE platform = $1 AND ticket_id = $2 ORDER BY at, id";
    /// A canned answer.
    INSERT_CANNED = "INSERT INTO canned_answer (id, platform, case_name, text, written_by, written_at) VALUES ($1, $2, $3, $4, $5, $6)";
    /// All of them.
    CANNED = "SELECT id, case_name, text FROM canned_answer WHERE platform = $1 AND ended_at IS NULL ORDER BY case_name, written_at LIMIT 500";
    /// Takes one away.
    END_CANNED = "UPDATE canned_answer SET ended_at = $3 WHERE platform = $1 AND id = $2 AND ended_at IS NULL RETURNING id";
    /// Counts once more.
    COUNT_UP = "INSERT INTO failure_count (platform, day, case_name, provider_id, event, count) VALUES ($1, $2, $3, $4, $5, 1) \
        ON CONFLICT (platform, day, case_name, provider_id, event) DO UPDATE SET count = failure_count.count + 1";
    /// Cases that were shown and mended, since a day.
    COUNTS = "SELECT case_name, event, CAST(SUM(count) AS BIGINT) FROM failure_count WHERE platform = $1 AND day >= $2 GROUP BY case_name, event ORDER BY case_name, event";
    /// Providers of what was shown.
    COUNTS_BY_PROVIDER = "SELECT provider_id, event, CAST(SUM(count) AS BIGINT) FROM failure_count WHERE platform = $1 AND day >= $2 GROUP BY provider_id, event ORDER BY provider_id, event";
    /// Tickets by case and by how they ended, since an instant.
    TICKETS_BY_CASE = "SELECT COALESCE(case_name, ''), COALESCE(resolution, state), COUNT(*) FROM ticket \
        WHERE platform = $1 AND opened_at >= $2 GROUP BY COALESCE(case_name, ''), COALESCE(resolution, state) ORDER BY 1, 2";
    /// Tickets by CA.
    TICKETS_BY_PROVIDER = "SELECT COALESCE(provider_id, ''), COALESCE(resolution, state), COUNT(*) FROM ticket \
        WHERE platform = $1 AND opened_at >= $2 GROUP BY COALESCE(provider_id, ''), COALESCE(resolution, state) ORDER BY 1, 2";
    /// Tickets by the client's version.
    TICKETS_BY_VERSION = "SELECT agent_version, COALESCE(resolution, state), COUNT(*) FROM ticket \
        WHERE platform = $1 AND opened_at >= $2 GROUP BY agent_version, COALESCE(resolution, state) ORDER BY 1, 2";
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

/// How many words a ticket has.
///
/// # Errors
/// Those of the database.
pub async fn reply_count(
    connection: &mut AnyConnection,
    platform: &str,
    ticket: &Id,
) -> Result<i64, StoreError> {
    number(connection, COUNT_REPLIES, platform, ticket.as_str()).await
}

/// How many pictures a ticket has.
///
/// # Errors
/// Those of the database.
pub async fn picture_count(
    connection: &mut AnyConnection,
    platform: &str,
    ticket: &Id,
) -> Result<i64, StoreError> {
    number(connection, COUNT_PICTURES, platform, ticket.as_str()).await
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

/// Ends a ticket; `false` where it is over already.
///
/// # Errors
/// Those of the database.
pub async fn close(
    connection: &mut AnyConnection,
    platform: &str,
    ticket: &Id,
    resolution: Option<&str>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(CLOSE)
        .bind(platform)
        .bind(ticket.as_str())
        .bind(resolution.map(str::to_owned))
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Adds words.
///
/// # Errors
/// Those of the database.
pub async fn say(
    connection: &mut AnyConnection,
    reply: &Id,
    platform: &str,
    ticket: &Id,
    operator: Option<&Id>,
    text: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_REPLY)
        .bind(reply.as_str())
        .bind(platform)
        .bind(ticket.as_str())
        .bind(operator.map(|id| id.as_str().to_owned()))
        .bind(text)
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Adds a picture.
///
/// # Errors
/// Those of the database.
pub async fn insert_picture(
    connection: &mut AnyConnection,
    platform: &str,
    ticket: &Id,
    picture: &Picture,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_PICTURE)
        .bind(picture.id.as_str())
        .bind(platform)
        .bind(ticket.as_str())
        .bind(picture.name.as_str())
        .bind(picture.media_type.as_str())
        .bind(picture.size)
        .bind(picture.sha256.as_str())
        .bind(picture.object.as_str())
        .bind(picture.at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes a canned answer.
///
/// # Errors
/// Those of the database.
pub async fn insert_canned(
    connection: &mut AnyConnection,
    platform: &str,
    canned: &Canned,
    by: &Id,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_CANNED)
        .bind(canned.id.as_str())
        .bind(platform)
        .bind(canned.case.as_str())
        .bind(canned.text.as_str())
        .bind(by.as_str())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes a canned answer away; `false` where there is none.
///
/// # Errors
/// Those of the database.
pub async fn end_canned(
    connection: &mut AnyConnection,
    platform: &str,
    canned: &Id,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(END_CANNED)
        .bind(platform)
        .bind(canned.as_str())
        .bind(at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Counts a case that was shown or mended.
///
/// # Errors
/// Those of the database.
pub async fn count_up(
    connection: &mut AnyConnection,
    platform: &str,
    day: &str,
    case: &str,
    provider: &str,
    event: &str,
) -> Result<(), StoreError> {
    sqlx::query(COUNT_UP)
        .bind(platform)
        .bind(day)
        .bind(case)
        .bind(provider)
        .bind(event)
        .execute(connection)
        .await?;
    Ok(())
}

/// The statistics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Cases: how often shown, how often mended by the user.
    pub cases: Vec<Count>,
    /// The same by CA.
    pub providers: Vec<Count>,
    /// Tickets by case and end.
    pub tickets: Vec<Count>,
    /// Tickets by CA and end.
    pub ticket_providers: Vec<Count>,
    /// Tickets by the client's version and end.
    pub versions: Vec<Count>,
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

    /// The desk's tickets of a state, at most 200.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ticket_queue(
        &self,
        platform: &str,
        state: &str,
    ) -> Result<Vec<Ticket>, StoreError> {
        let rows = sqlx::query(QUEUE)
            .bind(platform)
            .bind(state)
            .fetch_all(self.read())
            .await?;
        rows.iter().map(ticket).collect()
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

    /// The words of a ticket, in order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ticket_replies(&self, platform: &str, id: &Id) -> Result<Vec<Reply>, StoreError> {
        let rows = sqlx::query(REPLIES)
            .bind(platform)
            .bind(id.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Reply {
                    by: row.try_get(0)?,
                    text: row.try_get(1)?,
                    at: Timestamp(row.try_get(2)?),
                })
            })
            .collect()
    }

    /// The pictures of a ticket, in order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ticket_pictures(
        &self,
        platform: &str,
        ticket: &Id,
    ) -> Result<Vec<Picture>, StoreError> {
        let rows = sqlx::query(PICTURES)
            .bind(platform)
            .bind(ticket.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Picture {
                    id: id(row.try_get(0)?, "ticket_picture.id")?,
                    name: row.try_get(1)?,
                    media_type: row.try_get(2)?,
                    size: row.try_get(3)?,
                    sha256: row.try_get(4)?,
                    object: row.try_get(5)?,
                    at: Timestamp(row.try_get(6)?),
                })
            })
            .collect()
    }

    /// The canned answers, at most 500.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn canned_answers(&self, platform: &str) -> Result<Vec<Canned>, StoreError> {
        let rows = sqlx::query(CANNED)
            .bind(platform)
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Canned {
                    id: id(row.try_get(0)?, "canned_answer.id")?,
                    case: row.try_get(1)?,
                    text: row.try_get(2)?,
                })
            })
            .collect()
    }

    /// What failed, and what became of it, since an instant and its day.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn failure_statistics(
        &self,
        platform: &str,
        day: &str,
        since: Timestamp,
    ) -> Result<Statistics, StoreError> {
        let read = |rows: Vec<AnyRow>| -> Result<Vec<Count>, StoreError> {
            rows.iter()
                .map(|row| {
                    Ok(Count {
                        of: row.try_get(0)?,
                        what: row.try_get(1)?,
                        count: row.try_get(2)?,
                    })
                })
                .collect()
        };
        let by_day = async |statement: &'static str| {
            let rows = sqlx::query(statement)
                .bind(platform)
                .bind(day)
                .fetch_all(self.read())
                .await?;
            read(rows)
        };
        let by_time = async |statement: &'static str| {
            let rows = sqlx::query(statement)
                .bind(platform)
                .bind(since.0)
                .fetch_all(self.read())
                .await?;
            read(rows)
        };
        Ok(Statistics {
            cases: by_day(COUNTS).await?,
            providers: by_day(COUNTS_BY_PROVIDER).await?,
            tickets: by_time(TICKETS_BY_CASE).await?,
            ticket_providers: by_time(TICKETS_BY_PROVIDER).await?,
            versions: by_time(TICKETS_BY_VERSION).await?,
        })
    }
}
