//! What a demo authority writes, the catalogue's own files read: issuer, key number, holder, organisation,
//! code, and the address of the list.

mod support;

use std::path::Path;

use catalogue::{Catalogue, identity};
use pki::Signer as _;
use support::{DemoCa, applicant};

#[test]
fn every_demo_certificate_is_recognised_and_its_identity_read_by_its_provider_s_map() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    let catalogue = Catalogue::load(&folder).expect("the catalogue");
    let expected = applicant();
    for profile in issuer::demo_profiles().expect("profiles") {
        let mut ca = DemoCa::new(profile);
        let person = ca.person();
        let certificate = person.certificate().expect("certificate");
        let provider = catalogue.recognise(certificate).expect("recognised");
        assert_eq!(provider.id.as_str(), ca.profile.id);
        let read = identity(provider, certificate).expect("an identity");
        assert_eq!(read.key_number, expected.key_number);
        assert_eq!(read.holder, expected.holder);
        assert_eq!(
            read.organisation.as_deref(),
            Some(expected.organisation.as_str())
        );
        assert_eq!(read.uscc.as_deref(), Some(expected.uscc.as_str()));
        let url = &certificate.crl_urls()[0];
        assert!(
            provider
                .crl
                .allow
                .iter()
                .any(|prefix| url.starts_with(prefix)),
            "the catalogue lists {url}"
        );
        let online = ca.authority.clone().with_online_status();
        let listed =
            |allow: &[String], url: &str| allow.iter().any(|prefix| url.starts_with(prefix));
        let responder = online.ocsp_url().expect("a responder");
        assert!(
            listed(&provider.ocsp.allow, &responder),
            "the catalogue lists {responder}"
        );
        let shard = online.crl_url_of(certificate.serial());
        assert!(
            listed(&provider.crl.allow, &shard),
            "the catalogue lists {shard}"
        );
    }
}
