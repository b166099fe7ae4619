//! Shadow attacks: a file prepared before it was signed, so that little is needed to show another
//! content behind the signature.

use super::support::files::{self, Xref, append, appended, body_of, last_startxref};
use super::support::{Seal, TestSigner, assert_valid, trusting, verify};
use super::{Sealed, content, revision};
use pki::KeyFamily;

#[test]
fn hide_an_overlay_that_is_taken_away_is_seen() {
    let mut objects = files::objects();
    let page = String::from_utf8(objects[&3].clone())
        .unwrap()
        .replace("/Contents 6 0 R", "/Contents[6 0 R 20 0 R]");
    objects.insert(3, page.into_bytes());
    objects.insert(20, content("Overlay").into_bytes());
    let sealed = Sealed::of(&files::file_of(&objects, Xref::Table));
    sealed.refuses_objects(&[(20, &content(""))], &["page_content_changed"]);
    // The overlay is freed.
    let start = last_startxref(&sealed.file);
    let xref = sealed.file.len();
    let tail = format!(
        "xref\n20 1\n0000000000 00001 f \ntrailer\n<</Root 1 0 R/Size 95/Prev {start}>>\nstartxref\n{xref}\n%%EOF\n"
    );
    sealed.refuses(
        &[&sealed.file, tail.as_bytes()].concat(),
        &["object_removed"],
    );
}

#[test]
fn hide_behind_an_annotation_or_a_picture_is_seen() {
    let mut objects = files::objects();
    let page = String::from_utf8(objects[&3].clone())
        .unwrap()
        .replace("/Contents", "/Annots[20 0 R]/Contents");
    objects.insert(3, page.into_bytes());
    objects.insert(
        20,
        b"<</Type/Annot/Subtype/Square/Rect[50 650 500 750]/AP<</N 21 0 R>>>>".to_vec(),
    );
    objects.insert(
        21,
        files::stream(
            "/Type/XObject/Subtype/Form/BBox[0 0 450 100]",
            b"1 g 0 0 450 100 re f",
        ),
    );
    let sealed = Sealed::of(&files::file_of(&objects, Xref::ObjectStream));
    sealed.refuses_objects(
        &[(20, "<</Type/Annot/Subtype/Square/Rect[0 0 0 0]>>")],
        &["annotation_changed"],
    );
    sealed.refuses_objects(
        &[(
            20,
            "<</Type/Annot/Subtype/Square/F 2/Rect[50 650 500 750]/AP<</N 21 0 R>>>>",
        )],
        &["annotation_changed"],
    );
    sealed.refuses_objects(
        &[(
            21,
            "<</Type/XObject/Subtype/Form/BBox[0 0 450 100]/Length 0>>\nstream\n\nendstream",
        )],
        &["appearance_changed"],
    );
}

#[test]
fn replace_by_a_font_or_a_form_value_is_seen() {
    let sealed = Sealed::form();
    sealed.refuses_objects(&[(5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Differences[49/nine/nine]>>>>")], &["font_changed"]);
    let field = body_of(&sealed.file, 10).replace("/N 11 0 R", "/N 50 0 R");
    let look = "<</Type/XObject/Subtype/Form/BBox[0 0 128 20]/Length 24>>\nstream\nBT /F1 12 Tf (999) Tj ET\nendstream";
    sealed.refuses_objects(&[(10, &field), (50, look)], &["form_filled"]);
}

#[test]
fn hide_and_replace_a_second_set_of_objects_is_seen() {
    // The body holds object 6 twice; the table names the second. After signing only the table changes.
    let mut original = b"%PDF-1.7\n".to_vec();
    let hidden = original.len();
    original
        .extend_from_slice(format!("6 0 obj\n{}\nendobj\n", content("Hidden: pay 999")).as_bytes());
    append(
        &mut original,
        &files::objects(),
        Xref::Table,
        None,
        "/Root 1 0 R",
    );
    let sealed = Sealed::of(&original);
    let start = last_startxref(&sealed.file);
    let xref = sealed.file.len();
    let tail = format!(
        "xref\n6 1\n{hidden:010} 00000 n \ntrailer\n<</Root 1 0 R/Size 95/Prev {start}>>\nstartxref\n{xref}\n%%EOF\n"
    );
    sealed.refuses(
        &[&sealed.file, tail.as_bytes()].concat(),
        &["object_outside_revision"],
    );
}

#[test]
fn an_object_that_was_missing_when_signed_may_not_come_later() {
    let mut objects = files::objects();
    let page = String::from_utf8(objects[&3].clone())
        .unwrap()
        .replace("/Contents 6 0 R", "/Contents[6 0 R 50 0 R]");
    objects.insert(3, page.into_bytes());
    let sealed = Sealed::of(&files::file_of(&objects, Xref::Table));
    sealed.refuses_objects(&[(50, &content("Supplied"))], &["missing_object_supplied"]);
}

#[test]
fn an_array_with_two_uses_may_not_grow() {
    // The page's content array is also the security store's list of certificates.
    let mut objects = files::objects();
    let page = String::from_utf8(objects[&3].clone())
        .unwrap()
        .replace("/Contents 6 0 R", "/Contents 20 0 R");
    objects.insert(3, page.into_bytes());
    objects.insert(20, b"[6 0 R]".to_vec());
    objects.insert(1, b"<</Type/Catalog/Pages 2 0 R/DSS 21 0 R>>".to_vec());
    objects.insert(21, b"<</Type/DSS/Certs 20 0 R>>".to_vec());
    let sealed = Sealed::of(&files::file_of(&objects, Xref::Table));
    sealed.refuses_objects(
        &[(20, "[6 0 R 50 0 R]"), (50, &content("More"))],
        &["object_has_two_uses"],
    );
}

#[test]
fn the_security_store_takes_evidence_and_nothing_else() {
    let sealed = Sealed::text();
    let catalog = body_of(&sealed.file, 1).replace("/Pages", "/DSS 50 0 R/Pages");
    let store = |certs: &str| format!("<</Type/DSS/Certs[{certs}]>>");
    let evidence = "<</Length 3>>\nstream\nabc\nendstream";
    let trusted = trusting(&[&sealed.signer]);
    let honest = revision(&[(1, &catalog), (50, &store("51 0 R")), (51, evidence)]);
    assert_valid(&verify(
        &appended(&sealed.file, &honest, Xref::Table),
        &trusted,
    ));
    sealed.refuses_objects(
        &[(1, &catalog), (50, &store("6 0 R"))],
        &["security_store_changed"],
    );
    sealed.refuses_objects(
        &[
            (1, &catalog),
            (50, "<</Type/DSS/Certs[51 0 R]/Extra 51 0 R>>"),
            (51, evidence),
        ],
        &["security_store_changed"],
    );
    sealed.refuses_objects(
        &[
            (1, &catalog),
            (50, &store("51 0 R")),
            (
                51,
                "<</Type/XObject/Subtype/Form/Length 3>>\nstream\nabc\nendstream",
            ),
        ],
        &["security_store_changed"],
    );
    sealed.refuses_objects(
        &[
            (1, &catalog),
            (50, &store("51 0 R")),
            (51, evidence),
            (6, &content("Forged")),
        ],
        &["page_content_changed"],
    );
    sealed.refuses_objects(
        &[
            (1, &catalog),
            (50, &store("51 0 R")),
            (51, evidence),
            (52, "<<>>"),
        ],
        &["unexplained_object"],
    );
}

#[test]
fn a_streams_length_kept_apart_may_not_change() {
    let mut objects = files::objects();
    let body = String::from_utf8(objects[&6].clone()).unwrap();
    let length = body
        .split("/Length ")
        .nth(1)
        .unwrap()
        .split('>')
        .next()
        .unwrap()
        .to_owned();
    objects.insert(
        6,
        body.replace(&format!("/Length {length}"), "/Length 20 0 R")
            .into_bytes(),
    );
    objects.insert(20, length.into_bytes());
    let sealed = Sealed::of(&files::file_of(&objects, Xref::Table));
    sealed.refuses_objects(&[(20, "5")], &[]);
}

#[test]
fn an_object_stream_may_not_be_replaced() {
    let original = files::file(Xref::ObjectStream);
    let sealed = Sealed::of(&original);
    // Object 31 is the object stream of the first revision; the font stands in it.
    let signer = &sealed.signer;
    let stream = body_of(&sealed.file, 31);
    assert!(stream.contains("/ObjStm"), "{stream}");
    let forged = stream.replace("Helvetica", "CourierXX");
    sealed.refuses(
        &appended(&sealed.file, &revision(&[(31, &forged)]), Xref::Stream),
        &["object_stream_replaced"],
    );
    assert_valid(&verify(&sealed.file, &trusting(&[signer])));
}

#[test]
fn optional_content_and_information_may_not_change() {
    let mut objects = files::objects();
    objects.insert(
        1,
        b"<</Type/Catalog/Pages 2 0 R/OCProperties<</OCGs[20 0 R]/D<</ON[20 0 R]>>>>>>".to_vec(),
    );
    objects.insert(20, b"<</Type/OCG/Name(layer)>>".to_vec());
    let sealed = Sealed::of(&files::file_of(&objects, Xref::Table));
    let catalog = body_of(&sealed.file, 1).replace("/ON", "/OFF");
    sealed.refuses_objects(&[(1, &catalog)], &["catalog_changed"]);
    sealed.refuses_objects(
        &[(20, "<</Type/OCG/Name(other)>>")],
        &["optional_content_changed"],
    );
    let mut file = sealed.file.clone();
    let previous = last_startxref(&file);
    append(
        &mut file,
        &revision(&[(50, "<</Title(Another)>>")]),
        Xref::Table,
        Some(previous),
        "/Root 1 0 R/Info 50 0 R",
    );
    sealed.refuses(&file, &["information_changed"]);
    let _ = (TestSigner::new(KeyFamily::P256), Seal::default());
}
