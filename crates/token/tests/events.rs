//! Insertions and removals are told soon, by a library that tells of them and by one that must be asked.

mod common;

use std::time::Duration;

use common::{compiled, over, over_with};
use token::{Quirks, Watcher};

/// Longer than any machine needs; what is promised is told by the constants in `watch.rs`.
const PATIENCE: Duration = Duration::from_secs(20);

async fn told(watcher: &mut Watcher) {
    tokio::time::timeout(PATIENCE, watcher.changed())
        .await
        .expect("the change is told");
}

#[tokio::test]
async fn a_library_without_events_is_asked_and_each_change_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("mark");
    let service = over(compiled(folder.path(), "events", 0));
    let mut watcher = service.watch();
    told(&mut watcher).await; // that its watching began
    assert!(service.list().await.tokens.is_empty());
    for _ in 0..2 {
        std::fs::write(&key, b"").unwrap();
        told(&mut watcher).await;
        assert_eq!(service.list().await.tokens.len(), 1);
        std::fs::remove_file(&key).unwrap();
        told(&mut watcher).await;
        assert!(service.list().await.tokens.is_empty());
    }
}

#[tokio::test]
async fn a_library_whose_wait_does_not_wait_is_asked_instead_of_turning_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("mark");
    let service = over(compiled(folder.path(), "events", 1));
    let mut watcher = service.watch();
    let turns = || std::fs::read(folder.path().join("mark.calls")).map_or(0, |calls| calls.len());
    let settled = async {
        while turns() < 16 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.unwrap();
    std::fs::write(&key, b"").unwrap();
    told(&mut watcher).await;
    while service.list().await.tokens.is_empty() {
        told(&mut watcher).await;
    }
    // The key may come before the sixteenth look, and the count begins anew with it: once.
    assert!(turns() <= 33, "{} calls", turns());
}

#[tokio::test]
async fn a_wait_that_the_catalogue_warns_of_is_never_called() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("mark");
    let quirks = Quirks {
        no_device_events: true,
        ..Quirks::default()
    };
    let service = over_with(compiled(folder.path(), "events", 1), quirks);
    let mut watcher = service.watch();
    told(&mut watcher).await; // that its watching began
    std::fs::write(&key, b"").unwrap();
    told(&mut watcher).await;
    assert_eq!(service.list().await.tokens.len(), 1);
    assert!(!folder.path().join("mark.calls").exists());
}
