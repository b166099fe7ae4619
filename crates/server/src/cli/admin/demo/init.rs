//! `yinxin admin demo init`: authorities, anchors, organisations and accounts on both platforms.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use clap::Args;
use domain::application::Duty;
use domain::audit::Entry;
use domain::password::{self, Password};
use domain::{Clock as _, Id, Timestamp};
use pki::Certificate;
use serde_json::{Value, json};
use store::accounts::{self, NewAccount, NewOrganisation, departments};
use store::operators::{self, NewOperator};
use store::{Deed, StoreError, Tx};

use super::{Demo, DemoError, Place};
use crate::cli::serve::StartError;
use crate::system::{SystemClock, SystemRandomness};

/// Options of the step.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) place: Place,
    /// Makes the authority of this provider only; may be given several times. By default those of all providers.
    #[arg(long = "provider", value_name = "ID")]
    providers: Vec<String>,
}

/// The password of every demonstration account.
const PASSWORD: &str = "Yinxin-2026";
/// The platforms that the demonstration has accounts on.
const PLATFORMS: [&str; 2] = ["gongecai", "zcygov"];

struct DemoAccount {
    name: &'static str,
    person: &'static str,
    phone: &'static str,
    role: &'static str,
    organisation: &'static str,
    uscc: &'static str,
}

/// The first account of an organisation registers it.
const ACCOUNTS: [DemoAccount; 6] = [
    DemoAccount {
        name: "demo",
        person: "林演示",
        phone: "13800000001",
        role: "administrator",
        organisation: "演示供应商甲有限公司",
        uscc: "91350200MA0000015A",
    },
    DemoAccount {
        name: "demo2",
        person: "王演示",
        phone: "13800000002",
        role: "handler",
        organisation: "演示供应商甲有限公司",
        uscc: "91350200MA0000015A",
    },
    DemoAccount {
        name: "demo3",
        person: "许保管",
        phone: "13800000004",
        role: "seal_keeper",
        organisation: "演示供应商甲有限公司",
        uscc: "91350200MA0000015A",
    },
    DemoAccount {
        name: "demo4",
        person: "钱财务",
        phone: "13800000005",
        role: "finance",
        organisation: "演示供应商甲有限公司",
        uscc: "91350200MA0000015A",
    },
    DemoAccount {
        name: "demo5",
        person: "孙查阅",
        phone: "13800000006",
        role: "reader",
        organisation: "演示供应商甲有限公司",
        uscc: "91350200MA0000015A",
    },
    DemoAccount {
        name: "other",
        person: "陈演示",
        phone: "13800000003",
        role: "administrator",
        organisation: "演示供应商乙有限公司",
        uscc: "91350200MA00000235",
    },
];

/// Departments of the first organisation: name, what it is a part of, who is in it.
const DEPARTMENTS: [(&str, Option<&str>, &[&str]); 4] = [
    ("综合管理部", None, &["demo", "demo3"]),
    ("市场经营部", None, &[]),
    ("投标组", Some("市场经营部"), &["demo2", "demo5"]),
    ("财务部", None, &["demo4"]),
];

struct DemoOperator {
    name: &'static str,
    person: &'static str,
    phone: &'static str,
    duty: Option<Duty>,
}

const fn desk(
    name: &'static str,
    person: &'static str,
    phone: &'static str,
    duty: Duty,
) -> DemoOperator {
    DemoOperator {
        name,
        person,
        phone,
        duty: Some(duty),
    }
}

/// 平台运营 and the desks of the demonstration, on both platforms: one person a duty, as rule 10 wants it.
const OPERATORS: [DemoOperator; 8] = [
    DemoOperator {
        name: "operator",
        person: "周运营",
        phone: "13800000009",
        duty: None,
    },
    desk("luru", "吴录入", "13800000011", Duty::Intake),
    desk("shenhe", "郑审核", "13800000012", Duty::Review),
    desk("fuhe", "冯复核", "13800000013", Duty::SecondReview),
    desk("zhizheng", "褚制证", "13800000014", Duty::Production),
    desk("fahuo", "卫发货", "13800000015", Duty::Dispatch),
    desk("caiwu", "蒋财务", "13800000016", Duty::Finance),
    desk("shenji", "沈审计", "13800000017", Duty::Audit),
];

/// Makes what is missing, and tells everything that is there.
pub(super) async fn perform(demo: &Demo, arguments: &Arguments) -> Result<Value, DemoError> {
    let profiles = if arguments.providers.is_empty() {
        issuer::demo_profiles()?
    } else {
        let named = arguments.providers.iter().map(|id| super::profile(id));
        named.collect::<Result<_, _>>()?
    };
    let mut providers = Vec::new();
    for profile in profiles {
        demo.establish(&profile).await?;
        providers.push(
            json!({ "id": profile.id, "root": profile.root.id, "issuing": profile.issuing.id }),
        );
    }
    let mut listed = Vec::new();
    let password_hash = password::hash(&Password::new(PASSWORD.to_owned()), &SystemRandomness);
    for platform in PLATFORMS {
        for account in &ACCOUNTS {
            let now = SystemClock.now();
            let new_id = || Id::new(now, &SystemRandomness);
            let deed = Enrol {
                platform,
                account,
                password_hash: &password_hash,
                ids: [new_id(), new_id(), new_id()],
                now,
            };
            let Ok(()) = demo.store.perform(&deed).await?;
            listed.push(json!({
                "name": account.name,
                "password": PASSWORD,
                "role": account.role,
                "organisation": account.organisation,
                "uscc": account.uscc,
                "person": account.person,
                "platform": platform,
            }));
        }
        let now = SystemClock.now();
        let deed = Arrange {
            platform,
            ids: std::array::from_fn(|_| Id::new(now, &SystemRandomness)),
            now,
        };
        let Ok(()) = demo.store.perform(&deed).await?;
        for operator in &OPERATORS {
            let now = SystemClock.now();
            let deed = Appoint {
                platform,
                operator,
                password_hash: &password_hash,
                ids: [
                    Id::new(now, &SystemRandomness),
                    Id::new(now, &SystemRandomness),
                ],
                now,
            };
            let Ok(()) = demo.store.perform(&deed).await?;
            // An operator has no organisation; the fields stay, empty, for programs that print a table.
            listed.push(json!({
                "name": operator.name,
                "password": PASSWORD,
                "role": "operator",
                "organisation": "",
                "uscc": "",
                "person": operator.person,
                "platform": platform,
                "duties": operator.duty.map(|duty| vec![duty]).unwrap_or_default(),
            }));
        }
    }
    Ok(json!({ "providers": providers, "accounts": listed }))
}

/// Writes `anchors/<id>.pem`, whole or not at all.
pub(super) fn write_anchor(
    data: &Path,
    id: &str,
    certificate: &Certificate,
) -> Result<(), StartError> {
    let folder = data.join("anchors");
    let path = folder.join(format!("{id}.pem"));
    let pem = certificate.to_pem();
    if fs::read_to_string(&path).is_ok_and(|known| known == pem) {
        return Ok(());
    }
    let write = || {
        fs::create_dir_all(&folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        file.write_all(pem.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(StartError::io(format!("writing {}", path.display())))
}

/// An organisation with an account, as far as they are not there.
struct Enrol<'a> {
    platform: &'a str,
    account: &'a DemoAccount,
    password_hash: &'a str,
    ids: [Id; 3],
    now: Timestamp,
}

impl Deed for Enrol<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let [organisation_id, account_id, entry_id] = &self.ids;
        let new = NewOrganisation {
            id: organisation_id,
            platform: self.platform,
            name: self.account.organisation,
            uscc: self.account.uscc,
            at: self.now,
        };
        let organisation = if accounts::insert_organisation(tx.connection(), &new).await? {
            organisation_id.clone()
        } else {
            accounts::organisation_by_uscc(tx.connection(), self.platform, self.account.uscc)
                .await?
                .ok_or(StoreError::Impossible("organisation.uscc"))?
                .id
        };
        let account = NewAccount {
            id: account_id,
            platform: self.platform,
            organisation: &organisation,
            name: self.account.name,
            person: self.account.person,
            phone: self.account.phone,
            role: self.account.role,
            password_hash: self.password_hash,
            at: self.now,
        };
        if accounts::insert_account(tx.connection(), &account).await? {
            tx.record(&Entry {
                id: entry_id.clone(),
                platform: self.platform.to_owned(),
                at: self.now,
                action: "account.created".into(),
                actor: None,
                subject: Some(account_id.to_string()),
                detail: r#"{"by":"demo"}"#.into(),
            })
            .await?;
        }
        Ok(Ok(()))
    }
}

/// The departments of the first organisation, as far as it has none, with its people in them.
struct Arrange<'a> {
    platform: &'a str,
    ids: [Id; DEPARTMENTS.len()],
    now: Timestamp,
}

impl Deed for Arrange<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let platform = self.platform;
        let uscc = ACCOUNTS[0].uscc;
        let organisation = accounts::organisation_by_uscc(tx.connection(), platform, uscc)
            .await?
            .ok_or(StoreError::Impossible("organisation.uscc"))?
            .id;
        let place_of = |name: &str| DEPARTMENTS.iter().position(|(own, ..)| *own == name);
        for (at, (name, parent, people)) in DEPARTMENTS.iter().enumerate() {
            let new = departments::NewDepartment {
                id: &self.ids[at],
                platform,
                organisation: &organisation,
                name,
                parent: parent.and_then(place_of).map(|above| (&self.ids[above], 1)),
                at: self.now,
            };
            // Somebody arranged them before: theirs stand.
            if !departments::insert(tx.connection(), &new).await? {
                return Ok(Ok(()));
            }
            for name in *people {
                let account = accounts::by_name(tx.connection(), platform, name).await?;
                let Some(account) = account else { continue };
                let department = Some(&self.ids[at]);
                departments::place(
                    tx.connection(),
                    platform,
                    &organisation,
                    &account.id,
                    department,
                )
                .await?;
            }
        }
        Ok(Ok(()))
    }
}

/// An operator, as far as the platform has none of that name.
struct Appoint<'a> {
    platform: &'a str,
    operator: &'a DemoOperator,
    password_hash: &'a str,
    ids: [Id; 2],
    now: Timestamp,
}

impl Deed for Appoint<'_> {
    type Done = ();
    type Refused = std::convert::Infallible;
    async fn perform(&self, tx: &mut Tx<'_>) -> Result<Result<(), Self::Refused>, StoreError> {
        let [operator_id, entry_id] = &self.ids;
        let operator = NewOperator {
            id: operator_id,
            platform: self.platform,
            name: self.operator.name,
            person: self.operator.person,
            phone: self.operator.phone,
            password_hash: self.password_hash,
            at: self.now,
        };
        if operators::insert(tx.connection(), &operator).await? {
            if let Some(duty) = self.operator.duty {
                operators::grant(tx.connection(), self.platform, operator_id, duty, self.now)
                    .await?;
            }
            tx.record(&Entry {
                id: entry_id.clone(),
                platform: self.platform.to_owned(),
                at: self.now,
                action: "operator.appointed".into(),
                actor: None,
                subject: Some(operator_id.to_string()),
                detail: r#"{"by":"demo"}"#.into(),
            })
            .await?;
        }
        Ok(Ok(()))
    }
}
