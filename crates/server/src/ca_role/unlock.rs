//! *Unlock*: an administrator's PIN out of escrow, sealed anew to one popup. Nobody else opens it, and nothing of it is
//! kept or logged.

use contract::Base64;
use contract::escrow::{self, EscrowPublicKey};
use issuer::order::{Refusal, Unlock, Unlocked};
use serde_json::json;
use store::orders::ClaimedOrder;

use super::{CaRole, Outcome, RoleError};

pub(super) fn unlock(
    role: &CaRole,
    order: &ClaimedOrder,
    body: &Unlock,
) -> Result<Outcome, RoleError> {
    let refused = Ok(Outcome::Refused(Refusal::Escrow));
    let device = body.device_serial.as_bytes();
    let escrowed = body.escrow.as_bytes();
    let Ok(pin) = escrow::open(&role.secrets.escrow, escrow::ESCROW_INFO, device, escrowed) else {
        return refused;
    };
    let Ok(recipient) = EscrowPublicKey::from_bytes(body.recipient.as_bytes()) else {
        return refused;
    };
    let aad = escrow::release_aad(&body.device_serial, order.id.as_str());
    let random = |out: &mut [u8]| role.random.fill(out);
    let Ok(sealed) = escrow::seal(&recipient, escrow::RELEASE_INFO, &aad, &pin, random) else {
        return refused;
    };
    let result = Unlocked {
        sealed: Base64(sealed),
    };
    Ok(Outcome::done(
        &result,
        json!({ "device_serial": body.device_serial }),
    ))
}
