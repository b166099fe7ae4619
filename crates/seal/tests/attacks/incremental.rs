//! Incremental saving attacks: something is appended behind what is signed.

use pki::KeyFamily;
use seal::pdf::pages::Rect;
use seal::pdf::{self, PrepareError, SubFilter};

use super::support::files::{self, Xref, appended, body_of, last_startxref};
use super::support::{
    Seal, TestSigner, assert_invalid, assert_valid, picture, seal, spec, trusting, verify,
};
use super::{Sealed, content, revision, seal_patched};

#[test]
fn changed_page_content_is_seen() {
    let sealed = Sealed::text();
    sealed.refuses_objects(
        &[(6, &content("Contract: pay 999"))],
        &["page_content_changed"],
    );
}

#[test]
fn changed_pages_are_seen() {
    let sealed = Sealed::text();
    sealed.refuses_objects(
        &[(
            2,
            "<</Type/Pages/Kids[4 0 R 3 0 R]/Count 2/MediaBox[0 0 595 842]>>",
        )],
        &["page_tree_changed"],
    );
    sealed.refuses_objects(
        &[(
            2,
            "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
        )],
        &["page_tree_changed"],
    );
    let page = body_of(&sealed.file, 3).replace("/Contents 6 0 R", "/Contents 7 0 R");
    sealed.refuses_objects(&[(3, &page)], &["page_content_changed"]);
    let page = body_of(&sealed.file, 3).replace("/Contents", "/Rotate 180/Contents");
    sealed.refuses_objects(&[(3, &page)], &["page_changed"]);
    let page = body_of(&sealed.file, 3).replace("5 0 R", "45 0 R");
    sealed.refuses_objects(
        &[
            (3, &page),
            (45, "<</Type/Font/Subtype/Type1/BaseFont/Courier>>"),
        ],
        &["resources_changed"],
    );
}

#[test]
fn a_swapped_page_tree_or_catalog_is_seen() {
    let sealed = Sealed::text();
    let catalog = body_of(&sealed.file, 1);
    let tree = "<</Type/Pages/Kids[44 0 R]/Count 1/MediaBox[0 0 595 842]>>";
    let page = "<</Type/Page/Parent 43 0 R/Contents 45 0 R/Resources<<>>>>";
    let forged = content("Forged");
    let objects = [(43, tree), (44, page), (45, forged.as_str())];
    let swapped = catalog.replace("/Pages 2 0 R", "/Pages 43 0 R");
    sealed.refuses_objects(
        &[&objects[..], &[(1, swapped.as_str())]].concat(),
        &["page_tree_changed"],
    );
    let mut file = sealed.file.clone();
    let previous = last_startxref(&file);
    files::append(
        &mut file,
        &revision(&[&objects[..], &[(42, swapped.as_str())]].concat()),
        Xref::Table,
        Some(previous),
        "/Root 42 0 R",
    );
    sealed.refuses(&file, &["catalog_swapped"]);
}

#[test]
fn form_filling_and_annotations_are_seen() {
    let sealed = Sealed::form();
    let filled = body_of(&sealed.file, 10).replace("/V(100)", "/V(999)");
    sealed.refuses_objects(&[(10, &filled)], &["form_filled", "object_changed"]);
    let drawn = "<</Type/XObject/Subtype/Form/BBox[0 0 128 20]/Length 0>>\nstream\n\nendstream";
    sealed.refuses_objects(&[(11, drawn)], &["appearance_changed"]);
    sealed.refuses_objects(
        &[(5, "<</Type/Font/Subtype/Type1/BaseFont/Courier>>")],
        &["font_changed"],
    );
    let list = body_of(&sealed.file, 12).replace(']', " 44 0 R]");
    sealed.refuses_objects(
        &[
            (12, &list),
            (
                44,
                "<</Type/Annot/Subtype/FreeText/Contents(x)/Rect[0 0 500 500]>>",
            ),
        ],
        &["annotation_added"],
    );
    sealed.refuses_objects(&[(12, "[10 0 R]")], &["annotation_changed"]);
    let form = body_of(&sealed.file, 8).replace("/Fields", "/NeedAppearances true/Fields");
    sealed.refuses_objects(&[(8, &form)], &["form_changed"]);
}

#[test]
fn a_hidden_or_emptied_signature_is_still_reported() {
    let sealed = Sealed::text();
    sealed.refuses_objects(&[(1, "<</Type/Catalog/Pages 2 0 R>>")], &["form_changed"]);
    let field = body_of(&sealed.file, 33);
    assert!(field.contains("/Sig"), "{field}");
    let emptied: String = field
        .lines()
        .filter(|line| !line.starts_with("/V "))
        .collect::<Vec<_>>()
        .join("\n");
    sealed.refuses_objects(&[(33, &emptied)], &["signature_field_changed"]);
    let picture = "<</Type/XObject/Subtype/Form/BBox[0 0 1 1]/Length 0>>\nstream\n\nendstream";
    sealed.refuses_objects(&[(34, picture)], &["appearance_changed"]);
}

#[test]
fn a_file_without_the_structure_of_a_revision_is_refused() {
    let sealed = Sealed::text();
    let start = last_startxref(&sealed.file);
    let object = format!("6 0 obj\n{}\nendobj\n", content("Forged"));
    let offset = sealed.file.len();
    let table = format!("xref\n6 1\n{offset:010} 00000 n \n");
    let xref = offset + object.len();
    let trailer = format!("trailer\n<</Root 1 0 R/Size 95/Prev {start}>>\n");
    let whole = format!("{object}{table}{trailer}startxref\n{xref}\n%%EOF\n");
    let with = |tail: &str| [&sealed.file, tail.as_bytes()].concat();
    sealed.refuses(&with(&whole), &["page_content_changed"]);
    for broken in [
        // nothing but a body, no table, no trailer, an empty table, a comment where none may be
        object.clone(),
        format!("{object}startxref\n{start}\n%%EOF\n"),
        format!("{object}{trailer}startxref\n{xref}\n%%EOF\n"),
        format!("{object}{table}startxref\n{xref}\n%%EOF\n"),
        format!("{object}xref\n{trailer}startxref\n{xref}\n%%EOF\n"),
        format!("{object}xref\n0 0\n{trailer}startxref\n{xref}\n%%EOF\n"),
        format!("{object}{table}{trailer}startxref\n{xref} % comment\n%%EOF\n"),
        format!("{object}{table}{trailer}startxref\n{xref}\n"),
        format!("{object}{table}{trailer}startxref\n{start}\n%%EOF\n"),
        format!("{object}{table}{trailer}%startxref {start}\nstartxref\n{xref}\n%%EOF\n"),
        format!(
            "{object}xref\n6 1\n{:010} 00000 n \n{trailer}startxref\n{xref}\n%%EOF\n",
            offset + 1
        ),
        format!(
            "{object}xref\n6 1\n{offset:010} 00000 n \n6 1\n{offset:010} 00000 n \n{trailer}startxref\n{xref}\n%%EOF\n"
        ),
        format!(
            "{object}{table}trailer\n<</Root 1 0 R/Size 95/Prev {xref}>>\nstartxref\n{xref}\n%%EOF\n"
        ),
        format!(
            "{object}{table}trailer\n<</Root 1 0 R/Root 2 0 R/Size 95/Prev {start}>>\nstartxref\n{xref}\n%%EOF\n"
        ),
        format!("{object}{table}trailer\n<</Root 1 0 R/Size 95>>\nstartxref\n{xref}\n%%EOF\n"),
        "trailing words".to_owned(),
    ] {
        sealed.refuses(&with(&broken), &[]);
    }
}

#[test]
fn bytes_that_belong_to_no_object_are_seen() {
    let sealed = Sealed::text();
    let trusted = trusting(&[&sealed.signer]);
    let later = TestSigner::new(KeyFamily::P256);
    let honest = seal(
        &sealed.file,
        &later,
        Seal {
            field: "Second",
            page: 2,
            ..Seal::default()
        },
    );
    assert_valid(&verify(&honest, &trusting(&[&sealed.signer, &later])));
    for junk in ["9 0 obj\nnull\nendobj\n", "% comment\n", "junk\n"] {
        let file = appended(
            &[&sealed.file[..], junk.as_bytes()].concat(),
            &revision(&[(60, "<<>>")]),
            Xref::Table,
        );
        assert_invalid(&verify(&file, &trusted), &["bytes_of_no_object"]);
    }
    // White space behind the end means nothing.
    assert_valid(&verify(&[&sealed.file[..], b"\r\n"].concat(), &trusted));
}

#[test]
fn the_same_object_twice_in_one_revision_is_seen() {
    let sealed = Sealed::text();
    let start = last_startxref(&sealed.file);
    let one = format!("60 0 obj\n{}\nendobj\n", "<<>>");
    let two = format!("60 0 obj\n{}\nendobj\n", "<</A 1>>");
    let offset = sealed.file.len() + one.len();
    let xref = offset + two.len();
    let tail = format!(
        "{one}{two}xref\n60 1\n{offset:010} 00000 n \ntrailer\n<</Root 1 0 R/Size 95/Prev {start}>>\nstartxref\n{xref}\n%%EOF\n"
    );
    sealed.refuses(
        &[&sealed.file, tail.as_bytes()].concat(),
        &["bytes_of_no_object"],
    );
}

#[test]
fn a_key_twice_in_a_later_revision_is_refused() {
    let sealed = Sealed::text();
    let catalog = body_of(&sealed.file, 1).replace("/Pages 2 0 R", "/Pages 2 0 R/Pages 2 0 R");
    sealed.refuses_objects(&[(1, &catalog)], &[]);
}

#[test]
fn hybrid_revisions_behind_a_signature_are_refused() {
    let sealed = Sealed::text();
    let font = "<</Type/Font/Subtype/Type1/BaseFont/Courier>>";
    sealed.refuses(
        &appended(&sealed.file, &revision(&[(5, font)]), Xref::Hybrid),
        &["hybrid_revision", "font_changed"],
    );
}

#[test]
fn a_denied_change_in_the_revision_of_a_later_seal_breaks_the_first_seal() {
    let sealed = Sealed::text();
    let later = TestSigner::new(KeyFamily::P256);
    let place = Seal {
        field: "Second",
        rect: Rect::new(300.0, 300.0, 413.4, 413.4),
        ..Seal::default()
    };
    let trusted = trusting(&[&sealed.signer, &later]);
    assert_valid(&verify(
        &seal_patched(&sealed.file, &later, &place, None, &[]),
        &trusted,
    ));
    let changed = seal_patched(
        &sealed.file,
        &later,
        &place,
        None,
        &[("/Contents 6 0 R", "/Contents 7 0 R")],
    );
    let report = verify(&changed, &trusted);
    assert_invalid(&report, &["page_content_changed"]);
    assert_eq!(report.signatures[0].verdict, contract::Verdict::Invalid);
    assert_eq!(
        report.signatures[1].verdict,
        contract::Verdict::Valid,
        "the second signed what it saw"
    );
    // The writer lends no seal to a file that was changed so.
    let picture = picture();
    let third = Seal {
        field: "Third",
        page: 2,
        ..Seal::default()
    };
    let refused = pdf::prepare(
        &changed,
        &spec(&third, &picture, SubFilter::EtsiCadesDetached),
    );
    assert!(
        matches!(refused, Err(PrepareError::EarlierSignatureBroken(_))),
        "{refused:?}"
    );
}

#[test]
fn a_later_seal_over_an_earlier_one_breaks_it() {
    let sealed = Sealed::text();
    let later = TestSigner::new(KeyFamily::P256);
    let place = Seal {
        field: "Second",
        rect: Rect::new(300.0, 300.0, 413.4, 413.4),
        ..Seal::default()
    };
    let covering = seal_patched(
        &sealed.file,
        &later,
        &place,
        None,
        &[("[300.0 300.0 413.4 413.4]", "[150.0 150.0 263.4 263.4]")],
    );
    assert_invalid(
        &verify(&covering, &trusting(&[&sealed.signer, &later])),
        &["later_seal_covers_this"],
    );
    let picture = picture();
    let over = Seal {
        field: "Second",
        rect: Rect::new(150.0, 150.0, 263.4, 263.4),
        ..Seal::default()
    };
    assert_eq!(
        pdf::prepare(
            &sealed.file,
            &spec(&over, &picture, SubFilter::EtsiCadesDetached)
        ),
        Err(PrepareError::CoversSeal("YinxinSeal1".into()))
    );
}

#[test]
fn an_unsigned_picture_in_a_new_field_is_refused() {
    let sealed = Sealed::text();
    let catalog = body_of(&sealed.file, 1).replace("/Fields [33 0 R]", "/Fields [33 0 R 50 0 R]");
    let page = body_of(&sealed.file, 3).replace("/Annots [33 0 R]", "/Annots [33 0 R 50 0 R]");
    let field = |more: &str| {
        format!(
            "<</Type/Annot/Subtype/Widget/FT/Sig/T(Empty)/P 3 0 R/Rect[300 300 400 400]{more}>>"
        )
    };
    assert!(
        catalog.contains("50 0 R") && page.contains("50 0 R"),
        "{catalog} {page}"
    );
    let objects = |more: &str| revision(&[(1, &catalog), (3, &page), (50, &field(more))]);
    let trusted = trusting(&[&sealed.signer]);
    assert_valid(&verify(
        &appended(&sealed.file, &objects(""), Xref::Table),
        &trusted,
    ));
    sealed.refuses(
        &appended(&sealed.file, &objects("/AP<</N 34 0 R>>"), Xref::Table),
        &["unsigned_picture"],
    );
    sealed.refuses(
        &appended(
            &sealed.file,
            &objects("/A<</S/JavaScript/JS(x)>>"),
            Xref::Table,
        ),
        &["form_changed", "annotation_changed"],
    );
    sealed.refuses(
        &appended(
            &sealed.file,
            &objects("/V<</Type/Sig/Contents<00>/ByteRange[0 1 2 3]>>"),
            Xref::Table,
        ),
        &["signature_not_placed", "signature_missing"],
    );
}

#[test]
fn certification_holds_and_cannot_be_lowered() {
    let signer = TestSigner::new(KeyFamily::P256);
    let mut objects = files::objects();
    objects.insert(
        1,
        b"<</Type/Catalog/Pages 2 0 R/Perms<</DocMDP 32 0 R>>>>".to_vec(),
    );
    let original = files::file_of(&objects, Xref::Table);
    let reference = |level: u8| {
        format!("/Reference[<</TransformMethod/DocMDP/TransformParams<</P {level}>>>>]")
    };
    let reason = "x".repeat(reference(1).len() - "/Reason ()".len());
    let written = format!("/Reason ({reason})");
    let certified = |level: u8| {
        seal_patched(
            &original,
            &signer,
            &Seal::default(),
            Some(&reason),
            &[(&written, &reference(level))],
        )
    };
    let (strict, open) = (certified(1), certified(2));
    let trusted = trusting(&[&signer]);
    assert_valid(&verify(&strict, &trusted));
    let place = Seal {
        field: "Second",
        page: 2,
        ..Seal::default()
    };
    let picture = picture();
    assert_eq!(
        pdf::prepare(
            &strict,
            &spec(&place, &picture, SubFilter::EtsiCadesDetached)
        ),
        Err(PrepareError::NoChangesAllowed)
    );
    let twice = seal(&open, &signer, place);
    assert_valid(&verify(&twice, &trusted));
    // The same tail behind the file that allows none.
    let forced = [&strict[..], &twice[open.len()..]].concat();
    assert_invalid(&verify(&forced, &trusted), &["certified_against_changes"]);
    for catalog in [
        body_of(&strict, 1).replace("32 0 R", "33 0 R"),
        body_of(&strict, 1).replace("/DocMDP 32 0 R", ""),
    ] {
        let lowered = appended(&strict, &revision(&[(1, &catalog)]), Xref::Table);
        assert_invalid(&verify(&lowered, &trusted), &["certification_changed"]);
    }
}

#[test]
fn a_signature_that_locks_the_form_lets_no_later_seal_in() {
    let signer = TestSigner::new(KeyFamily::P256);
    let original = files::file(Xref::Table);
    let trusted = trusting(&[&signer]);
    let locked = |action: &str| {
        let reference = format!(
            "/Reference[<</TransformMethod/FieldMDP/TransformParams<</Action/{action}>>>>]"
        );
        let reason = "x".repeat(reference.len() - "/Reason ()".len());
        let written = format!("/Reason ({reason})");
        seal_patched(
            &original,
            &signer,
            &Seal::default(),
            Some(&reason),
            &[(&written, &reference)],
        )
    };
    // Include of nothing is written as long as Exclude of nothing, which locks everything else.
    let (open, shut) = (locked("Include"), locked("Exclude"));
    assert_valid(&verify(&shut, &trusted));
    let place = Seal {
        field: "Second",
        page: 2,
        ..Seal::default()
    };
    let picture = picture();
    for file in [&shut, &locked("All")] {
        let refused = pdf::prepare(file, &spec(&place, &picture, SubFilter::EtsiCadesDetached));
        assert_eq!(refused, Err(PrepareError::FieldsLocked));
    }
    let twice = seal(&open, &signer, place);
    assert_valid(&verify(&twice, &trusted));
    let forced = [&shut[..], &twice[open.len()..]].concat();
    assert_invalid(&verify(&forced, &trusted), &["field_locked"]);
}
