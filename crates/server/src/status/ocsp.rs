//! Answering for certificates: made ahead where that suffices, signed now where a nonce asks for it.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{Span, Timestamp};
use issuer::ocsp::{Answering, Inquiry, Known, Responder, responder_template};
use pki::crl::RevocationReason;
use store::status::{self, IssuedStatus, Presigned, Role};
use store::{Deed, StoreError, Tx};

use super::signers::{self, Life};
use crate::AppState;
use crate::authority::vault::AuthorityKey;
use crate::authority::{Authorities, AuthorityError};

/// nocheck holds for a delegate's whole life, so it is short.
const LIFE: Life = Life {
    days: 30,
    renewed_at: 10,
};
/// How long an answer to a nonce counts.
const LIVE: Span = Span::hours(1);
/// How long an answer that was made ahead counts.
const AHEAD: Span = Span::hours(12);
/// When the next one is made.
const DUE: Span = Span::hours(6);

/// An opened responder.
pub struct Desk {
    id: String,
    responder: Responder,
    key: Arc<dyn AuthorityKey>,
}

/// What is sent back.
pub struct Answer {
    /// The DER OCSPResponse.
    pub body: Vec<u8>,
    /// Until when it may be served again; nothing for what answers one question alone.
    pub until: Option<Timestamp>,
}

/// Answers a request, DER.
///
/// # Errors
/// [`AuthorityError::Unknown`] where nobody answers under this id, else what failed. What is wrong with the request is
/// told in an answer.
pub async fn answer(state: &AppState, id: &str, request: &[u8]) -> Result<Answer, AuthorityError> {
    let desk = open(state, id).await?;
    let inquiry = match desk.responder.read(request) {
        Ok(inquiry) => inquiry,
        Err(refusal) => {
            return Ok(Answer {
                body: refusal.response(),
                until: None,
            });
        }
    };
    let now = state.now();
    if let Some(serial) = inquiry.presigned() {
        if let Some((body, until)) = state.store.presigned(id, &serial, now).await? {
            return Ok(Answer {
                body,
                until: Some(until),
            });
        }
        if let Some(status) = state.store.issued_status(id, &serial).await? {
            let made = desk.ahead(&status, now)?;
            let Ok(()) = state.store.perform(&Keep(&made)).await?;
            return Ok(Answer {
                body: made.response,
                until: Some(made.next_update),
            });
        }
    }
    let mut known: HashMap<String, Known> = HashMap::new();
    for serial in inquiry.serials() {
        if let Some(status) = state.store.issued_status(id, &serial).await? {
            known.insert(serial, said(&status));
        }
    }
    let body = desk.sign(&inquiry, &known, now, now + LIVE)?;
    Ok(Answer { body, until: None })
}

/// The responder of an issuing authority; its pre-signing begins when it is first opened.
pub(super) async fn open(state: &AppState, id: &str) -> Result<Arc<Desk>, AuthorityError> {
    if let Some(desk) = state.status.responders.current(id, state.now()) {
        return Ok(desk);
    }
    let opened = signers::open(
        &state.authorities,
        id,
        Role::Ocsp,
        &LIFE,
        responder_template,
    )
    .await?;
    let desk = Desk {
        id: id.to_owned(),
        responder: Responder::delegated(&opened.authority, &opened.certificate)?,
        key: opened.key,
    };
    Ok(state.status.responders.keep(id, desk, opened.until))
}

/// Sees that the responder of an issuing authority has a certificate that lasts.
pub(super) async fn certify(authorities: &Authorities, id: &str) -> Result<(), AuthorityError> {
    signers::open(authorities, id, Role::Ocsp, &LIFE, responder_template)
        .await
        .map(drop)
}

impl Desk {
    /// The answer about one certificate, made ahead.
    pub(super) fn ahead(
        &self,
        status: &IssuedStatus,
        now: Timestamp,
    ) -> Result<Presigned, AuthorityError> {
        // Responses have whole seconds.
        let this_update = Timestamp::from_seconds(now.seconds());
        let next_update = this_update + AHEAD;
        let inquiry = Inquiry::of_serial(&self.responder, &status.serial)?;
        let known = HashMap::from([(status.serial.clone(), said(status))]);
        Ok(Presigned {
            issuer: self.id.clone(),
            serial: status.serial.clone(),
            revoked_at: status.revoked.as_ref().map(|(at, _)| *at),
            this_update,
            due_at: this_update + DUE,
            next_update,
            response: self.sign(&inquiry, &known, this_update, next_update)?,
        })
    }

    fn sign(
        &self,
        inquiry: &Inquiry,
        known: &HashMap<String, Known>,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<u8>, AuthorityError> {
        let answering = Answering::begin(
            &self.responder,
            inquiry,
            |serial| known.get(serial).copied().unwrap_or(Known::Unknown),
            now.into(),
            until.into(),
        );
        let signature = self.key.sign(answering.tbs())?;
        Ok(answering.finish(&signature)?)
    }
}

fn said(status: &IssuedStatus) -> Known {
    match &status.revoked {
        None => Known::Good,
        Some((at, reason)) => Known::Revoked {
            at: (*at).into(),
            reason: RevocationReason::from_name(reason).unwrap_or(RevocationReason::Unspecified),
        },
    }
}

struct Keep<'a>(&'a Presigned);

impl Deed for Keep<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        status::keep_presigned(tx.connection(), self.0).await?;
        Ok(Ok(()))
    }
}
