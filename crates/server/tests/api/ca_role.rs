//! The CA role: what an order gives, what is refused, and that no crash leaves a certificate that the authority does not
//! know, or a key that is delivered twice.

use std::collections::HashSet;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use contract::Base64;
use contract::escrow::{self, EscrowKeyPair, EscrowPublicKey};
use domain::application::Duty;
use domain::audit::AuditKey;
use domain::{Id, Span};
use issuer::key_management::shares;
use issuer::order::{Issued, OrderKind, Recovered};
use pki::asn1::Element;
use pki::crl::Crl;
use pki::{Certificate, KeyFamily, SoftwareKey};
use serde_json::json;
use server::authority::AuthorityError;
use server::authority::issuing::{CertificatePurpose, Onward, Step, Steps, key_sha256};
use server::ca_role::recover::{self, RecoverySession};
use server::ca_role::{self, RoleError};
use sqlx::Row as _;
use store::Store;

use crate::harness::authority::{Persons, Signed, StopAt, Wanted, request};
use crate::harness::{World, YI};
use crate::on_both_databases;

on_both_databases!(
    an_order_gives_both_certificates_and_a_retry_the_same_bytes,
    a_crash_at_any_step_leaves_no_unknown_certificate_and_delivers_no_key_twice,
    two_crashes_in_one_order_leave_nothing_behind_either,
    a_process_that_was_overtaken_writes_nothing_more,
    orders_are_divided_between_two_processes,
    what_three_persons_in_office_did_not_approve_is_refused,
    what_persons_without_the_duty_approved_is_refused,
    what_the_profile_does_not_allow_is_refused,
    a_pause_and_an_end_stand_in_the_next_list,
    an_administrators_pin_goes_to_one_popup_only,
    an_old_encryption_key_comes_back_to_the_same_holder_with_enough_shares,
);

fn sm2() -> SoftwareKey {
    SoftwareKey::generate(KeyFamily::Sm2).unwrap()
}

async fn ready(world: &World) -> Persons {
    world.recovery_shares().await;
    world.persons().await
}

fn lease_over(world: &World) {
    world.pass(store::orders::LEASE);
    world.pass(Span::seconds(1));
}

async fn an_order_gives_both_certificates_and_a_retry_the_same_bytes(world: World) {
    let persons = ready(&world).await;
    let (role, _) = world.ca_role(Arc::new(Onward)).await;
    let key = sm2();
    let order = world
        .order_certificates(&persons, &Wanted::sm2("SC0001"), &key)
        .await;
    assert_eq!(ca_role::run_due(&role).await.unwrap(), 1);
    let result: Issued = serde_json::from_value(world.order_result(&order).await).unwrap();
    let signing = Certificate::from_der(result.signing.as_bytes()).unwrap();
    let encryption = Certificate::from_der(result.encryption.unwrap().as_bytes()).unwrap();
    let issuing = Certificate::from_der(result.chain[0].as_bytes()).unwrap();
    let root = Certificate::from_der(result.chain[1].as_bytes()).unwrap();
    assert_eq!(signing.public_key(), key.public_key());
    let usage = encryption.key_usage().unwrap();
    assert!(usage.key_encipherment() && !usage.digital_signature());
    assert!(signing.key_usage().unwrap().digital_signature());
    for certificate in [&signing, &encryption] {
        certificate.verify_signature(issuing.public_key()).unwrap();
        assert_eq!(certificate.crl_urls().len(), 1);
    }
    issuing.verify_signature(root.public_key()).unwrap();
    let envelope = result.envelope.unwrap();
    let point = [envelope.public_x.0.clone(), envelope.public_y.0.clone()].concat();
    assert_eq!(encryption.public_key().key_bits()[1..], point);

    let again =
        json!({ "key_number": "SC0001", "signing_key_sha256": key_sha256(key.public_key()) });
    let sha256 = Some(key_sha256(key.public_key()));
    let kind = OrderKind::ReissueEnvelope;
    let retry = world.order(&persons, "scca", kind, sha256, &again).await;
    assert_eq!(ca_role::run_due(&role).await.unwrap(), 1);
    let recovered: Recovered = serde_json::from_value(world.order_result(&retry).await).unwrap();
    assert_eq!(recovered.envelope, envelope);
    assert_eq!(recovered.encryption.as_bytes(), encryption.der());

    // Another application for the same key gets nothing.
    let other = world
        .order_certificates(&persons, &Wanted::sm2("SC0002"), &key)
        .await;
    ca_role::run_due(&role).await.unwrap();
    assert_eq!(world.order_refusal(&other).await, "key_taken");
}

/// What must hold whatever happened: each TBSCertificate that was signed is recorded; what is not delivered is revoked;
/// each pair went to one signing key at most, and its pool copy is gone.
async fn nothing_is_left_behind(world: &World, signed: &[Vec<u8>]) {
    let pool = world.state.store.read();
    let rows =
        sqlx::query("SELECT tbs, state, revoked_at, order_id, purpose FROM issued_certificate")
            .fetch_all(pool)
            .await
            .unwrap();
    let recorded: HashSet<Vec<u8>> = rows.iter().map(|row| row.get(0)).collect();
    for tbs in signed.iter().filter(|octets| is_tbs_certificate(octets)) {
        assert!(recorded.contains(tbs), "signed and not recorded");
    }
    let mut living = HashSet::new();
    for row in &rows {
        let (state, revoked): (String, Option<i64>) = (row.get(1), row.get(2));
        assert_ne!(state, "intended");
        assert_eq!(state == "possibly_issued", revoked.is_some());
        if let (Some(order), Some(purpose), "issued") = (
            row.get::<Option<String>, _>(3),
            row.get::<Option<String>, _>(4),
            state.as_str(),
        ) {
            assert!(living.insert((order, purpose)), "two for one order");
        }
    }
    let deliveries = sqlx::query("SELECT encryption_key_id, signing_key_sha256 FROM key_delivery")
        .fetch_all(pool)
        .await
        .unwrap();
    let keys: HashSet<String> = deliveries.iter().map(|row| row.get(0)).collect();
    let signing: HashSet<String> = deliveries.iter().map(|row| row.get(1)).collect();
    assert_eq!(keys.len(), deliveries.len());
    assert_eq!(signing.len(), deliveries.len());
    let kept = sqlx::query(
        "SELECT k.id FROM encryption_key k JOIN key_delivery d ON d.encryption_key_id = k.id WHERE k.pool_copy IS NOT NULL",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert!(kept.is_empty());
}

/// Revocation lists are signed too; a TBSCertificate begins with an explicit version.
fn is_tbs_certificate(octets: &[u8]) -> bool {
    Element::parse(octets, "TBS").is_ok_and(|tbs| tbs.value().first() == Some(&0xa0))
}

async fn crash_and_repeat(world: &World, persons: &Persons, steps: &[Step]) -> Vec<Vec<u8>> {
    let key = sm2();
    let number = world.state.new_id().to_string();
    let order = world
        .order_certificates(persons, &Wanted::sm2(&number), &key)
        .await;
    let mut signed = Vec::new();
    for step in steps {
        let (role, record) = world.ca_role(StopAt::these(&[*step])).await;
        match ca_role::run_due(&role).await {
            Err(RoleError::Authority(AuthorityError::Stopped(at))) => assert_eq!(at, *step),
            // The step lies behind: what was recorded before the first crash was used again.
            Ok(_) => {}
            Err(error) => panic!("{step:?}: {error}"),
        }
        signed.extend(record.all());
        lease_over(world);
    }
    let (role, record) = world.ca_role(Arc::new(Onward)).await;
    ca_role::run_due(&role).await.unwrap();
    signed.extend(record.all());
    let result: Issued = serde_json::from_value(world.order_result(&order).await).unwrap();
    assert!(
        result.encryption.is_some() && result.envelope.is_some(),
        "{steps:?}"
    );
    signed
}

async fn a_crash_at_any_step_leaves_no_unknown_certificate_and_delivers_no_key_twice(world: World) {
    let persons = ready(&world).await;
    let mut signed = Vec::new();
    for step in Step::ALL {
        signed.extend(crash_and_repeat(&world, &persons, &[step]).await);
    }
    // Two signatures each, and one more where a signature was lost in the crash; those of lists aside.
    assert!(signed.len() >= 2 * Step::ALL.len() + 2, "{}", signed.len());
    nothing_is_left_behind(&world, &signed).await;
}

async fn two_crashes_in_one_order_leave_nothing_behind_either(world: World) {
    let persons = ready(&world).await;
    let mut signed = Vec::new();
    for first in Step::ALL {
        for second in Step::ALL {
            signed.extend(crash_and_repeat(&world, &persons, &[first, second]).await);
        }
    }
    nothing_is_left_behind(&world, &signed).await;
}

/// Waits at a step until another process is done.
struct WaitAt {
    step: Step,
    reached: Mutex<mpsc::Sender<()>>,
    go_on: Mutex<mpsc::Receiver<()>>,
}

impl Steps for WaitAt {
    fn reached(&self, step: Step) -> bool {
        if step == self.step {
            self.reached.lock().unwrap().send(()).unwrap();
            self.go_on.lock().unwrap().recv().unwrap();
        }
        true
    }
}

async fn a_process_that_was_overtaken_writes_nothing_more(world: World) {
    let persons = ready(&world).await;
    let world = Arc::new(world);
    let signing = CertificatePurpose::Signing;
    let mut all = Vec::new();
    for step in [
        Step::Claimed,
        Step::Reserved,
        Step::Intended(signing),
        Step::Signed(signing),
        Step::Recorded(signing),
        Step::Enveloped,
    ] {
        let number = world.state.new_id().to_string();
        let order = world
            .order_certificates(&persons, &Wanted::sm2(&number), &sm2())
            .await;
        let (reached, is_reached) = mpsc::channel();
        let (go_on, goes_on) = mpsc::channel();
        let slow = Arc::clone(&world);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let store = Store::open(&slow.database, AuditKey::new([9; 32])).await;
                let steps = Arc::new(WaitAt {
                    step,
                    reached: Mutex::new(reached),
                    go_on: Mutex::new(goes_on),
                });
                let (role, signed) = slow.ca_role_on(Arc::new(store.unwrap()), steps).await;
                let answer = ca_role::run_due(&role).await;
                role.store.close().await;
                (answer, signed)
            })
        });
        is_reached.recv().unwrap();
        lease_over(&world);
        let (role, signed) = world.ca_role(Arc::new(Onward)).await;
        assert_eq!(ca_role::run_due(&role).await.unwrap(), 1, "{step:?}");
        let before = world.order_result(&order).await;
        go_on.send(()).unwrap();
        let (answer, late): (_, Signed) = thread.join().unwrap();
        assert!(
            matches!(
                answer,
                Err(RoleError::Authority(
                    AuthorityError::ClaimLost | AuthorityError::GivenUp
                ))
            ),
            "{step:?}: {answer:?}"
        );
        assert_eq!(world.order_result(&order).await, before);
        all.extend(signed.all());
        all.extend(late.all());
    }
    nothing_is_left_behind(&world, &all).await;
}

async fn orders_are_divided_between_two_processes(world: World) {
    let persons = ready(&world).await;
    let mut orders: Vec<Id> = Vec::new();
    for number in 0..12 {
        let number = format!("SC{number:04}");
        let wanted = Wanted::sm2(&number);
        orders.push(world.order_certificates(&persons, &wanted, &sm2()).await);
    }
    let (one, signed_by_one) = world.ca_role(Arc::new(Onward)).await;
    let (two, signed_by_two) = world.ca_role(Arc::new(Onward)).await;
    let (first, second) = tokio::join!(ca_role::run_due(&one), ca_role::run_due(&two));
    assert_eq!(first.unwrap() + second.unwrap(), 12);
    for order in &orders {
        world.order_result(order).await;
    }
    let signed = [signed_by_one.all(), signed_by_two.all()].concat();
    assert_eq!(signed.len(), 24);
    nothing_is_left_behind(&world, &signed).await;
}

async fn what_three_persons_in_office_did_not_approve_is_refused(world: World) {
    let persons = ready(&world).await;
    let (role, signed) = world.ca_role(Arc::new(Onward)).await;
    let stranger = Persons {
        approved: world.state.new_id(),
        ..persons.clone()
    };
    // A supplier's account reviews nothing, whatever the order says.
    let by_account = Persons {
        entered: persons.approved.clone(),
        reviewed: persons.entered.clone(),
        approved: persons.reviewed.clone(),
    };
    for wrong in [stranger, by_account] {
        let order = world
            .order_certificates(&wrong, &Wanted::sm2("SC0001"), &sm2())
            .await;
        ca_role::run_due(&role).await.unwrap();
        assert_eq!(world.order_refusal(&order).await, "approval");
    }
    assert!(signed.all().is_empty());
}

async fn what_persons_without_the_duty_approved_is_refused(world: World) {
    let good = ready(&world).await;
    let (role, signed) = world.ca_role(Arc::new(Onward)).await;
    let nothing = world.appointed("wuzhi", &[]).await;
    let intake = world.appointed("luru", &[Duty::Intake]).await;
    let by_intake = Persons {
        entered: intake.clone(),
        ..good.clone()
    };
    // An auditor has no other duty: the table does not take one.
    let auditor = world.appointed("shenji", &[Duty::Audit]).await;
    let later = world.appointed("houlai", &[]).await;
    let approved_by = |approved: &Id| Persons {
        approved: approved.clone(),
        ..good.clone()
    };
    let wrong = [
        Persons {
            entered: nothing.clone(),
            ..good.clone()
        },
        Persons {
            reviewed: nothing.clone(),
            ..good.clone()
        },
        approved_by(&nothing),
        approved_by(&intake),
        approved_by(&auditor),
        approved_by(&later),
        // Each has a duty, and not the one that they used.
        Persons {
            reviewed: good.approved.clone(),
            approved: good.reviewed.clone(),
            ..good.clone()
        },
    ];
    let mut orders = Vec::new();
    for wrong in &wrong {
        let wanted = Wanted::sm2("SC0001");
        orders.push(world.order_certificates(wrong, &wanted, &sm2()).await);
    }
    // What is given after the approval does not reach back.
    world.pass(Span::seconds(1));
    world.give_duty(&later, Duty::SecondReview).await;
    ca_role::run_due(&role).await.unwrap();
    for (number, order) in orders.iter().enumerate() {
        assert_eq!(world.order_refusal(order).await, "approval", "{number}");
    }
    assert!(signed.all().is_empty());

    let wanted = Wanted::sm2("SC0001");
    let order = world.order_certificates(&by_intake, &wanted, &sm2()).await;
    ca_role::run_due(&role).await.unwrap();
    world.order_result(&order).await;
    let wanted = Wanted::sm2("SC0002");
    let order = world
        .order_certificates(&approved_by(&later), &wanted, &sm2())
        .await;
    ca_role::run_due(&role).await.unwrap();
    world.order_result(&order).await;
}

async fn what_the_profile_does_not_allow_is_refused(world: World) {
    let persons = ready(&world).await;
    let (role, signed) = world.ca_role(Arc::new(Onward)).await;
    let mut orders = Vec::new();
    let long = Wanted {
        years: 4,
        ..Wanted::sm2("SC0001")
    };
    orders.push((
        world.order_certificates(&persons, &long, &sm2()).await,
        "years",
    ));
    let nobody = Wanted {
        provider: "nobody",
        ..Wanted::sm2("SC0001")
    };
    orders.push((
        world.order_certificates(&persons, &nobody, &sm2()).await,
        "provider",
    ));
    let p256 = SoftwareKey::generate(KeyFamily::P256).unwrap();
    let wanted = Wanted::sm2("SC0001");
    orders.push((
        world.order_certificates(&persons, &wanted, &p256).await,
        "key",
    ));
    let body = json!({
        "type": "handler", "product": "platform", "organisation": "甲", "uscc": "91350200MA0000015A", "holder": "林",
        "key_number": "SC0001", "years": 1, "request": Base64(request(&sm2())), "encryption": false, "replaces": null,
    });
    // The approved key is another than the one that signed the request.
    let sha256 = Some(key_sha256(sm2().public_key()));
    let other = world
        .order(&persons, "scca", OrderKind::Issue, sha256, &body)
        .await;
    orders.push((other, "request"));
    let empty = world
        .order(&persons, "scca", OrderKind::Revoke, None, &json!({}))
        .await;
    orders.push((empty, "malformed"));
    let unknown = json!({ "key_number": "SC9999", "reason": "key_compromise" });
    let unknown = world
        .order(&persons, "scca", OrderKind::Revoke, None, &unknown)
        .await;
    orders.push((unknown, "not_found"));
    ca_role::run_due(&role).await.unwrap();
    for (order, code) in &orders {
        assert_eq!(world.order_refusal(order).await, *code);
    }
    assert!(signed.all().is_empty());
}

async fn a_pause_and_an_end_stand_in_the_next_list(world: World) {
    let persons = ready(&world).await;
    let (role, _) = world.ca_role(Arc::new(Onward)).await;
    let wanted = Wanted::sm2("SC0001");
    let order = world.order_certificates(&persons, &wanted, &sm2()).await;
    ca_role::run_due(&role).await.unwrap();
    let issued: Issued = serde_json::from_value(world.order_result(&order).await).unwrap();
    let signing = Certificate::from_der(issued.signing.as_bytes()).unwrap();
    let listed = async || {
        let list = world.state.store.newest_list("scca-demo-issuing").await;
        let crl = Crl::from_der(&list.unwrap().unwrap().crl).unwrap();
        crl.revoked()
            .iter()
            .find(|entry| entry.serial == signing.serial())
            .map(|entry| entry.reason.name().to_owned())
    };
    let change = async |kind, reason: &str| {
        let body = json!({ "key_number": "SC0001", "reason": reason });
        let order = world.order(&persons, "scca", kind, None, &body).await;
        ca_role::run_due(&role).await.unwrap();
        world.pass(Span::seconds(1));
        world.order_result(&order).await["certificates"].clone()
    };
    assert_eq!(listed().await, None);
    assert_eq!(change(OrderKind::Suspend, "certificate_hold").await, 2);
    assert_eq!(listed().await.as_deref(), Some("certificateHold"));
    assert_eq!(change(OrderKind::Resume, "unspecified").await, 2);
    assert_eq!(listed().await, None);
    change(OrderKind::Suspend, "certificate_hold").await;
    assert_eq!(change(OrderKind::Revoke, "key_compromise").await, 2);
    assert_eq!(listed().await.as_deref(), Some("keyCompromise"));
    // An end is an end.
    let body = json!({ "key_number": "SC0001", "reason": "unspecified" });
    let resume = world
        .order(&persons, "scca", OrderKind::Resume, None, &body)
        .await;
    ca_role::run_due(&role).await.unwrap();
    assert_eq!(world.order_refusal(&resume).await, "not_found");
    assert_eq!(listed().await.as_deref(), Some("keyCompromise"));
}

async fn an_administrators_pin_goes_to_one_popup_only(world: World) {
    let persons = ready(&world).await;
    let (role, _) = world.ca_role(Arc::new(Onward)).await;
    let (_, published) = world.state.store.escrow_key().await.unwrap().unwrap();
    let published = EscrowPublicKey::from_bytes(&published).unwrap();
    let random = |out: &mut [u8]| domain::Randomness::fill(&*world.random, out);
    let info = escrow::ESCROW_INFO;
    let sealed = escrow::seal(&published, info, b"YX1", b"Adm1nP1n", random).unwrap();
    let popup = EscrowKeyPair::generate(random);
    let body = |serial: &str| {
        json!({ "escrow": Base64(sealed.clone()), "device_serial": serial,
                "recipient": Base64(popup.public().to_bytes().to_vec()) })
    };
    let kind = OrderKind::Unlock;
    let good = world
        .order(&persons, "scca", kind, None, &body("YX1"))
        .await;
    let other = world
        .order(&persons, "scca", kind, None, &body("YX2"))
        .await;
    ca_role::run_due(&role).await.unwrap();
    assert_eq!(world.order_refusal(&other).await, "escrow");
    let result = world.order_result(&good).await;
    let released: Base64 = serde_json::from_value(result["sealed"].clone()).unwrap();
    let aad = escrow::release_aad("YX1", good.as_str());
    let pin = escrow::open(&popup, escrow::RELEASE_INFO, &aad, released.as_bytes()).unwrap();
    assert_eq!(pin.as_slice(), b"Adm1nP1n");
}

async fn an_old_encryption_key_comes_back_to_the_same_holder_with_enough_shares(world: World) {
    let shares = world.recovery_shares().await;
    let persons = world.persons().await;
    let (role, _) = world.ca_role(Arc::new(Onward)).await;
    let (old, new, foreign) = (sm2(), sm2(), sm2());
    let wanted = Wanted::sm2("SC0001");
    let first = world.order_certificates(&persons, &wanted, &old).await;
    let wanted = Wanted::sm2("SC0002");
    world.order_certificates(&persons, &wanted, &new).await;
    let other = Wanted {
        company: &YI,
        holder: "陈演示",
        ..Wanted::sm2("SC0003")
    };
    world.order_certificates(&persons, &other, &foreign).await;
    assert_eq!(ca_role::run_due(&role).await.unwrap(), 3);
    let issued: Issued = serde_json::from_value(world.order_result(&first).await).unwrap();

    let recover_to = async |key: &SoftwareKey| {
        let body = json!({ "key_number": "SC0001", "signing_key_sha256": key_sha256(old.public_key()),
                           "request": Base64(request(key)) });
        let sha256 = Some(key_sha256(key.public_key()));
        world
            .order(&persons, "scca", OrderKind::Recover, sha256, &body)
            .await
    };
    let own = recover_to(&new).await;
    let foreign = recover_to(&foreign).await;
    // The everyday role has no key that could open an escrow copy, and leaves both alone.
    assert_eq!(ca_role::run_due(&role).await.unwrap(), 0);
    let (id, key) = shares::join(&shares[1..]).unwrap();
    let session = RecoverySession { id, key };
    assert!(recover::perform(&role, &session, &own).await.unwrap());
    assert!(recover::perform(&role, &session, &foreign).await.unwrap());
    assert!(!recover::perform(&role, &session, &own).await.unwrap());
    assert_eq!(world.order_refusal(&foreign).await, "holder");
    let recovered: Recovered = serde_json::from_value(world.order_result(&own).await).unwrap();
    let envelope = issued.envelope.unwrap();
    assert_eq!(recovered.encryption, issued.encryption.unwrap());
    assert_eq!(recovered.envelope.public_x, envelope.public_x);
    assert_ne!(recovered.envelope.symmetric_key, envelope.symmetric_key);
    assert_eq!(
        world.state.store.key_history("SC0001").await.unwrap().len(),
        2
    );
}
