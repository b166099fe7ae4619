//! A key that an application is about: whose it is, and whether it is in effect.

use contract::ErrorCode;
use domain::application::{Kind, State};
use domain::{Id, Span, Timestamp};
use pki::Certificate;

use super::offers;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// What is known of a key.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its provider.
    pub provider: String,
    /// When its certificate ends, where that is known.
    pub not_after: Option<Timestamp>,
}

/// Finds a key of the organisation's: bound here, or made by an application here.
///
/// # Errors
/// `not_found`; `key_not_active` where its receipt was not confirmed.
pub async fn find(
    state: &AppState,
    tenant: &Tenant,
    organisation: Option<&Id>,
    provider: &str,
    number: &str,
) -> Result<Known, Problem> {
    let made = state.store.application_of_key(provider, number).await?;
    if let Some(made) = &made {
        check_active(made.facts.state)?;
    }
    let bound = state
        .store
        .binding_of_key(tenant.id(), number)
        .await?
        .filter(|binding| binding.provider == provider)
        .filter(|binding| organisation.is_none_or(|id| binding.organisation == *id));
    if let Some(binding) = bound {
        return Ok(Known {
            provider: binding.provider,
            not_after: Some(binding.not_after),
        });
    }
    let made =
        made.filter(|made| organisation.is_none() || made.organisation.as_ref() == organisation);
    let Some(made) = made else {
        return Err(Problem::of(ErrorCode::NotFound).with_detail(
            "本单位没有该编号的 CA 锁，请核对 CA 编号",
            "Your organisation has no key of this number; compare the number",
        ));
    };
    Ok(Known {
        provider: made.provider.clone(),
        not_after: end_of(state, tenant, &made.id).await?,
    })
}

/// When the certificate of an application ends.
async fn end_of(
    state: &AppState,
    tenant: &Tenant,
    application: &Id,
) -> Result<Option<Timestamp>, Problem> {
    let production = state.store.production_of(tenant.id(), application).await?;
    Ok(production
        .and_then(|production| production.result)
        .and_then(|text| serde_json::from_str::<issuer::order::Issued>(&text).ok())
        .and_then(|issued| Certificate::from_der(issued.signing.as_bytes()).ok())
        .map(|certificate| certificate.not_after().into()))
}

/// A key counts once its receipt was confirmed: 该证书不能解锁，不在已生效状态.
///
/// # Errors
/// `key_not_active`, with the state that it is in.
pub fn check_active(state: State) -> Result<(), Problem> {
    if state == State::Active {
        return Ok(());
    }
    let text = state.text();
    Err(Problem::of(ErrorCode::KeyNotActive).with_detail(
        format!(
            "该证书不能解锁，不在已生效状态（当前：{}），请先确认收货",
            text.zh
        ),
        format!(
            "The certificate is not in effect (it is: {}); confirm its receipt first",
            text.en
        ),
    ))
}

/// Refuses a key that an application of ours made and whose receipt nobody confirmed: it neither logs in nor is bound.
///
/// # Errors
/// `key_not_active`.
pub async fn check_received(state: &AppState, provider: &str, number: &str) -> Result<(), Problem> {
    let Some(made) = state.store.application_of_key(provider, number).await? else {
        return Ok(());
    };
    if made.facts.state == State::Active {
        return Ok(());
    }
    let text = made.facts.state.text();
    Err(Problem::of(ErrorCode::KeyNotActive).with_detail(
        format!(
            "该证书尚未生效（当前：{}），请先在“我的申请”中确认收货",
            text.zh
        ),
        format!(
            "The certificate is not in effect yet (it is: {}); confirm its receipt first",
            text.en
        ),
    ))
}

/// Whether this kind can be done with the key now.
///
/// # Errors
/// `renewal_closed` outside the window, with the offline way; `application_state` for a pause of what rests and so on.
pub async fn check_kind(
    state: &AppState,
    tenant: &Tenant,
    kind: Kind,
    number: &str,
    known: &Known,
) -> Result<(), Problem> {
    let rest = state.store.last_rest(tenant.id(), number).await?;
    let refuse =
        |zh: &str, en: &str| Err(Problem::of(ErrorCode::ApplicationState).with_detail(zh, en));
    match (rest, kind) {
        (Some(Kind::Revocation | Kind::Replacement | Kind::Change), _) => {
            return refuse("该证书已吊销", "The certificate is revoked");
        }
        (Some(Kind::Suspension), Kind::Resumption | Kind::Revocation | Kind::Replacement) => {}
        (Some(Kind::Suspension), _) => {
            return refuse(
                "该证书已挂起，请先解除挂起",
                "The certificate is suspended; resume it first",
            );
        }
        (_, Kind::Resumption) => {
            return refuse("该证书未挂起", "The certificate is not suspended");
        }
        _ => {}
    }
    if kind != Kind::Renewal {
        return Ok(());
    }
    let Some(provider) = tenant.rules.catalogue.provider(&known.provider) else {
        return Ok(());
    };
    let window = provider
        .applications_on(tenant.id())
        .and_then(|rules| rules.renewal)
        .filter(|_| tenant.platform().capabilities(provider).renew_online);
    let offline = offers::offline(provider, tenant.id());
    let (Some(window), Some(end)) = (window, known.not_after) else {
        return Err(Problem::of(ErrorCode::RenewalClosed).with_detail(
            format!("该 CA 服务商不支持线上续期；{}", offline.zh),
            format!("This CA does not renew online. {}", offline.en),
        ));
    };
    let days = |days: u16| Span::hours(24 * i64::from(days));
    let now = state.now();
    if now < end - days(window.opens_days) {
        return Err(Problem::of(ErrorCode::RenewalClosed).with_detail(
            format!("证书到期前 {} 天起可线上续期", window.opens_days),
            format!(
                "Online renewal opens {} days before the certificate ends",
                window.opens_days
            ),
        ));
    }
    if now > end - days(window.closes_days) {
        return Err(Problem::of(ErrorCode::RenewalClosed).with_detail(
            format!("证书已过期或即将到期，不能线上续期；{}", offline.zh),
            format!("The certificate has ended, or nearly. {}", offline.en),
        ));
    }
    Ok(())
}
