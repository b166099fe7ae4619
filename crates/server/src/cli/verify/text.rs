//! The report in words, for somebody who has never seen one.

use std::fmt::Write as _;

use contract::{Check, CheckResult, Grade, Layer, Report, ReportedSignature, Shown, Text, Verdict};

use super::Language;
use super::many::Summary;

/// The whole report.
pub(super) fn of(report: &Report, language: Language) -> String {
    let mut page = Page {
        out: String::new(),
        language,
    };
    page.file(report);
    for (number, signature) in (1..).zip(&report.signatures) {
        page.signature(number, signature);
    }
    page.out
}

/// One of many files in a line: its verdict, and what failed or is open first.
pub(super) fn line(path: &str, report: &Report, language: Language) -> String {
    let mut page = Page {
        out: String::new(),
        language,
    };
    let verdict = page.pick(verdict_of_signature(report.verdict)).to_owned();
    let _ = writeln!(page.out, "{}: {verdict}", plain(path));
    let all = report
        .checks
        .iter()
        .chain(report.signatures.iter().flat_map(|one| &one.checks));
    let reason = [CheckResult::Failed, CheckResult::Indeterminate]
        .into_iter()
        .find_map(|result| all.clone().find(|check| check.result == result));
    if let Some(check) = reason {
        page.check(check);
    }
    page.out
}

/// The last line of many files.
pub(super) fn summary(summary: &Summary, language: Language) -> String {
    let Summary {
        files,
        valid,
        invalid,
        indeterminate,
        unsigned,
        unreadable,
    } = summary;
    match language {
        Language::Zh => format!(
            "共 {files} 个文件：有效 {valid}，无效 {invalid}，无法确定 {indeterminate}，没有签章 {unsigned}，无法读取 {unreadable}\n"
        ),
        Language::En => format!(
            "{files} files: {valid} valid, {invalid} invalid, {indeterminate} indeterminate, {unsigned} unsigned, {unreadable} unreadable\n"
        ),
    }
}

struct Page {
    out: String,
    language: Language,
}

impl Page {
    fn file(&mut self, report: &Report) {
        let name = report
            .document
            .as_ref()
            .and_then(|document| document.name.as_deref())
            .unwrap_or("-");
        let verdict = self.pick(verdict_of_file(report.verdict));
        let _ = writeln!(self.out, "{}: {verdict}", plain(name));
        if let Some(document) = &report.document {
            self.row(
                "文件",
                "File",
                &self.document(document.size, document.pages, document.revisions),
            );
            if let Some(sha256) = &document.sha256 {
                self.row("SHA-256", "SHA-256", sha256);
            }
        }
        if let Some(at) = &report.verified_at {
            self.row("验证时点", "Judged for", at);
        }
        for check in report
            .checks
            .iter()
            .filter(|check| check.result != CheckResult::Passed)
        {
            self.check(check);
        }
    }

    fn document(&self, size: u64, pages: Option<u32>, revisions: Option<u32>) -> String {
        let mut parts = vec![match self.language {
            Language::Zh => format!("{size} 字节"),
            Language::En => format!("{size} bytes"),
        }];
        parts.extend(pages.map(|count| match self.language {
            Language::Zh => format!("{count} 页"),
            Language::En => format!("{count} pages"),
        }));
        parts.extend(revisions.map(|count| match self.language {
            Language::Zh => format!("{count} 个版本"),
            Language::En => format!("{count} revisions"),
        }));
        parts.join(", ")
    }

    fn signature(&mut self, number: usize, signature: &ReportedSignature) {
        let verdict = self.pick(verdict_of_signature(signature.verdict));
        let heading = self.pick(("签章", "Seal")).to_owned();
        let _ = writeln!(self.out, "\n{heading} {number}: {verdict}");
        if let Some(signer) = &signature.signer {
            let who = signer
                .organisation
                .as_deref()
                .filter(|organisation| *organisation != signer.name);
            let who = who.map_or_else(
                || signer.name.clone(),
                |organisation| format!("{} ({organisation})", signer.name),
            );
            self.row("签章者", "Signed by", &who);
            if let Some(provider) = &signer.provider {
                self.row("CA 服务商", "CA", &self.text(&provider.name));
            }
            self.row("签发者", "Issued by", &signer.issuer);
            if let Some(key_number) = &signer.key_number {
                self.row("CA 锁 ID", "Key number", key_number);
            }
            self.row("证书序列号", "Serial", &signer.serial);
            self.row(
                "证书有效期",
                "Valid",
                &format!("{} – {}", signer.not_before, signer.not_after),
            );
        }
        match (&signature.proved_time, &signature.claimed_time) {
            (Some(time), _) => self.row("签章时间（有时间戳证明）", "Signed at (proved)", time),
            (None, Some(time)) => self.row(
                "签章时间（签章者自称）",
                "Signed at (claimed by the signer)",
                time,
            ),
            (None, None) => {}
        }
        if let Some(place) = &signature.place {
            self.row("所在页", "On page", &place.page.to_string());
        }
        if !signature.format.is_empty() {
            self.row("格式", "Format", &signature.format);
        }
        if let Some(shown) = &signature.shown {
            self.shown(shown);
        }
        for check in &signature.checks {
            self.check(check);
        }
    }

    fn shown(&mut self, shown: &Shown) {
        let what = match self.language {
            Language::Zh => format!(
                "{}（{}）请求在《{}》第 {} 页加盖“{}”",
                shown.platform_name,
                shown.origin,
                shown.document,
                pages(&shown.pages),
                shown.seal.name
            ),
            Language::En => format!(
                "{} ({}) asked to put \"{}\" on page {} of \"{}\"",
                shown.platform_name,
                shown.origin,
                shown.seal.name,
                pages(&shown.pages),
                shown.document
            ),
        };
        self.row("签章时所示", "Shown to the signer", &what);
        let grade = match shown.grade {
            Grade::Picked => (
                "签章者在本机选取了文件并核对",
                "the signer picked the file, and it was checked locally",
            ),
            Grade::Previewed => (
                "签章者在本机预览了文件",
                "the signer saw the file rendered locally",
            ),
            Grade::Remote => (
                "本机未核对文件内容",
                "the file was not checked on the signer's machine",
            ),
        };
        let grade = self.pick(grade).to_owned();
        self.row("核对方式", "Checked", &grade);
    }

    fn check(&mut self, check: &Check) {
        let mark = match check.result {
            CheckResult::Passed => "✓",
            CheckResult::Failed => "✗",
            CheckResult::Indeterminate => "?",
            CheckResult::NotApplicable => "–",
        };
        let layer = self.pick(layer(check.layer));
        let mut line = format!("  {mark} {layer}");
        let said = check
            .message
            .as_ref()
            .map(|message| self.text(message))
            .or_else(|| check.reason.clone());
        if let Some(said) = said {
            let _ = write!(line, ": {}", plain(&said));
        }
        if check.result == CheckResult::Failed
            && let Some(clause) = &check.clause
        {
            let _ = write!(line, " [{clause}]");
        }
        self.out.push_str(&line);
        self.out.push('\n');
    }

    fn row(&mut self, zh: &str, en: &str, value: &str) {
        let label = self.pick((zh, en)).to_owned();
        let _ = writeln!(self.out, "  {label}: {}", plain(value));
    }

    fn pick<'t>(&self, (zh, en): (&'t str, &'t str)) -> &'t str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    fn text(&self, text: &Text) -> String {
        self.pick((&text.zh, &text.en)).to_owned()
    }
}

/// What a file says must not steer the terminal or reorder the line.
pub(super) fn plain(value: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    value
        .chars()
        .map(|c| if hidden(c) { '\u{FFFD}' } else { c })
        .collect()
}

fn pages(pages: &[u32]) -> String {
    pages
        .iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

const fn verdict_of_file(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Valid => (
            "有效。所有签章均通过验证，签章后文件未被改动。",
            "VALID. Every seal verifies, and nothing was changed after sealing.",
        ),
        Verdict::Invalid => (
            "无效。请勿采信此文件，原因见下。",
            "INVALID. Do not rely on this file; the reasons are below.",
        ),
        Verdict::Indeterminate => (
            "无法确定。没有发现造假，但缺少证明其有效的依据，见下。",
            "INDETERMINATE. Nothing is known to be false, but evidence is missing; see below.",
        ),
        Verdict::Unsigned => ("没有签章。", "UNSIGNED. The file carries no seal."),
    }
}

const fn verdict_of_signature(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Valid => ("有效", "valid"),
        Verdict::Invalid => ("无效", "invalid"),
        Verdict::Indeterminate => ("无法确定", "indeterminate"),
        Verdict::Unsigned => ("没有签名", "unsigned"),
    }
}

const fn layer(layer: Layer) -> (&'static str, &'static str) {
    match layer {
        Layer::Structure => ("文件结构", "Structure"),
        Layer::Integrity => ("内容完整", "Integrity"),
        Layer::Coverage => ("覆盖范围", "Coverage"),
        Layer::Changes => ("后续改动", "Later changes"),
        Layer::Seal => ("印章", "Seal object"),
        Layer::Path => ("证书信任", "Certificate path"),
        Layer::Revocation => ("吊销状态", "Revocation"),
        Layer::Time => ("时间", "Time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says_does_not_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202E}c"), "a\u{FFFD}[2Jb\u{FFFD}c");
    }

    #[test]
    fn an_unsigned_file_is_called_so_in_both_languages() {
        let report = Report {
            verdict: Verdict::Unsigned,
            verified_at: None,
            document: None,
            checks: vec![],
            signatures: vec![],
        };
        assert!(of(&report, Language::Zh).contains("没有签章"));
        assert!(of(&report, Language::En).contains("UNSIGNED"));
    }
}
