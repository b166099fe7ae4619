//! 联系客服: a ticket, whom it goes to, and what may happen to it.
//!
//! A ticket is open until somebody of the platform answers, answered until the asker writes again or closes it, and
//! closed for good. The platform's desk sees every ticket; one that concerns a CA says which, so that the desk and the
//! asker know whom to call.

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for the desk.
    Open,
    /// It waits for the asker.
    Answered,
    /// It is over.
    Closed,
}

impl State {
    /// The word in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Open, Self::Answered, Self::Closed]
            .into_iter()
            .find(|state| state.as_str() == name)
    }

    /// After somebody wrote; nothing where nobody may any more.
    #[must_use]
    pub const fn after_words_of(self, who: Who) -> Option<Self> {
        match (self, who) {
            (Self::Closed, _) => None,
            (_, Who::Desk) => Some(Self::Answered),
            (_, Who::Asker) => Some(Self::Open),
        }
    }
}

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever opened it.
    Asker,
    /// The platform's operators.
    Desk,
}

/// Whom a ticket concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The platform.
    Platform,
    /// The CA of the key.
    Ca,
}

impl Route {
    /// The word in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Ca => "ca",
        }
    }

    /// What lies in the key, its certificate and its driver only the CA can mend, where it is known which. For the CAs
    /// that a platform sells itself it answers: 我平台办理的 CA 由平台提供技术服务.
    #[must_use]
    pub const fn of(concerns_ca: bool, provider_known: bool, sold_here: bool) -> Self {
        if concerns_ca && provider_known && !sold_here {
            Self::Ca
        } else {
            Self::Platform
        }
    }
}

/// How it ended, as the asker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The asker mended it by the steps that were shown.
    Myself,
    /// The answer helped.
    Helped,
    /// It is as it was.
    Not,
}

impl Resolution {
    /// The word in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Myself => "self",
            Self::Helped => "helped",
            Self::Not => "not",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Myself, Self::Helped, Self::Not]
            .into_iter()
            .find(|resolution| resolution.as_str() == name)
    }
}

/// How the asker can be reached; at least one of the three.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// A telephone number.
    pub phone: String,
    /// A QQ number.
    pub qq: String,
    /// A 微信 name.
    pub wechat: String,
}

/// What is wrong with a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactFault {
    /// None of the three.
    Nothing,
    /// No telephone number.
    Phone,
    /// No QQ number: 5 to 11 digits.
    Qq,
    /// No 微信 name: 6 to 20 letters, digits, `_`, `-`, or a telephone number.
    Wechat,
}

impl Contact {
    /// Reads the three fields as people type them.
    ///
    /// # Errors
    /// [`ContactFault`].
    pub fn read(phone: &str, qq: &str, wechat: &str) -> Result<Self, ContactFault> {
        let plain = |text: &str| -> String {
            text.chars()
                .filter(|c| !c.is_whitespace() && *c != '-')
                .collect()
        };
        let contact = Self {
            phone: plain(phone),
            qq: qq.trim().to_owned(),
            wechat: wechat.trim().to_owned(),
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let of_wechat = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        let dialled = contact.phone.strip_prefix('+').unwrap_or(&contact.phone);
        let phone = digits(dialled) && (7..=15).contains(&dialled.len());
        let qq = digits(&contact.qq) && (5..=11).contains(&contact.qq.len());
        let wechat =
            contact.wechat.bytes().all(of_wechat) && (6..=20).contains(&contact.wechat.len());
        for (given, shaped, fault) in [
            (&contact.phone, phone, ContactFault::Phone),
            (&contact.qq, qq, ContactFault::Qq),
            (&contact.wechat, wechat, ContactFault::Wechat),
        ] {
            if !given.is_empty() && !shaped {
                return Err(fault);
            }
        }
        if contact == Self::default() {
            return Err(ContactFault::Nothing);
        }
        Ok(contact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_open_and_answer_a_ticket_until_it_is_closed() {
        assert_eq!(State::Open.after_words_of(Who::Desk), Some(State::Answered));
        assert_eq!(
            State::Answered.after_words_of(Who::Asker),
            Some(State::Open)
        );
        assert_eq!(State::Closed.after_words_of(Who::Asker), None);
        assert_eq!(State::Closed.after_words_of(Who::Desk), None);
        for state in [State::Open, State::Answered, State::Closed] {
            assert_eq!(State::from_name(state.as_str()), Some(state));
        }
    }

    #[test]
    fn a_ticket_goes_to_the_ca_only_where_it_is_known_and_not_the_platforms_own() {
        assert_eq!(Route::of(true, true, false), Route::Ca);
        assert_eq!(Route::of(true, true, true), Route::Platform);
        assert_eq!(Route::of(true, false, false), Route::Platform);
        assert_eq!(Route::of(false, true, false), Route::Platform);
    }

    #[test]
    fn one_way_to_be_reached_is_enough_and_nonsense_is_none() {
        assert_eq!(
            Contact::read("138-0013 8000", "", "").unwrap().phone,
            "13800138000"
        );
        assert!(Contact::read("0592-1234567", "", "").is_ok());
        assert!(Contact::read("", "12837465", "").is_ok());
        assert!(Contact::read("", "", "wx_lin-2026").is_ok());
        for (phone, qq, wechat, fault) in [
            ("", " ", "", ContactFault::Nothing),
            ("abc", "", "", ContactFault::Phone),
            ("123", "", "", ContactFault::Phone),
            ("", "12x", "", ContactFault::Qq),
            ("", "", "微信", ContactFault::Wechat),
        ] {
            assert_eq!(Contact::read(phone, qq, wechat), Err(fault));
        }
    }
}
