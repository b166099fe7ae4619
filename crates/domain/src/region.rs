//! 区划: what a platform opens where. A region takes every setting that it has not of its own from the one above it, and the
//! topmost from the whole platform.

use contract::Text;
use serde::{Deserialize, Serialize};

/// What one region says of its own; nothing: as above.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Providers whose keys are bound and log in here.
    #[serde(default)]
    pub providers: Option<Vec<String>>,
    /// Whether certificates are applied for here (CA 申领).
    #[serde(default)]
    pub application: Option<bool>,
    /// Ways to log in: `password`, `phone`, `certificate`.
    #[serde(default)]
    pub login: Option<Vec<String>>,
    /// Providers whose drivers are offered.
    #[serde(default)]
    pub drivers: Option<Vec<String>>,
    /// Notices to be shown.
    #[serde(default)]
    pub notices: Option<Vec<Text>>,
}

/// What counts in a region, and from which region each came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effective {
    /// Providers; nothing: every one that the platform accepts.
    pub providers: Option<Vec<String>>,
    /// Whether certificates are applied for here.
    pub application: bool,
    /// Ways to log in.
    pub login: Vec<String>,
    /// Providers whose drivers are offered; nothing: as `providers`.
    pub drivers: Option<Vec<String>>,
    /// Notices of this region and of all above it, the nearest first.
    pub notices: Vec<Text>,
    /// The region that each came from; empty: the platform itself.
    pub from: From,
}

/// The region that each setting came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct From {
    /// Of the providers.
    pub providers: String,
    /// Of applications.
    pub application: String,
    /// Of the ways to log in.
    pub login: String,
    /// Of the drivers.
    pub drivers: String,
}

/// Every way to log in.
pub const WAYS: [&str; 3] = ["password", "phone", "certificate"];

/// What counts, from the region's own setting up to the platform's (code '').
#[must_use]
pub fn effective(upwards: &[(String, Setting)]) -> Effective {
    fn nearest<T: Clone>(
        upwards: &[(String, Setting)],
        of: impl Fn(&Setting) -> &Option<T>,
    ) -> (Option<T>, String) {
        upwards
            .iter()
            .find_map(|(code, setting)| {
                of(setting).clone().map(|value| (Some(value), code.clone()))
            })
            .unwrap_or_default()
    }
    let (providers, of_providers) = nearest(upwards, |setting| &setting.providers);
    let (application, of_application) = nearest(upwards, |setting| &setting.application);
    let (login, of_login) = nearest(upwards, |setting| &setting.login);
    let (drivers, of_drivers) = nearest(upwards, |setting| &setting.drivers);
    Effective {
        providers,
        application: application.unwrap_or(true),
        login: login.unwrap_or_else(|| WAYS.map(str::to_owned).to_vec()),
        drivers,
        notices: upwards
            .iter()
            .filter_map(|(_, setting)| setting.notices.clone())
            .flatten()
            .collect(),
        from: From {
            providers: of_providers,
            application: of_application,
            login: of_login,
            drivers: of_drivers,
        },
    }
}

impl Effective {
    /// Whether a provider's keys are bound and log in here, of those that the platform accepts.
    #[must_use]
    pub fn opens(&self, provider: &str) -> bool {
        self.providers
            .as_ref()
            .is_none_or(|open| open.iter().any(|one| one == provider))
    }
}

/// The region above one, by the shape of its code: 350203 → 350200 → 350000 → none.
#[must_use]
pub fn above(code: &str) -> Option<String> {
    let (province, city, county) = (code.get(..2)?, code.get(2..4)?, code.get(4..6)?);
    match (city, county) {
        ("00", "00") => None,
        (_, "00") => Some(format!("{province}0000")),
        _ => Some(format!("{province}{city}00")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_setting_counts_and_says_where_it_came_from() {
        let county = Setting {
            application: Some(false),
            ..Setting::default()
        };
        let province = Setting {
            application: Some(true),
            providers: Some(vec!["szca".into()]),
            notices: Some(vec![Text::new("停机通知", "Down time")]),
            ..Setting::default()
        };
        let upwards = [
            ("350203".to_owned(), county),
            ("350200".to_owned(), Setting::default()),
            ("350000".to_owned(), province),
            (String::new(), Setting::default()),
        ];
        let found = effective(&upwards);
        assert!(!found.application);
        assert_eq!(found.from.application, "350203");
        assert_eq!(found.from.providers, "350000");
        assert!(found.opens("szca") && !found.opens("cfca"));
        assert_eq!(found.login, WAYS);
        assert_eq!(found.notices.len(), 1);
        assert!(effective(&[]).opens("anything"));
    }

    #[test]
    fn a_code_tells_what_lies_above_it() {
        assert_eq!(above("350203").as_deref(), Some("350200"));
        assert_eq!(above("350200").as_deref(), Some("350000"));
        assert_eq!(above("350000"), None);
        assert_eq!(above("x"), None);
    }
}
