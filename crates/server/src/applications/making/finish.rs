//! What was written to the token and read back ends the production; a renewal's binding moves with it.

use contract::{AgentResponse, ErrorCode};
use domain::Id;
use domain::application::{Effect, Event};
use issuer::order::Issued;
use pki::Certificate;
use store::applications::Application;
use store::applications::productions::{self, Production};
use store::bindings;
use store::{Deed, StoreError, Tx};

use super::{answered, sha256};
use crate::applications::view::{self, Detail};
use crate::applications::{Caller, Context, Fault};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// Takes that certificates were written: the holder's own renewal, or an operator's production.
///
/// # Errors
/// `application_state` while nothing was issued; `production_mismatch` where the token holds something else; what the
/// step refuses.
pub async fn written(
    state: &AppState,
    tenant: &Tenant,
    caller: &Caller,
    production: &Production,
    last: &AgentResponse,
) -> Result<Detail, Problem> {
    let (result, certificate) = read_back(state, tenant, production, last).await?;
    let actor = caller.actor();
    let deed = Finish {
        context: Context::of(state, tenant, caller, &actor),
        application: &production.application,
        production,
        result: &result,
        certificate: Some(&certificate),
        event: Event::Written,
    };
    let done = state.store.perform(&deed).await??;
    view::detail(state, tenant, caller, &done).await
}

/// Takes the agent's last word: what it read back from the token is what the CA issued, or nothing happens.
pub struct Finish<'a> {
    /// The context.
    pub context: Context<'a>,
    /// The application.
    pub application: &'a Id,
    /// The production.
    pub production: &'a Production,
    /// What the CA answered, JSON.
    pub result: &'a str,
    /// The signing certificate of it; nothing for an unlock.
    pub certificate: Option<&'a Certificate>,
    /// What it means.
    pub event: Event,
}

impl Deed for Finish<'_> {
    type Done = Application;
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Application, Fault>, StoreError> {
        let (platform, now) = (self.context.platform, self.context.now);
        let mut application = match self.context.lock(tx, self.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        let id = &self.production.id;
        if !productions::written(tx.connection(), platform, id, self.result, now).await? {
            // Told twice, after the answer to the first was lost: what stands is right.
            let latest = productions::latest(tx.connection(), platform, self.application).await?;
            let done = latest.is_some_and(|latest| latest.id == *id && latest.state == "written");
            return Ok(if done {
                Ok(application)
            } else {
                Err(Fault::Version)
            });
        }
        if self.certificate.is_some() {
            application.new_key_number = Some(self.production.key_number.clone());
        }
        // A renewed key keeps its number, so its binding stands on the new certificate from here on.
        if let Some(certificate) = self.certificate.filter(|_| self.production.kind == "renew") {
            self.move_binding(tx, certificate).await?;
        }
        let stepped = self
            .context
            .advance(tx, &mut application, &self.event, None)
            .await?;
        Ok(stepped.map(|effects| {
            debug_assert!(effects.iter().all(|effect| *effect == Effect::MoveBinding));
            application
        }))
    }
}

impl Finish<'_> {
    /// The binding goes on with the new certificate; the earlier one stays in its chain.
    async fn move_binding(
        &self,
        tx: &mut Tx<'_>,
        certificate: &Certificate,
    ) -> Result<(), StoreError> {
        let (platform, now) = (self.context.platform, self.context.now);
        let number = &self.production.key_number;
        let Some(old) = bindings::by_key_number(tx.connection(), platform, number).await? else {
            return Ok(());
        };
        bindings::chain::take_certificate(
            tx.connection(),
            platform,
            &old.id,
            certificate.der(),
            certificate.not_after().into(),
            bindings::By::Account(&self.production.begun_by),
            now,
        )
        .await?;
        Ok(())
    }
}

/// Compares what was read back with what was issued.
///
/// # Errors
/// `application_state` while nothing was issued; `production_mismatch` where the token holds something else.
async fn read_back(
    state: &AppState,
    tenant: &Tenant,
    production: &Production,
    last: &AgentResponse,
) -> Result<(String, Certificate), Problem> {
    let AgentResponse::Written {
        device_serial,
        signing_sha256,
        encryption_sha256,
        read_back: true,
    } = last
    else {
        return Err(Problem::of(ErrorCode::Invalid).with_detail(
            "客户端没有写入证书",
            "The client did not write the certificates",
        ));
    };
    let result = answered(state, tenant, production).await?;
    let issued: Issued =
        serde_json::from_str(&result).map_err(|_| Problem::of(ErrorCode::Internal))?;
    let encryption = issued.encryption.as_ref().map(|der| sha256(der.as_bytes()));
    let fits = production.device_serial.as_ref() == Some(device_serial)
        && *signing_sha256 == sha256(issued.signing.as_bytes())
        && *encryption_sha256 == encryption;
    if !fits {
        return Err(Problem::of(ErrorCode::ProductionMismatch).with_detail(
            "从锁中读回的证书与签发的不一致，请重新写入",
            "What was read back is not what was issued; write it again",
        ));
    }
    let certificate = Certificate::from_der(issued.signing.as_bytes())
        .map_err(|_| Problem::of(ErrorCode::Internal))?;
    Ok((result, certificate))
}
