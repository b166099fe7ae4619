//! Responders are asked where the catalogue lists them; neither a forged nor an older list or answer takes the place of
//! a good one.

#[path = "../../pki/tests/support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use catalogue::{Catalogue, Provider};
use evidence::{Cache, Cached, FetchError, Fetcher, Gathered, Mirror, Pending};
use pki::asn1::{tag, write};
use pki::crl::{Crl, RevocationReason, WhyUndetermined};
use pki::ocsp::{
    CertId, CertIdHash, CertStatus, OcspRequest, ResponseData, ResponseStatus, Single,
    WhyNoEvidence, assemble, unsuccessful,
};
use pki::{Certificate, KeyFamily, Signer, SoftwareKey, UnixTime, oid};
use support::{Build, BuildCrl, DAY, NOW, key};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const LIST: &str = "http://ca.evidence.test/one.crl";
const RESPONDER: &str = "http://ca.evidence.test/ocsp/one";

struct World {
    ca_key: SoftwareKey,
    ca: Certificate,
    leaf: Certificate,
}

impl World {
    fn new() -> Self {
        let ca_key = key(KeyFamily::P256);
        let ca = Build::ca("ca", "ca", &ca_key, None).signed_by(&ca_key);
        let uri = write::element(tag::context(6), RESPONDER.as_bytes());
        let access = write::sequence(&[&write::sequence(&[&write::oid(&oid::AD_OCSP), &uri])]);
        let leaf = Build::leaf("leaf", "ca", &key(KeyFamily::P256))
            .announcing(LIST)
            .extension(oid::AUTHORITY_INFO_ACCESS, false, access)
            .signed_by(&ca_key);
        Self { ca_key, ca, leaf }
    }

    /// By the CA itself.
    fn response(&self, status: CertStatus, this_update: UnixTime, nonce: Option<&[u8]>) -> Vec<u8> {
        signed(&self.ca_key, self, status, this_update, nonce)
    }
}

fn signed(
    key: &SoftwareKey,
    world: &World,
    status: CertStatus,
    this_update: UnixTime,
    nonce: Option<&[u8]>,
) -> Vec<u8> {
    let single = Single {
        id: CertId::of(CertIdHash::Sha1, &world.leaf, &world.ca),
        status,
        this_update,
        next_update: Some(NOW.plus(3600)),
        unknown_critical: false,
    };
    let tbs = ResponseData {
        responder: key.public_key(),
        produced_at: this_update,
        singles: &[single],
        nonce,
    }
    .der();
    assemble(&tbs, key.algorithm(), &key.sign(&tbs).unwrap(), None)
}

/// What a test wants to be answered, by the body of a question.
type Answer = Box<dyn Fn(&[u8]) -> Vec<u8> + Send>;

/// What was asked: first line and body.
type Log = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A server that gives every question the present answer, and keeps what was asked.
struct Server {
    prefix: String,
    asked: Log,
    answer: Arc<Mutex<Answer>>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let prefix = format!("http://{}/", listener.local_addr().unwrap());
        let asked = Log::default();
        let answer: Arc<Mutex<Answer>> = Arc::new(Mutex::new(Box::new(|_| Vec::new())));
        let (log, present) = (Arc::clone(&asked), Arc::clone(&answer));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (line, body) = read(&mut stream).await;
                let out = (present.lock().unwrap())(&body);
                log.lock().unwrap().push((line, body));
                let _ = stream.write_all(&out).await;
            }
        });
        Self {
            prefix,
            asked,
            answer,
        }
    }

    fn says(&self, answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) {
        *self.answer.lock().unwrap() = Box::new(move |question| ok(&answer(question)));
    }

    fn fetcher(&self, cache: &Arc<Memory>) -> Fetcher {
        let mirror = Mirror::new("http://ca.evidence.test/", &self.prefix).unwrap();
        Fetcher::new(vec![mirror], cache.clone()).unwrap()
    }
}

async fn read(stream: &mut tokio::net::TcpStream) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    loop {
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.trim().parse().unwrap());
            if bytes.len() >= head + 4 + length {
                let line = String::from_utf8_lossy(&bytes[..head]);
                let line = line.lines().next().unwrap_or_default().to_owned();
                return (line, bytes[head + 4..].to_vec());
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(count) if count > 0 => bytes.extend_from_slice(&chunk[..count]),
            _ => return (String::new(), Vec::new()),
        }
    }
}

fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A cache in memory.
#[derive(Default)]
struct Memory(Mutex<HashMap<String, Cached>>);

impl Cache for Memory {
    fn load<'a>(&'a self, url: &'a str) -> Pending<'a, Option<Cached>> {
        let found = self.0.lock().unwrap().get(url).cloned();
        Box::pin(async move { found })
    }

    fn keep<'a>(&'a self, url: &'a str, entry: &'a Cached) -> Pending<'a, ()> {
        self.0.lock().unwrap().insert(url.to_owned(), entry.clone());
        Box::pin(async {})
    }
}

fn provider(ocsp: &str) -> Provider {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "id = \"test\"\nname = {{ zh = \"测试\", en = \"Test\" }}\n[channel]\nkind = \"direct\"\n\
         [crl]\nallow = [\"http://ca.evidence.test/\"]\n[ocsp]\nallow = [{ocsp}]\n"
    );
    std::fs::write(folder.path().join("test.toml"), text).unwrap();
    Catalogue::load(folder.path())
        .unwrap()
        .provider("test")
        .unwrap()
        .clone()
}

fn listed() -> Provider {
    provider("\"http://ca.evidence.test/ocsp/\"")
}

const NONCE: [u8; 32] = [4; 32];

async fn ask(fetcher: &Fetcher, world: &World, nonce: Option<&[u8]>) -> Gathered {
    fetcher
        .answers(&listed(), &world.leaf, &world.ca, nonce, NOW)
        .await
}

#[tokio::test]
async fn a_responder_is_asked_by_post_with_a_nonce_and_by_get_without() {
    let (world, server) = (World::new(), Server::start().await);
    let fetcher = server.fetcher(&Arc::default());
    let good = world.response(CertStatus::Good, NOW, Some(&NONCE));
    server.says(move |_| good.clone());
    let gathered = ask(&fetcher, &world, Some(&NONCE)).await;
    assert_eq!(gathered.responses.len(), 1, "{:?}", gathered.failures);
    let gathered = ask(&fetcher, &world, None).await;
    assert_eq!(gathered.responses.len(), 1, "{:?}", gathered.failures);

    let asked = server.asked.lock().unwrap();
    assert_eq!(asked[0].0, "POST /ocsp/one HTTP/1.1");
    let posted = OcspRequest::from_der(&asked[0].1).unwrap();
    assert_eq!(posted.nonce(), Some(NONCE.as_slice()));
    assert!(posted.ids()[0].means(&world.leaf, &world.ca));
    let path = asked[1].0.split(' ').nth(1).unwrap();
    let text = path.strip_prefix("/ocsp/one/").unwrap();
    let text = text
        .replace("%2F", "/")
        .replace("%2B", "+")
        .replace("%3D", "=");
    let got = OcspRequest::from_der(&STANDARD.decode(text).unwrap()).unwrap();
    assert!(got.nonce().is_none() && got.ids() == posted.ids());
}

#[tokio::test]
async fn a_responder_that_the_catalogue_does_not_list_is_not_asked() {
    let (world, server) = (World::new(), Server::start().await);
    let fetcher = server.fetcher(&Arc::default());
    for allow in [
        "",
        "\"http://ca.evidence.test/other/\"",
        "\"https://ca.evidence.test/ocsp/\"",
    ] {
        let gathered = fetcher
            .answers(&provider(allow), &world.leaf, &world.ca, None, NOW)
            .await;
        assert_eq!(gathered.failures[0].1, FetchError::NotListed);
    }
    assert!(server.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_answer_has_its_own_reason_and_is_not_kept() {
    let (world, server) = (World::new(), Server::start().await);
    let cache: Arc<Memory> = Arc::default();
    let fetcher = server.fetcher(&cache);
    let other = World::new();
    let forged = signed(&other.ca_key, &world, CertStatus::Good, NOW, None);
    let replayed = world.response(CertStatus::Good, NOW, Some(&[9; 32]));
    let late = world.response(CertStatus::Good, NOW.plus(3601), None);
    let wrong = other.response(CertStatus::Good, NOW, None);
    for (body, expected) in [
        (forged, FetchError::Answer(WhyNoEvidence::OtherResponder)),
        (replayed, FetchError::Answer(WhyNoEvidence::NonceMismatch)),
        (late, FetchError::Answer(WhyNoEvidence::NotYetValid)),
        (wrong, FetchError::Answer(WhyNoEvidence::OtherResponder)),
        (
            unsuccessful(ResponseStatus::TryLater),
            FetchError::Responder(ResponseStatus::TryLater),
        ),
    ] {
        server.says(move |_| body.clone());
        let gathered = ask(&fetcher, &world, Some(&NONCE)).await;
        assert_eq!(gathered.failures[0].1, expected);
        assert!(gathered.responses.is_empty());
    }
    server.says(|_| b"<html>".to_vec());
    let gathered = ask(&fetcher, &world, Some(&NONCE)).await;
    assert!(matches!(gathered.failures[0].1, FetchError::Malformed(_)));
    server.says(|_| vec![0; 300 * 1024]);
    let gathered = ask(&fetcher, &world, Some(&NONCE)).await;
    assert_eq!(gathered.failures[0].1, FetchError::TooLarge);
    assert!(cache.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_older_or_forged_answer_does_not_unsay_a_revocation() {
    let (world, server) = (World::new(), Server::start().await);
    let cache: Arc<Memory> = Arc::default();
    let fetcher = server.fetcher(&cache);
    let revoked = world.response(
        CertStatus::Revoked {
            at: NOW,
            reason: RevocationReason::KeyCompromise,
        },
        NOW.plus(-10),
        None,
    );
    server.says(move |_| revoked.clone());
    assert_eq!(ask(&fetcher, &world, None).await.responses.len(), 1);

    let replayed = world.response(CertStatus::Good, NOW.plus(-20), None);
    let forged = signed(&World::new().ca_key, &world, CertStatus::Good, NOW, None);
    for body in [replayed, forged] {
        server.says(move |_| body.clone());
        let gathered = ask(&fetcher, &world, None).await;
        assert_eq!(gathered.failures.len(), 1);
        let kept = &gathered.responses[0].singles()[0];
        assert!(matches!(kept.status, CertStatus::Revoked { .. }));
    }
}

fn list(world: &World, number: u64, revoked: bool) -> BuildCrl {
    let mut list = BuildCrl::of("ca");
    list.extensions = vec![(oid::CRL_NUMBER, false, write::integer(number))];
    if revoked {
        list = list.revoking(world.leaf.serial());
    }
    list
}

#[tokio::test]
async fn a_forged_list_does_not_replace_the_good_one_that_was_kept() {
    let (world, server) = (World::new(), Server::start().await);
    let cache: Arc<Memory> = Arc::default();
    let fetcher = server.fetcher(&cache);
    let fetch = async || {
        fetcher
            .crls(&listed(), &world.leaf, &world.ca, NOW, 0)
            .await
    };
    let good = list(&world, 5, true).der(&world.ca_key);
    let body = good.clone();
    server.says(move |_| body.clone());
    assert_eq!(fetch().await.crls.len(), 1);

    let forged = list(&world, 9, false).der(&World::new().ca_key);
    server.says(move |_| forged.clone());
    let gathered = fetch().await;
    assert_eq!(
        gathered.failures[0].1,
        FetchError::List(WhyUndetermined::BadSignature)
    );
    assert_eq!(cache.0.lock().unwrap()[LIST].body, good);
    let judged = pki::crl::status(&world.leaf, &world.ca, &gathered.crls, NOW);
    assert!(matches!(judged, pki::crl::RevocationStatus::Revoked { .. }));
}

#[tokio::test]
async fn a_list_with_a_lower_number_than_one_already_seen_says_nothing() {
    let (world, server) = (World::new(), Server::start().await);
    let cache: Arc<Memory> = Arc::default();
    let fetcher = server.fetcher(&cache);
    let newer = list(&world, 256, true).der(&world.ca_key);
    let body = newer.clone();
    server.says(move |_| body.clone());
    let fetch = async |at: UnixTime| fetcher.crls(&listed(), &world.leaf, &world.ca, at, 0).await;
    assert_eq!(fetch(NOW).await.crls.len(), 1);

    // A later nextUpdate, as a replay of a long-lived list would have: it is older all the same.
    let mut older = list(&world, 255, false);
    older.next_update = Some(NOW.plus(30 * DAY));
    let older = older.der(&world.ca_key);
    server.says(move |_| older.clone());
    let gathered = fetch(NOW).await;
    assert_eq!(gathered.failures[0].1, FetchError::Older);
    assert_eq!(
        gathered.crls.iter().map(Crl::der).collect::<Vec<_>>(),
        [newer.as_slice()]
    );
    // The kept one has expired; the older one still says nothing.
    let gathered = fetch(NOW.plus(2 * DAY)).await;
    assert_eq!(gathered.failures[0].1, FetchError::Older);
    assert!(gathered.crls.is_empty());
    assert_eq!(cache.0.lock().unwrap()[LIST].body, newer);
}
