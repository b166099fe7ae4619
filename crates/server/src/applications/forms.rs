//! What is printed: the two forms of the manual, labels and cover sheets. The words are ours; the layout is `render`'s.

use catalogue::FormTemplate;
use contract::ErrorCode;
use domain::application::{Delivery, Form};
use render::{Block, FormError, Sheet};
use store::applications::Application;

use crate::http::extract::Tenant;
use crate::{AppState, Problem};

/// Sets sheets into a PDF, beside the pictures that are drawn.
///
/// # Errors
/// `font_missing` on a server without a CJK font.
pub async fn set(state: &AppState, sheets: Vec<Sheet>) -> Result<Vec<u8>, Problem> {
    let Some(font) = state.workshop.font.clone() else {
        return Err(ErrorCode::FontMissing.into());
    };
    let permit = state
        .workshop
        .pictures
        .clone()
        .acquire_owned()
        .await
        .map_err(|_| Problem::of(ErrorCode::Busy))?;
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        render::forms(&font, &sheets)
    });
    work.await
        .map_err(|_| Problem::of(ErrorCode::Internal))?
        .map_err(|error| match error {
            FormError::TooMany => Problem::of(ErrorCode::TooLarge)
                .with_detail("一次最多打印 200 份", "200 sheets at a time at most"),
            FormError::Font => ErrorCode::FontMissing.into(),
        })
}

fn provider_name(tenant: &Tenant, application: &Application) -> String {
    tenant
        .rules
        .catalogue
        .provider(&application.provider)
        .map_or_else(
            || application.provider.clone(),
            |provider| provider.name.zh.clone(),
        )
}

/// A form of an application, filled in or blank.
#[must_use]
pub fn sheet(
    tenant: &Tenant,
    application: &Application,
    template: FormTemplate,
    blank: bool,
) -> Sheet {
    let form: Form = if blank {
        Form::default()
    } else {
        serde_json::from_str(&application.form).unwrap_or_default()
    };
    let provider = provider_name(tenant, application);
    let number = if blank { "" } else { &application.number };
    match template {
        FormTemplate::Application => application_form(&provider, number, application, &form, blank),
        FormTemplate::Authorisation => authorisation(&provider, number, &form, blank),
    }
}

fn row(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn application_form(
    provider: &str,
    number: &str,
    application: &Application,
    form: &Form,
    blank: bool,
) -> Sheet {
    let chosen = |text: String| if blank { String::new() } else { text };
    let delivery = match form.delivery {
        Some(Delivery::Courier) => "快递",
        Some(Delivery::PickUp) => "自取",
        None => "",
    };
    let years = if form.years == 0 {
        String::new()
    } else {
        format!("{} 年", form.years)
    };
    let mut rows = vec![
        row("业务类型", chosen(application.facts.kind.text().zh)),
        row("证书类型", chosen(application.holder_type.text().zh)),
        row("单位名称", form.organisation.as_str()),
        row("统一社会信用代码", form.uscc.as_str()),
        row("法定代表人", form.legal_representative.as_str()),
        row("经办人", form.handler.as_str()),
        row("经办人手机", form.handler_phone.as_str()),
        row(
            "经办人身份证号",
            form.handler_id_number.clone().unwrap_or_default(),
        ),
        row("证书持有人", form.holder.as_str()),
        row("有效期", years),
        row("领取方式", delivery),
        row("收件人", form.recipient.as_str()),
        row("收件人电话", form.recipient_phone.as_str()),
        row("收件地址", form.address.as_str()),
        row("发票抬头", form.invoice.title.as_str()),
        row("税号", form.invoice.tax_number.as_str()),
        row("发票邮箱", form.invoice.email.as_str()),
    ];
    if let Some(number) = &application.key_number {
        rows.insert(2, row("CA 编号", chosen(number.clone())));
    }
    if let Some(reason) = &form.reason {
        rows.push(row("原因", reason.as_str()));
    }
    Sheet {
        title: format!("{provider}电子签章申请表"),
        subtitle: format!("受理编号：{number}"),
        blocks: vec![
            Block::Table(rows),
            Block::Paragraph(
                "申请单位声明：以上内容真实、完整。证书及印章由申请单位自行保管和使用，信息变化、介质遗失或密码泄露时立即告知证书服务机构；用该证书所作的电子签名由申请单位负责。"
                    .into(),
            ),
            Block::Signatures(vec![
                "法定代表人（签字）：".into(),
                "经办人（签字）：".into(),
                "申请单位（盖章）：".into(),
                "日期：".into(),
            ]),
        ],
    }
}

fn authorisation(provider: &str, number: &str, form: &Form, blank: bool) -> Sheet {
    let filled = |text: &str| {
        if blank || text.is_empty() {
            "________________".to_owned()
        } else {
            text.to_owned()
        }
    };
    let text = format!(
        "{provider}：\n\n    {}（统一社会信用代码 {}）委托 {}（身份证号 {}，手机 {}）为本单位的代理人，代为办理数字证书与电子签章的申请、领取、变更、续期、解锁和吊销，并签署有关文件。代理人在委托范围内所办事项，本单位予以承认。\n\n    委托期限：自签署之日起至本次业务办结之日止。代理人不得转委托。",
        filled(&form.organisation),
        filled(&form.uscc),
        filled(&form.handler),
        filled(form.handler_id_number.as_deref().unwrap_or_default()),
        filled(&form.handler_phone),
    );
    Sheet {
        title: format!("{provider}申请授权委托书"),
        subtitle: format!("受理编号：{number}"),
        blocks: vec![
            Block::Paragraph(text),
            Block::Signatures(vec![
                "法定代表人（签字）：".into(),
                "代理人（签字）：".into(),
                "委托单位（盖章）：".into(),
                "日期：".into(),
            ]),
        ],
    }
}

/// The label for the parcel and the cover sheet that lies in it: two sheets.
#[must_use]
pub fn label(tenant: &Tenant, application: &Application) -> [Sheet; 2] {
    let form: Form = serde_json::from_str(&application.form).unwrap_or_default();
    let provider = provider_name(tenant, application);
    let key = application.new_key_number.clone().unwrap_or_default();
    let pick_up = form.delivery == Some(Delivery::PickUp);
    let address = if pick_up {
        "自取".to_owned()
    } else {
        form.address.clone()
    };
    let label = Sheet {
        title: format!("{provider}数字证书"),
        subtitle: format!("受理编号：{}", application.number),
        blocks: vec![
            Block::Large(format!(
                "收件人：{} {}",
                form.recipient, form.recipient_phone
            )),
            Block::Large(address),
            Block::Table(vec![
                row("单位名称", form.organisation.as_str()),
                row("CA 编号", key.as_str()),
            ]),
        ],
    };
    let cover = Sheet {
        title: "数字证书交付单".to_owned(),
        subtitle: format!("受理编号：{}", application.number),
        blocks: vec![
            Block::Table(vec![
                row("证书服务机构", provider),
                row("平台", tenant.platform().name.zh.as_str()),
                row("单位名称", form.organisation.as_str()),
                row("统一社会信用代码", form.uscc.as_str()),
                row("证书持有人", form.holder.as_str()),
                row("证书类型", application.holder_type.text().zh),
                row("CA 编号", key),
                row("有效期", format!("{} 年", form.years)),
            ]),
            Block::Paragraph(
                "请核对以上内容。收到后请登录平台，在“我的申请”中点击“确认收货”，证书随即生效，即可绑定账户。初次使用请修改 PIN 码并妥善保管。"
                    .into(),
            ),
            Block::Signatures(vec!["收件人（签字）：".into(), "日期：".into()]),
        ],
    };
    [label, cover]
}
