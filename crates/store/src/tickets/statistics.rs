//! What failed, for whom, and what became of it: counts by day, of nobody, and of tickets.

use domain::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::{Store, StoreError};

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

crate::statements! {
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
