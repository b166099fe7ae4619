//! Times in JSON: RFC 3339 in UTC, as `2026-11-22T18:36:59Z`.

use domain::Timestamp;

/// The text for an instant, whole seconds where it has no fraction. Beyond the year 9999 the last instant is given.
#[must_use]
pub fn rfc3339(time: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(time.0)
        .unwrap_or(jiff::Timestamp::MAX)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_utc() {
        assert_eq!(rfc3339(Timestamp::from_seconds(0)), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(Timestamp(1_500_000)), "1970-01-01T00:00:01.5Z");
    }
}
