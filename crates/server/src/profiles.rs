//! A folder of profiles over the built-in ones (`--profiles DIR`): read, checked, and refused as a whole with file, line
//! and reason where one of them is unsafe.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use issuer::{Profile, ProfileError, ProfileFault};

/// The most files that are read.
const MAX_FILES: usize = 200;
/// The longest file, in octets.
const MAX_FILE: u64 = 64 * 1024;

/// Why no profile of the folder is used.
#[derive(Debug, thiserror::Error)]
pub enum ProfilesError {
    /// The built-in ones.
    #[error(transparent)]
    BuiltIn(#[from] ProfileError),
    /// The file system.
    #[error("{path}: {source}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What came back.
        source: io::Error,
    },
    /// An unsafe profile.
    #[error("{}:{fault}", .path.display())]
    Fault {
        /// Which file.
        path: PathBuf,
        /// Line and reason.
        fault: ProfileFault,
    },
    /// Too much.
    #[error("{0} is too large: at most {MAX_FILES} files of 64 KiB")]
    TooLarge(PathBuf),
}

/// The built-in profiles, and those of the folder: one with a known id takes that one's place, another is added.
///
/// # Errors
/// [`ProfilesError`]; one bad file refuses the folder.
pub fn load(folder: Option<&Path>) -> Result<Vec<Profile>, ProfilesError> {
    let mut profiles = issuer::demo_profiles()?;
    let Some(folder) = folder else {
        return Ok(profiles);
    };
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ProfilesError::Io { path, source }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(io(folder))? {
        let path = entry.map_err(io(folder))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            return Err(ProfilesError::TooLarge(folder.to_owned()));
        }
    }
    files.sort();
    let mut own: Vec<(PathBuf, String, Profile)> = Vec::new();
    for path in files {
        if fs::metadata(&path).map_err(io(&path))?.len() > MAX_FILE {
            return Err(ProfilesError::TooLarge(path));
        }
        let text = fs::read_to_string(&path).map_err(io(&path))?;
        match issuer::checked_profile(&text) {
            Ok(profile) => own.push((path, text, profile)),
            Err(fault) => return Err(ProfilesError::Fault { path, fault }),
        }
    }
    let ids: BTreeSet<&str> = own.iter().map(|(_, _, own)| own.id.as_str()).collect();
    profiles.retain(|profile| !ids.contains(profile.id.as_str()));
    // Two profiles of one name, or two authorities: which of them issues must not depend on an order of files.
    let mut profile_ids = BTreeSet::new();
    let mut authorities: BTreeSet<String> = profiles.iter().flat_map(names).collect();
    for (path, text, profile) in &own {
        let taken = (!profile_ids.insert(profile.id.as_str()))
            .then(|| profile.id.clone())
            .or_else(|| {
                names(profile)
                    .into_iter()
                    .find(|id| !authorities.insert(id.clone()))
            });
        if let Some(id) = taken {
            return Err(ProfilesError::Fault {
                path: path.clone(),
                fault: ProfileFault::at(
                    text,
                    &id,
                    format!("the id {id:?} is taken by another profile"),
                ),
            });
        }
    }
    profiles.extend(own.into_iter().map(|(_, _, profile)| profile));
    Ok(profiles)
}

fn names(profile: &Profile) -> [String; 2] {
    [profile.root.id.clone(), profile.issuing.id.clone()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = include_str!("../../issuer/profiles/scca.toml");

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_file_of_the_folder_takes_the_place_of_the_built_in_one_and_another_is_added() {
        let built_in = load(None).unwrap().len();
        let changed = OWN.replace("days = 365\n", "days = 30\n");
        let other = OWN
            .replace("\"scca", "\"own")
            .replace("四川CA 演示", "自建");
        let folder = folder(&[
            ("a.toml", &changed),
            ("b.toml", &other),
            ("readme.txt", "x"),
        ]);
        let profiles = load(Some(folder.path())).unwrap();
        assert_eq!(profiles.len(), built_in + 1);
        let by_id = |id: &str| profiles.iter().find(|one| one.id == id).unwrap();
        assert_eq!((by_id("scca").days, by_id("own").days), (30, 365));
    }

    #[test]
    fn an_unsafe_file_refuses_the_folder_with_its_name_and_line() {
        let bad = OWN.replace("1.2.156.10260.4.1.4", "2.5.29.19");
        let folder = folder(&[("a.toml", OWN), ("b.toml", &bad)]);
        let said = load(Some(folder.path())).unwrap_err().to_string();
        assert!(said.contains("b.toml:35: "), "{said}");
        assert!(load(Some(Path::new("/nowhere/at/all"))).is_err());
    }

    #[test]
    fn two_files_for_one_profile_or_one_authority_are_refused() {
        let twice = folder(&[("a.toml", OWN), ("b.toml", OWN)]);
        let said = load(Some(twice.path())).unwrap_err().to_string();
        assert!(
            said.contains("b.toml:3: ") && said.contains("taken"),
            "{said}"
        );
        let same_root = OWN.replace("id = \"scca\"", "id = \"own\"");
        let twice = folder(&[("a.toml", &same_root)]);
        let said = load(Some(twice.path())).unwrap_err().to_string();
        assert!(said.contains("scca-demo-root"), "{said}");
    }
}
