//! `POST /api/v1/operator/applications/{id}/invoice`: uploads the electronic invoice; the account is told. The number comes
//! in the header `x-invoice-number`; the body is a PDF or an OFD.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use contract::ErrorCode;
use domain::Id;
use domain::application::{Duty, Form};
use store::applications::materials::{self, Invoice};
use store::{Deed, StoreError, Tx};

use crate::applications::caller::Desk;
use crate::applications::files::{MAX_UPLOAD, check_upload};
use crate::applications::{Context, Fault};
use crate::files::{FileError, Mapped};
use crate::http::applications::originals::short;
use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// 201.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    Desk(caller): Desk,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    caller.require(Duty::Finance)?;
    let number = headers
        .get("x-invoice-number")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let number = short(number)?;
    let application = caller.find(&state, &tenant, &id).await?;
    check_upload(&headers)?;
    let received = state.files.receive_up_to(body, MAX_UPLOAD).await?;
    let mapped = Mapped::open(&received.path).map_err(FileError::from)?;
    let bytes = (*mapped).as_ref();
    // OFD is a ZIP that begins with its first entry (GB/T 33190).
    let media_type = if bytes.starts_with(b"%PDF-") {
        "application/pdf"
    } else if bytes.starts_with(b"PK\x03\x04") {
        "application/ofd"
    } else {
        return Err(Problem::of(ErrorCode::Invalid).with_detail(
            "电子发票须为 PDF 或 OFD 文件",
            "An invoice is a PDF or an OFD",
        ));
    };
    drop(mapped);
    let invoice = Invoice {
        number,
        object: format!("invoices/{}/{}", application.id, state.new_id()),
        media_type: media_type.to_owned(),
        size: i64::try_from(received.size).unwrap_or(i64::MAX),
        sha256: received.sha256.clone(),
        issued_at: state.now(),
    };
    state.files.put(&invoice.object, received).await?;
    let actor = caller.actor();
    let deed = Issue {
        context: Context::of(&state, &tenant, &caller, &actor),
        application: &application.id,
        invoice: &invoice,
        by: caller.id(),
    };
    match state.store.perform(&deed).await {
        Ok(Ok(())) => Ok(StatusCode::CREATED),
        Ok(Err(fault)) => {
            state.files.discard(&invoice.object).await;
            Err(fault.into())
        }
        Err(error) => {
            state.files.discard(&invoice.object).await;
            Err(error.into())
        }
    }
}

struct Issue<'a> {
    context: Context<'a>,
    application: &'a Id,
    invoice: &'a Invoice,
    by: &'a Id,
}

impl Deed for Issue<'_> {
    type Done = ();
    type Refused = Fault;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Fault>, StoreError> {
        let platform = self.context.platform;
        let application = match self.context.lock(tx, self.application).await? {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        if !application.facts.is_kept() {
            return Ok(Err(Fault::Other(
                ErrorCode::ApplicationState,
                "费用尚未到账，不能开票",
                "The fee has not come: no invoice",
            )));
        }
        let kept = materials::insert_invoice(
            tx.connection(),
            platform,
            self.application,
            self.invoice,
            self.by,
        )
        .await?;
        if !kept {
            return Ok(Err(Fault::Other(
                ErrorCode::ApplicationState,
                "该申请已开票，或发票号码已被使用",
                "There is an invoice already, or its number is another's",
            )));
        }
        let number = self.invoice.number.as_str();
        let facts = serde_json::json!({
            "application": application.id, "number": application.number, "invoice": number,
        });
        let subject = application.id.as_str();
        self.context
            .notice(tx, &application, "invoice_issued", subject, &facts)
            .await?;
        let form: Form = serde_json::from_str(&application.form).unwrap_or_default();
        let words = format!(
            "申请 {} 的电子发票 {number} 已开具，请登录平台下载。",
            application.number
        );
        self.context
            .message(tx, "mail", form.invoice.email, "invoice_issued", words)
            .await?;
        self.context
            .note(tx, &application, "invoice_issued", number)
            .await?;
        Ok(Ok(()))
    }
}
