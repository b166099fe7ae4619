//! Whether the module is on, and for which origins the user enabled it. Off at first.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files;

/// Most origins; each is enabled by hand.
pub const MAX_ORIGINS: usize = 64;

/// The module's own settings, in a file.
#[derive(Debug)]
pub struct SofSettings {
    path: PathBuf,
    values: Values,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    enabled: bool,
    origins: BTreeSet<String>,
}

impl SofSettings {
    /// Reads the file in the state folder; a missing one means off.
    ///
    /// # Errors
    /// What the system says, or a file that is not ours.
    pub fn open(folder: &Path) -> io::Result<SofSettings> {
        let path = folder.join("sof.json");
        let values = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Values::default(),
            Err(error) => return Err(error),
        };
        Ok(SofSettings { path, values })
    }

    /// Whether the module is on.
    pub fn enabled(&self) -> bool {
        self.values.enabled
    }

    /// The origins that the user enabled.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.values.origins.iter().map(String::as_str)
    }

    /// Whether the user enabled this origin.
    pub fn may(&self, origin: &str) -> bool {
        self.values.origins.contains(origin)
    }

    /// Switches the module on or off.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_enabled(&mut self, enabled: bool) -> io::Result<()> {
        self.store(Values {
            enabled,
            ..self.values.clone()
        })
    }

    /// Enables an origin, or no longer.
    ///
    /// # Errors
    /// What the system says; `InvalidInput` where there are [`MAX_ORIGINS`] already.
    pub fn set_may(&mut self, origin: &str, may: bool) -> io::Result<()> {
        let mut values = self.values.clone();
        if may {
            values.origins.insert(origin.to_owned());
        } else {
            values.origins.remove(origin);
        }
        if values.origins.len() > MAX_ORIGINS {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("more than {MAX_ORIGINS} origins"),
            ));
        }
        self.store(values)
    }

    fn store(&mut self, values: Values) -> io::Result<()> {
        files::replace(&self.path, &serde_json::to_vec_pretty(&values)?)?;
        self.values = values;
        Ok(())
    }
}
