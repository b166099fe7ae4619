//! Random walks over bindings: whatever is bound, released, renewed, forced and left in whatever order, a key number has one
//! account at most, and what was written down explains what stands.

use std::collections::{BTreeMap, BTreeSet};

use catalogue::{Policies, Unbind};
use proptest::prelude::*;

use super::{Caller, Outcome, Shown, Standing, bind, log_in, may_release};
use crate::entropy::{Id, Randomness};
use crate::time::{Span, Timestamp};

const START: Timestamp = Timestamp::from_seconds(1_800_000_000);
const YEAR: Span = Span::hours(24 * 365);
const HOLDERS: [&str; 2] = ["甲", "乙"];

struct Counted(u64);
impl Randomness for Counted {
    fn fill(&self, buffer: &mut [u8]) {
        for (at, byte) in buffer.iter_mut().enumerate() {
            *byte = self.0.to_be_bytes()[at % 8];
        }
    }
}

/// What is done in one step: by which account, with which key, days later.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Bind,
    LogIn,
    Release,
    Force,
    Leave,
    /// The key gets a new certificate under its number, or under a new one.
    Renew {
        new_number: bool,
    },
    /// The key goes to another holder.
    Hand,
}

fn deed() -> impl Strategy<Value = (Deed, usize, usize, i64)> {
    let deeds = prop_oneof![
        4 => Just(Deed::Bind),
        4 => Just(Deed::LogIn),
        2 => Just(Deed::Release),
        1 => Just(Deed::Force),
        1 => Just(Deed::Leave),
        2 => any::<bool>().prop_map(|new_number| Deed::Renew { new_number }),
        1 => Just(Deed::Hand),
    ];
    (deeds, 0..3_usize, 0..4_usize, 0..200_i64)
}

/// A row as the database keeps it.
#[derive(Clone, Debug)]
struct Row {
    standing: Standing,
    previous: Option<Id>,
    ended: Option<&'static str>,
}

/// One line of the history.
#[derive(Clone, Debug)]
enum Line {
    Bound(Id, Id, String),
    Continued(Id, Id, Id, String),
    Certificate(Id),
    Ended(Id),
}

struct Register {
    policies: Policies,
    rows: Vec<Row>,
    history: Vec<Line>,
    made: u64,
}

impl Register {
    fn id(&mut self) -> Id {
        self.made += 1;
        Id::new(START, &Counted(self.made))
    }

    fn open(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.ended.is_none())
    }

    fn same_number(&self, number: &str) -> Option<Standing> {
        self.open()
            .find(|row| row.standing.key_number == number)
            .map(|row| row.standing.clone())
    }

    fn end(&mut self, id: &Id, reason: &'static str) {
        let row = self.rows.iter_mut().find(|row| row.standing.id == *id);
        row.expect("it was found").ended = Some(reason);
        self.history.push(Line::Ended(id.clone()));
    }

    fn begin(&mut self, account: &Id, shown: &Shown, previous: Option<Id>) {
        let id = self.id();
        let number = shown.key_number.clone();
        self.history.push(match &previous {
            Some(old) => Line::Continued(id.clone(), old.clone(), account.clone(), number),
            None => Line::Bound(id.clone(), account.clone(), number),
        });
        let standing = Standing {
            id,
            account: account.clone(),
            provider: shown.provider.clone(),
            key_number: shown.key_number.clone(),
            holder: shown.holder.clone(),
            certificate: shown.certificate.clone(),
            not_before: shown.not_before,
            not_after: shown.not_after,
        };
        self.rows.push(Row {
            standing,
            previous,
            ended: None,
        });
    }

    fn carry_out(&mut self, outcome: Outcome, account: &Id, shown: &Shown) {
        match outcome {
            Outcome::Stands(_) => {}
            Outcome::New => self.begin(account, shown, None),
            Outcome::RenewsCertificate(id) => {
                let row = self.rows.iter_mut().find(|row| row.standing.id == id);
                let standing = &mut row.expect("it stands").standing;
                standing.certificate.clone_from(&shown.certificate);
                standing.not_before = shown.not_before;
                standing.not_after = shown.not_after;
                self.history.push(Line::Certificate(id));
            }
            Outcome::Continues(id) => {
                let row = self.open().find(|row| row.standing.id == id);
                let account = row.expect("it stands").standing.account.clone();
                self.end(&id, "renewed");
                self.begin(&account, shown, Some(id));
            }
            Outcome::ChangesHolder(id) => {
                self.end(&id, "holder_changed");
                self.begin(account, shown, None);
            }
        }
    }

    /// Rule 1, and that the history alone gives what stands.
    fn check(&self) -> Result<(), TestCaseError> {
        let mut owners = BTreeMap::new();
        for row in self.open() {
            let before = owners.insert(&row.standing.key_number, &row.standing.account);
            prop_assert_eq!(before, None, "{} is bound twice", row.standing.key_number);
        }
        let mut told: BTreeMap<&Id, (&Id, &str)> = BTreeMap::new();
        let mut continued = BTreeSet::new();
        for line in &self.history {
            match line {
                Line::Bound(id, account, number) => {
                    told.insert(id, (account, number));
                }
                Line::Continued(id, previous, account, number) => {
                    prop_assert!(continued.insert(previous), "one row goes on in one other");
                    prop_assert!(!told.contains_key(previous), "what was renewed has ended");
                    told.insert(id, (account, number));
                }
                Line::Certificate(id) => prop_assert!(told.contains_key(id)),
                Line::Ended(id) => prop_assert!(told.remove(id).is_some()),
            }
        }
        let stands: BTreeMap<&Id, (&Id, &str)> = self
            .open()
            .map(|row| &row.standing)
            .map(|one| (&one.id, (&one.account, one.key_number.as_str())))
            .collect();
        prop_assert_eq!(stands, told);
        for row in &self.rows {
            if let Some(previous) = &row.previous {
                let old = self.rows.iter().find(|row| row.standing.id == *previous);
                let old = old.expect("a chain leads to rows");
                prop_assert_eq!(old.ended, Some("renewed"));
                prop_assert_eq!(&old.standing.holder, &row.standing.holder);
                prop_assert_eq!(&old.standing.account, &row.standing.account);
            }
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn whatever_happens_a_key_number_has_one_account_and_the_history_explains_it(
        deeds in proptest::collection::vec(deed(), 1..80),
        one_key in any::<bool>(),
        with_that_key in any::<bool>(),
    ) {
        let policies = Policies {
            one_certificate_per_account: one_key,
            unbind: if with_that_key { Unbind::WithThatKey } else { Unbind::OwnerOrAdministrator },
            ..Policies::default()
        };
        let mut register = Register { policies, rows: Vec::new(), history: Vec::new(), made: 0 };
        let accounts = [register.id(), register.id(), register.id()];
        let mut now = START;
        let mut serial = 4_u8;
        let mut keys: Vec<Shown> = (0..4_u8)
            .map(|n| Shown {
                provider: if n == 3 { "cfca" } else { "szca" }.into(),
                // The fourth has the number of the third, from another provider.
                key_number: format!("K{}", n.min(2)),
                holder: HOLDERS[usize::from(n % 2)].into(),
                certificate: vec![n],
                not_before: START,
                not_after: START + YEAR,
            })
            .collect();
        for (deed, who, which, days) in deeds {
            now = now + Span::hours(24 * days);
            let account = accounts[who].clone();
            let shown = keys[which].clone();
            let same = register.same_number(&shown.key_number);
            let all: Vec<Standing> = register.open().map(|row| row.standing.clone()).collect();
            match deed {
                Deed::Bind => {
                    let own: Vec<_> = all.iter().filter(|one| one.account == account).cloned().collect();
                    let outcome = bind(&register.policies, &account, &shown, same.as_ref(), &own, now);
                    if let Ok(outcome) = outcome {
                        prop_assert!(same.is_none_or(|one| one.account == account));
                        register.carry_out(outcome, &account, &shown);
                    }
                }
                Deed::LogIn => {
                    let candidates: Vec<_> = all.iter().filter(|one| one.holder == shown.holder).cloned().collect();
                    if let Ok(outcome) = log_in(&shown, same.as_ref(), &candidates, days % 2 == 0, now) {
                        prop_assert_ne!(&outcome, &Outcome::New, "a login binds nothing");
                        register.carry_out(outcome, &account, &shown);
                    }
                }
                Deed::Release => {
                    let Some(standing) = same else { continue };
                    let caller = Caller { account: &account, administrator: who == 0, key_number: Some(&shown.key_number).filter(|_| days % 3 == 0).map(String::as_str) };
                    if may_release(&register.policies, caller, &standing.account, &standing.key_number, now <= standing.not_after).is_ok() {
                        register.end(&standing.id, "released");
                    }
                }
                Deed::Force => if let Some(standing) = same { register.end(&standing.id, "forced") },
                Deed::Leave => for standing in all.iter().filter(|one| one.account == account) {
                    register.end(&standing.id, "left");
                },
                Deed::Renew { new_number } => {
                    serial += 1;
                    let key = &mut keys[which];
                    key.certificate = vec![serial];
                    key.not_before = now;
                    key.not_after = now + YEAR;
                    if new_number { key.key_number = format!("N{serial}"); }
                }
                Deed::Hand => {
                    serial += 1;
                    let key = &mut keys[which];
                    key.certificate = vec![serial];
                    key.holder = HOLDERS[usize::from(key.holder == HOLDERS[0])].into();
                    key.not_before = now;
                    key.not_after = now + YEAR;
                }
            }
            register.check()?;
        }
    }
}
