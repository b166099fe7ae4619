//! `/api/v1/regions` (区划): the tree, and what is open where.

use serde::Serialize;
use store::regions::Region;

use crate::{AppState, Problem};

pub mod list;
pub mod show;

/// A region's name in both languages; the data may have no English one.
#[derive(Debug, Serialize)]
pub struct NameBody {
    zh: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    en: Option<String>,
}

/// A region with the way to it from the top.
#[derive(Debug, Serialize)]
pub struct RegionName {
    code: String,
    name: NameBody,
    /// 福建省 / 厦门市 / 思明区.
    path: String,
}

/// A region in the tree.
#[derive(Debug, Serialize)]
pub struct RegionBody {
    code: String,
    name: NameBody,
    level: i64,
    parent: Option<String>,
    children: bool,
}

impl RegionBody {
    /// A region.
    #[must_use]
    pub fn of(region: &Region) -> Self {
        Self {
            code: region.code.clone(),
            name: NameBody {
                zh: region.name_zh.clone(),
                en: region.name_en.clone(),
            },
            level: region.level,
            parent: region.parent.clone(),
            children: region.children,
        }
    }
}

impl RegionName {
    /// A region by its code; one that the data no longer has shows its code.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find(state: &AppState, code: &str) -> Result<Self, Problem> {
        let mut names = Vec::new();
        let mut own = None;
        let mut at = Some(code.to_owned());
        while let Some(code) = at.take().filter(|_| names.len() < 3) {
            let Some(region) = state.store.region(&code).await? else {
                break;
            };
            names.push(region.name_zh.clone());
            at.clone_from(&region.parent);
            own.get_or_insert(region);
        }
        names.reverse();
        let name = own.map_or_else(
            || NameBody {
                zh: code.to_owned(),
                en: None,
            },
            |region| NameBody {
                zh: region.name_zh,
                en: region.name_en,
            },
        );
        Ok(Self {
            code: code.to_owned(),
            name,
            path: names.join(" / "),
        })
    }
}
