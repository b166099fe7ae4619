//! A production begins, or the open one comes back. What was issued to a token that is given up is revoked.

use contract::ErrorCode;
use domain::Id;
use domain::application::Event;
use domain::entropy::random_bytes;
use issuer::order::OrderKind;
use store::applications::productions::{self, Production};
use store::applications::{self, Application};
use store::orders::OrderState;
use store::{Deed, StoreError, Tx};

use crate::AppState;
use crate::applications::{Context, Fault};

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

/// A new key's number: the provider's id, the day's application number and four digits more, so that a second try of
/// one application gets another.
fn key_number(state: &AppState, application: &Application) -> String {
    let random = u32::from_be_bytes(random_bytes(&*state.random)) % 10_000;
    let digits = application.number.trim_start_matches("SL");
    format!("{}{digits}{random:04}", application.provider.to_uppercase())
}
