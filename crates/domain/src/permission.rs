//! What a role of an organisation may do: one table, which every change asks.
//!
//! Reading is everybody's, and so is what is one's own (sessions, password, notices, a ticket). Whether somebody may do it
//! to *this* thing, say bind a key for another, is said where the thing is known.

/// The roles of an organisation's people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// 管理员.
    Administrator,
    /// 经办人.
    Handler,
    /// 印章保管人.
    SealKeeper,
    /// 财务.
    Finance,
    /// 只读.
    Reader,
}

/// What a change asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// What is one's own alone, and asking for help.
    Own,
    /// 上传: documents.
    Upload,
    /// 签章: putting seals on documents, taking them back, submitting.
    Seal,
    /// 申领: applications for keys and their papers.
    Apply,
    /// 缴费: payments, vouchers and invoices.
    Pay,
    /// 绑定: binding and unbinding, with forced unbinding.
    Bind,
    /// 账户管理 and 部门管理.
    ManagePeople,
    /// The organisation's own data and regions.
    ManageOrganisation,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::Administrator,
        Self::Handler,
        Self::SealKeeper,
        Self::Finance,
        Self::Reader,
    ];

    /// The word in the database and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Handler => "handler",
            Self::SealKeeper => "seal_keeper",
            Self::Finance => "finance",
            Self::Reader => "reader",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// Whether the role has a permission.
    #[must_use]
    pub const fn may(self, permission: Permission) -> bool {
        use Permission::{Apply, Bind, Own, Pay, Seal, Upload};
        match self {
            Self::Administrator => true,
            Self::Handler => matches!(permission, Own | Upload | Seal | Apply | Pay | Bind),
            Self::SealKeeper => matches!(permission, Own | Upload | Seal | Bind),
            Self::Finance => matches!(permission, Own | Pay | Bind),
            Self::Reader => matches!(permission, Own),
        }
    }

    /// What people say.
    #[must_use]
    pub fn text(self) -> contract::Text {
        match self {
            Self::Administrator => contract::Text::new("管理员", "administrator"),
            Self::Handler => contract::Text::new("经办人", "handler"),
            Self::SealKeeper => contract::Text::new("印章保管人", "seal keeper"),
            Self::Finance => contract::Text::new("财务", "finance"),
            Self::Reader => contract::Text::new("只读", "read-only"),
        }
    }
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 8] = [
        Self::Own,
        Self::Upload,
        Self::Seal,
        Self::Apply,
        Self::Pay,
        Self::Bind,
        Self::ManagePeople,
        Self::ManageOrganisation,
    ];

    /// What people say.
    #[must_use]
    pub fn text(self) -> contract::Text {
        match self {
            Self::Own => contract::Text::new("办理本人事务", "see to what is their own"),
            Self::Upload => contract::Text::new("上传文件", "upload documents"),
            Self::Seal => contract::Text::new("签章", "seal documents"),
            Self::Apply => contract::Text::new("申领 CA", "apply for keys"),
            Self::Pay => contract::Text::new("缴费和开票", "pay or ask for invoices"),
            Self::Bind => contract::Text::new("绑定或解绑 CA", "bind or unbind keys"),
            Self::ManagePeople => contract::Text::new("管理账户和部门", "manage people"),
            Self::ManageOrganisation => {
                contract::Text::new("变更单位信息", "change the organisation's data")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrator_may_everything_and_a_reader_what_is_their_own() {
        for permission in Permission::ALL {
            assert!(Role::Administrator.may(permission));
            assert_eq!(Role::Reader.may(permission), permission == Permission::Own);
        }
    }

    #[test]
    fn who_keeps_the_seal_does_not_pay_and_who_pays_does_not_seal() {
        assert!(Role::SealKeeper.may(Permission::Seal) && !Role::SealKeeper.may(Permission::Pay));
        assert!(Role::Finance.may(Permission::Pay) && !Role::Finance.may(Permission::Seal));
        assert!(!Role::Finance.may(Permission::Upload) && !Role::Finance.may(Permission::Apply));
    }

    #[test]
    fn nobody_but_an_administrator_manages() {
        for role in Role::ALL {
            let manages =
                role.may(Permission::ManagePeople) || role.may(Permission::ManageOrganisation);
            assert_eq!(manages, role == Role::Administrator);
            assert_eq!(Role::of(role.word()), Some(role));
        }
    }
}
