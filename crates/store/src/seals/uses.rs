//! Uses of seals (用印): who may use one now, what was asked for and decided, and the record of each use.

use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::may_use;
use crate::{Store, StoreError, id};

/// Why an account does not use a seal now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// The organisation has no such seal.
    Unknown,
    /// It is not in force.
    NotInForce,
    /// It is for others.
    NotAHolder,
    /// Nobody approved its use on this document.
    NotApproved,
}

/// A request to use a seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseRequest {
    /// Its id.
    pub id: Id,
    /// The seal.
    pub seal: Id,
    /// Its name.
    pub seal_name: String,
    /// Who asks.
    pub account: Id,
    /// Their person.
    pub person: String,
    /// What for.
    pub note: String,
    /// `requested`, `approved`, `rejected` or `withdrawn`.
    pub state: String,
    /// When it was asked.
    pub requested_at: Timestamp,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What they said.
    pub decision_note: Option<String>,
    /// Until when an approval counts.
    pub expires_at: Option<Timestamp>,
}

/// A new request.
#[derive(Clone, Copy, Debug)]
pub struct NewUseRequest<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// Whose.
    pub organisation: &'a Id,
    /// The seal.
    pub seal: &'a Id,
    /// Who asks.
    pub account: &'a Id,
    /// What for.
    pub note: &'a str,
    /// Now.
    pub at: Timestamp,
}

/// A decision.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The organisation.
    pub organisation: &'a Id,
    /// The request.
    pub request: &'a Id,
    /// Who decides.
    pub by: &'a Id,
    /// Until when it counts; nothing is a refusal.
    pub approved_until: Option<Timestamp>,
    /// What they say.
    pub note: Option<&'a str>,
    /// Now.
    pub at: Timestamp,
}

/// A document that a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The document.
    pub document: Id,
    /// Its name.
    pub name: String,
}

/// One use of a seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The sealing.
    pub sealing: Id,
    /// The document.
    pub document: Id,
    /// Its name.
    pub document_name: String,
    /// Who.
    pub person: String,
    /// Their login name.
    pub account_name: String,
    /// With which key.
    pub key_number: Option<String>,
    /// `picked`, `previewed` or `remote`.
    pub grade: Option<String>,
    /// `completed` or `undone`.
    pub state: String,
    /// When.
    pub at: Timestamp,
}

macro_rules! request_columns {
    () => {
        "SELECT r.id, r.seal_id, s.name, r.account_id, a.person, r.note, r.state, r.requested_at, d.person, r.decided_at, r.decision_note, r.expires_at \
         FROM seal_use_request r JOIN seal s ON s.id = r.seal_id JOIN account a ON a.id = r.account_id LEFT JOIN account d ON d.id = r.decided_by"
    };
}

crate::statements! {
    /// How a seal stands to an account and a document.
    STANDING = concat!("SELECT s.state, s.needs_approval, CASE WHEN ", may_use!(), " THEN 1 ELSE 0 END, \
        CASE WHEN EXISTS (SELECT 1 FROM seal_use_request r JOIN seal_use_document u ON u.request_id = r.id WHERE r.seal_id = s.id \
        AND r.account_id = a.id AND r.state = 'approved' AND r.expires_at > $6 AND u.document_id = $5) THEN 1 ELSE 0 END \
        FROM seal s JOIN account a ON a.organisation_id = s.organisation_id AND a.id = $4 WHERE s.platform = $1 AND s.organisation_id = $2 AND s.id = $3");
    /// A new request.
    INSERT = "INSERT INTO seal_use_request (id, platform, organisation_id, seal_id, account_id, note, state, requested_at) \
        VALUES ($1, $2, $3, $4, $5, $6, 'requested', $7)";
    /// A document of it, with the file that lies there now; no row for another organisation's, or one that is published.
    ADD_DOCUMENT = "INSERT INTO seal_use_document (request_id, document_id, platform, sha256) SELECT $1, d.id, d.platform, d.sha256 FROM document d \
        WHERE d.platform = $2 AND d.organisation_id = $3 AND d.id = $4 AND d.deleted_at IS NULL AND d.state <> 'published' RETURNING document_id";
    /// Decides one that waits; no row comes back for the asker's own, or one that was decided.
    DECIDE = "UPDATE seal_use_request SET state = CASE WHEN CAST($5 AS BIGINT) IS NULL THEN 'rejected' ELSE 'approved' END, decided_by = $4, decided_at = $6, \
        decision_note = $7, expires_at = $5 WHERE platform = $1 AND organisation_id = $2 AND id = $3 AND state = 'requested' AND account_id <> $4 RETURNING account_id";
    /// Takes one back.
    WITHDRAW = "UPDATE seal_use_request SET state = 'withdrawn' WHERE platform = $1 AND id = $2 AND account_id = $3 AND state = 'requested' RETURNING id";
    /// One.
    BY_ID = concat!(request_columns!(), " WHERE r.platform = $1 AND r.organisation_id = $2 AND r.id = $3");
    /// An organisation's, what waits first; of one account where it is named.
    LIST = concat!(request_columns!(), " WHERE r.platform = $1 AND r.organisation_id = $2 AND ($3 = '' OR r.account_id = $3) \
        ORDER BY CASE WHEN r.state = 'requested' THEN 0 ELSE 1 END, r.requested_at DESC, r.id DESC LIMIT 200");
    /// The documents of one.
    DOCUMENTS = "SELECT u.document_id, d.name FROM seal_use_document u JOIN document d ON d.id = u.document_id WHERE u.platform = $1 AND u.request_id = $2 ORDER BY d.name, d.id";
    /// Each use of a seal, newest first; a withdrawn one stays on record.
    USES = "SELECT g.id, d.id, d.name, a.person, a.name, g.key_number, g.grade, g.state, g.completed_at FROM sealing g JOIN document d ON d.id = g.document_id \
        JOIN account a ON a.id = g.account_id WHERE g.platform = $1 AND (g.seal_id = $2 OR g.id IN (SELECT sealing_id FROM sealing_seal WHERE seal_id = $2)) AND g.completed_at IS NOT NULL \
        ORDER BY g.completed_at DESC, g.id DESC LIMIT $3 OFFSET $4";
    /// The seals of a sealing; one from before there could be several has its own alone.
    SEALS_OF = "SELECT g.seal_id FROM sealing g WHERE g.platform = $1 AND g.id = $2 UNION SELECT b.seal_id FROM sealing_seal b WHERE b.platform = $1 AND b.sealing_id = $2";
    /// How many.
    USES_COUNT = "SELECT COUNT(*) FROM sealing g WHERE g.platform = $1 AND (g.seal_id = $2 OR g.id IN (SELECT sealing_id FROM sealing_seal WHERE seal_id = $2)) AND g.completed_at IS NOT NULL";
}

/// The seals that a sealing puts on.
///
/// # Errors
/// Those of the database.
pub async fn seals_of(
    connection: &mut AnyConnection,
    platform: &str,
    sealing: &Id,
) -> Result<Vec<Id>, StoreError> {
    let rows = sqlx::query(SEALS_OF)
        .bind(platform)
        .bind(sealing.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| id(row.try_get(0)?, "sealing.seal_id"))
        .collect()
}

/// Whose seal on what.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The organisation.
    pub organisation: &'a Id,
    /// The seal.
    pub seal: &'a Id,
    /// The account.
    pub account: &'a Id,
    /// The document.
    pub document: &'a Id,
    /// Now.
    pub at: Timestamp,
}

/// Whether an account may use a seal on a document now. Asked in the transaction that prepares a sealing, and in the one
/// that completes it.
///
/// # Errors
/// Those of the database.
pub async fn allowed(
    connection: &mut AnyConnection,
    wanted: &Wanted<'_>,
) -> Result<Result<(), Barred>, StoreError> {
    let row = sqlx::query(STANDING)
        .bind(wanted.platform)
        .bind(wanted.organisation.as_str())
        .bind(wanted.seal.as_str())
        .bind(wanted.account.as_str())
        .bind(wanted.document.as_str())
        .bind(wanted.at.0)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else {
        return Ok(Err(Barred::Unknown));
    };
    let flag = |at: usize| -> Result<bool, StoreError> { Ok(row.try_get::<i64, _>(at)? == 1) };
    Ok(if row.try_get::<String, _>(0)? != "enabled" {
        Err(Barred::NotInForce)
    } else if !flag(2)? {
        Err(Barred::NotAHolder)
    } else if flag(1)? && !flag(3)? {
        Err(Barred::NotApproved)
    } else {
        Ok(())
    })
}

/// Asks; `false` for a document that is none of the organisation's drafts.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    new: &NewUseRequest<'_>,
    documents: &[Id],
) -> Result<bool, StoreError> {
    sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.organisation.as_str())
        .bind(new.seal.as_str())
        .bind(new.account.as_str())
        .bind(new.note)
        .bind(new.at.0)
        .execute(&mut *connection)
        .await?;
    for document in documents {
        let added = sqlx::query(ADD_DOCUMENT)
            .bind(new.id.as_str())
            .bind(new.platform)
            .bind(new.organisation.as_str())
            .bind(document.as_str())
            .fetch_optional(&mut *connection)
            .await?;
        if added.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Decides; who asked, or nothing where it does not wait for this person.
///
/// # Errors
/// Those of the database.
pub async fn decide(
    connection: &mut AnyConnection,
    decision: &Decision<'_>,
) -> Result<Option<Id>, StoreError> {
    let row = sqlx::query(DECIDE)
        .bind(decision.platform)
        .bind(decision.organisation.as_str())
        .bind(decision.request.as_str())
        .bind(decision.by.as_str())
        .bind(decision.approved_until.map(|until| until.0))
        .bind(decision.at.0)
        .bind(decision.note.map(str::to_owned))
        .fetch_optional(connection)
        .await?;
    row.map(|row| id(row.try_get(0)?, "seal_use_request.account_id"))
        .transpose()
}

/// Takes one's own request back; `false` where it does not wait.
///
/// # Errors
/// Those of the database.
pub async fn withdraw(
    connection: &mut AnyConnection,
    platform: &str,
    request: &Id,
    account: &Id,
) -> Result<bool, StoreError> {
    let row = sqlx::query(WITHDRAW)
        .bind(platform)
        .bind(request.as_str())
        .bind(account.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

impl Store {
    /// A request.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_use_request(
        &self,
        platform: &str,
        organisation: &Id,
        request: &Id,
    ) -> Result<Option<UseRequest>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(platform)
            .bind(organisation.as_str())
            .bind(request.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// An organisation's requests, or one account's.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_use_requests(
        &self,
        platform: &str,
        organisation: &Id,
        account: Option<&Id>,
    ) -> Result<Vec<UseRequest>, StoreError> {
        let rows = sqlx::query(LIST)
            .bind(platform)
            .bind(organisation.as_str())
            .bind(account.map_or("", Id::as_str))
            .fetch_all(self.read())
            .await?;
        rows.iter().map(read).collect()
    }

    /// The documents of a request.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_use_documents(
        &self,
        platform: &str,
        request: &Id,
    ) -> Result<Vec<Named>, StoreError> {
        let rows = sqlx::query(DOCUMENTS)
            .bind(platform)
            .bind(request.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Named {
                    document: id(row.try_get(0)?, "seal_use_document.document_id")?,
                    name: row.try_get(1)?,
                })
            })
            .collect()
    }

    /// A page of a seal's uses, newest first, and how many there are in all.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_uses(
        &self,
        platform: &str,
        seal: &Id,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<Use>, i64), StoreError> {
        let rows = sqlx::query(USES)
            .bind(platform)
            .bind(seal.as_str())
            .bind(limit)
            .bind(offset)
            .fetch_all(self.read())
            .await?;
        let count = sqlx::query(USES_COUNT)
            .bind(platform)
            .bind(seal.as_str())
            .fetch_one(self.read())
            .await?;
        let items = rows
            .iter()
            .map(|row| {
                Ok(Use {
                    sealing: id(row.try_get(0)?, "sealing.id")?,
                    document: id(row.try_get(1)?, "document.id")?,
                    document_name: row.try_get(2)?,
                    person: row.try_get(3)?,
                    account_name: row.try_get(4)?,
                    key_number: row.try_get(5)?,
                    grade: row.try_get(6)?,
                    state: row.try_get(7)?,
                    at: Timestamp(row.try_get(8)?),
                })
            })
            .collect::<Result<_, StoreError>>()?;
        Ok((items, count.try_get(0)?))
    }
}

fn read(row: &AnyRow) -> Result<UseRequest, StoreError> {
    let time = |at: usize| -> Result<Option<Timestamp>, StoreError> {
        Ok(row.try_get::<Option<i64>, _>(at)?.map(Timestamp))
    };
    Ok(UseRequest {
        id: id(row.try_get(0)?, "seal_use_request.id")?,
        seal: id(row.try_get(1)?, "seal_use_request.seal_id")?,
        seal_name: row.try_get(2)?,
        account: id(row.try_get(3)?, "seal_use_request.account_id")?,
        person: row.try_get(4)?,
        note: row.try_get(5)?,
        state: row.try_get(6)?,
        requested_at: Timestamp(row.try_get(7)?),
        decided_by: row.try_get(8)?,
        decided_at: time(9)?,
        decision_note: row.try_get(10)?,
        expires_at: time(11)?,
    })
}
