//! Operators of a platform (平台运营) and their sessions. They stand apart from accounts: no organisation, other tables.

pub mod second_factor;

use domain::application::Duty;
use domain::staff::Class;
use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// An operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Their id.
    pub id: Id,
    /// The name one logs in with, lower case.
    pub name: String,
    /// The person's name.
    pub person: String,
    /// Mobile number.
    pub phone: String,
    /// 业务, 审计 or 系统.
    pub class: Class,
}

/// An operator in the list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Who.
    pub operator: Operator,
    /// Their duties.
    pub duties: Vec<Duty>,
    /// Goes up with every change.
    pub version: i64,
    /// When they were appointed.
    pub created_at: Timestamp,
    /// When they were dismissed.
    pub ended_at: Option<Timestamp>,
    /// Whether they have a second factor.
    pub second_factor: bool,
}

/// A session of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorSession {
    /// Its id.
    pub id: Id,
    /// When it began.
    pub created_at: Timestamp,
    /// Its last request, to within [`domain::session::TOUCH_EVERY`].
    pub last_seen_at: Timestamp,
    /// When a second factor was shown in it.
    pub second_factor_at: Option<Timestamp>,
    /// Whether its operator has a second factor.
    pub has_second_factor: bool,
    /// Whose it is.
    pub operator: Operator,
}

/// A new operator.
#[derive(Clone, Debug)]
pub struct NewOperator<'a> {
    /// Their id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// The name one logs in with, lower case.
    pub name: &'a str,
    /// The person.
    pub person: &'a str,
    /// Mobile number.
    pub phone: &'a str,
    /// PHC string.
    pub password_hash: &'a str,
    /// Now.
    pub at: Timestamp,
}

/// A new session of an operator.
#[derive(Clone, Debug)]
pub struct NewOperatorSession<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// SHA-256 of the cookie's value.
    pub secret_hash: [u8; 32],
    /// Whose.
    pub operator: &'a Id,
    /// Now.
    pub at: Timestamp,
}

crate::statements! {
    /// Takes a login name; no row comes back when it is taken on this platform, by whichever kind.
    TAKE_NAME = "INSERT INTO login_name (platform, name, kind) VALUES ($1, $2, $3) ON CONFLICT (platform, name) DO NOTHING RETURNING name";
    /// A new operator.
    INSERT = "INSERT INTO platform_operator (id, platform, name, person, phone, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// An operator by the name one logs in with.
    BY_NAME = "SELECT id, name, person, phone, class, password_hash FROM platform_operator WHERE platform = $1 AND name = $2 AND ended_at IS NULL";
    /// A new session.
    INSERT_SESSION = "INSERT INTO operator_session (id, platform, secret_hash, operator_id, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $5)";
    /// A session by its cookie.
    BY_SECRET = "SELECT o.id, o.name, o.person, o.phone, o.class, s.id, s.created_at, s.last_seen_at, s.second_factor_at, \
        CASE WHEN EXISTS (SELECT 1 FROM operator_totp t WHERE t.operator_id = o.id AND t.confirmed_at IS NOT NULL) \
        OR EXISTS (SELECT 1 FROM operator_key k WHERE k.operator_id = o.id AND k.ended_at IS NULL) THEN 1 ELSE 0 END FROM operator_session s \
        JOIN platform_operator o ON o.id = s.operator_id \
        WHERE s.platform = $1 AND s.secret_hash = $2 AND s.ended_at IS NULL AND o.ended_at IS NULL";
    /// Notes the last request.
    TOUCH = "UPDATE operator_session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2";
    /// Gives a duty.
    GRANT = "INSERT INTO operator_duty (platform, operator_id, duty, class, granted_at) VALUES ($1, $2, $3, $5, $4) ON CONFLICT (platform, operator_id, duty) DO NOTHING";
    /// Puts an operator into a class. Whoever has duties of another is refused by the duties' reference.
    CLASSIFY = "UPDATE platform_operator SET class = $3 WHERE platform = $1 AND id = $2 AND class <> $3";
    /// An operator's class.
    CLASS = "SELECT class FROM platform_operator WHERE platform = $1 AND id = $2";
    /// Takes all duties.
    REVOKE = "DELETE FROM operator_duty WHERE platform = $1 AND operator_id = $2";
    /// Changes an operator who was not changed since.
    CHANGE = "UPDATE platform_operator SET person = $4, phone = $5, version = version + 1, ended_at = $6 \
        WHERE platform = $1 AND id = $2 AND version = $3 RETURNING id";
    /// Ends all sessions of an operator.
    END_ALL = "UPDATE operator_session SET ended_at = $3 WHERE platform = $1 AND operator_id = $2 AND ended_at IS NULL";
    /// All operators.
    LIST = "SELECT o.id, o.name, o.person, o.phone, o.class, o.version, o.created_at, o.ended_at, \
        CASE WHEN EXISTS (SELECT 1 FROM operator_totp t WHERE t.operator_id = o.id AND t.confirmed_at IS NOT NULL) \
        OR EXISTS (SELECT 1 FROM operator_key k WHERE k.operator_id = o.id AND k.ended_at IS NULL) THEN 1 ELSE 0 END \
        FROM platform_operator o WHERE o.platform = $1 ORDER BY o.name LIMIT 500";
    /// Every duty of a platform's operators.
    ALL_DUTIES = "SELECT operator_id, duty FROM operator_duty WHERE platform = $1 ORDER BY duty";
    /// An operator's duties.
    DUTIES = "SELECT duty FROM operator_duty WHERE platform = $1 AND operator_id = $2 ORDER BY duty";
    /// Who somebody is, for a history that names ids.
    PERSON = "SELECT person FROM platform_operator WHERE platform = $1 AND id = $2";
    /// Ends a session.
    END = "UPDATE operator_session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
}

fn operator(row: &AnyRow) -> Result<Operator, StoreError> {
    Ok(Operator {
        id: id(row.try_get(0)?, "platform_operator.id")?,
        name: row.try_get(1)?,
        person: row.try_get(2)?,
        phone: row.try_get(3)?,
        class: Class::of(&row.try_get::<String, _>(4)?)
            .ok_or(StoreError::Impossible("platform_operator.class"))?,
    })
}

/// Takes a name for an account or an operator; `false` when the platform has somebody of that name.
///
/// # Errors
/// Those of the database.
pub(crate) async fn take_name(
    connection: &mut AnyConnection,
    platform: &str,
    name: &str,
    kind: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query(TAKE_NAME)
        .bind(platform)
        .bind(name)
        .bind(kind)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Adds an operator; `false` when the name is taken on this platform.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    new: &NewOperator<'_>,
) -> Result<bool, StoreError> {
    if !take_name(connection, new.platform, new.name, "operator").await? {
        return Ok(false);
    }
    sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.name)
        .bind(new.person)
        .bind(new.phone)
        .bind(new.password_hash)
        .bind(new.at.0)
        .execute(connection)
        .await?;
    Ok(true)
}

/// Gives an operator a duty. Whoever has duties of another class is refused with `false`; whoever has none yet comes into
/// the duty's class.
///
/// # Errors
/// Those of the database.
pub async fn grant(
    connection: &mut AnyConnection,
    platform: &str,
    operator: &Id,
    duty: Duty,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let class = Class::of_duty(duty);
    let held = sqlx::query(DUTIES)
        .bind(platform)
        .bind(operator.as_str())
        .fetch_all(&mut *connection)
        .await?;
    if held.is_empty() {
        classify(connection, platform, operator, class).await?;
    }
    let row = sqlx::query(CLASS)
        .bind(platform)
        .bind(operator.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let own: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
    if own.as_deref() != Some(class.word()) {
        return Ok(false);
    }
    sqlx::query(GRANT)
        .bind(platform)
        .bind(operator.as_str())
        .bind(duty.word())
        .bind(at.0)
        .bind(class.word())
        .execute(connection)
        .await?;
    Ok(true)
}

/// Puts an operator into a class; they must have no duty of another.
///
/// # Errors
/// Those of the database, among them the refusal of somebody with duties.
pub async fn classify(
    connection: &mut AnyConnection,
    platform: &str,
    operator: &Id,
    class: Class,
) -> Result<(), StoreError> {
    sqlx::query(CLASSIFY)
        .bind(platform)
        .bind(operator.as_str())
        .bind(class.word())
        .execute(connection)
        .await?;
    Ok(())
}

/// Changes an operator and takes their duties, to be granted anew; `false` when somebody changed them since.
///
/// # Errors
/// Those of the database.
pub async fn change(
    connection: &mut AnyConnection,
    platform: &str,
    changed: &Operator,
    version: i64,
    ended_at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(CHANGE)
        .bind(platform)
        .bind(changed.id.as_str())
        .bind(version)
        .bind(changed.person.as_str())
        .bind(changed.phone.as_str())
        .bind(ended_at.map(|at| at.0))
        .fetch_optional(&mut *connection)
        .await?;
    if row.is_none() {
        return Ok(false);
    }
    sqlx::query(REVOKE)
        .bind(platform)
        .bind(changed.id.as_str())
        .execute(&mut *connection)
        .await?;
    classify(connection, platform, &changed.id, changed.class).await?;
    Ok(true)
}

/// Ends all sessions of an operator.
///
/// # Errors
/// Those of the database.
pub async fn end_sessions(
    connection: &mut AnyConnection,
    platform: &str,
    operator: &Id,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(END_ALL)
        .bind(platform)
        .bind(operator.as_str())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes a session.
///
/// # Errors
/// Those of the database.
pub async fn insert_session(
    connection: &mut AnyConnection,
    new: &NewOperatorSession<'_>,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_SESSION)
        .bind(new.id.as_str())
        .bind(new.platform)
        .bind(new.secret_hash.to_vec())
        .bind(new.operator.as_str())
        .bind(new.at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// Those of the database.
pub async fn end_session(
    connection: &mut AnyConnection,
    session: &Id,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(END)
        .bind(session.as_str())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes a request in the session.
///
/// # Errors
/// Those of the database.
pub async fn touch(
    connection: &mut AnyConnection,
    session: &Id,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(TOUCH)
        .bind(session.as_str())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// An operator's duties.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn duties_of(&self, platform: &str, operator: &Id) -> Result<Vec<Duty>, StoreError> {
        let rows = sqlx::query(DUTIES)
            .bind(platform)
            .bind(operator.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Duty::of(&row.try_get::<String, _>(0)?)
                    .ok_or(StoreError::Impossible("operator_duty.duty"))
            })
            .collect()
    }

    /// All operators of a platform, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn operators(&self, platform: &str) -> Result<Vec<Listed>, StoreError> {
        let duties = sqlx::query(ALL_DUTIES)
            .bind(platform)
            .fetch_all(self.read())
            .await?;
        let mut held: Vec<(String, Duty)> = Vec::with_capacity(duties.len());
        for row in &duties {
            let duty = Duty::of(&row.try_get::<String, _>(1)?)
                .ok_or(StoreError::Impossible("operator_duty.duty"))?;
            held.push((row.try_get(0)?, duty));
        }
        let rows = sqlx::query(LIST)
            .bind(platform)
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                let operator = operator(row)?;
                let of = operator.id.as_str();
                Ok(Listed {
                    duties: held
                        .iter()
                        .filter(|(id, _)| id == of)
                        .map(|(_, duty)| *duty)
                        .collect(),
                    version: row.try_get(5)?,
                    created_at: Timestamp(row.try_get(6)?),
                    ended_at: row.try_get::<Option<i64>, _>(7)?.map(Timestamp),
                    second_factor: row.try_get::<i64, _>(8)? == 1,
                    operator,
                })
            })
            .collect()
    }

    /// The name of an operator.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn operator_person(
        &self,
        platform: &str,
        operator: &Id,
    ) -> Result<Option<String>, StoreError> {
        let row = sqlx::query(PERSON)
            .bind(platform)
            .bind(operator.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    /// An operator and their kept password hash, by the name one logs in with.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn operator_by_name(
        &self,
        platform: &str,
        name: &str,
    ) -> Result<Option<(Operator, String)>, StoreError> {
        let row = sqlx::query(BY_NAME)
            .bind(platform)
            .bind(name)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| Ok((operator(&row)?, row.try_get(5)?)))
            .transpose()
    }

    /// The operator's session of a cookie on a platform, if it has not been ended. Its age is for the caller to judge.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn operator_session(
        &self,
        platform: &str,
        secret_hash: &[u8; 32],
    ) -> Result<Option<OperatorSession>, StoreError> {
        let row = sqlx::query(BY_SECRET)
            .bind(platform)
            .bind(secret_hash.to_vec())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| {
            Ok(OperatorSession {
                operator: operator(&row)?,
                id: id(row.try_get(5)?, "operator_session.id")?,
                created_at: Timestamp(row.try_get(6)?),
                last_seen_at: Timestamp(row.try_get(7)?),
                second_factor_at: row.try_get::<Option<i64>, _>(8)?.map(Timestamp),
                has_second_factor: row.try_get::<i64, _>(9)? == 1,
            })
        })
        .transpose()
    }
}
