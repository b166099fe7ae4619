//! Organisations as they stand, where they are settled, and what they were called; [`requests`] has what they ask for.

pub mod papers;
pub mod requests;

pub use requests::{
    NewRequest, Request, Step, Stepped, edit_request, insert_request, lock_request, step_request,
};

use domain::organisation::{Kind, Proposal};
use domain::{Id, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError, id};

/// An organisation, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// Its id.
    pub id: Id,
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码.
    pub uscc: String,
    /// `supplier`, `purchaser` or `agency`.
    pub kind: String,
    /// `registered` or `formal`.
    pub state: String,
    /// 法定代表人.
    pub legal_representative: Option<String>,
    /// 住所.
    pub address: Option<String>,
    /// 开户银行.
    pub bank_name: Option<String>,
    /// 银行账号.
    pub bank_account: Option<String>,
    /// 联系人.
    pub contact: Option<String>,
    /// 联系电话.
    pub contact_phone: Option<String>,
    /// Goes up with every change.
    pub version: i64,
    /// Since when it is a 正式供应商.
    pub formal_since: Option<Timestamp>,
    /// When it registered.
    pub created_at: Timestamp,
}

/// A reviewed exception for a company that was renamed.
#[derive(Clone, Debug)]
pub struct Renamed<'a> {
    /// Its id.
    pub id: &'a Id,
    /// The platform.
    pub platform: &'a str,
    /// The organisation.
    pub organisation: &'a Id,
    /// What it was called.
    pub old_name: &'a str,
    /// What it is called.
    pub new_name: &'a str,
    /// The request that was approved.
    pub request: &'a Id,
    /// By whom.
    pub approved_by: &'a Id,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// Which organisations an operator looks for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// A code whole, or how a name begins; empty for all.
    pub text: String,
    /// `registered` or `formal`; empty for all.
    pub state: String,
    /// A region; empty for all.
    pub region: String,
    /// How many rows.
    pub limit: i64,
    /// After how many.
    pub offset: i64,
}

macro_rules! details_columns {
    () => {
        "SELECT o.id, o.name, o.uscc, o.kind, o.state, o.legal_representative, o.address, o.bank_name, o.bank_account, o.contact, o.contact_phone, \
         o.version, o.formal_since, o.created_at FROM organisation o"
    };
}
macro_rules! searched {
    () => {
        " WHERE o.platform = $1 AND ($2 = '' OR o.uscc = $2 OR REPLACE(o.name, $2, '') <> o.name) AND ($3 = '' OR o.state = $3) \
         AND ($4 = '' OR o.id IN (SELECT r.organisation_id FROM organisation_region r WHERE r.platform = $1 AND r.region = $4))"
    };
}

crate::statements! {
    /// An organisation, whole.
    DETAILS = concat!(details_columns!(), " WHERE o.platform = $1 AND o.id = $2");
    /// A page of organisations.
    SEARCH = concat!(details_columns!(), searched!(), " ORDER BY o.created_at DESC, o.id DESC LIMIT $5 OFFSET $6");
    /// How many.
    COUNT = concat!("SELECT COUNT(*) FROM organisation o", searched!());
    /// Locks an organisation for the rest of the transaction.
    LOCK = "UPDATE organisation SET version = version + 1 WHERE platform = $1 AND id = $2 RETURNING id";
    /// What was approved counts.
    APPLY = "UPDATE organisation SET name = COALESCE($3, name), legal_representative = COALESCE($4, legal_representative), address = COALESCE($5, address), \
        bank_name = COALESCE($6, bank_name), bank_account = COALESCE($7, bank_account), contact = COALESCE($8, contact), \
        contact_phone = COALESCE($9, contact_phone) WHERE platform = $1 AND id = $2";
    /// 正式供应商.
    FORMALISE = "UPDATE organisation SET state = 'formal', formal_since = $3 WHERE platform = $1 AND id = $2 AND state <> 'formal'";
    /// An organisation's regions.
    REGIONS = "SELECT region FROM organisation_region WHERE platform = $1 AND organisation_id = $2 ORDER BY region";
    /// Leaves all regions.
    LEAVE_REGIONS = "DELETE FROM organisation_region WHERE platform = $1 AND organisation_id = $2";
    /// Settles in one.
    SETTLE = "INSERT INTO organisation_region (platform, organisation_id, region, since) VALUES ($1, $2, $3, $4)";
    /// A reviewed exception.
    RENAME = "INSERT INTO renamed_organisation (id, platform, organisation_id, old_name, new_name, request_id, approved_by, since, until) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// What an organisation was called, as far as it counts.
    OLD_NAMES = "SELECT old_name FROM renamed_organisation WHERE platform = $1 AND organisation_id = $2 AND until > $3 ORDER BY since DESC LIMIT 20";
}

fn read_details(row: &AnyRow) -> Result<Details, StoreError> {
    Ok(Details {
        id: id(row.try_get(0)?, "organisation.id")?,
        name: row.try_get(1)?,
        uscc: row.try_get(2)?,
        kind: row.try_get(3)?,
        state: row.try_get(4)?,
        legal_representative: row.try_get(5)?,
        address: row.try_get(6)?,
        bank_name: row.try_get(7)?,
        bank_account: row.try_get(8)?,
        contact: row.try_get(9)?,
        contact_phone: row.try_get(10)?,
        version: row.try_get(11)?,
        formal_since: row.try_get::<Option<i64>, _>(12)?.map(Timestamp),
        created_at: Timestamp(row.try_get(13)?),
    })
}

/// Locks an organisation for the rest of the transaction; `false` when there is none.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
) -> Result<bool, StoreError> {
    let row = sqlx::query(LOCK)
        .bind(platform)
        .bind(organisation.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// An organisation, whole, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn details(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
) -> Result<Option<Details>, StoreError> {
    let row = sqlx::query(DETAILS)
        .bind(platform)
        .bind(organisation.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| read_details(&row)).transpose()
}

/// What was approved counts from now on; the regions are in the place of all before.
///
/// # Errors
/// Those of the database, among them a region that there is none of.
pub async fn apply(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    kind: Kind,
    proposal: &Proposal,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(APPLY)
        .bind(platform)
        .bind(organisation.as_str())
        .bind(proposal.name.clone())
        .bind(proposal.legal_representative.clone())
        .bind(proposal.address.clone())
        .bind(proposal.bank_name.clone())
        .bind(proposal.bank_account.clone())
        .bind(proposal.contact.clone())
        .bind(proposal.contact_phone.clone())
        .execute(&mut *connection)
        .await?;
    if kind == Kind::Formal {
        sqlx::query(FORMALISE)
            .bind(platform)
            .bind(organisation.as_str())
            .bind(at.0)
            .execute(&mut *connection)
            .await?;
    }
    if let Some(regions) = &proposal.regions {
        sqlx::query(LEAVE_REGIONS)
            .bind(platform)
            .bind(organisation.as_str())
            .execute(&mut *connection)
            .await?;
        for region in regions {
            sqlx::query(SETTLE)
                .bind(platform)
                .bind(organisation.as_str())
                .bind(region.as_str())
                .bind(at.0)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// Writes a reviewed exception.
///
/// # Errors
/// Those of the database.
pub async fn rename(
    connection: &mut AnyConnection,
    renamed: &Renamed<'_>,
) -> Result<(), StoreError> {
    sqlx::query(RENAME)
        .bind(renamed.id.as_str())
        .bind(renamed.platform)
        .bind(renamed.organisation.as_str())
        .bind(renamed.old_name)
        .bind(renamed.new_name)
        .bind(renamed.request.as_str())
        .bind(renamed.approved_by.as_str())
        .bind(renamed.since.0)
        .bind(renamed.until.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// What an organisation was called, as far as a reviewed exception counts, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn old_names(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(OLD_NAMES)
        .bind(platform)
        .bind(organisation.as_str())
        .bind(now.0)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// The codes of an organisation's regions, inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn regions(
    connection: &mut AnyConnection,
    platform: &str,
    organisation: &Id,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(REGIONS)
        .bind(platform)
        .bind(organisation.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

impl Store {
    /// An organisation, whole.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn organisation(
        &self,
        platform: &str,
        organisation: &Id,
    ) -> Result<Option<Details>, StoreError> {
        let mut connection = self.read().acquire().await?;
        details(&mut connection, platform, organisation).await
    }

    /// What an organisation was called, as far as a reviewed exception counts.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn old_names(
        &self,
        platform: &str,
        organisation: &Id,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let mut connection = self.read().acquire().await?;
        old_names(&mut connection, platform, organisation, now).await
    }

    /// The codes of an organisation's regions.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn regions_of(
        &self,
        platform: &str,
        organisation: &Id,
    ) -> Result<Vec<String>, StoreError> {
        let mut connection = self.read().acquire().await?;
        regions(&mut connection, platform, organisation).await
    }

    /// A page of organisations, newest first, and how many there are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn search_organisations(
        &self,
        platform: &str,
        search: &Search,
    ) -> Result<(Vec<Details>, i64), StoreError> {
        let rows = sqlx::query(SEARCH)
            .bind(platform)
            .bind(search.text.as_str())
            .bind(search.state.as_str())
            .bind(search.region.as_str())
            .bind(search.limit)
            .bind(search.offset)
            .fetch_all(self.read())
            .await?;
        let total = sqlx::query(COUNT)
            .bind(platform)
            .bind(search.text.as_str())
            .bind(search.state.as_str())
            .bind(search.region.as_str())
            .fetch_one(self.read())
            .await?
            .try_get(0)?;
        Ok((
            rows.iter().map(read_details).collect::<Result<_, _>>()?,
            total,
        ))
    }
}
