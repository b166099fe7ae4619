//! Names and the subtrees that constrain them, form by form (RFC 5280 §4.2.1.10).

use crate::asn1::{Element, tag};
use crate::{Name, Oid, ParseError};

const WHAT: &str = "general name";
/// id-on-SmtpUTF8Mailbox (RFC 9598): a mailbox that stands under otherName.
const SMTP_UTF8_MAILBOX: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.8.9");

/// A form of GeneralName.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Directory,
    Dns,
    Mail,
    Uri,
    Ip,
    /// A form that is not processed here, by its identifier octet.
    Other(u8),
}

impl Form {
    const fn of(tag: u8) -> Self {
        match tag {
            0xa4 => Self::Directory,
            0x81 => Self::Mail,
            0x82 => Self::Dns,
            0x86 => Self::Uri,
            0x87 => Self::Ip,
            other => Self::Other(other),
        }
    }
}

/// A name that a certificate certifies. Text forms are held in the lower case that they are compared in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    Directory(Name),
    Dns(String),
    /// Local part as it stands, and host.
    Mail(String, String),
    /// The host of the authority.
    Uri(String),
    Ip(Vec<u8>),
    /// Of this form, and nothing can be said of where it lies: not processed, or not well-formed.
    Opaque(Form),
}

impl Subject {
    /// Reads a GeneralName of subjectAltName. What is not well-formed becomes opaque: only a constraint on
    /// its form minds.
    pub fn read(name: &Element<'_>) -> Result<Self, ParseError> {
        let form = Form::of(name.tag());
        let text = || {
            core::str::from_utf8(name.value())
                .ok()
                .filter(|t| t.is_ascii())
        };
        let read = match form {
            Form::Directory => Some(Self::Directory(Name::from_element(
                &name.explicit(4, WHAT)?,
            )?)),
            Form::Dns => text().and_then(host).map(Self::Dns),
            Form::Mail => text().and_then(Self::mailbox),
            Form::Uri => text().and_then(authority_host).map(Self::Uri),
            Form::Ip => {
                let octets = name.value();
                matches!(octets.len(), 4 | 16).then(|| Self::Ip(octets.to_vec()))
            }
            Form::Other(_) => {
                let mut fields = crate::asn1::Elements::new(name.value(), WHAT)?;
                let mailbox = name.tag() == tag::context_constructed(0)
                    && fields.oid().is_ok_and(|oid| oid == SMTP_UTF8_MAILBOX);
                // A constraint on rfc822Name holds for it as well, and is not worked out here.
                mailbox.then_some(Self::Opaque(Form::Mail))
            }
        };
        Ok(read.unwrap_or(Self::Opaque(form)))
    }

    /// The mailbox `local@host`.
    pub fn mailbox(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        let sound = !local.is_empty() && !local.contains('@');
        sound.then(|| host(domain).map(|domain| Self::Mail(local.to_owned(), domain)))?
    }

    pub const fn form(&self) -> Form {
        match self {
            Self::Directory(_) => Form::Directory,
            Self::Dns(_) => Form::Dns,
            Self::Mail(..) => Form::Mail,
            Self::Uri(_) => Form::Uri,
            Self::Ip(_) => Form::Ip,
            Self::Opaque(form) => *form,
        }
    }
}

/// The base of a GeneralSubtree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Base {
    Directory(Name),
    Dns(Domain),
    /// One mailbox.
    Mailbox(String, String),
    /// All mailboxes of a host or of the hosts in a domain.
    MailHost(Domain),
    Uri(Domain),
    /// Address and mask, of one length.
    Ip(Vec<u8>, Vec<u8>),
    Other(Form),
}

impl Base {
    /// Reads the base of a subtree.
    ///
    /// # Errors
    /// Not well-formed, a mask with a gap among them: nothing can then be said of what it constrains.
    pub fn read(base: &Element<'_>) -> Result<Self, ParseError> {
        const BAD: ParseError = ParseError::Malformed("nameConstraints");
        let text = || {
            let text = core::str::from_utf8(base.value()).ok();
            text.filter(|text| text.is_ascii()).ok_or(BAD)
        };
        let domain = |text| Domain::read(text).ok_or(BAD);
        Ok(match Form::of(base.tag()) {
            Form::Directory => Self::Directory(Name::from_element(&base.explicit(4, WHAT)?)?),
            Form::Dns => Self::Dns(domain(text()?)?),
            Form::Uri => Self::Uri(domain(text()?)?),
            Form::Mail => match text()? {
                mailbox if mailbox.contains('@') => match Subject::mailbox(mailbox) {
                    Some(Subject::Mail(local, host)) => Self::Mailbox(local, host),
                    _ => return Err(BAD),
                },
                other => Self::MailHost(domain(other)?),
            },
            Form::Ip => {
                let octets = base.value();
                let (address, mask) = octets.split_at(octets.len() / 2);
                if !matches!(octets.len(), 8 | 32) || !is_prefix(mask) {
                    return Err(BAD);
                }
                Self::Ip(address.to_vec(), mask.to_vec())
            }
            form @ Form::Other(_) => Self::Other(form),
        })
    }

    pub const fn form(&self) -> Form {
        match self {
            Self::Directory(_) => Form::Directory,
            Self::Dns(_) => Form::Dns,
            Self::Mailbox(..) | Self::MailHost(_) => Form::Mail,
            Self::Uri(_) => Form::Uri,
            Self::Ip(..) => Form::Ip,
            Self::Other(form) => *form,
        }
    }

    /// Whether all of what `name` stands for lies in the subtree.
    pub fn holds(&self, name: &Subject) -> bool {
        match (self, name) {
            (Self::Directory(base), Subject::Directory(name)) => name.is_within(base),
            // A host name lies below itself: labels are added on its left.
            (Self::Dns(base), Subject::Dns(name)) => base.is(name) || base.is_above(name),
            (Self::Mailbox(local, host), Subject::Mail(name, at)) => (local, host) == (name, at),
            (Self::MailHost(base), Subject::Mail(_, host))
            | (Self::Uri(base), Subject::Uri(host)) => base.holds_host(host),
            (Self::Ip(base, mask), Subject::Ip(name)) => {
                base.len() == name.len()
                    && base
                        .iter()
                        .zip(name)
                        .zip(mask)
                        .all(|((b, n), m)| (b ^ n) & m == 0)
            }
            _ => false,
        }
    }

    /// Whether any of what `name` stands for lies in the subtree: more than [`Self::holds`] for a wildcard.
    pub fn touches(&self, name: &Subject) -> bool {
        let wildcard = match (self, name) {
            (Self::Dns(base), Subject::Dns(name)) => name
                .strip_prefix("*.")
                .is_some_and(|parent| base.is_one_label_below(parent)),
            _ => false,
        };
        wildcard || self.holds(name)
    }
}

/// The domain of a constraint: with a point in front only what lies below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Domain {
    /// In lower case, without the point; empty is the root.
    name: String,
    below: bool,
}

impl Domain {
    fn read(text: &str) -> Option<Self> {
        let (name, below) = match text.strip_prefix('.') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let name = match name {
            // All names; a lone point is no domain.
            "" if !below => String::new(),
            name => host(name).filter(|name| !name.contains('*'))?,
        };
        Some(Self { name, below })
    }

    fn is(&self, host: &str) -> bool {
        !self.below && self.name == host
    }

    fn is_above(&self, host: &str) -> bool {
        let rest = host.strip_suffix(self.name.as_str());
        self.name.is_empty() || rest.is_some_and(|rest| rest.ends_with('.'))
    }

    /// Hosts of mailboxes and addresses: the host itself without a point in front, else those below.
    fn holds_host(&self, host: &str) -> bool {
        self.is(host) || ((self.below || self.name.is_empty()) && self.is_above(host))
    }

    fn is_one_label_below(&self, parent: &str) -> bool {
        let label = self
            .name
            .strip_suffix(parent)
            .and_then(|rest| rest.strip_suffix('.'));
        !self.below && label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
    }
}

/// A host name of labels, in lower case; `*` as the whole first label is let through.
fn host(text: &str) -> Option<String> {
    let sound = |(index, label): (usize, &str)| {
        let wildcard = index == 0 && label == "*";
        let usual = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_';
        wildcard || (!label.is_empty() && label.bytes().all(usual))
    };
    let all = text.len() <= 253 && text.split('.').enumerate().all(sound);
    all.then(|| text.to_ascii_lowercase())
}

/// The host of `scheme://user@host:port/…`; an address or no authority at all is none (RFC 5280 has such
/// names refused under a constraint).
fn authority_host(uri: &str) -> Option<String> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let place = authority
        .rsplit_once('@')
        .map_or(authority, |(_, place)| place);
    let name = match place.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => name,
        Some(_) => return None,
        None => place,
    };
    let address = name
        .rsplit('.')
        .next()?
        .bytes()
        .all(|octet| octet.is_ascii_digit());
    (!address && !name.contains('*')).then(|| host(name))?
}

/// Ones, then zeros.
fn is_prefix(mask: &[u8]) -> bool {
    let ones: u32 = mask.iter().map(|octet| octet.leading_ones()).sum();
    let all: u32 = mask.iter().map(|octet| octet.count_ones()).sum();
    let mut rest = mask.iter().skip_while(|octet| **octet == 0xff).skip(1);
    ones == all && rest.all(|octet| *octet == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::write;

    fn holds(number: u8, base: &[u8], name: &[u8]) -> bool {
        let (base, name) = parts(number, base, name);
        base.expect("a base").holds(&name)
    }

    fn parts(number: u8, base: &[u8], name: &[u8]) -> (Result<Base, ParseError>, Subject) {
        let of = |value| write::element(tag::context(number), value);
        let (base, name) = (of(base), of(name));
        let element = |der| Element::parse(der, WHAT).expect("DER");
        let name = Subject::read(&element(&name)).expect("a name");
        (Base::read(&element(&base)), name)
    }

    #[test]
    fn a_host_name_lies_below_itself_by_whole_labels() {
        for (base, name, expected) in [
            ("example.cn", "example.cn", true),
            ("example.cn", "a.b.EXAMPLE.cn", true),
            ("example.cn", "badexample.cn", false),
            ("example.cn", "cn", false),
            (".example.cn", "example.cn", false),
            (".example.cn", "a.example.cn", true),
            ("", "anything.test", true),
            ("example.cn", "*.example.cn", true),
            ("a.example.cn", "*.example.cn", false),
            ("example.cn", "example.cn.", false),
            ("example.cn", "a..example.cn", false),
        ] {
            assert_eq!(
                holds(2, base.as_bytes(), name.as_bytes()),
                expected,
                "{base} {name}"
            );
        }
    }

    #[test]
    fn a_wildcard_touches_what_one_label_in_its_place_reaches() {
        for (base, expected) in [
            ("a.example.cn", true),
            ("a.b.example.cn", false),
            ("cn", true),
        ] {
            let (base, name) = parts(2, base.as_bytes(), b"*.example.cn");
            assert_eq!(base.expect("a base").touches(&name), expected);
        }
    }

    #[test]
    fn mailboxes_are_constrained_by_mailbox_host_or_domain() {
        for (base, name, expected) in [
            ("a@example.cn", "a@EXAMPLE.cn", true),
            ("a@example.cn", "A@example.cn", false),
            ("example.cn", "a@example.cn", true),
            ("example.cn", "a@b.example.cn", false),
            (".example.cn", "a@b.example.cn", true),
            (".example.cn", "a@example.cn", false),
            ("example.cn", "a@b@example.cn", false),
            ("example.cn", "@example.cn", false),
            ("", "a@b", true),
        ] {
            assert_eq!(
                holds(1, base.as_bytes(), name.as_bytes()),
                expected,
                "{base} {name}"
            );
        }
    }

    #[test]
    fn addresses_are_constrained_by_the_host_of_their_authority() {
        for (base, name, expected) in [
            ("example.cn", "http://example.cn/x", true),
            ("example.cn", "http://user@Example.cn:80?x", true),
            ("example.cn", "http://a.example.cn/", false),
            (".example.cn", "ldap://a.example.cn/o=x", true),
            (".example.cn", "http://evil.test/.example.cn", false),
            (".example.cn", "http://evil.test#@a.example.cn", false),
        ] {
            assert_eq!(
                holds(6, base.as_bytes(), name.as_bytes()),
                expected,
                "{base} {name}"
            );
        }
        for opaque in [
            "urn:x:y",
            "http://192.0.2.1/",
            "http://[::1]/",
            "http://a.cn:x/",
            "mailto:a@b.cn",
        ] {
            let (_, name) = parts(6, b"", opaque.as_bytes());
            assert_eq!(name, Subject::Opaque(Form::Uri), "{opaque}");
        }
    }

    #[test]
    fn ip_addresses_are_constrained_by_a_prefix_of_their_own_family() {
        let net = [192, 0, 2, 0, 255, 255, 255, 128];
        assert!(holds(7, &net, &[192, 0, 2, 127]));
        assert!(!holds(7, &net, &[192, 0, 2, 128]));
        assert!(!holds(7, &net, &[0; 16]));
        for odd in [
            &[192, 0, 2, 0, 255, 0, 255, 0][..],
            &[1, 2, 3, 4, 0, 255, 0, 0],
            &[0; 7],
        ] {
            assert!(parts(7, odd, &[0; 4]).0.is_err());
        }
        assert_eq!(parts(7, &net, &[0; 5]).1, Subject::Opaque(Form::Ip));
    }

    #[test]
    fn a_mailbox_under_other_name_is_a_mailbox_that_nothing_is_known_of() {
        let value = write::explicit(0, &write::utf8_string("甲@example.cn"));
        let other = [write::oid(&SMTP_UTF8_MAILBOX), value].concat();
        let name = write::element(tag::context_constructed(0), &other);
        let name = Subject::read(&Element::parse(&name, WHAT).expect("DER")).expect("a name");
        assert_eq!(name, Subject::Opaque(Form::Mail));
    }
}
