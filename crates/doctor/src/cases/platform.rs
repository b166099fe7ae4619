//! Cases of the platform: bindings, applications, seals, time and reach.

use crate::case::{Action, Case, Found, Link, Source, System, w};

pub(crate) const CASES: &[Case] = &[
    Case {
        number: 4,
        name: "not_bound",
        link: Link::Platform,
        system: System::Platform,
        found: Found::Checked,
        source: Source::FirstManual,
        symptom: w("证书有效但未绑定", "The certificate is valid and not bound"),
        cause: w(
            "说明 CA 是正常可以使用的，需要绑定在平台账号上才可以使用 CA 登录。",
            "The key is in order; it must be bound to an account before it logs in.",
        ),
        steps: &[
            w(
                "用账号密码登录平台，进入「CA 绑定」。",
                "Log in by password and go to CA binding.",
            ),
            w(
                "点击「绑定 CA」，选择姓名，在客户端窗口中输入 PIN 码，确定即绑定成功。",
                "Click bind, choose the person, enter the PIN in the client's window, and confirm.",
            ),
        ],
        actions: &[Action::Bind],
        question: None,
    },
    Case {
        number: 5,
        name: "bound_elsewhere",
        link: Link::Platform,
        system: System::Platform,
        found: Found::Checked,
        source: Source::FirstManual,
        symptom: w(
            "CA 绑定时，显示已被多人绑定",
            "Binding says that the key is bound by others",
        ),
        cause: w(
            "说明 CA 已经绑定过其他平台账号；一把 CA 锁只能绑定一个账号。",
            "It is bound to another account of this platform; a key has one account.",
        ),
        steps: &[
            w(
                "若需要绑定新的账号，需要先使用 CA 登录旧账号中，将账号与 CA 进行解绑。",
                "To bind it to another account, log in to the old one with the key and release it there.",
            ),
            w(
                "旧账号已无法登录，请联系客服，由平台两人复核后转移。",
                "If the old account can't be entered any more, open a ticket: two persons of the platform review a transfer.",
            ),
        ],
        actions: &[Action::Ticket],
        question: None,
    },
    Case {
        number: 6,
        name: "renewed_key_unbound",
        link: Link::Platform,
        system: System::Platform,
        found: Found::Checked,
        source: Source::FirstManual,
        symptom: w(
            "CA 续费后不能用 CA 登录",
            "After a renewal the key does not log in",
        ),
        cause: w(
            "CA 章续费后会发生 ID 改变，平台还记着旧编号。",
            "A renewal elsewhere changed the key's number; the platform knows the old one.",
        ),
        steps: &[
            w(
                "续费后的用户请使用之前绑定过的账号登录平台，并重新绑定 CA 即可。",
                "Log in to the account that it was bound to and bind it again.",
            ),
            w(
                "同一单位、同一持有人的新证书，点击「立即绑定」后自动换绑，并留有通知和记录。",
                "A new certificate of the same holder and organisation takes the old one's place when you click, with a notice and a record.",
            ),
        ],
        actions: &[Action::Bind],
        question: None,
    },
    Case {
        number: 11,
        name: "wrong_provider_chosen",
        link: Link::Platform,
        system: System::Platform,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w("CA 服务商选错了", "The wrong CA was chosen"),
        cause: w(
            "所选的 CA 服务商与插入的锁不是同一家。",
            "The CA that was chosen is not the key's.",
        ),
        steps: &[w(
            "不用选：客户端会按证书自动识别 CA 服务商，见下方。",
            "There is no need to choose: the client recognises it by the certificate, as shown below.",
        )],
        actions: &[Action::Again],
        question: None,
    },
    Case {
        number: 27,
        name: "unlock_before_receipt",
        link: Link::Platform,
        system: System::Platform,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w(
            "该证书不能解锁，不在已生效状态",
            "The certificate can't be unlocked: it is not in effect",
        ),
        cause: w(
            "锁已寄出，但还没有确认收货，证书尚未生效。",
            "The key was sent and its receipt was not confirmed.",
        ),
        steps: &[w(
            "收到 CA 锁后，在「我的申请」中点击「确认收货」，证书即生效。",
            "Once it has arrived confirm its receipt under my applications.",
        )],
        actions: &[Action::ConfirmReceipt, Action::Ticket],
        question: None,
    },
    Case {
        number: 28,
        name: "no_seal",
        link: Link::Platform,
        system: System::Platform,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w("印章列表为空", "The list of seals is empty"),
        cause: w(
            "本单位还没有可用的印章，或没有绑定可以签章的锁。",
            "Your organisation has no seal yet, or has bound no key that may seal.",
        ),
        steps: &[
            w("请先绑定可用于签章的 CA 锁。", "Bind a key that may seal."),
            w(
                "没有印章的，向 CA 申请制作电子印章。",
                "If there is no seal, order one from the CA.",
            ),
        ],
        actions: &[Action::Bind, Action::Apply, Action::Ticket],
        question: None,
    },
    Case {
        number: 35,
        name: "seals_apart",
        link: Link::Platform,
        system: System::Platform,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w("能登录，但不能签章", "It logs in and does not seal"),
        cause: w(
            "该 CA 在本平台只开通了登录，或签章要用另一个驱动。",
            "Here this CA may log in and not seal, or its seals want a driver of their own.",
        ),
        steps: &[
            w(
                "请用下方所列可签章的 CA 签发的锁。",
                "Use a key of a CA that may seal here, as listed below.",
            ),
            w(
                "该 CA 另有签章驱动的，请到「CA 下载」安装。",
                "If the CA has a driver for seals, install it from the downloads page.",
            ),
        ],
        actions: &[Action::Downloads, Action::Apply, Action::Ticket],
        question: None,
    },
    Case {
        number: 36,
        name: "clock_skew",
        link: Link::Platform,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w(
            "签名无效：本机时间不准",
            "Signatures are not valid: this computer's clock is wrong",
        ),
        cause: w(
            "本机时间与平台相差超过五分钟。",
            "It is more than five minutes off the platform's.",
        ),
        steps: &[
            w(
                "在系统设置中打开“自动设置时间”，并同步一次。",
                "Turn on automatic time in the system's settings and synchronise.",
            ),
            w("时间以平台为准。", "The platform's clock counts."),
        ],
        actions: &[Action::Again],
        question: None,
    },
    Case {
        number: 46,
        name: "provider_unsupported",
        link: Link::Platform,
        system: System::Platform,
        found: Found::Checked,
        source: Source::FirstManual,
        symptom: w(
            "所在区划或平台不支持该 CA",
            "The region or the platform does not support this CA",
        ),
        cause: w(
            "平台的 CA 名单中没有这家 CA。",
            "It is not in the platform's list of CAs.",
        ),
        steps: &[
            w(
                "平台支持的 CA 见下方；请使用其中一家的锁。",
                "The supported CAs are listed below: use a key of one of them.",
            ),
            w(
                "非本平台办理的 CA，请至少提前 3 个工作日联系平台，确认其所持 CA 是否可适用。",
                "For a key from elsewhere ask the platform at least three working days ahead whether it suits.",
            ),
        ],
        actions: &[Action::Apply, Action::Ticket],
        question: None,
    },
    Case {
        number: 52,
        name: "platform_unreachable",
        link: Link::Platform,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Own,
        symptom: w("无法连接平台", "The platform can't be reached"),
        cause: w(
            "网络不通、网址有误，或平台正在维护。",
            "The network is down, the address is wrong, or the platform is being looked after.",
        ),
        steps: &[
            w(
                "检查网络与网址；单位内网请确认代理设置。",
                "Check network, address and proxy.",
            ),
            w("稍后重试。", "Try again later."),
        ],
        actions: &[Action::Again, Action::Ticket],
        question: None,
    },
    Case {
        number: 54,
        name: "code_not_received",
        link: Link::Platform,
        system: System::Platform,
        found: Found::Asked,
        source: Source::Desks,
        symptom: w("收不到验证码", "The code does not come"),
        cause: w(
            "短信延迟、被拦截，或手机号不是申请时登记的号码。",
            "The message is late or blocked, or the number is not the registered one.",
        ),
        steps: &[
            w(
                "等待一分钟后重新发送，并查看手机的拦截短信。",
                "Wait a minute, send it again, and look among blocked messages.",
            ),
            w(
                "号码已更换的，请联系客服核实身份后修改。",
                "If the number has changed, open a ticket.",
            ),
        ],
        actions: &[Action::ResendCode, Action::Ticket],
        question: Some(w(
            "是否在等验证码，一直没有收到？",
            "Are you waiting for a code that does not come?",
        )),
    },
];
