//! The files of a run: one page, a hundred pages with 5 MB, four hundred "scans" with 300 MB.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::files::{self, Objects, Xref};

/// A file to measure with.
pub struct Sample {
    /// How tables call it.
    pub name: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes.
    pub length: u64,
}

/// Writes the samples into a folder.
pub fn write(folder: &Path) -> std::io::Result<Vec<Sample>> {
    let shapes = [
        ("1 page", 1, 200),
        ("5 MB", 100, 52_000),
        ("300 MB", 400, 786_000),
    ];
    let mut samples = Vec::new();
    for (name, pages, bytes) in shapes {
        let path = folder.join(format!("{pages}.pdf"));
        write_pages(&path, pages, bytes)?;
        let length = std::fs::metadata(&path)?.len();
        samples.push(Sample { name, path, length });
    }
    Ok(samples)
}

/// Pages that each show one incompressible picture of about `bytes` bytes.
pub fn write_pages(path: &Path, pages: u32, bytes: usize) -> std::io::Result<()> {
    let mut objects = Objects::new();
    objects.insert(1, b"<</Type/Catalog/Pages 2 0 R>>".to_vec());
    let mut kids = String::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for page in 0..pages {
        let (own, contents, picture) = (3 + page * 3, 4 + page * 3, 5 + page * 3);
        kids += &format!("{own} 0 R ");
        let dictionary = format!(
            "<</Type/Page/Parent 2 0 R/Contents {contents} 0 R/Resources<</XObject<</P {picture} 0 R>>>>>>"
        );
        objects.insert(own, dictionary.into_bytes());
        objects.insert(contents, files::stream("", b"q 595 0 0 842 0 0 cm /P Do Q"));
        let width = 1000.min(bytes);
        let height = bytes / width;
        let mut pixels = Vec::with_capacity(width * height);
        while pixels.len() < width * height {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            pixels.extend_from_slice(&state.to_le_bytes());
        }
        pixels.truncate(width * height);
        let head = format!(
            "/Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray/BitsPerComponent 8"
        );
        objects.insert(picture, files::stream(&head, &pixels));
    }
    let tree = format!("<</Type/Pages/Kids[{kids}]/Count {pages}/MediaBox[0 0 595 842]>>");
    objects.insert(2, tree.into_bytes());
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(&files::file_of(&objects, Xref::Table))?;
    out.flush()
}
