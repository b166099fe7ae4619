//! Cases of what is written on the key, and of who wrote it.

use crate::case::{Action, Case, Found, Link, Source, System, w};

pub(crate) const CASES: &[Case] = &[
    Case {
        number: 23,
        name: "certificate_expired",
        link: Link::Certificate,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w("证书已过期", "The certificate has expired"),
        cause: w(
            "证书超过有效期；以平台时间为准。",
            "Its time is over, by the platform's clock.",
        ),
        steps: &[
            w(
                "CA 还在有效期内可以选择线上自行续期；已经过了有效期的，需要邮寄到受理点或到现场办理续期。",
                "A certificate that is still valid is renewed online; one that has expired goes to the counter or by mail.",
            ),
            w(
                "续期期间可用账号密码登录。",
                "Meanwhile log in by password.",
            ),
        ],
        actions: &[Action::Renew, Action::Ticket],
        question: None,
    },
    Case {
        number: 24,
        name: "expires_soon",
        link: Link::Certificate,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w(
            "证书在开标前到期",
            "The certificate ends before bids are opened",
        ),
        cause: w(
            "证书到期日早于已登记的开标时间，或在 30 天内到期。",
            "It ends before a deadline that you set, or within 30 days.",
        ),
        steps: &[
            w(
                "投标文件尚未上传：请先续期，再用新证书制作和上传。",
                "If the bid is not uploaded: renew first, then make and upload it with the new certificate.",
            ),
            w(
                "投标文件已经上传：先不要续期，请向平台确认解密办法。",
                "If it is uploaded: don't renew yet; ask the platform how it will be decrypted.",
            ),
        ],
        actions: &[Action::Renew, Action::Ticket],
        question: None,
    },
    Case {
        number: 25,
        name: "renewed_after_upload",
        link: Link::Certificate,
        system: System::Platform,
        found: Found::NotYet,
        source: Source::Desks,
        symptom: w(
            "上传投标文件后续期，无法解密",
            "Renewed after the upload: the bid can't be decrypted",
        ),
        cause: w(
            "续期后加密密钥变了，旧文件要用旧密钥解。本平台尚无投标文件加密功能。",
            "The renewed key has another encryption key. This platform has no bid envelopes yet.",
        ),
        steps: &[w(
            "截止前：撤回后用新证书重新上传；截止后：向 CA 申请密钥恢复。",
            "Before the deadline upload again with the new certificate; after it ask the CA to recover the key.",
        )],
        actions: &[Action::Ticket],
        question: None,
    },
    Case {
        number: 26,
        name: "other_key_at_opening",
        link: Link::Certificate,
        system: System::Platform,
        found: Found::NotYet,
        source: Source::Desks,
        symptom: w(
            "开标时插的不是加密用的那把锁",
            "Another key than the one used is plugged in at the opening",
        ),
        cause: w(
            "投标文件只能用加密时的那把锁解开。本平台尚无投标文件加密功能。",
            "A bid opens with the key that it was encrypted for. This platform has no bid envelopes yet.",
        ),
        steps: &[w(
            "请插入制作投标文件时用的那把锁。",
            "Plug in the key that the bid was made with.",
        )],
        actions: &[Action::Ticket],
        question: None,
    },
    Case {
        number: 29,
        name: "issuer_not_approved",
        link: Link::Ca,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w("颁发者未经核准", "The issuer is not approved"),
        cause: w(
            "选到了别家 CA 的证书，或目录里没有这家 CA。",
            "The certificate is another CA's, or one of a CA that the catalogue does not know.",
        ),
        steps: &[
            w(
                "请选择平台支持的 CA 签发的证书（窗口中其他证书已置灰）。",
                "Choose a certificate of a CA that the platform supports; the window greys the others.",
            ),
            w(
                "确认平台支持该 CA 而仍不识别，请更新客户端。",
                "If the platform supports it and it is not known here, update the client.",
            ),
        ],
        actions: &[Action::Downloads, Action::Again, Action::Ticket],
        question: None,
    },
    Case {
        number: 30,
        name: "change_for_renewal",
        link: Link::Ca,
        system: System::Platform,
        found: Found::Asked,
        source: Source::Desks,
        symptom: w(
            "更新后验证不通过",
            "After the update the certificate does not verify",
        ),
        cause: w(
            "办理时进了「变更」而不是「续期」，流程不同。",
            "The change was opened in place of the renewal: they are two things.",
        ),
        steps: &[w(
            "请点击「去续期」，从续期入口重新办理；原证书仍然有效。",
            "Go to the renewal and begin there; the certificate that you have stays valid.",
        )],
        actions: &[Action::Renew, Action::Ticket],
        question: Some(w(
            "续期时打开的是不是「变更」页面？",
            "Did you open the page for changes when you meant to renew?",
        )),
    },
    Case {
        number: 32,
        name: "renewal_without_record",
        link: Link::Ca,
        system: System::Platform,
        found: Found::Named,
        source: Source::Desks,
        symptom: w(
            "续期时提示用户证书不存在",
            "Renewal says that the certificate does not exist",
        ),
        cause: w(
            "CA 的登记系统里没有这张证书的记录，多为异地或其他渠道办理。",
            "The CA's registry has no record of it: it was made elsewhere.",
        ),
        steps: &[w(
            "请联系客服并附上证书序列号，由 CA 补登后再续期。",
            "Open a ticket with the certificate's serial number; the CA adds the record.",
        )],
        actions: &[Action::Ticket],
        question: None,
    },
    Case {
        number: 42,
        name: "phone_certificate_no_decryption",
        link: Link::Certificate,
        system: System::Platform,
        found: Found::NotYet,
        source: Source::Desks,
        symptom: w("手机证书无法解密", "A phone certificate can't decrypt"),
        cause: w(
            "手机上只有签名证书，没有下载加密证书。本平台尚不支持手机证书。",
            "The phone has only the signing certificate. Phone certificates are not supported here yet.",
        ),
        steps: &[w(
            "请在手机证书应用中下载加密证书。",
            "Download the encryption certificate in the phone's application.",
        )],
        actions: &[Action::Ticket],
        question: None,
    },
    Case {
        number: 43,
        name: "company_renamed",
        link: Link::Certificate,
        system: System::Platform,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w(
            "证书单位与账户单位不一致",
            "The certificate's organisation is not the account's",
        ),
        cause: w(
            "单位更名后证书没有变更，或用了其他单位的锁。",
            "The company was renamed and the certificate was not, or the key is another company's.",
        ),
        steps: &[
            w(
                "单位更名：请在「CA 办理」中办理证书变更。",
                "After a change of name apply for a change of the certificate.",
            ),
            w(
                "其他单位的锁不能绑定本账户，请换用本单位的锁。",
                "A key of another company can't be bound here: use your own.",
            ),
        ],
        actions: &[Action::Apply, Action::Ticket],
        question: None,
    },
    Case {
        number: 44,
        name: "certificate_revoked",
        link: Link::Ca,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w(
            "证书已被吊销或挂起",
            "The certificate is revoked or suspended",
        ),
        cause: w(
            "挂失、补办或 CA 吊销后，旧证书不能再用。",
            "It was reported lost, replaced, or revoked by the CA.",
        ),
        steps: &[w(
            "找回后可申请解除挂起；已吊销的请办理补办。",
            "A suspended one can be taken up again; for a revoked one apply for a replacement.",
        )],
        actions: &[Action::Apply, Action::Ticket],
        question: None,
    },
    Case {
        number: 53,
        name: "certificate_missing",
        link: Link::Certificate,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Own,
        symptom: w(
            "CA 锁中没有签名证书",
            "The key holds no signing certificate",
        ),
        cause: w(
            "锁是空白的，制证没有完成，或证书被清除。",
            "The key is blank, its production was not finished, or it was wiped.",
        ),
        steps: &[
            w(
                "查看申请进度：已制证的，重插锁后再试。",
                "See how your application stands. If the key was made, plug it in again.",
            ),
            w(
                "仍然没有，请联系 CA 服务商写入证书。",
                "If there is still none, ask the CA to write it.",
            ),
        ],
        actions: &[Action::Again, Action::Ticket],
        question: None,
    },
    Case {
        number: 55,
        name: "status_undetermined",
        link: Link::Ca,
        system: System::Platform,
        found: Found::Named,
        source: Source::Own,
        symptom: w(
            "无法确定证书是否被吊销",
            "Whether the certificate is revoked can't be determined",
        ),
        cause: w(
            "CA 的吊销列表或应答服务暂时取不到；这不表示证书有问题。",
            "The CA's list or responder can't be had right now. Nothing is wrong with the certificate.",
        ),
        steps: &[w(
            "请稍后重试；急需登录可先用账号密码。",
            "Try again later; meanwhile log in by password.",
        )],
        actions: &[Action::Again, Action::Ticket],
        question: None,
    },
];
