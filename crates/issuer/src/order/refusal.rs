//! Why an authority refuses an order, by a stable code, and in words for whoever asked.

/// Why an authority refuses an order: what stands in `issuing_order.refusal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The body is no order of its kind.
    Malformed,
    /// The three persons are not three, or one of them is unknown or has left.
    Approval,
    /// No authority stands for this provider.
    Provider,
    /// The provider has no such product, or does not issue this type.
    Product,
    /// Longer than the profile allows.
    Years,
    /// The request is not signed by its key, or its key is not the one that was approved.
    Request,
    /// The key is too weak, or of a family that is not certified.
    Key,
    /// The signing key has a certificate from another order.
    KeyTaken,
    /// A field can't stand in a certificate.
    Field,
    /// There is nothing under this number that it could be done to.
    NotFound,
    /// What was sealed can't be opened.
    Escrow,
    /// The encryption pair belongs to another holder.
    Holder,
    /// The certificate would break a rule of the linter.
    Lint,
    /// The certificate was revoked before it was handed out.
    Revoked,
}

impl Refusal {
    /// Its stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Approval => "approval",
            Self::Provider => "provider",
            Self::Product => "product",
            Self::Years => "years",
            Self::Request => "request",
            Self::Key => "key",
            Self::KeyTaken => "key_taken",
            Self::Field => "field",
            Self::NotFound => "not_found",
            Self::Escrow => "escrow",
            Self::Holder => "holder",
            Self::Lint => "lint",
            Self::Revoked => "revoked",
        }
    }

    /// The refusal with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [
            Self::Malformed,
            Self::Approval,
            Self::Provider,
            Self::Product,
            Self::Years,
            Self::Request,
            Self::Key,
            Self::KeyTaken,
            Self::Field,
            Self::NotFound,
            Self::Escrow,
            Self::Holder,
            Self::Lint,
            Self::Revoked,
        ]
        .into_iter()
        .find(|refusal| refusal.code() == code)
    }

    /// What a person reads, Chinese and English.
    #[must_use]
    pub const fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Malformed => (
                "申请内容无法识别，CA 未受理",
                "the CA can't read what was asked",
            ),
            Self::Approval => (
                "录入、审核、批准须为三名在职人员，请重新办理审批",
                "entry, review and approval need three different persons in office; have it approved again",
            ),
            Self::Provider => (
                "该 CA 服务商没有可用的签发机构",
                "no authority stands for this provider",
            ),
            Self::Product => (
                "该 CA 服务商不签发此类证书",
                "this provider does not issue this product or type",
            ),
            Self::Years => (
                "有效年限超出该类证书的上限，请缩短年限",
                "longer than this kind of certificate may live; choose fewer years",
            ),
            Self::Request => (
                "证书请求与签名密钥不符，请在锁上重新生成请求",
                "the request is not signed by the approved key; make it again on the token",
            ),
            Self::Key => (
                "密钥算法或长度不符合要求，请换用受支持的密钥",
                "the key is too weak or of a kind that is not certified; use another",
            ),
            Self::KeyTaken => (
                "该签名密钥已有证书，请生成新的密钥",
                "this signing key has a certificate already; make a new key",
            ),
            Self::Field => (
                "申请信息中有不能写入证书的内容，请检查名称与编号",
                "a name or number can't stand in a certificate; correct it",
            ),
            Self::NotFound => (
                "没有找到该编号下可办理的证书",
                "there is no certificate under this number that this can be done to",
            ),
            Self::Escrow => (
                "托管的管理口令无法打开，请走线下解锁",
                "the administrator's PIN in escrow can't be opened; unlock the key offline",
            ),
            Self::Holder => (
                "加密密钥属于其他持有人，不能恢复到这把锁",
                "the encryption key belongs to another holder",
            ),
            Self::Lint => (
                "证书内容不符合规范，CA 未签发",
                "the certificate would break the rules; it was not signed",
            ),
            Self::Revoked => (
                "该证书在交付前已被吊销，请重新申请",
                "the certificate was revoked before it was handed out; apply again",
            ),
        }
    }
}
