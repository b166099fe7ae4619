//! Working days (工作日): weekends, the holidays of a year, and the weekend days that are worked in exchange (调休).
//!
//! Every day is a day in China, UTC+8 the whole year.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use jiff::tz::Offset;
use serde::Deserialize;

use crate::time::Timestamp;

/// Most days that are gone through when working days are counted: no run of holidays comes near.
const MOST_DAYS: i32 = 400;
/// Reminders are given in the morning of a working day, at this hour.
const MORNING: i8 = 9;
/// What is promised for a day is promised for this hour of it.
const CLOSE: i8 = 18;

/// The holidays of some years, as an operator maintains them in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeSet<i16>,
    holidays: BTreeSet<Date>,
    workdays: BTreeSet<Date>,
}

/// Why a calendar's file was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Not of the form of one.
    #[error("{0}")]
    Form(String),
    /// A day that stands in the table of another year, or in both lists.
    #[error("{0} stands in the wrong year or in both lists")]
    Day(String),
    /// A year that has two tables.
    #[error("the year {0} stands there twice")]
    Year(i16),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    years: Vec<Year>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    year: i16,
    holidays: Vec<String>,
    #[serde(default)]
    workdays: Vec<String>,
}

impl Calendar {
    /// Reads `[[years]]` tables: `year`, `holidays = ["2026-01-01", "2026-02-15/2026-02-23"]`, and `workdays` for
    /// the weekend days that are worked.
    ///
    /// # Errors
    /// [`CalendarError`].
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let file: File =
            toml::from_str(text).map_err(|error| CalendarError::Form(error.to_string()))?;
        let mut calendar = Self::default();
        for year in file.years {
            if !calendar.years.insert(year.year) {
                return Err(CalendarError::Year(year.year));
            }
            for (texts, workdays) in [(&year.holidays, false), (&year.workdays, true)] {
                for text in texts {
                    for day in days(text)? {
                        let (into, other) = if workdays {
                            (&mut calendar.workdays, &calendar.holidays)
                        } else {
                            (&mut calendar.holidays, &calendar.workdays)
                        };
                        // A holiday that begins in December stands in the next year's notice.
                        if (day.year() - year.year).abs() > 1 || other.contains(&day) {
                            return Err(CalendarError::Day(text.clone()));
                        }
                        into.insert(day);
                    }
                }
            }
        }
        Ok(calendar)
    }

    /// Whether a day is worked.
    #[must_use]
    pub fn is_working_day(&self, day: Date) -> bool {
        if self.workdays.contains(&day) {
            return true;
        }
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
            && !self.holidays.contains(&day)
    }

    /// Whether the holidays of a day's year are known; where they are not, weekends alone were counted.
    #[must_use]
    pub fn knows(&self, day: Date) -> bool {
        self.years.contains(&day.year())
    }

    /// The day that is `count` working days before `day`: between the two lie `count - 1` whole working days.
    #[must_use]
    pub fn working_days_before(&self, day: Date, count: u32) -> Date {
        let (mut found, mut left) = (day, count);
        for _ in 0..MOST_DAYS {
            if left == 0 {
                break;
            }
            let Ok(before) = found.yesterday() else { break };
            found = before;
            if self.is_working_day(found) {
                left -= 1;
            }
        }
        found
    }

    /// The day that is `count` working days after `day`.
    #[must_use]
    pub fn working_days_after(&self, day: Date, count: u32) -> Date {
        let (mut found, mut left) = (day, count);
        for _ in 0..MOST_DAYS {
            if left == 0 {
                break;
            }
            let Ok(after) = found.tomorrow() else { break };
            found = after;
            if self.is_working_day(found) {
                left -= 1;
            }
        }
        found
    }

    /// The first day from `day` on that is worked.
    #[must_use]
    pub fn working_day_from(&self, day: Date) -> Date {
        let mut found = day;
        for _ in 0..MOST_DAYS {
            if self.is_working_day(found) {
                break;
            }
            let Ok(next) = found.tomorrow() else { break };
            found = next;
        }
        found
    }

    /// When a reminder is due that is given so many working days before a deadline: nine in the morning in China,
    /// or at once where that has passed.
    #[must_use]
    pub fn reminder(&self, deadline: Timestamp, working_days: u32, now: Timestamp) -> Timestamp {
        let day = self.working_days_before(day_in_china(deadline), working_days);
        morning_in_china(day).max(now)
    }
}

/// One day, or the first and the last of several with `/` between them.
fn days(text: &str) -> Result<Vec<Date>, CalendarError> {
    let wrong = || CalendarError::Form(format!("`{text}` is no day of the form 2026-01-01"));
    let read = |text: &str| text.parse::<Date>().map_err(|_| wrong());
    let (first, last) = match text.split_once('/') {
        Some((first, last)) => (read(first)?, read(last)?),
        None => (read(text)?, read(text)?),
    };
    let mut found = vec![first];
    while let Some(day) = found.last().copied().filter(|day| *day < last) {
        if found.len() > 31 {
            return Err(wrong());
        }
        found.push(day.tomorrow().map_err(|_| wrong())?);
    }
    if first > last {
        Err(wrong())
    } else {
        Ok(found)
    }
}

/// The day that it is in China at an instant.
#[must_use]
pub fn day_in_china(at: Timestamp) -> Date {
    let instant = jiff::Timestamp::from_microsecond(at.0).unwrap_or(jiff::Timestamp::MAX);
    Offset::constant(8).to_datetime(instant).date()
}

/// Nine in the morning of a day in China.
#[must_use]
pub fn morning_in_china(day: Date) -> Timestamp {
    Offset::constant(8)
        .to_timestamp(day.at(MORNING, 0, 0, 0))
        .map_or(Timestamp(i64::MAX), |instant| {
            Timestamp(instant.as_microsecond())
        })
}

/// Six in the evening of a day in China: the close of business.
#[must_use]
pub fn close_of_business(day: Date) -> Timestamp {
    Offset::constant(8)
        .to_timestamp(day.at(CLOSE, 0, 0, 0))
        .map_or(Timestamp(i64::MAX), |instant| {
            Timestamp(instant.as_microsecond())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 国务院办公厅关于2026年部分节假日安排的通知, 2025-11-04, as the file of this repository has it.
    fn year_2026() -> Calendar {
        Calendar::parse(include_str!("../../../catalogue/calendar/holidays.toml")).unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn before(deadline: &str) -> String {
        year_2026()
            .working_days_before(day(deadline), 3)
            .to_string()
    }

    #[test]
    fn three_working_days_before_a_day_pass_over_weekends() {
        assert_eq!(before("2026-11-26"), "2026-11-23", "Thursday: Monday");
        assert_eq!(
            before("2026-11-25"),
            "2026-11-20",
            "Wednesday: Friday before"
        );
        assert_eq!(before("2026-11-22"), "2026-11-18", "a deadline on a Sunday");
    }

    #[test]
    fn holidays_are_passed_over_and_weekends_that_are_worked_count() {
        // 春节 2026: 15 to 23 February, Saturdays 14 and 28 February worked.
        assert_eq!(before("2026-02-25"), "2026-02-13");
        assert_eq!(before("2026-03-02"), "2026-02-26");
        // 国庆: 1 to 7 October, Saturday the 10th worked.
        assert_eq!(before("2026-10-12"), "2026-10-08");
        assert_eq!(before("2026-10-09"), "2026-09-29");
    }

    #[test]
    fn working_days_after_a_day_pass_over_weekends_and_holidays() {
        let after =
            |from: &str, count| year_2026().working_days_after(day(from), count).to_string();
        assert_eq!(after("2026-11-26", 1), "2026-11-27");
        assert_eq!(after("2026-11-27", 1), "2026-11-30", "over a weekend");
        assert_eq!(after("2026-09-30", 2), "2026-10-09", "over 国庆");
        assert_eq!(
            after("2026-10-09", 1),
            "2026-10-10",
            "a Saturday that is worked"
        );
    }

    #[test]
    fn a_year_without_its_notice_is_not_known_and_weekends_still_count() {
        let calendar = year_2026();
        assert!(calendar.knows(day("2026-12-31")));
        assert!(!calendar.knows(day("2031-05-01")));
        assert!(calendar.is_working_day(day("2031-05-01")));
        assert!(!calendar.is_working_day(day("2031-05-03")));
    }

    #[test]
    fn a_reminder_is_given_at_nine_in_the_morning_in_china_or_at_once() {
        let at = |text: &str| Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_microsecond());
        let calendar = year_2026();
        // 26 November 00:30 in China is the 25th in UTC: the day in China counts.
        let deadline = at("2026-11-25T16:30:00Z");
        let early = at("2026-11-01T00:00:00Z");
        assert_eq!(
            calendar.reminder(deadline, 3, early),
            at("2026-11-23T01:00:00Z")
        );
        let late = at("2026-11-24T03:00:00Z");
        assert_eq!(calendar.reminder(deadline, 3, late), late);
    }

    #[test]
    fn a_file_that_is_wrong_is_refused_with_the_day() {
        for text in [
            "[[years]]\nyear = 2026\nholidays = [\"2026-02-30\"]",
            "[[years]]\nyear = 2026\nholidays = [\"2026-02-10/2026-02-01\"]",
            "[[years]]\nyear = 2026\nholidays = [\"2029-01-01\"]",
            "[[years]]\nyear = 2026\nholidays = [\"2026-01-04\"]\nworkdays = [\"2026-01-04\"]",
            "[[years]]\nyear = 2026\nholidays = []\n[[years]]\nyear = 2026\nholidays = []",
            "[[years]]\nyear = 2026\nholiday = []",
            "[[years]]\nyear = 2026\nholidays = [\"2026-01-01/2027-01-01\"]",
        ] {
            assert!(Calendar::parse(text).is_err(), "{text}");
        }
        assert_eq!(Calendar::parse("").unwrap(), Calendar::default());
    }
}
