//! The rows of a prepared sealing, and its entry in the audit log.

use contract::ErrorCode;
use domain::audit::Entry;
use domain::{Id, Timestamp};
use store::documents::sealings::{self, NewSealing, Place, Variant};
use store::documents::{self, Document, Revision};
use store::seals::uses::{self, Wanted};
use store::{Deed, StoreError, Tx};

use super::LIFE;

/// Writes a prepared sealing with its places.
pub(super) struct Prepare<'a> {
    pub platform: &'a str,
    pub document: &'a Document,
    pub account: &'a Id,
    /// All seals, the first one first.
    pub seals: &'a [Id],
    pub sealing: Id,
    pub places: &'a [Place],
    pub last: bool,
    pub note: Option<&'a str>,
    pub intent: &'a str,
    pub variants: Vec<Variant>,
    pub entry: Id,
    pub now: Timestamp,
}

impl Deed for Prepare<'_> {
    type Done = ();
    type Refused = ErrorCode;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), ErrorCode>, StoreError> {
        let Document {
            id,
            organisation,
            object,
            size,
            sha256,
            ..
        } = self.document;
        let current = documents::lock(tx.connection(), self.platform, organisation, id).await?;
        if current.is_none_or(|current| current.object != *object || current.state == "published") {
            return Ok(Err(ErrorCode::DocumentState));
        }
        for seal in self.seals {
            let wanted = Wanted {
                platform: self.platform,
                organisation,
                seal,
                account: self.account,
                document: id,
                at: self.now,
            };
            if let Err(barred) = uses::allowed(tx.connection(), &wanted).await? {
                return Ok(Err(crate::http::seals::barred(barred)));
            }
        }
        let new = NewSealing {
            id: &self.sealing,
            platform: self.platform,
            document: id,
            account: self.account,
            seals: self.seals,
            places: self.places,
            last: self.last,
            note: self.note,
            intent: self.intent,
            base: Revision {
                object,
                size: *size,
                sha256,
            },
            variants: &self.variants,
            at: self.now,
            expires_at: self.now + LIFE,
        };
        sealings::insert(tx.connection(), &new).await?;
        tx.record(&Entry {
            id: self.entry.clone(),
            platform: self.platform.to_owned(),
            at: self.now,
            action: "sealing.prepared".into(),
            actor: Some(self.account.clone()),
            subject: Some(self.sealing.to_string()),
            detail: serde_json::json!({
                "document": id, "seal": self.seals.first(), "seals": self.seals,
                "page": self.places.first().map(|place| place.page), "places": self.places.len(),
                "last": self.last, "sha256": sha256,
            })
            .to_string(),
        })
        .await?;
        Ok(Ok(()))
    }
}
