//! A whole installation in a temporary folder: demonstration authorities, platforms, a browser, software keys.
//!
//! Software keys stand in the place of tokens here and nowhere else.

pub mod applying;
pub mod authority;
pub mod browser;
pub mod database;
pub mod desk;
pub mod documents;
pub mod keys;
pub mod lists;
pub mod ofd;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::extract::connect_info::MockConnectInfo;
use domain::audit::AuditKey;
use domain::challenge::ChallengeKey;
use domain::{Clock, Randomness, Span, Timestamp};
use issuer::Profile;
use server::authority::key_file::Cost;
use server::authority::vault::KeyVault;
use server::authority::{Authorities, passphrase};
use server::files::Files;
use server::payments::{Gateway, GatewayKey};
use server::rules::{RuleBook, RuleFolders};
use server::state::Parts;
use server::workshop::Workshop;
use server::{AppState, http};
use sha2::{Digest as _, Sha256};
use store::Store;
use tempfile::TempDir;

pub use browser::{Answer, Browser};
pub use keys::Key;

/// 2027-01-15T08:00:00Z.
pub const START: Timestamp = Timestamp::from_seconds(1_800_000_000);
/// The port in the platforms' origins; nothing listens there.
const PORT: u16 = 8080;

/// A clock that a test moves.
pub struct ManualClock(AtomicI64);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// SHA-256 over seed and counter: the same in every run.
pub struct SeededRandomness {
    seed: u64,
    counter: AtomicU64,
}

impl Randomness for SeededRandomness {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let mut hash = Sha256::new();
            hash.update(self.seed.to_be_bytes());
            hash.update(self.counter.fetch_add(1, Ordering::SeqCst).to_be_bytes());
            chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
        }
    }
}

/// One installation.
pub struct World {
    pub state: AppState,
    pub lists: Arc<lists::TestLists>,
    pub authorities: Arc<Authorities>,
    pub database: String,
    pub keys: Arc<dyn KeyVault>,
    pub random: Arc<SeededRandomness>,
    pub clock: Arc<ManualClock>,
    pub asked: applying::Asked,
    router: Router,
    folder: TempDir,
}

impl World {
    /// An installation on an empty database.
    pub async fn open(database: &str) -> Self {
        Self::with_seed(database, 1).await
    }

    /// Another installation differs in its seed: ids and nonces, and its authorities' keys.
    pub async fn with_seed(database: &str, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock(AtomicI64::new(START.0)));
        let random = Arc::new(SeededRandomness {
            seed,
            counter: AtomicU64::new(0),
        });
        let store = Arc::new(Store::open(database, AuditKey::new([9; 32])).await.unwrap());
        let cheap = Cost {
            memory_kib: 64,
            passes: 1,
        };
        let source: Arc<dyn Randomness> = random.clone();
        let (keys, roots) = passphrase::demo_vaults(folder.path(), cheap, &source).unwrap();
        let signers = passphrase::signer_vault(folder.path(), cheap, &source).unwrap();
        let authorities = || {
            Authorities::new(
                Arc::clone(&store),
                Arc::clone(&keys),
                clock.clone(),
                random.clone(),
            )
            .with_roots(Arc::clone(&roots))
            .with_signers(Arc::clone(&signers))
        };

        let anchors = folder.path().join("anchors");
        std::fs::create_dir(&anchors).unwrap();
        for provider in ["szca", "scca"] {
            establish(&authorities(), &anchors, &keys::profile(provider)).await;
        }
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for rules in [
            "catalogue",
            "catalogue/calendar",
            "catalogue/channels",
            "catalogue/modules",
            "platforms",
        ] {
            copy_files(&repository.join(rules), &folder.path().join(rules));
        }
        let folders = RuleFolders {
            catalogue: folder.path().join("catalogue"),
            anchors: vec![anchors],
            platforms: folder.path().join("platforms"),
        };
        let shared = Arc::new(authorities());
        let lists = Arc::new(lists::TestLists::new(Arc::clone(&shared)));
        let asked = applying::Asked::default();
        let state = AppState::new(Parts {
            store: Arc::clone(&store),
            files: Files::new(
                folder.path().join("spool"),
                store::objects::open(&format!(
                    "file://{}",
                    folder.path().join("objects").display()
                ))
                .unwrap(),
            )
            .unwrap(),
            workshop: Workshop::new(None),
            rules: RuleBook::open(folders, clock.now()).unwrap(),
            clock: clock.clone(),
            random: random.clone(),
            challenge_key: ChallengeKey::new([7; 32]),
            port: PORT,
            agent_ports: vec![27443, 27444, 27445],
            revocation: lists.clone(),
            authorities: authorities(),
            status: server::status::Desks::default(),
            gateway: Gateway {
                key: GatewayKey::new([5; 32]),
                address: Some("http://127.0.0.1:8090".into()),
                ask: Some(Box::new(asked.clone())),
            },
            jobs_changed: tokio::sync::Notify::new(),
        });
        let peer: SocketAddr = "192.0.2.1:4711".parse().unwrap();
        let router = http::router(state.clone()).layer(MockConnectInfo(peer));
        Self {
            state,
            lists,
            authorities: shared,
            database: database.to_owned(),
            keys,
            random,
            asked,
            clock,
            router,
            folder,
        }
    }

    /// Lets time pass.
    pub fn pass(&self, span: Span) {
        let now = self.clock.now() + span;
        self.clock.0.store(now.0, Ordering::SeqCst);
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A browser on 公e采 that has never been here.
    pub fn gongecai(&self) -> Browser {
        Browser::new(self.router.clone(), "127.0.0.1:8080")
    }

    /// A browser on 政采云 that has never been here.
    pub fn zcygov(&self) -> Browser {
        Browser::new(self.router.clone(), "localhost:8080")
    }

    /// A browser whose requests come from another address.
    pub fn gongecai_from(&self, address: &str) -> Browser {
        let peer: SocketAddr = format!("{address}:4711").parse().unwrap();
        let router = http::router(self.state.clone()).layer(MockConnectInfo(peer));
        Browser::new(router, "127.0.0.1:8080")
    }

    /// Where the installation's files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Removes every copy in the spool, as if another server went on with the work.
    pub fn lose_the_spool(&self) {
        let copies = self.folder.path().join("spool/objects");
        std::fs::remove_dir_all(&copies).unwrap();
        std::fs::create_dir(&copies).unwrap();
    }

    /// Changes a text in a rule file, as an operator would with an editor, and lets a moment pass.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path: PathBuf = self.folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
        self.pass(Span::seconds(2));
    }

    /// Makes a provider's authorities when a test first needs them: RSA keys take their time.
    pub async fn establish_profile(&self, profile: &Profile) {
        let known = self.state.store.authority(&profile.issuing.id).await;
        if known.unwrap().is_none() {
            let anchors = self.folder.path().join("anchors");
            establish(&self.authorities, &anchors, profile).await;
            self.pass(Span::seconds(2));
        }
    }

    /// Registers an organisation and returns its administrator's browser, logged in.
    pub async fn registered(&self, browser: Browser, company: &Company, account: &str) -> Browser {
        let form = serde_json::json!({
            "organisation_name": company.name, "uscc": company.uscc, "phone": "13800138000",
            "person": "林演示", "account": account, "password": PASSWORD,
        });
        browser.post("/organisations", &form).await.expect(201);
        browser.log_in(account).await.expect(200);
        browser
    }

    /// A browser in which the platform's operator is logged in, appointed where there is none.
    pub async fn operator(&self, browser: Browser, platform: &str) -> Browser {
        let appoint = keys::Appoint {
            platform,
            id: self.state.new_id(),
            now: self.now(),
        };
        let Ok(_) = self.state.store.perform(&appoint).await.unwrap();
        browser.log_in("operator").await.expect(200);
        browser
    }

    /// Adds an employee to the organisation of a registered company; the API has no endpoint for it yet.
    pub async fn employ(&self, platform: &str, company: &Company, account: &str) {
        let employ = keys::Employ {
            platform,
            company,
            account,
            id: self.state.new_id(),
            now: self.now(),
        };
        let Ok(()) = self.state.store.perform(&employ).await.unwrap();
    }
}

/// The password of every account in these tests.
pub const PASSWORD: &str = "Yinxin-2026";

/// A company with a right check character.
pub struct Company {
    pub name: &'static str,
    pub uscc: &'static str,
}

pub const JIA: Company = Company {
    name: "演示供应商甲有限公司",
    uscc: "91350200MA0000015A",
};
pub const YI: Company = Company {
    name: "演示供应商乙有限公司",
    uscc: "91350200MA00000235",
};

/// Makes a provider's authorities and puts their certificates where the rules look for anchors.
async fn establish(authorities: &Authorities, anchors: &Path, profile: &Profile) {
    let (root, issuing) = authorities.establish(profile).await.unwrap();
    for (id, certificate) in [(&profile.root.id, root), (&profile.issuing.id, issuing)] {
        std::fs::write(anchors.join(format!("{id}.pem")), certificate.to_pem()).unwrap();
    }
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// Runs each test on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            #[tokio::test]
            async fn on_sqlite() {
                $crate::harness::database::on_sqlite(super::$test).await;
            }
            #[tokio::test]
            async fn on_postgres() {
                $crate::harness::database::on_postgres(super::$test).await;
            }
        }
    )+};
}
