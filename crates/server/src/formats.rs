//! The two formats of documents, by their content: PDF (ISO 32000-2) and OFD (GB/T 33190-2016).
//!
//! An OFD is a ZIP with OFD.xml in it. Word files are ZIPs, too, and no OFD: they are refused by what they lack.

use contract::ErrorCode;
use seal::ofd::document::{Document, ENTRANCE, OfdError};
use seal::ofd::package::{Package, PackageError};
use seal::pdf::revision::WalkError;

use crate::Problem;
use crate::http::documents::PageBody;

/// Points to a millimetre.
const POINTS: f64 = 72.0 / 25.4;

/// A format of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PDF.
    Pdf,
    /// OFD.
    Ofd,
}

/// Why a file is no document that can be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Neither PDF nor OFD.
    #[error("the file is neither a PDF nor an OFD")]
    Neither,
    /// A PDF that cannot be read strictly.
    #[error(transparent)]
    Pdf(#[from] WalkError),
    /// An OFD that cannot be read strictly.
    #[error(transparent)]
    Ofd(#[from] OfdError),
}

impl Format {
    /// What a file is. Of a ZIP, whether it is an OFD shows the name OFD.xml; a ZIP that cannot be read is one, so that
    /// the strict reader can say what is wrong with it.
    ///
    /// # Errors
    /// [`Refused::Neither`].
    pub fn of(file: &[u8]) -> Result<Self, Refused> {
        if file.starts_with(b"%PDF-") {
            return Ok(Self::Pdf);
        }
        if !seal::ofd::looks_like_ofd(file) {
            return Err(Refused::Neither);
        }
        match Package::open(file) {
            Ok(package) if package.find(ENTRANCE).is_none() => Err(Refused::Neither),
            Ok(_) => Ok(Self::Ofd),
            // The name stands in the clear in headers and directory.
            Err(_) if memchr::memmem::find(file, ENTRANCE.as_bytes()).is_some() => Ok(Self::Ofd),
            Err(_) => Err(Refused::Neither),
        }
    }

    /// The format of a row's word; the constraint of the column knows no third.
    #[must_use]
    pub fn named(word: &str) -> Self {
        match word {
            "ofd" => Self::Ofd,
            _ => Self::Pdf,
        }
    }

    /// The word in the database, in JSON and as a file's ending.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Ofd => "ofd",
        }
    }

    /// The media type of a download.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Ofd => "application/ofd",
        }
    }
}

/// The pages as they are displayed. Reads the whole structure strictly; call it where blocking is allowed.
///
/// # Errors
/// [`Refused`].
pub fn pages(format: Format, file: &[u8]) -> Result<Vec<PageBody>, Refused> {
    match format {
        Format::Pdf => {
            let geometries = seal::pdf::page_geometries(file)?;
            let pages = (1..).zip(&geometries).map(|(number, page)| {
                let (width_pt, height_pt) = page.displayed_size();
                PageBody {
                    number,
                    width_pt,
                    height_pt,
                    rotation: page.rotation,
                }
            });
            Ok(pages.collect())
        }
        Format::Ofd => {
            let document = Document::open(file)?;
            let count = u32::try_from(document.pages().count()).unwrap_or(u32::MAX);
            if count == 0 {
                return Err(OfdError::PageSize(1).into());
            }
            (1..=count)
                .map(|number| {
                    let page = document.geometry(number)?;
                    Ok(PageBody {
                        number,
                        width_pt: page.width_mm * POINTS,
                        height_pt: page.height_mm * POINTS,
                        rotation: 0,
                    })
                })
                .collect()
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Neither => Self::of(ErrorCode::NotPdf).with_detail(
                "不是 PDF 或 OFD 文件",
                "The file is neither a PDF nor an OFD",
            ),
            Refused::Pdf(WalkError::NotPdf) => Self::of(ErrorCode::NotPdf),
            Refused::Pdf(WalkError::TooLarge) => Self::of(ErrorCode::TooLarge),
            Refused::Pdf(other) => Self::of(ErrorCode::PdfRefused).with_detail(
                "该 PDF 结构异常，无法签章",
                format!("This PDF is malformed and can't be sealed: {other}"),
            ),
            Refused::Ofd(OfdError::Package(PackageError::Limit(_))) => {
                Self::of(ErrorCode::TooLarge)
            }
            Refused::Ofd(OfdError::Package(PackageError::Encrypted(_))) => {
                Self::of(ErrorCode::PdfRefused).with_detail(
                    "该 OFD 已加密，无法签章",
                    "This OFD is encrypted and can't be sealed",
                )
            }
            Refused::Ofd(other) => Self::of(ErrorCode::PdfRefused).with_detail(
                "该 OFD 结构异常，无法签章",
                format!("This OFD is malformed and can't be sealed: {other}"),
            ),
        }
    }
}
