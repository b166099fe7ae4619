//! Applying for certificates in a test: desks with their duties, a supplier's papers, a gateway that can be asked, and
//! what agents answer. The CA works in process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::escrow::{self, ESCROW_INFO, EscrowKeyPair, EscrowPublicKey};
use domain::application::Duty;
use domain::{Id, Timestamp};
use pki::{KeyFamily, Signer as _, SoftwareKey, oid, pkcs10};
use serde_json::{Value, json};
use server::authority::issuing::Onward;
use server::authority::key_file::Cost;
use server::authority::{Authorities, passphrase};
use server::ca_role::secrets::Secrets;
use server::ca_role::{self, CaRole, Products};
use server::payments::{Ask, Asking, GatewayKey, MAC_HEADER, Notification, Purpose, Status};
use sha2::{Digest as _, Sha256};
use store::key_management::{self, RecoveryKey};
use store::operators::{self, NewOperator};
use store::{Deed, StoreError, Tx};

use super::{Answer, Browser, Company, PASSWORD, World};

/// A gateway that answers what a test told it, or nothing.
#[derive(Clone, Default)]
pub struct Asked(Arc<Mutex<HashMap<String, Notification>>>);

impl Asked {
    /// From now on this payment is paid for whoever asks.
    pub fn paid(&self, notification: &Notification) {
        let mut paid = self.0.lock().unwrap();
        paid.insert(notification.payment.clone(), notification.clone());
    }
}

impl Ask for Asked {
    fn status<'a>(&'a self, payment: &'a str) -> Asking<'a> {
        let paid = self.0.lock().unwrap().get(payment).cloned();
        let status = Status {
            payment: payment.to_owned(),
            paid,
        };
        Box::pin(async move { Ok(status) })
    }
}

/// The desks of a platform, each in its own browser.
pub struct Desks {
    pub intake: Browser,
    pub review: Browser,
    pub second_review: Browser,
    pub production: Browser,
    pub dispatch: Browser,
    pub finance: Browser,
    pub audit: Browser,
}

impl World {
    /// One person for each duty.
    pub async fn desks(&self, browser: impl Fn() -> Browser, platform: &str) -> Desks {
        let at =
            async |name: &'static str, duty| self.desk(browser(), platform, name, &[duty]).await;
        Desks {
            intake: at("luru", Duty::Intake).await,
            review: at("shenhe", Duty::Review).await,
            second_review: at("fuhe", Duty::SecondReview).await,
            production: at("zhizheng", Duty::Production).await,
            dispatch: at("fahuo", Duty::Dispatch).await,
            finance: at("caiwu", Duty::Finance).await,
            audit: at("shenji", Duty::Audit).await,
        }
    }

    /// An operator with duties, appointed and logged in.
    pub async fn desk(
        &self,
        browser: Browser,
        platform: &str,
        name: &str,
        duties: &[Duty],
    ) -> Browser {
        let deed = Desk {
            platform,
            name,
            duties,
            id: self.state.new_id(),
            now: self.now(),
        };
        let Ok(()) = self.state.store.perform(&deed).await.unwrap();
        browser.log_in(name).await.expect(200);
        browser
    }

    /// The CA works through its orders, and the server follows them.
    pub async fn ca_works(&self) {
        let role = self.working_ca().await;
        ca_role::run_due(&role).await.unwrap();
        server::jobs::run_due(&self.state).await.unwrap();
    }

    /// The CA as its own process has it, on this installation's keys.
    async fn working_ca(&self) -> CaRole {
        let cost = Cost {
            memory_kib: 64,
            passes: 1,
        };
        let (store, random) = (&self.state.store, Arc::clone(&self.state.random));
        let folder = passphrase::issuing_folder(self.folder());
        let keys = passphrase::demo_folder(folder, cost, Arc::clone(&random)).unwrap();
        let secrets = Secrets::open(&keys, store, &*random, self.now())
            .await
            .unwrap();
        let (issuing, _) = passphrase::demo_vaults(self.folder(), cost, &random).unwrap();
        CaRole {
            authorities: Authorities::new(
                Arc::clone(store),
                issuing,
                Arc::clone(&self.state.clock),
                Arc::clone(&random),
            ),
            profiles: issuer::demo_profiles().unwrap(),
            products: Products::of(&self.state.current_rules().catalogue),
            secrets,
            steps: Arc::new(Onward),
            clock: Arc::clone(&self.state.clock),
            random,
            store: Arc::clone(store),
        }
    }

    /// A recovery key, as a ceremony would have made it: without one no encryption pair is made.
    pub async fn recovery_key(&self) {
        let pair = EscrowKeyPair::generate(fill);
        let deed = Recovery(RecoveryKey {
            id: "recovery".into(),
            public_key: pair.public().to_bytes().to_vec(),
            threshold: 2,
            shares: 3,
        });
        let Ok(()) = self.state.store.perform(&deed).await.unwrap();
    }

    /// What the gateway says of a payment, under its own key.
    pub async fn notify(&self, browser: &Browser, notification: &Notification) -> u16 {
        let key = GatewayKey::new([5; 32]);
        self.notify_with(browser, notification, &key, self.now())
            .await
    }

    /// The same under some key and time.
    pub async fn notify_with(
        &self,
        browser: &Browser,
        notification: &Notification,
        key: &GatewayKey,
        at: Timestamp,
    ) -> u16 {
        let body = serde_json::to_vec(notification).unwrap();
        let stamp = key.sign(Purpose::Notification, at, &body);
        // A gateway is no page: it sends no origin.
        let gateway = browser.with_origin(None);
        let (parts, _) = gateway
            .transfer_with(
                Method::POST,
                "/api/v1/payments/notifications",
                &[(MAC_HEADER, &stamp)],
                Some(("application/json", body)),
            )
            .await;
        parts.status.as_u16()
    }
}

/// A notification for a payment.
pub fn notification(id: &str, payment: &Value) -> Notification {
    Notification {
        id: id.to_owned(),
        payment: payment["id"].as_str().unwrap().to_owned(),
        amount: payment["amount"].as_i64().unwrap(),
        reference: format!("GW-{id}"),
        paid_at: 1_800_000_000,
    }
}

struct Recovery(RecoveryKey);

impl Deed for Recovery {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let at = super::START;
        key_management::insert_recovery_key(tx.connection(), &self.0, at).await?;
        Ok(Ok(()))
    }
}

struct Desk<'a> {
    platform: &'a str,
    name: &'a str,
    duties: &'a [Duty],
    id: Id,
    now: Timestamp,
}

impl Deed for Desk<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let password = domain::password::Password::new(PASSWORD.to_owned());
        let hash = domain::password::hash(&password, &server::system::SystemRandomness);
        let operator = NewOperator {
            id: &self.id,
            platform: self.platform,
            name: self.name,
            person: self.name,
            phone: "13800000010",
            password_hash: &hash,
            at: self.now,
        };
        assert!(operators::insert(tx.connection(), &operator).await?);
        for duty in self.duties {
            let granted =
                operators::grant(tx.connection(), self.platform, &self.id, *duty, self.now).await?;
            assert!(granted);
        }
        Ok(Ok(()))
    }
}

/// A picture of 4 × 4 pixels.
pub fn png() -> Vec<u8> {
    STANDARD
        .decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        )
        .unwrap()
}

/// A whole form of a company's, for a kind that issues.
pub fn form(company: &Company) -> Value {
    json!({
        "organisation": company.name, "uscc": company.uscc, "legal_representative": "林法人", "handler": "王经办",
        "handler_phone": "13800138000", "holder": company.name, "years": 1, "recipient": "王经办",
        "recipient_phone": "13800138000", "address": "厦门市演示路 1 号", "delivery": "courier",
        "invoice": { "kind": "ordinary", "title": company.name, "tax_number": company.uscc, "email": "a@example.cn" },
    })
}

/// The papers of 公e采's 深圳CA.
pub const PAPERS: [&str; 5] = [
    "licence",
    "legal-representative-id",
    "handler-id",
    "application-form",
    "authorisation",
];

pub fn path(application: &Value, rest: &str) -> String {
    format!(
        "/applications/{}{rest}",
        application["id"].as_str().unwrap()
    )
}

pub fn desk_path(application: &Value, rest: &str) -> String {
    format!("/operator{}", path(application, rest))
}

impl Browser {
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(
            Method::PUT,
            &format!("/api/v1{path}"),
            Some(body.to_string()),
        )
        .await
    }

    /// Begins an application.
    pub async fn apply(&self, provider: &str, kind: &str, key: Option<&str>) -> Answer {
        let body = json!({ "provider": provider, "kind": kind, "type": "organisation", "key_number": key });
        self.post("/applications", &body).await
    }

    /// Begins an application, fills its form, uploads its papers, submits it.
    pub async fn submitted(&self, provider: &str, company: &Company, papers: &[&str]) -> Value {
        let draft = self.apply(provider, "new", None).await.expect(201);
        self.fill(&draft, form(company), papers).await;
        self.post(&path(&draft, "/submit"), &json!({}))
            .await
            .expect(200)
    }

    /// Fills the form of a draft and uploads papers.
    pub async fn fill(&self, draft: &Value, form: Value, papers: &[&str]) {
        let known = self.get(&path(draft, "")).await.expect(200);
        let body = json!({ "version": known["version"], "form": form });
        self.put(&path(draft, "/form"), &body).await.expect(200);
        for paper in papers {
            self.paper(draft, paper, "image/png", png())
                .await
                .expect(201);
        }
    }

    /// Uploads a paper.
    pub async fn paper(&self, draft: &Value, paper: &str, kind: &str, bytes: Vec<u8>) -> Answer {
        let path = path(draft, &format!("/materials?material={paper}&name=a.png"));
        self.send_file(&path, kind, bytes).await
    }

    /// Passes a review.
    pub async fn pass(&self, application: &Value, which: &str) -> Answer {
        self.post(
            &desk_path(application, which),
            &json!({ "decision": "pass" }),
        )
        .await
    }

    /// Where an application stands, as this browser sees it.
    pub async fn state_of(&self, application: &Value) -> String {
        let body = self.get(&path(application, "")).await.expect(200);
        body["state"].as_str().unwrap().to_owned()
    }
}

/// A blank token on the desk: what the operator's agent makes of a request.
pub struct Token {
    pub serial: String,
    pub key: SoftwareKey,
    family: KeyFamily,
}

impl Token {
    pub fn blank(serial: &str) -> Self {
        Self {
            serial: serial.to_owned(),
            key: SoftwareKey::generate(KeyFamily::Sm2).unwrap(),
            family: KeyFamily::Sm2,
        }
    }

    /// PKCS#10 with the key number as its name.
    pub fn request(&self, number: &str) -> String {
        assert_eq!(self.key.public_key().family(), self.family);
        let subject = pki::Name::from_attributes(&[(oid::COMMON_NAME, number)]).unwrap();
        let info = pkcs10::info(&subject, self.key.public_key());
        let signature = self.key.sign(&info).unwrap();
        STANDARD.encode(pkcs10::assemble(&info, self.key.algorithm(), &signature))
    }

    /// The interim answer to a production's request.
    pub fn prepared(&self, begun: &Value) -> Value {
        let request = &begun["request"];
        let intent: Value = serde_json::from_str(request["intent"].as_str().unwrap()).unwrap();
        let public = STANDARD
            .decode(request["escrow_key"].as_str().unwrap())
            .unwrap();
        let public = EscrowPublicKey::from_bytes(&public).unwrap();
        let escrow = seal(&public, self.serial.as_bytes());
        json!({ "interim": { "type": "prepared", "request": self.request(intent["key_number"].as_str().unwrap()),
            "device_serial": self.serial, "escrow": STANDARD.encode(escrow), "label": "YX" } })
    }

    /// The last answer, once the certificates were written.
    pub fn written(&self, certificates: &Value) -> Value {
        let digest = |value: &Value| {
            let der = STANDARD.decode(value.as_str().unwrap()).unwrap();
            hex::encode(Sha256::digest(der))
        };
        let encryption = &certificates["encryption"];
        json!({ "final": { "type": "written", "device_serial": self.serial,
            "signing_sha256": digest(&certificates["signing"]),
            "encryption_sha256": if encryption.is_null() { Value::Null } else { digest(encryption).into() },
            "read_back": true } })
    }
}

fn seal(public: &EscrowPublicKey, serial: &[u8]) -> Vec<u8> {
    escrow::seal(public, ESCROW_INFO, serial, b"12345678", fill).unwrap()
}

fn fill(buffer: &mut [u8]) {
    use domain::Randomness as _;
    server::system::SystemRandomness.fill(buffer);
}
