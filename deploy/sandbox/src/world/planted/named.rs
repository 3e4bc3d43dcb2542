//! Cases that ask one center by name: a sealed account that moves (F08), a loan that is paid off
//! early (F24), a loan whose co-borrower was divorced (F23). Beside what the named center holds
//! lies the like at another, which nobody may hear of. It refuses the seed, as everything planted.

use std::sync::Arc;

use super::super::calendar::days_before;
use super::super::events::{borrower_party, five_years};
use super::super::facts::{
    Account, AccountState, Case, CaseMore, CaseParty, Loan, LoanAccount, LoanParty, Person,
    Restricted, Role, Transfer,
};
use super::super::node::Node;
use super::super::samples::{self, SampleSubject};
use super::loans::loan;
use super::{Planter, Plot, named};

/// A case at the city center about an account that is sealed at 国管, and another at 中直 (matter
/// 27, flow F08).
pub const MOVE_CASE: &str = "CT-F08";
/// A case at 国管 about two loans of 铁路, one of them settled, and another of 中直 (matter 32, F24).
pub const PAYOFF_CASE: &str = "GG-F24";
/// A case at 中直 about a loan of 国管 whose co-borrower was divorced (matter 36, F23).
pub const LOAN_CHANGE_CASE: &str = "ZZ-F23";
/// Whom the three cases are about.
pub const NAMED_PARTIES: [SampleSubject; 4] = [
    samples::MOVER,
    samples::PAYER,
    samples::DIVORCED,
    samples::FORMER_WIFE,
];
/// Days since the settled loan was paid off.
const SETTLED_DAYS: i64 = 40;

/// Plants the people, what the centers hold of them, and the three cases.
pub(super) fn plant(planter: &mut Planter<'_>) {
    sealed_twice(planter);
    lent_twice(planter);
    divorced(planter);
    let applicant = (Role::Applicant, samples::DIVORCED);
    let co_borrower = (Role::CoBorrower, samples::FORMER_WIFE);
    let cases = [
        (
            (Node::City, MOVE_CASE, "27"),
            vec![(Role::Applicant, samples::MOVER)],
        ),
        (
            (Node::Guoguan, PAYOFF_CASE, "32"),
            vec![(Role::Applicant, samples::PAYER)],
        ),
        (
            (Node::Zhongzhi, LOAN_CHANGE_CASE, "36"),
            vec![applicant, co_borrower],
        ),
    ];
    for (case, parties) in cases {
        let made = opened(planter, case, &parties);
        planter.facts.cases.push(made);
    }
}

/// Live in the city; sealed at 国管, with a loan, a restriction and a letter under way; sealed at
/// 中直 too.
fn sealed_twice(planter: &mut Planter<'_>) {
    let person = planter.person(&samples::MOVER);
    planter.account(Node::City, &person, &Plot::live(5));
    let sealed = Plot {
        state: AccountState::Sealed,
        last_back: 6,
        ended_days: Some(150),
        ..Plot::live(60)
    };
    planter.account(Node::Zhongzhi, &person, &sealed);
    let account = planter.account(Node::Guoguan, &person, &sealed);
    let parties = vec![borrower_party(&account, 2_000_000)];
    let lent = loan(planter, Node::Guoguan, &person, parties);
    planter.facts.loans.push(lent);
    let from = days_before(planter.as_of(), 200);
    let who = Restricted::Person(person.named());
    let number = "BP20000090008".to_owned();
    let record = five_years(Node::Guoguan, number, who, ("01", "04;06"), from);
    planter.facts.restrictions.push(record);
    let letter = letter_to_the_city(planter, &account);
    planter.facts.transfers.push(letter);
}

fn letter_to_the_city(planter: &Planter<'_>, account: &Account) -> Transfer {
    Transfer {
        node: Node::Guoguan,
        letter: "C110029000080001".to_owned(),
        scope: "02",
        direction: "2",
        status: "01",
        person: Arc::clone(&account.person),
        from: Node::Guoguan.center_code(),
        to: Node::City.center_code(),
        old_account: account.number.clone(),
        account: None,
        amount: None,
        paid_through: Some(account.paid_through),
        six_months: true,
        loans: 1,
        entered: days_before(planter.as_of(), 3),
        finished: None,
    }
}

/// At 铁路 one loan that is owed and one that is settled; at 中直 another that is owed.
fn lent_twice(planter: &mut Planter<'_>) {
    let person = planter.person(&samples::PAYER);
    let account = planter.account(Node::Tielu, &person, &Plot::live(130));
    let owed = lent(planter, &account, &person);
    planter.facts.loans.push(owed);
    // Numbers of loans run with those of accounts.
    let account = planter.account(Node::Zhongzhi, &person, &Plot::live(20));
    let elsewhere = lent(planter, &account, &person);
    let mut settled = loan(planter, Node::Tielu, &person, elsewhere.parties.clone());
    settled.status = "06";
    settled.account = settled.account.map(|account| LoanAccount {
        balance: 0,
        settled: Some(days_before(planter.as_of(), SETTLED_DAYS)),
        ..account
    });
    planter.facts.loans.extend([elsewhere, settled]);
}

fn lent(planter: &Planter<'_>, account: &Account, person: &Arc<Person>) -> Loan {
    let parties = vec![borrower_party(account, 2_200_000)];
    loan(planter, account.unit.node, person, parties)
}

/// A loan of 国管 to a couple; their divorce stands in the register of marriages alone.
fn divorced(planter: &mut Planter<'_>) {
    let borrower = planter.person(&samples::DIVORCED);
    let wife = planter.person(&samples::FORMER_WIFE);
    let his = planter.account(Node::Guoguan, &borrower, &Plot::live(90));
    let hers = planter.account(Node::Zhongzhi, &wife, &Plot::live(80));
    let parties = vec![
        borrower_party(&his, 2_400_000),
        LoanParty {
            role: "1",
            relation: "1",
            ..borrower_party(&hers, 1_900_000)
        },
    ];
    let lent = loan(planter, Node::Guoguan, &borrower, parties);
    planter.facts.loans.push(lent);
}

fn opened(
    planter: &Planter<'_>,
    (node, number, matter): (Node, &str, &'static str),
    parties: &[(Role, SampleSubject)],
) -> Case {
    let parties = parties.iter().map(|(role, who)| CaseParty {
        role: *role,
        who: named(who),
    });
    Case {
        node,
        number: number.to_owned(),
        matter,
        application: format!("YB9000{matter}"),
        consent: true,
        open: true,
        opened: days_before(planter.as_of(), 1),
        parties: parties.collect(),
        more: CaseMore::default(),
    }
}
