//! Keys being made, renewed and unlocked: what the agent said becomes an order to the CA, what the CA answered goes to
//! the agent. Every step can be done again after the key was pulled and leads to the same row, so no certificate is
//! orphaned and no key is delivered twice (`docs/protocol-writing.md`).

use contract::{AgentResponse, Base64, ErrorCode};
use domain::application::{Effect, Event, Form};
use domain::entropy::random_bytes;
use domain::{Id, Timestamp};
use issuer::order::{CertificateType, Issue, Issued, OrderKind, Refusal, Unlock, Unlocked};
use pki::pkcs10::CertificationRequest;
use pki::{Certificate, HashAlgorithm, Hasher};
use serde_json::{Value, json};
use store::applications::productions::{self, Prepared, Production};
use store::applications::{self, Application};
use store::bindings;
use store::orders::OrderState;
use store::{Deed, StoreError, Tx};

use super::{Context, Fault};
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// A new key's number: the provider's id, the day's application number and four digits more, so that a second try of
/// one application gets another.
#[must_use]
pub fn key_number(state: &AppState, application: &Application) -> String {
    let random = u32::from_be_bytes(random_bytes(&*state.random)) % 10_000;
    let digits = application.number.trim_start_matches("SL");
    format!("{}{digits}{random:04}", application.provider.to_uppercase())
}

/// The key that administrators' PINs are sealed to.
///
/// # Errors
/// `busy` while `yinxin ca` has never run.
pub async fn escrow_key(state: &AppState) -> Result<Base64, Problem> {
    let key = state.store.escrow_key().await?;
    key.map(|(_, bytes)| Base64(bytes)).ok_or_else(|| {
        Problem::of(ErrorCode::Busy).with_detail(
            "证书签发服务（yinxin ca）尚未启动，请联系运维",
            "The certification authority (yinxin ca) has not run yet",
        )
    })
}

fn sha256(bytes: &[u8]) -> String {
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    hasher.update(bytes);
    hex::encode(hasher.finalize())
}

/// A certification request whose signature is its own key's.
#[derive(Debug)]
pub struct Requested {
    /// DER.
    pub der: Vec<u8>,
    /// Lower-case hex, over the SubjectPublicKeyInfo.
    pub signing_key_sha256: String,
}

/// Reads a PKCS#10 and checks possession. What its subject says is not believed.
///
/// # Errors
/// `invalid`.
pub fn requested(request: &Base64) -> Result<Requested, Problem> {
    let refused = |why: String| {
        Problem::of(ErrorCode::Invalid).with_detail(
            "证书请求无效，请重新操作",
            format!("The request is not valid: {why}"),
        )
    };
    let parsed = CertificationRequest::from_der(request.as_bytes())
        .map_err(|error| refused(error.to_string()))?;
    parsed
        .verify()
        .map_err(|error| refused(error.to_string()))?;
    Ok(Requested {
        signing_key_sha256: sha256(parsed.public_key().spki_der()),
        der: request.as_bytes().to_vec(),
    })
}

/// The body of the order that asks for an application's certificates.
///
/// # Errors
/// `internal` where the catalogue lost the provider's offer.
pub fn issue(
    tenant: &Tenant,
    application: &Application,
    key_number: &str,
    requested: &Requested,
) -> Result<String, Problem> {
    let rules = tenant
        .rules
        .catalogue
        .provider(&application.provider)
        .and_then(|provider| provider.applications_on(tenant.id()))
        .ok_or(ErrorCode::Internal)?;
    let form: Form =
        serde_json::from_str(&application.form).map_err(|_| Problem::of(ErrorCode::Internal))?;
    let certificate_type = CertificateType::ALL
        .into_iter()
        .find(|known| known.name() == application.holder_type.word())
        .ok_or(ErrorCode::Internal)?;
    let issue = Issue {
        certificate_type,
        product: rules.product.to_string(),
        organisation: form.organisation.trim().to_owned(),
        uscc: form.uscc.trim().to_ascii_uppercase(),
        holder: form.holder.trim().to_owned(),
        key_number: key_number.to_owned(),
        years: u32::from(form.years),
        request: Base64(requested.der.clone()),
        encryption: rules.encryption,
        replaces: None,
    };
    serde_json::to_string(&issue).map_err(|_| ErrorCode::Internal.into())
}

/// Where a production stands, as the page reads it.
///
/// # Errors
/// Those of the store.
pub async fn body(
    state: &AppState,
    tenant: &Tenant,
    production: &Production,
) -> Result<Value, Problem> {
    let mut body = json!({
        "id": production.id, "state": production.state, "key_number": production.key_number,
        "device_serial": production.device_serial,
    });
    let Some(order) = &production.order else {
        return Ok(body);
    };
    let Some(order) = state.store.order(tenant.id(), order).await? else {
        return Ok(body);
    };
    match order.state {
        OrderState::Waiting => {}
        OrderState::Done { result, .. } => {
            let result: Value =
                serde_json::from_str(&result).map_err(|_| Problem::of(ErrorCode::Internal))?;
            if production.state == "waiting" {
                body["state"] = "issued".into();
            }
            if production.kind == "unlock" {
                body["authority"] = json!({ "order": order.id, "sealed": result["sealed"] });
            } else {
                body["certificates"] = result;
            }
        }
        OrderState::Refused { refusal, .. } => {
            body["state"] = "refused".into();
            let (zh, en) = Refusal::from_code(&refusal)
                .map_or(("CA 未受理", "The CA refused it"), Refusal::text);
            body["refusal"] = json!({ "code": refusal, "zh": zh, "en": en });
        }
    }
    Ok(body)
}

/// Takes what the agent prepared: the order goes to the CA in the transaction that keeps it.
pub struct Prepare<'a> {
    /// The context.
    pub context: Context<'a>,
    /// The application.
    pub application: &'a Id,
    /// The production; the latest one it must be.
    pub production: &'a Id,
    /// The token's serial.
    pub device_serial: &'a str,
    /// The key; nothing for an unlock.
    pub signing_key_sha256: Option<&'a str>,
    /// The administrator PIN, sealed.
    pub escrow: Option<String>,
    /// What is asked.
    pub kind: OrderKind,
    /// Its body.
    pub body: &'a str,
    /// The nonce of the old key's statement, spent here: its bytes and its end.
    pub nonce: Option<(&'a [u8; 32], Timestamp)>,
}

impl Deed for Prepare<'_> {
    type Done = Production;
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Production, Fault>, StoreError> {
        let (platform, now) = (self.context.platform, self.context.now);
        let application = match self.context.lock(tx, self.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        if let Err(fault) = self.context.allows(&application, &Event::Begin) {
            return Ok(Err(fault));
        }
        if let Some((nonce, ends)) = self.nonce
            && !store::nonces::spend(tx.connection(), platform, nonce, ends, now).await?
        {
            return Ok(Err(Fault::Other(
                ErrorCode::NonceUsed,
                "请求已被使用，请重新操作",
                "This challenge was used already; start again",
            )));
        }
        let latest = productions::latest(tx.connection(), platform, self.application)
            .await?
            .filter(|latest| latest.id == *self.production);
        let Some(mut production) = latest else {
            return Ok(Err(Fault::NotFound));
        };
        match production.state.as_str() {
            "begun" => {}
            // The same token once more, after it was pulled: the order stands.
            "waiting" | "written"
                if production.signing_key_sha256.as_deref() == self.signing_key_sha256
                    && self.signing_key_sha256.is_some() =>
            {
                return Ok(Ok(production));
            }
            _ => {
                return Ok(Err(Fault::Other(
                    ErrorCode::ProductionMismatch,
                    "这把锁与本次办理所用的不是同一把；如要换锁，请重新开始制证",
                    "This is not the token that was begun with; to take another, begin anew",
                )));
            }
        }
        if self.escrow.is_none() && self.kind == OrderKind::Issue && production.kind == "produce" {
            return Ok(Err(Fault::Other(
                ErrorCode::Invalid,
                "缺少管理员 PIN 的托管件，请换一把空白锁重新制证",
                "The administrator PIN in escrow is missing; take a blank token",
            )));
        }
        let order = self
            .context
            .order(
                tx,
                &application,
                self.kind,
                self.signing_key_sha256,
                self.body,
            )
            .await?;
        let Some(order) = order else {
            return Ok(Err(Fault::Other(
                ErrorCode::ProductionMismatch,
                "这把密钥已用于本申请的另一次办理，请重新生成密钥",
                "This key belongs to an earlier try of this application; make a new one",
            )));
        };
        let prepared = Prepared {
            device_serial: self.device_serial,
            signing_key_sha256: self.signing_key_sha256,
            escrow: self.escrow.as_deref(),
            order: &order,
            at: now,
        };
        if !productions::prepared(tx.connection(), platform, self.production, &prepared).await? {
            return Ok(Err(Fault::Version));
        }
        tx.record(&domain::audit::Entry {
            id: self.context.state.new_id(),
            platform: platform.to_owned(),
            at: now,
            action: "production.prepared".into(),
            actor: self.context.actor.person().map(|person| person.id().clone()),
            subject: Some(self.application.to_string()),
            detail: json!({ "production": self.production, "order": order, "key": self.signing_key_sha256 })
                .to_string(),
        })
        .await?;
        production.state = "waiting".into();
        production.order = Some(order);
        production.device_serial = Some(self.device_serial.to_owned());
        Ok(Ok(production))
    }
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

/// Compares what was read back with what was issued.
///
/// # Errors
/// `application_state` while nothing was issued; `production_mismatch` where the token holds something else.
pub async fn read_back(
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

/// What the CA answered to a production's order.
///
/// # Errors
/// `application_state` while it has not.
pub async fn answered(
    state: &AppState,
    tenant: &Tenant,
    production: &Production,
) -> Result<String, Problem> {
    let order = match &production.order {
        Some(order) => state.store.order(tenant.id(), order).await?,
        None => None,
    };
    match order.map(|order| order.state) {
        Some(OrderState::Done { result, .. }) => Ok(result),
        _ => Err(Problem::of(ErrorCode::ApplicationState)
            .with_detail("CA 尚未签发，请稍候", "The CA has not answered yet")),
    }
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

/// Begins a production, or gives the open one back.
pub struct Begin<'a> {
    /// The context.
    pub context: Context<'a>,
    /// The application.
    pub application: &'a Id,
    /// `produce`, `renew` or `unlock`.
    pub kind: &'static str,
    /// Gives an open one up and begins with another token.
    pub restart: bool,
    /// The intent for a production and its key number.
    pub intent: &'a (dyn Fn(&Application, &Id, &str) -> Option<String> + Sync),
    /// A sealed challenge that the old key is to answer, for an intent.
    pub challenge: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// Who begins.
    pub by: &'a Id,
}

impl Deed for Begin<'_> {
    type Done = (Application, Production);
    type Refused = Fault;
    async fn perform(
        &self,
        tx: &mut Tx<'_>,
    ) -> Result<Result<(Application, Production), Fault>, StoreError> {
        let (state, platform, now) = (self.context.state, self.context.platform, self.context.now);
        let mut application = match self.context.lock(tx, self.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        if let Err(fault) = self.context.allows(&application, &Event::Begin) {
            return Ok(Err(fault));
        }
        let latest = productions::latest(tx.connection(), platform, self.application).await?;
        let mut earlier_number = None;
        if let Some(mut open) =
            latest.filter(|one| matches!(one.state.as_str(), "begun" | "waiting"))
        {
            let refused = self.refusal(tx, &open).await?;
            if refused.is_none() && !self.restart {
                if let Some(challenge) = (self.challenge)(&open.intent) {
                    productions::challenge(tx.connection(), platform, &open.id, &challenge).await?;
                    open.challenge = Some(challenge);
                }
                return Ok(Ok((application, open)));
            }
            match refused {
                Some(why) => {
                    productions::refused(tx.connection(), platform, &open.id, &why, now).await?;
                }
                None => {
                    productions::abandon(tx.connection(), platform, &open.id, now).await?;
                    // What was issued to a token that nobody will hold is revoked: no certificate is orphaned.
                    if self.kind == "produce" && open.order.is_some() {
                        let body = issuer::order::Revocation {
                            key_number: open.key_number.clone(),
                            reason: issuer::order::Reason::Superseded,
                        };
                        let body = serde_json::to_string(&body)
                            .map_err(|_| StoreError::Impossible("order.body"))?;
                        self.context
                            .order(tx, &application, OrderKind::Revoke, None, &body)
                            .await?;
                    }
                }
            }
            earlier_number = Some(open.key_number);
        }
        let number = match self.kind {
            "produce" => key_number(state, &application),
            _ => earlier_number
                .or_else(|| application.key_number.clone())
                .ok_or(StoreError::Impossible("application.key_number"))?,
        };
        let id = state.new_id();
        let Some(intent) = (self.intent)(&application, &id, &number) else {
            return Ok(Err(Fault::Other(
                ErrorCode::Invalid,
                "申请信息中有不能显示的内容，请退回修改",
                "Something in the application can't be shown; return it for correction",
            )));
        };
        let production = Production {
            id,
            application: self.application.clone(),
            kind: self.kind.to_owned(),
            state: "begun".into(),
            key_number: number.clone(),
            challenge: (self.challenge)(&intent),
            intent,
            device_serial: None,
            signing_key_sha256: None,
            escrow: None,
            order: None,
            result: None,
            refusal: None,
            begun_by: self.by.clone(),
            begun_at: now,
        };
        if !productions::insert(tx.connection(), platform, &production).await? {
            return Ok(Err(Fault::Version));
        }
        if let Some(challenge) = &production.challenge {
            productions::challenge(tx.connection(), platform, &production.id, challenge).await?;
        }
        if self.kind == "produce" {
            application.new_key_number = Some(number);
        }
        applications::save(tx.connection(), platform, &application).await?;
        let stepped = self
            .context
            .advance(tx, &mut application, &Event::Begin, None)
            .await?;
        Ok(stepped.map(|_| (application, production)))
    }
}

impl Begin<'_> {
    /// Why the CA would not, where it would not.
    async fn refusal(
        &self,
        tx: &mut Tx<'_>,
        open: &Production,
    ) -> Result<Option<String>, StoreError> {
        let Some(order) = &open.order else {
            return Ok(None);
        };
        let (platform, id) = (self.context.platform, self.application.as_str());
        let orders = store::orders::of_application(tx.connection(), platform, id).await?;
        Ok(orders
            .into_iter()
            .find(|one| one.id == *order)
            .and_then(|one| match one.state {
                OrderState::Refused { refusal, .. } => Some(refusal),
                _ => None,
            }))
    }
}

/// The order that opens an escrow for one window.
///
/// # Errors
/// `internal`.
pub fn unlock_order(
    escrow: &str,
    device_serial: &str,
    recipient: &Base64,
) -> Result<String, Problem> {
    let escrow: Base64 = serde_json::from_value(Value::String(escrow.to_owned()))
        .map_err(|_| Problem::of(ErrorCode::Internal))?;
    let body = Unlock {
        escrow,
        device_serial: device_serial.to_owned(),
        recipient: recipient.clone(),
    };
    serde_json::to_string(&body).map_err(|_| ErrorCode::Internal.into())
}

/// Whether an answer of the CA is an unlock's.
#[must_use]
pub fn is_unlocked(result: &str) -> bool {
    serde_json::from_str::<Unlocked>(result).is_ok()
}
