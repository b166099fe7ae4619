//! Bindings in figures: a login end to end on one core beside the raw verification of the same signature, and lists and
//! look-ups on PostgreSQL among ten thousand bindings and among many more, with the ratio.
//!
//! `cargo xtask bench bindings` runs it optimised. Rows come from a seeded generator in SQL: organisation, accounts and
//! bindings in the proportions of a platform (ten keys and two accounts an organisation), with their history.

#[allow(missing_docs, dead_code, unused_imports, unused_macros)]
#[path = "../tests/api"]
mod api {
    pub mod harness;
}
use api::harness;

use std::hint::black_box;
use std::time::Instant;

use clap::Parser;
use contract::{Nonce, Purpose, SignedStatement};
use domain::audit::AuditKey;
use harness::{JIA, World};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};
use store::Store;
use store::bindings::Filter;
use store::bindings::lists::Search;

/// The address that the test's platform has.
const HERE: &str = "http://127.0.0.1:8080";

/// What to measure.
#[derive(Parser)]
struct Options {
    /// Logins, and verifications beside them.
    #[arg(long, default_value_t = 300)]
    logins: usize,
    /// PostgreSQL's URL (a superuser's): databases are made in it and dropped again. Without it nothing is looked up.
    #[arg(long, env = "YINXIN_TEST_POSTGRES", hide_env_values = true)]
    postgres: Option<String>,
    /// Bindings in the small database.
    #[arg(long, default_value_t = 10_000)]
    small: i64,
    /// Bindings in the large one.
    #[arg(long, default_value_t = 10_000_000)]
    large: i64,
    /// Look-ups of each kind.
    #[arg(long, default_value_t = 300)]
    lookups: usize,
    /// The generator's seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Writes the figures here, too.
    #[arg(long)]
    json: Option<std::path::PathBuf>,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let options = Options::parse();
    // One thread: what is measured is what one core does.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let login = runtime.block_on(logins(options.logins));
    let mut figures = json!({ "login": login });
    if let Some(server) = &options.postgres {
        let lookups = runtime.block_on(lookups(&options, server));
        figures["lookups"] = lookups;
    } else {
        eprintln!("no PostgreSQL was named (--postgres): nothing is looked up");
    }
    if let Some(path) = &options.json {
        std::fs::write(path, format!("{figures:#}\n")).unwrap();
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn micros(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e6
}

/// Challenge, token, session: what the server does of it, the key's own signature left out; on SQLite with FULL syncs.
async fn logins(count: usize) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let url = format!(
        "sqlite:{}?mode=rwc",
        folder.path().join("bench.db").display()
    );
    let world = World::open(&url).await;
    let owner = world.registered(world.gongecai(), &JIA, "lin").await;
    let key = world.key("szca", &JIA, "SZ-1").await;
    owner.bind(&key).await.expect(201);
    let browser = world.gongecai();
    let (mut whole, mut raw, mut signature) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let begun = Instant::now();
        let challenge = browser.post("/logins", &json!({})).await.expect(200);
        let asked = micros(begun);
        let token = key.token(Purpose::Login, HERE, &challenge);
        let form = json!({ "challenge": challenge["challenge"], "token": token });
        let begun = Instant::now();
        browser
            .post("/sessions/certificate", &form)
            .await
            .expect(200);
        whole.push(asked + micros(begun));

        let statement: SignedStatement = serde_json::from_value(token).unwrap();
        let nonce = Nonce::from_text(challenge["nonce"].as_str().unwrap()).unwrap();
        let intent = challenge["intent"].as_str().unwrap().as_bytes();
        let begun = Instant::now();
        let verified = statement.verify(Purpose::Login, HERE, &nonce, intent);
        raw.push(micros(begun));
        let certificate = black_box(verified).unwrap();
        let message = contract::Statement::new(
            certificate.public_key().family(),
            Purpose::Login,
            HERE,
            &nonce,
            intent,
            certificate.der(),
        )
        .unwrap()
        .encode();
        let begun = Instant::now();
        let good = certificate.public_key().verify(
            key_algorithm(&key),
            &message,
            statement.signature.as_bytes(),
        );
        signature.push(micros(begun));
        black_box(good).unwrap();
    }
    let [whole, raw, signature] = [whole, raw, signature].map(median);
    println!(
        "login end to end (challenge, checks, transaction; SQLite, one core)  {whole:>10.0} µs"
    );
    println!(
        "its statement verified (certificate parsed, statement rebuilt)       {raw:>10.0} µs   × {:.1}",
        whole / raw
    );
    println!(
        "its signature alone (SM2 with SM3)                                   {signature:>10.0} µs   × {:.1}",
        whole / signature
    );
    json!({ "count": count, "login_us": whole, "statement_us": raw, "signature_us": signature })
}

fn key_algorithm(key: &harness::Key) -> pki::SignatureAlgorithm {
    use pki::Signer as _;
    key.key.algorithm()
}

/// The kinds of look-up, with what they are called in the table.
const KINDS: [&str; 6] = [
    "a key number (login)",
    "an organisation's page",
    "an account's keys",
    "operator: a key number",
    "operator: how a name begins",
    "operator: the newest page",
];

async fn lookups(options: &Options, server: &str) -> serde_json::Value {
    let mut figures = Vec::new();
    for count in [options.small, options.large] {
        sqlx::any::install_default_drivers();
        let name = format!("yinxin_bench_{}_{count}", std::process::id());
        let mut admin = sqlx::AnyConnection::connect(server).await.unwrap();
        let create =
            format!("CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
        admin.execute(AssertSqlSafe(create)).await.unwrap();
        let mut url = url::Url::parse(server).unwrap();
        url.set_path(&name);
        let begun = Instant::now();
        let store = Store::open(url.as_str(), AuditKey::new([9; 32]))
            .await
            .unwrap();
        generate(url.as_str(), count, options.seed).await;
        eprintln!(
            "{count} bindings were generated in {:.0} s",
            begun.elapsed().as_secs_f64()
        );
        figures.push(measure(&store, count, options).await);
        store.close().await;
        let drop = format!("DROP DATABASE {name} WITH (FORCE)");
        admin.execute(AssertSqlSafe(drop)).await.unwrap();
    }
    println!("\nlook-ups on PostgreSQL, medians of {}", options.lookups);
    println!(
        "{:<32}{:>14}{:>14}{:>8}",
        "", options.small, options.large, "ratio"
    );
    for (index, kind) in KINDS.iter().enumerate() {
        let (small, large) = (figures[0][index], figures[1][index]);
        println!(
            "{kind:<32}{small:>11.0} µs{large:>11.0} µs{:>8.2}",
            large / small
        );
    }
    json!({ "small": options.small, "large": options.large, "kinds": KINDS, "small_us": figures[0], "large_us": figures[1] })
}

/// An id of 26 characters from a hash: hexadecimal digits are digits of Crockford's alphabet too.
fn id(kind: &str, seed: u64, number: &str) -> String {
    format!("'01' || upper(substr(md5('{kind}{seed}/' || {number}), 1, 24))")
}

/// Rows by `INSERT … SELECT generate_series`, the indexes standing.
async fn generate(url: &str, count: i64, seed: u64) {
    let mut raw = sqlx::AnyConnection::connect(url).await.unwrap();
    let organisations = (count / 10).max(1);
    let accounts = organisations * 2;
    let of_account = |number: &str| format!("(({number}) - 1) / 2 + 1");
    let steps = [
        "SET synchronous_commit = off".to_owned(),
        format!(
            "INSERT INTO organisation (id, platform, name, uscc, created_at) SELECT {}, 'gongecai', '演示单位' || n || '有限公司', \
             'U' || lpad(n::text, 17, '0'), n FROM generate_series(1, {organisations}) n",
            id("o", seed, "n")
        ),
        format!(
            "INSERT INTO account (id, platform, organisation_id, name, person, phone, phone_verified, role, password_hash, version, created_at) \
             SELECT {}, 'gongecai', {}, 'account' || n, '持有人' || n, '13800138000', 0, 'employee', 'none', 1, n FROM generate_series(1, {accounts}) n",
            id("a", seed, "n"),
            id("o", seed, &of_account("n"))
        ),
        format!(
            "INSERT INTO binding (id, platform, organisation_id, account_id, key_number, provider_id, holder, certificate, certificate_since, \
             certificate_how, not_after, standing, standing_at, how, bound_by, bound_at) SELECT {}, 'gongecai', {}, {}, 'SZ' || lpad(n::text, 12, '0'), \
             (ARRAY['szca', 'fjca', 'itrus', 'cfca'])[1 + n % 4], '持有人' || (n - 1) % {accounts} + 1, decode(md5(n::text), 'hex'), \
             1700000000000000 + n, 'bound', 1800000000000000 + (n % 1000) * 86400000000, 'good', 1700000000000000 + n, 'bound', {}, 1700000000000000 + n \
             FROM generate_series(1, {count}) n",
            id("b", seed, "n"),
            id("o", seed, &of_account(&format!("(n - 1) % {accounts} + 1"))),
            id("a", seed, &format!("(n - 1) % {accounts} + 1")),
            id("a", seed, &format!("(n - 1) % {accounts} + 1")),
        ),
        "INSERT INTO binding_history (binding_id, sequence, platform, at, event, by_role, by_id) \
         SELECT id, 1, platform, bound_at, 'bound', 'account', bound_by FROM binding"
            .to_owned(),
        "ANALYZE".to_owned(),
    ];
    for step in steps {
        raw.execute(AssertSqlSafe(step)).await.unwrap();
    }
}

/// A small generator: the same picks in every run.
struct Picks(u64);

impl Picks {
    fn next(&mut self, below: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % u64::try_from(below).unwrap()).unwrap() + 1
    }
}

async fn measure(store: &Store, count: i64, options: &Options) -> Vec<f64> {
    let mut picks = Picks(options.seed);
    let organisations = (count / 10).max(1);
    let mut times = vec![Vec::new(); KINDS.len()];
    let row = async |table: &str, column: &str, value: &str| -> domain::Id {
        let text =
            format!("SELECT id FROM {table} WHERE platform = 'gongecai' AND {column} = '{value}'");
        let row = sqlx::query(AssertSqlSafe(text))
            .fetch_one(store.read())
            .await
            .unwrap();
        row.get::<String, _>(0).parse().unwrap()
    };
    for _ in 0..options.lookups {
        let number = format!("SZ{:012}", picks.next(count));
        let begun = Instant::now();
        let found = store.binding_of_key("gongecai", &number).await.unwrap();
        times[0].push(micros(begun));
        assert!(found.is_some());

        let company = picks.next(organisations);
        let organisation = row("organisation", "uscc", &format!("U{company:017}")).await;
        let filter = Filter {
            platform: "gongecai",
            organisation: &organisation,
            only: None,
            account: "",
            person: "",
            limit: 10,
            offset: 0,
        };
        let begun = Instant::now();
        let (page, total) = store.bindings(&filter).await.unwrap();
        times[1].push(micros(begun));
        assert_eq!((page.len(), total), (10, 10));

        let account = row(
            "account",
            "name",
            &format!("account{}", picks.next(organisations * 2)),
        )
        .await;
        let begun = Instant::now();
        let keys = store.bindings_of("gongecai", &account).await.unwrap();
        times[2].push(micros(begun));
        assert_eq!(keys.len(), 5);

        let search = |text: String| Search {
            text,
            limit: 10,
            ..Search::default()
        };
        let begun = Instant::now();
        let (page, _) = store
            .search_bindings("gongecai", &search(number))
            .await
            .unwrap();
        times[3].push(micros(begun));
        assert_eq!(page.len(), 1);

        let begun = Instant::now();
        let text = format!("演示单位{company}有");
        let (page, _) = store
            .search_bindings("gongecai", &search(text))
            .await
            .unwrap();
        times[4].push(micros(begun));
        assert_eq!(page.len(), 10);

        let begun = Instant::now();
        let (page, _) = store
            .search_bindings("gongecai", &search(String::new()))
            .await
            .unwrap();
        times[5].push(micros(begun));
        assert_eq!(page.len(), 10);
    }
    times.into_iter().map(median).collect()
}
