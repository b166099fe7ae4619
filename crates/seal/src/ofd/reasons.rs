//! Reasons of OFD in words: the stable word, the sentence in both languages, the clause that asks for it.

use contract::{Check, CheckResult, Layer};

use super::document::OfdError;
use super::package::PackageError;
use crate::reasons::{self, Words};
use crate::ses;

/// A check with its reason; `detail` names the file, the page or the certificate.
pub(super) fn because(
    layer: Layer,
    result: CheckResult,
    word: &str,
    detail: Option<&str>,
) -> Check {
    match text(word).or_else(|| reasons::common(word)) {
        Some(words) => reasons::because(layer, result, word, words, detail),
        None => ses::because(layer, result, word, detail),
    }
}

/// The word for a file that cannot be read.
pub(super) fn broken(error: &OfdError) -> &'static str {
    match error {
        OfdError::Package(error) => match error {
            PackageError::NotZip => "not_ofd",
            PackageError::Directory => "package_directory",
            PackageError::Encrypted(_) => "package_encrypted",
            PackageError::Unsupported(_) => "package_unsupported",
            PackageError::Name(_) => "entry_name",
            PackageError::Duplicate(_) => "entry_twice",
            PackageError::Disagreement(_) => "entry_header_disagrees",
            PackageError::Stray(_) => "bytes_of_no_entry",
            PackageError::Limit(_) => "package_limit",
            PackageError::Data(_) => "entry_damaged",
            PackageError::Missing(_) => "entry_missing",
        },
        OfdError::Xml { .. } => "xml_malformed",
        OfdError::Location { .. } => "location_leads_nowhere",
        OfdError::Limit(_) => "package_limit",
        OfdError::PageSize(_) => "page_size",
        OfdError::Twice(_) => "identifier_twice",
    }
}

/// Chinese, English, clause.
fn text(word: &str) -> Option<Words> {
    Some(match word {
        // The package.
        "not_ofd" => (
            "文件不是 OFD",
            "the file is not an OFD",
            "GB/T 33190-2016 7.2",
        ),
        "package_directory" => (
            "压缩包目录与文件不符",
            "the directory of the package does not fit the file",
            "GB/T 33190-2016 7.2",
        ),
        "package_encrypted" => (
            "压缩包已加密，无法核验",
            "the package is encrypted and cannot be checked",
            "",
        ),
        "package_unsupported" => (
            "压缩包使用了不支持的特性",
            "the package uses a feature that is not supported",
            "GB/T 33190-2016 7.2",
        ),
        "entry_name" => (
            "压缩包内有不允许的文件名",
            "a file name in the package is not allowed",
            "GB/T 33190-2016 7.3",
        ),
        "entry_twice" => (
            "压缩包内有同名文件，不同软件会读到不同内容",
            "two files in the package have one name: readers would show different ones",
            "GB/T 33190-2016 7.2",
        ),
        "entry_header_disagrees" => (
            "压缩包内文件头与目录不一致",
            "a file's header and the directory of the package disagree",
            "GB/T 33190-2016 7.2",
        ),
        "bytes_of_no_entry" => (
            "压缩包内有不属于任何文件的内容",
            "bytes in the package belong to no file",
            "GB/T 33190-2016 7.2",
        ),
        "package_limit" => ("文件超出限制", "the file exceeds a limit", ""),
        "entry_damaged" => (
            "压缩包内文件已损坏",
            "a file in the package is damaged",
            "GB/T 33190-2016 7.2",
        ),
        "entry_missing" => (
            "压缩包内缺少文件",
            "a file is missing in the package",
            "GB/T 33190-2016 7.2",
        ),
        "xml_malformed" => (
            "文件结构描述无法严格解析",
            "a description in the file cannot be read strictly",
            "GB/T 33190-2016 7.1",
        ),
        "location_leads_nowhere" => (
            "路径未指向包内文件",
            "a path leads to no file of the package",
            "GB/T 33190-2016 7.3",
        ),
        "page_size" => (
            "页面尺寸无法识别",
            "a page's size cannot be read",
            "GB/T 33190-2016 7.7",
        ),
        "identifier_twice" => (
            "标识重复",
            "an identifier stands twice",
            "GB/T 33190-2016 7.1",
        ),
        "several_documents" => (
            "文件内有多个文档，不予判断",
            "the file holds several documents, which are not judged",
            "GB/T 33190-2016 7.4",
        ),
        "document_versions" => (
            "文档带有版本，显示内容不予判断",
            "the document has versions; which of them shows is not judged",
            "GB/T 33190-2016 19",
        ),
        "signature_not_listed" => (
            "包内有未列入签名列表的签名，可能是被删除的印章",
            "the package holds a signature that the list does not name: perhaps a seal that was removed",
            "GB/T 33190-2016 18.1",
        ),
        // The signature's description.
        "stamp_on_no_page" => (
            "签章外观不在任何页面上",
            "a stamp lies on no page",
            "GB/T 33190-2016 18.2.3",
        ),
        "stamp_without_seal" => (
            "显示了印章，但签名中没有电子印章数据",
            "a seal shows, but the signature holds no seal",
            "GM/T 0099-2020 7.2.2",
        ),
        "signed_value_malformed" => (
            "签名值数据无法严格解析",
            "the signature value cannot be read strictly",
            "GB/T 33190-2016 18.2",
        ),
        "signature_method_disagrees" => (
            "签名方法与签名值所用算法不一致",
            "SignatureMethod and the signature value disagree about the algorithm",
            "GB/T 33190-2016 18.2.1",
        ),
        "seal_file_differs" => (
            "印章文件与签章所用印章不同",
            "the seal's file is another seal than the one that was used",
            "GB/T 33190-2016 18.2",
        ),
        // Coverage.
        "digest_method" => (
            "摘要算法不安全或不支持",
            "the digests are made by a method that proves nothing or is not supported",
            "",
        ),
        "covered_file_changed" => ("受保护的文件被改动", "a covered file was changed", ""),
        "covered_file_missing" => ("受保护的文件被删除", "a covered file was removed", ""),
        "nothing_covered" => ("签名未保护任何文件", "the signature covers nothing", ""),
        "files_not_covered" => (
            "有文件不在签名保护范围，其内容可被任意改动或添加",
            "files are not covered: anyone could have changed or added them",
            "",
        ),
        "signature_list_open" => (
            "签名列表不在保护范围：其他签章若被整体删除，不会留下痕迹",
            "the list of signatures is not covered: another seal that was removed whole leaves no trace",
            "",
        ),
        "signature_list_changed" => (
            "本签章保护了签名列表，之后又添加或删除了签章，使本签章失效",
            "this signature covers the list of signatures, and a signature was added or removed afterwards",
            "",
        ),
        "nothing_added" => (
            "签名之后没有添加其他签名",
            "no signature was added after it",
            "",
        ),
        // The value.
        "bare_signature_without_certificate" => (
            "签名值不含证书，现有证书均无法验证",
            "the signature names no certificate, and none at hand verifies it",
            "GM/T 0099-2020 7.2.2",
        ),
        "not_one_signer" => (
            "签名数据的签名者不是恰好一个",
            "the signature data does not have exactly one signer",
            "GM/T 0099-2020 7.2.2",
        ),
        "no_proved_time" => (
            "没有可信时间，时间仅由签名者声称",
            "nobody vouches for the time, which is the signer's claim",
            "",
        ),
        // What the signer was shown.
        "shown_what_was_sealed" => (
            "所签内容与签章人所见一致",
            "what was sealed is what the signer was shown",
            "",
        ),
        _ => return None,
    })
}
