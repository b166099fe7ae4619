//! No PIN, no key, no personal number in clear: with secrets planted in everything that a report is made of.

use doctor::machine::*;
use doctor::redact::{file_name, masked, scrub};
use doctor::scripted::{Scripted, key, tokens};
use doctor::{Limits, Timer, diagnose};
use futures_util::future::{BoxFuture, pending};

struct Still;

impl Timer for Still {
    fn after(&self, _: std::time::Duration) -> BoxFuture<'static, ()> {
        Box::pin(pending())
    }
    fn elapsed(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
}

const PIN: &str = "20261122";
const PHONE: &str = "13800138000";
const GROUPED: &str = "138-0013-8000";
const IDENTITY: &str = "35020319900101123X";
const USCC: &str = "91350200MA2XN1QK0A";
const NUMBER: &str = "330400007180230SE";
const QQ: &str = "1283746501";
const MAIL: &str = "li.ming@example.cn";
const NAME: &str = "林演示";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQg\n-----END PRIVATE KEY-----";
const HEX: &str = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
const BASE64: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQgOUUg/";
const HOME: &str = "/home/linyanshi/.config";
const WINDOWS: &str = r"C:\Users\linyanshi\sxca";

#[test]
fn what_is_planted_in_a_text_does_not_come_out() {
    for secret in [
        PIN, PHONE, GROUPED, IDENTITY, USCC, NUMBER, QQ, MAIL, NAME, KEY, HEX, BASE64,
    ] {
        for frame in [
            "{}",
            "pin={}",
            "用户{}。",
            "\"{}\",",
            "at {}: no",
            "（{}）",
            "x/{}/y",
            "{}\n{}",
        ] {
            let text = frame.replace("{}", secret);
            let told = scrub(&text, &[NAME.to_owned()]);
            assert!(!told.contains(secret), "{text} → {told}");
            let core: String = secret
                .chars()
                .skip(2)
                .take(secret.chars().count().saturating_sub(5))
                .collect();
            assert!(
                core.chars().count() < 3 || !told.contains(&core),
                "{text} → {told}"
            );
        }
    }
    for path in [HOME, WINDOWS] {
        assert!(!scrub(path, &[]).contains("linyanshi"), "{path}");
    }
    assert!(!scrub("１３８００１３８０００", &[]).contains("００１３"));
    let cut = "-----BEGIN PRIVATE KEY-----\nMIGHAgEA";
    assert!(
        !scrub(cut, &[]).contains("MIGH"),
        "a block that was cut off"
    );
}

#[test]
fn what_a_support_desk_needs_stays() {
    for text in [
        "yinxin-agent 0.1.0",
        "Chrome/156.0.7512.33",
        "2026-11-22T08:00:00Z",
        "17590: free",
        "code: token_busy",
        "libgm3000.1.0.so",
        "wrong ELF class: ELFCLASS32",
        "4800 ms",
        "usb: 096e:0309",
        "驱动程序没有响应",
    ] {
        assert_eq!(scrub(text, &[]), text);
    }
    assert_eq!(masked("SZ-2026-0001"), "**********01");
    assert_eq!(masked("12345"), "*****");
    assert_eq!(file_name(r"C:\sxca\sxca.exe"), "sxca.exe");
}

#[tokio::test]
async fn a_diagnosis_for_others_tells_no_secret_that_stood_in_paths_messages_or_numbers() {
    let said = format!("can't open {HOME}/x for {PHONE} {IDENTITY} pin {PIN} {BASE64}");
    let machine = Scripted::healthy()
        .tokens(TokensSeen {
            libraries: vec![LibrarySeen {
                path: format!("{HOME}/lib.so").into(),
                name: None,
                millis: 3,
                keys: Err(LibraryFault::Other(said.clone())),
            }],
            keys: vec![KeySeen {
                issuer: Some(format!("CN={PHONE}")),
                provider: None,
                ..key(NUMBER)
            }],
            ..tokens()
        })
        .folders(FoldersSeen {
            paths: vec![WINDOWS.into()],
            refused: Some(said),
            ..FoldersSeen::default()
        });
    let diagnosis = diagnose(&machine, &Still, Limits::default(), |_| {}).await;
    let open = serde_json::to_string(&diagnosis).unwrap();
    assert!(
        open.contains(NUMBER) && open.contains(PHONE),
        "they were there"
    );
    let told = serde_json::to_string(&diagnosis.redacted()).unwrap();
    for secret in [NUMBER, PHONE, IDENTITY, PIN, BASE64, "linyanshi"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    assert!(told.contains("lib.so") && told.contains("SE"));
}

#[test]
fn the_page_that_shows_what_is_kept_is_held_to_the_same_answers() {
    let vectors: Vec<(String, String)> = serde_json::from_str(include_str!("redact.json")).unwrap();
    assert!(vectors.len() > 10);
    for (text, kept) in vectors {
        assert_eq!(scrub(&text, &[]), kept, "{text}");
    }
}
