//! The railway's own code values. Several look like the catalog's and mean something else. It
//! refuses to be complete: what the railway cannot spell is never generated for it.

use super::super::super::facts::{Account, AccountState, Role};

/// 05 means `其他` here, not a residence permit.
pub(super) fn id_type(code: &str) -> &'static str {
    match code {
        "01" => "01",
        "02" => "02",
        "03" => "03",
        "04" => "04",
        _ => "05",
    }
}

/// 0 is female, 1 is male.
pub(super) fn sex(code: &str) -> &'static str {
    if code == "2" { "0" } else { "1" }
}

/// 3 is divorced here, and widowed at the city center.
pub(super) fn marital(code: &str) -> &'static str {
    match code {
        "10" => "1",
        "20" | "21" | "22" | "23" => "2",
        "40" => "3",
        _ => " ",
    }
}

/// Status and reason of an account in one code.
pub(super) fn status(account: &Account) -> &'static str {
    match account.state {
        AccountState::Live => "0",
        AccountState::Sealed => "1",
        AccountState::MovedOut => "2",
        AccountState::DrawnOut => "3",
        AccountState::Merged => "7",
        AccountState::Other => "6",
    }
}

/// Partial (P) or closing (C), and the reason within its list.
pub(super) fn reason(code: &str, closing: bool) -> &'static str {
    match (closing, code) {
        (true, "03") => "C3",
        (true, "04") => "C4",
        (true, "05") => "C5",
        (true, _) => "C6",
        (false, "01" | "02") => "P1",
        (false, "07") => "P2",
        (false, "06") => "P3",
        (false, "03") => "P5",
        (false, _) => "P4",
    }
}

/// A letter for a loan's status; blank while nothing is disbursed.
pub(super) fn loan_status(code: &str) -> &'static str {
    match code {
        "04" => "A",
        "05" => "O",
        "06" => "S",
        _ => " ",
    }
}

/// Y and N.
pub(super) fn flag(value: bool) -> &'static str {
    if value { "Y" } else { "N" }
}

/// Role of a case party.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Applicant => "1",
        Role::Spouse => "2",
        Role::CoBorrower => "3",
        Role::Employer => "4",
        Role::LegalRepresentative => "5",
        Role::Handler => "6",
        Role::Listed => "7",
        Role::House => "8",
    }
}
