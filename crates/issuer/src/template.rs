//! What a certificate is to say, and its TBSCertificate (RFC 5280 §4.1).

use pki::asn1::{tag, write};
use pki::{Name, Oid, PublicKey, UnixTime, oid};

use crate::authority::{Authority, key_identifier};

/// Whose certificate it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An authority's own root certificate.
    Root,
    /// An authority below another: it issues end-entity certificates only (pathLen 0).
    IssuingCa,
    /// A person's or an organisation's signing certificate.
    EndEntity,
    /// Their encryption certificate: the other one of a pair (GM/T 0034).
    Encryption,
    /// A responder that answers for its issuer (RFC 6960 §4.2.2.2).
    OcspResponder,
    /// A time-stamping authority (RFC 3161 §2.3).
    TimeStamping,
    /// A maker of seals (制章人, GB/T 38540-2020 §5.2): it signs seal objects and nothing else.
    SealMaker,
}

impl Kind {
    /// Whether it is an authority's that issues certificates and lists.
    #[must_use]
    pub const fn is_ca(self) -> bool {
        matches!(self, Self::Root | Self::IssuingCa)
    }
}

/// What a certificate is to say, beside its serial and issuer.
#[derive(Debug, Clone)]
pub struct Template {
    /// Whose it is.
    pub kind: Kind,
    /// Whom it names.
    pub subject: Name,
    /// The key that it certifies.
    pub public_key: PublicKey,
    /// The first second of validity.
    pub not_before: UnixTime,
    /// The last second of validity.
    pub not_after: UnixTime,
    /// certificatePolicies.
    pub policies: Vec<Oid>,
    /// extKeyUsage; none leaves the extension out.
    pub extended_key_usage: Vec<Oid>,
    /// Identity extensions: type and DER value, never critical.
    pub identity: Vec<(Oid, Vec<u8>)>,
    /// The provider's key number, for the record.
    pub key_number: Option<String>,
}

impl Template {
    /// The encryption certificate beside this signing certificate: the same holder, life and policies, another key and
    /// usage.
    #[must_use]
    pub fn encryption(&self, public_key: PublicKey) -> Self {
        Self {
            kind: Kind::Encryption,
            public_key,
            extended_key_usage: Vec::new(),
            ..self.clone()
        }
    }

    /// The DER TBSCertificate of this template under `authority` with this serial.
    pub(crate) fn tbs(&self, authority: &Authority, serial: &[u8]) -> Vec<u8> {
        write::sequence(&[
            &write::explicit(0, &write::integer(2)),
            &write::unsigned_integer(serial),
            &authority.algorithm().identifier(),
            authority.subject().der(),
            &write::sequence(&[&self.not_before.to_asn1(), &self.not_after.to_asn1()]),
            self.subject.der(),
            self.public_key.spki_der(),
            &write::explicit(3, &self.extensions(authority, serial)),
        ])
    }

    fn extensions(&self, authority: &Authority, serial: &[u8]) -> Vec<u8> {
        let mut all = Vec::new();
        let mut add = |oid: &Oid, critical: bool, value: &[u8]| {
            let critical = if critical {
                write::boolean(true)
            } else {
                Vec::new()
            };
            all.push(write::sequence(&[
                &write::oid(oid),
                &critical,
                &write::octet_string(value),
            ]));
        };
        if let Some(constraints) = self.basic_constraints() {
            add(&oid::BASIC_CONSTRAINTS, true, &constraints);
        }
        add(&oid::KEY_USAGE, true, &self.key_usage());
        let subject_key = write::octet_string(&key_identifier(&self.public_key));
        add(&oid::SUBJECT_KEY_IDENTIFIER, false, &subject_key);
        let issuer_key = write::element(tag::context(0), authority.key_identifier());
        add(
            &oid::AUTHORITY_KEY_IDENTIFIER,
            false,
            &write::sequence(&[&issuer_key]),
        );
        if !self.policies.is_empty() {
            let policies: Vec<Vec<u8>> = self
                .policies
                .iter()
                .map(|policy| write::sequence(&[&write::oid(policy)]))
                .collect();
            let value = write::element(tag::SEQUENCE, &policies.concat());
            add(&oid::CERTIFICATE_POLICIES, false, &value);
        }
        if !self.extended_key_usage.is_empty() {
            let usages: Vec<Vec<u8>> = self.extended_key_usage.iter().map(write::oid).collect();
            let value = write::element(tag::SEQUENCE, &usages.concat());
            // RFC 3161 §2.3 wants it critical, and nobody else does.
            let critical = self.kind == Kind::TimeStamping;
            add(&oid::EXTENDED_KEY_USAGE, critical, &value);
        }
        if self.kind != Kind::Root {
            add(
                &oid::CRL_DISTRIBUTION_POINTS,
                false,
                &distribution_point(&authority.crl_url_of(serial)),
            );
            let access =
                |method: &Oid, url: &str| write::sequence(&[&write::oid(method), &uri(url)]);
            // Nobody asks a responder about itself.
            let responder = authority
                .ocsp_url()
                .filter(|_| self.kind != Kind::OcspResponder)
                .map_or_else(Vec::new, |url| access(&oid::AD_OCSP, &url));
            add(
                &oid::AUTHORITY_INFO_ACCESS,
                false,
                &write::sequence(&[
                    &responder,
                    &access(&oid::AD_CA_ISSUERS, &authority.certificate_url()),
                ]),
            );
        }
        for (oid, value) in &self.identity {
            add(oid, false, value);
        }
        write::element(tag::SEQUENCE, &all.concat())
    }

    /// Left out for end entities, as RFC 5280 §4.2.1.9 allows: GmSSL refuses the empty SEQUENCE that it
    /// would be in DER.
    fn basic_constraints(&self) -> Option<Vec<u8>> {
        match self.kind {
            Kind::Root => Some(write::sequence(&[&write::boolean(true)])),
            Kind::IssuingCa => Some(write::sequence(&[
                &write::boolean(true),
                &write::integer(0),
            ])),
            Kind::EndEntity
            | Kind::Encryption
            | Kind::OcspResponder
            | Kind::TimeStamping
            | Kind::SealMaker => None,
        }
    }

    /// digitalSignature and nonRepudiation, a responder's digitalSignature alone; keyEncipherment, dataEncipherment and
    /// keyAgreement; or keyCertSign and cRLSign (RFC 5280 §4.2.1.3). No key has bits of two of these.
    fn key_usage(&self) -> Vec<u8> {
        let mut bits = [false; 9];
        let set: &[usize] = match self.kind {
            Kind::EndEntity | Kind::TimeStamping | Kind::SealMaker => &[0, 1],
            Kind::OcspResponder => &[0],
            Kind::Encryption => &[2, 3, 4],
            Kind::Root | Kind::IssuingCa => &[5, 6],
        };
        for bit in set {
            bits[*bit] = true;
        }
        write::named_bits(&bits)
    }
}

fn uri(url: &str) -> Vec<u8> {
    write::element(tag::context(6), url.as_bytes())
}

/// `CRLDistributionPoints` with one full name.
fn distribution_point(url: &str) -> Vec<u8> {
    write::sequence(&[&write::sequence(&[&full_name(url)])])
}

/// `[0] DistributionPointName` with one full name.
pub(crate) fn full_name(url: &str) -> Vec<u8> {
    let names = write::constructed(tag::context_constructed(0), &[&uri(url)]);
    write::constructed(tag::context_constructed(0), &[&names])
}
