//! `/api/v1/key-enquiries`: 请平台确认. A supplier asks the operator whether a key suits the platform.

pub mod create;
pub mod list;

use contract::ErrorCode;
use serde::Serialize;
use store::enquiries::Enquiry;

use crate::Problem;
use crate::http::bindings::ProviderBody;
use crate::http::extract::Tenant;
use crate::http::time::rfc3339;

/// Most characters of a note or an answer.
const WORDS: usize = 500;

/// A question in JSON.
#[derive(Debug, Serialize)]
pub struct EnquiryBody {
    id: String,
    provider: Option<ProviderBody>,
    key_number: Option<String>,
    holder: String,
    /// What the program said when it was asked.
    report: serde_json::Value,
    note: String,
    state: String,
    answer: Option<String>,
    asked_at: String,
    answered_at: Option<String>,
    /// Who asks: for the operator alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_by: Option<Asker>,
    /// Who answered: for the operator alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_by: Option<String>,
}

#[derive(Debug, Serialize)]
struct Asker {
    organisation: String,
    uscc: String,
    person: String,
    phone: String,
}

impl EnquiryBody {
    /// As the supplier sees it.
    #[must_use]
    pub fn of(tenant: &Tenant, enquiry: &Enquiry) -> Self {
        Self {
            id: enquiry.id.to_string(),
            provider: enquiry.provider.as_ref().map(|id| ProviderBody {
                id: id.clone(),
                name: tenant
                    .rules
                    .catalogue
                    .provider(id)
                    .map(|provider| provider.name.clone()),
            }),
            key_number: enquiry.key_number.clone(),
            holder: enquiry.holder.clone(),
            report: serde_json::from_str(&enquiry.report).unwrap_or_default(),
            note: enquiry.note.clone(),
            state: enquiry.state.clone(),
            answer: enquiry.answer.clone(),
            asked_at: rfc3339(enquiry.asked_at),
            answered_at: enquiry.answered_at.map(rfc3339),
            asked_by: None,
            answered_by: None,
        }
    }

    /// As the operator sees it: with whom to call.
    #[must_use]
    pub fn for_operator(tenant: &Tenant, enquiry: &Enquiry) -> Self {
        Self {
            asked_by: Some(Asker {
                organisation: enquiry.organisation.clone(),
                uscc: enquiry.uscc.clone(),
                person: enquiry.person.clone(),
                phone: enquiry.phone.clone(),
            }),
            answered_by: enquiry.answered_by.clone(),
            ..Self::of(tenant, enquiry)
        }
    }
}

/// A note or an answer: short, without control characters but for line ends.
///
/// # Errors
/// `invalid`.
pub fn words(text: &str) -> Result<String, Problem> {
    let text = text.trim().replace("\r\n", "\n");
    if text.chars().count() > WORDS || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Problem::of(ErrorCode::Invalid).with_detail(
            "说明至多 500 个字符，不能含有控制字符",
            "At most 500 characters, no control characters",
        ));
    }
    Ok(text)
}
