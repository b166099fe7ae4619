//! The CJK font: found at run time, used for its outlines.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where Debian's `fonts-noto-cjk`, Fedora and Windows keep a Song-style (serif) CJK font, best first.
const CANDIDATES: [&str; 7] = [
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-serif-cjk-fonts/NotoSerifCJK-Bold.ttc",
    "/usr/share/fonts/google-noto-serif-cjk-vf-fonts/NotoSerifCJK-VF.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "C:\\Windows\\Fonts\\simsun.ttc",
    "C:\\Windows\\Fonts\\msyh.ttc",
];
/// The largest CJK collections have 30 MB or so.
const FILE_LIMIT: u64 = 128 * 1024 * 1024;

/// A font file and the face in it. Cheap to clone.
#[derive(Clone)]
pub struct SealFont {
    data: Arc<Vec<u8>>,
    face: u32,
}

/// Why there is no font.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// None of the usual places has one.
    #[error("no CJK font found; install fonts-noto-cjk or name a font file with --seal-font")]
    NotFound,
    /// The named file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The named file is no font, is too large, or has no Chinese glyphs.
    #[error("{} is no font with Chinese glyphs", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
    },
}

impl SealFont {
    /// The named file, or the first usable of the usual places.
    pub fn find(named: Option<&Path>) -> Result<Self, FontError> {
        if let Some(path) = named {
            return Self::open(path);
        }
        let found = CANDIDATES
            .iter()
            .map(Path::new)
            .filter(|path| path.is_file());
        found
            .filter_map(|path| Self::open(path).ok())
            .next()
            .ok_or(FontError::NotFound)
    }

    /// Opens a TTF, OTF or TTC file; of a collection the face for simplified Chinese.
    pub fn open(path: &Path) -> Result<Self, FontError> {
        let failed = |source| FontError::Read {
            path: path.to_owned(),
            source,
        };
        let unusable = || FontError::Unusable {
            path: path.to_owned(),
        };
        if fs::metadata(path).map_err(failed)?.len() > FILE_LIMIT {
            return Err(unusable());
        }
        let data = Arc::new(fs::read(path).map_err(failed)?);
        let count = ttf_parser::fonts_in_collection(&data).unwrap_or(1);
        let usable: Vec<u32> = (0..count)
            .filter(|face| has_chinese(&data, *face))
            .collect();
        let simplified = usable
            .iter()
            .copied()
            .find(|face| is_simplified(&data, *face));
        let face = simplified
            .or_else(|| usable.first().copied())
            .ok_or_else(unusable)?;
        Ok(Self { data, face })
    }

    /// The face, parsed.
    pub(crate) fn face(&self) -> ttf_parser::Face<'_> {
        ttf_parser::Face::parse(&self.data, self.face).expect("`open` parsed this face")
    }

    /// The file's bytes and the face's index.
    pub(crate) fn bytes(&self) -> (&[u8], u32) {
        (&self.data, self.face)
    }

    /// The file's bytes and the face's index, as the page renderer wants them.
    pub(crate) fn shared(&self) -> (Arc<dyn AsRef<[u8]> + Send + Sync>, u32) {
        (self.data.clone(), self.face)
    }
}

fn has_chinese(data: &[u8], face: u32) -> bool {
    ttf_parser::Face::parse(data, face)
        .is_ok_and(|face| "公司章".chars().all(|c| face.glyph_index(c).is_some()))
}

fn is_simplified(data: &[u8], face: u32) -> bool {
    let Ok(face) = ttf_parser::Face::parse(data, face) else {
        return false;
    };
    face.names()
        .into_iter()
        .filter_map(|name| name.to_string())
        .any(|name| name.ends_with(" SC"))
}
