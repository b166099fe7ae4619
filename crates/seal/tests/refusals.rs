//! What the writer refuses, with the reason; where seals go on turned pages.

mod support;

use pki::KeyFamily;
use seal::VectorPicture;
use seal::pdf::pages::Rect;
use seal::pdf::tail::{self, TailError};
use seal::pdf::{self, PrepareError, SealSpec, SubFilter};
use support::files::{self, Xref, append, appended, last_startxref};
use support::{Seal, TestSigner, picture, seal, spec};

fn prepare(file: &[u8], place: &Seal<'_>) -> Result<pdf::Prepared, PrepareError> {
    let picture = picture();
    pdf::prepare(file, &spec(place, &picture, SubFilter::EtsiCadesDetached))
}

fn with_catalog(catalog: &str, trailer: &str) -> Vec<u8> {
    let mut objects = files::objects();
    objects.insert(1, catalog.as_bytes().to_vec());
    let mut out = b"%PDF-1.7\n".to_vec();
    append(
        &mut out,
        &objects,
        Xref::Table,
        None,
        &format!("/Root 1 0 R{trailer}"),
    );
    out
}

#[test]
fn files_that_cannot_take_a_seal_are_refused_with_the_reason() {
    let place = Seal::default();
    let plain = "<</Type/Catalog/Pages 2 0 R>>";
    assert!(prepare(&with_catalog(plain, ""), &place).is_ok());
    assert_eq!(
        prepare(&with_catalog(plain, "/Encrypt 9 0 R"), &place),
        Err(PrepareError::Encrypted)
    );
    let xfa = "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/XFA(x)>>>>";
    assert_eq!(
        prepare(&with_catalog(xfa, ""), &place),
        Err(PrepareError::Xfa)
    );
    let file = files::file(Xref::Table);
    for broken in [
        &b""[..],
        b"%PDF-1.7\n",
        b"GIF89a",
        &file[..file.len() - 8],
        &file[1..],
        &[&file[..], b"more"].concat(),
    ] {
        assert!(matches!(
            prepare(broken, &place),
            Err(PrepareError::Broken(_))
        ));
    }
    assert_eq!(
        prepare(
            &file,
            &Seal {
                page: 3,
                ..Seal::default()
            }
        ),
        Err(PrepareError::NoSuchPage(3))
    );
    assert_eq!(
        prepare(
            &file,
            &Seal {
                page: 0,
                ..Seal::default()
            }
        ),
        Err(PrepareError::NoSuchPage(0))
    );
    for rect in [
        Rect::new(500.0, 100.0, 613.0, 213.0),
        Rect::new(1.0, 1.0, 1.0, 1.0),
        Rect::new(f64::NAN, 0.0, 9.0, 9.0),
    ] {
        assert_eq!(
            prepare(
                &file,
                &Seal {
                    rect,
                    ..Seal::default()
                }
            ),
            Err(PrepareError::OffPage)
        );
    }
    for field in ["", "a.b", "a\nb"] {
        assert_eq!(
            prepare(
                &file,
                &Seal {
                    field,
                    ..Seal::default()
                }
            ),
            Err(PrepareError::FieldName(field.into()))
        );
    }
    let form = files::file_of(&files::form_objects(), Xref::Table);
    assert_eq!(
        prepare(
            &form,
            &Seal {
                field: "amount",
                ..Seal::default()
            }
        ),
        Err(PrepareError::FieldName("amount".into()))
    );
    let endless = VectorPicture {
        content: vec![b' '; 2 << 20],
        ..picture()
    };
    let refused = pdf::prepare(
        &file,
        &SealSpec {
            picture: &endless,
            ..spec(&place, &endless, SubFilter::EtsiCadesDetached)
        },
    );
    assert_eq!(refused, Err(PrepareError::Picture));
}

#[test]
fn a_field_name_that_is_free_is_found() {
    let file = files::file(Xref::Table);
    assert_eq!(pdf::free_field_name(&file).unwrap(), "YinxinSeal1");
    let sealed = seal(&file, &TestSigner::new(KeyFamily::P256), Seal::default());
    assert_eq!(pdf::free_field_name(&sealed).unwrap(), "YinxinSeal2");
}

#[test]
fn a_signature_that_does_not_fit_is_refused() {
    let file = files::file(Xref::Table);
    let prepared = prepare(&file, &Seal::default()).unwrap();
    let length = file.len() as u64;
    let room = pdf::DEFAULT_CAPACITY;
    assert!(matches!(
        pdf::complete(&prepared.tail, length, &vec![0x30; room + 1]),
        Err(TailError::NoRoom { .. })
    ));
    assert!(matches!(
        pdf::complete(&prepared.tail, length, &[]),
        Err(TailError::NoRoom { .. })
    ));
    assert!(pdf::complete(&prepared.tail, length + 1, &[0x30]).is_err());
    let complete = pdf::complete(&prepared.tail, length, &[0x30, 0x00]).unwrap();
    assert_eq!(complete.len(), prepared.tail.len());
    assert_eq!(
        pdf::complete(&complete, length, &[0x30]),
        Err(TailError::NotEmpty)
    );
    assert_eq!(tail::inspect(&file, &complete), Err(TailError::NotEmpty));
}

#[test]
fn a_tail_that_does_more_than_seal_is_refused_by_the_agent() {
    let file = files::file(Xref::Table);
    let tail = prepare(&file, &Seal::default()).unwrap().tail;
    assert!(tail::inspect(&file, &tail).is_ok());
    let changed = files::replaced(&tail, b"/Contents 6 0 R", b"/Contents 7 0 R");
    assert!(matches!(
        tail::inspect(&file, &changed),
        Err(TailError::Denied(_))
    ));
    // A tail for another file, and a revision more than one.
    assert!(tail::inspect(&file[..file.len() - 1], &tail).is_err());
    assert!(tail::inspect(&files::file(Xref::Stream), &tail).is_err());
    let whole = [&file[..], &tail].concat();
    let more = appended(
        &whole,
        &files::Objects::from([(6, b"null".to_vec())]),
        Xref::Table,
    );
    assert!(tail::inspect(&file, &more[file.len()..]).is_err());
    assert!(last_startxref(&more) > whole.len());
    assert!(tail::inspect(&file, b"").is_err());
}

#[test]
fn a_place_on_the_displayed_page_becomes_user_space_for_every_rotation() {
    let millimetre = 72.0 / 25.4;
    for (turn, expected) in [
        (0, [10.0, 812.0 - 40.0 - 20.0, 10.0 + 30.0, 812.0 - 20.0]),
        (90, [20.0, 10.0, 20.0 + 40.0, 10.0 + 30.0]),
        (180, [600.0 - 10.0 - 30.0, 20.0, 600.0 - 10.0, 20.0 + 40.0]),
        (
            270,
            [
                600.0 - 20.0 - 40.0,
                812.0 - 10.0 - 30.0,
                600.0 - 20.0,
                812.0 - 10.0,
            ],
        ),
    ] {
        let mut objects = files::objects();
        let page = format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 812]/Rotate {turn}/Contents 6 0 R/Resources<<>>>>"
        );
        objects.insert(3, page.into_bytes());
        let file = files::file_of(&objects, Xref::Table);
        let geometry = pdf::page_geometries(&file).unwrap()[0];
        let size = if turn % 180 == 0 {
            (600.0, 812.0)
        } else {
            (812.0, 600.0)
        };
        assert_eq!(geometry.displayed_size(), size);
        let rect = geometry.rect_at(
            10.0 / millimetre,
            20.0 / millimetre,
            30.0 / millimetre,
            40.0 / millimetre,
        );
        for (found, wanted) in [rect.x0, rect.y0, rect.x1, rect.y1]
            .into_iter()
            .zip(expected)
        {
            assert!((found - wanted).abs() < 1e-6, "{turn}: {rect:?}");
        }
        let signer = TestSigner::new(KeyFamily::P256);
        support::assert_valid(&support::verify(
            &seal(
                &file,
                &signer,
                Seal {
                    rect,
                    ..Seal::default()
                },
            ),
            &support::trusting(&[&signer]),
        ));
    }
}
