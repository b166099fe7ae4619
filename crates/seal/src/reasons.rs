//! How a reason becomes a check, for every format, and the reasons that PDF and OFD share.

use contract::{Check, CheckResult, Layer};

/// Chinese, English, and the clause that asks for it; empty where none does.
pub(crate) type Words = (&'static str, &'static str, &'static str);

/// A check with its reason; `detail` stands behind the sentence, in the brackets of the language.
pub(crate) fn because(
    layer: Layer,
    result: CheckResult,
    word: &str,
    (zh, en, clause): Words,
    detail: Option<&str>,
) -> Check {
    let with = |sentence: &str, open: &str, close: &str| match detail
        .filter(|detail| !detail.is_empty())
    {
        Some(detail) => format!("{sentence}{open}{detail}{close}"),
        None => sentence.to_owned(),
    };
    let check = Check::because(
        layer,
        result,
        word,
        &with(zh, "（", "）"),
        &with(en, " (", ")"),
    );
    if clause.is_empty() {
        check
    } else {
        check.clause(clause)
    }
}

/// The words of a reason that is the same in a PDF and an OFD.
pub(crate) fn common(word: &str) -> Option<Words> {
    Some(match word {
        "later_seal_covers_this" => ("后加的印章遮盖了本印章", "a later seal covers this one", ""),
        "signer_certificate_missing" => (
            "缺少签名者证书",
            "the signer's certificate is not at hand",
            "RFC 5652 5.1",
        ),
        "no_signed_attributes" => (
            "签名没有签名属性",
            "the signature has no signed attributes",
            "RFC 5652 5.3",
        ),
        "signature_wrong" => (
            "签名值验证不通过",
            "the signature does not match",
            "RFC 5652 5.6",
        ),
        "no_seal_intent" => (
            "签名未记载签章人所见",
            "the signature does not say what the signer was shown",
            "",
        ),
        "seal_intent_malformed" => ("签章意图无法解析", "the seal intent cannot be read", ""),
        "shown_another_document" => (
            "签章人所见文件与所签文件不同",
            "the signer was shown another document",
            "",
        ),
        "shown_another_page" => (
            "签章人所见页面与印章所在页不同",
            "the signer was shown another page",
            "",
        ),
        _ => return None,
    })
}
