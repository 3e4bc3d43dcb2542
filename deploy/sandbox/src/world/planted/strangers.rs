//! A house on which strangers have drawn, each under another spelling of its numbers, and cases
//! that are about a house. It refuses a seeded house, as its siblings do.

use std::sync::Arc;

use super::super::calendar::days_before;
use super::super::events::borrower_party;
use super::super::facts::{Case, CaseMore, CaseParty, House, Role};
use super::super::node::Node;
use super::super::samples::{self, SampleSubject};
use super::houses::{house, purchase};
use super::loans::loan;
use super::{Planter, Plot, named};

/// A case at the city center about a house on which others have drawn (matter 07, flow F10).
pub const HOUSE_CASE: &str = "CT-H01";
/// The numbers of its house, as the case has them.
pub const HOUSE_UNIT: &str = "110109001001GB00701F00000701";
/// See [`HOUSE_UNIT`].
pub const HOUSE_CONTRACT: &str = "网签XY0000000701";
/// A case at 中直 about the house of S7, on which two withdrawals are pending (F10).
pub const PENDING_CASE: &str = "ZZ-H07";
const SERIAL: u64 = 701;
const PENDING_SERIAL: u64 = 7;

/// Plants the strangers, who are parties of no case, and both cases.
pub(super) fn plant(planter: &mut Planter<'_>) {
    // Neither of them has the unit number: the paper that 国管 and the railway keep is the contract.
    let spelled = |contract: &str| House {
        contract: contract.to_owned(),
        unit_number: String::new(),
        ..house(SERIAL, 2_800_000)
    };
    let guoguan = spelled("网签 XY 0000000701");
    drawn(
        planter,
        (Node::Guoguan, &samples::STRANGER_AT_GUOGUAN),
        &guoguan,
    );
    let tielu = spelled("0000000701");
    drawn(planter, (Node::Tielu, &samples::STRANGER_AT_TIELU), &tielu);
    let borrower = planter.person(&samples::STRANGER_AT_ZHONGZHI);
    let account = planter.account(Node::Zhongzhi, &borrower, &Plot::live(60));
    let parties = vec![borrower_party(&account, 1_500_000)];
    let mut lent = loan(planter, Node::Zhongzhi, &borrower, parties);
    lent.house = House {
        contract: "补0000009701".to_owned(),
        ..house(SERIAL, 2_800_000)
    };
    // Drawn on it by mistake, and taken back.
    let paid = purchase(planter, &account, &lent.house, (600_000, 90, "04"));
    let mut reversed = purchase(planter, &account, &lent.house, (-600_000, 80, "08"));
    reversed.number.push_str("CZ");
    planter.facts.withdrawals.extend([paid, reversed]);
    planter.facts.loans.push(lent);
    let applicant = planter.person(&samples::HOUSE_APPLICANT);
    planter.account(Node::City, &applicant, &Plot::live(50));
    let whose = [
        (HOUSE_CASE, Node::City, &samples::HOUSE_APPLICANT, SERIAL),
        (PENDING_CASE, Node::Zhongzhi, &samples::S7, PENDING_SERIAL),
    ];
    for (number, node, applicant, serial) in whose {
        let made = case(planter, (number, node), applicant, serial);
        planter.facts.cases.push(made);
    }
}

/// Somebody has drawn on the house and been paid.
fn drawn(planter: &mut Planter<'_>, (node, who): (Node, &SampleSubject), house: &House) {
    let person = planter.person(who);
    let account = planter.account(node, &person, &Plot::live(70));
    let paid = purchase(planter, &Arc::clone(&account), house, (500_000, 45, "04"));
    planter.facts.withdrawals.push(paid);
}

fn case(
    planter: &Planter<'_>,
    (number, node): (&str, Node),
    applicant: &SampleSubject,
    serial: u64,
) -> Case {
    Case {
        node,
        number: number.to_owned(),
        matter: "07",
        application: format!("YB90{serial:04}"),
        consent: true,
        open: true,
        opened: days_before(planter.as_of(), 1),
        parties: vec![CaseParty {
            role: Role::Applicant,
            who: named(applicant),
        }],
        more: CaseMore {
            house: Some(house(serial, 2_600_000)),
            ..CaseMore::default()
        },
    }
}
