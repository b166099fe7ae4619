//! Applications for seals (申请 → 审核 → 制章) and the scans that come with them.

use domain::seal::ApplicationState;
use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// An application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its id.
    pub id: Id,
    /// Whose.
    pub organisation: Id,
    /// Its name.
    pub organisation_name: String,
    /// Its code.
    pub organisation_uscc: String,
    /// The account that asks.
    pub account: Id,
    /// Its person.
    pub person: String,
    /// The kind of seal.
    pub kind: String,
    /// The seal's name.
    pub name: String,
    /// The drawing's rules as JSON; none for a scan.
    pub rules: Option<String>,
    /// The scan.
    pub scan: Option<Id>,
    /// The drawing as JSON.
    pub picture: String,
    /// Width in millimetres.
    pub width_mm: i64,
    /// Height in millimetres.
    pub height_mm: i64,
    /// Who is to use it, as JSON.
    pub holders: String,
    /// Whether uses are approved.
    pub needs_approval: bool,
    /// A word to the reviewer.
    pub note: String,
    /// Where it stands.
    pub state: ApplicationState,
    /// Goes up with every change.
    pub version: i64,
    /// When it was sent in.
    pub submitted_at: Timestamp,
    /// Who reviewed it.
    pub reviewed_by: Option<Id>,
    /// When.
    pub reviewed_at: Option<Timestamp>,
    /// What the reviewer said.
    pub review_note: Option<String>,
    /// When the seal was made.
    pub made_at: Option<Timestamp>,
}

/// A step.
#[derive(Clone, Copy, Debug)]
pub struct Stepped<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The application.
    pub application: &'a Id,
    /// Its state from now on.
    pub state: ApplicationState,
    /// The operator who takes it; nobody for a withdrawal.
    pub operator: Option<&'a Id>,
    /// What they say.
    pub note: Option<&'a str>,
    /// Now.
    pub at: Timestamp,
}

/// A scanned impression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Its id.
    pub id: Id,
    /// Where the upload lies.
    pub object: String,
    /// Its length in bytes.
    pub size: i64,
    /// Its SHA-256, hex.
    pub sha256: String,
    /// `image/png` or `image/jpeg`.
    pub media_type: String,
    /// What was traced from it, as JSON.
    pub picture: String,
    /// Width in millimetres.
    pub width_mm: i64,
    /// Height in millimetres.
    pub height_mm: i64,
}

macro_rules! application_columns {
    () => {
        "SELECT p.id, p.organisation_id, o.name, o.uscc, p.account_id, a.person, p.kind, p.name, p.rules, p.scan_id, p.picture, p.width_mm, \
         p.height_mm, p.holders, p.needs_approval, p.note, p.state, p.version, p.submitted_at, p.reviewed_by, p.reviewed_at, p.review_note, p.made_at \
         FROM seal_application p JOIN organisation o ON o.id = p.organisation_id JOIN account a ON a.id = p.account_id"
    };
}

crate::statements! {
    /// A new application; no row comes back when one for the same seal is open.
    INSERT = "INSERT INTO seal_application (id, platform, organisation_id, account_id, kind, name, rules, scan_id, picture, width_mm, height_mm, \
        holders, needs_approval, note, state, version, submitted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'submitted', 1, $15) \
        ON CONFLICT (organisation_id, kind, name) WHERE state IN ('submitted', 'approved') DO NOTHING RETURNING id";
    /// Locks one.
    LOCK = "UPDATE seal_application SET version = version + 1 WHERE platform = $1 AND id = $2 RETURNING id";
    /// One.
    BY_ID = concat!(application_columns!(), " WHERE p.platform = $1 AND p.id = $2");
    /// An organisation's, newest first.
    OF_ORGANISATION = concat!(application_columns!(), " WHERE p.platform = $1 AND p.organisation_id = $2 ORDER BY p.submitted_at DESC, p.id DESC LIMIT 200");
    /// The operators' queue: what waits stands first.
    QUEUE = concat!(application_columns!(), " WHERE p.platform = $1 AND ($2 = '' OR p.state = $2) \
        ORDER BY CASE WHEN p.state IN ('submitted', 'approved') THEN 0 ELSE 1 END, p.submitted_at DESC, p.id DESC LIMIT $3 OFFSET $4");
    /// How many.
    QUEUE_COUNT = "SELECT COUNT(*) FROM seal_application p WHERE p.platform = $1 AND ($2 = '' OR p.state = $2)";
    /// Withdrawn.
    WITHDRAW = "UPDATE seal_application SET state = $3 WHERE platform = $1 AND id = $2";
    /// Reviewed.
    REVIEW = "UPDATE seal_application SET state = $3, reviewed_by = $4, reviewed_at = $5, review_note = $6 WHERE platform = $1 AND id = $2";
    /// Made.
    MAKE = "UPDATE seal_application SET state = $3, made_by = $4, made_at = $5 WHERE platform = $1 AND id = $2";
    /// Keeps a scan.
    INSERT_SCAN = "INSERT INTO seal_scan (id, platform, organisation_id, account_id, object, size, sha256, media_type, picture, width_mm, height_mm, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    /// A scan of an organisation.
    SCAN = "SELECT id, object, size, sha256, media_type, picture, width_mm, height_mm FROM seal_scan WHERE platform = $1 AND organisation_id = $2 AND id = $3";
}

/// Sends an application in; `false` when one for the same seal is open.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    platform: &str,
    new: &Application,
) -> Result<bool, StoreError> {
    let row = sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(platform)
        .bind(new.organisation.as_str())
        .bind(new.account.as_str())
        .bind(new.kind.as_str())
        .bind(new.name.as_str())
        .bind(new.rules.clone())
        .bind(new.scan.as_ref().map(|id| id.as_str().to_owned()))
        .bind(new.picture.as_str())
        .bind(new.width_mm)
        .bind(new.height_mm)
        .bind(new.holders.as_str())
        .bind(i64::from(new.needs_approval))
        .bind(new.note.as_str())
        .bind(new.submitted_at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Locks an application until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    connection: &mut AnyConnection,
    platform: &str,
    application: &Id,
) -> Result<Option<Application>, StoreError> {
    let row = sqlx::query(LOCK)
        .bind(platform)
        .bind(application.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    if row.is_none() {
        return Ok(None);
    }
    let row = sqlx::query(BY_ID)
        .bind(platform)
        .bind(application.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| read(&row)).transpose()
}

/// Takes a step.
///
/// # Errors
/// Those of the database, among them the constraint that whoever reviewed does not make.
pub async fn step(connection: &mut AnyConnection, step: &Stepped<'_>) -> Result<(), StoreError> {
    let operator = || step.operator.map(|id| id.as_str().to_owned());
    match step.state {
        ApplicationState::Approved | ApplicationState::Rejected => {
            sqlx::query(REVIEW)
                .bind(step.platform)
                .bind(step.application.as_str())
                .bind(step.state.word())
                .bind(operator())
                .bind(step.at.0)
                .bind(step.note.map(str::to_owned))
                .execute(connection)
                .await?
        }
        ApplicationState::Made => {
            sqlx::query(MAKE)
                .bind(step.platform)
                .bind(step.application.as_str())
                .bind(step.state.word())
                .bind(operator())
                .bind(step.at.0)
                .execute(connection)
                .await?
        }
        ApplicationState::Submitted | ApplicationState::Withdrawn => {
            sqlx::query(WITHDRAW)
                .bind(step.platform)
                .bind(step.application.as_str())
                .bind(step.state.word())
                .execute(connection)
                .await?
        }
    };
    Ok(())
}

/// Keeps a scan.
///
/// # Errors
/// Those of the database.
pub async fn insert_scan(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    account: &Id,
    scan: &Scan,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_SCAN)
        .bind(scan.id.as_str())
        .bind(platform)
        .bind(organisation.as_str())
        .bind(account.as_str())
        .bind(scan.object.as_str())
        .bind(scan.size)
        .bind(scan.sha256.as_str())
        .bind(scan.media_type.as_str())
        .bind(scan.picture.as_str())
        .bind(scan.width_mm)
        .bind(scan.height_mm)
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// An application.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_application(
        &self,
        platform: &str,
        application: &Id,
    ) -> Result<Option<Application>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(platform)
            .bind(application.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// An organisation's applications, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_applications(
        &self,
        platform: &str,
        organisation: &Id,
    ) -> Result<Vec<Application>, StoreError> {
        let rows = sqlx::query(OF_ORGANISATION)
            .bind(platform)
            .bind(organisation.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(read).collect()
    }

    /// A page of the operators' queue, and how many there are in all.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_application_queue(
        &self,
        platform: &str,
        state: &str,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<Application>, i64), StoreError> {
        let rows = sqlx::query(QUEUE)
            .bind(platform)
            .bind(state)
            .bind(limit)
            .bind(offset)
            .fetch_all(self.read())
            .await?;
        let count = sqlx::query(QUEUE_COUNT)
            .bind(platform)
            .bind(state)
            .fetch_one(self.read())
            .await?;
        let items = rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok((items, count.try_get(0)?))
    }

    /// A scan of an organisation.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_scan(
        &self,
        platform: &str,
        organisation: &Id,
        scan: &Id,
    ) -> Result<Option<Scan>, StoreError> {
        let row = sqlx::query(SCAN)
            .bind(platform)
            .bind(organisation.as_str())
            .bind(scan.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| {
            Ok(Scan {
                id: id(row.try_get(0)?, "seal_scan.id")?,
                object: row.try_get(1)?,
                size: row.try_get(2)?,
                sha256: row.try_get(3)?,
                media_type: row.try_get(4)?,
                picture: row.try_get(5)?,
                width_mm: row.try_get(6)?,
                height_mm: row.try_get(7)?,
            })
        })
        .transpose()
    }
}

fn read(row: &AnyRow) -> Result<Application, StoreError> {
    let one_of = |text: Option<String>, column| text.map(|text| id(text, column)).transpose();
    let time = |at: usize| -> Result<Option<Timestamp>, StoreError> {
        Ok(row.try_get::<Option<i64>, _>(at)?.map(Timestamp))
    };
    Ok(Application {
        id: id(row.try_get(0)?, "seal_application.id")?,
        organisation: id(row.try_get(1)?, "seal_application.organisation_id")?,
        organisation_name: row.try_get(2)?,
        organisation_uscc: row.try_get(3)?,
        account: id(row.try_get(4)?, "seal_application.account_id")?,
        person: row.try_get(5)?,
        kind: row.try_get(6)?,
        name: row.try_get(7)?,
        rules: row.try_get(8)?,
        scan: one_of(row.try_get(9)?, "seal_application.scan_id")?,
        picture: row.try_get(10)?,
        width_mm: row.try_get(11)?,
        height_mm: row.try_get(12)?,
        holders: row.try_get(13)?,
        needs_approval: row.try_get::<i64, _>(14)? == 1,
        note: row.try_get(15)?,
        state: ApplicationState::of(&row.try_get::<String, _>(16)?)
            .ok_or(StoreError::Impossible("seal_application.state"))?,
        version: row.try_get(17)?,
        submitted_at: Timestamp(row.try_get(18)?),
        reviewed_by: one_of(row.try_get(19)?, "seal_application.reviewed_by")?,
        reviewed_at: time(20)?,
        review_note: row.try_get(21)?,
        made_at: time(22)?,
    })
}
