//! Attacks on seals in many places: strips that cover others, strips moved, taken away or put elsewhere.

use pki::KeyFamily;
use seal::pdf::placement::{self, Edge, EdgeSeal, Placement};
use seal::pdf::{self, PrepareError, SignatureSpec, SubFilter};

use super::revision;
use super::support::files::{self, Xref, appended, body_of};
use super::support::{
    DEFAULT_PLACE, NOW, TestSigner, assert_invalid, assert_valid, cms_for, picture, seal_many,
    trusting, verify,
};

fn strips(file: &[u8], along: f64) -> Vec<Placement> {
    let geometries = pdf::page_geometries(file).expect("pages");
    placement::over_edge(
        &geometries,
        &EdgeSeal {
            pages: vec![1, 2],
            edge: Edge::Right,
            width_mm: 40.0,
            height_mm: 40.0,
            along,
            pages_a_seal: 10,
        },
    )
    .expect("strips")
}

fn spec<'a>(
    placements: &'a [Placement],
    picture: &'a seal::VectorPicture,
    field: &'a str,
) -> SignatureSpec<'a> {
    SignatureSpec {
        further: &[],
        placements,
        picture,
        field_name: field,
        signer_name: "x",
        reason: None,
        time: NOW,
        sub_filter: SubFilter::EtsiCadesDetached,
        contents_capacity: pdf::DEFAULT_CAPACITY,
        last: false,
    }
}

#[test]
fn a_strip_over_an_earlier_seal_is_refused_and_never_valid() {
    let (signer, later) = (
        TestSigner::new(KeyFamily::P256),
        TestSigner::new(KeyFamily::P256),
    );
    let original = files::file(Xref::Table);
    let first = seal_many(&original, &signer, &strips(&original, 0.5), "Edge", false);
    let trust = trusting(&[&signer, &later]);
    assert_valid(&verify(&first, &trust));
    let beside = seal_many(&first, &later, &strips(&first, 0.2), "Beside", false);
    assert_valid(&verify(&beside, &trust));
    let picture = picture();
    let over = strips(&first, 0.55);
    assert_eq!(
        pdf::prepare_signature(&first, &spec(&over, &picture, "Over")),
        Err(PrepareError::CoversSeal("Edge".into()))
    );
    // Forced: the prepared strips are moved over the first seal's before they are signed.
    let aside = strips(&first, 0.2);
    let tail = pdf::prepare_signature(&first, &spec(&aside, &picture, "Over"))
        .expect("prepared")
        .tail;
    let text = String::from_utf8_lossy(&tail).into_owned();
    let rect = text
        .split("/Rect [")
        .nth(1)
        .and_then(|rest| rest.split(']').next())
        .expect("a rectangle")
        .to_owned();
    let of_first = String::from_utf8_lossy(&first).into_owned();
    let covered = of_first
        .split("/Rect [")
        .nth(1)
        .and_then(|rest| rest.split(']').next())
        .expect("a rectangle")
        .to_owned();
    assert_eq!(rect.len(), covered.len());
    let moved = files::replaced(&tail, rect.as_bytes(), covered.as_bytes());
    let cms = cms_for(&first, &moved, &later, vec![]);
    let moved = pdf::complete(&moved, first.len() as u64, &cms).expect("completed");
    assert_invalid(
        &verify(&[&first[..], &moved].concat(), &trust),
        &["later_seal_covers_this"],
    );
}

#[test]
fn a_strip_moved_or_taken_away_later_is_seen() {
    let signer = TestSigner::new(KeyFamily::P256);
    let original = files::file(Xref::Table);
    let sealed = seal_many(&original, &signer, &strips(&original, 0.5), "Edge", false);
    let trust = trusting(&[&signer]);
    assert_valid(&verify(&sealed, &trust));
    let field = body_of(&sealed, 33);
    let kids: Vec<u32> = field
        .split("/Kids [")
        .nth(1)
        .and_then(|rest| rest.split(']').next())
        .expect("kids")
        .split(" 0 R")
        .filter_map(|number| number.trim().parse().ok())
        .collect();
    assert_eq!(kids.len(), 2);
    let strip = body_of(&sealed, kids[1]);
    let moved = strip.replace("/Rect [", "/Rect [1");
    assert_invalid(
        &verify(
            &appended(&sealed, &revision(&[(kids[1], &moved)]), Xref::Table),
            &trust,
        ),
        &["signature_field_changed"],
    );
    let another = strip.replace("/V 32 0 R", "/V 3 0 R");
    assert!(another != strip, "{strip}");
    assert_invalid(
        &verify(
            &appended(&sealed, &revision(&[(kids[1], &another)]), Xref::Table),
            &trust,
        ),
        &["form_broken"],
    );
    let hidden = strip.replace("/F 132", "/F 134");
    assert_invalid(
        &verify(
            &appended(&sealed, &revision(&[(kids[1], &hidden)]), Xref::Table),
            &trust,
        ),
        &["signature_field_changed"],
    );
    let page = body_of(&sealed, 4).replace(&format!("[{} 0 R]", kids[1]), "[]");
    assert_invalid(
        &verify(
            &appended(&sealed, &revision(&[(4, &page)]), Xref::Table),
            &trust,
        ),
        &["annotation_changed"],
    );
    let fewer = field.replace(&format!(" {} 0 R]", kids[1]), "]");
    assert_invalid(
        &verify(
            &appended(&sealed, &revision(&[(33, &fewer)]), Xref::Table),
            &trust,
        ),
        &["signature_field_changed"],
    );
}

#[test]
fn the_shared_drawing_of_all_strips_may_not_change() {
    let signer = TestSigner::new(KeyFamily::P256);
    let original = files::file(Xref::Table);
    let sealed = seal_many(&original, &signer, &strips(&original, 0.5), "Edge", false);
    let empty = "<</Type/XObject/Subtype/Form/BBox[0 0 1 1]/Length 0>>\nstream\n\nendstream";
    for number in [34, 35] {
        assert_invalid(
            &verify(
                &appended(&sealed, &revision(&[(number, empty)]), Xref::Table),
                &trusting(&[&signer]),
            ),
            &["appearance_changed"],
        );
    }
}

#[test]
fn places_that_lie_over_each_other_or_off_the_page_are_refused() {
    let original = files::file(Xref::Table);
    let picture = picture();
    let twice = [DEFAULT_PLACE, DEFAULT_PLACE];
    assert_eq!(
        pdf::prepare_signature(&original, &spec(&twice, &picture, "Twice")),
        Err(PrepareError::OverItself(1))
    );
    assert_eq!(
        pdf::prepare_signature(&original, &spec(&[], &picture, "None")),
        Err(PrepareError::Places)
    );
    let mut off = DEFAULT_PLACE;
    off.rect.x = 200.0;
    assert_eq!(
        pdf::prepare_signature(&original, &spec(&[off], &picture, "Off")),
        Err(PrepareError::OffPage)
    );
    let mut nowhere = DEFAULT_PLACE;
    nowhere.part.right = nowhere.part.left;
    assert_eq!(
        pdf::prepare_signature(&original, &spec(&[nowhere], &picture, "Part")),
        Err(PrepareError::OffPage)
    );
}
