//! What is open where: a region's settings with those above it, and what that means for whoever logs in or binds.

use contract::ErrorCode;
use domain::Id;
use domain::region::{self, Effective, Setting};

use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// What counts in a region; in the whole platform under ''.
///
/// # Errors
/// Those of the database.
pub async fn effective(state: &AppState, platform: &str, code: &str) -> Result<Effective, Problem> {
    let mut upwards: Vec<(String, Setting)> = Vec::new();
    let mut at = (!code.is_empty()).then(|| code.to_owned());
    while let Some(code) = at {
        let own = state.store.region_setting(platform, &code).await?;
        at = region::above(&code);
        upwards.push((code, own.setting));
    }
    let whole = state.store.region_setting(platform, "").await?;
    upwards.push((String::new(), whole.setting));
    Ok(region::effective(&upwards))
}

/// What counts for an organisation: in the region that was chosen, or in each of its own, or on the whole platform.
///
/// # Errors
/// Those of the database.
pub async fn of_organisation(
    state: &AppState,
    platform: &str,
    organisation: &Id,
    chosen: Option<&str>,
) -> Result<Vec<Effective>, Problem> {
    let codes = match chosen {
        Some(code) => vec![code.to_owned()],
        None => state.store.regions_of(platform, organisation).await?,
    };
    if codes.is_empty() {
        return Ok(vec![effective(state, platform, "").await?]);
    }
    let mut found = Vec::with_capacity(codes.len());
    for code in codes {
        found.push(effective(state, platform, &code).await?);
    }
    Ok(found)
}

/// Refuses a provider that is open in none of an organisation's regions.
///
/// # Errors
/// `region_closed`.
pub async fn check_provider(
    state: &AppState,
    tenant: &Tenant,
    organisation: &Id,
    chosen: Option<&str>,
    provider: &str,
) -> Result<(), Problem> {
    let open = of_organisation(state, tenant.id(), organisation, chosen).await?;
    if open.iter().any(|region| region.opens(provider)) {
        Ok(())
    } else {
        Err(ErrorCode::RegionClosed.into())
    }
}

/// Refuses a way to log in that is open in none of an organisation's regions.
///
/// # Errors
/// `login_way_closed`, with the ways that are.
pub async fn check_way(
    state: &AppState,
    tenant: &Tenant,
    organisation: &Id,
    way: &str,
) -> Result<(), Problem> {
    let regions = of_organisation(state, tenant.id(), organisation, None).await?;
    if regions
        .iter()
        .any(|region| region.login.iter().any(|one| one == way))
    {
        return Ok(());
    }
    let mut ways: Vec<&str> = regions
        .iter()
        .flat_map(|region| region.login.iter().map(String::as_str))
        .collect();
    ways.sort_unstable();
    ways.dedup();
    Err(Problem::of(ErrorCode::LoginWayClosed).with_member("ways", ways.into()))
}
