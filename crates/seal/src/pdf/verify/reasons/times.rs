//! Reasons about time stamps, evidence from the file, metadata and seal signatures in a PDF.

/// Chinese, English, clause.
pub(super) fn text(word: &str) -> (&'static str, &'static str, &'static str) {
    match word {
        "xfa" => (
            "文件是 XFA 表单，显示内容与 PDF 页面不同，无法核验",
            "the file is an XFA form, which shows something other than the PDF's pages",
            "ISO 32000-2 12.7.8",
        ),
        "metadata_changed" => (
            "文档元数据（标题、作者等）被更改",
            "the document's metadata (title, author …) was changed",
            "ISO 32000-2 14.3",
        ),
        "ses_malformed" => (
            "电子签章数据无法严格解析",
            "the seal signature cannot be read strictly",
            "GM/T 0112",
        ),
        "time_stamped" => ("时间戳有效", "the time stamp holds", "RFC 3161 2.4.2"),
        "time_proved" => (
            "签名在该时间之前已存在，有可信时间戳证明",
            "a trusted time stamp proves that the signature existed at this time",
            "ETSI EN 319 102-1 5.5",
        ),
        "time_stamp_not_determined" => (
            "时间戳机构证书的吊销状态无法确定，时间不予采信",
            "whether the time-stamping authority's certificate is revoked is not known, so the time does not count",
            "ETSI EN 319 102-1 5.4",
        ),
        "time_stamp_untrusted" => (
            "时间戳机构不受信任或无法核验，时间不予采信",
            "the time-stamping authority is not trusted or cannot be checked, so the time does not count",
            "ETSI EN 319 102-1 5.4",
        ),
        "time_stamp_wrong" => (
            "时间戳无效",
            "the time stamp does not hold",
            "RFC 3161 2.4.2",
        ),
        "time_stamp_malformed" => (
            "时间戳无法严格解析",
            "the time stamp cannot be read strictly",
            "RFC 3161 2.4.2",
        ),
        "time_stamp_of_other_bytes" => (
            "时间戳对应的是其他内容",
            "the time stamp is of other bytes",
            "RFC 3161 2.4.2",
        ),
        "time_stamp_outside_validity" => (
            "时间戳时间不在时间戳机构证书有效期内",
            "the authority's certificate was not valid at the stamped time",
            "RFC 3161 2.3",
        ),
        "time_stamp_in_the_future" => (
            "时间戳时间在将来",
            "the stamped time lies in the future",
            "RFC 3161 2.4.2",
        ),
        "not_a_time_stamping_authority" => (
            "该证书不是时间戳机构证书",
            "the certificate is not one of a time-stamping authority",
            "RFC 3161 2.3",
        ),
        "claimed_after_proved" => (
            "声称的签名时间晚于时间戳证明的时间",
            "the claimed time is later than the time that the stamp proves",
            "ETSI EN 319 102-1 5.5",
        ),
        "proved_before_validity" => (
            "时间戳证明的时间早于签名证书生效时间",
            "the stamp proves a time before the signer's certificate was valid",
            "ETSI EN 319 102-1 5.5",
        ),
        "path_held_at_proved_time" => (
            "证书现已过期，签名时间有证明，当时证书链有效",
            "the certificate has expired since; at the proved time its path held",
            "ETSI EN 319 102-1 5.6",
        ),
        "not_revoked_at_proved_time" => (
            "在证明的时间证书未被吊销",
            "the certificate was not revoked at the proved time",
            "ETSI EN 319 102-1 5.6",
        ),
        "revoked_after_proved_time" => (
            "证书在证明的签名时间之后才被吊销",
            "the certificate was revoked after the time at which the signature is proved to have existed",
            "ETSI EN 319 102-1 5.5",
        ),
        _ => ("核验未通过", "the check did not pass", ""),
    }
}
