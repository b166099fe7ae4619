//! Applications: rows that a step locks, saves and explains in the history.
//!
//! - here: the application itself and its history
//! - [`lists`]: what suppliers and desks see, queues
//! - [`materials`], [`payments`], [`productions`], [`codes`]: what belongs to one

pub mod codes;
pub mod disturbed;
pub mod lists;
pub mod materials;
pub mod payments;
pub mod productions;
pub mod waiting;

use domain::application::{Actor, Facts, Kind, Person, State, Type, Way};
use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// An application as its row has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its id.
    pub id: Id,
    /// 受理编号.
    pub number: String,
    /// The provider's id.
    pub provider: String,
    /// The certificate's type.
    pub holder_type: Type,
    /// Whose it is, where the organisation is registered.
    pub organisation: Option<Id>,
    /// Who is told.
    pub account: Option<Id>,
    /// The key that it is about.
    pub key_number: Option<String>,
    /// The key that it leads to.
    pub new_key_number: Option<String>,
    /// The form as JSON.
    pub form: String,
    /// Counts every change.
    pub version: i64,
    /// What the machine works on.
    pub facts: Facts,
    /// The reviewer's marks, JSON, while it is returned.
    pub returned: Option<String>,
    /// Why it was rejected.
    pub rejection: Option<String>,
    /// 寄出盖章原件: the courier.
    pub originals_courier: Option<String>,
    /// Its number.
    pub originals_number: Option<String>,
    /// When they were sent.
    pub originals_sent_at: Option<Timestamp>,
    /// The courier of the key.
    pub shipment_courier: Option<String>,
    /// Its number.
    pub shipment_number: Option<String>,
    /// Fetched instead.
    pub pick_up: bool,
    /// When it was sent or laid out.
    pub shipped_at: Option<Timestamp>,
    /// When an invoice was asked for.
    pub invoice_requested_at: Option<Timestamp>,
    /// When the work of its state is promised to be done.
    pub due_at: Option<Timestamp>,
    /// When it was submitted first.
    pub submitted_at: Option<Timestamp>,
    /// When it came into its state.
    pub entered_state_at: Timestamp,
    /// When it was begun.
    pub created_at: Timestamp,
}

/// A step as the history tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub event: String,
    /// What stood after it.
    pub state: State,
    /// Of what kind the person is.
    pub by_role: String,
    /// Who.
    pub by_id: Option<String>,
    /// In words.
    pub note: Option<String>,
}

/// A step to be written.
#[derive(Clone, Debug)]
pub struct NewStep<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// The application.
    pub application: &'a Id,
    /// What happened, a stable word.
    pub event: &'a str,
    /// What stands after it.
    pub state: State,
    /// Who.
    pub actor: &'a Actor,
    /// In words.
    pub note: Option<&'a str>,
    /// Now.
    pub at: Timestamp,
}

macro_rules! columns {
    () => {
        "id, number, provider_id, kind, type, way, organisation_id, account_id, key_number, new_key_number, form, version, state, fee, paid, \
         entered_by_kind, entered_by, reviewed_by, second_reviewed_by, produced_by, returned, rejection, originals_courier, originals_number, \
         originals_sent_at, originals_received, shipment_courier, shipment_number, pick_up, shipped_at, invoice_requested_at, due_at, \
         submitted_at, entered_state_at, created_at"
    };
}
pub(crate) use columns;

crate::statements! {
    /// A new application; no row comes back when the number is taken.
    INSERT = "INSERT INTO application (id, platform, number, provider_id, kind, type, way, organisation_id, account_id, key_number, form, version, \
        state, fee, paid, entered_by_kind, entered_by, originals_received, pick_up, entered_state_at, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, 'draft', $12, 0, $13, $14, 0, 0, $15, $15) \
        ON CONFLICT (platform, number) DO NOTHING RETURNING id";
    /// Locks an application until the transaction ends and counts the change; rolled back, it did not happen.
    LOCK = concat!("UPDATE application SET version = version + 1 WHERE platform = $1 AND id = $2 RETURNING ", columns!());
    /// One application.
    BY_ID = concat!("SELECT ", columns!(), " FROM application WHERE platform = $1 AND id = $2");
    /// One by its number.
    BY_NUMBER = concat!("SELECT ", columns!(), " FROM application WHERE platform = $1 AND number = $2");
    /// The application that a key came from, the latest first.
    BY_NEW_KEY = concat!("SELECT ", columns!(), " FROM application WHERE provider_id = $1 AND new_key_number = $2 ORDER BY created_at DESC, id DESC LIMIT 1");
    /// Whether something is open on a key; a draft is not.
    OPEN_ON_KEY = "SELECT id FROM application WHERE platform = $1 AND key_number = $2 AND id <> $3 \
        AND state NOT IN ('draft', 'rejected', 'withdrawn', 'active', 'closed') LIMIT 1";
    /// Whether a key of a family of business rests: the last suspension or resumption that was carried out.
    LAST_REST = "SELECT kind FROM application WHERE platform = $1 AND key_number = $2 AND ( \
        (state = 'closed' AND kind IN ('suspension', 'resumption', 'revocation')) \
        OR (kind = 'replacement' AND second_reviewed_by IS NOT NULL) OR (kind = 'change' AND state = 'active')) \
        ORDER BY entered_state_at DESC, id DESC LIMIT 1";
    /// Everything that a step can change.
    SAVE = "UPDATE application SET form = $3, state = $4, fee = $5, paid = $6, reviewed_by = $7, second_reviewed_by = $8, produced_by = $9, \
        returned = $10, rejection = $11, originals_courier = $12, originals_number = $13, originals_sent_at = $14, originals_received = $15, \
        shipment_courier = $16, shipment_number = $17, pick_up = $18, shipped_at = $19, invoice_requested_at = $20, due_at = $21, \
        submitted_at = $22, entered_state_at = $23, new_key_number = $24 WHERE platform = $1 AND id = $2";
    /// A step of the history, numbered after the one before it; the application is locked.
    INSERT_STEP = "INSERT INTO application_history (id, platform, application_id, sequence, at, event, state, by_role, by_id, note) \
        SELECT $1, $2, $3, COALESCE(MAX(sequence), 0) + 1, $4, $5, $6, $7, $8, $9 FROM application_history WHERE application_id = $3";
    /// The history in its order.
    HISTORY = "SELECT at, event, state, by_role, by_id, note FROM application_history WHERE platform = $1 AND application_id = $2 ORDER BY sequence";
}

fn words<T>(value: Option<T>, column: &'static str) -> Result<T, StoreError> {
    value.ok_or(StoreError::Impossible(column))
}

fn time(row: &AnyRow, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp))
}

fn operator(row: &AnyRow, column: &'static str) -> Result<Option<Person>, StoreError> {
    let found: Option<String> = row.try_get(column)?;
    found
        .map(|text| id(text, "application.operator").map(Person::Operator))
        .transpose()
}

fn optional_id(row: &AnyRow, column: &'static str) -> Result<Option<Id>, StoreError> {
    let found: Option<String> = row.try_get(column)?;
    found.map(|text| id(text, column)).transpose()
}

pub(crate) fn application(row: &AnyRow) -> Result<Application, StoreError> {
    let text = |column: &'static str| row.try_get::<String, _>(column);
    let flag = |column: &'static str| row.try_get::<i64, _>(column).map(|value| value != 0);
    let entered_by = id(text("entered_by")?, "application.entered_by")?;
    let facts = Facts {
        kind: words(Kind::of(&text("kind")?), "application.kind")?,
        way: words(Way::of(&text("way")?), "application.way")?,
        state: words(State::of(&text("state")?), "application.state")?,
        fee: row.try_get("fee")?,
        paid: flag("paid")?,
        originals_received: flag("originals_received")?,
        entered_by: if text("entered_by_kind")? == "account" {
            Person::Account(entered_by)
        } else {
            Person::Operator(entered_by)
        },
        reviewed_by: operator(row, "reviewed_by")?,
        second_reviewed_by: operator(row, "second_reviewed_by")?,
        produced_by: operator(row, "produced_by")?,
    };
    Ok(Application {
        id: id(text("id")?, "application.id")?,
        number: text("number")?,
        provider: text("provider_id")?,
        holder_type: words(Type::of(&text("type")?), "application.type")?,
        organisation: optional_id(row, "organisation_id")?,
        account: optional_id(row, "account_id")?,
        key_number: row.try_get("key_number")?,
        new_key_number: row.try_get("new_key_number")?,
        form: text("form")?,
        version: row.try_get("version")?,
        facts,
        returned: row.try_get("returned")?,
        rejection: row.try_get("rejection")?,
        originals_courier: row.try_get("originals_courier")?,
        originals_number: row.try_get("originals_number")?,
        originals_sent_at: time(row, "originals_sent_at")?,
        shipment_courier: row.try_get("shipment_courier")?,
        shipment_number: row.try_get("shipment_number")?,
        pick_up: flag("pick_up")?,
        shipped_at: time(row, "shipped_at")?,
        invoice_requested_at: time(row, "invoice_requested_at")?,
        due_at: time(row, "due_at")?,
        submitted_at: time(row, "submitted_at")?,
        entered_state_at: Timestamp(row.try_get("entered_state_at")?),
        created_at: Timestamp(row.try_get("created_at")?),
    })
}

/// Writes a new draft; `false` when its number is taken.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut AnyConnection,
    platform: &str,
    new: &Application,
) -> Result<bool, StoreError> {
    let optional = |id: &Option<Id>| id.as_ref().map(|id| id.as_str().to_owned());
    let (kind, entered_by) = match &new.facts.entered_by {
        Person::Account(id) => ("account", id),
        Person::Operator(id) => ("operator", id),
    };
    let row = sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(platform)
        .bind(new.number.as_str())
        .bind(new.provider.as_str())
        .bind(new.facts.kind.word())
        .bind(new.holder_type.word())
        .bind(new.facts.way.word())
        .bind(optional(&new.organisation))
        .bind(optional(&new.account))
        .bind(new.key_number.clone())
        .bind(new.form.as_str())
        .bind(new.facts.fee)
        .bind(kind)
        .bind(entered_by.as_str())
        .bind(new.created_at.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// An application, locked until the transaction ends. Its version is already the next one.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    connection: &mut AnyConnection,
    platform: &str,
    id: &Id,
) -> Result<Option<Application>, StoreError> {
    let row = sqlx::query(LOCK)
        .bind(platform)
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(application).transpose()
}

/// Writes what a step changed.
///
/// # Errors
/// Those of the database, its constraints among them.
pub async fn save(
    connection: &mut AnyConnection,
    platform: &str,
    new: &Application,
) -> Result<(), StoreError> {
    let person = |who: &Option<Person>| who.as_ref().map(|who| who.id().as_str().to_owned());
    let time = |at: Option<Timestamp>| at.map(|at| at.0);
    let facts = &new.facts;
    sqlx::query(SAVE)
        .bind(platform)
        .bind(new.id.as_str())
        .bind(new.form.as_str())
        .bind(facts.state.word())
        .bind(facts.fee)
        .bind(i64::from(facts.paid))
        .bind(person(&facts.reviewed_by))
        .bind(person(&facts.second_reviewed_by))
        .bind(person(&facts.produced_by))
        .bind(new.returned.clone())
        .bind(new.rejection.clone())
        .bind(new.originals_courier.clone())
        .bind(new.originals_number.clone())
        .bind(time(new.originals_sent_at))
        .bind(i64::from(facts.originals_received))
        .bind(new.shipment_courier.clone())
        .bind(new.shipment_number.clone())
        .bind(i64::from(new.pick_up))
        .bind(time(new.shipped_at))
        .bind(time(new.invoice_requested_at))
        .bind(time(new.due_at))
        .bind(time(new.submitted_at))
        .bind(new.entered_state_at.0)
        .bind(new.new_key_number.clone())
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes a step of the history.
///
/// # Errors
/// Those of the database.
pub async fn explain(connection: &mut AnyConnection, step: &NewStep<'_>) -> Result<(), StoreError> {
    sqlx::query(INSERT_STEP)
        .bind(step.id.as_str())
        .bind(step.platform)
        .bind(step.application.as_str())
        .bind(step.at.0)
        .bind(step.event)
        .bind(step.state.word())
        .bind(step.actor.role())
        .bind(
            step.actor
                .person()
                .map(|person| person.id().as_str().to_owned()),
        )
        .bind(step.note.map(str::to_owned))
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether another application on a key is open.
///
/// # Errors
/// Those of the database.
pub async fn open_on_key(
    connection: &mut AnyConnection,
    platform: &str,
    key_number: &str,
    but: &Id,
) -> Result<bool, StoreError> {
    let row = sqlx::query(OPEN_ON_KEY)
        .bind(platform)
        .bind(key_number)
        .bind(but.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

impl Store {
    /// An application of the platform.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn application(
        &self,
        platform: &str,
        id: &Id,
    ) -> Result<Option<Application>, StoreError> {
        let row = sqlx::query(BY_ID)
            .bind(platform)
            .bind(id.as_str())
            .fetch_optional(self.read())
            .await?;
        row.as_ref().map(application).transpose()
    }

    /// An application by its 受理编号.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn application_by_number(
        &self,
        platform: &str,
        number: &str,
    ) -> Result<Option<Application>, StoreError> {
        let row = sqlx::query(BY_NUMBER)
            .bind(platform)
            .bind(number)
            .fetch_optional(self.read())
            .await?;
        row.as_ref().map(application).transpose()
    }

    /// The application that a provider's key came from, on whichever platform.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn application_of_key(
        &self,
        provider: &str,
        key_number: &str,
    ) -> Result<Option<Application>, StoreError> {
        let row = sqlx::query(BY_NEW_KEY)
            .bind(provider)
            .bind(key_number)
            .fetch_optional(self.read())
            .await?;
        row.as_ref().map(application).transpose()
    }

    /// Of a key's suspensions, resumptions and revocations, the last that was carried out; a replacement and a change
    /// revoke, too: the one once it is approved, the other with the new key's receipt.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn last_rest(
        &self,
        platform: &str,
        key_number: &str,
    ) -> Result<Option<Kind>, StoreError> {
        let row = sqlx::query(LAST_REST)
            .bind(platform)
            .bind(key_number)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| words(Kind::of(&row.try_get::<String, _>(0)?), "application.kind"))
            .transpose()
    }

    /// An application's history in its order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn application_history(
        &self,
        platform: &str,
        id: &Id,
    ) -> Result<Vec<Step>, StoreError> {
        let rows = sqlx::query(HISTORY)
            .bind(platform)
            .bind(id.as_str())
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Step {
                    at: Timestamp(row.try_get(0)?),
                    event: row.try_get(1)?,
                    state: words(
                        State::of(&row.try_get::<String, _>(2)?),
                        "application_history.state",
                    )?,
                    by_role: row.try_get(3)?,
                    by_id: row.try_get(4)?,
                    note: row.try_get(5)?,
                })
            })
            .collect()
    }
}
