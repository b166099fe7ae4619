//! Lists are fetched from listed addresses only, within limits, and by way of mirrors.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use catalogue::{Catalogue, Provider};
use evidence::{Cache, Cached, FetchError, Fetcher, Gathered, Limits, Mirror, NoCache, Pending};
use pki::{Certificate, UnixTime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const LIST: &[u8] = include_bytes!("fixtures/one.crl");
const ANNOUNCED: &str = "http://ca.evidence.test/lists/one.crl";

fn leaf() -> Certificate {
    Certificate::from_der(include_bytes!("fixtures/leaf.cer")).unwrap()
}

fn root() -> Certificate {
    Certificate::from_pem(include_str!("fixtures/root.pem")).unwrap()
}

/// A day within the fixtures' forty years.
fn now() -> UnixTime {
    UnixTime(leaf().not_before().0 + 86_400)
}

/// A provider whose file allows this prefix.
fn provider(allow: &str) -> Provider {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "id = \"test\"\nname = {{ zh = \"测试\", en = \"Test\" }}\n[channel]\nkind = \"direct\"\n[crl]\nallow = [\"{allow}\"]\n"
    );
    std::fs::write(folder.path().join("test.toml"), text).unwrap();
    Catalogue::load(folder.path())
        .unwrap()
        .provider("test")
        .unwrap()
        .clone()
}

/// A server that gives each path its answer, and counts what was asked.
struct Server {
    prefix: String,
    asked: Arc<Mutex<Vec<String>>>,
}

async fn serve(answers: &[(&'static str, Vec<u8>)]) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let prefix = format!("http://{}/", listener.local_addr().unwrap());
    let answers: HashMap<&str, Vec<u8>> = answers.iter().cloned().collect();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            let text = String::from_utf8_lossy(&request[..read]).into_owned();
            let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
            log.lock().unwrap().push(path.clone());
            if let Some(answer) = answers.get(path.as_str()) {
                let _ = stream.write_all(answer).await;
            }
        }
    });
    Server { prefix, asked }
}

fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn redirect(to: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .into_bytes()
}

fn mirrors(server: &Server) -> Vec<Mirror> {
    vec![Mirror::new("http://ca.evidence.test/", &server.prefix).unwrap()]
}

async fn gather(mirrors: Vec<Mirror>, allow: &str) -> Gathered {
    let limits = Limits {
        time: Duration::from_secs(3),
        ..Limits::default()
    };
    let fetcher = Fetcher::with_limits(mirrors, Arc::new(NoCache), limits).unwrap();
    fetcher
        .crls(&provider(allow), &leaf(), &root(), now(), 0)
        .await
}

fn failure(gathered: &Gathered) -> &FetchError {
    assert!(gathered.crls.is_empty());
    &gathered.failures[0].1
}

#[tokio::test]
async fn a_listed_address_is_fetched_through_its_mirror() {
    let server = serve(&[("/lists/one.crl", ok(LIST))]).await;
    let gathered = gather(mirrors(&server), "http://ca.evidence.test/lists/").await;
    assert_eq!(gathered.crls[0].der(), LIST);
    assert!(gathered.failures.is_empty());
}

#[tokio::test]
async fn an_address_that_the_catalogue_does_not_list_is_not_touched() {
    let server = serve(&[("/lists/one.crl", ok(LIST))]).await;
    for allow in [
        "http://ca.evidence.test/other/",
        "https://ca.evidence.test/",
        "http://ca.evidence.test:8080/",
    ] {
        let gathered = gather(mirrors(&server), allow).await;
        assert_eq!(failure(&gathered), &FetchError::NotListed, "{allow}");
    }
    assert!(server.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_listed_name_without_a_public_address_is_not_reached() {
    // No mirror: the reserved name has no address at all, and a private one would count as little.
    let gathered = gather(Vec::new(), "http://ca.evidence.test/").await;
    assert_eq!(failure(&gathered), &FetchError::Unreachable);
}

#[tokio::test]
async fn a_redirect_leads_only_where_the_mirror_covers() {
    let server = serve(&[
        ("/lists/one.crl", redirect("/moved.crl")),
        ("/moved.crl", ok(LIST)),
    ])
    .await;
    assert_eq!(
        gather(mirrors(&server), "http://ca.evidence.test/")
            .await
            .crls
            .len(),
        1
    );

    let inside = serve(&[("/secret", ok(b"x"))]).await;
    let outward = serve(&[(
        "/lists/one.crl",
        redirect(&format!("{}secret", inside.prefix)),
    )])
    .await;
    let gathered = gather(mirrors(&outward), "http://ca.evidence.test/").await;
    assert_eq!(failure(&gathered), &FetchError::Redirected);
    assert!(inside.asked.lock().unwrap().is_empty());

    let circle = serve(&[("/lists/one.crl", redirect("/lists/one.crl"))]).await;
    let gathered = gather(mirrors(&circle), "http://ca.evidence.test/").await;
    assert_eq!(failure(&gathered), &FetchError::Redirected);
    assert_eq!(circle.asked.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn what_is_too_large_late_missing_or_no_list_has_its_own_answer() {
    let large = serve(&[("/lists/one.crl", ok(&vec![0; 17 * 1024 * 1024]))]).await;
    assert_eq!(
        failure(&gather(mirrors(&large), "http://ca.evidence.test/").await),
        &FetchError::TooLarge
    );

    let missing = serve(&[(
        "/lists/one.crl",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
    )])
    .await;
    assert_eq!(
        failure(&gather(mirrors(&missing), "http://ca.evidence.test/").await),
        &FetchError::Status(404)
    );

    let page = serve(&[("/lists/one.crl", ok(b"<html>"))]).await;
    let gathered = gather(mirrors(&page), "http://ca.evidence.test/").await;
    assert!(matches!(failure(&gathered), FetchError::Malformed(_)));

    // Nothing but silence: a listener that accepts and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = format!("http://{}/", silent.local_addr().unwrap());
    let limits = Limits {
        time: Duration::from_millis(300),
        ..Limits::default()
    };
    let mirror = Mirror::new("http://ca.evidence.test/", &to).unwrap();
    let fetcher = Fetcher::with_limits(vec![mirror], Arc::new(NoCache), limits).unwrap();
    let gathered = fetcher
        .crls(
            &provider("http://ca.evidence.test/"),
            &leaf(),
            &root(),
            now(),
            0,
        )
        .await;
    assert_eq!(failure(&gathered), &FetchError::TimedOut);
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

#[tokio::test]
async fn a_kept_list_stands_in_while_it_is_current_and_its_address_is_down() {
    let server = serve(&[("/lists/one.crl", ok(LIST))]).await;
    let cache = Arc::new(Memory::default());
    let provider = provider("http://ca.evidence.test/");
    let up = Fetcher::new(mirrors(&server), cache.clone()).unwrap();
    assert_eq!(
        up.crls(&provider, &leaf(), &root(), now(), 0)
            .await
            .crls
            .len(),
        1
    );
    assert!(cache.0.lock().unwrap().contains_key(ANNOUNCED));
    // Young enough: nobody is asked. Not young enough: asked again.
    up.crls(&provider, &leaf(), &root(), UnixTime(now().0 + 60), 60)
        .await;
    assert_eq!(server.asked.lock().unwrap().len(), 1);
    up.crls(&provider, &leaf(), &root(), UnixTime(now().0 + 61), 60)
        .await;
    assert_eq!(server.asked.lock().unwrap().len(), 2);

    let down = Fetcher::new(Vec::new(), cache).unwrap();
    let gathered = down.crls(&provider, &leaf(), &root(), now(), 0).await;
    assert_eq!((gathered.crls.len(), gathered.failures.len()), (1, 1));
    let late = UnixTime(leaf().not_after().0 + 10 * 365 * 86_400);
    assert!(
        down.crls(&provider, &leaf(), &root(), late, 0)
            .await
            .crls
            .is_empty(),
        "past nextUpdate it is no evidence"
    );
}
