//! The conversion table for 铁路's dropped files: every row of the item mapping and every trait,
//! through the deployed folder.

use crate::conversion::{RAILWAY, table};

#[tokio::test]
async fn numbers_and_names() {
    let rows = "
        # Bureau and section, then the employee number: nothing loses its zeros.
        04-01 05-03 06-03 | unit=0001000023 employee=0000004711 | 00010000230000004711
        04-06 05-06       | unit=0001000023                     | 0001000023
        # 18 or 15 digits, left aligned.
        04-04 05-05 06-05 | id={15}                             | {18}
        04-04 08-05 10-05 | id={18}                             | {18}
        03-06             | former_id=110101000101001           | 110101190001010014
        03-15             | spouse_id=110101000101001           | 110101190001010014
        06-21             | partner_id=110101190001010014       | 110101190001010014
        04-05 03-03       | name=张三　　                       | 张三
        # Characters of four bytes; lengths count bytes.
        04-05             | name=董㛃𠮷                         | 董㛃𠮷
        04-05             | name=一二三四五六七八九十甲乙丙丁戊 | 一二三四五六七八九十甲乙丙丁戊
        04-05             | name=hex:41d5c5c8                   | !undecodable
    ";
    table(RAILWAY, rows).await;
}

#[tokio::test]
async fn status_and_reason_in_one_code() {
    let rows = "
        04-08 | status=0 freeze=0 | 01
        04-08 | status=1 freeze=0 | 02
        04-08 | status=2 freeze=0 | 04
        04-08 | status=3 freeze=0 | 05
        04-08 | status=4 freeze=0 | 05
        04-08 | status=5 freeze=0 | 05
        04-08 | status=6 freeze=0 | 99
        04-08 | status=7 freeze=0 | 05
        04-08 | status=8 freeze=0 | !unknown-code
        04-08 | status=0 freeze=1 | 06
        04-08 | status=1 freeze=2 | 06
        04-08 | status=7 freeze=3 | 06
        04-08 | status=0 freeze=4 | !unknown-code
        04-08 | status=0          | !unknown-code
        04-08 |                   | !missing-required
        04-18 | freeze=3          | 3
    ";
    table(RAILWAY, rows).await;
}

#[tokio::test]
async fn dates_months_and_times() {
    let rows = "
        04-09             | opened=20190705     | 2019-07-05
        04-17             | sealed=20260825     | 2026-08-25
        # Zeros are none.
        04-17             | sealed=00000000     | -
        04-17             | sealed=20260231     | !bad-date
        04-19             |                     | (not held)
        06-12             | posted=00000000     | -
        10-13             | settled=00000000    | -
        04-10             | paid_through=202610 | 202610
        04-10             | paid_through=000000 | -
        05-08             | month=202609        | 202609
        03-08             | birth=000000        | -
        # The day of the file is all that is known; no row has a time of its own.
        01-15 03-16 04-20 |                     | 2026-11-23T00:00:00+08:00
        05-13 06-22       |                     | 2026-11-23T00:00:00+08:00
        08-21 10-14       |                     | 2026-11-23T00:00:00+08:00
    ";
    table(RAILWAY, rows).await;
}

#[tokio::test]
async fn amounts_terms_and_flags() {
    let rows = "
        # Fen, filled with zeros.
        04-11 | base=000002311850              | 23118.50
        04-11 | base=00000231185A              | !bad-number
        04-12 | employee_month=000000277400    | 2774.00
        # The sign in the last byte.
        04-14 | balance=0000000012345+         | 123.45
        04-14 | balance=0000000012345-         | -123.45
        05-10 | amount=0000000050000-          | -500.00
        06-10 | amount=0000080000000+          | 800000.00
        08-09 | amount=0000060000000+          | 600000.00
        10-09 | balance=0000060000007+         | 600000.07
        # Months already.
        08-10 | months=240                     | 240
        08-10 | months=012                     | 12
        08-03 | contract=HT0000000001          | HT0000000001
        # Y and N.
        05-12 | reversed=Y                     | 02
        05-12 | reversed=N                     | 01
        08-15 | first_home=Y                   | true
        08-15 | first_home=N                   | false
        08-15 | first_home=1                   | !bad-boolean
        10-10 | overdue=003                    | 3
    ";
    table(RAILWAY, rows).await;
}

/// A partial reason and a closing one are two lists under the same digits.
#[tokio::test]
async fn withdrawals_and_loans() {
    let rows = "
        06-07       | kind=P reason=1 matter=07 | 01
        06-07       | kind=P reason=1 matter=15 | 02
        # Buying or building? Without a matter that tells, neither.
        06-07       | kind=P reason=1           | !unknown-code
        06-07       | kind=P reason=1 matter=14 | !unknown-code
        06-07       | kind=P reason=2 matter=14 | 07
        06-07       | kind=P reason=3 matter=10 | 06
        06-07       | kind=P reason=4           | 99
        06-07       | kind=P reason=5           | 03
        06-07       | kind=P reason=6           | !unknown-code
        06-07       | kind=C reason=3 matter=16 | 03
        06-07       | kind=C reason=4 matter=22 | 04
        06-07       | kind=C reason=5 matter=20 | 05
        06-07       | kind=C reason=2           | 99
        06-07       | kind=C reason=6           | 99
        06-07       | kind=C reason=7           | 99
        06-07       | kind=C reason=1           | !unknown-code
        06-13       | paid=Y                    | 04
        06-13       | paid=N                    | 01
        08-07 10-06 | status=A                  | 04
        08-07 10-06 | status=O                  | 05
        08-07 10-06 | status=S                  | 06
        08-07 10-06 | status=X                  | !unknown-code
        # Blank: not disbursed. Such a contract has no account, so a blank there is a defect.
        08-07       | status=_                  | 03
        10-06       | status=_                  | !missing-required
        08-13       | guarantee=3               | 03
        08-12       | repayment=3               | 03
        08-19       |                           | (not held)
        # The railway keeps no industry.
        01-08       |                           | (not held)
    ";
    table(RAILWAY, rows).await;
}
