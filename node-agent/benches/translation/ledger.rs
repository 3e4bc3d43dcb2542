//! The ledger that every connector holds: accounts of class 04 as a vendor's table has them, and
//! the rules that make catalog records of them, one of every conversion. Nobody in it exists.

/// Has [`MANY`] accounts.
pub(crate) const HOLDER_OF_MANY: &str = "110101190001010014";
/// Has one account.
pub(crate) const HOLDER_OF_ONE: &str = "110101190001010022";
/// Records of the one who has many.
pub(crate) const MANY: usize = 100;
/// Accounts of others, so that finding one is some work.
const OTHERS: usize = 5_000;

/// Column, its bytes in a line of fixed width.
pub(crate) const COLUMNS: [(&str, usize); 19] = [
    ("ACC", 12),
    ("IDTYPE", 1),
    ("ID", 18),
    ("NAME", 24),
    ("UNIT", 12),
    ("KIND", 1),
    ("STATE", 1),
    ("FRZ", 1),
    ("LASTTYPE", 2),
    ("OPENED", 8),
    ("PAIDYM", 7),
    ("BASE", 12),
    ("OWNPAY", 12),
    ("UNITPAY", 12),
    ("BAL", 15),
    ("MONS", 4),
    ("SEALED", 10),
    ("CLOSED", 10),
    ("UPDATED", 19),
];

/// The rules: item by item what a real mapping of such a table says.
pub(crate) const ITEMS: &str = r#"
[[item]]
no = "04-01"
from = "ACC"
text = { zero_pad = 12 }
[[item]]
no = "04-02"
const = "C11000"
[[item]]
no = "04-03"
from = "IDTYPE"
codes = { "1" = "01", "2" = "02", "9" = "99" }
[[item]]
no = "04-04"
from = "ID"
id_number = true
[[item]]
no = "04-05"
from = "NAME"
[[item]]
no = "04-06"
from = "UNIT"
[[item]]
no = "04-07"
from = "KIND"
codes = { "1" = "01", "2" = "02" }
[[item]]
no = "04-08"
from = ["STATE", "FRZ", "LASTTYPE"]
codes = [["*/1/*", "06"], ["0/*/*", "01"], ["1/*/*", "02"], ["9/*/06", "03"], ["9/*/07", "04"]]
[[item]]
no = "04-09"
from = "OPENED"
date = "YYYYMMDD"
[[item]]
no = "04-10"
from = "PAIDYM"
month = "YYYY-MM"
[[item]]
no = "04-11"
from = "BASE"
decimal = { unit = "yuan" }
[[item]]
no = "04-12"
from = "OWNPAY"
decimal = { unit = "yuan" }
[[item]]
no = "04-13"
from = "UNITPAY"
decimal = { unit = "yuan" }
[[item]]
no = "04-14"
from = "BAL"
decimal = { unit = "fen" }
[[item]]
no = "04-15"
from = "MONS"
integer = { times = 1 }
[[item]]
no = "04-16"
from = "MONS"
integer = { times = 12 }
[[item]]
no = "04-17"
from = "SEALED"
absent = ["1899-12-31"]
date = "YYYY-MM-DD"
[[item]]
no = "04-18"
from = "FRZ"
expr = "FRZ == null ? '0' : FRZ"
[[item]]
no = "04-19"
from = "CLOSED"
absent = ["1899-12-31"]
date = "YYYY-MM-DD"
[[item]]
no = "04-20"
from = "UPDATED"
time = "YYYY-MM-DD HH:MM:SS"
"#;

/// One account, a text for each of [`COLUMNS`].
pub(crate) type Row = [String; COLUMNS.len()];

/// Every account, those of one holder together.
pub(crate) fn rows() -> Vec<Row> {
    let others = (0..OTHERS).map(|n| (format!("1101011900020{:05}", n), n));
    let one = std::iter::once((HOLDER_OF_ONE.to_owned(), OTHERS));
    let many = (1..=MANY).map(|n| (HOLDER_OF_MANY.to_owned(), OTHERS + n));
    let all = others.chain(one).chain(many);
    all.map(|(holder, n)| row(holder, n)).collect()
}

/// The accounts of one holder.
pub(crate) fn rows_of(holder: &str) -> Vec<Row> {
    let all = rows().into_iter();
    all.filter(|row| row.get(2).is_some_and(|id| id == holder))
        .collect()
}

fn row(holder: String, n: usize) -> Row {
    let text = str::to_owned;
    [
        (11_000_000_000 + n).to_string(),
        text("1"),
        holder,
        text("沈砚秋"),
        format!("1100{:08}", n % 97),
        text("1"),
        text("0"),
        text("0"),
        text("01"),
        text("20190705"),
        text("2026-10"),
        format!("{}.50", 8_000 + n % 9_000),
        text("960.00"),
        text("960.00"),
        (1_234_567 + n * 31).to_string(),
        text("88"),
        text("1899-12-31"),
        text("1899-12-31"),
        text("2026-11-20 08:00:00"),
    ]
}
