//! Which libraries the agent loads: those of its catalogue that are installed, and those named by hand.
//!
//! A library is code that runs. So its path comes from the catalogue that came with the agent, from the
//! folder that its owner gave, or from the command line, and never from a page.

use std::path::{Path, PathBuf};

use catalogue::{CatalogueError, Modules, System};
use rust_embed::RustEmbed;
use token::Library;

/// `catalogue/modules/` as it was when this program was built.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../catalogue/modules"]
struct Shipped;

/// The modules that came with the agent, for commands that were given no catalogue.
///
/// # Errors
/// None in a program whose tests passed: the files are checked there.
pub fn shipped() -> Result<Modules, CatalogueError> {
    let files: Vec<(String, String)> = Shipped::iter()
        .filter_map(|name| {
            let text = Shipped::get(&name)?.data.into_owned();
            Some((name.into_owned(), String::from_utf8(text).ok()?))
        })
        .collect();
    Modules::parse(
        files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    )
}

/// The libraries named by hand, then the modules installed on this system; each path once.
///
/// `exists` says whether a file is there; a parameter so that a test can furnish a machine.
pub fn libraries(
    named: &[PathBuf],
    modules: &Modules,
    exists: impl Fn(&Path) -> bool,
) -> Vec<Library> {
    let mut libraries: Vec<Library> = Vec::new();
    let installed = System::here()
        .map(|system| modules.installed(system, exists))
        .unwrap_or_default();
    let all = named
        .iter()
        .map(|path| Library::named(path, modules))
        .chain(
            installed
                .into_iter()
                .map(|(module, path)| Library::of_module(module, path)),
        );
    for library in all {
        if !libraries.iter().any(|other| other.path == library.path) {
            libraries.push(library);
        }
    }
    libraries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modules_that_came_along_are_well_formed_and_know_the_soft_token() {
        let modules = shipped().unwrap();
        let soft = Library::named("/x/libskf_soft.so", &modules);
        assert!(!soft.hardware);
        assert!(soft.quirks.rsa_sign_input.is_some());
    }

    #[test]
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn what_is_installed_is_loaded_beside_what_is_named_and_nothing_twice() {
        let modules = shipped().unwrap();
        let gm3000 = Path::new("/opt/lm-gm3000/lib/libgm3000.1.0.so");
        let named = [PathBuf::from("/x/libskf_soft.so"), gm3000.to_owned()];
        let there = |path: &Path| path == gm3000;
        let paths = |named: &[PathBuf]| -> Vec<PathBuf> {
            libraries(named, &modules, there)
                .into_iter()
                .map(|library| library.path)
                .collect()
        };
        assert_eq!(paths(&named), named);
        assert_eq!(paths(&[]), [gm3000]);
        assert!(libraries(&[], &modules, |_| false).is_empty());
    }
}
