//! A module: the maker's library through which keys are reached, and what it does in its own way.
//!
//! A library that serves several providers is a file in `catalogue/modules/`; one that serves a single
//! provider may stand in that provider's file as `[[modules]]`. A library is code that runs in a process of
//! ours: its paths are absolute, for one system each, and come from here only, never from a page.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::{
    CatalogueError, ProviderId, Text,
    file::{self, Parsed},
};

mod quirks;

pub use quirks::{
    Alignment, BoolWidth, DeviceAuthAlgorithm, DeviceAuthPadding, EccDecrypt, EccDecryptPrototype,
    Quirks, RsaSignInput,
};

/// One maker's library.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// The id; in `catalogue/modules/` also the file's name. No two modules of a catalogue share one.
    pub id: ProviderId,
    /// What people call the key or its driver.
    pub name: Text,
    /// Which interface the library has.
    pub kind: ModuleKind,
    /// Whether keys live in a device of their own. `false` for software that stands in for one: pages mark
    /// such keys 非硬件介质.
    #[serde(default = "yes")]
    pub hardware: bool,
    /// Whether this project has tried it with a real key. Absent: no.
    #[serde(default)]
    pub tested: bool,
    /// Where its installer puts the library, by system; the first that exists counts.
    #[serde(default)]
    pub paths: BTreeMap<System, Vec<String>>,
    /// File names by which a library that was named by hand is recognised, beside those in `paths`.
    #[serde(default)]
    pub files: Vec<String>,
    /// USB ids of the devices that it reaches.
    #[serde(default)]
    pub usb: Vec<UsbId>,
    /// What it does in its own way.
    #[serde(default)]
    pub quirks: Quirks,
}

fn yes() -> bool {
    true
}

/// The interface of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ModuleKind {
    /// GM/T 0016, `SKF_…`.
    Skf,
    /// PKCS#11, `C_GetFunctionList`.
    Pkcs11,
}

/// A system with its word size: `<os>-<architecture>`, the names that Rust gives both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[allow(missing_docs)] // the variants say it
pub enum System {
    #[serde(rename = "linux-x86")]
    LinuxX86,
    #[serde(rename = "linux-x86_64")]
    LinuxX86_64,
    #[serde(rename = "linux-aarch64")]
    LinuxAarch64,
    #[serde(rename = "linux-loongarch64")]
    LinuxLoongArch64,
    #[serde(rename = "linux-mips64")]
    LinuxMips64,
    #[serde(rename = "windows-x86")]
    WindowsX86,
    #[serde(rename = "windows-x86_64")]
    WindowsX86_64,
    #[serde(rename = "macos-x86_64")]
    MacosX86_64,
    #[serde(rename = "macos-aarch64")]
    MacosAarch64,
}

impl System {
    /// The system that this program was built for; `None` for one that no catalogue names.
    pub fn here() -> Option<System> {
        Some(match (std::env::consts::OS, std::env::consts::ARCH) {
            ("linux", "x86") => System::LinuxX86,
            ("linux", "x86_64") => System::LinuxX86_64,
            ("linux", "aarch64") => System::LinuxAarch64,
            ("linux", "loongarch64") => System::LinuxLoongArch64,
            ("linux", "mips64") => System::LinuxMips64,
            ("windows", "x86") => System::WindowsX86,
            ("windows", "x86_64") => System::WindowsX86_64,
            ("macos", "x86_64") => System::MacosX86_64,
            ("macos", "aarch64") => System::MacosAarch64,
            _ => return None,
        })
    }

    /// Whether paths begin with a drive, not with a slash.
    fn is_windows(self) -> bool {
        matches!(self, System::WindowsX86 | System::WindowsX86_64)
    }

    /// An absolute path of this system without anything that another program could bend: no variables, no
    /// home folder, no step upwards, no network share.
    fn accepts(self, path: &str) -> bool {
        let (rest, separators): (Option<&str>, &[char]) = if self.is_windows() {
            let drive = path
                .split_at_checked(3)
                .filter(|(drive, _)| {
                    let bytes = drive.as_bytes();
                    bytes[0].is_ascii_alphabetic()
                        && bytes[1] == b':'
                        && matches!(bytes[2], b'\\' | b'/')
                })
                .map(|(_, rest)| rest);
            (drive, &['\\', '/'])
        } else {
            (path.strip_prefix('/'), &['/'])
        };
        rest.is_some_and(|rest| {
            rest.split(separators).all(|part| {
                !matches!(part, "" | "." | "..") && !part.contains(['$', '%', '~', '*', '?', '\0'])
            })
        })
    }
}

/// A USB vendor and product id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsbId {
    /// `idVendor`.
    pub vendor: u16,
    /// `idProduct`.
    pub product: u16,
}

impl UsbId {
    /// Reads `096e:0309`: twice four hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Option<UsbId> {
        let digits = |text: &str| {
            let form = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            (form && text.len() == 4)
                .then(|| u16::from_str_radix(text, 16).ok())
                .flatten()
        };
        let (vendor, product) = text.split_once(':')?;
        Some(UsbId {
            vendor: digits(vendor)?,
            product: digits(product)?,
        })
    }
}

impl fmt::Display for UsbId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.product)
    }
}

impl<'de> Deserialize<'de> for UsbId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        UsbId::parse(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "`{text}` is no USB id like 096e:0309, in lower case"
            ))
        })
    }
}

#[cfg(test)]
impl schemars::JsonSchema for UsbId {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "UsbId".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{4}:[0-9a-f]{4}$" })
    }
}

impl Module {
    /// Every file name by which this module's library is known.
    pub fn file_names(&self) -> impl Iterator<Item = &str> {
        let in_paths = self.paths.iter().flat_map(|(system, paths)| {
            let separators: &[char] = if system.is_windows() {
                &['\\', '/']
            } else {
                &['/']
            };
            paths
                .iter()
                .filter_map(move |path| path.rsplit(separators).next())
        });
        self.files.iter().map(String::as_str).chain(in_paths)
    }

    /// What is wrong with it: the text to look for in the file, and the reason.
    fn fault(&self) -> Option<(String, String)> {
        for (system, paths) in &self.paths {
            if let Some(path) = paths.iter().find(|path| !system.accepts(path)) {
                let reason =
                    format!("`{path}` is no absolute path of that system without variables");
                // TOML writes a backslash twice in a basic string: look for the last part only.
                let needle = path.rsplit(['\\', '/']).next().unwrap_or(path).to_owned();
                return Some((needle, reason));
            }
        }
        if let Some(name) = self.files.iter().find(|name| {
            name.is_empty() || name.contains(['/', '\\', '\0']) || matches!(&name[..], "." | "..")
        }) {
            return Some((name.clone(), format!("`{name}` is no plain file name")));
        }
        if self.file_names().next().is_none() {
            let reason = "neither `paths` nor `files` says which library this is".to_owned();
            return Some((format!("\"{}\"", self.id), reason));
        }
        if self.kind == ModuleKind::Pkcs11 && self.quirks.only_skf() {
            let reason = "these quirks are of SKF libraries, this is a PKCS#11 module".to_owned();
            return Some(("quirks".to_owned(), reason));
        }
        self.quirks.fault()
    }
}

/// The modules of a catalogue, checked one by one and against each other.
#[derive(Clone, Debug, Default)]
pub struct Modules {
    by_id: BTreeMap<ProviderId, Module>,
}

impl Modules {
    /// Reads every `*.toml` of a folder. A folder that isn't there holds no modules.
    ///
    /// # Errors
    /// With file and line: unknown keys, malformed values, paths that aren't absolute, ids that differ from
    /// the file's name or are taken, one file name with two sets of quirks.
    pub fn load(folder: &Path) -> Result<Modules, CatalogueError> {
        let mut modules = Modules::default();
        if folder.is_dir() {
            for parsed in file::read_folder::<Module>(folder)? {
                modules.add_file(parsed)?;
            }
        }
        Ok(modules)
    }

    /// The same from texts that came with the program, each with its file name.
    ///
    /// # Errors
    /// As [`Modules::load`].
    pub fn parse<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Modules, CatalogueError> {
        let mut modules = Modules::default();
        for (name, text) in files {
            modules.add_file(file::parse(PathBuf::from(name), text.to_owned())?)?;
        }
        Ok(modules)
    }

    fn add_file(&mut self, parsed: Parsed<Module>) -> Result<(), CatalogueError> {
        parsed.named(&parsed.value.id)?;
        self.add(&parsed, &parsed.value)
    }

    /// Adds a module of `parsed`, which is its own file or its provider's.
    pub(crate) fn add<T>(
        &mut self,
        parsed: &Parsed<T>,
        module: &Module,
    ) -> Result<(), CatalogueError> {
        if let Some((needle, reason)) = module.fault() {
            return Err(parsed.refuse(&needle, format!("module `{}`: {reason}", module.id)));
        }
        for name in module.file_names() {
            // Which quirks would a library of that name have? A guess can lock a PIN.
            if let Some(other) = self.named(name, module.kind)
                && other.quirks != module.quirks
            {
                let reason = format!(
                    "`{name}` stands in module `{}` too, with other quirks",
                    other.id
                );
                return Err(parsed.refuse(name, reason));
            }
        }
        if self.by_id.contains_key(&module.id) {
            let reason = format!("there are two modules `{}`", module.id);
            return Err(parsed.refuse(&format!("\"{}\"", module.id), reason));
        }
        self.by_id.insert(module.id.clone(), module.clone());
        Ok(())
    }

    /// All of them, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Module> {
        self.by_id.values()
    }

    /// The module with this id.
    pub fn module(&self, id: &str) -> Option<&Module> {
        self.by_id.get(&ProviderId::new(id)?)
    }

    /// The module of a library, by its path or, where no path of the catalogue is that one, by its file name.
    pub fn of_library(&self, library: &Path) -> Option<&Module> {
        let at_path = self.iter().find(|module| {
            let mut paths = module.paths.values().flatten();
            paths.any(|path| Path::new(path) == library)
        });
        let name = library.file_name().and_then(|name| name.to_str());
        at_path.or_else(|| {
            let name = name?;
            self.named(name, ModuleKind::Skf)
                .or_else(|| self.named(name, ModuleKind::Pkcs11))
        })
    }

    /// The quirks of a library: its module's, or none known.
    pub fn quirks_of(&self, library: &Path) -> Quirks {
        self.of_library(library)
            .map(|module| module.quirks.clone())
            .unwrap_or_default()
    }

    /// The modules whose library `exists` on `system`, each with the path of it. No path comes twice.
    pub fn installed(
        &self,
        system: System,
        exists: impl Fn(&Path) -> bool,
    ) -> Vec<(&Module, PathBuf)> {
        let mut found: Vec<(&Module, PathBuf)> = Vec::new();
        for module in self.iter() {
            let paths = module.paths.get(&system).into_iter().flatten();
            if let Some(path) = paths.map(PathBuf::from).find(|path| exists(path))
                && !found.iter().any(|(_, other)| *other == path)
            {
                found.push((module, path));
            }
        }
        found
    }

    /// Windows finds a file whatever the case of its name; elsewhere it counts.
    fn named(&self, name: &str, kind: ModuleKind) -> Option<&Module> {
        let same = |other: &str| {
            if name.to_ascii_lowercase().ends_with(".dll") {
                other.eq_ignore_ascii_case(name)
            } else {
                other == name
            }
        };
        self.iter()
            .find(|module| module.kind == kind && module.file_names().any(same))
    }
}
