//! Products: one vendor sells different certificates for different areas and systems, and a platform takes some
//! of them. Told apart by issuing CA and certificate policy, never by what a page says.

use pki::Certificate;
use serde::{Deserialize, Serialize, Serializer};

use crate::{DistinguishedName, ObjectId, Provider, ProviderId, Text};

/// One product of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its id within the provider's file.
    pub id: ProviderId,
    /// Its name.
    pub name: Text,
    /// The platforms for which this line says whether it is accepted; empty: all of them.
    #[serde(default)]
    pub platforms: Vec<ProviderId>,
    /// Issuing CAs of which a certificate must name one; empty: any of the provider's.
    #[serde(default, serialize_with = "as_text")]
    pub issuers: Vec<DistinguishedName>,
    /// certificatePolicies of which a certificate must carry one; empty: any.
    #[serde(default, serialize_with = "as_text")]
    pub policies: Vec<ObjectId>,
    /// Whether it is accepted.
    pub accepted: bool,
    /// Why it is not, and what to do instead. Required where it is not accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// Whether it belongs to the demonstration CA and not to the real vendor.
    #[serde(default)]
    pub demo: bool,
}

/// A product that a platform does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductRefusal {
    /// Whose product it is.
    pub provider: Text,
    /// Which: absent where the certificate is none of those that the file knows.
    pub product: Option<Text>,
    /// Why, and what to do instead, as the file says.
    pub reason: Option<Text>,
    /// The products that are taken.
    pub accepted: Vec<Text>,
}

impl Product {
    fn covers(&self, certificate: &Certificate) -> bool {
        let issuer = self.issuers.is_empty()
            || self
                .issuers
                .iter()
                .any(|issuer| issuer.name() == certificate.issuer());
        let policy = self.policies.is_empty()
            || certificate
                .policies()
                .iter()
                .any(|policy| self.policies.iter().any(|listed| listed.0 == *policy));
        issuer && policy
    }
}

impl Provider {
    /// Whether a platform takes this product of the provider's. A line that refuses weighs more than one that
    /// accepts. Where the file lists accepted products, what is none of them is refused; where it lists none
    /// for this platform, any product is taken.
    ///
    /// # Errors
    /// [`ProductRefusal`], with what the file says about it.
    pub fn accepts_product(
        &self,
        platform: &str,
        certificate: &Certificate,
    ) -> Result<(), Box<ProductRefusal>> {
        let on_platform = |product: &&Product| {
            product.platforms.is_empty()
                || product.platforms.iter().any(|id| id.as_str() == platform)
        };
        let lines: Vec<&Product> = self.products.iter().filter(on_platform).collect();
        let matching: Vec<&Product> = lines
            .iter()
            .copied()
            .filter(|product| product.covers(certificate))
            .collect();
        let refused = matching.iter().find(|product| !product.accepted);
        let accepted: Vec<Text> = lines
            .iter()
            .filter(|product| product.accepted)
            .map(|product| product.name.clone())
            .collect();
        if refused.is_none() && (accepted.is_empty() || !matching.is_empty()) {
            return Ok(());
        }
        Err(Box::new(ProductRefusal {
            provider: self.name.clone(),
            product: refused.map(|product| product.name.clone()),
            reason: refused.and_then(|product| product.reason.clone()),
            accepted,
        }))
    }
}

fn as_text<T: std::fmt::Display, S: Serializer>(
    values: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(ToString::to_string))
}
