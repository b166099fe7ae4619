//! Everything that is wrong with a catalogue at once, and what should be looked at: for the person who edits it.
//! Loading stops at the first fault; this goes on.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{
    CatalogueError, Module, Modules, Package, Platform, Provider, ProviderId, Stated,
    UnifiedClient, faults,
    file::{self, Parsed},
    load::{find_certificates, second_package},
};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A folder or file could not be read: nothing can be said about it.
    Undetermined,
    /// No program starts with this, or goes on with the last right reading.
    Error,
    /// It loads; somebody should know all the same.
    Warning,
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// The file or folder.
    pub path: PathBuf,
    /// The line, from 1; absent where it is about the whole file.
    pub line: Option<usize>,
    /// A stable word for it, such as `missing_anchor`.
    pub code: &'static str,
    /// What it is, in a sentence.
    pub message: String,
}

/// Checks `catalogue` with `channels/` and `modules/` in it, the platforms' folder where there is one, and
/// whether `anchors` hold what the files name. The graver come first, then in the order of the files.
#[must_use]
pub fn check(catalogue: &Path, platforms: Option<&Path>, anchors: &[&Path]) -> Vec<Finding> {
    let mut findings = Findings::default();
    let optional = |folder: PathBuf| folder.is_dir().then_some(folder);
    let clients: Vec<Parsed<UnifiedClient>> = optional(catalogue.join("channels"))
        .map(|folder| findings.read(&folder))
        .unwrap_or_default();
    let modules: Vec<Parsed<Module>> = optional(catalogue.join("modules"))
        .map(|folder| findings.read(&folder))
        .unwrap_or_default();
    let providers: Vec<Parsed<Provider>> = findings.read(catalogue);
    let platforms: Option<Vec<Parsed<Platform>>> = platforms.map(|folder| findings.read(folder));

    findings.each_alone(&clients, &providers);
    findings.packages(&clients, &providers);
    findings.modules(&modules, &providers);
    findings.issuers(&providers);
    findings.anchors(&providers, anchors);
    findings.thin(&clients, &providers);
    if let Some(platforms) = &platforms {
        findings.platforms(platforms, &providers);
    }
    findings.sorted()
}

#[derive(Default)]
struct Findings {
    all: Vec<Finding>,
    /// Ids of providers, by file name, also of files with faults: a platform that names one is right.
    ids: BTreeSet<String>,
}

impl Findings {
    fn sorted(mut self) -> Vec<Finding> {
        self.all
            .sort_by(|a, b| (a.severity, &a.path, a.line).cmp(&(b.severity, &b.path, b.line)));
        self.all
    }

    fn refuse(&mut self, error: CatalogueError) {
        let (severity, code) = match &error {
            CatalogueError::Read { .. } => (Severity::Undetermined, "unreadable"),
            CatalogueError::Refused { .. } => (Severity::Error, "refused"),
            CatalogueError::TooLarge { .. } => (Severity::Error, "too_large"),
            CatalogueError::SharedIssuer { .. } => (Severity::Error, "shared_issuer"),
            CatalogueError::Anchor { .. } => (Severity::Error, "bad_anchor"),
            CatalogueError::Empty { .. } => (Severity::Error, "empty"),
        };
        let (path, line, message) = match error {
            CatalogueError::Refused { path, line, reason } => (path, Some(line), reason),
            CatalogueError::Read { path, source } => (path, None, source.to_string()),
            CatalogueError::Anchor { path, reason } => (path, None, reason),
            CatalogueError::Empty { path } => (path, None, "no *.toml file".to_owned()),
            CatalogueError::TooLarge { path, limit, what } => {
                (path, None, format!("more than {limit} {what}"))
            }
            CatalogueError::SharedIssuer { first, second } => (
                second,
                None,
                format!("{} lists the same issuer", first.display()),
            ),
        };
        self.all.push(Finding {
            severity,
            path,
            line,
            code,
            message,
        });
    }

    /// A warning at the first line that mentions `needle`, or about the file where none does.
    fn warn<T>(&mut self, parsed: &Parsed<T>, needle: &str, code: &'static str, message: String) {
        let line = parsed
            .text
            .lines()
            .position(|line| line.contains(needle))
            .map(|at| at + 1);
        self.all.push(Finding {
            severity: Severity::Warning,
            path: parsed.path.clone(),
            line,
            code,
            message,
        });
    }

    /// The files of a folder that parse; the faults of the others are told.
    fn read<T: serde::de::DeserializeOwned>(&mut self, folder: &Path) -> Vec<Parsed<T>> {
        let paths = match file::paths_of(folder) {
            Ok(paths) => paths,
            Err(error) => {
                self.refuse(error);
                return Vec::new();
            }
        };
        if paths.is_empty() {
            self.refuse(CatalogueError::Empty {
                path: folder.to_owned(),
            });
        }
        let mut parsed = Vec::new();
        for path in paths {
            if let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) {
                self.ids.insert(stem.to_owned());
            }
            match file::read_text(&path) {
                Ok(text) => match file::parse_fully(&path, text) {
                    Ok(file) => parsed.push(file),
                    Err(faults) => faults.into_iter().for_each(|fault| self.refuse(fault)),
                },
                Err(error) => self.refuse(error),
            }
        }
        parsed
    }

    fn each_alone(&mut self, clients: &[Parsed<UnifiedClient>], providers: &[Parsed<Provider>]) {
        let known: BTreeMap<ProviderId, UnifiedClient> = clients
            .iter()
            .map(|parsed| (parsed.value.id.clone(), parsed.value.clone()))
            .collect();
        let faults = clients.iter().flat_map(faults::of_client).chain(
            providers
                .iter()
                .flat_map(|parsed| faults::of_provider(parsed, &known)),
        );
        for fault in faults.collect::<Vec<_>>() {
            self.refuse(fault);
        }
    }

    fn packages(&mut self, clients: &[Parsed<UnifiedClient>], providers: &[Parsed<Provider>]) {
        let mut seen: BTreeSet<ProviderId> = BTreeSet::new();
        for parsed in clients {
            for package in &parsed.value.packages {
                if !seen.insert(package.id.clone()) {
                    self.refuse(second_package(parsed, &package.id));
                }
                self.unverifiable(parsed, package);
            }
        }
        for parsed in providers {
            for package in &parsed.value.packages {
                if !seen.insert(package.id.clone()) {
                    self.refuse(second_package(parsed, &package.id));
                }
                self.unverifiable(parsed, package);
            }
        }
    }

    fn unverifiable<T>(&mut self, parsed: &Parsed<T>, package: &Package) {
        let Package {
            id,
            sha256,
            signature,
            ..
        } = package;
        if sha256.is_none() && signature.is_none() {
            let message = format!("package `{id}` has neither a SHA-256 nor a signature to check");
            self.warn(
                parsed,
                &format!("\"{id}\""),
                "unverifiable_package",
                message,
            );
        }
    }

    fn modules(&mut self, modules: &[Parsed<Module>], providers: &[Parsed<Provider>]) {
        let mut known = Modules::default();
        for parsed in modules {
            let named = parsed.named(&parsed.value.id);
            if let Err(fault) = named.and_then(|()| known.add(parsed, &parsed.value)) {
                self.refuse(fault);
            }
        }
        for parsed in providers {
            for module in &parsed.value.modules {
                if let Err(fault) = known.add(parsed, module) {
                    self.refuse(fault);
                }
            }
        }
    }

    fn issuers(&mut self, providers: &[Parsed<Provider>]) {
        let mut owners: HashMap<_, &Parsed<Provider>> = HashMap::new();
        for parsed in providers {
            for issuer in &parsed.value.issuers {
                if let Some(other) = owners.insert(issuer.name(), parsed)
                    && other.value.id != parsed.value.id
                {
                    self.refuse(parsed.refuse(
                        &issuer.to_string(),
                        format!("{} lists the issuer {issuer} too", other.path.display()),
                    ));
                }
            }
        }
    }

    fn anchors(&mut self, providers: &[Parsed<Provider>], folders: &[&Path]) {
        for parsed in providers {
            let provider = &parsed.value;
            for name in provider.anchors.iter().chain(&provider.intermediates) {
                match find_certificates(name, folders) {
                    Ok(Some(_)) => {}
                    Ok(None) => {
                        let message = format!("no anchor folder has {name}.pem");
                        self.warn(parsed, name, "missing_anchor", message);
                    }
                    Err(error) => self.refuse(error),
                }
            }
        }
    }

    /// What lets a provider do less than its readers may think.
    fn thin(&mut self, clients: &[Parsed<UnifiedClient>], providers: &[Parsed<Provider>]) {
        for parsed in providers {
            let provider = &parsed.value;
            let mut warn = |needle: &str, code, message: &str| {
                self.warn(parsed, needle, code, message.to_owned());
            };
            if provider.hotlines.is_empty() {
                warn("[[hotlines]]", "no_hotline", "there is no number to call");
            }
            let can = provider.capabilities;
            let does_something = can.bind || can.login || can.seal;
            if !does_something {
                let message = "its keys may do nothing, so it is listed only";
                warn("[capabilities]", "no_capability", message);
            }
            if does_something && provider.issuers.is_empty() {
                warn(
                    "issuers",
                    "never_recognised",
                    "no issuer is named, so no key is ever recognised",
                );
            }
            if does_something && !provider.issuers.is_empty() && provider.anchors.is_empty() {
                warn(
                    "anchors",
                    "no_anchor",
                    "no anchor is named, so no certificate is ever valid",
                );
            }
            if does_something && provider.identity.is_none() {
                warn(
                    "[identity]",
                    "no_identity",
                    "no identity map: nobody is identified by its keys",
                );
            }
            if let Some(demo) = &provider.demo
                && provider
                    .issuers
                    .iter()
                    .all(|issuer| *issuer == demo.issuing)
            {
                let message = "only its demonstration CA is known; real keys are not recognised";
                warn("[demo]", "demo_only", message);
            }
            if provider.applications.iter().any(|rules| rules.demo) {
                let message =
                    "how its keys are applied for is partly made up for the demonstration";
                warn("[[applications]]", "demo_application", message);
            }
            for fee in &provider.fees {
                if fee.demo {
                    warn(
                        "[[fees]]",
                        "demo_fee",
                        "a price is made up for the demonstration",
                    );
                    break;
                }
            }
        }
        for parsed in clients {
            let id = &parsed.value.id;
            let used = |other: &Parsed<Provider>| other.value.channel.clients().contains(id);
            if !providers.iter().any(used) {
                let message = "no provider is reached through this client".to_owned();
                self.warn(parsed, "id", "unused_client", message);
            }
        }
    }

    fn platforms(&mut self, platforms: &[Parsed<Platform>], providers: &[Parsed<Provider>]) {
        let ids = self.ids.clone();
        for parsed in platforms {
            for fault in faults::of_platform(parsed, |id| ids.contains(id.as_str())) {
                self.refuse(fault);
            }
            if !parsed.value.origin(443).starts_with("https://") {
                let message = "the origin is not https: for demonstration and development only";
                self.warn(parsed, "origin", "not_https", message.to_owned());
            }
        }
        let exists = |id: &ProviderId| platforms.iter().any(|parsed| parsed.value.id == *id);
        for parsed in providers {
            let mut told = BTreeSet::new();
            for id in platforms_named(&parsed.value) {
                if !exists(id) && told.insert(id) {
                    let reason = format!("there is no platform `{id}`");
                    self.refuse(parsed.refuse(&format!("\"{id}\""), reason));
                }
            }
            let listed = platforms
                .iter()
                .any(|platform| platform.value.lists(&parsed.value));
            if !listed {
                let message = "no platform lists it".to_owned();
                self.warn(parsed, "id", "not_listed", message);
            }
        }
    }
}

/// Every platform that a provider's file mentions.
fn platforms_named(provider: &Provider) -> impl Iterator<Item = &ProviderId> {
    fn of<T: Stated>(facts: &[T]) -> impl Iterator<Item = &ProviderId> {
        facts.iter().filter_map(Stated::platform)
    }
    let channel: &[ProviderId] = match &provider.channel {
        crate::Channel::Unified { platforms, .. } => platforms,
        crate::Channel::Direct { .. } => &[],
    };
    channel
        .iter()
        .chain(provider.accepted_on.keys())
        .chain(
            provider
                .products
                .iter()
                .flat_map(|product| &product.platforms),
        )
        .chain(of(&provider.packages))
        .chain(of(&provider.browsers))
        .chain(of(&provider.materials))
        .chain(of(&provider.fees))
        .chain(of(&provider.offices))
        .chain(of(&provider.ways))
        .chain(of(&provider.promises))
        .chain(of(&provider.regions))
        .chain(of(&provider.applications))
}
