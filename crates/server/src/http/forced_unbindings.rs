//! `/api/v1/forced-unbindings` (强制解绑): asked for by whoever holds a key that is bound to somebody else, with evidence;
//! approved by two operators, then a waiting time in which the old owner may object ([`domain::binding::forced`]).

use contract::ErrorCode;
use domain::audit::Entry;
use domain::binding::forced::{Event, ForcedRefusal, State as Stage, step};
use domain::binding::{masked_account, masked_organisation};
use domain::{Id, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::bindings::forced::{self, Forced, Said};
use store::bindings::{self, By, EndReason};
use store::jobs::{self, NewJob};
use store::notices::{self, NewNotice};
use store::organisations::papers::{self, With};
use store::{Deed, StoreError, Tx, accounts, sessions};

use crate::http::bindings::ProviderBody;
use crate::http::extract::Tenant;
use crate::http::papers::PaperBody;
use crate::http::time::rfc3339;
use crate::{AppState, Problem};

pub mod create;
pub mod list;
pub mod materials;
pub mod object;
pub mod show;
pub mod submit;
pub mod withdraw;

/// The job that ends the binding when the waiting time is over.
pub const JOB: &str = "forced_unbinding";

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Whoever asked: the owner is masked.
    Requester,
    /// The old owner, or their administrator.
    Owner,
    /// An operator; with who they are.
    Operator,
}

/// A forced unbinding in JSON.
#[derive(Debug, Serialize)]
pub struct ForcedBody {
    id: String,
    binding_id: String,
    key_number: String,
    provider: ProviderBody,
    /// `requester`, `owner` or `operator`: as whom it is seen.
    seen_as: &'static str,
    owner: PartyBody,
    requested_by: PartyBody,
    reason: String,
    state: &'static str,
    version: i64,
    waits_until: Option<String>,
    objection: Option<String>,
    rejection: Option<String>,
    created_at: String,
    submitted_at: Option<String>,
    ended_at: Option<String>,
    materials: Vec<PaperBody>,
    history: Vec<StepBody>,
    next: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct PartyBody {
    organisation: String,
    account: String,
}

#[derive(Debug, Serialize)]
struct StepBody {
    at: String,
    state: String,
    by_role: String,
    note: Option<String>,
}

impl Viewer {
    const fn word(self) -> &'static str {
        match self {
            Self::Requester => "requester",
            Self::Owner => "owner",
            Self::Operator => "operator",
        }
    }
}

/// One with its papers and its history. The old owner sees no papers: they are between whoever asked and the operators.
///
/// # Errors
/// Those of the database.
pub async fn describe(
    state: &AppState,
    tenant: &Tenant,
    forced: &Forced,
    viewer: Viewer,
) -> Result<ForcedBody, Problem> {
    let papers = match viewer {
        Viewer::Owner => Vec::new(),
        Viewer::Requester | Viewer::Operator => {
            let with = With::Forced(&forced.id);
            state.store.papers(tenant.id(), with).await?
        }
    };
    let history = state.store.forced_history(tenant.id(), &forced.id).await?;
    let party = |organisation: &str, account: &str, open: bool| PartyBody {
        organisation: if open {
            organisation.to_owned()
        } else {
            masked_organisation(organisation)
        },
        account: if open {
            account.to_owned()
        } else {
            masked_account(account)
        },
    };
    let time = |at: Option<Timestamp>| at.map(rfc3339);
    Ok(ForcedBody {
        id: forced.id.to_string(),
        binding_id: forced.binding.to_string(),
        key_number: forced.key_number.clone(),
        provider: ProviderBody::of(tenant, &forced.provider),
        seen_as: viewer.word(),
        owner: party(
            &forced.owner_organisation,
            &forced.owner_name,
            viewer != Viewer::Requester,
        ),
        requested_by: PartyBody {
            organisation: forced.organisation_name.clone(),
            account: if viewer == Viewer::Owner {
                masked_account(&forced.account_name)
            } else {
                forced.account_name.clone()
            },
        },
        reason: forced.reason.clone(),
        state: forced.facts.state.word(),
        version: forced.version,
        waits_until: time(forced.facts.waits_until),
        objection: forced.objection.clone(),
        rejection: forced.rejection.clone(),
        created_at: rfc3339(forced.created_at),
        submitted_at: time(forced.submitted_at),
        ended_at: time(forced.ended_at),
        materials: papers.iter().map(PaperBody::of).collect(),
        history: history
            .into_iter()
            .map(|step| StepBody {
                at: rfc3339(step.at),
                state: step.state,
                by_role: step.by_role,
                note: step.note,
            })
            .collect(),
        next: next(forced, viewer, state.now()),
    })
}

fn next(forced: &Forced, viewer: Viewer, now: Timestamp) -> Vec<&'static str> {
    let nobody = Id::new(now, &Zeros);
    let may = |event: &Event| step(&forced.facts, event, now).is_ok();
    let approve = Event::Approve {
        by: nobody,
        until: now,
    };
    let events: &[(&'static str, Event)] = match viewer {
        Viewer::Requester => &[
            ("submit", Event::Submit { papers: 1 }),
            ("withdraw", Event::Withdraw),
        ],
        Viewer::Owner => &[("object", Event::Object)],
        Viewer::Operator => &[("approve", approve), ("reject", Event::Reject)],
    };
    events
        .iter()
        .filter(|(_, event)| may(event))
        .map(|(word, _)| *word)
        .collect()
}

/// An id that is nobody's, to ask whether anybody may approve.
struct Zeros;
impl domain::Randomness for Zeros {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

/// A step, whoever takes it. What it leads to is written with it: words to both sides, the job, the end of the binding.
pub struct Take<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The forced unbinding.
    pub forced: &'a Id,
    /// What happens; the number of papers of a submission is counted here.
    pub event: Event,
    /// Who, and what they say.
    pub said: Said<'a>,
    /// The job that was claimed, when the waiting time is over.
    pub job: Option<&'a jobs::Job>,
    /// Ids for what is written.
    pub ids: [Id; 4],
    /// Now.
    pub now: Timestamp,
}

impl<'a> Take<'a> {
    /// A step of now.
    #[must_use]
    pub fn new(
        state: &AppState,
        tenant: &'a str,
        forced: &'a Id,
        event: Event,
        said: Said<'a>,
    ) -> Self {
        Self {
            platform: tenant,
            forced,
            event,
            said,
            job: None,
            ids: std::array::from_fn(|_| state.new_id()),
            now: state.now(),
        }
    }
}

impl From<ForcedRefusal> for Problem {
    fn from(refusal: ForcedRefusal) -> Self {
        match refusal {
            ForcedRefusal::State => ErrorCode::RequestState.into(),
            ForcedRefusal::SamePerson => ErrorCode::SamePerson.into(),
            ForcedRefusal::NoEvidence => ErrorCode::EvidenceMissing.into(),
            ForcedRefusal::TooEarly => Self::of(ErrorCode::RequestState)
                .with_detail("等待期尚未结束", "The waiting time is not over"),
        }
    }
}

impl Deed for Take<'_> {
    type Done = ();
    type Refused = Problem;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Problem>, StoreError> {
        let (platform, now) = (self.platform, self.now);
        if let Some(job) = self.job
            && !jobs::finish(tx.connection(), job, now).await?
        {
            return Ok(Ok(()));
        }
        // The order is account, then what is about its keys.
        let Some(seen) = forced::lock(tx.connection(), platform, self.forced).await? else {
            return Ok(Err(ErrorCode::NotFound.into()));
        };
        let event = match &self.event {
            Event::Submit { .. } => {
                let with = With::Forced(self.forced);
                let papers = papers::with(tx.connection(), platform, with).await?.len();
                Event::Submit { papers }
            }
            other => other.clone(),
        };
        let facts = match step(&seen.facts, &event, now) {
            Ok(facts) => facts,
            // A job that comes late, or whose matter was decided otherwise, has nothing to do.
            Err(_) if self.job.is_some() => return Ok(Ok(())),
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let [job, to_owner, to_requester, entry] = &self.ids;
        if facts.state == Stage::Done {
            self.end_binding(tx, &seen).await?;
        }
        forced::step(
            tx.connection(),
            platform,
            self.forced,
            &facts,
            self.said,
            now,
        )
        .await?;
        if facts.state == Stage::Waiting {
            let new = NewJob {
                id: job,
                platform,
                kind: JOB,
                subject: self.forced.as_str(),
                due_at: facts.waits_until.unwrap_or(now).max(now),
            };
            jobs::schedule(tx.connection(), &new).await?;
        }
        if facts.state == Stage::Objected || facts.state.is_final() && self.job.is_none() {
            jobs::cancel(tx.connection(), JOB, self.forced.as_str(), now).await?;
        }
        let told = |kind: &str| format!("{kind}:{}", facts.state.word());
        let words = json!({
            "key_number": seen.key_number, "provider": seen.provider, "state": facts.state.word(),
            "requested_by": seen.organisation_name, "waits_until": facts.waits_until.map(rfc3339), "at": rfc3339(now),
        });
        if facts.state != Stage::Withdrawn || seen.facts.state != Stage::Draft {
            for (id, account, kind) in [
                (to_owner, &seen.owner, "forced_unbinding_against"),
                (to_requester, &seen.account, "forced_unbinding_asked"),
            ] {
                let subject = format!("{}:{}", self.forced, told(kind));
                let notice = NewNotice {
                    id,
                    platform,
                    account,
                    kind,
                    subject: &subject,
                    facts: &words.to_string(),
                    at: now,
                };
                notices::tell(tx.connection(), &notice).await?;
            }
        }
        let detail = json!({ "state": facts.state.word(), "key": tx.pseudonym(&seen.key_number) });
        tx.record(&Entry {
            id: entry.clone(),
            platform: platform.to_owned(),
            at: now,
            action: "forced_unbinding.stepped".into(),
            actor: self.said.by.cloned(),
            subject: Some(self.forced.to_string()),
            detail: detail.to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}

impl Take<'_> {
    /// The binding ends, and whoever was logged in with the key is logged out.
    async fn end_binding(&self, tx: &mut Tx<'_>, seen: &Forced) -> Result<(), StoreError> {
        let (platform, now) = (self.platform, self.now);
        accounts::lock(tx.connection(), platform, &seen.owner).await?;
        let (reason, by) = (EndReason::Forced, By::System);
        let ended =
            bindings::end_for(tx.connection(), platform, &seen.binding, reason, by, now).await?;
        if ended {
            sessions::end_of_key(
                tx.connection(),
                platform,
                &seen.owner,
                &seen.key_number,
                None,
                now,
            )
            .await?;
        }
        Ok(())
    }
}

/// Ends a binding whose waiting time is over.
///
/// # Errors
/// Those of the database.
pub async fn time_over(state: &AppState, job: &jobs::Job) -> Result<(), StoreError> {
    let Ok(forced) = job.subject.parse::<Id>() else {
        return Err(StoreError::Impossible("job.subject"));
    };
    let said = Said {
        role: "system",
        by: None,
        note: None,
    };
    let mut deed = Take::new(state, &job.platform, &forced, Event::TimeOver, said);
    deed.job = Some(job);
    if let Err(problem) = state.store.perform(&deed).await? {
        tracing::warn!(code = problem.code().name(), "a forced unbinding was left");
    }
    Ok(())
}
