//! The writer over arbitrary files: evidence, a document time stamp, a seal on every page. What it appends
//! walks strictly and breaks nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seal::pdf::document::Document;
use seal::pdf::placement::{Part, Placement, RectMm};
use seal::pdf::source::Source;
use seal::pdf::{self, SignatureSpec, SubFilter, tail};

fuzz_target!(|file: &[u8]| {
    let name = "Fuzzed";
    if let Ok(prepared) = pdf::prepare_time_stamp(file, name, 1024) {
        assert!(Document::open(Source::appended(file, &prepared.tail)).is_ok());
    }
    let picture = seal::VectorPicture { content: b"0 0 9 9 re f".to_vec(), width_mm: 5.0, height_mm: 5.0 };
    let pages = pdf::page_geometries(file).map_or(0, |pages| pages.len()).min(8);
    let rect = RectMm { x: 1.0, y: 1.0, width: 5.0, height: 5.0 };
    let placements: Vec<Placement> =
        (1..=pages as u32).map(|page| Placement { page, rect, part: Part::WHOLE }).collect();
    let spec = SignatureSpec {
        placements: &placements,
        picture: &picture,
        field_name: name,
        signer_name: "x",
        reason: None,
        time: pki::UnixTime(1_795_348_800),
        sub_filter: SubFilter::EtsiCadesDetached,
        contents_capacity: 1024,
        last: false,
    };
    if let Ok(prepared) = pdf::prepare_signature(file, &spec) {
        assert!(Document::open(Source::appended(file, &prepared.tail)).is_ok());
        let _ = tail::inspect(file, &prepared.tail);
    }
});
