//! Packages that an operator uploads: what may be said of one, and what its first bytes must look like.

pub mod signature;

use catalogue::{PackageKind, PackageSystem as System, Part, UpdateDate};
use contract::ErrorCode;
use domain::registration::DisplayName;
use serde::Deserialize;

use crate::Problem;
use crate::files::plain_part;
use crate::http::extract::Tenant;

/// The id that stands for our own client.
pub const AGENT: &str = "yinxin-agent";

/// What the operator says of a package, in the address of the upload: all of it is checked before a byte is taken.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// `provider:ID`, `client:ID` or `agent`.
    pub owner: String,
    /// What it is.
    pub kind: PackageKind,
    /// The system it runs on.
    pub system: System,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name; the Chinese one where it has none.
    #[serde(default)]
    pub name_en: String,
    /// Its version, as its maker says it.
    pub version: String,
    /// 最近更新日期.
    pub released: String,
    /// `driver,seal_client`.
    #[serde(default)]
    pub parts: String,
    /// Antivirus programs must be closed during installation.
    #[serde(default)]
    pub antivirus_off: bool,
    /// The key must not be plugged in during installation.
    #[serde(default)]
    pub key_unplugged: bool,
    /// What was installed before need not be removed.
    #[serde(default)]
    pub keep_installed: bool,
    /// The file's name.
    pub name: String,
}

/// The same, checked.
#[derive(Clone, Debug)]
pub struct Checked {
    /// `provider`, `client` or `agent`.
    pub owner_kind: &'static str,
    /// Whose it is.
    pub owner_id: String,
    /// The word for what it is.
    pub kind: String,
    /// The word for its system.
    pub system: String,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// Its version.
    pub version: String,
    /// `YYYY-MM-DD`.
    pub released: String,
    /// JSON.
    pub parts: String,
    /// The name that it is saved under.
    pub file_name: String,
    /// What its first bytes must be.
    pub format: Format,
}

/// Formats of packages, by the end of the file's name, with the bytes that such a file begins with. What begins
/// otherwise is something else under a false name, and is not offered to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The end of the name.
    pub extension: &'static str,
    magic: &'static [&'static [u8]],
}

const FORMATS: [Format; 14] = [
    Format {
        extension: ".exe",
        magic: &[b"MZ"],
    },
    Format {
        extension: ".msi",
        magic: &[&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]],
    },
    Format {
        extension: ".zip",
        magic: &[b"PK\x03\x04"],
    },
    Format {
        extension: ".rar",
        magic: &[b"Rar!\x1A\x07"],
    },
    Format {
        extension: ".7z",
        magic: &[&[b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C]],
    },
    Format {
        extension: ".cab",
        magic: &[b"MSCF"],
    },
    Format {
        extension: ".deb",
        magic: &[b"!<arch>\ndebian"],
    },
    Format {
        extension: ".rpm",
        magic: &[&[0xED, 0xAB, 0xEE, 0xDB]],
    },
    Format {
        extension: ".tar.gz",
        magic: &[&[0x1F, 0x8B]],
    },
    Format {
        extension: ".tgz",
        magic: &[&[0x1F, 0x8B]],
    },
    Format {
        extension: ".tar.xz",
        magic: &[&[0xFD, b'7', b'z', b'X', b'Z', 0]],
    },
    Format {
        extension: ".appimage",
        magic: &[b"\x7FELF"],
    },
    Format {
        extension: ".pkg",
        magic: &[b"xar!"],
    },
    Format {
        extension: ".run",
        magic: &[b"#!", b"\x7FELF"],
    },
];

impl Format {
    /// Whether a file of this format can begin so.
    #[must_use]
    pub fn begins(&self, bytes: &[u8]) -> bool {
        self.magic.iter().any(|magic| bytes.starts_with(magic))
    }
}

fn wrong(zh: impl Into<String>, en: impl Into<String>) -> Problem {
    Problem::of(ErrorCode::Invalid).with_detail(zh, en)
}

impl Said {
    /// Checks every field.
    ///
    /// # Errors
    /// `invalid`, with the field.
    pub fn check(&self, tenant: &Tenant) -> Result<Checked, Problem> {
        let (owner_kind, owner_id) = self.owner(tenant)?;
        let name_zh = line(&self.name_zh, "名称", "The name")?;
        let name_en = if self.name_en.trim().is_empty() {
            name_zh.clone()
        } else {
            line(&self.name_en, "英文名称", "The English name")?
        };
        let version = line(&self.version, "版本", "The version")?;
        if version.chars().count() > 40 {
            return Err(wrong(
                "版本至多 40 个字符",
                "A version has 40 characters at most",
            ));
        }
        let released = self.released.trim();
        if released.len() != 10 || UpdateDate::new(released).is_none() {
            return Err(wrong(
                "更新日期的格式为 2026-11-22",
                "The date has the form 2026-11-22",
            ));
        }
        let parts = self
            .parts
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| {
                serde_json::from_value::<Part>(part.into()).map_err(|_| {
                    wrong(
                        "安装包内容只能是 client、driver、seal_client",
                        "The parts are client, driver and seal_client",
                    )
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if self.kind == PackageKind::Bundle && parts.len() < 2 {
            return Err(wrong(
                "组合安装包须注明包内的各个部分",
                "A package of several parts must say which they are",
            ));
        }
        let (file_name, format) = file_name(&self.name)?;
        let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Checked {
            owner_kind,
            owner_id,
            kind: word(serde_json::json!(self.kind)),
            system: self.system.to_string(),
            name_zh,
            name_en,
            version,
            released: released.to_owned(),
            parts: serde_json::json!(parts).to_string(),
            file_name,
            format,
        })
    }

    /// Only what this platform lists can have a package here.
    fn owner(&self, tenant: &Tenant) -> Result<(&'static str, String), Problem> {
        let rules = &tenant.rules;
        let listed = || {
            rules
                .catalogue
                .providers()
                .filter(|provider| tenant.platform().lists(provider))
        };
        match self.owner.split_once(':') {
            None if self.owner == "agent" => Ok(("agent", AGENT.to_owned())),
            Some(("provider", id)) if listed().any(|p| p.id.as_str() == id) => {
                Ok(("provider", id.to_owned()))
            }
            Some(("client", id))
                if listed().any(|p| {
                    matches!(p.channel_on(tenant.id()), catalogue::ChannelOn::Unified(client) if client.as_str() == id)
                }) =>
            {
                Ok(("client", id.to_owned()))
            }
            _ => Err(wrong(
                "请选择本平台列出的 CA 服务商、融合客户端或印信客户端",
                "Choose a CA or unified client that this platform lists, or the Yinxin client",
            )),
        }
    }
}

fn line(text: &str, zh: &str, en: &str) -> Result<String, Problem> {
    let name: DisplayName = text.parse().map_err(|_| {
        wrong(
            format!("{zh}为 1 至 100 个字符，不能含有控制字符"),
            format!("{en} has 1 to 100 characters and no control characters"),
        )
    })?;
    // Names are shown to strangers who are about to run the file: nothing that hides or reorders text.
    if name.as_str().chars().any(is_hidden) {
        return Err(wrong(
            format!("{zh}含有不可见字符"),
            format!("{en} holds invisible characters"),
        ));
    }
    Ok(name.as_str().to_owned())
}

fn is_hidden(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// The name that a package is saved under, and its format.
fn file_name(given: &str) -> Result<(String, Format), Problem> {
    let plain = plain_part(given);
    let lower = plain.to_ascii_lowercase();
    let format = FORMATS
        .into_iter()
        .find(|format| lower.len() > format.extension.len() && lower.ends_with(format.extension))
        .ok_or_else(|| {
            let all = FORMATS.map(|format| format.extension).join(" ");
            wrong(
                format!("安装包的类型不受支持，可上传：{all}"),
                format!("This kind of file is not taken as a package. Taken are: {all}"),
            )
        })?;
    let length = plain.chars().count();
    let name = if length > 120 {
        plain.chars().skip(length - 120).collect()
    } else {
        plain
    };
    Ok((name, format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_saved_under_the_last_part_of_its_name_and_only_as_a_known_kind() {
        for (given, kept) in [
            ("四川CA驱动 V3.exe", "四川CA驱动 V3.exe"),
            ("../../etc/cron.d/driver.DEB", "driver.DEB"),
            ("C:\\temp\\setup.msi", "setup.msi"),
            ("a\r\nSet-Cookie: x.zip", "aSet-Cookie x.zip"),
            ("photo\u{202E}gpj.exe", "photogpj.exe"),
        ] {
            assert_eq!(file_name(given).unwrap().0, kept, "{given:?}");
        }
        for given in [
            "driver.html",
            "driver",
            ".exe",
            "",
            "driver.exe.js",
            "page.svg",
            "x.exe/..",
        ] {
            assert!(file_name(given).is_err(), "{given:?}");
        }
        let (name, _) = file_name(&format!("{}.exe", "长".repeat(500))).unwrap();
        assert!(name.ends_with(".exe") && name.chars().count() == 120);
    }

    #[test]
    fn what_begins_otherwise_than_its_name_says_is_something_else() {
        let (_, exe) = file_name("driver.exe").unwrap();
        assert!(exe.begins(b"MZ\x90\0"));
        assert!(!exe.begins(b"<!doctype html>"));
        assert!(!exe.begins(b""));
        let (_, deb) = file_name("driver.deb").unwrap();
        assert!(deb.begins(b"!<arch>\ndebian-binary"));
    }
}
