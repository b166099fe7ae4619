//! What a file brings for its own signatures: certificates, revocation lists and OCSP responses in the
//! document security store (ISO 32000-2 §12.8.4.3), in a CMS, and in Adobe's older signed attribute. None
//! of it is trusted: an issuer's key has to have signed it, and a path has to hold.

use std::collections::BTreeSet;

use pki::asn1::{Element, Elements, tag};
use pki::cms::{SignedData, SignerInfo};
use pki::crl::Crl;
use pki::ocsp::{BasicResponse, OcspResponse};
use pki::{Certificate, ParseError, oid};

use crate::pdf::document::{Document, View};
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::revision::WalkError;

/// Certificates, lists and responses, each, that are read from one file.
const MAX_ITEMS: usize = 512;
/// Bytes of one, and of all of them.
const MAX_ITEM: usize = 16 << 20;
const MAX_BYTES: usize = 48 << 20;

/// Evidence with the revision in which it stands.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub certificates: Vec<Certificate>,
    pub crls: Vec<(Crl, usize)>,
    pub responses: Vec<(BasicResponse, usize)>,
    bytes: usize,
    /// Objects that were read already.
    read: BTreeSet<u32>,
}

impl Evidence {
    /// Adds what the security store holds now.
    ///
    /// # Errors
    /// A store that cannot be read strictly. An item that is not what it should be is passed over.
    pub fn add_store(&mut self, document: &Document<'_>) -> Result<(), WalkError> {
        let view = document.latest();
        let Some(store) = view.dictionary(&view.catalog()?, "DSS")? else {
            return Ok(());
        };
        self.each(&view, &store, "Certs", |own, der, _| {
            own.add_certificate(Certificate::from_der(der).ok());
        })?;
        self.each(&view, &store, "CRLs", |own, der, home| {
            own.add_crl(Crl::from_der(der).ok(), home);
        })?;
        self.each(&view, &store, "OCSPs", |own, der, home| {
            own.add_response(OcspResponse::from_der(der).ok(), home);
        })?;
        // What is named for one signature should stand in the lists above too; some writers put it here only.
        let by_signature = view.dictionary(&store, "VRI")?.unwrap_or_default();
        for name in by_signature.0.keys().take(MAX_ITEMS) {
            let name = String::from_utf8_lossy(name);
            let Some(entry) = view.dictionary(&by_signature, &name)? else {
                continue;
            };
            self.each(&view, &entry, "Cert", |own, der, _| {
                own.add_certificate(Certificate::from_der(der).ok());
            })?;
            self.each(&view, &entry, "CRL", |own, der, home| {
                own.add_crl(Crl::from_der(der).ok(), home);
            })?;
            self.each(&view, &entry, "OCSP", |own, der, home| {
                own.add_response(OcspResponse::from_der(der).ok(), home);
            })?;
        }
        Ok(())
    }

    fn each(
        &mut self,
        view: &View<'_, '_>,
        store: &Dictionary,
        key: &str,
        mut add: impl FnMut(&mut Self, &[u8], usize),
    ) -> Result<(), WalkError> {
        let Some(Object::Array(listed)) = view.get(store, key)? else {
            return Ok(());
        };
        for item in listed.iter().filter_map(Object::as_reference) {
            if !self.read.insert(item.number) {
                continue;
            }
            let (Some(placed), Some((_, home))) = (view.placed(item)?, view.entry(item.number))
            else {
                continue;
            };
            let Ok(der) = view.stream(&placed, MAX_ITEM) else {
                continue;
            };
            self.bytes += der.len();
            if self.bytes > MAX_BYTES {
                return Ok(());
            }
            add(self, &der, home);
        }
        Ok(())
    }

    /// Adds what a CMS of this revision embeds. Its certificates stay with their signature.
    pub fn add_cms(&mut self, cms: &SignedData, revision: usize) {
        for crl in cms.crls() {
            self.add_crl(Some(crl.clone()), revision);
        }
        for response in cms.responses() {
            self.add_response(Some(response.clone()), revision);
        }
        let archived = cms
            .signers()
            .iter()
            .filter_map(|signer: &SignerInfo| signer.attribute(&oid::ADOBE_REVOCATION_ARCHIVAL));
        for value in archived {
            // Signed, yet only evidence: what cannot be read is none.
            let _ = self.add_archive(value, revision);
        }
    }

    /// `RevocationInfoArchival` (ISO 32000-2 §12.8.3.3.2).
    fn add_archive(&mut self, value: &[u8], revision: usize) -> Result<(), ParseError> {
        const WHAT: &str = "RevocationInfoArchival";
        let mut fields = Element::parse(value, WHAT)?.sequence(WHAT)?;
        let lists = |field: Option<Element<'_>>, number: u8| -> Result<Vec<Vec<u8>>, ParseError> {
            let mut ders = Vec::new();
            if let Some(field) = field {
                let mut elements: Elements<'_> = field.explicit(number, WHAT)?.sequence(WHAT)?;
                while let Some(element) = elements.next()? {
                    ders.push(element.raw().to_vec());
                }
            }
            Ok(ders)
        };
        for der in lists(fields.optional(tag::context_constructed(0))?, 0)? {
            self.add_crl(Crl::from_der(&der).ok(), revision);
        }
        for der in lists(fields.optional(tag::context_constructed(1))?, 1)? {
            self.add_response(OcspResponse::from_der(&der).ok(), revision);
        }
        Ok(())
    }

    fn add_certificate(&mut self, certificate: Option<Certificate>) {
        if let Some(certificate) = certificate
            && self.certificates.len() < MAX_ITEMS
        {
            self.certificates.push(certificate);
        }
    }

    fn add_crl(&mut self, crl: Option<Crl>, revision: usize) {
        if let Some(crl) = crl
            && self.crls.len() < MAX_ITEMS
        {
            self.crls.push((crl, revision));
        }
    }

    fn add_response(&mut self, response: Option<OcspResponse>, revision: usize) {
        let basic = response.and_then(|response| response.basic().cloned());
        if let Some(basic) = basic
            && self.responses.len() < MAX_ITEMS
        {
            self.responses.push((basic, revision));
        }
    }
}
