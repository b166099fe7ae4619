//! Software keys with certificates of the demonstration's authorities, and what an agent does with them.

use contract::{Base64, Nonce, Purpose, SignedStatement, Statement};
use domain::{Id, Timestamp};
use issuer::{Applicant, Profile};
use pki::pkcs10::{self, CertificationRequest};
use pki::{Certificate, Signer as _, SoftwareKey, UnixTime};
use serde_json::{Value, json};
use store::accounts::{self, NewAccount};
use store::operators::{self, NewOperator};
use store::{Deed, StoreError, Tx};

use super::{Browser, Company, PASSWORD, World};

/// A key with its certificate.
pub struct Key {
    pub number: String,
    pub certificate: Certificate,
    pub key: SoftwareKey,
}

/// What a certificate is to say.
pub struct Order<'a> {
    pub provider: &'a str,
    pub company: &'a Company,
    pub number: &'a str,
    pub not_before: Option<Timestamp>,
    pub not_after: Option<Timestamp>,
}

pub fn profile(provider: &str) -> Profile {
    issuer::demo_profiles()
        .unwrap()
        .into_iter()
        .find(|profile| profile.id == provider)
        .unwrap()
}

impl World {
    /// A good key of a provider for a company.
    pub async fn key(&self, provider: &str, company: &Company, number: &str) -> Key {
        self.ordered(&Order {
            provider,
            company,
            number,
            not_before: None,
            not_after: None,
        })
        .await
    }

    /// A good key by another profile than a provider's usual one.
    pub async fn key_by(&self, profile: &Profile, company: &Company, number: &str) -> Key {
        let order = Order {
            provider: &profile.id,
            company,
            number,
            not_before: None,
            not_after: None,
        };
        self.ordered_by(profile, &order).await
    }

    pub async fn ordered(&self, order: &Order<'_>) -> Key {
        self.ordered_by(&profile(order.provider), order).await
    }

    async fn ordered_by(&self, profile: &Profile, order: &Order<'_>) -> Key {
        self.establish_profile(profile).await;
        let key = SoftwareKey::generate(profile.family()).unwrap();
        let subject = profile.root.name().unwrap();
        let info = pkcs10::info(&subject, key.public_key());
        let request = pkcs10::assemble(&info, key.algorithm(), &key.sign(&info).unwrap());
        let request = CertificationRequest::from_der(&request).unwrap();
        let applicant = Applicant {
            organisation: order.company.name.to_owned(),
            uscc: order.company.uscc.to_owned(),
            holder: "林演示".to_owned(),
            key_number: order.number.to_owned(),
        };
        let not_before = UnixTime::from(order.not_before.unwrap_or(self.now()));
        let not_after = order.not_after.map(UnixTime::from);
        let template = profile
            .template(&applicant, &request, not_before, not_after)
            .unwrap();
        let (authority, _) = self.authorities.open(&profile.issuing.id).await.unwrap();
        let certificate = self.authorities.issue(&authority, &template).await.unwrap();
        Key {
            number: order.number.to_owned(),
            certificate,
            key,
        }
    }
}

impl Key {
    /// What the agent makes of a challenge: it signs for the origin that it saw.
    pub fn token(&self, purpose: Purpose, origin: &str, challenge: &Value) -> Value {
        let nonce = Nonce::from_text(challenge["nonce"].as_str().unwrap()).unwrap();
        self.token_over(
            purpose,
            origin,
            &nonce,
            challenge["intent"].as_str().unwrap(),
        )
    }

    pub fn token_over(&self, purpose: Purpose, origin: &str, nonce: &Nonce, intent: &str) -> Value {
        let der = self.certificate.der();
        let family = self.key.public_key().family();
        let statement =
            Statement::new(family, purpose, origin, nonce, intent.as_bytes(), der).unwrap();
        let signature = self.key.sign(&statement.encode()).unwrap();
        let token = SignedStatement {
            version: 1,
            certificate: Base64(der.to_vec()),
            signature: Base64(signature),
        };
        serde_json::to_value(token).unwrap()
    }
}

impl Browser {
    fn agent_sees(&self) -> String {
        format!("http://{}", self.host)
    }

    /// Asks for a challenge and logs in with a key.
    pub async fn log_in_with(&self, key: &Key) -> super::Answer {
        let challenge = self.post("/logins", &json!({})).await.expect(200);
        let token = key.token(Purpose::Login, &self.agent_sees(), &challenge);
        self.post(
            "/sessions/certificate",
            &json!({ "challenge": challenge["challenge"], "token": token }),
        )
        .await
    }

    /// 获取 CA 编号.
    pub async fn prove(&self, key: &Key) -> super::Answer {
        self.prove_for(key, json!({})).await
    }

    pub async fn prove_for(&self, key: &Key, account: Value) -> super::Answer {
        let challenge = self.post("/binding-challenges", &account).await.expect(200);
        let token = key.token(Purpose::Bind, &self.agent_sees(), &challenge);
        self.post(
            "/binding-proofs",
            &json!({ "challenge": challenge["challenge"], "token": token }),
        )
        .await
    }

    /// 获取 CA 编号, then 确定.
    pub async fn bind(&self, key: &Key) -> super::Answer {
        let proof = self.prove(key).await;
        if proof.status != 201 {
            return proof;
        }
        self.post("/bindings", &json!({ "proof_id": proof.body["id"] }))
            .await
    }
}

/// An employee's account.
pub struct Employ<'a> {
    pub platform: &'a str,
    pub company: &'a Company,
    pub account: &'a str,
    pub id: Id,
    pub now: Timestamp,
}

impl Deed for Employ<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let password = domain::password::Password::new(PASSWORD.to_owned());
        let hash = domain::password::hash(&password, &server::system::SystemRandomness);
        let organisation =
            accounts::organisation_by_uscc(tx.connection(), self.platform, self.company.uscc)
                .await?
                .unwrap();
        let account = NewAccount {
            id: &self.id,
            platform: self.platform,
            organisation: &organisation.id,
            name: self.account,
            person: "王演示",
            phone: "13800138001",
            role: "employee",
            password_hash: &hash,
            at: self.now,
        };
        assert!(accounts::insert_account(tx.connection(), &account).await?);
        Ok(Ok(()))
    }
}

/// An operator's appointment; `false` where the platform has somebody of that name.
pub struct Appoint<'a> {
    pub platform: &'a str,
    pub id: Id,
    pub now: Timestamp,
}

impl Deed for Appoint<'_> {
    type Done = bool;
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<bool, Self::Refused>, StoreError> {
        let password = domain::password::Password::new(PASSWORD.to_owned());
        let hash = domain::password::hash(&password, &server::system::SystemRandomness);
        let operator = NewOperator {
            id: &self.id,
            platform: self.platform,
            name: "operator",
            person: "周运营",
            phone: "13800000009",
            password_hash: &hash,
            at: self.now,
        };
        Ok(Ok(operators::insert(tx.connection(), &operator).await?))
    }
}
