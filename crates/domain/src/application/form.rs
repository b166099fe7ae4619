//! The form: its fields, and what is wrong with them, field by field.

use serde::{Deserialize, Serialize};

use super::terms::{Kind, Type, words};
use crate::registration::{DisplayName, Phone};
use crate::uscc::Uscc;

words! {
    /// Which invoice.
    InvoiceKind {
        /// 普通发票.
        Ordinary "ordinary" "电子普通发票" "Ordinary e-invoice";
        /// 专用发票.
        Special "special" "电子专用发票" "Special VAT e-invoice";
    }
}

words! {
    /// How the key comes to its holder.
    Delivery {
        /// By courier.
        Courier "courier" "快递" "Courier";
        /// Fetched.
        PickUp "pick_up" "自取" "Pick-up";
    }
}

/// 发票信息.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Invoice {
    /// Which.
    pub kind: Option<InvoiceKind>,
    /// 抬头.
    pub title: String,
    /// 税号.
    pub tax_number: String,
    /// Where it is sent.
    pub email: String,
}

/// The form as it is typed: a draft may be incomplete, so every field may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Form {
    /// 单位名称.
    pub organisation: String,
    /// 统一社会信用代码.
    pub uscc: String,
    /// 法定代表人.
    pub legal_representative: String,
    /// 经办人.
    pub handler: String,
    /// 经办人手机号.
    pub handler_phone: String,
    /// 经办人身份证号, where the type asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handler_id_number: Option<String>,
    /// Who the certificate names.
    pub holder: String,
    /// Years of validity.
    pub years: u8,
    /// 收件人.
    pub recipient: String,
    /// 收件人电话.
    pub recipient_phone: String,
    /// 收件地址.
    pub address: String,
    /// 发票信息.
    pub invoice: Invoice,
    /// How it comes.
    pub delivery: Option<Delivery>,
    /// Why: of a revocation, a suspension, a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a form is held against.
#[derive(Clone, Debug)]
pub struct FormRules<'a> {
    /// What is asked for.
    pub kind: Kind,
    /// The certificate's type.
    pub holder_type: Type,
    /// The registered name, where an organisation of the platform applies.
    pub organisation: Option<&'a str>,
    /// Its code.
    pub uscc: Option<&'a str>,
    /// The years that the provider sells for this kind; empty: the kind has none.
    pub years: &'a [u8],
}

/// A field that is wrong, with words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldFault {
    /// The field's path, as `invoice.title`.
    pub field: &'static str,
    /// Why.
    pub note: contract::Text,
}

/// The longest text of a field, in characters.
const LONGEST: usize = 200;

impl Form {
    /// Whether every text stays within bounds: asked of drafts too, since what is kept must be limited.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        self.texts()
            .iter()
            .all(|text| text.chars().count() <= LONGEST && !text.chars().any(char::is_control))
    }

    fn texts(&self) -> Vec<&str> {
        let mut texts = vec![
            self.organisation.as_str(),
            &self.uscc,
            &self.legal_representative,
            &self.handler,
            &self.handler_phone,
            &self.holder,
            &self.recipient,
            &self.recipient_phone,
            &self.address,
            &self.invoice.title,
            &self.invoice.tax_number,
            &self.invoice.email,
        ];
        texts.extend(self.handler_id_number.as_deref());
        texts.extend(self.reason.as_deref());
        texts
    }

    /// Everything that keeps this form from being submitted.
    #[must_use]
    pub fn faults(&self, rules: &FormRules<'_>) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        let mut fault = |field, zh: &str, en: &str| {
            faults.push(FieldFault {
                field,
                note: contract::Text::new(zh, en),
            });
        };
        let named = |text: &str| text.parse::<DisplayName>().is_ok();
        if !named(&self.organisation) {
            fault(
                "organisation",
                "请填写单位名称",
                "Enter the organisation's name",
            );
        } else if rules.kind != Kind::Change
            && rules
                .organisation
                .is_some_and(|known| known != self.organisation.trim())
        {
            fault(
                "organisation",
                "单位名称与注册信息不一致；单位更名请办理变更",
                "Not the registered name; after a change of name apply for a change",
            );
        }
        match self.uscc.parse::<Uscc>() {
            Err(_) => fault(
                "uscc",
                "统一社会信用代码不正确，请按营业执照核对",
                "Not a valid unified social credit code; compare with the licence",
            ),
            Ok(code) if rules.uscc.is_some_and(|known| known != code.as_str()) => fault(
                "uscc",
                "统一社会信用代码与注册信息不一致",
                "Not the code that the organisation is registered with",
            ),
            Ok(_) => {}
        }
        if !named(&self.handler) {
            fault("handler", "请填写经办人姓名", "Enter the handler's name");
        }
        if self.handler_phone.parse::<Phone>().is_err() {
            fault(
                "handler_phone",
                "手机号应为 11 位",
                "A mobile number has 11 digits",
            );
        }
        if rules.kind.issues() {
            self.issuing_faults(rules, &mut fault);
        } else if rules.kind == Kind::Unlock {
            // The phone gets the authorisation code; nothing else is needed.
        } else if self
            .reason
            .as_deref()
            .is_none_or(|reason| reason.trim().is_empty())
        {
            fault("reason", "请填写原因", "Say why");
        }
        if rules.kind == Kind::Change
            && self
                .reason
                .as_deref()
                .is_none_or(|reason| reason.trim().is_empty())
        {
            fault("reason", "请说明变更内容", "Say what changed");
        }
        faults
    }

    fn issuing_faults(
        &self,
        rules: &FormRules<'_>,
        fault: &mut impl FnMut(&'static str, &str, &str),
    ) {
        let named = |text: &str| text.parse::<DisplayName>().is_ok();
        if !named(&self.legal_representative) {
            fault(
                "legal_representative",
                "请填写法定代表人姓名",
                "Enter the legal representative's name",
            );
        }
        if !named(&self.holder) {
            fault(
                "holder",
                "请填写证书持有人",
                "Enter the certificate's holder",
            );
        } else {
            let expected = match rules.holder_type {
                Type::Organisation | Type::Business => Some(self.organisation.as_str()),
                Type::LegalRepresentative => Some(self.legal_representative.as_str()),
                Type::Handler => Some(self.handler.as_str()),
            };
            // A business seal carries the organisation's name and may add the seal's own.
            let fits = match (rules.holder_type, expected) {
                (Type::Business, Some(name)) => self.holder.trim().starts_with(name.trim()),
                (_, Some(name)) => self.holder.trim() == name.trim(),
                (_, None) => true,
            };
            if !fits {
                fault(
                    "holder",
                    "持有人与证书类型不符",
                    "The holder does not fit the certificate's type",
                );
            }
        }
        if !rules.years.is_empty() && !rules.years.contains(&self.years) {
            fault("years", "请选择有效期", "Choose the years of validity");
        }
        if let Some(number) = &self.handler_id_number
            && !number.is_empty()
            && !is_id_number(number)
        {
            fault(
                "handler_id_number",
                "身份证号不正确",
                "Not a valid identity card number",
            );
        }
        if rules.kind.is_produced() {
            match self.delivery {
                None => fault("delivery", "请选择快递或自取", "Choose courier or pick-up"),
                Some(Delivery::PickUp) => {}
                Some(Delivery::Courier) => {
                    if !named(&self.recipient) {
                        fault("recipient", "请填写收件人", "Enter the recipient");
                    }
                    if self.recipient_phone.parse::<Phone>().is_err() {
                        fault(
                            "recipient_phone",
                            "手机号应为 11 位",
                            "A mobile number has 11 digits",
                        );
                    }
                    if self.address.trim().chars().count() < 5 {
                        fault("address", "请填写详细收件地址", "Enter the full address");
                    }
                }
            }
        }
        if self.invoice.kind.is_some() {
            if !named(&self.invoice.title) {
                fault(
                    "invoice.title",
                    "请填写发票抬头",
                    "Enter the invoice's title",
                );
            }
            if self.invoice.tax_number.parse::<Uscc>().is_err() {
                fault("invoice.tax_number", "税号不正确", "Not a valid tax number");
            }
            if !is_email(&self.invoice.email) {
                fault("invoice.email", "邮箱不正确", "Not a valid e-mail address");
            }
        }
    }
}

/// GB 11643: 17 digits and a check character, ISO 7064 MOD 11-2.
fn is_id_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum = bytes[..17]
        .iter()
        .enumerate()
        .fold(0_u32, |sum, (at, digit)| {
            let weight = (0..17 - at).fold(1_u32, |weight, _| weight * 2 % 11);
            sum + u32::from(digit - b'0') * weight
        });
    let expected = b"10X98765432"[(sum % 11) as usize];
    bytes[17].to_ascii_uppercase() == expected
}

/// The shape alone: something, an @, a name with a dot.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_graphic() && !"@<>,;\"".contains(c))
    };
    plain(local)
        && plain(domain)
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Form {
        Form {
            organisation: "演示供应商甲有限公司".into(),
            uscc: "91350200MA0000015A".into(),
            legal_representative: "林法人".into(),
            handler: "王经办".into(),
            handler_phone: "13800000001".into(),
            holder: "演示供应商甲有限公司".into(),
            years: 1,
            recipient: "王经办".into(),
            recipient_phone: "13800000001".into(),
            address: "厦门市演示路 1 号".into(),
            delivery: Some(Delivery::Courier),
            ..Form::default()
        }
    }

    fn rules(kind: Kind) -> FormRules<'static> {
        FormRules {
            kind,
            holder_type: Type::Organisation,
            organisation: Some("演示供应商甲有限公司"),
            uscc: Some("91350200MA0000015A"),
            years: &[1, 2],
        }
    }

    fn fields(form: &Form, kind: Kind) -> Vec<&'static str> {
        let faults = form.faults(&rules(kind));
        faults.iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_whole_form_has_no_fault_and_an_empty_one_names_every_field() {
        assert_eq!(fields(&whole(), Kind::New), Vec::<&str>::new());
        let empty = fields(&Form::default(), Kind::New);
        for field in [
            "organisation",
            "uscc",
            "handler",
            "handler_phone",
            "holder",
            "years",
            "delivery",
        ] {
            assert!(empty.contains(&field), "{field}");
        }
    }

    #[test]
    fn another_companys_name_or_code_is_refused_except_that_a_change_brings_a_new_name() {
        let mut form = whole();
        form.organisation = "演示供应商丙有限公司".into();
        form.holder = form.organisation.clone();
        assert_eq!(fields(&form, Kind::New), ["organisation"]);
        form.reason = Some("单位更名".into());
        assert_eq!(fields(&form, Kind::Change), Vec::<&str>::new());
        form.uscc = "91350200MA00000235".into();
        assert_eq!(fields(&form, Kind::Change), ["uscc"]);
    }

    #[test]
    fn an_invoice_wants_title_number_and_address_and_an_id_number_its_check_character() {
        let mut form = whole();
        form.invoice.kind = Some(InvoiceKind::Ordinary);
        form.handler_id_number = Some("11010519491231002Y".into());
        assert_eq!(
            fields(&form, Kind::New),
            [
                "handler_id_number",
                "invoice.title",
                "invoice.tax_number",
                "invoice.email"
            ]
        );
        // The example of GB 11643-1999.
        form.handler_id_number = Some("11010519491231002X".into());
        form.invoice.title = "演示供应商甲有限公司".into();
        form.invoice.tax_number = "91350200MA0000015A".into();
        form.invoice.email = "a@b.cn".into();
        assert_eq!(fields(&form, Kind::New), Vec::<&str>::new());
    }

    #[test]
    fn pick_up_needs_no_address_and_a_revocation_needs_a_reason() {
        let mut form = whole();
        form.delivery = Some(Delivery::PickUp);
        form.address.clear();
        assert_eq!(fields(&form, Kind::New), Vec::<&str>::new());
        assert_eq!(fields(&form, Kind::Revocation), ["reason"]);
        assert_eq!(fields(&form, Kind::Unlock), Vec::<&str>::new());
    }
}
