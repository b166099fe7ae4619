//! The catalogue as a whole: loading, the checks across files, and recognising a certificate's provider.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

use pki::{Certificate, Name};

use crate::{
    CatalogueError, Modules, Provider, ProviderId, UnifiedClient, faults,
    file::{self, Parsed},
};

/// An anchor file holds a few certificates of at most 64 KiB.
const ANCHOR_FILE_LIMIT: u64 = 1024 * 1024;

/// All providers and unified clients, checked against each other.
#[derive(Clone, Debug)]
pub struct Catalogue {
    providers: BTreeMap<ProviderId, Provider>,
    clients: BTreeMap<ProviderId, UnifiedClient>,
    by_issuer: HashMap<Name, ProviderId>,
    modules: Modules,
    trust: BTreeMap<ProviderId, Trust>,
    missing: Vec<String>,
}

/// Certificates that a path may end in and pass through.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Where paths end.
    pub anchors: Vec<Certificate>,
    /// What paths may pass through, untrusted by themselves.
    pub intermediates: Vec<Certificate>,
}

impl Catalogue {
    /// Reads `DIR/*.toml`, `DIR/channels/*.toml` and `DIR/modules/*.toml` without any trust anchor.
    ///
    /// # Errors
    /// With file and line: unknown keys, malformed values, ids that differ from the file's name, clients
    /// that do not exist, issuers listed twice.
    pub fn load(dir: &Path) -> Result<Self, CatalogueError> {
        let clients = load_clients(&dir.join("channels"))?;
        let files = file::read_folder::<Provider>(dir)?;
        if files.is_empty() {
            return Err(CatalogueError::Empty {
                path: dir.to_owned(),
            });
        }
        let mut by_issuer: HashMap<Name, (ProviderId, PathBuf)> = HashMap::new();
        let mut packages: BTreeSet<ProviderId> = clients
            .values()
            .flat_map(|client| client.packages.iter().map(|package| package.id.clone()))
            .collect();
        let mut providers = BTreeMap::new();
        let mut modules = Modules::load(&dir.join("modules"))?;
        for parsed in files {
            if let Some(fault) = faults::of_provider(&parsed, &clients).into_iter().next() {
                return Err(fault);
            }
            for package in &parsed.value.packages {
                if !packages.insert(package.id.clone()) {
                    return Err(second_package(&parsed, &package.id));
                }
            }
            for module in &parsed.value.modules {
                modules.add(&parsed, module)?;
            }
            for issuer in &parsed.value.issuers {
                let claim = (parsed.value.id.clone(), parsed.path.clone());
                if let Some((other, first)) = by_issuer.insert(issuer.name().clone(), claim)
                    && other != parsed.value.id
                {
                    return Err(CatalogueError::SharedIssuer {
                        first,
                        second: parsed.path,
                    });
                }
            }
            providers.insert(parsed.value.id.clone(), parsed.value);
        }
        let by_issuer = by_issuer
            .into_iter()
            .map(|(issuer, (id, _))| (issuer, id))
            .collect();
        Ok(Self {
            providers,
            clients,
            by_issuer,
            modules,
            trust: BTreeMap::new(),
            missing: Vec::new(),
        })
    }

    /// The folders that a catalogue consists of: what to watch for changes.
    pub fn folders(dir: &Path) -> Vec<PathBuf> {
        ["", "channels", "modules"]
            .map(|name| dir.join(name))
            .to_vec()
    }

    /// [`Catalogue::load`], then each named anchor and intermediate from the first folder that has
    /// `<name>.pem`. A name without a file is no error: see [`Catalogue::missing_anchors`].
    pub fn load_with_anchors(dir: &Path, folders: &[&Path]) -> Result<Self, CatalogueError> {
        let mut catalogue = Self::load(dir)?;
        for provider in catalogue.providers.values() {
            let mut trust = Trust::default();
            for (names, into) in [
                (&provider.anchors, &mut trust.anchors),
                (&provider.intermediates, &mut trust.intermediates),
            ] {
                for name in names {
                    match find_certificates(name, folders)? {
                        Some(found) => into.extend(found),
                        None => catalogue.missing.push(name.clone()),
                    }
                }
            }
            catalogue.trust.insert(provider.id.clone(), trust);
        }
        Ok(catalogue)
    }

    /// The provider that issued a certificate, by the issuer's name. A name can be copied: what follows
    /// from the answer counts only after the path ends in that provider's anchors ([`Catalogue::trust_of`]).
    pub fn recognise(&self, certificate: &Certificate) -> Option<&Provider> {
        self.providers
            .get(self.by_issuer.get(certificate.issuer())?)
    }

    /// The provider with this id.
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.get(&ProviderId::new(id)?)
    }

    /// All providers, in the order of their ids.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.providers.values()
    }

    /// The unified client with this id.
    pub fn client(&self, id: &ProviderId) -> Option<&UnifiedClient> {
        self.clients.get(id)
    }

    /// The libraries through which keys are reached: those of `modules/` and those of the providers' files.
    pub fn modules(&self) -> &Modules {
        &self.modules
    }

    /// The providers whose keys a unified client recognises, on some platform or on all.
    pub fn recognised_by<'a>(
        &'a self,
        client: &'a ProviderId,
    ) -> impl Iterator<Item = &'a Provider> {
        self.providers()
            .filter(move |provider| provider.channel.clients().contains(client))
    }

    /// All unified clients, in the order of their ids.
    pub fn clients(&self) -> impl Iterator<Item = &UnifiedClient> {
        self.clients.values()
    }

    /// What a path of this provider's certificates may end in and pass through.
    pub fn trust_of(&self, provider: &Provider) -> Trust {
        self.trust.get(&provider.id).cloned().unwrap_or_default()
    }

    /// The anchors and intermediates of all providers together: for documents, where any provider counts.
    pub fn trust(&self) -> Trust {
        let mut all = Trust::default();
        for trust in self.trust.values() {
            all.anchors.extend(trust.anchors.iter().cloned());
            all.intermediates
                .extend(trust.intermediates.iter().cloned());
        }
        all
    }

    /// Anchor names for which no folder had a file: their providers' certificates end nowhere.
    pub fn missing_anchors(&self) -> &[String] {
        &self.missing
    }
}

fn load_clients(folder: &Path) -> Result<BTreeMap<ProviderId, UnifiedClient>, CatalogueError> {
    let mut clients = BTreeMap::new();
    // A catalogue in which every key is reached directly has no such folder.
    if folder.is_dir() {
        for parsed in file::read_folder::<UnifiedClient>(folder)? {
            if let Some(fault) = faults::of_client(&parsed).into_iter().next() {
                return Err(fault);
            }
            clients.insert(parsed.value.id.clone(), parsed.value);
        }
    }
    Ok(clients)
}

/// Uploads are matched to packages by id: two with one id would be taken for each other.
pub(crate) fn second_package<T>(parsed: &Parsed<T>, id: &ProviderId) -> CatalogueError {
    parsed.refuse(
        &format!("\"{id}\""),
        format!("there are two packages `{id}`"),
    )
}

pub(crate) fn find_certificates(
    name: &str,
    folders: &[&Path],
) -> Result<Option<Vec<Certificate>>, CatalogueError> {
    for folder in folders {
        let path = folder.join(format!("{name}.pem"));
        if !path.is_file() {
            continue;
        }
        let failed = |source| CatalogueError::Read {
            path: path.clone(),
            source,
        };
        if fs::metadata(&path).map_err(failed)?.len() > ANCHOR_FILE_LIMIT {
            return Err(CatalogueError::TooLarge {
                path,
                limit: ANCHOR_FILE_LIMIT as usize,
                what: "bytes",
            });
        }
        let pem = fs::read_to_string(&path).map_err(failed)?;
        let found = Certificate::many_from_pem(&pem).map_err(|error| CatalogueError::Anchor {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        if found.is_empty() {
            return Err(CatalogueError::Anchor {
                path,
                reason: "no certificate in it".to_owned(),
            });
        }
        return Ok(Some(found));
    }
    Ok(None)
}
