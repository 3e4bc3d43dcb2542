//! The neutral facts of the sample world, in catalog codes, before any local system spells them its
//! own way. It refuses to hold anything of a real person: every number here is made up.

use std::sync::Arc;

use time::Date;

use super::calendar::Month;
use super::node::Node;

/// A natural person.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) serial: u32,
    pub(crate) id_type: &'static str,
    pub(crate) number: String,
    pub(crate) former: Option<String>,
    pub(crate) name: String,
    pub(crate) sex: &'static str,
    pub(crate) birth: Option<Month>,
    pub(crate) marital: &'static str,
    pub(crate) education: &'static str,
    pub(crate) occupation: &'static str,
    pub(crate) household: &'static str,
    pub(crate) spouse: Option<Named>,
}

/// A person as another record names him.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) id_type: &'static str,
    pub(crate) number: String,
}

impl Person {
    /// How another record names this person.
    pub(crate) fn named(&self) -> Named {
        Named {
            name: self.name.clone(),
            id_type: self.id_type,
            number: self.number.clone(),
        }
    }
}

/// An employer as registered.
#[derive(Debug, Clone)]
pub(crate) struct Employer {
    pub(crate) code: Option<String>,
    pub(crate) organization: String,
    pub(crate) name: String,
    pub(crate) economic: &'static str,
    pub(crate) affiliation: &'static str,
    pub(crate) industry: &'static str,
    pub(crate) representative: Named,
    pub(crate) handler: Named,
}

/// An employer's account at one center.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) node: Node,
    pub(crate) number: String,
    pub(crate) employer: Arc<Employer>,
    pub(crate) status: &'static str,
    pub(crate) rate_percent: i64,
    pub(crate) deferral: &'static str,
    pub(crate) deferral_end: Option<Month>,
    pub(crate) paid_through: Month,
    pub(crate) roster_year: i32,
    pub(crate) closed: Option<Date>,
    pub(crate) updated: Date,
}

/// What state a personal account is in, apart from any freeze.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountState {
    Live,
    Sealed,
    Merged,
    MovedOut,
    DrawnOut,
    Other,
}

/// A personal account at one center; money in fen.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) number: String,
    pub(crate) person: Arc<Person>,
    pub(crate) unit: Arc<Unit>,
    pub(crate) fund: &'static str,
    pub(crate) state: AccountState,
    pub(crate) freeze: &'static str,
    pub(crate) opened: Date,
    pub(crate) paid_through: Month,
    pub(crate) base: i64,
    pub(crate) monthly: i64,
    pub(crate) balance: i64,
    pub(crate) streak: i32,
    pub(crate) total: i32,
    pub(crate) sealed: Option<Date>,
    pub(crate) closed: Option<Date>,
    pub(crate) months: Vec<Month>,
    pub(crate) reversed: bool,
    pub(crate) short_id: bool,
    pub(crate) serial: u64,
    pub(crate) updated: Date,
}

/// A house as contracts and withdrawals name it.
#[derive(Debug, Clone)]
pub(crate) struct House {
    pub(crate) contract: String,
    pub(crate) unit_number: String,
    pub(crate) address: String,
    pub(crate) price: i64,
}

/// A lease.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    pub(crate) contract: String,
    pub(crate) from: Date,
    pub(crate) to: Date,
}

/// A withdrawal, applied for or paid.
#[derive(Debug, Clone)]
pub(crate) struct Withdrawal {
    pub(crate) number: String,
    pub(crate) account: Arc<Account>,
    pub(crate) closing: bool,
    pub(crate) reason: &'static str,
    pub(crate) matter: &'static str,
    pub(crate) amount: i64,
    pub(crate) applied: Date,
    pub(crate) posted: Option<Date>,
    pub(crate) status: &'static str,
    pub(crate) house: Option<House>,
    pub(crate) lease: Option<Lease>,
    pub(crate) loan_contract: Option<String>,
    pub(crate) partner: Option<String>,
    pub(crate) updated: Date,
}

/// One party of a loan; the first party is the borrower.
#[derive(Debug, Clone)]
pub(crate) struct LoanParty {
    pub(crate) who: Named,
    pub(crate) role: &'static str,
    pub(crate) relation: &'static str,
    pub(crate) account: Option<String>,
    pub(crate) center: Option<&'static str>,
    pub(crate) income: i64,
}

/// A disbursed loan's account.
#[derive(Debug, Clone)]
pub(crate) struct LoanAccount {
    pub(crate) number: String,
    pub(crate) disbursed: Date,
    pub(crate) balance: i64,
    pub(crate) overdue: i64,
    pub(crate) overdue_total: i64,
    pub(crate) grade: &'static str,
    pub(crate) settled: Option<Date>,
}

/// A loan application, and the contract when there is one.
#[derive(Debug, Clone)]
pub(crate) struct Loan {
    pub(crate) node: Node,
    pub(crate) application: String,
    pub(crate) contract: Option<String>,
    pub(crate) borrower: Arc<Person>,
    pub(crate) parties: Vec<LoanParty>,
    pub(crate) applied: Date,
    pub(crate) status: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) amount: i64,
    pub(crate) years: i64,
    pub(crate) signed: Option<Date>,
    pub(crate) repayment: &'static str,
    pub(crate) guarantee: &'static str,
    pub(crate) purchase: &'static str,
    pub(crate) first_home: Option<bool>,
    pub(crate) nature: &'static str,
    pub(crate) house: House,
    pub(crate) account: Option<LoanAccount>,
    pub(crate) updated: Date,
}

/// A transfer letter.
#[derive(Debug, Clone)]
pub(crate) struct Transfer {
    pub(crate) node: Node,
    pub(crate) letter: String,
    pub(crate) scope: &'static str,
    pub(crate) direction: &'static str,
    pub(crate) status: &'static str,
    pub(crate) person: Arc<Person>,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) old_account: String,
    pub(crate) account: Option<String>,
    pub(crate) amount: Option<i64>,
    pub(crate) paid_through: Option<Month>,
    pub(crate) six_months: bool,
    pub(crate) loans: i64,
    pub(crate) entered: Date,
    pub(crate) finished: Option<Date>,
}

/// Whom a restriction is about.
#[derive(Debug, Clone)]
pub(crate) enum Restricted {
    Person(Named),
    Employer { name: String, code: String },
}

/// A bad record or restriction.
#[derive(Debug, Clone)]
pub(crate) struct Restriction {
    pub(crate) node: Node,
    pub(crate) number: String,
    pub(crate) subject: Restricted,
    pub(crate) kind: &'static str,
    pub(crate) matters: &'static str,
    pub(crate) from: Date,
    pub(crate) to: Option<Date>,
    pub(crate) status: &'static str,
    pub(crate) related: Option<String>,
    pub(crate) court_case: Option<String>,
}

/// A party of a business case.
#[derive(Debug, Clone)]
pub(crate) struct CaseParty {
    pub(crate) role: Role,
    pub(crate) who: Named,
}

/// What a case states beside its parties: its house, and of a supervision task who approved what.
#[derive(Debug, Clone, Default)]
pub(crate) struct CaseMore {
    pub(crate) house: Option<House>,
    pub(crate) approver: &'static str,
    pub(crate) scope: &'static str,
}

/// Part that a party plays in a business case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Applicant,
    Spouse,
    CoBorrower,
    Employer,
    LegalRepresentative,
    Handler,
    /// On the list of a case.
    Listed,
    /// The house, which is nobody.
    House,
}

/// A business case of a center's own system.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) node: Node,
    pub(crate) number: String,
    pub(crate) matter: &'static str,
    pub(crate) application: String,
    pub(crate) consent: bool,
    pub(crate) open: bool,
    pub(crate) opened: Date,
    pub(crate) parties: Vec<CaseParty>,
    pub(crate) more: CaseMore,
}

impl Case {
    /// One row for every party, and a last one for the house.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (Role, Option<&Named>, Option<&House>)> {
        let parties = self.parties.iter();
        let parties = parties.map(|party| (party.role, Some(&party.who), None));
        let house = self.more.house.iter();
        parties.chain(house.map(|house| (Role::House, None, Some(house))))
    }
}

/// Everything the four local systems will be filled from.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) as_of: Date,
    pub(crate) people: Vec<Arc<Person>>,
    pub(crate) employers: Vec<Arc<Employer>>,
    pub(crate) units: Vec<Arc<Unit>>,
    pub(crate) accounts: Vec<Arc<Account>>,
    pub(crate) withdrawals: Vec<Withdrawal>,
    pub(crate) loans: Vec<Loan>,
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) restrictions: Vec<Restriction>,
    pub(crate) cases: Vec<Case>,
}

impl Facts {
    /// An empty world as of one day.
    pub(crate) fn empty(as_of: Date) -> Self {
        Self {
            as_of,
            people: Vec::new(),
            employers: Vec::new(),
            units: Vec::new(),
            accounts: Vec::new(),
            withdrawals: Vec::new(),
            loans: Vec::new(),
            transfers: Vec::new(),
            restrictions: Vec::new(),
            cases: Vec::new(),
        }
    }

    /// The accounts that one center holds.
    pub(crate) fn accounts_at(&self, node: Node) -> impl Iterator<Item = &Arc<Account>> {
        self.accounts
            .iter()
            .filter(move |account| account.unit.node == node)
    }
}
