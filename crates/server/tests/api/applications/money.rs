//! Payments: a gateway whose notifications come late, twice, forged or never; amounts that don't fit; money that goes back.

use domain::{Span, Timestamp};
use serde_json::{Value, json};
use server::jobs;
use server::payments::GatewayKey;

use crate::harness::applying::{Desks, PAPERS, desk_path, notification, path, png};
use crate::harness::{Browser, JIA, World};

async fn begun(world: &World, method: &str) -> (Browser, Desks, Value, Value) {
    let supplier = world.registered(world.gongecai(), &JIA, "lin").await;
    let desks = world.desks(|| world.gongecai(), "gongecai").await;
    let application = supplier.submitted("szca", &JIA, &PAPERS).await;
    let payment = supplier
        .post(
            &path(&application, "/payments"),
            &json!({ "method": method }),
        )
        .await
        .expect(201);
    (supplier, desks, application, payment)
}

async fn payments(desks: &Desks, state: &str) -> Vec<Value> {
    let listed = desks
        .finance
        .get(&format!("/operator/payments?state={state}"))
        .await
        .expect(200);
    listed["payments"].as_array().unwrap().clone()
}

async fn a_forged_or_stale_notification_counts_nothing(world: World) {
    let (supplier, _, application, payment) = begun(&world, "gateway").await;
    let told = notification("N1", &payment);
    let other = GatewayKey::new([6; 32]);
    assert_eq!(
        world
            .notify_with(&supplier, &told, &other, world.now())
            .await,
        403
    );
    let ours = GatewayKey::new([5; 32]);
    let old = Timestamp(world.now().0) - Span::minutes(11);
    assert_eq!(world.notify_with(&supplier, &told, &ours, old).await, 403);
    let unknown = notification(
        "N1",
        &json!({ "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "amount": 1 }),
    );
    assert_eq!(world.notify(&supplier, &unknown).await, 404);
    assert_eq!(supplier.state_of(&application).await, "awaiting_payment");
}

async fn a_notification_counts_once_and_the_same_money_under_another_id_is_no_second_payment(
    world: World,
) {
    let (supplier, desks, application, payment) = begun(&world, "gateway").await;
    for id in ["N1", "N1", "N2"] {
        assert_eq!(
            world.notify(&supplier, &notification(id, &payment)).await,
            204
        );
        assert_eq!(supplier.state_of(&application).await, "submitted");
    }
    assert_eq!(payments(&desks, "confirmed").await.len(), 1);
    assert_eq!(payments(&desks, "refund_due").await.len(), 0);
    let body = supplier.get(&path(&application, "")).await.expect(200);
    let paid = body["history"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["event"] == "payment_confirmed")
        .count();
    assert_eq!(paid, 1);
}

async fn many_notifications_at_once_book_one_payment(world: World) {
    let (supplier, desks, _, payment) = begun(&world, "gateway").await;
    let told: Vec<_> = (0..12)
        .map(|n| notification(&format!("N{}", n % 4), &payment))
        .collect();
    let sent = told.iter().map(|told| world.notify(&supplier, told));
    for status in futures_util::future::join_all(sent).await {
        assert_eq!(status, 204);
    }
    assert_eq!(payments(&desks, "confirmed").await.len(), 1);
}

async fn a_late_notification_after_a_withdrawal_is_money_that_goes_back(world: World) {
    let (supplier, desks, application, payment) = begun(&world, "gateway").await;
    supplier
        .post(&path(&application, "/withdraw"), &json!({}))
        .await
        .expect(200);
    assert_eq!(
        world.notify(&supplier, &notification("N1", &payment)).await,
        204
    );
    assert_eq!(supplier.state_of(&application).await, "withdrawn");
    let due = payments(&desks, "refund_due").await;
    assert_eq!(due[0]["refund"]["reason"], "not_wanted");
}

async fn an_amount_that_does_not_fit_is_not_taken_as_paid(world: World) {
    let (supplier, desks, application, payment) = begun(&world, "gateway").await;
    let mut short = notification("N1", &payment);
    short.amount -= 1;
    assert_eq!(world.notify(&supplier, &short).await, 204);
    assert_eq!(supplier.state_of(&application).await, "awaiting_payment");
    let due = payments(&desks, "refund_due").await;
    assert_eq!(
        (&due[0]["refund"]["reason"], &due[0]["received"]),
        (&json!("amount_mismatch"), &json!(19_999))
    );
    // It is paid anew, and the first goes back.
    let again = supplier
        .post(
            &path(&application, "/payments"),
            &json!({ "method": "gateway" }),
        )
        .await
        .expect(201);
    assert_ne!(again["id"], payment["id"]);
    assert_eq!(
        world.notify(&supplier, &notification("N2", &again)).await,
        204
    );
    assert_eq!(supplier.state_of(&application).await, "submitted");
    let refund = format!(
        "/operator/payments/{}/refund",
        payment["id"].as_str().unwrap()
    );
    desks
        .finance
        .post(&refund, &json!({ "reference": "R1" }))
        .await
        .expect(204);
    desks
        .finance
        .post(&refund, &json!({ "reference": "R2" }))
        .await
        .refused("application_state");
}

async fn a_lost_notification_is_asked_for(world: World) {
    let (supplier, _, application, payment) = begun(&world, "gateway").await;
    assert_eq!(jobs::run_due(&world.state).await.unwrap(), 0, "not at once");
    world.pass(Span::minutes(3));
    jobs::run_due(&world.state).await.unwrap();
    assert_eq!(
        supplier.state_of(&application).await,
        "awaiting_payment",
        "nobody has paid"
    );
    world.asked.paid(&notification("N9", &payment));
    world.pass(Span::minutes(10));
    jobs::run_due(&world.state).await.unwrap();
    assert_eq!(supplier.state_of(&application).await, "submitted");
    // The notification that was lost comes after all.
    assert_eq!(
        world.notify(&supplier, &notification("N9", &payment)).await,
        204
    );
    world.pass(Span::minutes(60));
    assert_eq!(
        jobs::run_due(&world.state).await.unwrap(),
        0,
        "settled: nobody asks any more"
    );
}

async fn a_transfer_is_confirmed_by_finance_at_the_price_or_refused_with_a_reason(world: World) {
    let (supplier, desks, application, payment) = begun(&world, "transfer").await;
    let id = payment["id"].as_str().unwrap();
    let voucher = path(&application, &format!("/payments/{id}/voucher?name=v.png"));
    supplier
        .send_file(&voucher, "image/png", png())
        .await
        .expect(200);
    let at = |what: &str| format!("/operator/payments/{id}/{what}");
    let short = json!({ "amount": 19_000, "reference": "B1" });
    desks
        .finance
        .post(&at("confirm"), &short)
        .await
        .refused("amount_mismatch");
    desks
        .review
        .post(&at("confirm"), &short)
        .await
        .refused("forbidden");
    desks
        .finance
        .post(&at("refuse"), &json!({ "reason": "未到账" }))
        .await
        .expect(204);
    let body = supplier.get(&path(&application, "")).await.expect(200);
    assert_eq!(
        (&body["state"], &body["payment"]["refusal"]["reason"]),
        (&json!("awaiting_payment"), &json!("未到账"))
    );
    supplier
        .send_file(&voucher, "image/png", png())
        .await
        .expect(200);
    desks
        .finance
        .post(
            &at("confirm"),
            &json!({ "amount": 20_000, "reference": "B2" }),
        )
        .await
        .expect(204);
    desks
        .finance
        .post(
            &at("confirm"),
            &json!({ "amount": 20_000, "reference": "B3" }),
        )
        .await
        .refused("application_state");
    assert_eq!(supplier.state_of(&application).await, "submitted");
    // 驳回: what is held goes back.
    let reject = json!({ "decision": "reject", "reason": "资料不实" });
    desks
        .review
        .post(&desk_path(&application, "/review"), &reject)
        .await
        .expect(200);
    let due = payments(&desks, "refund_due").await;
    assert_eq!(due[0]["refund"]["reason"], "rejected");
    desks
        .finance
        .post(&at("refund"), &json!({ "reference": "R1" }))
        .await
        .expect(204);
    let body = supplier.get(&path(&application, "")).await.expect(200);
    assert_eq!(body["payment"]["state"], "refunded");
}

async fn two_payments_side_by_side_leave_one_and_send_the_other_back(world: World) {
    let (supplier, desks, application, gateway) = begun(&world, "gateway").await;
    let transfer = supplier
        .post(
            &path(&application, "/payments"),
            &json!({ "method": "transfer" }),
        )
        .await
        .expect(201);
    assert_eq!(
        world.notify(&supplier, &notification("N1", &gateway)).await,
        204
    );
    let confirm = format!(
        "/operator/payments/{}/confirm",
        transfer["id"].as_str().unwrap()
    );
    desks
        .finance
        .post(&confirm, &json!({ "amount": 20_000, "reference": "B1" }))
        .await
        .expect(204);
    assert_eq!(payments(&desks, "confirmed").await.len(), 1);
    assert_eq!(
        payments(&desks, "refund_due").await[0]["id"],
        transfer["id"]
    );
}

crate::on_both_databases!(
    a_forged_or_stale_notification_counts_nothing,
    a_notification_counts_once_and_the_same_money_under_another_id_is_no_second_payment,
    many_notifications_at_once_book_one_payment,
    a_late_notification_after_a_withdrawal_is_money_that_goes_back,
    an_amount_that_does_not_fit_is_not_taken_as_paid,
    a_lost_notification_is_asked_for,
    a_transfer_is_confirmed_by_finance_at_the_price_or_refused_with_a_reason,
    two_payments_side_by_side_leave_one_and_send_the_other_back,
);
