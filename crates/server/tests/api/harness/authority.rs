//! The CA role in a test: its keys with a record of all that they signed, three persons who approve, orders.

use std::sync::{Arc, Mutex};

use contract::Base64;
use domain::application::Duty;
use domain::{Clock, Id, Randomness};
use issuer::order::{CertificateType, Issue, OrderKind};
use pki::pkcs10;
use pki::{KeyFamily, PublicKey, SignError, Signer as _, SoftwareKey};
use server::authority::issuing::{Step, Steps, key_sha256};
use server::authority::key_file::Cost;
use server::authority::vault::{AuthorityKey, KeyVault, VaultError};
use server::authority::{Authorities, passphrase};
use server::ca_role::secrets::Secrets;
use server::ca_role::{CaRole, Products};
use server::ceremony::{self, Plan};
use store::operators::{self, NewOperator};
use store::orders::{self, NewOrder, OrderState};
use store::{Deed, Store, StoreError, Tx};
use zeroize::Zeroizing;

use super::{Company, JIA, World, keys};

pub const CHEAP: Cost = Cost {
    memory_kib: 64,
    passes: 1,
};

/// Everything that authorities' keys signed.
#[derive(Clone, Default)]
pub struct Signed(Arc<Mutex<Vec<Vec<u8>>>>);

impl Signed {
    pub fn all(&self) -> Vec<Vec<u8>> {
        self.0.lock().unwrap().clone()
    }
}

struct Recording {
    vault: Arc<dyn KeyVault>,
    signed: Signed,
}

struct RecordingKey {
    key: Arc<dyn AuthorityKey>,
    signed: Signed,
}

impl KeyVault for Recording {
    fn key(&self, id: &str) -> Result<Arc<dyn AuthorityKey>, VaultError> {
        let key = self.vault.key(id)?;
        let signed = self.signed.clone();
        Ok(Arc::new(RecordingKey { key, signed }))
    }

    fn ensure(&self, id: &str, family: KeyFamily) -> Result<Arc<dyn AuthorityKey>, VaultError> {
        self.vault.ensure(id, family)
    }
}

impl AuthorityKey for RecordingKey {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.signed.0.lock().unwrap().push(message.to_vec());
        self.key.sign(message)
    }
}

/// Stops once at a step, as a crash would.
pub struct StopAt(pub Mutex<Vec<Step>>);

impl StopAt {
    pub fn these(steps: &[Step]) -> Arc<Self> {
        Arc::new(Self(Mutex::new(steps.to_vec())))
    }
}

impl Steps for StopAt {
    fn reached(&self, step: Step) -> bool {
        let mut steps = self.0.lock().unwrap();
        if steps.first() == Some(&step) {
            steps.remove(0);
            return false;
        }
        true
    }
}

/// Who enters, reviews, approves.
#[derive(Clone)]
pub struct Persons {
    pub entered: Id,
    pub reviewed: Id,
    pub approved: Id,
}

/// What an order to issue says, beside what is always the same.
pub struct Wanted<'a> {
    pub provider: &'a str,
    pub company: &'a Company,
    pub holder: &'a str,
    pub number: &'a str,
    pub years: u32,
    pub encryption: bool,
}

impl<'a> Wanted<'a> {
    pub fn sm2(number: &'a str) -> Self {
        Self {
            provider: "scca",
            company: &JIA,
            holder: "林演示",
            number,
            years: 1,
            encryption: true,
        }
    }
}

/// A PKCS#10 of a key, as a token makes it.
pub fn request(key: &SoftwareKey) -> Vec<u8> {
    let subject = keys::profile("scca").root.name().unwrap();
    let info = pkcs10::info(&subject, key.public_key());
    pkcs10::assemble(
        &info,
        key.algorithm(),
        &pki::Signer::sign(key, &info).unwrap(),
    )
}

impl World {
    /// The recovery key of this installation, in three shares of which two are needed.
    pub async fn recovery_shares(&self) -> Vec<Zeroizing<String>> {
        let officers = ["甲".to_owned(), "乙".to_owned()];
        let plan = Plan {
            profiles: &[keys::profile("scca")],
            officers: &officers,
            recovery: Some((2, 3)),
        };
        ceremony::perform(&self.authorities, &plan)
            .await
            .unwrap()
            .shares
    }

    pub async fn ca_role(&self, steps: Arc<dyn Steps>) -> (CaRole, Signed) {
        self.ca_role_on(Arc::clone(&self.state.store), steps).await
    }

    /// The role as another process has it: with a store of its own.
    pub async fn ca_role_on(&self, store: Arc<Store>, steps: Arc<dyn Steps>) -> (CaRole, Signed) {
        let random: Arc<dyn Randomness> = self.random.clone();
        let clock: Arc<dyn Clock> = self.clock.clone();
        let issuing = passphrase::issuing_folder(self.folder());
        let folder = passphrase::demo_folder(issuing, CHEAP, Arc::clone(&random)).unwrap();
        let secrets = Secrets::open(&folder, &store, &*random, clock.now())
            .await
            .unwrap();
        let signed = Signed::default();
        let vault = Arc::new(Recording {
            vault: Arc::clone(&self.keys),
            signed: signed.clone(),
        });
        let role = CaRole {
            authorities: Authorities::new(
                Arc::clone(&store),
                vault,
                Arc::clone(&clock),
                Arc::clone(&random),
            ),
            profiles: issuer::demo_profiles().unwrap(),
            products: Products::of(&self.state.current_rules().catalogue),
            secrets,
            steps,
            clock,
            random,
            store,
        };
        (role, signed)
    }

    /// A supplier's account, and an operator each for 审核 and 复核.
    pub async fn persons(&self) -> Persons {
        self.registered(self.gongecai(), &JIA, "antragsteller")
            .await;
        let account = self
            .state
            .store
            .account_by_name("gongecai", "antragsteller");
        let entered = account.await.unwrap().unwrap().0.id;
        let mut operators = Vec::new();
        for (name, duty) in [("shenhe", Duty::Review), ("fuhe", Duty::SecondReview)] {
            operators.push(self.appointed(name, &[duty]).await);
        }
        Persons {
            entered,
            reviewed: operators[0].clone(),
            approved: operators[1].clone(),
        }
    }

    /// An operator of the platform with these duties.
    pub async fn appointed(&self, name: &str, duties: &[Duty]) -> Id {
        let deed = Appoint {
            id: self.state.new_id(),
            name,
            now: self.now(),
        };
        let Ok(()) = self.state.store.perform(&deed).await.unwrap();
        for duty in duties {
            self.give_duty(&deed.id, *duty).await;
        }
        deed.id
    }

    /// Gives an operator a duty from now on.
    pub async fn give_duty(&self, operator: &Id, duty: Duty) {
        let deed = Entitle {
            operator,
            duty,
            now: self.now(),
        };
        let Ok(()) = self.state.store.perform(&deed).await.unwrap();
    }

    /// Approves an order to issue certificates for a key.
    pub async fn order_certificates(
        &self,
        persons: &Persons,
        wanted: &Wanted<'_>,
        key: &SoftwareKey,
    ) -> Id {
        let body = Issue {
            certificate_type: CertificateType::Handler,
            product: "platform".to_owned(),
            organisation: wanted.company.name.to_owned(),
            uscc: wanted.company.uscc.to_owned(),
            holder: wanted.holder.to_owned(),
            key_number: wanted.number.to_owned(),
            years: wanted.years,
            request: Base64(request(key)),
            encryption: wanted.encryption,
            replaces: None,
        };
        let sha256 = key_sha256(key.public_key());
        let body = serde_json::to_value(&body).unwrap();
        self.order(
            persons,
            wanted.provider,
            OrderKind::Issue,
            Some(sha256),
            &body,
        )
        .await
    }

    pub async fn order(
        &self,
        persons: &Persons,
        provider: &str,
        kind: OrderKind,
        signing_key_sha256: Option<String>,
        body: &serde_json::Value,
    ) -> Id {
        let deed = Approve {
            id: self.state.new_id(),
            provider: provider.to_owned(),
            kind,
            signing_key_sha256,
            body: body.to_string(),
            persons: persons.clone(),
            now: self.now(),
        };
        assert!(self.state.store.perform(&deed).await.unwrap().unwrap());
        deed.id
    }

    pub async fn order_state(&self, order: &Id) -> OrderState {
        let order = self.state.store.order("gongecai", order).await.unwrap();
        order.unwrap().state
    }

    /// The result of an order that is done.
    pub async fn order_result(&self, order: &Id) -> serde_json::Value {
        match self.order_state(order).await {
            OrderState::Done { result, .. } => serde_json::from_str(&result).unwrap(),
            other => panic!("the order is not done: {other:?}"),
        }
    }

    /// The code of an order that is refused.
    pub async fn order_refusal(&self, order: &Id) -> String {
        match self.order_state(order).await {
            OrderState::Refused { refusal, .. } => refusal,
            other => panic!("the order is not refused: {other:?}"),
        }
    }
}

struct Approve {
    id: Id,
    provider: String,
    kind: OrderKind,
    signing_key_sha256: Option<String>,
    body: String,
    persons: Persons,
    now: domain::Timestamp,
}

impl Deed for Approve {
    type Done = bool;
    type Refused = ();
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<bool, ()>, StoreError> {
        let new = NewOrder {
            id: &self.id,
            platform: "gongecai",
            provider: &self.provider,
            kind: self.kind,
            application: self.id.as_str(),
            signing_key_sha256: self.signing_key_sha256.as_deref(),
            body: &self.body,
            entered_by: &self.persons.entered,
            reviewed_by: &self.persons.reviewed,
            approved_by: &self.persons.approved,
            at: self.now,
        };
        Ok(Ok(orders::insert(tx.connection(), &new).await?))
    }
}

struct Appoint<'a> {
    id: Id,
    name: &'a str,
    now: domain::Timestamp,
}

impl Deed for Appoint<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let operator = NewOperator {
            id: &self.id,
            platform: "gongecai",
            name: self.name,
            person: self.name,
            phone: "13800000011",
            password_hash: "-",
            at: self.now,
        };
        assert!(operators::insert(tx.connection(), &operator).await?);
        Ok(Ok(()))
    }
}

struct Entitle<'a> {
    operator: &'a Id,
    duty: Duty,
    now: domain::Timestamp,
}

impl Deed for Entitle<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let given = operators::grant(
            tx.connection(),
            "gongecai",
            self.operator,
            self.duty,
            self.now,
        );
        assert!(given.await?);
        Ok(Ok(()))
    }
}
