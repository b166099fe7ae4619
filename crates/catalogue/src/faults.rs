//! What a single file can say wrongly although every line of it parses. Loading stops at the first; the check
//! tells all.

use std::collections::BTreeMap;

use crate::{
    CatalogueError, Package, PinRule, Platform, Provider, ProviderId, SignatureKind, UnifiedClient,
    file::Parsed,
};

/// Everything that is wrong with a provider's file, given the unified clients.
pub(crate) fn of_provider(
    parsed: &Parsed<Provider>,
    clients: &BTreeMap<ProviderId, UnifiedClient>,
) -> Vec<CatalogueError> {
    let provider = &parsed.value;
    let mut faults: Vec<CatalogueError> = parsed.named(&provider.id).err().into_iter().collect();
    let mut refuse = |needle: &str, reason: String| faults.push(parsed.refuse(needle, reason));
    for client in provider.channel.clients() {
        if !clients.contains_key(client) {
            refuse(
                client.as_str(),
                format!("there is no unified client `{client}` in channels/"),
            );
        }
    }
    for name in provider.anchors.iter().chain(&provider.intermediates) {
        if !is_plain_name(name) {
            refuse(name, format!("`{name}` is no plain file name"));
        }
    }
    for prefix in provider.crl.allow.iter().chain(&provider.ocsp.allow) {
        if !is_address_prefix(prefix) {
            refuse(
                prefix,
                format!("`{prefix}` must give scheme, host and the beginning of a path"),
            );
        }
    }
    if let Some(field) = provider
        .identity
        .as_ref()
        .and_then(|map| map.misplaced_fallback())
    {
        refuse(
            "issuer_and_serial",
            format!("only key_number may fall back so, not {field}"),
        );
    }
    if provider.pin.as_ref().is_some_and(PinRule::impossible) {
        refuse("[pin]", "no PIN can meet this rule".to_owned());
    }
    for product in &provider.products {
        if !product.accepted && product.reason.is_none() {
            refuse(
                product.id.as_str(),
                format!("`{}` is refused and no reason says why", product.id),
            );
        }
        for issuer in &product.issuers {
            if !provider.issuers.contains(issuer) {
                refuse(
                    product.id.as_str(),
                    format!(
                        "the issuer {issuer} of `{}` does not stand in `issuers`",
                        product.id
                    ),
                );
            }
        }
    }
    for rules in &provider.applications {
        let product = |known: &crate::Product| known.id == rules.product;
        if !provider.products.iter().any(product) {
            refuse(
                rules.product.as_str(),
                format!("there is no product `{}` to issue", rules.product),
            );
        }
        let years = rules.years.iter().all(|years| (1..=10).contains(years));
        if rules.kinds.is_empty() || rules.types.is_empty() || rules.years.is_empty() || !years {
            refuse(
                "[[applications]]",
                "kinds, types and years (1 to 10) must each name one at least".to_owned(),
            );
        }
        if rules
            .renewal
            .is_some_and(|window| window.opens_days <= window.closes_days)
        {
            refuse(
                "renewal",
                "the window must open before it closes".to_owned(),
            );
        }
    }
    for promise in &provider.promises {
        if promise.working_days == 0 {
            refuse(
                "working_days = 0",
                "nothing is done in no working day".to_owned(),
            );
        }
    }
    for (needle, reason) in of_packages(&provider.packages) {
        refuse(&needle, reason);
    }
    if let Some(demo) = &provider.demo
        && !provider.issuers.contains(&demo.issuing)
    {
        refuse(
            "issuing =",
            "the demo's issuing CA must stand in `issuers`".to_owned(),
        );
    }
    faults
}

/// Everything that is wrong with a unified client's file.
pub(crate) fn of_client(parsed: &Parsed<UnifiedClient>) -> Vec<CatalogueError> {
    let named = parsed.named(&parsed.value.id).err();
    let packages = of_packages(&parsed.value.packages)
        .into_iter()
        .map(|(needle, reason)| parsed.refuse(&needle, reason));
    named.into_iter().chain(packages).collect()
}

/// What is wrong with packages: the text to look for, and the reason.
fn of_packages(packages: &[Package]) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    for package in packages {
        let id = &package.id;
        let mut refuse = |reason: &str| {
            faults.push((format!("\"{id}\""), format!("package `{id}`: {reason}")));
        };
        if package.file.is_some() && package.sha256.is_none() {
            refuse("a file that is linked has a sha256, or nobody can tell it from another");
        }
        if package.size == Some(0) {
            refuse("no file is empty");
        }
        if let Some(signature) = &package.signature
            && (signature.kind == SignatureKind::Cms) != signature.file.is_some()
        {
            refuse("a detached signature names its file, one inside the package none");
        }
    }
    faults
}

/// Everything that is wrong with a platform's file, given which providers there are.
pub(crate) fn of_platform(
    parsed: &Parsed<Platform>,
    provider_exists: impl Fn(&ProviderId) -> bool,
) -> Vec<CatalogueError> {
    let platform = &parsed.value;
    let mut faults: Vec<CatalogueError> = parsed.named(&platform.id).err().into_iter().collect();
    let mut refuse = |needle: &str, reason: String| faults.push(parsed.refuse(needle, reason));
    let mut told: Vec<&ProviderId> = Vec::new();
    for id in platform.accepts.every().chain(&platform.accepts.refused) {
        if !provider_exists(id) && !told.contains(&id) {
            told.push(id);
            refuse(id.as_str(), format!("the catalogue has no provider `{id}`"));
        }
    }
    if platform.policies.login_last_good_hours > 24 {
        refuse(
            "login_last_good_hours",
            "a revocation answer for a login may be at most 24 hours old".to_owned(),
        );
    }
    if !is_origin(platform.origin_pattern()) {
        refuse(
            "origin",
            "an origin is scheme, host and port, in lower case, and nothing behind".to_owned(),
        );
    }
    let colours = [
        &platform.colours.primary,
        &platform.colours.primary_dark,
        &platform.colours.accent,
    ];
    for colour in colours {
        if !is_colour(colour) {
            refuse(
                colour,
                format!("`{colour}` is no colour of the form #rrggbb"),
            );
        }
    }
    faults
}

/// A name that stays in its folder.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// A prefix that ends inside the host would let any longer host pass: it must reach the path.
fn is_address_prefix(prefix: &str) -> bool {
    let rest = prefix
        .strip_prefix("http://")
        .or_else(|| prefix.strip_prefix("https://"));
    rest.and_then(|rest| rest.split_once('/'))
        .is_some_and(|(host, _)| !host.is_empty() && !host.contains('@'))
}

/// RFC 6454 §6.2, with `{port}` allowed for the port.
fn is_origin(text: &str) -> bool {
    let Some(rest) = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
    else {
        return false;
    };
    let (host, port) = rest
        .split_once(':')
        .map_or((rest, None), |(host, port)| (host, Some(port)));
    let host_fits = !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-');
    host_fits && port.is_none_or(|port| port == "{port}" || port.parse::<u16>().is_ok())
}

fn is_colour(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text.bytes().skip(1).all(|b| b.is_ascii_hexdigit())
}
