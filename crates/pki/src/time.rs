//! Time as seconds since 1970-01-01T00:00:00Z, and its two ASN.1 forms (RFC 5280 §4.1.2.5).

use core::time::Duration;

use der::asn1::{GeneralizedTime, UtcTime};
use der::{Decode, Encode};

use crate::ParseError;
use crate::asn1::{Element, tag, write};

/// Seconds since 1970-01-01T00:00:00Z. A parameter everywhere: this crate has no clock of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub i64);

/// 9999-12-31T23:59:59Z, the last instant of GeneralizedTime ("no well-defined expiry", §4.1.2.5).
const LAST: i64 = 253_402_300_799;
/// The first instant of 2050, where UTCTime ends.
const YEAR_2050: i64 = 2_524_608_000;

impl UnixTime {
    /// The instant `seconds` later (earlier where negative), saturating.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Reads a UTCTime or GeneralizedTime, in UTC with seconds and without fractions.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] for any other form.
    pub fn from_asn1(element: &Element<'_>) -> Result<Self, ParseError> {
        let bad = |_| ParseError::Malformed("time");
        let duration = match element.tag() {
            tag::UTC_TIME => return utc_time(element),
            tag::GENERALIZED_TIME => GeneralizedTime::from_der(element.raw())
                .map_err(bad)?
                .to_unix_duration(),
            _ => return Err(ParseError::Malformed("time")),
        };
        i64::try_from(duration.as_secs())
            .map(Self)
            .map_err(|_| ParseError::Malformed("time"))
    }

    /// The DER of RFC 5280's `Time`: UTCTime through 2049, GeneralizedTime from 2050.
    /// Instants before 1970 become 1970, those after 9999 become its end.
    #[must_use]
    pub fn to_asn1(self) -> Vec<u8> {
        let seconds = self.0.clamp(0, LAST);
        let duration = Duration::from_secs(seconds.unsigned_abs());
        let encoded = if seconds < YEAR_2050 {
            UtcTime::from_unix_duration(duration).and_then(|time| time.to_der())
        } else {
            GeneralizedTime::from_unix_duration(duration).and_then(|time| time.to_der())
        };
        encoded.expect("the range was clamped to what the two types hold")
    }

    /// The DER of a GeneralizedTime, whatever the year.
    #[must_use]
    pub fn to_generalized_time(self) -> Vec<u8> {
        let seconds = self.0.clamp(0, LAST).unsigned_abs();
        GeneralizedTime::from_unix_duration(Duration::from_secs(seconds))
            .and_then(|time| time.to_der())
            .expect("the range was clamped to what the type holds")
    }
}

/// UTCTime: two digits of the year, 50 to 99 in the last century (RFC 5280 §4.1.2.5.1). The years before
/// 1970, which the decoder of the type has no number for, are read through the year with the same calendar
/// 28 years later.
fn utc_time(element: &Element<'_>) -> Result<UnixTime, ParseError> {
    const YEARS_28: i64 = 28 * 1461 / 4 * 86_400;
    let read = |der: &[u8]| {
        let time = UtcTime::from_der(der).map_err(|_| ParseError::Malformed("time"))?;
        i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| ParseError::Malformed("time"))
    };
    let [tens @ b'5'..=b'6', ones @ b'0'..=b'9', rest @ ..] = element.value() else {
        return read(element.raw()).map(UnixTime);
    };
    let year = (tens - b'0') * 10 + (ones - b'0') + 28;
    let later = [&[b'0' + year / 10, b'0' + year % 10], rest].concat();
    let seconds = read(&write::element(tag::UTC_TIME, &later))?;
    Ok(UnixTime(seconds - YEARS_28))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Result<UnixTime, ParseError> {
        let der = write::element(tag::UTC_TIME, text.as_bytes());
        UnixTime::from_asn1(&Element::parse(&der, "time")?)
    }

    #[test]
    fn two_digits_of_a_year_reach_from_1950_to_2049() {
        assert_eq!(utc("500101120000Z"), Ok(UnixTime(-631_108_800)));
        assert_eq!(utc("520229000000Z"), Ok(UnixTime(-562_982_400)));
        assert_eq!(utc("691231235959Z"), Ok(UnixTime(-1)));
        assert_eq!(utc("700101000000Z"), Ok(UnixTime(0)));
        assert_eq!(utc("491231235959Z"), Ok(UnixTime(YEAR_2050 - 1)));
        for wrong in [
            "510229000000Z",
            "5001011200Z",
            "500101120000+0100",
            "5a0101120000Z",
        ] {
            assert!(utc(wrong).is_err(), "{wrong}");
        }
    }
}
