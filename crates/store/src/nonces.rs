//! Nonces that were used: each once (rule 2).

use domain::Timestamp;
use sqlx::AnyConnection;

use crate::StoreError;

crate::statements! {
    /// No row comes back when the nonce was used before.
    USE = "INSERT INTO used_nonce (nonce, platform, expires_at) VALUES ($1, $2, $3) ON CONFLICT (nonce) DO NOTHING RETURNING platform";
    /// An expired challenge is refused by its own date: its nonce need not be remembered.
    SWEEP = "DELETE FROM used_nonce WHERE expires_at < $1";
}

/// Uses a nonce up; `false` when it was used before. The row outlives the challenge by a margin for clocks that differ.
///
/// # Errors
/// Those of the database.
pub async fn spend(
    connection: &mut AnyConnection,
    platform: &str,
    nonce: &[u8; 32],
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let margin = domain::Span::minutes(60);
    let row = sqlx::query(USE)
        .bind(nonce.to_vec())
        .bind(platform)
        .bind((expires_at + margin).0)
        .fetch_optional(&mut *connection)
        .await?;
    if row.is_some() {
        sqlx::query(SWEEP).bind(now.0).execute(connection).await?;
    }
    Ok(row.is_some())
}
