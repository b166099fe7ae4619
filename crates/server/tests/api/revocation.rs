//! Revoked, gone, expired and forged: four different answers (rules 5 and 6).

use domain::Span;

use crate::harness::lists::Standing;
use crate::harness::{Browser, JIA, Key, World};

const ISSUING: &str = "szca-demo-issuing";

/// A company with a bound key.
async fn bound(world: &World) -> (Browser, Key) {
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    owner.bind(&key).await.expect(201);
    (owner, key)
}

/// An authority of the same name with another key: its list.
async fn forged_list() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let url = format!(
        "sqlite:{}?mode=rwc",
        folder.path().join("rogue.db").display()
    );
    let rogue = World::with_seed(&url, 2).await;
    rogue.authorities.publish_list(ISSUING).await.unwrap().crl
}

async fn revoked_gone_expired_and_forged_are_four_different_answers(world: World) {
    let (_, key) = bound(&world).await;
    let old_list = world.authorities.list(ISSUING).await.unwrap().crl;
    let said = async |code: &str| {
        world.gongecai().log_in_with(&key).await.refused(code)["detail"]["zh"].to_string()
    };

    // More than 24 hours after the last good answer nothing is left to lean on.
    world.pass(Span::hours(25));
    world.lists.put(ISSUING, Standing::Gone);
    let gone = said("revocation_undetermined").await;
    world.lists.put(ISSUING, Standing::Fixed(old_list));
    let expired = said("revocation_undetermined").await;
    world
        .lists
        .put(ISSUING, Standing::Fixed(forged_list().await));
    let forged = said("revocation_undetermined").await;
    world.lists.put(ISSUING, Standing::Garbage);
    let garbage = said("revocation_undetermined").await;
    world.lists.restore(ISSUING);
    world.gongecai().log_in_with(&key).await.expect(200);
    world
        .authorities
        .revoke_key("SZ-1", "keyCompromise")
        .await
        .unwrap();
    let revoked = said("certificate_revoked").await;

    let mut answers = vec![gone, expired, forged, garbage, revoked];
    answers.sort();
    answers.dedup();
    assert_eq!(answers.len(), 5, "{answers:?}");
}

async fn a_login_leans_on_a_good_answer_of_the_last_day_with_a_risk_line(world: World) {
    let (_, key) = bound(&world).await;
    world.lists.put(ISSUING, Standing::Gone);
    world.pass(Span::hours(24));
    let browser = world.gongecai();
    let session = browser.log_in_with(&key).await.expect(200);
    assert_eq!(session["logged_in_by"]["risk"], "revocation_undetermined");
    assert_eq!(browser.get("/session").await.expect(200), session);
    // What was accepted without evidence is no evidence for the next one.
    world.pass(Span::seconds(1));
    world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("revocation_undetermined");
}

async fn a_platform_that_allows_no_old_answers_gets_none(world: World) {
    let (_, key) = bound(&world).await;
    world.edit(
        "platforms/gongecai.toml",
        "login_last_good_hours = 24",
        "login_last_good_hours = 0",
    );
    world.lists.put(ISSUING, Standing::Gone);
    world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("revocation_undetermined");
}

async fn binding_needs_a_fresh_answer(world: World) {
    // The second manual's way to release: here the key can't log in meanwhile.
    world.edit(
        "platforms/gongecai.toml",
        r#"unbind = "with_that_key""#,
        r#"unbind = "owner_or_administrator""#,
    );
    let (owner, key) = bound(&world).await;
    let list = owner.get("/bindings").await.expect(200);
    owner
        .delete(&format!(
            "/bindings/{}",
            list["items"][0]["id"].as_str().unwrap()
        ))
        .await
        .expect(204);
    world.lists.put(ISSUING, Standing::Gone);
    owner.prove(&key).await.refused("revocation_undetermined");
    world.lists.restore(ISSUING);
    owner.bind(&key).await.expect(201);
}

async fn once_revoked_no_older_good_answer_helps(world: World) {
    let (_, key) = bound(&world).await;
    world
        .authorities
        .revoke_key("SZ-1", "keyCompromise")
        .await
        .unwrap();
    world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("certificate_revoked");
    world.lists.put(ISSUING, Standing::Gone);
    world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("revocation_undetermined");
}

async fn a_good_list_of_the_root_does_not_stand_in_for_the_issuing_authoritys(world: World) {
    let (_, key) = bound(&world).await;
    world.pass(Span::hours(25));
    let of_the_root = world.authorities.list("szca-demo-root").await.unwrap().crl;
    world.lists.put(ISSUING, Standing::Fixed(of_the_root));
    world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("revocation_undetermined");
}

async fn a_list_that_cannot_be_had_for_the_issuing_authority_itself_counts_too(world: World) {
    let (_, key) = bound(&world).await;
    world.pass(Span::hours(25));
    world.lists.put("szca-demo-root", Standing::Gone);
    world
        .gongecai()
        .log_in_with(&key)
        .await
        .refused("revocation_undetermined");
}

async fn a_list_is_made_anew_after_half_its_life_and_numbers_only_grow(world: World) {
    let first = world.authorities.list(ISSUING).await.unwrap();
    world.pass(Span::seconds(12 * 3600 - 1));
    assert_eq!(world.authorities.list(ISSUING).await.unwrap(), first);
    world.pass(Span::seconds(1));
    let second = world.authorities.list(ISSUING).await.unwrap();
    assert_eq!(second.number, first.number + 1);
    assert!(second.this_update > first.this_update);
    let raced =
        futures_util::future::join_all((0..5).map(|_| world.authorities.publish_list(ISSUING)))
            .await;
    let mut numbers: Vec<u64> = raced.into_iter().map(|list| list.unwrap().number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 5);
}

async fn a_serial_whose_result_a_crash_lost_is_revoked_and_never_delivered(world: World) {
    use issuer::IntentRecord;
    use store::{Deed, StoreError, Tx};

    struct Intend(IntentRecord);
    impl Deed for Intend {
        type Done = ();
        type Refused = std::convert::Infallible;
        async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
            assert!(store::authorities::insert_intent(tx.connection(), &self.0, "", None).await?);
            assert!(
                !store::authorities::insert_intent(tx.connection(), &self.0, "", None).await?,
                "a serial is taken once"
            );
            Ok(Ok(()))
        }
    }
    let intent = IntentRecord {
        issuer: ISSUING.into(),
        serial: "4a".repeat(16),
        subject: "CN=lost".into(),
        key_number: Some("SZ-9".into()),
        not_before: world.now().seconds(),
        not_after: world.now().seconds() + 1000,
        tbs: vec![1],
        at: world.now().seconds(),
    };
    let Ok(()) = world.state.store.perform(&Intend(intent)).await.unwrap();
    let crl = |der: &[u8]| pki::crl::Crl::from_der(der).unwrap();
    let before = world.authorities.publish_list(ISSUING).await.unwrap();
    assert!(
        crl(&before.crl).revoked().is_empty(),
        "a signature under way is not given up"
    );
    world.pass(Span::minutes(3));
    let after = world.authorities.publish_list(ISSUING).await.unwrap();
    assert_eq!(crl(&after.crl).revoked()[0].serial, [0x4a; 16]);
}

crate::on_both_databases!(
    revoked_gone_expired_and_forged_are_four_different_answers,
    a_login_leans_on_a_good_answer_of_the_last_day_with_a_risk_line,
    a_platform_that_allows_no_old_answers_gets_none,
    binding_needs_a_fresh_answer,
    once_revoked_no_older_good_answer_helps,
    a_good_list_of_the_root_does_not_stand_in_for_the_issuing_authoritys,
    a_list_that_cannot_be_had_for_the_issuing_authority_itself_counts_too,
    a_list_is_made_anew_after_half_its_life_and_numbers_only_grow,
    a_serial_whose_result_a_crash_lost_is_revoked_and_never_delivered,
);
