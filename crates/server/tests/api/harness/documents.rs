//! Files to seal, and what an agent makes of a seal's request.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::{Grade, SealIntentAttribute};
use pki::cms::{self, OidFamily, SignedAttributesSpec};
use pki::{KeyFamily, Signer as _, oid};
use serde_json::{Value, json};

use super::{Answer, Browser, Key, World};

/// A PDF of two pages with a word on each, written by hand.
pub fn pdf() -> Vec<u8> {
    let content = "BT /F1 24 Tf 72 720 Td (Tender) Tj ET";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>".to_owned(),
        page(0),
        page(90),
        format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut rows = String::from("0000000000 65535 f\r\n");
    for (at, object) in objects.iter().enumerate() {
        rows.push_str(&format!("{:010} 00000 n\r\n", out.len()));
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", at + 1).bytes());
    }
    let (start, size) = (out.len(), objects.len() + 1);
    out.extend(format!("xref\n0 {size}\n{rows}trailer\n<< /Size {size} /Root 1 0 R >>\n").bytes());
    out.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
    out
}

fn page(rotation: u16) -> String {
    format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate {rotation} /Contents 5 0 R \
         /Resources << /Font << /F1 6 0 R >> >> >>"
    )
}

/// What an agent signs, where a test wants it otherwise than an honest one.
pub struct Signing<'a> {
    pub origin: &'a str,
    pub intent: Option<String>,
    pub digest: Option<Vec<u8>>,
}

impl Key {
    /// The CMS that an agent would answer with, base64.
    pub fn cms(&self, world: &World, request: &Value, signing: &Signing<'_>) -> String {
        let family = self.key.public_key().family();
        let (word, oids) = match family {
            KeyFamily::Sm2 => ("sm2", OidFamily::Gm),
            KeyFamily::Rsa => ("rsa", OidFamily::Pkcs7),
            KeyFamily::P256 => ("p256", OidFamily::Pkcs7),
            other => panic!("{other:?}"),
        };
        let variants = request["variants"].as_array().unwrap();
        let variant = variants
            .iter()
            .find(|variant| variant["family"] == word)
            .unwrap();
        let offered = STANDARD
            .decode(variant["digest"].as_str().unwrap())
            .unwrap();
        let digest = signing.digest.clone().unwrap_or(offered);
        let issued = request["intent"].as_str().unwrap().to_owned();
        let attribute = SealIntentAttribute {
            origin: signing.origin.to_owned(),
            grade: Grade::Remote,
            intent: signing.intent.clone().unwrap_or(issued),
        };
        let spec = SignedAttributesSpec {
            family: oids,
            algorithm: self.key.algorithm(),
            content_digest: &digest,
            certificate: &self.certificate,
            signing_time: (family == KeyFamily::Sm2).then(|| world.now().into()),
            custom: vec![(oid::YINXIN_SEAL_INTENT, attribute.to_der().unwrap())],
        };
        let signed = cms::signed_attributes(&spec);
        let signature = self.key.sign(&signed).unwrap();
        STANDARD.encode(cms::assemble(&spec, &signed, &signature, &[]))
    }
}

impl Browser {
    /// Uploads a file as a page does.
    pub async fn upload(&self, name: &str, bytes: Vec<u8>) -> Answer {
        self.send_file(&format!("/documents?name={name}"), "application/pdf", bytes)
            .await
    }

    /// 验章.
    pub async fn verify(&self, bytes: Vec<u8>) -> Answer {
        self.send_file("/verifications?name=a.pdf", "application/pdf", bytes)
            .await
    }

    pub async fn send_file(&self, path: &str, kind: &str, bytes: Vec<u8>) -> Answer {
        let (parts, body) = self
            .transfer(Method::POST, &format!("/api/v1{path}"), Some((kind, bytes)))
            .await;
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// The first of the organisation's seals.
    pub async fn first_seal(&self) -> String {
        self.get("/seals").await.expect(200)["items"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Drops the first seal on a page.
    pub async fn prepare(&self, document: &str, page: u32, x_mm: f64, y_mm: f64) -> Answer {
        let seal = self.first_seal().await;
        let form = json!({ "seal_id": seal, "page": page, "x_mm": x_mm, "y_mm": y_mm });
        self.post(&format!("/documents/{document}/sealings"), &form)
            .await
    }

    pub async fn complete(&self, sealing: &Value, cms: &str) -> Answer {
        let path = format!("/sealings/{}/completion", sealing["id"].as_str().unwrap());
        self.post(&path, &json!({ "cms": cms })).await
    }

    /// Drops the first seal on a page and signs with a key, as an honest agent does.
    pub async fn seal(
        &self,
        world: &World,
        document: &str,
        key: &Key,
        page: u32,
        x_mm: f64,
    ) -> Answer {
        let sealing = self.prepare(document, page, x_mm, 100.0).await.expect(201);
        let origin = self.origin.clone().unwrap();
        let signing = Signing {
            origin: &origin,
            intent: None,
            digest: None,
        };
        self.complete(&sealing, &key.cms(world, &sealing, &signing))
            .await
    }

    pub async fn file(&self, document: &str) -> Vec<u8> {
        let (parts, bytes) = self
            .transfer(
                Method::GET,
                &format!("/api/v1/documents/{document}/file"),
                None,
            )
            .await;
        assert_eq!(parts.status, 200);
        bytes.to_vec()
    }
}
