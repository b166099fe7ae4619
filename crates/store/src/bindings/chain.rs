//! The chain of certificates of a binding, and its history: what it had before, and every step that it took.

use domain::{Id, Timestamp};
use sqlx::{AnyConnection, Row as _};

use super::{Binding, By, remember};
use crate::{Store, StoreError, id};

/// A certificate in a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The key number that it was bound under.
    pub key_number: String,
    /// DER.
    pub certificate: Vec<u8>,
    /// Since when.
    pub since: Timestamp,
    /// `bound` or `renewed`.
    pub how: String,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Of which binding of the chain.
    pub binding: Id,
    /// Its key number.
    pub key_number: String,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub event: String,
    /// `account`, `operator` or `system`.
    pub by_role: String,
    /// The person, where it was one.
    pub person: Option<String>,
}

/// No chain is longer: keys are renewed once a year or so.
const LONGEST: usize = 50;

crate::statements! {
    /// A binding's present certificate and where it came from.
    PRESENT = "SELECT key_number, certificate, certificate_since, certificate_how, previous_id FROM binding WHERE platform = $1 AND id = $2";
    /// Its earlier ones, the latest first.
    EARLIER = "SELECT certificate, since, how FROM binding_certificate WHERE platform = $1 AND binding_id = $2 ORDER BY sequence DESC LIMIT 50";
    /// Puts the present certificate among the earlier ones.
    KEEP = "INSERT INTO binding_certificate (binding_id, sequence, platform, certificate, since, until, how) \
        SELECT b.id, (SELECT COALESCE(MAX(c.sequence), 0) + 1 FROM binding_certificate c WHERE c.binding_id = b.id), b.platform, b.certificate, \
        b.certificate_since, $3, b.certificate_how FROM binding b WHERE b.platform = $1 AND b.id = $2 AND b.ended_at IS NULL";
    /// Takes the new one.
    TAKE = "UPDATE binding SET certificate = $3, not_after = $4, certificate_since = $5, certificate_how = 'renewed', standing = 'good', standing_at = $5 \
        WHERE platform = $1 AND id = $2 AND ended_at IS NULL RETURNING id";
    /// A binding's steps with the names of those who took them.
    HISTORY = "SELECT h.at, h.event, h.by_role, COALESCE(a.person, o.person) FROM binding_history h \
        LEFT JOIN account a ON a.id = h.by_id AND h.by_role = 'account' LEFT JOIN platform_operator o ON o.id = h.by_id AND h.by_role = 'operator' \
        WHERE h.platform = $1 AND h.binding_id = $2 ORDER BY h.sequence DESC LIMIT 200";
    /// Whose binding it is, whether it stands or not.
    WHOSE = "SELECT organisation_id, account_id FROM binding WHERE platform = $1 AND id = $2";
}

/// The renewed key kept its number: its binding goes on with the new certificate; `false` when it stands no more.
///
/// # Errors
/// Those of the database.
pub async fn take_certificate(
    connection: &mut AnyConnection,
    platform: &str,
    binding: &Id,
    certificate: &[u8],
    not_after: Timestamp,
    by: By<'_>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    sqlx::query(KEEP)
        .bind(platform)
        .bind(binding.as_str())
        .bind(at.0)
        .execute(&mut *connection)
        .await?;
    let row = sqlx::query(TAKE)
        .bind(platform)
        .bind(binding.as_str())
        .bind(certificate.to_vec())
        .bind(not_after.0)
        .bind(at.0)
        .fetch_optional(&mut *connection)
        .await?;
    if row.is_none() {
        return Ok(false);
    }
    remember(connection, platform, binding, "certificate_renewed", by, at).await?;
    Ok(true)
}

impl Store {
    /// The certificates of a binding and of those that it goes on from, the present one first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn chain_of(
        &self,
        platform: &str,
        binding: &Binding,
    ) -> Result<Vec<Link>, StoreError> {
        let mut links = Vec::new();
        let mut next = Some(binding.id.clone());
        let mut connection = self.read().acquire().await?;
        while let Some(at) = next.take().filter(|_| links.len() < LONGEST) {
            let row = sqlx::query(PRESENT)
                .bind(platform)
                .bind(at.as_str())
                .fetch_optional(&mut *connection)
                .await?;
            let Some(row) = row else { break };
            let key_number: String = row.try_get(0)?;
            links.push(Link {
                key_number: key_number.clone(),
                certificate: row.try_get(1)?,
                since: Timestamp(row.try_get(2)?),
                how: row.try_get(3)?,
            });
            next = row
                .try_get::<Option<String>, _>(4)?
                .map(|text| id(text, "binding.previous_id"))
                .transpose()?;
            let earlier = sqlx::query(EARLIER)
                .bind(platform)
                .bind(at.as_str())
                .fetch_all(&mut *connection)
                .await?;
            for row in &earlier {
                links.push(Link {
                    key_number: key_number.clone(),
                    certificate: row.try_get(0)?,
                    since: Timestamp(row.try_get(1)?),
                    how: row.try_get(2)?,
                });
            }
        }
        Ok(links)
    }

    /// Whose binding it is, whether it stands or not: organisation and account.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn owner_of_binding(
        &self,
        platform: &str,
        binding: &Id,
    ) -> Result<Option<(Id, Id)>, StoreError> {
        let row = sqlx::query(WHOSE)
            .bind(platform)
            .bind(binding.as_str())
            .fetch_optional(self.read())
            .await?;
        row.map(|row| {
            Ok((
                id(row.try_get(0)?, "binding.organisation_id")?,
                id(row.try_get(1)?, "binding.account_id")?,
            ))
        })
        .transpose()
    }

    /// Every step of a binding and of those that it goes on from, the latest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn history_of(&self, platform: &str, binding: &Id) -> Result<Vec<Step>, StoreError> {
        let mut steps = Vec::new();
        let mut next = Some(binding.clone());
        let mut connection = self.read().acquire().await?;
        for _ in 0..LONGEST {
            let Some(at) = next.take() else { break };
            let row = sqlx::query(PRESENT)
                .bind(platform)
                .bind(at.as_str())
                .fetch_optional(&mut *connection)
                .await?;
            let Some(row) = row else { break };
            let key_number: String = row.try_get(0)?;
            next = row
                .try_get::<Option<String>, _>(4)?
                .map(|text| id(text, "binding.previous_id"))
                .transpose()?;
            let rows = sqlx::query(HISTORY)
                .bind(platform)
                .bind(at.as_str())
                .fetch_all(&mut *connection)
                .await?;
            for row in &rows {
                steps.push(Step {
                    binding: at.clone(),
                    key_number: key_number.clone(),
                    at: Timestamp(row.try_get(0)?),
                    event: row.try_get(1)?,
                    by_role: row.try_get(2)?,
                    person: row.try_get(3)?,
                });
            }
        }
        Ok(steps)
    }
}
