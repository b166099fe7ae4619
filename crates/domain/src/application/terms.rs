//! The words of an application: kinds, certificate types, states. Each has its stable word in rows and JSON.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $( $(#[$vdoc:meta])* $variant:ident $word:literal $zh:literal $en:literal; )+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $( $(#[$vdoc])* #[serde(rename = $word)] $variant, )+ }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// What people say.
            #[must_use]
            pub fn text(self) -> contract::Text {
                match self { $(Self::$variant => contract::Text::new($zh, $en)),+ }
            }

            /// The one with this word.
            #[must_use]
            pub fn of(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}
pub(super) use words;

words! {
    /// What is asked for.
    Kind {
        /// The first certificate.
        New "new" "新办" "New certificate";
        /// A further one for the same organisation.
        Additional "additional" "增加" "Additional certificate";
        /// New certificates in the same token, written by the holder.
        Renewal "renewal" "续期" "Renewal";
        /// The company's name or another field changed.
        Change "change" "变更" "Change";
        /// The PIN is locked.
        Unlock "unlock" "解锁" "Unlock";
        /// The key is lost or broken: the old one is revoked, a new one is made.
        Replacement "replacement" "补办" "Replacement";
        /// The certificates end for good.
        Revocation "revocation" "吊销" "Revocation";
        /// The certificates rest.
        Suspension "suspension" "挂起" "Suspension";
        /// They count again.
        Resumption "resumption" "解除挂起" "Resumption";
    }
}

words! {
    /// Whose certificate it is.
    Type {
        /// 机构.
        Organisation "organisation" "机构证书" "Organisation";
        /// 机构业务.
        Business "business" "机构业务证书" "Business seal of an organisation";
        /// 法人.
        LegalRepresentative "legal_representative" "法人证书" "Legal representative";
        /// 经办人.
        Handler "handler" "经办人证书" "Handler";
    }
}

words! {
    /// Where an application stands.
    State {
        /// Being written.
        Draft "draft" "草稿" "Draft";
        /// Waits for the review.
        Submitted "submitted" "待审核" "Waiting for review";
        /// Sent back with marks.
        Returned "returned" "退回补正" "Returned for correction";
        /// Ended by a reviewer.
        Rejected "rejected" "驳回" "Rejected";
        /// Waits for money.
        AwaitingPayment "awaiting_payment" "待支付" "Waiting for payment";
        /// A voucher waits for finance.
        PaymentReview "payment_review" "待财务确认" "Payment being confirmed";
        /// Waits for the second person.
        SecondReview "second_review" "待复核" "Waiting for second review";
        /// Waits for the stamped papers.
        AwaitingOriginals "awaiting_originals" "待收原件" "Waiting for the originals";
        /// Waits for its key to be made, or for the CA to do what was approved.
        Production "production" "待制证" "Waiting for production";
        /// The key is made and was read back.
        Produced "produced" "已制证" "Produced";
        /// Packed: waits for the courier, or to be fetched.
        Shipping "shipping" "待寄出/自取" "Ready to be sent or picked up";
        /// On its way.
        Shipped "shipped" "待收货" "On its way";
        /// The holder has it: it may be bound.
        Active "active" "已生效" "In effect";
        /// Taken back by the applicant.
        Withdrawn "withdrawn" "已撤回" "Withdrawn";
        /// The holder writes or unlocks it.
        Writing "writing" "待写入" "Waiting to be written by the holder";
        /// Revoked, suspended, resumed or unlocked.
        Closed "closed" "已办结" "Done";
    }
}

words! {
    /// Whether money comes before or after the first review.
    PaymentOrder {
        /// 先付款后审核.
        BeforeReview "before_review" "审核前支付" "before the review";
        /// 先审核后付款.
        AfterReview "after_review" "审核后支付" "after the review";
    }
}

words! {
    /// How it came.
    Way {
        /// 线上.
        Online "online" "线上" "Online";
        /// 现场: an operator entered it, the originals lay before them.
        Counter "counter" "现场" "At the counter";
        /// 邮寄.
        Mail "mail" "邮寄" "By mail";
    }
}

impl Kind {
    /// Whether a key is made by an operator and sent.
    #[must_use]
    pub const fn is_produced(self) -> bool {
        matches!(
            self,
            Self::New | Self::Additional | Self::Change | Self::Replacement
        )
    }

    /// Whether it is about a key that exists, whose number it names.
    #[must_use]
    pub const fn names_a_key(self) -> bool {
        !matches!(self, Self::New | Self::Additional)
    }

    /// Whether a key goes out of use by it, or its encryption certificate becomes another: open business may be disturbed.
    #[must_use]
    pub const fn interrupts(self) -> bool {
        matches!(
            self,
            Self::Renewal | Self::Change | Self::Replacement | Self::Revocation | Self::Suspension
        )
    }

    /// Whether certificates come of it.
    #[must_use]
    pub const fn issues(self) -> bool {
        self.is_produced() || matches!(self, Self::Renewal)
    }
}

impl State {
    /// Whether nothing can follow any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Rejected | Self::Active | Self::Withdrawn | Self::Closed
        )
    }

    /// What people say of this state in an application of this kind: an unlock waits for nobody's 制证.
    #[must_use]
    pub fn text_for(self, kind: Kind) -> contract::Text {
        match (self, kind) {
            (Self::Writing, Kind::Unlock) => {
                contract::Text::new("待解锁", "Waiting to be unlocked")
            }
            (Self::Production, Kind::Revocation | Kind::Suspension | Kind::Resumption) => {
                contract::Text::new("待执行", "Being carried out")
            }
            _ => self.text(),
        }
    }
}
