//! A ceremony's transcript: signed by the roots, and nothing in it can be changed.

use pki::Certificate;
use server::ceremony::{self, CeremonyError, Plan, SignedTranscript, TranscriptError};

use crate::harness::{World, keys};
use crate::on_both_databases;

on_both_databases!(a_transcript_says_what_was_made_and_is_signed_by_every_root);

async fn a_transcript_says_what_was_made_and_is_signed_by_every_root(world: World) {
    let profiles = [keys::profile("scca"), keys::profile("szca")];
    let alone = ["甲".to_owned()];
    let plan = Plan {
        profiles: &profiles,
        officers: &alone,
        recovery: None,
    };
    let refused = ceremony::perform(&world.authorities, &plan).await;
    assert!(matches!(refused, Err(CeremonyError::Officers)));

    let officers = ["甲 密钥管理员".to_owned(), "乙 审计员".to_owned()];
    let plan = Plan {
        profiles: &profiles,
        officers: &officers,
        recovery: Some((2, 3)),
    };
    let made = ceremony::perform(&world.authorities, &plan).await.unwrap();
    assert_eq!((made.shares.len(), made.authorities.len()), (3, 4));
    let roots: Vec<Certificate> = made
        .authorities
        .iter()
        .filter(|(id, _)| id.ends_with("root"))
        .map(|(_, certificate)| certificate.clone())
        .collect();
    let transcript = ceremony::verify(&made.record, &roots).unwrap();
    assert_eq!(transcript.authorities.len(), 4);
    assert_eq!(
        transcript.recovery_key.as_ref().unwrap().share_sha256.len(),
        3
    );
    // Shares themselves stand nowhere in it.
    assert!(!made.record.transcript.contains(made.shares[0].as_str()));
    assert!(ceremony::as_text(&transcript).contains("乙 审计员"));

    let changed = SignedTranscript {
        transcript: made.record.transcript.replace("甲", "丙"),
        ..made.record.clone()
    };
    assert!(matches!(
        ceremony::verify(&changed, &roots),
        Err(TranscriptError::Signature(_))
    ));
    let unsigned = SignedTranscript {
        signatures: made.record.signatures[..1].to_vec(),
        ..made.record.clone()
    };
    assert!(matches!(
        ceremony::verify(&unsigned, &roots),
        Err(TranscriptError::Signature(_))
    ));
    assert_eq!(
        ceremony::verify(&made.record, &roots[..1]),
        Err(TranscriptError::Unsigned)
    );
}
