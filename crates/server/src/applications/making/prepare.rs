//! What the agent prepared becomes an order to the CA.

use contract::ErrorCode;
use domain::application::Event;
use domain::{Id, Timestamp};
use issuer::order::OrderKind;
use serde_json::json;
use store::applications::productions::{self, Prepared, Production};
use store::{Deed, StoreError, Tx};

use crate::applications::{Context, Fault};

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
