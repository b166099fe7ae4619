//! What the PIN window says, Chinese first.

use contract::Intent;
use serde::{Deserialize, Serialize};

use super::PromptText;
use crate::keyring::KeyRow;
use crate::origin::Site;

/// Longest name that is shown in full, in characters; a window that runs off the screen hides who asks.
const MAX_NAME: usize = 80;

/// The language of the agent's own words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// 中文
    #[default]
    Zh,
    /// English
    En,
}

impl Language {
    /// Its word: `zh` or `en`.
    pub fn tag(self) -> &'static str {
        self.pick("zh", "en")
    }

    /// One of two texts.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// A name that comes in both.
    fn name(self, text: &catalogue::Text) -> &str {
        self.pick(&text.zh, &text.en)
    }
}

/// What the window says when a site asks: who, what for, with which key.
///
/// `phrase` stands in the title, so that a picture of such a window in a page is found out.
pub fn for_site(
    site: &Site,
    intent: &Intent,
    key: &KeyRow,
    phrase: &str,
    language: Language,
) -> PromptText {
    let pick = |zh, en| language.pick(zh, en);
    let purpose = match intent {
        Intent::Login(_) => pick("证书登录", "Log in with a key"),
        Intent::Bind(_) => pick("绑定 CA 锁", "Bind a key"),
        Intent::Unbind(_) => pick("解除绑定", "Release a key"),
        Intent::Seal(_) => pick("签章", "Seal a document"),
        Intent::Check(_) => pick("检测 CA 锁", "Check a key"),
        Intent::Diagnose(_) => pick("环境检测", "Look for what is wrong"),
        Intent::Produce(_) => pick("制证", "Make a key"),
        Intent::Renew(_) => pick("证书续期", "Renew certificates"),
        Intent::Unlock(_) => pick("解锁", "Unlock a key"),
    };
    let mut lines = vec![
        format!("{}: {}", pick("网站", "Site"), site.origin),
        format!("{}: {purpose}", pick("用途", "Purpose")),
    ];
    if let Intent::Seal(seal) = intent {
        lines.push(format!(
            "{}: {}",
            pick("文件", "Document"),
            cut(&seal.document)
        ));
    }
    lines.push(format!(
        "{}: {}",
        pick("CA 锁", "Key"),
        key_name(key, language)
    ));
    PromptText {
        title: format!("{} · {phrase}", pick("印信客户端", "Yinxin client")),
        description: lines.join("\n"),
        prompt: pick("PIN 码", "PIN").to_owned(),
        error: None,
        tries_left: key.tries_left,
        language,
    }
}

/// A key by what its holder knows it by.
pub fn key_name(key: &KeyRow, language: Language) -> String {
    let holder = key.holder.as_deref().unwrap_or(&key.label);
    let mut name = cut(holder);
    if let Some(provider) = &key.provider {
        name = format!("{} {name}", language.name(&provider.name));
    }
    if let Some(number) = &key.key_number {
        name = format!("{name} ({})", cut(number));
    }
    name
}

/// What is said after a wrong PIN.
pub fn wrong(left: Option<u32>, language: Language) -> String {
    match left {
        Some(left) => match language {
            Language::Zh => format!("PIN 码错误，还可以试 {left} 次"),
            Language::En => format!("The PIN is wrong, {left} tries left"),
        },
        None => language.pick("PIN 码错误", "The PIN is wrong").to_owned(),
    }
}

/// What is said of a text that can't be a PIN.
pub fn length(language: Language) -> &'static str {
    language.pick("PIN 码长度不符合要求", "The PIN has the wrong length")
}

/// The question before the last try (rule: it is never spent unasked).
pub fn last_try(language: Language) -> &'static str {
    language.pick(
        "只剩最后一次机会。再输错一次，CA 锁将被锁死，须由单位管理员或 CA 服务商解锁。确定继续吗？",
        "One try is left. One more wrong PIN locks the key, and the administrator or the CA has to unlock it. Go on?",
    )
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_NAME {
        return text.to_owned();
    }
    text.chars().take(MAX_NAME - 1).chain(['…']).collect()
}
