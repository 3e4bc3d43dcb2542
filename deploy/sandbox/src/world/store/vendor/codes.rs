//! The vendor's own code values for the catalog's. It refuses to be complete: what the vendor
//! cannot spell is never generated for its centers.

use super::super::super::facts::{Account, AccountState, Role};

/// Identity type: one digit.
pub(super) fn id_type(code: &str) -> &'static str {
    match code {
        "01" => "1",
        "02" => "2",
        "03" => "3",
        "04" => "4",
        "05" => "5",
        "06" => "6",
        "07" => "7",
        "08" => "8",
        _ => "9",
    }
}

/// Marital status: one digit, in an order of its own.
pub(super) fn marital(code: &str) -> &'static str {
    match code {
        "10" => "1",
        "20" | "21" | "22" | "23" => "2",
        "30" => "3",
        "40" => "4",
        _ => "9",
    }
}

/// Section letter of the 2002 edition for one of 2017.
pub(super) fn industry_2002(code: &str) -> &'static str {
    match code.get(..1) {
        Some("F") => "H",
        Some("G") => "F",
        Some("H") => "I",
        Some("I") => "G",
        Some("C") => "C",
        Some("E") => "E",
        Some("K") => "K",
        Some("P") => "P",
        _ => "S",
    }
}

/// Employer account state.
pub(super) fn unit_state(code: &str) -> &'static str {
    match code {
        "01" => "0",
        "02" => "2",
        "03" => "3",
        "04" => "9",
        "05" => "1",
        _ => "7",
    }
}

/// Account state, freeze flag and the summary code of the last row.
pub(super) fn account_state(account: &Account) -> (&'static str, &'static str, &'static str) {
    let (state, last) = match account.state {
        AccountState::Live => ("0", "1001"),
        AccountState::Sealed => ("1", "1005"),
        AccountState::Merged => ("9", "1006"),
        AccountState::MovedOut => ("9", "1007"),
        AccountState::DrawnOut => ("9", "1012"),
        AccountState::Other => ("7", "1099"),
    };
    (state, account.freeze, last)
}

/// Withdrawal reason: three digits.
pub(super) fn reason(code: &str, matter: &str) -> &'static str {
    match code {
        "01" => "001",
        "02" if matter == "0015" => "003",
        "02" => "002",
        "03" => "101",
        "04" => "105",
        "05" => "103",
        "06" if matter == "0013" => "004",
        "06" => "005",
        "07" => "006",
        "08" => "102",
        "09" => "008",
        _ => "106",
    }
}

/// Approval state of a withdrawal.
pub(super) fn approval(code: &str) -> &'static str {
    match code {
        "02" => "1",
        "03" => "3",
        "04" => "4",
        "06" => "6",
        _ => "9",
    }
}

/// Contract, loan and clearing state of a loan.
pub(super) fn loan_state(code: &str) -> (&'static str, &'static str, &'static str) {
    match code {
        "01" => ("00", "0", "0"),
        "02" => ("01", "0", "0"),
        "03" => ("05", "0", "0"),
        "04" => ("09", "1", "0"),
        "05" => ("09", "2", "0"),
        "06" => ("90", "5", "1"),
        "07" => ("09", "7", "0"),
        _ => ("99", "0", "0"),
    }
}

/// Repayment mode.
pub(super) fn repayment(code: &str) -> &'static str {
    match code {
        "01" => "1",
        "02" => "2",
        "03" => "4",
        _ => "3",
    }
}

/// Guarantee mode: 04 is what the catalog calls 03.
pub(super) fn guarantee(code: &str) -> &'static str {
    match code {
        "01" => "01",
        "02" => "02",
        "03" => "04",
        _ => "03",
    }
}

/// House type.
pub(super) fn house_type(code: &str) -> &'static str {
    match code {
        "01" => "01",
        "07" => "02",
        "08" => "05",
        "03" => "08",
        "05" => "11",
        "02" => "12",
        "06" => "07",
        _ => "16",
    }
}

/// Yes and no are 1 and 0.
pub(super) fn flag(value: bool) -> &'static str {
    if value { "1" } else { "0" }
}

/// Role of a case party.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Applicant => "0",
        Role::Spouse => "1",
        Role::CoBorrower => "2",
        Role::Employer => "5",
        Role::LegalRepresentative => "6",
        Role::Handler => "7",
        Role::Listed => "8",
        Role::House => "9",
    }
}
