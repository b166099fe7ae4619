//! `GET /api/v1/downloads`: the packages, by region, by CA and by system, with a search. Answers anybody.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Query, State};
use catalogue::{PackageSystem as System, Text};
use contract::ErrorCode;
use serde::{Deserialize, Serialize};

use super::{Item, items};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// What is wanted; nothing: everything.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// A region's Chinese name.
    #[serde(default)]
    region: String,
    /// A provider's id.
    #[serde(default)]
    provider: String,
    /// A system such as `windows-x86_64`.
    #[serde(default)]
    system: String,
    /// Words, each of which must stand in a name, a version, a region or a file's name.
    #[serde(default)]
    q: String,
}

/// The list, and what it can be narrowed by.
#[derive(Debug, Serialize)]
pub struct Body {
    items: Vec<Item>,
    total: usize,
    /// Every region with the date of its newest package.
    regions: Vec<RegionCard>,
    /// Every system that a package names.
    systems: BTreeSet<String>,
}

/// A region's card: 四川省 最近更新日期 2021年05月06日.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct RegionCard {
    name: Text,
    updated: Option<String>,
    count: usize,
    providers: BTreeSet<String>,
}

/// Most words that are searched for, and most bytes of them.
const WORDS: usize = 8;
const WORDS_BYTES: usize = 200;

/// The list.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Body>, Problem> {
    let system = match wanted.system.as_str() {
        "" => None,
        text => Some(text.parse::<System>().map_err(|error| {
            Problem::of(ErrorCode::Invalid)
                .with_detail("不认识这个操作系统", format!("No system: {error}"))
        })?),
    };
    if wanted.q.len() > WORDS_BYTES {
        return Err(
            Problem::of(ErrorCode::Invalid).with_detail("搜索的内容太长", "The search is too long")
        );
    }
    let all = items(&state, &tenant).await?;
    let regions = cards(&all);
    let systems = all.iter().flat_map(|item| item.systems.clone()).collect();
    let words: Vec<String> = wanted
        .q
        .split_whitespace()
        .take(WORDS)
        .map(str::to_lowercase)
        .collect();
    let items: Vec<Item> = all
        .into_iter()
        .filter(|item| {
            (wanted.region.is_empty() || item.regions.iter().any(|name| name.zh == wanted.region))
                && (wanted.provider.is_empty()
                    || item.providers.is_empty()
                    || item.providers.contains(&wanted.provider))
                && system.is_none_or(|asked| item.runs_on(asked))
                && item.mentions(&words)
        })
        .collect();
    Ok(Json(Body {
        total: items.len(),
        items,
        regions,
        systems,
    }))
}

/// The regions in the order of their newest package, the newest first; a date that is not known comes last.
fn cards(items: &[Item]) -> Vec<RegionCard> {
    let mut cards: Vec<RegionCard> = Vec::new();
    for item in items {
        for name in &item.regions {
            let at = match cards.iter().position(|card| card.name == *name) {
                Some(at) => at,
                None => {
                    cards.push(RegionCard {
                        name: name.clone(),
                        updated: None,
                        count: 0,
                        providers: BTreeSet::new(),
                    });
                    cards.len() - 1
                }
            };
            let card = &mut cards[at];
            card.count += 1;
            card.providers.extend(item.providers.iter().cloned());
            card.updated = card.updated.take().max(item.updated.clone());
        }
    }
    cards.sort_by(|a, b| {
        b.updated
            .cmp(&a.updated)
            .then_with(|| a.name.zh.cmp(&b.name.zh))
    });
    cards
}

impl Item {
    fn mentions(&self, words: &[String]) -> bool {
        let mut text = format!(
            "{} {} {} {} {}",
            self.name.zh, self.name.en, self.owner.name.zh, self.owner.name.en, self.owner.id
        );
        for more in [&self.version, &self.updated].into_iter().flatten() {
            text.push(' ');
            text.push_str(more);
        }
        for region in &self.regions {
            text.push_str(&format!(" {} {}", region.zh, region.en));
        }
        if let Some(name) = self.file.as_ref().and_then(|file| file.name.as_ref()) {
            text.push(' ');
            text.push_str(name);
        }
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    }
}
