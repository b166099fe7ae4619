//! `POST /api/v1/organisations`: registers an organisation with its administrator's account.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::ErrorCode;
use domain::audit::Entry;
use domain::password::Password;
use domain::registration::{AccountName, DisplayName, Phone, ShapeError};
use domain::uscc::{Uscc, UsccError};
use domain::{Id, Timestamp};
use serde::Deserialize;
use store::accounts::{self, Account, NewAccount, NewOrganisation, Organisation, people};
use store::{Deed, StoreError, Tx};

use crate::http::account::new_password;
use crate::http::extract::Tenant;
use crate::http::json::JsonBody;
use crate::http::phone_codes::{Look, Purpose, spend};
use crate::http::session::AccountBody;
use crate::{AppState, Problem};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    organisation_name: String,
    uscc: String,
    phone: String,
    person: String,
    account: String,
    password: String,
    /// The code that came to the telephone, where it is verified at once.
    phone_code: Option<String>,
}

/// 201 with the account. The organisation's existence is not verified here: only its code's check character is.
pub async fn handler(
    State(state): State<AppState>,
    tenant: Tenant,
    JsonBody(form): JsonBody<Form>,
) -> Result<(StatusCode, Json<AccountBody>), Problem> {
    let organisation_name: DisplayName = form
        .organisation_name
        .parse()
        .map_err(|e| shape(e, "单位名称"))?;
    let person: DisplayName = form.person.parse().map_err(|e| shape(e, "姓名"))?;
    let uscc: Uscc = form.uscc.parse().map_err(wrong_code)?;
    let phone: Phone = form.phone.parse().map_err(|e| shape(e, "手机号"))?;
    let name: AccountName = form.account.parse().map_err(|e| shape(e, "账号"))?;
    let password = Password::new(form.password);
    password.check_new(&name).map_err(new_password::weak)?;

    let password_hash = new_password::hash(&state, password).await?;
    let code = form.phone_code.as_deref().map(str::trim);
    if let Some(code) = code {
        let look = Look {
            platform: tenant.id(),
            purpose: Purpose::Register,
            phone: phone.as_str(),
            code,
            now: state.now(),
        };
        let Ok(right) = state.store.perform(&look).await?;
        if !right {
            return Err(ErrorCode::CodeWrong.into());
        }
    }
    let deed = Register {
        platform: tenant.id(),
        organisation: state.new_id(),
        organisation_name: &organisation_name,
        uscc: &uscc,
        account: state.new_id(),
        name: &name,
        person: &person,
        phone: &phone,
        password_hash: &password_hash,
        code,
        entry: state.new_id(),
        now: state.now(),
    };
    let account = state.store.perform(&deed).await??;
    Ok((StatusCode::CREATED, Json(AccountBody::of(&account))))
}

struct Register<'a> {
    platform: &'a str,
    organisation: Id,
    organisation_name: &'a DisplayName,
    uscc: &'a Uscc,
    account: Id,
    name: &'a AccountName,
    person: &'a DisplayName,
    phone: &'a Phone,
    password_hash: &'a str,
    code: Option<&'a str>,
    entry: Id,
    now: Timestamp,
}

impl Deed for Register<'_> {
    type Done = Account;
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<Account, ErrorCode>, StoreError> {
        let organisation = NewOrganisation {
            id: &self.organisation,
            platform: self.platform,
            name: self.organisation_name.as_str(),
            uscc: self.uscc.as_str(),
            at: self.now,
        };
        if !accounts::insert_organisation(tx.connection(), &organisation).await? {
            return Ok(Err(ErrorCode::OrganisationExists));
        }
        let account = NewAccount {
            id: &self.account,
            platform: self.platform,
            organisation: &self.organisation,
            name: self.name.as_str(),
            person: self.person.as_str(),
            phone: self.phone.as_str(),
            role: "administrator",
            password_hash: self.password_hash,
            at: self.now,
        };
        if !accounts::insert_account(tx.connection(), &account).await? {
            return Ok(Err(ErrorCode::AccountExists));
        }
        if let Some(code) = self.code {
            let (platform, phone) = (self.platform, self.phone.as_str());
            if !spend(tx, platform, Purpose::Register, phone, code, self.now).await? {
                return Ok(Err(ErrorCode::CodeWrong));
            }
            people::phone_verified(tx.connection(), platform, &self.account, phone).await?;
        }
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "organisation.registered".into(),
            actor: Some(self.account.clone()),
            subject: Some(self.organisation.to_string()),
            detail: "{}".into(),
        })
        .await?;
        Ok(Ok(Account {
            id: self.account.clone(),
            name: self.name.as_str().to_owned(),
            person: self.person.as_str().to_owned(),
            phone: self.phone.as_str().to_owned(),
            phone_verified: self.code.is_some(),
            role: "administrator".to_owned(),
            organisation: Organisation {
                id: self.organisation.clone(),
                name: self.organisation_name.as_str().to_owned(),
                uscc: self.uscc.as_str().to_owned(),
                state: "registered".to_owned(),
                kind: "supplier".to_owned(),
            },
            state: "active".to_owned(),
            ca_login: "allowed".to_owned(),
        }))
    }
}

/// A field whose shape is wrong, as a problem.
#[must_use]
pub fn shape(error: ShapeError, field: &str) -> Problem {
    let zh = match error {
        ShapeError::Phone => "手机号为 11 位数字，以 13 至 19 开头".to_owned(),
        ShapeError::AccountName => {
            "账号为 3 至 32 位小写字母、数字、点、下划线或短横线，以字母开头".to_owned()
        }
        ShapeError::DisplayName => format!("{field}为 1 至 100 个字符，不能含有控制字符"),
    };
    Problem::of(ErrorCode::Invalid).with_detail(zh, error.to_string())
}

fn wrong_code(error: UsccError) -> Problem {
    let zh = match error {
        UsccError::Length => "统一社会信用代码应为 18 位".to_owned(),
        UsccError::Character(at) => format!("统一社会信用代码第 {at} 位不是允许的字符"),
        UsccError::CheckCharacter => "统一社会信用代码校验位不正确，请核对是否有误输".to_owned(),
    };
    Problem::of(ErrorCode::UsccInvalid).with_detail(zh, error.to_string())
}
