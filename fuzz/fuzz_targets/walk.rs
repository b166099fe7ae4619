//! The strict walker and everything read through it: any bytes give an answer, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seal::pdf::document::Document;
use seal::pdf::source::Source;
use seal::pdf::{diff::Changes, form, pages, signature};

fuzz_target!(|file: &[u8]| {
    let Ok(document) = Document::open(Source::whole(file)) else { return };
    for index in 0..document.revisions().len() {
        let view = document.view(index);
        let _ = pages::geometries(&view);
        let _ = form::form(&view);
        let _ = form::certification(&view);
        for number in view.numbers() {
            let _ = view.numbered(number);
        }
    }
    let _ = signature::find(&document);
    let _ = Changes::of(&document, 0);
});
