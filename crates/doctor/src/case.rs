//! A failure: its symptom as the user meets it, its cause in plain words, what to do step by step.

use contract::Text;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A text of the catalogue in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// A text from its two halves.
pub const fn w(zh: &'static str, en: &'static str) -> Words {
    Words { zh, en }
}

impl Words {
    /// As the contract writes it.
    pub fn text(self) -> Text {
        Text::new(self.zh, self.en)
    }
}

/// A link of the chain that a login goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The browser that shows the platform's page.
    Browser,
    /// The client `yinxin-agent`.
    Agent,
    /// The maker's library.
    Driver,
    /// The device.
    Token,
    /// What is written on it.
    Certificate,
    /// Who issued it.
    Ca,
    /// The platform.
    Platform,
}

impl Link {
    /// In the order in which a login goes through them.
    pub const ALL: [Link; 7] = [
        Link::Browser,
        Link::Agent,
        Link::Driver,
        Link::Token,
        Link::Certificate,
        Link::Ca,
        Link::Platform,
    ];

    /// What people call it.
    pub const fn name(self) -> Words {
        match self {
            Link::Browser => w("浏览器", "Browser"),
            Link::Agent => w("客户端", "Client"),
            Link::Driver => w("驱动", "Driver"),
            Link::Token => w("CA 锁", "Key"),
            Link::Certificate => w("证书", "Certificate"),
            Link::Ca => w("CA 机构", "CA"),
            Link::Platform => w("平台", "Platform"),
        }
    }
}

/// Which system a case belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum System {
    /// Every desktop.
    Desktop,
    /// Linux alone.
    Linux,
    /// Windows alone.
    Windows,
    /// The browser, whatever it runs on.
    Browser,
    /// The platform.
    Platform,
}

impl System {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            System::Desktop => "desktop",
            System::Linux => "linux",
            System::Windows => "windows",
            System::Browser => "browser",
            System::Platform => "platform",
        }
    }
}

/// How it is found out that a case is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// A check looks for it.
    Checked,
    /// A check looks for it behind an interface to a system that is not at hand here: *simulated*, tested on
    /// scripted machines alone.
    Simulated,
    /// What the user does fails with a code that names it.
    Named,
    /// No program can see it: a question leads to it.
    Asked,
    /// It needs something that this system does not have yet: bid envelopes, phone certificates.
    NotYet,
}

impl Found {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Found::Checked => "checked",
            Found::Simulated => "simulated",
            Found::Named => "named",
            Found::Asked => "asked",
            Found::NotYet => "not_yet",
        }
    }
}

/// Whose words the symptom and the steps are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// 公e采, CA 使用操作指引, chapter two.
    FirstManual,
    /// 政采云, CA 绑定与登录操作指南, 问题答疑机制.
    SecondManual,
    /// The support desks of CAs and platforms.
    Desks,
    /// Found while this system was built.
    Own,
}

/// What a program can do about a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Start the client's service.
    StartService,
    /// Write the service's entry anew, with the program where it lies now.
    Reregister,
    /// Go on to the next port.
    NextPort,
    /// End the hung worker of a library; the next call starts a fresh one.
    RestartWorker,
    /// Take away files that an interrupted run left behind.
    ClearStale,
    /// Let the platform's site use the key.
    AllowOrigin,
    /// Go to the renewal.
    Renew,
    /// Bind the key to this account.
    Bind,
    /// Go to the unlocking.
    Unlock,
    /// Send the code once more.
    ResendCode,
    /// Go to the downloads.
    Downloads,
    /// Confirm that the key has arrived.
    ConfirmReceipt,
    /// Apply for a change, a replacement, a seal.
    Apply,
    /// Look once more.
    Again,
    /// Open a ticket.
    Ticket,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 15] = [
        Action::StartService,
        Action::Reregister,
        Action::NextPort,
        Action::RestartWorker,
        Action::ClearStale,
        Action::AllowOrigin,
        Action::Renew,
        Action::Bind,
        Action::Unlock,
        Action::ResendCode,
        Action::Downloads,
        Action::ConfirmReceipt,
        Action::Apply,
        Action::Again,
        Action::Ticket,
    ];

    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Action::StartService => "start_service",
            Action::Reregister => "reregister",
            Action::NextPort => "next_port",
            Action::RestartWorker => "restart_worker",
            Action::ClearStale => "clear_stale",
            Action::AllowOrigin => "allow_origin",
            Action::Renew => "renew",
            Action::Bind => "bind",
            Action::Unlock => "unlock",
            Action::ResendCode => "resend_code",
            Action::Downloads => "downloads",
            Action::ConfirmReceipt => "confirm_receipt",
            Action::Apply => "apply",
            Action::Again => "again",
            Action::Ticket => "ticket",
        }
    }

    /// The button.
    pub const fn label(self) -> Words {
        match self {
            Action::StartService => w("启动服务", "Start the service"),
            Action::Reregister => w("重新注册服务", "Register the service anew"),
            Action::NextPort => w("换用下一个端口", "Take the next port"),
            Action::RestartWorker => w("重启驱动进程", "Restart the driver’s process"),
            Action::ClearStale => w("清理残留文件", "Clear what was left behind"),
            Action::AllowOrigin => w("允许该网站", "Let this site in"),
            Action::Renew => w("去续期", "Renew"),
            Action::Bind => w("立即绑定", "Bind now"),
            Action::Unlock => w("在线解锁", "Unlock online"),
            Action::ResendCode => w("重新发送验证码", "Send the code again"),
            Action::Downloads => w("前往 CA 下载", "Go to downloads"),
            Action::ConfirmReceipt => w("确认收货", "Confirm receipt"),
            Action::Apply => w("前往办理", "Apply"),
            Action::Again => w("重新检测", "Look again"),
            Action::Ticket => w("联系客服", "Contact support"),
        }
    }

    /// Whether the agent does it itself; the others lead to a page.
    pub const fn by_agent(self) -> bool {
        matches!(
            self,
            Action::StartService
                | Action::Reregister
                | Action::NextPort
                | Action::RestartWorker
                | Action::ClearStale
                | Action::AllowOrigin
        )
    }
}

/// A case of the failure catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its number; 1 to 46 are those of the users' catalogue. Never used again for another.
    pub number: u16,
    /// Its name in JSON. Never changed.
    pub name: &'static str,
    /// Where the chain is broken.
    pub link: Link,
    /// Which system it belongs to.
    pub system: System,
    /// How it is found out.
    pub found: Found,
    /// Whose words these are.
    pub source: Source,
    /// What the user meets.
    pub symptom: Words,
    /// Why, in plain words.
    pub cause: Words,
    /// What to do, step by step.
    pub steps: &'static [Words],
    /// What a program can do.
    pub actions: &'static [Action],
    /// What to ask where no program can see it; "yes" leads to the steps.
    pub question: Option<Words>,
}

/// Every case, in the order of their numbers.
pub fn all() -> impl Iterator<Item = &'static Case> {
    crate::cases::TABLES
        .iter()
        .flat_map(|table| table.iter().map(|case| (case.number, case)))
        .collect::<std::collections::BTreeMap<_, _>>()
        .into_values()
}

/// A case by its name.
pub fn by_name(name: &str) -> Option<&'static Case> {
    crate::cases::TABLES
        .iter()
        .flat_map(|table| table.iter())
        .find(|case| case.name == name)
}
