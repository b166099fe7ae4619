//! The registry of seals (印章): each with the picture that was drawn for it once, where it stands, who may use it, and
//! the seal objects that were made of it.

pub mod applications;
pub mod objects;
pub mod uses;

use domain::seal::State;
use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// A seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Its id.
    pub id: Id,
    /// Its name, such as 公章.
    pub name: String,
    /// What kind of seal it is, a stable word.
    pub kind: String,
    /// Width in millimetres.
    pub width_mm: i64,
    /// Height in millimetres.
    pub height_mm: i64,
    /// The drawing as JSON.
    pub picture: String,
    /// Where it stands.
    pub state: State,
    /// Goes up with every change.
    pub version: i64,
    /// Whether each use is approved by another person first.
    pub needs_approval: bool,
    /// Whose handwriting it is.
    pub owner: Option<Id>,
    /// The application that it was made for.
    pub application: Option<Id>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Who may use a seal; nobody named is everybody who may write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// Accounts.
    pub accounts: Vec<Id>,
    /// Roles.
    pub roles: Vec<String>,
}

/// A line of a seal's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What stood after it.
    pub state: String,
    /// `account` or `operator`.
    pub by_role: String,
    /// What was said.
    pub note: Option<String>,
}

/// A step of a seal.
#[derive(Clone, Copy, Debug)]
pub struct Stepped<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The seal.
    pub seal: &'a Id,
    /// Its state from now on.
    pub state: State,
    /// Whether an operator took it, not an account.
    pub operator: bool,
    /// Who.
    pub by: &'a Id,
    /// What they say.
    pub note: Option<&'a str>,
    /// Now.
    pub at: Timestamp,
}

macro_rules! seal_columns {
    () => {
        "SELECT s.id, s.name, s.kind, s.width_mm, s.height_mm, s.picture, s.state, s.version, s.needs_approval, s.owner_id, s.application_id, \
         s.created_at FROM seal s"
    };
}

/// That an account `a` may use a seal `s`.
macro_rules! may_use {
    () => {
        "((s.owner_id IS NOT NULL AND s.owner_id = a.id) OR (s.owner_id IS NULL \
         AND CASE WHEN a.role = 'administrator' THEN a.role ELSE COALESCE(a.post, '') END <> 'reader' \
         AND (NOT EXISTS (SELECT 1 FROM seal_holder h WHERE h.seal_id = s.id) OR EXISTS (SELECT 1 FROM seal_holder h \
         WHERE h.seal_id = s.id AND (h.account_id = a.id OR h.role = CASE WHEN a.role = 'administrator' THEN a.role ELSE COALESCE(a.post, '') END)))))"
    };
}

pub(crate) use may_use;

crate::statements! {
    /// Waits for others that change the same organisation's seals.
    LOCK_ORGANISATION = "UPDATE organisation SET name = name WHERE platform = $1 AND id = $2 RETURNING id";
    /// A new seal.
    INSERT = "INSERT INTO seal (id, platform, organisation_id, name, kind, width_mm, height_mm, picture, created_at, state, needs_approval, \
        owner_id, application_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    /// Whether the organisation ever had a seal; a person's handwriting is none of it.
    ANY = "SELECT COUNT(*) FROM seal WHERE platform = $1 AND organisation_id = $2 AND kind <> 'handwritten'";
    /// All seals of an organisation, in the order of their making; of two made at once, the official one first.
    OF_ORGANISATION = concat!(seal_columns!(), " WHERE s.platform = $1 AND s.organisation_id = $2 ORDER BY s.created_at, s.kind DESC, s.id LIMIT 500");
    /// Those in force that an account may use.
    USABLE = concat!(seal_columns!(), " JOIN account a ON a.organisation_id = s.organisation_id WHERE s.platform = $1 AND a.id = $2 \
        AND s.state = 'enabled' AND ", may_use!(), " ORDER BY s.created_at, s.kind DESC, s.id LIMIT 500");
    /// One of them.
    BY_ID = concat!(seal_columns!(), " WHERE s.platform = $1 AND s.organisation_id = $2 AND s.id = $3");
    /// A seal of whichever organisation, for the maker.
    OF_PLATFORM = concat!(seal_columns!(), " WHERE s.platform = $1 AND s.id = $2");
    /// The seal that an application led to.
    OF_APPLICATION = concat!(seal_columns!(), " WHERE s.platform = $1 AND s.application_id = $2");
    /// Locks one.
    LOCK = "UPDATE seal SET version = version + 1, changed_at = $4 WHERE platform = $1 AND organisation_id = $2 AND id = $3 RETURNING id";
    /// Others that are in force where only one may be.
    IN_FORCE = "SELECT COUNT(*) FROM seal s JOIN seal o ON o.id = $2 WHERE s.platform = $1 AND s.id <> o.id AND s.state = 'enabled' \
        AND ((s.organisation_id = o.organisation_id AND s.kind = o.kind AND s.kind IN ('official', 'legal_representative')) \
        OR (s.owner_id IS NOT NULL AND s.owner_id = o.owner_id))";
    /// A step.
    STEP = "UPDATE seal SET state = $3, ended_at = CASE WHEN CAST($3 AS TEXT) = 'revoked' THEN CAST($4 AS BIGINT) ELSE ended_at END \
        WHERE platform = $1 AND id = $2";
    /// A line of its history.
    REMEMBER = "INSERT INTO seal_history (seal_id, sequence, platform, at, state, by_role, by_id, note) \
        SELECT $1, COALESCE(MAX(sequence), 0) + 1, $2, $3, $4, $5, $6, $7 FROM seal_history WHERE seal_id = $1";
    /// Its history.
    HISTORY = "SELECT at, state, by_role, note FROM seal_history WHERE platform = $1 AND seal_id = $2 ORDER BY sequence LIMIT 500";
    /// Who may use one.
    HOLDERS = "SELECT account_id, role FROM seal_holder WHERE platform = $1 AND seal_id = $2 ORDER BY role, account_id LIMIT 500";
    /// Forgets who may.
    CLEAR_HOLDERS = "DELETE FROM seal_holder WHERE platform = $1 AND seal_id = $2";
    /// An account that may, if it is one of the organisation's.
    ADD_ACCOUNT = "INSERT INTO seal_holder (platform, seal_id, account_id) SELECT $1, $2, a.id FROM account a JOIN seal s ON s.id = $2 \
        WHERE a.platform = $1 AND a.id = $3 AND a.organisation_id = s.organisation_id AND a.state <> 'left' RETURNING account_id";
    /// A role that may.
    ADD_ROLE = "INSERT INTO seal_holder (platform, seal_id, role) VALUES ($1, $2, $3)";
    /// A person's own signatures that are not revoked.
    OWN = "SELECT id FROM seal WHERE platform = $1 AND owner_id = $2 AND state <> 'revoked'";
    /// An account that still belongs to the organisation.
    PRESENT = "SELECT id FROM account WHERE platform = $1 AND organisation_id = $2 AND id = $3 AND state <> 'left'";
    /// Whether uses are approved.
    SET_APPROVAL = "UPDATE seal SET needs_approval = $3 WHERE platform = $1 AND id = $2";
}

/// Writes an organisation's first seals, as far as it never had one.
///
/// # Errors
/// Those of the database.
pub async fn set_up(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    seals: &[Seal],
) -> Result<(), StoreError> {
    lock_organisation(connection, platform, organisation).await?;
    let any = sqlx::query(ANY)
        .bind(platform)
        .bind(organisation.as_str())
        .fetch_one(&mut *connection)
        .await?;
    if any.try_get::<i64, _>(0)? == 0 {
        for seal in seals {
            insert(connection, platform, organisation, seal).await?;
        }
    }
    Ok(())
}

/// Waits for others that change the same organisation's seals.
///
/// # Errors
/// Those of the database.
pub async fn lock_organisation(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
) -> Result<(), StoreError> {
    sqlx::query(LOCK_ORGANISATION)
        .bind(platform)
        .bind(organisation.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes a new seal.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    seal: &Seal,
) -> Result<(), StoreError> {
    sqlx::query(INSERT)
        .bind(seal.id.as_str())
        .bind(platform)
        .bind(organisation.as_str())
        .bind(seal.name.as_str())
        .bind(seal.kind.as_str())
        .bind(seal.width_mm)
        .bind(seal.height_mm)
        .bind(seal.picture.as_str())
        .bind(seal.created_at.0)
        .bind(seal.state.word())
        .bind(i64::from(seal.needs_approval))
        .bind(seal.owner.as_ref().map(|id| id.as_str().to_owned()))
        .bind(seal.application.as_ref().map(|id| id.as_str().to_owned()))
        .execute(connection)
        .await?;
    Ok(())
}

/// Locks a seal of an organisation until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    seal: &Id,
    at: Timestamp,
) -> Result<Option<Seal>, StoreError> {
    let row = sqlx::query(LOCK)
        .bind(platform)
        .bind(organisation.as_str())
        .bind(seal.as_str())
        .bind(at.0)
        .fetch_optional(&mut *connection)
        .await?;
    if row.is_none() {
        return Ok(None);
    }
    by_id(connection, platform, organisation, seal).await
}

/// Whether another seal is in force of which there may only be one beside this.
///
/// # Errors
/// Those of the database.
pub async fn another_in_force(
    connection: &mut AnyConnection,
    platform: &str,
    seal: &Id,
) -> Result<bool, StoreError> {
    let row = sqlx::query(IN_FORCE)
        .bind(platform)
        .bind(seal.as_str())
        .fetch_one(connection)
        .await?;
    Ok(row.try_get::<i64, _>(0)? > 0)
}

/// Takes a step, and remembers it.
///
/// # Errors
/// Those of the database.
pub async fn step(connection: &mut AnyConnection, step: &Stepped<'_>) -> Result<(), StoreError> {
    sqlx::query(STEP)
        .bind(step.platform)
        .bind(step.seal.as_str())
        .bind(step.state.word())
        .bind(step.at.0)
        .execute(&mut *connection)
        .await?;
    remember(connection, step).await
}

/// Remembers a step.
///
/// # Errors
/// Those of the database.
pub async fn remember(
    connection: &mut AnyConnection,
    step: &Stepped<'_>,
) -> Result<(), StoreError> {
    sqlx::query(REMEMBER)
        .bind(step.seal.as_str())
        .bind(step.platform)
        .bind(step.at.0)
        .bind(step.state.word())
        .bind(if step.operator { "operator" } else { "account" })
        .bind(step.by.as_str())
        .bind(step.note.map(str::to_owned))
        .execute(connection)
        .await?;
    Ok(())
}

/// Says who may use a seal and whether uses are approved; `false` for an account that is none of the organisation's.
///
/// # Errors
/// Those of the database.
pub async fn set_holders(
    connection: &mut AnyConnection,
    platform: &str,
    seal: &Id,
    holders: &Holders,
    needs_approval: bool,
) -> Result<bool, StoreError> {
    sqlx::query(SET_APPROVAL)
        .bind(platform)
        .bind(seal.as_str())
        .bind(i64::from(needs_approval))
        .execute(&mut *connection)
        .await?;
    sqlx::query(CLEAR_HOLDERS)
        .bind(platform)
        .bind(seal.as_str())
        .execute(&mut *connection)
        .await?;
    for account in &holders.accounts {
        let added = sqlx::query(ADD_ACCOUNT)
            .bind(platform)
            .bind(seal.as_str())
            .bind(account.as_str())
            .fetch_optional(&mut *connection)
            .await?;
        if added.is_none() {
            return Ok(false);
        }
    }
    for role in &holders.roles {
        sqlx::query(ADD_ROLE)
            .bind(platform)
            .bind(seal.as_str())
            .bind(role.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(true)
}

/// A person's own signatures that are not revoked.
///
/// # Errors
/// Those of the database.
pub async fn own(
    connection: &mut AnyConnection,
    platform: &str,
    account: &Id,
) -> Result<Vec<Id>, StoreError> {
    let rows = sqlx::query(OWN)
        .bind(platform)
        .bind(account.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| id(row.try_get(0)?, "seal.id"))
        .collect()
}

/// Of these holders, those who still belong to the organisation. Where accounts were named and none is left, the keepers
/// of seals stand in: a seal that was meant for few is never everybody's.
///
/// # Errors
/// Those of the database.
pub async fn present(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    holders: &Holders,
) -> Result<Holders, StoreError> {
    let mut found = Holders {
        accounts: Vec::new(),
        roles: holders.roles.clone(),
    };
    for account in &holders.accounts {
        let row = sqlx::query(PRESENT)
            .bind(platform)
            .bind(organisation.as_str())
            .bind(account.as_str())
            .fetch_optional(&mut *connection)
            .await?;
        if row.is_some() {
            found.accounts.push(account.clone());
        }
    }
    if found.accounts.is_empty() && found.roles.is_empty() && !holders.accounts.is_empty() {
        found.roles.push("seal_keeper".to_owned());
    }
    Ok(found)
}

async fn by_id(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    seal: &Id,
) -> Result<Option<Seal>, StoreError> {
    let row = sqlx::query(BY_ID)
        .bind(platform)
        .bind(organisation.as_str())
        .bind(seal.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| read(&row)).transpose()
}

impl Store {
    /// All seals of an organisation, whatever their state.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seals(&self, platform: &str, organisation: &Id) -> Result<Vec<Seal>, StoreError> {
        let rows = sqlx::query(OF_ORGANISATION)
            .bind(platform)
            .bind(organisation.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(read).collect()
    }

    /// The seals in force that an account may use.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn usable_seals(
        &self,
        platform: &str,
        account: &Id,
    ) -> Result<Vec<Seal>, StoreError> {
        let rows = sqlx::query(USABLE)
            .bind(platform)
            .bind(account.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter().map(read).collect()
    }

    /// One of an organisation's seals, whatever its state.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal(
        &self,
        platform: &str,
        organisation: &Id,
        seal: &Id,
    ) -> Result<Option<Seal>, StoreError> {
        let mut connection = self.read().acquire().await?;
        by_id(&mut connection, platform, organisation, seal).await
    }

    /// A seal of whichever organisation of a platform, for the maker and for what was sealed already.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_by_id(&self, platform: &str, seal: &Id) -> Result<Option<Seal>, StoreError> {
        let row = sqlx::query(OF_PLATFORM)
            .bind(platform)
            .bind(seal.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The seal that an application led to.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_of_application(
        &self,
        platform: &str,
        application: &Id,
    ) -> Result<Option<Seal>, StoreError> {
        let row = sqlx::query(OF_APPLICATION)
            .bind(platform)
            .bind(application.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// Who may use a seal.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_holders(&self, platform: &str, seal: &Id) -> Result<Holders, StoreError> {
        let rows = sqlx::query(HOLDERS)
            .bind(platform)
            .bind(seal.as_str())
            .fetch_all(self.read())
            .await?;
        let mut holders = Holders::default();
        for row in rows {
            if let Some(account) = row.try_get::<Option<String>, _>(0)? {
                holders
                    .accounts
                    .push(id(account, "seal_holder.account_id")?);
            }
            holders.roles.extend(row.try_get::<Option<String>, _>(1)?);
        }
        Ok(holders)
    }

    /// What became of a seal, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_history(&self, platform: &str, seal: &Id) -> Result<Vec<Step>, StoreError> {
        let rows = sqlx::query(HISTORY)
            .bind(platform)
            .bind(seal.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Step {
                    at: Timestamp(row.try_get(0)?),
                    state: row.try_get(1)?,
                    by_role: row.try_get(2)?,
                    note: row.try_get(3)?,
                })
            })
            .collect()
    }
}

fn read(row: &AnyRow) -> Result<Seal, StoreError> {
    let one_of = |text: Option<String>, column| text.map(|text| id(text, column)).transpose();
    Ok(Seal {
        id: id(row.try_get(0)?, "seal.id")?,
        name: row.try_get(1)?,
        kind: row.try_get(2)?,
        width_mm: row.try_get(3)?,
        height_mm: row.try_get(4)?,
        picture: row.try_get(5)?,
        state: State::of(&row.try_get::<String, _>(6)?)
            .ok_or(StoreError::Impossible("seal.state"))?,
        version: row.try_get(7)?,
        needs_approval: row.try_get::<i64, _>(8)? == 1,
        owner: one_of(row.try_get(9)?, "seal.owner_id")?,
        application: one_of(row.try_get(10)?, "seal.application_id")?,
        created_at: Timestamp(row.try_get(11)?),
    })
}
