//! Reasons in words: the stable word, the sentence in both languages, the clause that asks for it.

mod times;

use contract::{Check, CheckResult, Layer};

use crate::pdf::revision::WalkError;
use crate::reasons::{self, Words, common};

/// A check with its reason; `detail` names the object, byte or certificate.
pub(super) fn because(
    layer: Layer,
    result: CheckResult,
    word: &str,
    detail: Option<&str>,
) -> Check {
    let words = common(word).unwrap_or_else(|| text(word));
    reasons::because(layer, result, word, words, detail)
}

/// The word for a file that cannot be walked.
pub(super) fn walk(error: &WalkError) -> &'static str {
    match error {
        WalkError::NotPdf => "not_pdf",
        WalkError::TooLarge => "too_large",
        WalkError::NoEndMark => "end_mark_missing",
        WalkError::Xref(_) => "xref_broken",
        WalkError::Syntax(_) => "syntax",
        WalkError::PrevLoop => "prev_loop",
        WalkError::TooManyRevisions => "too_many_revisions",
        WalkError::StartxrefMismatch(_) => "startxref_mismatch",
        WalkError::SectionOutside(_) => "xref_outside_revision",
        WalkError::Trailer(_) => "trailer_broken",
        WalkError::ObjectNotThere(_) => "object_not_there",
        WalkError::Object { .. } => "object_broken",
        WalkError::PageTree(_) => "page_tree_broken",
        WalkError::Form(_) => "form_broken",
    }
}

/// Chinese, English, clause.
fn text(word: &str) -> Words {
    match word {
        // The file.
        "not_pdf" => ("文件不是 PDF", "the file is not a PDF", "ISO 32000-2 7.5.2"),
        "too_large" => ("文件过大", "the file is too large", ""),
        "end_mark_missing" => (
            "文件末尾缺少 startxref 与 %%EOF，或其间有多余内容",
            "the file does not end with startxref, an offset and %%EOF",
            "ISO 32000-2 7.5.5",
        ),
        "xref_broken" => (
            "交叉引用表缺失或损坏",
            "a cross-reference section is missing or damaged",
            "ISO 32000-2 7.5.4",
        ),
        "syntax" => (
            "文件语法不符合标准",
            "the file is not written as the standard says",
            "ISO 32000-2 7.3",
        ),
        "prev_loop" => (
            "修订链成环",
            "the chain of revisions does not lead back",
            "ISO 32000-2 7.5.6",
        ),
        "too_many_revisions" => ("修订过多", "the file has too many revisions", ""),
        "startxref_mismatch" => (
            "startxref 未指向本修订的交叉引用表",
            "startxref does not point to its own revision",
            "ISO 32000-2 7.5.5",
        ),
        "xref_outside_revision" => (
            "交叉引用表不在本修订之内",
            "a cross-reference section lies outside its revision",
            "ISO 32000-2 7.5.6",
        ),
        "trailer_broken" => (
            "文件尾字典缺失或损坏",
            "a trailer is missing or damaged",
            "ISO 32000-2 7.5.5",
        ),
        "object_not_there" => (
            "对象不在交叉引用表所指之处",
            "an object is not where the cross-reference says",
            "ISO 32000-2 7.5.4",
        ),
        "object_broken" => (
            "对象无法严格解析",
            "an object cannot be read strictly",
            "ISO 32000-2 7.3",
        ),
        "object_outside_revision" => (
            "对象位于所属修订之外",
            "an object lies outside its revision",
            "ISO 32000-2 7.5.6",
        ),
        "page_tree_broken" => (
            "页面树不符合标准",
            "the page tree is not as the standard says",
            "ISO 32000-2 7.7.3",
        ),
        "form_broken" => (
            "表单结构不符合标准",
            "the form is not as the standard says",
            "ISO 32000-2 12.7",
        ),
        "page_count_disagrees" => (
            "两个解析器读出的页数不同",
            "two parsers disagree on the number of pages",
            "",
        ),
        "encrypted" => (
            "文件已加密，无法核验",
            "the file is encrypted and cannot be checked",
            "",
        ),
        "file_broken" => (
            "文件结构已损坏，签名无法核验",
            "the file is broken and the signature cannot be checked",
            "ISO 32000-2 7.5",
        ),
        // The signature's place.
        "signature_missing" => (
            "签名域没有签名内容",
            "the signature field holds no signature",
            "ISO 32000-2 12.7.5.5",
        ),
        "signature_not_placed" => (
            "签名字典不是独立对象",
            "the signature dictionary is not an object of its own",
            "ISO 32000-2 12.8.1",
        ),
        "signature_without_field" => (
            "签名不属于任何表单域",
            "no form field holds the signature",
            "ISO 32000-2 12.7.5.5",
        ),
        "signature_attached_later" => (
            "签名在之后的修订中才挂到表单域",
            "the signature was attached in a later revision",
            "ISO 32000-2 12.7.5.5",
        ),
        "contents_missing" => (
            "签名缺少 /Contents",
            "/Contents is missing",
            "ISO 32000-2 12.8.1",
        ),
        "contents_empty" => (
            "签名 /Contents 为空",
            "/Contents is empty",
            "ISO 32000-2 12.8.1",
        ),
        "contents_not_hexadecimal" => (
            "/Contents 不是规范的十六进制串",
            "/Contents is not a plain hexadecimal string",
            "ISO 32000-2 12.8.1",
        ),
        "contents_trailing_bytes" => (
            "签名数据之后有多余内容",
            "something other than padding follows the signature",
            "ISO 32000-2 12.8.3.3",
        ),
        "byte_range_missing" => (
            "签名缺少 /ByteRange",
            "/ByteRange is missing",
            "ISO 32000-2 12.8.1",
        ),
        "byte_range_malformed" => (
            "/ByteRange 格式不正确",
            "/ByteRange is not four non-negative integers",
            "ISO 32000-2 12.8.1",
        ),
        "byte_range_bounds" => (
            "/ByteRange 未从 0 开始、重叠或越界",
            "/ByteRange starts elsewhere than 0, overlaps or leaves the file",
            "ISO 32000-2 12.8.1",
        ),
        "byte_range_gap" => (
            "/ByteRange 排除的不只是本签名的 /Contents",
            "/ByteRange leaves out more than this signature's /Contents",
            "ISO 32000-2 12.8.1",
        ),
        "byte_range_end" => (
            "/ByteRange 未覆盖签名所在的整个修订",
            "/ByteRange does not cover the whole revision",
            "ISO 32000-2 12.8.1",
        ),
        "second_signature_in_revision" => (
            "同一修订中有两个签名",
            "two signatures stand in one revision",
            "ISO 32000-2 12.8.1",
        ),
        "bytes_after_signature" => (
            "签名范围之后被追加了内容",
            "content was appended behind what is signed",
            "ISO 32000-2 12.8.1",
        ),
        // The CMS.
        "format_unsupported" => (
            "不支持的签名格式",
            "the signature's format is not supported",
            "",
        ),
        "format_not_accepted" => (
            "签名格式不在接受范围",
            "the signature's format is not accepted here",
            "",
        ),
        "algorithm_unsupported" => ("不支持的算法", "an algorithm is not supported", ""),
        "cms_malformed" => (
            "签名数据无法解析",
            "the signature data cannot be read",
            "RFC 5652 5.1",
        ),
        "cms_not_der" => (
            "签名数据不是 DER 编码",
            "the signature data is not DER",
            "EN 319 142-1 6.3",
        ),
        "cms_not_detached" => (
            "签名数据自带内容，不是分离式签名",
            "the signature carries its own content",
            "ISO 32000-2 12.8.3.3",
        ),
        "not_one_signer" => (
            "签名数据的签名者不是恰好一个",
            "the signature data does not have exactly one signer",
            "ISO 32000-2 12.8.3.3",
        ),
        "signing_certificate_missing" => (
            "缺少签名证书属性",
            "the signing-certificate-v2 attribute is missing",
            "EN 319 142-1 6.3",
        ),
        "signing_certificate_other" => (
            "签名证书属性指向另一张证书",
            "the signature names another certificate",
            "RFC 5035 3",
        ),
        "content_type" => (
            "内容类型属性不符",
            "the content type does not fit",
            "RFC 5652 11.1",
        ),
        "algorithms_disagree" => (
            "签名中的算法互相矛盾",
            "the algorithms of the signature disagree",
            "RFC 5652 5.3",
        ),
        "message_digest" => (
            "文件内容与签名摘要不符，签名后被改动",
            "the signed bytes were changed: the digest does not match",
            "RFC 5652 11.2",
        ),
        // Later revisions.
        "last_revision" => ("签名之后没有追加内容", "nothing was appended after it", ""),
        "hybrid_revision" => (
            "签名后追加了混合引用修订",
            "a hybrid revision was appended",
            "ISO 32000-2 7.5.8.4",
        ),
        "bytes_of_no_object" => (
            "签名后追加了不属于任何对象的内容",
            "appended bytes belong to no object",
            "ISO 32000-2 7.5.6",
        ),
        "object_removed" => (
            "签名后删除了对象",
            "an object was removed",
            "ISO 32000-2 12.8.2.2",
        ),
        "catalog_swapped" => (
            "签名后更换了文档目录",
            "the catalog was swapped",
            "ISO 32000-2 12.8.2.2",
        ),
        "encryption_changed" => (
            "签名后改变了加密",
            "encryption was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "file_identifier_changed" => (
            "签名后改变了文件标识",
            "the file identifier was changed",
            "ISO 32000-2 14.4",
        ),
        "size_too_small" => (
            "签名后的修订 /Size 不正确",
            "the later revision's /Size is wrong",
            "ISO 32000-2 7.5.5",
        ),
        "information_changed" => (
            "签名后改变了文档信息",
            "the document information was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "object_has_two_uses" => (
            "签名后替换的对象另有用途",
            "a replaced object has another use",
            "ISO 32000-2 12.8.2.2",
        ),
        "page_tree_changed" => (
            "签名后改变了页面",
            "pages were added, removed or exchanged",
            "ISO 32000-2 12.8.2.2",
        ),
        "page_content_changed" => (
            "签名后改变了页面内容",
            "page content was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "page_changed" => (
            "签名后改变了页面属性",
            "a page was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "resources_changed" => (
            "签名后改变了页面资源",
            "page resources were changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "font_changed" => (
            "签名后改变了字体",
            "a font was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "appearance_changed" => (
            "签名后改变了外观",
            "an appearance was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "optional_content_changed" => (
            "签名后改变了图层",
            "optional content was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "annotation_changed" => (
            "签名后改变了批注",
            "an annotation was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "annotation_added" => (
            "签名后添加了批注",
            "an annotation was added",
            "ISO 32000-2 12.8.2.2",
        ),
        "form_filled" => (
            "签名后填写了表单",
            "a form field was filled in",
            "ISO 32000-2 12.8.2.2",
        ),
        "form_changed" => (
            "签名后改变了表单",
            "the form was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "signature_field_changed" => (
            "签名后改变了签名域",
            "a signature field was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "signature_changed" => (
            "签名后改变了签名",
            "a signature was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "certification_changed" => (
            "签名后改变了文档许可",
            "the certification was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "catalog_changed" => (
            "签名后改变了文档目录",
            "the catalog was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "object_stream_replaced" => (
            "签名后替换了对象流",
            "an object stream was replaced",
            "ISO 32000-2 7.5.7",
        ),
        "object_changed" => (
            "签名后改变了对象",
            "an object was changed",
            "ISO 32000-2 12.8.2.2",
        ),
        "missing_object_supplied" => (
            "签名后补上了原本缺失的对象",
            "an object that was missing when signed was supplied",
            "ISO 32000-2 7.3.10",
        ),
        "unexplained_object" => (
            "签名后添加了无关对象",
            "an object was added that no allowed change needs",
            "ISO 32000-2 12.8.2.2",
        ),
        "unsigned_picture" => (
            "签名后添加了未签名的图章",
            "a picture was added that nobody signed",
            "ISO 32000-2 12.8.2.2",
        ),
        "security_store_changed" => (
            "验证数据存储的改动不合规",
            "the security store was changed in a way that is not allowed",
            "ISO 32000-2 12.8.4.3",
        ),
        "certified_against_changes" => (
            "文档已认证为不得更改",
            "the document is certified against any change",
            "ISO 32000-2 12.8.2.2",
        ),
        "field_locked" => (
            "该签名锁定了此表单域",
            "this signature locks the field",
            "ISO 32000-2 12.8.2.4",
        ),
        // What the signer was shown.
        // The certificate.
        "no_trusted_path" => (
            "证书不在信任范围",
            "no path leads to a trusted anchor",
            "RFC 5280 6.1",
        ),
        "certificate_expired" => (
            "证书在验证时间已过期",
            "a certificate has expired at the time of verification",
            "RFC 5280 6.1.3",
        ),
        "certificate_not_yet_valid" => (
            "证书在验证时间尚未生效",
            "a certificate is not valid yet at the time of verification",
            "RFC 5280 6.1.3",
        ),
        "certificate_extension_unknown" => (
            "证书有无法识别的关键扩展",
            "a certificate has a critical extension that is not understood",
            "RFC 5280 4.2",
        ),
        "certificate_usage" => (
            "证书用途不允许签署文件",
            "the certificate may not sign documents",
            "RFC 5280 4.2.1.3",
        ),
        "path_limit" => ("证书过多，无法判断", "too many certificates to try", ""),
        "path_broken" => (
            "证书链不成立",
            "the certificate path does not hold",
            "RFC 5280 6.1",
        ),
        "signer_is_anchor" => (
            "签名者证书本身受信任",
            "the signer's certificate is itself trusted",
            "",
        ),
        "revocation_none_announced" => (
            "证书未公布吊销信息来源",
            "none announced: the certificate names no source of revocation",
            "RFC 5280 4.2.1.13",
        ),
        "revoked_without_trusted_time" => (
            "证书已吊销，且没有可信时间证明签名在吊销之前",
            "the certificate is revoked and no trusted time shows that the signature came before",
            "EN 319 102-1 5.3.4",
        ),
        "revocation_list_missing" => (
            "缺少吊销列表",
            "no revocation list is at hand",
            "RFC 5280 6.3",
        ),
        "revocation_list_expired" => (
            "吊销列表已过期",
            "the revocation list is out of date",
            "RFC 5280 6.3.3",
        ),
        "revocation_list_not_yet_valid" => (
            "吊销列表尚未生效",
            "the revocation list is not valid yet",
            "RFC 5280 6.3.3",
        ),
        "revocation_list_signature" => (
            "吊销列表签名不成立",
            "the revocation list's signature does not hold",
            "RFC 5280 6.3.3",
        ),
        "revocation_list_of_another" => (
            "吊销列表来自另一颁发者",
            "the revocation list is of another issuer",
            "RFC 5280 6.3.3",
        ),
        "revocation_list_unusable" => (
            "吊销列表无法采用",
            "the revocation list cannot be used",
            "RFC 5280 6.3.3",
        ),
        "claimed_time_only" => (
            "时间仅由签名者声称",
            "the time is the signer's claim alone",
            "",
        ),
        "claimed_time_outside_validity" => (
            "声称的签名时间不在证书有效期内",
            "the claimed time lies outside the certificate's validity",
            "",
        ),
        "no_time" => ("签名没有时间", "the signature names no time", ""),
        other => times::text(other),
    }
}
