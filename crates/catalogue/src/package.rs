//! Programs to install (驱动, 客户端, 签章服务): which system each is for, its version, date, size and digest,
//! and what the manuals warn of. The download centre shows these and the operator's uploads are matched to
//! them by [`Package::id`].

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{ProviderId, Text, WebAddress, words};

/// A program to install: one `[[packages]]` table of a provider or of a unified client.
///
/// What is not known is absent: a package without `file`, `size` and `sha256` is one that the vendor's own
/// `page` offers; one without `systems` does not say what it runs on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Names the package for uploads and links: an id that no other package of the whole catalogue has.
    pub id: ProviderId,
    /// The platform whose manual says so; absent: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<ProviderId>,
    /// What it is.
    pub kind: PackageKind,
    /// Its name on the download page.
    pub name: Text,
    /// The systems that it runs on; empty: not said.
    #[serde(default)]
    pub systems: Vec<PackageSystem>,
    /// The version, as the vendor writes it, such as `V6.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// 最近更新日期, as the page gives it: year, month and, where shown, day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<UpdateDate>,
    /// The page that offers the download.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<WebAddress>,
    /// The file itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<WebAddress>,
    /// The file's size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The file's SHA-256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256Hex>,
    /// Who signed the file, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<PackageSignature>,
    /// What is in the package; every part must be installed.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Antivirus programs must be closed during installation.
    #[serde(default)]
    pub antivirus_off: bool,
    /// The key must not be plugged in during installation.
    #[serde(default)]
    pub key_unplugged: bool,
    /// What was installed before need not be removed.
    #[serde(default)]
    pub keep_installed: bool,
    /// What else to know before or after installing.
    #[serde(default)]
    pub notes: Vec<Text>,
}

impl Package {
    /// Whether the package runs on a system, as far as the catalogue knows: `None` where it names no system.
    #[must_use]
    pub fn runs_on(&self, system: PackageSystem) -> Option<bool> {
        (!self.systems.is_empty()).then(|| self.systems.iter().any(|own| own.covers(system)))
    }
}

/// What a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PackageKind {
    /// Several parts in one package.
    Bundle,
    /// A client program alone, such as the unified one.
    Client,
    /// The certificate driver alone.
    Driver,
    /// The seal client or service alone.
    SealClient,
}

/// A part of what must be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A client program (the unified one, or the vendor's).
    Client,
    /// The certificate driver (证书驱动).
    Driver,
    /// The seal client or service (签章客户端, 签章服务).
    SealClient,
}

/// Who vouches for a package's file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PackageSignature {
    /// Where the signature is.
    pub kind: SignatureKind,
    /// The signer's name, as its certificate says it.
    pub signer: String,
    /// The detached signature's file; only for [`SignatureKind::Cms`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<WebAddress>,
}

/// Where a package's signature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignatureKind {
    /// Inside a Windows program or installer.
    Authenticode,
    /// Inside a Debian package or its repository.
    Debian,
    /// A detached CMS in a file beside it (RFC 5652).
    Cms,
}

/// An operating system and, where it is known, the processor: `windows-x86_64`, `kylin-arm64`, or `windows`
/// alone where a manual says no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageSystem {
    /// The operating system.
    pub os: Os,
    /// The processor; `None` where it is not said.
    pub arch: Option<Arch>,
}

/// Operating systems for which vendors make drivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Os {
    /// Windows.
    Windows,
    /// macOS.
    Macos,
    /// A Linux of no particular make.
    Linux,
    /// 统信 UOS.
    Uos,
    /// 银河麒麟.
    Kylin,
}

/// Processors for which vendors make drivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arch {
    /// 32-bit Intel and AMD.
    X86,
    /// 64-bit Intel and AMD, 兆芯, 海光.
    X86_64,
    /// 64-bit ARM: 鲲鹏, 飞腾.
    Arm64,
    /// 龙芯 since 3A5000.
    Loongarch64,
    /// 龙芯 before.
    Mips64,
}

const OSES: [(&str, Os); 5] = [
    ("windows", Os::Windows),
    ("macos", Os::Macos),
    ("linux", Os::Linux),
    ("uos", Os::Uos),
    ("kylin", Os::Kylin),
];
const ARCHES: [(&str, Arch); 5] = [
    ("x86", Arch::X86),
    ("x86_64", Arch::X86_64),
    ("arm64", Arch::Arm64),
    ("loongarch64", Arch::Loongarch64),
    ("mips64", Arch::Mips64),
];

impl PackageSystem {
    /// Whether what is made for this system runs on `other`: a Linux package on UOS and 麒麟 of its
    /// processor, a 32-bit Windows program on 64-bit Windows. What says no processor covers all of them,
    /// and a question without one is answered by the operating system alone.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        let os = self.os == other.os
            || (self.os == Os::Linux && matches!(other.os, Os::Uos | Os::Kylin));
        let arch = match (self.arch, other.arch) {
            (None, _) | (_, None) => true,
            (Some(Arch::X86), Some(Arch::X86_64)) => self.os == Os::Windows,
            (Some(own), Some(asked)) => own == asked,
        };
        os && arch
    }
}

/// A text that is no [`PackageSystem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a system is windows, macos, linux, uos or kylin, and may go on with -x86, -x86_64, -arm64, -loongarch64 or -mips64"
)]
pub struct NoSystem;

impl FromStr for PackageSystem {
    type Err = NoSystem;
    fn from_str(text: &str) -> Result<Self, NoSystem> {
        fn find<T: Copy>(names: &[(&str, T)], name: &str) -> Result<T, NoSystem> {
            names
                .iter()
                .find_map(|(known, value)| (*known == name).then_some(*value))
                .ok_or(NoSystem)
        }
        let (os, arch) = match text.split_once('-') {
            Some((os, arch)) => (os, Some(find(&ARCHES, arch)?)),
            None => (text, None),
        };
        Ok(Self {
            os: find(&OSES, os)?,
            arch,
        })
    }
}

impl fmt::Display for PackageSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let os = OSES.iter().find(|(_, os)| *os == self.os);
        f.write_str(os.map_or("", |(name, _)| name))?;
        match ARCHES.iter().find(|(_, arch)| Some(*arch) == self.arch) {
            Some((name, _)) => write!(f, "-{name}"),
            None => Ok(()),
        }
    }
}

impl Serialize for PackageSystem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PackageSystem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|error| D::Error::custom(format!("`{text}` is no system: {error}")))
    }
}

#[cfg(test)]
impl schemars::JsonSchema for PackageSystem {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PackageSystem".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": r"^(windows|macos|linux|uos|kylin)(-(x86|x86_64|arm64|loongarch64|mips64))?$" })
    }
}

words::text_type! {
    /// A date as download pages give it: `2021-05-06`, or `2021-05` where the day is not shown. Orders by time.
    UpdateDate, is_update_date, "no date of the form 2021-05-06 or 2021-05", r"^[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?$"
}

words::text_type! {
    /// A SHA-256 as 64 lower-case hex digits.
    Sha256Hex, is_sha256, "no SHA-256 in 64 lower-case hex digits", r"^[0-9a-f]{64}$"
}

fn is_update_date(text: &str) -> bool {
    let number = |part: &str, digits: usize| {
        (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u16>().ok())
            .flatten()
    };
    let mut parts = text.split('-');
    let (year, month) = (parts.next(), parts.next());
    let known = (
        year.and_then(|y| number(y, 4)),
        month.and_then(|m| number(m, 2)),
    );
    let (Some(year), Some(month @ 1..=12)) = known else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u16::from(leap),
        _ => 31,
    };
    let day = parts.next();
    let day_fits = day.is_none_or(|d| number(d, 2).is_some_and(|d| (1..=days).contains(&d)));
    day_fits && parts.next().is_none()
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(text: &str) -> PackageSystem {
        text.parse().expect(text)
    }

    #[test]
    fn a_system_reads_back_as_it_was_written() {
        for text in [
            "windows",
            "windows-x86",
            "linux-x86_64",
            "kylin-arm64",
            "uos-loongarch64",
        ] {
            assert_eq!(system(text).to_string(), text);
        }
        for text in [
            "",
            "win",
            "windows-",
            "windows-arm",
            "x86_64",
            "linux-x86_64-musl",
        ] {
            assert_eq!(text.parse::<PackageSystem>(), Err(NoSystem), "{text}");
        }
    }

    #[test]
    fn a_package_runs_where_its_system_or_a_wider_one_is_named() {
        for (own, asked, runs) in [
            ("windows", "windows-x86_64", true),
            ("windows-x86", "windows-x86_64", true),
            ("windows-x86_64", "windows-x86", false),
            ("linux-arm64", "kylin-arm64", true),
            ("linux-x86", "linux-x86_64", false),
            ("kylin-arm64", "linux-arm64", false),
            ("uos-arm64", "uos-x86_64", false),
            ("windows-x86", "windows", true),
            ("windows", "linux-x86_64", false),
        ] {
            assert_eq!(system(own).covers(system(asked)), runs, "{own} on {asked}");
        }
    }

    #[test]
    fn dates_and_digests_are_read_strictly() {
        for text in ["2021-05", "2021-05-06", "2024-02-29"] {
            assert!(UpdateDate::new(text).is_some(), "{text}");
        }
        for text in [
            "2021",
            "2021-13",
            "2021-5-6",
            "2023-02-29",
            "2021-04-31",
            "2021-05-06-1",
            "2021-05-",
        ] {
            assert!(UpdateDate::new(text).is_none(), "{text}");
        }
        assert!(UpdateDate::new("2021-05") < UpdateDate::new("2021-05-06"));
        assert!(Sha256Hex::new(&"0f".repeat(32)).is_some());
        for text in [&"0F".repeat(32), &"0f".repeat(31), &"0g".repeat(32)] {
            assert!(Sha256Hex::new(text).is_none(), "{text}");
        }
    }
}
