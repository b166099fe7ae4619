//! Dates: the calendar, PDF's `D:…` (ISO 32000-2 §7.9.4) and RFC 3339 for reports.

use pki::UnixTime;

/// Year, month and day of a number of days since 1970-01-01 (proleptic Gregorian).
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    // Years counted from March make the leap day the last of its year.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// RFC 3339 in UTC.
pub(crate) fn rfc3339(time: UnixTime) -> String {
    let (days, seconds) = (time.0.div_euclid(86_400), time.0.rem_euclid(86_400));
    let (year, month, day) = civil_from_days(days);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Reads `D:YYYYMMDDHHmmSSOHH'mm'`; parts after the year may be missing, a missing zone is UTC.
pub(crate) fn from_pdf_date(text: &[u8]) -> Option<UnixTime> {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.strip_prefix("D:").unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count().min(14);
    let part = |from: usize, to: usize, default: i64| match digits >= to {
        true => text[from..to].parse::<i64>().ok(),
        false => Some(default),
    };
    if digits < 4 {
        return None;
    }
    let (year, month, day) = (part(0, 4, 0)?, part(4, 6, 1)?, part(6, 8, 1)?);
    let (hour, minute, second) = (part(8, 10, 0)?, part(10, 12, 0)?, part(12, 14, 0)?);
    let ranges = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    if !ranges {
        return None;
    }
    let zone = text[digits..].replace('\'', "");
    let ahead = match zone.as_bytes().first() {
        Some(sign @ (b'+' | b'-')) => {
            let hours: i64 = zone.get(1..3)?.parse().ok()?;
            let minutes: i64 = zone.get(3..5).map_or(Ok(0), str::parse).ok()?;
            (hours * 3600 + minutes * 60) * if *sign == b'+' { 1 } else { -1 }
        }
        _ => 0,
    };
    Some(UnixTime(
        days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - ahead,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        for seconds in [
            0,
            951_782_399,
            951_782_400,
            1_533_798_550,
            4_102_444_800,
            -1,
        ] {
            let text = rfc3339(UnixTime(seconds));
            let compact: String = text.chars().filter(char::is_ascii_digit).collect();
            assert_eq!(
                from_pdf_date(format!("D:{compact}Z").as_bytes()),
                Some(UnixTime(seconds)),
                "{text}"
            );
        }
        assert_eq!(rfc3339(UnixTime(1_533_798_550)), "2018-08-09T07:09:10Z");
        assert_eq!(
            from_pdf_date(b"D:20180809092110+02'00'"),
            Some(UnixTime(1_533_799_270))
        );
        assert_eq!(
            from_pdf_date(b"D:2018"),
            from_pdf_date(b"D:20180101000000Z")
        );
        assert_eq!(from_pdf_date(b"D:20181301"), None);
    }
}
