//! A certificate that no provider claims: what is known of it, and the provider file that would claim it, begun
//! for an operator to complete.

use std::path::Path;

use pki::Certificate;
use serde::Serialize;

use crate::{Modules, System, value, words};

/// Extensions that stand in every certificate and identify nobody: X.509, PKIX, and the old ones of Netscape.
const ORDINARY: [&str; 3] = ["2.5.29.", "1.3.6.1.5.5.7.1.", "2.16.840.1.113730."];
/// GM/T 0015: numbers of persons and organisations, by kind. They are no numbers of a key.
const HOLDER_NUMBERS: [&str; 2] = ["1.2.156.10260.4.1.", "1.2.86.11.7."];
/// Attributes of a subject in which CAs put a number.
const NUMBERED: [&str; 4] = ["SERIALNUMBER", "UID", "OU", "CN"];
/// No certificate has more places that are worth a look.
const MOST_CANDIDATES: usize = 32;

/// What an operator needs to know to add the provider of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnknownProvider {
    /// The issuer, RFC 4514: what a provider's `issuers` lists.
    pub issuer: String,
    /// The certificate's policies, dotted: what tells the issuer's products apart.
    pub policies: Vec<String>,
    /// Places that may hold the key number, the likeliest first. The values are the holder's: they are for the
    /// holder's and the operator's eyes, and are not in the snippet.
    pub candidates: Vec<Candidate>,
    /// A provider's file, complete but for what only the provider can say. It grants nothing.
    pub snippet: String,
}

/// A place in a certificate that may hold the key number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Where it stands.
    pub place: CandidatePlace,
    /// The extension's object identifier or the attribute's short name.
    pub name: String,
    /// What stands there.
    pub value: String,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CandidatePlace {
    /// In an extension.
    Extension,
    /// In the subject's name.
    Subject,
}

impl Candidate {
    /// The place as an identity map writes it.
    fn as_source(&self) -> String {
        match self.place {
            CandidatePlace::Extension => format!("extension = {}", quoted(&self.name)),
            CandidatePlace::Subject => format!("subject = {}", quoted(&self.name)),
        }
    }

    fn is_holder_number(&self) -> bool {
        HOLDER_NUMBERS
            .iter()
            .any(|prefix| self.name.starts_with(prefix))
    }

    /// Whether the value is a unified social credit code, and what has to go from it first.
    fn credit_code(&self) -> Option<Vec<&'static str>> {
        let dashless = value::without_dashes(&self.value);
        let code = value::without_leading_0_or_n(&dashless);
        let form = code.len() == 18
            && code.bytes().all(|b| b.is_ascii_alphanumeric())
            // The first two say who registered it: 1, 5, 9, A, N, Y … and what kind.
            && code.bytes().skip(2).take(6).all(|b| b.is_ascii_digit());
        form.then(|| {
            let mut clean = Vec::new();
            if dashless.len() != self.value.len() {
                clean.push("dashes");
            }
            if code.len() != dashless.len() {
                clean.push("leading_0_or_n");
            }
            clean
        })
    }
}

impl UnknownProvider {
    /// Reads a certificate that came through `library`, of which `modules` may know something.
    pub fn of(certificate: &Certificate, library: &Path, modules: &Modules) -> UnknownProvider {
        let candidates = candidates(certificate);
        let policies: Vec<String> = certificate
            .policies()
            .iter()
            .map(ToString::to_string)
            .collect();
        let issuer = certificate.issuer().rfc4514();
        let snippet = snippet(
            certificate,
            &issuer,
            &policies,
            &candidates,
            library,
            modules,
        );
        UnknownProvider {
            issuer,
            policies,
            candidates,
            snippet,
        }
    }
}

fn candidates(certificate: &Certificate) -> Vec<Candidate> {
    let extensions = certificate.extensions().iter().filter_map(|extension| {
        let name = extension.oid().to_string();
        let ordinary = ORDINARY.iter().any(|prefix| name.starts_with(prefix));
        let value = (!ordinary).then(|| value::text(extension.value()))??;
        Some(Candidate {
            place: CandidatePlace::Extension,
            name,
            value,
        })
    });
    let subject = NUMBERED.iter().filter_map(|name| {
        let value = certificate
            .subject()
            .attribute(&words::attribute_oid(name)?)?;
        // A name without a digit is no number.
        value
            .contains(|c: char| c.is_ascii_digit())
            .then(|| Candidate {
                place: CandidatePlace::Subject,
                name: (*name).to_owned(),
                value: value.to_owned(),
            })
    });
    let mut candidates: Vec<Candidate> = extensions.chain(subject).take(MOST_CANDIDATES).collect();
    // A maker's own extension first; numbers that are the holder's whatever key they use, last.
    candidates.sort_by_key(|candidate| {
        (
            candidate.is_holder_number() || candidate.credit_code().is_some(),
            candidate.place == CandidatePlace::Subject,
        )
    });
    candidates
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn snippet(
    certificate: &Certificate,
    issuer: &str,
    policies: &[String],
    candidates: &[Candidate],
    library: &Path,
    modules: &Modules,
) -> String {
    let called = certificate
        .issuer()
        .attribute(&pki::oid::ORGANIZATION)
        .or_else(|| certificate.issuer().attribute(&pki::oid::COMMON_NAME))
        .unwrap_or("新 CA");
    let mut lines = vec![
        "# 依据插入的锁生成，请补全：名称、信任锚、编号所在位置、能力。文件名须与 id 相同。".to_owned(),
        "# Made from a plugged-in key; to be completed: names, trust anchors, the place of the key number,".to_owned(),
        "# capabilities. The file's name is its id. Then: yinxin admin catalogue check".to_owned(),
        "id = \"new-ca\"".to_owned(),
        format!("name = {{ zh = {0}, en = {0} }}", quoted(called)),
        format!("issuers = [{}]", quoted(issuer)),
        "# 信任锚：<名称>.pem 放入锚文件夹 / each <name>.pem in a folder of anchors".to_owned(),
        "anchors = []".to_owned(),
    ];
    if !policies.is_empty() {
        let list: Vec<String> = policies.iter().map(|policy| quoted(policy)).collect();
        lines.push(format!(
            "# 证书策略，可区分产品 / policies, to tell products apart: {}",
            list.join(", ")
        ));
    }
    lines.push(String::new());
    lines.push("[channel]".to_owned());
    lines.push("kind = \"direct\"".to_owned());
    lines.push(String::new());
    lines.push("# 核实之前不授予任何能力 / nothing is granted before it was verified".to_owned());
    lines.push("[capabilities]".to_owned());
    lines.extend(["bind", "login", "seal"].map(|capability| format!("{capability} = false")));
    lines.push(String::new());
    lines.push("[identity]".to_owned());
    let mut numbers = candidates
        .iter()
        .filter(|candidate| !candidate.is_holder_number() && candidate.credit_code().is_none());
    match numbers.next() {
        Some(first) => lines.push(format!("key_number = {{ {} }}", first.as_source())),
        None => lines.push(
            "key_number = { subject = \"SERIALNUMBER\", or = \"issuer_and_serial\" }".to_owned(),
        ),
    }
    for other in numbers {
        lines.push(format!("# key_number = {{ {} }}", other.as_source()));
    }
    if let Some((source, clean)) = candidates
        .iter()
        .find_map(|candidate| Some((candidate.as_source(), candidate.credit_code()?)))
    {
        let clean: Vec<String> = clean.iter().map(|word| quoted(word)).collect();
        let clean = match clean.len() {
            0 => String::new(),
            _ => format!(", clean = [{}]", clean.join(", ")),
        };
        lines.push(format!("uscc = {{ {source}{clean} }}"));
    }
    if certificate
        .subject()
        .attribute(&pki::oid::ORGANIZATION)
        .is_some()
    {
        lines.push("organisation = { subject = \"O\" }".to_owned());
    }
    lines.push("holder = { subject = \"CN\" }".to_owned());
    lines.extend(module_lines(library, modules));
    lines.push(String::new());
    lines.join("\n")
}

/// The library, where no module of the catalogue is it.
fn module_lines(library: &Path, modules: &Modules) -> Vec<String> {
    let name = library.file_name().and_then(|name| name.to_str());
    let (None, Some(name), Some(path)) = (modules.of_library(library), name, library.to_str())
    else {
        return Vec::new();
    };
    let mut lines = vec![
        String::new(),
        "# 驱动库：特性未知，RSA 签名等将被拒绝，直到厂商资料说明 / what this library does in its own way is".to_owned(),
        "# not known: RSA signatures and some other calls are refused until its maker says".to_owned(),
        "[[modules]]".to_owned(),
        "id = \"new-ca-key\"".to_owned(),
        format!("name = {{ zh = {0}, en = {0} }}", quoted(name)),
        "kind = \"skf\"".to_owned(),
        format!("files = [{}]", quoted(name)),
    ];
    let system = System::here().and_then(|system| toml::Value::try_from(system).ok());
    if let Some(toml::Value::String(system)) = system {
        lines.push(format!("paths = {{ {system} = [{}] }}", quoted(path)));
    }
    lines
}
