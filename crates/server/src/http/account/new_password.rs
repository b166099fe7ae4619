//! A password that is to be kept: judged, and hashed where it holds nobody up.

use contract::ErrorCode;
use domain::password::{self, Password, PasswordError};

use crate::{AppState, Problem};

/// Its Argon2id hash.
///
/// # Errors
/// `internal`.
pub async fn hash(state: &AppState, password: Password) -> Result<String, Problem> {
    let state = state.clone();
    tokio::task::spawn_blocking(move || password::hash(&password, &*state.random))
        .await
        .map_err(|_| Problem::of(ErrorCode::Internal))
}

/// Why it is not accepted.
#[must_use]
pub fn weak(error: PasswordError) -> Problem {
    let zh = match error {
        PasswordError::Length => "密码至少 10 个字符，至多 256 字节",
        PasswordError::ContainsAccountName => "密码不能包含账号",
        PasswordError::TooUniform => "密码过于简单，请混合使用字母、数字或符号",
    };
    Problem::of(ErrorCode::PasswordWeak).with_detail(zh, error.to_string())
}
