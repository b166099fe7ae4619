//! 消息 in words, for mail: pages have their own sentences, a letter needs these. Chinese first, English below.

use serde_json::Value;

/// Subject and text of a letter for a notice; nothing for a kind that is not sent by mail.
#[must_use]
pub fn letter(kind: &str, facts: &Value) -> Option<(String, String)> {
    let fact = |name: &str| match &facts[name] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => "-".to_owned(),
    };
    let (number, end) = (fact("key_number"), fact("not_after"));
    let (subject, zh, en) = match kind {
        "certificate_ending" => (
            "证书即将到期",
            format!(
                "CA 锁 {number} 的证书将于 {end} 到期（剩余不足 {} 天），请及时续期。",
                fact("days")
            ),
            format!("The certificate of key {number} ends at {end}. Renew it in time."),
        ),
        "login_risk" => (
            "账户在新的设备或地点登录",
            format!(
                "您的账户于 {} 自 {} 登录。如非本人操作，请立即修改密码。",
                fact("at"),
                fact("address")
            ),
            format!(
                "Your account was logged in at {} from {}. Change the password if it was not you.",
                fact("at"),
                fact("address")
            ),
        ),
        "binding_created" => (
            "CA 锁已绑定",
            format!("CA 锁 {number} 已由 {} 绑定到您的账户。", fact("by")),
            format!("Key {number} was bound to your account."),
        ),
        "binding_renewed" => (
            "CA 锁已随续期更新绑定",
            format!("续期后的 CA 锁 {number} 已自动绑定到您的账户，有效期至 {end}。"),
            format!("The renewed key {number} was bound to your account; it ends at {end}."),
        ),
        "binding_ended" => (
            "CA 锁已解除绑定",
            format!("CA 锁 {number} 已由 {} 解除绑定。", fact("by")),
            format!("Key {number} was released."),
        ),
        "forced_unbinding_against" => (
            "有人申请强制解绑您的 CA 锁",
            format!(
                "{} 申请强制解绑 CA 锁 {number}。如有异议，请登录平台在等待期内提出。",
                fact("requested_by")
            ),
            format!(
                "{} asks for a forced unbinding of key {number}. Object within the waiting time.",
                fact("requested_by")
            ),
        ),
        "deadline_near" => (
            "截止时间临近",
            format!(
                "“{}”将于 {} 截止，请提前确认 CA 锁可用。",
                fact("name"),
                fact("at")
            ),
            format!(
                "“{}” ends at {}. Check your key before.",
                fact("name"),
                fact("at")
            ),
        ),
        "organisation_request" => (
            "单位申请有新的进展",
            "您单位提交的申请有新的审核结果，请登录平台查看。".to_owned(),
            "A request of your organisation was reviewed. Log in to see it.".to_owned(),
        ),
        _ => return None,
    };
    Some((subject.to_owned(), format!("{zh}\n\n{en}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_says_what_happened_in_both_languages() {
        let facts = serde_json::json!({ "key_number": "SZ-1", "not_after": "2027-02-01T00:00:00Z", "days": 30 });
        let (subject, text) = letter("certificate_ending", &facts).unwrap();
        assert_eq!(subject, "证书即将到期");
        assert!(text.contains("SZ-1") && text.contains("不足 30 天") && text.contains("Renew it"));
        assert_eq!(letter("unheard_of", &facts), None);
    }
}
