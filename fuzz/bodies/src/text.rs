//! JSON and TOML: what is read is written and read again as the same.

use std::path::Path;

use catalogue::{Catalogue, Modules};
use contract::writing::{PageMessage, ProducePrepared, RenewPrepared, UnlockKey};
use contract::{AgentRequest, SignedStatement};
use issuer::Profile;
use issuer::order::{Order, OrderKind};

/// Orders to the authority. The first octet says of which kind.
pub fn order(input: &[u8]) -> bool {
    const KINDS: [OrderKind; 7] = [
        OrderKind::Issue,
        OrderKind::ReissueEnvelope,
        OrderKind::Revoke,
        OrderKind::Suspend,
        OrderKind::Resume,
        OrderKind::Unlock,
        OrderKind::Recover,
    ];
    let Some((which, body)) = input.split_first() else {
        return false;
    };
    let Ok(body) = std::str::from_utf8(body) else {
        return false;
    };
    let kind = KINDS[usize::from(*which) % KINDS.len()];
    let Ok(order) = Order::parse(kind, body) else {
        return false;
    };
    let Order::Issue(issue) = &order else {
        return true;
    };
    let again = serde_json::to_string(issue).expect("an order is written as JSON");
    assert!(Order::parse(kind, &again).is_ok_and(|again| again == order));
    true
}

/// What a page says to the agent and the agent to a page.
pub fn writing(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else {
        return false;
    };
    let message = PageMessage::from_json(text);
    if let Ok(message) = &message {
        let again = serde_json::to_string(message).expect("a message is written as JSON");
        assert!(PageMessage::from_json(&again).is_ok_and(|again| again == *message));
    }
    let request = AgentRequest::from_json(text);
    if let Ok(request) = &request {
        let _ = contract::Intent::from_json(request.intent());
    }
    // Each is tried: what one of them reads the others refuse, and none may panic over it.
    [
        message.is_ok(),
        request.is_ok(),
        ProducePrepared::from_json(text).is_ok(),
        RenewPrepared::from_json(text).is_ok(),
        UnlockKey::from_json(text).is_ok(),
        SignedStatement::from_json(text).is_ok(),
    ]
    .contains(&true)
}

/// Files of the catalogue: a provider, a module, a platform, a profile of an authority. The first octet says which.
pub fn catalogue(input: &[u8]) -> bool {
    let Some((which, text)) = input.split_first() else {
        return false;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    match which % 4 {
        0 => provider(text),
        1 => Modules::parse([("module.toml", text)]).is_ok(),
        2 => toml::from_str::<catalogue::Platform>(text).is_ok(),
        _ => Profile::from_toml(text).is_ok(),
    }
}

/// A catalogue of this one provider, read from the disk as the server does it.
fn provider(text: &str) -> bool {
    thread_local! {
        static FOLDER: tempfile::TempDir = tempfile::tempdir().expect("a folder for the catalogue");
    }
    FOLDER.with(|folder| {
        // A file is named by its id.
        std::fs::write(folder.path().join("fuzz.toml"), text).expect("a file of the catalogue");
        let loaded = Catalogue::load_with_anchors(folder.path(), &[Path::new("/nowhere")]);
        loaded.is_ok_and(|catalogue| {
            for provider in catalogue.providers() {
                let _ = catalogue.trust_of(provider);
                let _ = provider.pin_rule();
            }
            true
        })
    })
}
