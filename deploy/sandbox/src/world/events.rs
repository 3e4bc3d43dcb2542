//! What happens to ordinary accounts: withdrawals, loans and their parties, transfers,
//! restrictions. It refuses states that the center's own code list cannot spell.

use std::sync::Arc;

use time::Date;

use super::calendar::{Month, days_before};
use super::facts::{
    Account, AccountState, Facts, House, Lease, Loan, LoanAccount, LoanParty, Named, Restricted,
    Restriction, Transfer, Withdrawal,
};
use super::node::Node;
use super::people::DIVISIONS;
use super::random::Dice;

const WITHDRAWALS_PER_MILLE: u64 = 150;
const LOANS_PER_MILLE: u64 = 80;
const TRANSFERS_IN_PER_MILLE: u64 = 15;
const RESTRICTIONS_PER_MILLE: u64 = 10;
const EMPLOYER_RESTRICTIONS_PER_MILLE: u64 = 15;
const TEN_THOUSAND_YUAN: i64 = 1_000_000;
const ROADS: [&str; 8] = [
    "示例大街",
    "样本路",
    "虚构胡同",
    "演示东路",
    "测试南街",
    "模型北路",
    "范例西里",
    "假定园",
];

/// Adds withdrawals, loans, transfers and restrictions to the accounts that exist.
pub(crate) fn happen(facts: &mut Facts, seed: u64) {
    let as_of = facts.as_of;
    let mut dice = Dice::new(seed, "events");
    let accounts = facts.accounts.clone();
    for account in &accounts {
        if dice.chance(WITHDRAWALS_PER_MILLE) {
            facts
                .withdrawals
                .push(withdrawal(account, as_of, &mut dice));
        }
        if account.state == AccountState::Live && dice.chance(LOANS_PER_MILLE) {
            facts.loans.push(loan(account, as_of, &mut dice));
        }
        if account.state == AccountState::MovedOut && account.unit.node != Node::Tielu {
            facts.transfers.push(transfer(account, as_of, &mut dice));
        }
        if account.state == AccountState::Live
            && account.unit.node != Node::Tielu
            && dice.chance(TRANSFERS_IN_PER_MILLE)
        {
            facts.transfers.push(transfer_in(account, as_of, &mut dice));
        }
        if account.unit.node != Node::Tielu && dice.chance(RESTRICTIONS_PER_MILLE) {
            facts
                .restrictions
                .push(restriction(account, as_of, &mut dice));
        }
    }
    for unit in facts.units.clone() {
        let Some(code) = unit.employer.code.clone() else {
            continue;
        };
        if unit.node != Node::Tielu && dice.chance(EMPLOYER_RESTRICTIONS_PER_MILLE) {
            let subject = Restricted::Employer {
                name: unit.employer.name.clone(),
                code,
            };
            let number = format!("BU{}{}", unit.node.digit(), unit.number);
            let from = days_before(as_of, dice.between(40, 1_000));
            facts.restrictions.push(five_years(
                unit.node,
                number,
                subject,
                ("05", "02;04"),
                from,
            ));
        }
    }
}

/// A restriction of five years from its first day.
pub(crate) fn five_years(
    node: Node,
    number: String,
    subject: Restricted,
    (kind, matters): (&'static str, &'static str),
    from: Date,
) -> Restriction {
    let to = Month::of(from).plus(60).day(from.day());
    let (related, court_case) = (None, None);
    Restriction {
        node,
        number,
        subject,
        kind,
        matters,
        from,
        to: Some(to),
        status: "1",
        related,
        court_case,
    }
}

/// A house that was never built.
pub(crate) fn house(serial: u64, dice: &mut Dice) -> House {
    let division = dice.pick(&DIVISIONS);
    House {
        contract: format!("网签XY{serial:010}"),
        unit_number: format!("{division}001001GB{:05}F{:08}", serial % 100_000, serial),
        address: format!(
            "北京市{}{}号{}号楼{}单元{}",
            dice.pick(&ROADS),
            dice.between(1, 199),
            dice.between(1, 30),
            dice.between(1, 6),
            dice.between(1, 18) * 100 + dice.between(1, 4),
        ),
        price: dice.between(180, 900) * TEN_THOUSAND_YUAN,
    }
}

fn withdrawal(account: &Arc<Account>, as_of: Date, dice: &mut Dice) -> Withdrawal {
    let (closing, reason, matter) = if account.state == AccountState::DrawnOut {
        dice.pick(&[
            (true, "03", "0016"),
            (true, "05", "0020"),
            (true, "99", "0019"),
        ])
    } else {
        dice.pick(&[
            (false, "01", "0007"),
            (false, "07", "0014"),
            (false, "07", "0014"),
            (false, "06", "0010"),
            (false, "06", "0013"),
            (false, "02", "0015"),
        ])
    };
    let status = if closing {
        "04"
    } else {
        dice.pick(&["04", "04", "04", "04", "02", "06"])
    };
    let status = if account.unit.node == Node::Tielu && status != "04" {
        "01"
    } else {
        status
    };
    let applied = days_before(as_of, dice.between(12, 700));
    let posted = (status == "04").then(|| days_before(applied, -dice.between(1, 6)));
    let lease = (reason == "07").then(|| Lease {
        contract: format!("ZL{:012}", account.serial),
        from: days_before(applied, 200),
        to: days_before(applied, -160),
    });
    Withdrawal {
        number: format!("TQ{}{:011}", account.unit.node.digit(), account.serial),
        account: Arc::clone(account),
        closing,
        reason,
        matter,
        amount: dice.between(15, 900) * 10_000,
        applied,
        posted,
        status,
        house: matches!(reason, "01" | "02").then(|| house(account.serial, dice)),
        lease,
        loan_contract: (reason == "06")
            .then(|| format!("JK{}{:011}", account.unit.node.digit(), account.serial)),
        partner: account
            .person
            .spouse
            .as_ref()
            .map(|spouse| spouse.number.clone()),
        updated: posted.unwrap_or(applied),
    }
}

fn loan(account: &Arc<Account>, as_of: Date, dice: &mut Dice) -> Loan {
    let node = account.unit.node;
    let status = match node {
        Node::City | Node::Zhongzhi => dice.pick(&[
            "04", "04", "04", "04", "04", "04", "06", "06", "05", "01", "02", "03", "08", "07",
        ]),
        Node::Guoguan | Node::Tielu => dice.pick(&["04", "04", "04", "04", "06", "05", "03"]),
    };
    let years = dice.between(5, 25);
    let amount = (years * dice.between(3, 8)).min(120) * TEN_THOUSAND_YUAN;
    let applied = days_before(as_of, dice.between(140, 1_500));
    let signed = (!matches!(status, "01" | "02" | "08"))
        .then(|| days_before(applied, -dice.between(10, 40)));
    let key = account.serial;
    let grade = if status == "05" { "02" } else { "01" };
    let paid_out = signed.filter(|_| status != "03").map(|date| LoanAccount {
        number: format!("DZ{}{key:011}", node.digit()),
        disbursed: days_before(date, -dice.between(5, 30)),
        balance: if status == "06" {
            0
        } else {
            amount * dice.between(20, 95) / 100
        },
        overdue: if status == "05" {
            dice.between(1, 5)
        } else {
            0
        },
        overdue_total: if status == "05" {
            dice.between(5, 9)
        } else {
            dice.between(0, 2)
        },
        grade: if status == "07" { "05" } else { grade },
        settled: (status == "06").then(|| days_before(as_of, dice.between(8, 60))),
    });
    Loan {
        node,
        application: format!("SQ{}{key:011}", node.digit()),
        contract: signed.map(|_| format!("JK{}{key:011}", node.digit())),
        borrower: Arc::clone(&account.person),
        parties: parties(account, dice),
        applied,
        status,
        kind: dice.pick(&["01", "01", "02"]),
        amount,
        years,
        signed,
        repayment: dice.pick(&["01", "01", "02"]),
        guarantee: dice.pick(&["01", "01", "03"]),
        purchase: dice.pick(&["01", "02", "02", "05"]),
        first_home: dice.pick(&[Some(true), Some(true), Some(false), None]),
        nature: dice.pick(&["01", "01", "07", "03"]),
        house: house(key, dice),
        account: paid_out,
        updated: days_before(as_of, 1),
    }
}

/// The borrower, and in half of the marriages the spouse as co-borrower.
fn parties(account: &Account, dice: &mut Dice) -> Vec<LoanParty> {
    let mut parties = vec![borrower_party(account, dice.between(60, 500) * 10_000)];
    if let Some(spouse) = account.person.spouse.clone()
        && dice.chance(500)
    {
        let income = dice.between(60, 300) * 10_000;
        let (account, center) = (None, None);
        parties.push(LoanParty {
            who: spouse,
            role: "1",
            relation: "1",
            account,
            center,
            income,
        });
    }
    parties
}

/// The account holder as the borrower of his own loan.
pub(crate) fn borrower_party(account: &Account, income: i64) -> LoanParty {
    LoanParty {
        who: account.person.named(),
        role: "0",
        relation: "0",
        account: Some(account.number.clone()),
        center: Some(account.unit.node.center_code()),
        income,
    }
}

fn transfer(account: &Account, as_of: Date, dice: &mut Dice) -> Transfer {
    let node = account.unit.node;
    let entered = account.closed.unwrap_or(as_of);
    let entered = days_before(entered, dice.between(3, 20));
    let here = node.center_code();
    let away = dice.pick(&["C52240", "C11000", "C11002", "C11003"]);
    let away = if away == here { "C52240" } else { away };
    let stamp = super::calendar::compact(entered);
    let stamp = stamp.get(2..).unwrap_or_default();
    Transfer {
        node,
        letter: format!("{here}{stamp}{:04}", account.serial % 10_000),
        scope: if away == "C52240" { "03" } else { "02" },
        direction: "2",
        status: "00",
        person: Arc::clone(&account.person),
        from: here,
        to: away,
        old_account: account.number.clone(),
        account: None,
        amount: Some(account.monthly * 2 * i64::from(account.total)),
        paid_through: Some(account.paid_through),
        six_months: account.total >= 6,
        loans: 0,
        entered,
        finished: account.closed,
    }
}

/// A letter that brings an older account here; some are still open.
fn transfer_in(account: &Account, as_of: Date, dice: &mut Dice) -> Transfer {
    let out = transfer(account, as_of, dice);
    let status = dice.pick(&["00", "00", "01", "02", "06", "08", "20"]);
    let done = matches!(status, "00" | "20");
    Transfer {
        direction: "1",
        status,
        from: out.to,
        to: out.from,
        old_account: format!("{:012}", 700_000_000 + account.serial),
        account: Some(account.number.clone()),
        loans: dice.between(0, 1),
        finished: done.then(|| days_before(out.entered, -2)),
        ..out
    }
}

fn restriction(account: &Account, as_of: Date, dice: &mut Dice) -> Restriction {
    let node = account.unit.node;
    let person = &account.person;
    let who = Named {
        name: person.name.clone(),
        id_type: person.id_type,
        number: person.number.clone(),
    };
    let (kind, matters) = dice.pick(&[
        ("01", "04;05"),
        ("03", "04"),
        ("08", "05"),
        ("09", "05;06"),
        ("11", "04"),
    ]);
    let number = format!("BP{}{:011}", node.digit(), account.serial);
    let from = days_before(as_of, dice.between(30, 2_500));
    let mut made = five_years(node, number, Restricted::Person(who), (kind, matters), from);
    made.related = account.unit.employer.code.clone();
    made.court_case = (kind == "09").then(|| format!("（虚构）京执{}号", account.serial));
    if made.to.is_some_and(|to| to < as_of) {
        made.status = "2";
    }
    made
}
