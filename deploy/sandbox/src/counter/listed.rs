//! Bad records and restrictions in force. A legal representative or a handler is listed even
//! without an account, so each party is asked about.

use time::Date;

use super::heard::{date, if_heard, told};
use super::{Rule, Verdict, weigh};
use crate::client::Answer;

const IN_FORCE: &str = "1";
const NOTICE_ONLY: &str = "07";
/// Withdrawal fraud, loan fraud, dishonest debtor: no loan, whatever else is restricted.
const NO_LOAN: [&str; 3] = ["01", "02", "09"];

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// Registering an employer or opening accounts.
    Registration,
    /// Changing an employer's data.
    EmployerChange,
    /// Drawing.
    Withdrawal,
    /// Borrowing.
    Loan,
}

impl Matter {
    /// Its code in `xzsx`.
    const fn code(self) -> &'static str {
        match self {
            Self::Registration => "02",
            Self::EmployerChange => "03",
            Self::Withdrawal => "04",
            Self::Loan => "05",
        }
    }
}

/// Whether a restriction in force on `today` forbids the matter to any of those asked about. A
/// record that is for notice only is shown and stops nothing.
#[must_use]
pub fn restricted(answers: &[&Answer], matter: Matter, today: Date) -> Verdict {
    let records = answers.iter().flat_map(|answer| told(answer, "11"));
    let found = records.map(|told| {
        let is_over = told
            .text("zzrq")
            .and_then(|text| date(&text))
            .is_some_and(|end| end < today);
        match told.text("blxxzt").as_deref() {
            Some(IN_FORCE) if !is_over => {}
            Some(_) => return Verdict::Go,
            None => return told.unreadable(),
        }
        let Some(matters) = told.text("xzsx") else {
            return told.unreadable();
        };
        let names = |code: &str| matters.split(';').any(|one| one == code);
        let is_barred = matter == Matter::Loan && told.is_one_of("blxxlx", &NO_LOAN) == Some(true);
        if names(matter.code()) || is_barred {
            Verdict::Stop(told.reason(Rule::Restricted, "blxxbh"))
        } else if names(NOTICE_ONLY) {
            Verdict::Alert(told.reason(Rule::Notice, "blxxbh"))
        } else {
            Verdict::Go
        }
    });
    weigh(found.chain([if_heard(answers.iter().copied(), &["11"])]))
}
