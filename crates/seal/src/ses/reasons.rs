//! Reasons of seals in words: the stable word, the sentence in both languages.

use contract::{Check, CheckResult, Layer};

use crate::reasons;

/// A check with its reason; `detail` names the certificate, the time or the number.
pub(crate) fn because(
    layer: Layer,
    result: CheckResult,
    word: &str,
    detail: Option<&str>,
) -> Check {
    let (zh, en) = text(word);
    reasons::because(layer, result, word, (zh, en, ""), detail)
}

fn text(word: &str) -> (&'static str, &'static str) {
    match word {
        // The signature.
        "seal_malformed" => (
            "电子签章数据无法严格解析",
            "the seal signature cannot be read strictly",
        ),
        "seal_versions_mixed" => (
            "签章与印章的版本不同",
            "seal and signature follow different editions",
        ),
        "seal_extension_unknown" => (
            "有无法识别的关键扩展数据",
            "there is critical extension data that is not understood",
        ),
        "seal_algorithm_unsupported" => (
            "不支持的签名算法",
            "the signature algorithm is not supported",
        ),
        "data_hash" => (
            "原文杂凑值不符，签章后被改动",
            "what was signed was changed: its digest is another",
        ),
        "signer_certificate_unreadable" => (
            "签章人证书无法解析",
            "the signer's certificate cannot be read",
        ),
        "seal_signature_wrong" => ("签名值验证不通过", "the signature does not match"),
        // The seal.
        "maker_signature_holds" => ("制章人签名有效", "the seal maker's signature holds"),
        "maker_signature_wrong" => (
            "制章人签名验证不通过，印章被改动或伪造",
            "the seal maker's signature does not match: the seal was changed or forged",
        ),
        "maker_certificate_unreadable" => (
            "制章人证书无法解析",
            "the seal maker's certificate cannot be read",
        ),
        "maker_trusted" => (
            "制章人证书在制章时有效且可信",
            "the seal maker's certificate was valid when the seal was made, and leads to a trusted anchor",
        ),
        "maker_untrusted" => (
            "制章人证书不在信任范围",
            "no path leads from the seal maker to a trusted anchor",
        ),
        "maker_path_broken" => (
            "制章人证书链不成立",
            "the seal maker's certificate path does not hold",
        ),
        "maker_not_valid_at_creation" => (
            "制章时制章人证书不在有效期内",
            "the seal maker's certificate was not valid when the seal was made",
        ),
        "maker_expired_since" => (
            "制章人证书在制章之后已到期，不影响印章",
            "the seal maker's certificate has expired since; the seal stands",
        ),
        "maker_revoked_since" => (
            "制章人证书在制章之后被吊销，不影响印章",
            "the seal maker's certificate was revoked after the seal was made; the seal stands",
        ),
        "maker_revoked_before_creation" => (
            "制章人证书在制章之前已被吊销",
            "the seal maker's certificate was revoked before the seal was made",
        ),
        "maker_revocation_unknown" => (
            "制章人证书的吊销状态无法确定",
            "whether the seal maker's certificate was revoked cannot be determined",
        ),
        "seal_from_the_future" => ("制章时间在将来", "the seal was made in the future"),
        "signer_may_use_seal" => (
            "签章人证书在印章的证书列表中",
            "the seal was made for the signer's certificate",
        ),
        "certificate_not_in_seal" => (
            "签章人证书不在印章的证书列表中",
            "the seal was not made for the signer's certificate",
        ),
        "certificate_digest_unsupported" => (
            "印章证书列表使用不支持的杂凑算法",
            "the seal names its certificates by a digest that is not supported",
        ),
        "seal_valid_when_used" => (
            "签章时印章在有效期内",
            "the seal was valid when it was used",
        ),
        "seal_not_valid_when_used" => (
            "签章时印章不在有效期内",
            "the seal was not valid when it was used",
        ),
        "seal_expired_without_proved_time" => (
            "印章已过期，且没有可信时间证明签章在过期之前",
            "the seal has expired and no trusted time shows that it was used before",
        ),
        "seal_validity_empty" => (
            "印章有效期的终止早于起始",
            "the seal's validity ends before it begins",
        ),
        "no_signing_time" => (
            "签章没有可用的时间",
            "the signature has no time that can be used",
        ),
        "seal_without_time_stamp" => ("印章没有时间戳", "the seal carries no time stamp"),
        "seal_stamped" => (
            "印章时间戳有效，且不早于制章时间",
            "the seal's time stamp holds and is not before the seal's creation",
        ),
        "seal_stamped_before_creation" => (
            "印章时间戳早于制章时间",
            "the seal's time stamp is before the seal's creation",
        ),
        // Times.
        "time_stamped" => ("签章时间由时间戳证明", "a time stamp proves the time"),
        "time_stamp_malformed" => ("时间戳无法解析", "the time stamp cannot be read"),
        "time_stamp_of_other" => ("时间戳针对其他数据", "the time stamp is of other bytes"),
        "time_stamp_wrong" => ("时间戳不成立", "the time stamp does not hold"),
        "time_stamp_untrusted" => (
            "时间戳机构不在信任范围",
            "the time-stamping authority is not trusted",
        ),
        "time_stamp_unsupported" => (
            "旧版签章的时间戳不予判断",
            "a time stamp of the old edition is not judged",
        ),
        "time_stamp_before_claim" => (
            "时间戳早于签章人声称的时间",
            "the time stamp is before the time that the signer claims",
        ),
        "claimed_time_only" => ("时间仅由签章人声称", "the time is the signer's claim alone"),
        "claimed_time_outside_validity" => (
            "声称的签章时间不在证书有效期内",
            "the claimed time lies outside the certificate's validity",
        ),
        "no_time" => ("签章没有时间", "the signature names no time"),
        _ => ("核验未通过", "the check did not pass"),
    }
}
