//! Revocation lists without a network: as the authorities publish them, or as an attacker or an outage would have them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use catalogue::Provider;
use domain::Timestamp;
use domain::revocation::Found;
use futures_util::future::BoxFuture;
use issuer::revocation::Shard;
use pki::Certificate;
use pki::crl::Crl;
use server::authority::Authorities;
use server::revocation::RevocationLists;

/// What stands at an authority's address.
#[derive(Clone)]
pub enum Standing {
    /// Nothing.
    Gone,
    /// Something that is no list.
    Garbage,
    /// These bytes, whatever time it is.
    Fixed(Vec<u8>),
}

/// The addresses of all authorities.
pub struct TestLists {
    authorities: Arc<Authorities>,
    changed: Mutex<HashMap<String, Standing>>,
}

impl TestLists {
    pub fn new(authorities: Arc<Authorities>) -> Self {
        Self {
            authorities,
            changed: Mutex::default(),
        }
    }

    /// Puts something else in the place of an authority's list.
    pub fn put(&self, authority: &str, standing: Standing) {
        self.changed
            .lock()
            .unwrap()
            .insert(authority.to_owned(), standing);
    }

    /// The authority's own list again.
    pub fn restore(&self, authority: &str) {
        self.changed.lock().unwrap().remove(authority);
    }
}

impl RevocationLists for TestLists {
    fn lists<'a>(
        &'a self,
        certificate: &'a Certificate,
        _: &'a Certificate,
        _: &'a Provider,
        _: Timestamp,
    ) -> BoxFuture<'a, Found> {
        Box::pin(async move {
            let url = certificate
                .crl_urls()
                .first()
                .expect("demonstration certificates announce a list");
            let name = url.rsplit('/').next().unwrap().trim_end_matches(".crl");
            // What a test puts in the place of an authority's list stands for those of its shards too.
            let authority = Shard::split(name).map_or(name, |(id, _)| id).to_owned();
            let changed = self.changed.lock().unwrap().get(&authority).cloned();
            match changed {
                None => {
                    let list = self.authorities.list(&authority).await.unwrap();
                    Found {
                        lists: vec![Crl::from_der(&list.crl).unwrap()],
                        ..Found::default()
                    }
                }
                Some(Standing::Fixed(der)) => Found {
                    lists: vec![Crl::from_der(&der).unwrap()],
                    ..Found::default()
                },
                Some(Standing::Garbage) => Found {
                    unreadable: true,
                    ..Found::default()
                },
                Some(Standing::Gone) => Found::default(),
            }
        })
    }
}
