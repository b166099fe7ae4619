//! What a report may not tell: no PIN, no key, no personal number in clear.
//!
//! PINs are never among what is seen; this is for what creeps in by way of messages and paths. What the asker knows
//! to be a secret (a holder's name, say) is taken out to the letter. What looks personal goes by its form: runs of six
//! digits and more (telephone, identity, QQ, PIN), codes of letters and digits (credit codes, key numbers), addresses
//! with @, long base64 or hex, PEM blocks, and a user's name in the path of their home.

/// Longest report, in bytes.
pub const MAX_REPORT: usize = 64 * 1024;

/// A number but for its last two characters; a short one wholly.
#[must_use]
pub fn masked(number: &str) -> String {
    let characters: Vec<char> = number.chars().collect();
    let shown = if characters.len() >= 6 { 2 } else { 0 };
    let tail: String = characters[characters.len() - shown..].iter().collect();
    format!("{}{tail}", "*".repeat(characters.len() - shown))
}

/// The last part of a path on either kind of system.
#[must_use]
pub fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or_default()
        .to_owned()
}

/// A text without what is nobody's business. `secrets` are taken out wherever they stand.
#[must_use]
pub fn scrub(text: &str, secrets: &[String]) -> String {
    let mut text = without_pem(text);
    // The longest first: a name may be a part of another.
    let mut secrets: Vec<&str> = secrets
        .iter()
        .map(|secret| secret.trim())
        .filter(|secret| secret.chars().count() >= 2)
        .collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    for secret in secrets {
        text = text.replace(secret, "***");
    }
    let text = without_homes(&text);
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for character in text.chars() {
        if is_of_word(character) {
            word.push(character);
        } else {
            out.push_str(&scrubbed(&word));
            word.clear();
            out.push(character);
        }
    }
    out.push_str(&scrubbed(&word));
    out
}

/// What may stand inside a number, a code, an address or base64.
fn is_of_word(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '@' | '+' | '-' | '_' | '.')
        || fullwidth_digit(character)
}

fn fullwidth_digit(character: char) -> bool {
    ('０'..='９').contains(&character)
}

fn scrubbed(word: &str) -> String {
    if word.contains('@') {
        return "***".to_owned();
    }
    let plain = word.trim_matches(['.', '-', '=', '+']);
    if is_time(plain) || is_version(plain) || is_error_code(plain) {
        return word.to_owned();
    }
    let letters = plain.chars().filter(char::is_ascii_alphabetic).count();
    let digits = plain
        .chars()
        .filter(|c| c.is_ascii_digit() || fullwidth_digit(*c))
        .count();
    // A number may be written in groups: 138-0013-8000.
    let a_number = digits >= 6 && letters <= 2;
    let a_code = plain.len() >= 8
        && digits >= 4
        && letters > 0
        && plain.chars().all(|c| !c.is_ascii_lowercase());
    let hex = plain.len() >= 16 && plain.chars().all(|c| c.is_ascii_hexdigit());
    let long = plain.len() >= 40 && !plain.contains('.');
    if a_number || a_code || hex {
        masked(word)
    } else if long {
        "***".to_owned()
    } else {
        word.to_owned()
    }
}

/// `2026-11-22T00`, which a colon ends, or `2026-11-22`.
fn is_time(word: &str) -> bool {
    let bytes = word.as_bytes();
    let date = bytes.len() >= 10
        && bytes[..10].iter().enumerate().all(|(at, byte)| {
            if at == 4 || at == 7 {
                *byte == b'-'
            } else {
                byte.is_ascii_digit()
            }
        });
    date && (bytes.len() == 10 || (bytes[10] == b'T' && bytes.len() <= 13)) && &word[..2] == "20"
}

/// `156.0.0.0`: groups of at most five digits between points.
fn is_version(word: &str) -> bool {
    word.contains('.')
        && word.split('.').all(|part| {
            !part.is_empty() && part.len() <= 5 && part.bytes().all(|byte| byte.is_ascii_digit())
        })
}

/// `0x80090016`: an HRESULT or the answer of a token library, which says what failed and of nobody. 32 bits at most:
/// no key is that short.
fn is_error_code(word: &str) -> bool {
    word.strip_prefix("0x")
        .or_else(|| word.strip_prefix("0X"))
        .is_some_and(|digits| {
            !digits.is_empty()
                && digits.len() <= 8
                && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

fn without_pem(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find("-----BEGIN ") {
        out.push_str(&rest[..begin]);
        out.push_str("***");
        rest = match rest[begin..].find("-----END ") {
            Some(end) => {
                let behind = &rest[begin + end + 9..];
                behind.find("-----").map_or("", |at| &behind[at + 5..])
            }
            // A block that was cut off ends where the text does.
            None => "",
        };
    }
    out.push_str(rest);
    out
}

/// `/home/li/…` and `C:\Users\li\…` without the name.
fn without_homes(text: &str) -> String {
    let mut text = text.to_owned();
    for home in ["/home/", "/Users/", "\\Users\\", "\\\\Users\\\\"] {
        let mut from = 0;
        while let Some(at) = text[from..].find(home) {
            let begin = from + at + home.len();
            let end = text[begin..]
                .find(['/', '\\', '"', '\n', ' ', ':'])
                .map_or(text.len(), |length| begin + length);
            text.replace_range(begin..end, "***");
            from = begin + 3;
        }
    }
    text
}
