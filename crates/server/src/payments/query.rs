//! The server's side of lost notifications: a job asks the gateway what became of a payment, and the money is booked
//! in one place whether a notification or an answer brought the news.

use std::time::Duration;

use contract::ErrorCode;
use domain::application::Event;
use domain::{Id, Span, Timestamp};
use store::applications::payments::{self, Arrival};
use store::jobs::{self, Job, NewJob};
use store::{Deed, StoreError, Tx};

use super::{
    Ask, Asking, GatewayKey, MAC_HEADER, MAX_MESSAGE, Notification, Purpose, Query, Status,
};
use crate::AppState;
use crate::applications::{Context, Fault};
use crate::system::SystemClock;

/// The kind of the job.
pub const JOB: &str = "payment_query";
/// When a payment that nothing was heard of is asked about first, and then again.
pub const AFTER: Span = Span::minutes(2);
/// A payment that nobody paid is not asked about any longer than this.
const LONGEST: Span = Span::hours(48);
const TIME: Duration = Duration::from_secs(10);

/// Asks over HTTP.
pub struct HttpAsk {
    key: GatewayKey,
    address: String,
    client: reqwest::Client,
}

impl HttpAsk {
    /// A client with limits.
    ///
    /// # Errors
    /// The client's own.
    pub fn new(key: GatewayKey, address: String) -> Result<Self, reqwest::Error> {
        let client = evidence::client().timeout(TIME).build()?;
        Ok(Self {
            key,
            address,
            client,
        })
    }

    async fn ask(&self, payment: &str) -> Result<Status, String> {
        use domain::Clock as _;
        let query = Query {
            payment: payment.to_owned(),
        };
        let body = serde_json::to_vec(&query).map_err(|error| error.to_string())?;
        let stamp = self.key.sign(Purpose::Query, SystemClock.now(), &body);
        let answer = self
            .client
            .post(format!("{}/status", self.address))
            .header(MAC_HEADER, stamp)
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let stamp = answer
            .headers()
            .get(MAC_HEADER)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        if answer
            .content_length()
            .is_none_or(|length| length > MAX_MESSAGE as u64)
        {
            return Err("the answer is too long, or does not say how long it is".into());
        }
        let body = answer.bytes().await.map_err(|error| error.to_string())?;
        self.key
            .verify(Purpose::Status, &stamp, &body, SystemClock.now())
            .map_err(|error| error.to_string())?;
        let status: Status = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        if status.payment == payment {
            Ok(status)
        } else {
            Err("the answer is about another payment".into())
        }
    }
}

impl Ask for HttpAsk {
    fn status<'a>(&'a self, payment: &'a str) -> Asking<'a> {
        Box::pin(self.ask(payment))
    }
}

/// Asks about the job's payment: books what was paid, or comes back later.
///
/// # Errors
/// Those of the database.
pub async fn run(state: &AppState, job: &Job) -> Result<(), StoreError> {
    let answer = match &state.gateway.ask {
        Some(ask) => ask.status(&job.subject).await,
        None => Err("there is no gateway".to_owned()),
    };
    if let Err(error) = &answer {
        tracing::warn!(%error, payment = %job.subject, "the gateway could not be asked");
    }
    let paid = answer.ok().and_then(|status| status.paid);
    let Ok(payment) = job.subject.parse::<Id>() else {
        return Ok(());
    };
    let rules = state.current_rules();
    let context = Context::of_system(state, &job.platform, &rules);
    if let Some(notification) = &paid {
        let deed = Book {
            context,
            payment: &payment,
            notification,
            body: "",
        };
        if let Err(fault) = state.store.perform(&deed).await? {
            tracing::warn!(?fault, %payment, "what the gateway answered could not be booked");
        }
    }
    let deed = After {
        job,
        payment: &payment,
        id: state.new_id(),
        now: state.now(),
    };
    let Ok(()) = state.store.perform(&deed).await?;
    Ok(())
}

struct After<'a> {
    job: &'a Job,
    payment: &'a Id,
    id: Id,
    now: Timestamp,
}

impl Deed for After<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        if !jobs::finish(tx.connection(), self.job, self.now).await? {
            return Ok(Ok(()));
        }
        let payment = payments::by_id(tx.connection(), &self.job.platform, self.payment).await?;
        let open = payment.filter(|payment| payment.state == "waiting");
        if let Some(payment) = open.filter(|payment| self.now < payment.created_at + LONGEST) {
            // Each round waits as long as the payment is old: after two minutes, four, eight …
            let age = self.now.since(payment.created_at).whole_seconds();
            let next = NewJob {
                id: &self.id,
                platform: &self.job.platform,
                kind: JOB,
                subject: self.payment.as_str(),
                due_at: self.now + Span::seconds(age.clamp(120, 6 * 3600)),
            };
            jobs::schedule(tx.connection(), &next).await?;
        }
        Ok(Ok(()))
    }
}

/// Books what a gateway says: once a notification, once a payment. Money that fits no open price goes back.
pub struct Book<'a> {
    /// The server's context.
    pub context: Context<'a>,
    /// Which payment.
    pub payment: &'a Id,
    /// What came.
    pub notification: &'a Notification,
    /// Its exact bytes, kept as evidence.
    pub body: &'a str,
}

impl Deed for Book<'_> {
    type Done = &'static str;
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<&'static str, Fault>, StoreError> {
        let (platform, now) = (self.context.platform, self.context.now);
        let Some(payment) = payments::by_id(tx.connection(), platform, self.payment).await? else {
            return Ok(Err(Fault::NotFound));
        };
        // The order of locks is always application → payment.
        let mut application = match self.context.lock(tx, &payment.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        let fits = self.notification.amount == payment.amount;
        let wanted = fits && !application.facts.paid && !application.facts.state.is_final();
        let outcome = match (fits, wanted) {
            (false, _) => "amount_mismatch",
            (true, false) => "not_wanted",
            (true, true) => "confirmed",
        };
        let id = &self.notification.id;
        if !payments::note(
            tx.connection(),
            platform,
            id,
            self.payment,
            self.body,
            outcome,
            now,
        )
        .await?
        {
            return Ok(Ok("known"));
        }
        let arrival = Arrival {
            state: if wanted { "confirmed" } else { "refund_due" },
            amount: self.notification.amount,
            reference: &self.notification.reference,
            by: None,
            refund_reason: (!wanted).then_some(outcome),
            at: now,
        };
        if !payments::arrived(tx.connection(), platform, self.payment, &arrival).await? {
            // Settled before: the same money told twice under two ids.
            return Ok(Ok("settled"));
        }
        if !fits {
            tracing::warn!(payment = %self.payment, "a gateway's amount does not fit");
            let note = format!(
                "到账 {} 分，应付 {} 分，待退回",
                self.notification.amount, payment.amount
            );
            return self
                .context
                .note(tx, &application, "payment_mismatch", &note)
                .await
                .map(|()| Ok(outcome));
        }
        let stepped = self
            .context
            .advance(
                tx,
                &mut application,
                &Event::Paid,
                Some(&self.notification.reference),
            )
            .await?;
        Ok(stepped.map(|_| outcome))
    }
}

/// The refusal of money that does not fit, for the desk.
#[must_use]
pub const fn mismatch() -> Fault {
    Fault::Other(
        ErrorCode::AmountMismatch,
        "到账金额与应付金额不符，请登记为待退款",
        "What came is not what was owed: book it as to be refunded",
    )
}
