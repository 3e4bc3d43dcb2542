//! The conversion table for the vendor's system, which the city center and 中直 run: every row of
//! the item mapping and every trait of the system, through both deployed folders.

use crate::conversion::{VENDOR, table};

#[tokio::test]
async fn account_numbers_and_persons() {
    let rows = "
        # Kept as an integer: the zeros in front are lost there and restored.
        04-01 05-03 06-03 | ACCNUM=12345                   | 000000012345
        04-01             | ACCNUM=010000012345            | 010000012345
        04-01             | ACCNUM=110000012345            | 110000012345
        04-06 05-06       | UNITACCNUM=1000023______       | 1000023
        04-03 06-04       | CERTITYPE=1_                   | 01
        # 15 digits in old rows; upper case already.
        04-04 05-05 06-05 | CERTINUM={15}                  | {18}
        04-04 07-07 09-08 | CERTINUM={18}                  | {18}
        08-05 10-05       | CERTINUM={15}                  | {18}
        04-04 | ask=05:82000019000101001X CERTINUM=82000019000101001X | 82000019000101001X
        03-06             | OLDCERTINUM=110101000101001    | 110101190001010014
        03-06             | OLDCERTINUM=NULL               | -
        03-15             | MATECERTINUM=110101000101001__ | 110101190001010014
        06-21             | JOINTCERTINUM=110101000101001  | 110101190001010014
        # Full-width blanks go too.
        04-05             | ACCNAME=张三　　               | 张三
        03-03 09-06       | ACCNAME=_张三__                | 张三
        # Old rows hold GBK bytes inside the database that calls itself UTF-8.
        04-05 03-03       | ACCNAME=gbk:张三               | 张三
        04-05             | ACCNAME=gbk:王五____           | 王五
        06-16             | HOUSEADDR=gbk:北京市东城区     | 北京市东城区
        04-05             | ACCNAME=hex:d5c5c8             | !undecodable
    ";
    table(VENDOR, rows).await;
}

#[tokio::test]
async fn account_status_from_state_freeze_and_last_row() {
    let rows = "
        04-08 | INDIACCSTATE=0 FRZFLAG=0 LASTTYPE=1001 | 01
        04-08 | INDIACCSTATE=0 FRZFLAG=0               | 01
        04-08 | INDIACCSTATE=1 FRZFLAG=0 LASTTYPE=1005 | 02
        # Closed: how, only the last row says.
        04-08 | INDIACCSTATE=9 FRZFLAG=0 LASTTYPE=1006 | 03
        04-08 | INDIACCSTATE=9 FRZFLAG=0 LASTTYPE=1007 | 04
        04-08 | INDIACCSTATE=9 FRZFLAG=0 LASTTYPE=1012 | 05
        04-08 | INDIACCSTATE=9 FRZFLAG=0 LASTTYPE=1001 | !unknown-code
        04-08 | INDIACCSTATE=9 FRZFLAG=0               | !unknown-code
        04-08 | INDIACCSTATE=7 FRZFLAG=0 LASTTYPE=1099 | 99
        # Frozen overrides, whatever the state.
        04-08 | INDIACCSTATE=0 FRZFLAG=1 LASTTYPE=1001 | 06
        04-08 | INDIACCSTATE=0 FRZFLAG=2 LASTTYPE=1014 | 06
        04-08 | INDIACCSTATE=1 FRZFLAG=3 LASTTYPE=1014 | 06
        04-08 | INDIACCSTATE=9 FRZFLAG=2 LASTTYPE=1006 | 06
        04-08 | INDIACCSTATE=7 FRZFLAG=1               | 06
        # Neither an unknown state, an unknown flag nor a blank one is guessed.
        04-08 | INDIACCSTATE=5 FRZFLAG=0 LASTTYPE=1001 | !unknown-code
        04-08 | INDIACCSTATE=0 FRZFLAG=4 LASTTYPE=1001 | !unknown-code
        04-08 | INDIACCSTATE=0                         | !unknown-code
        04-08 |                                        | !missing-required
        04-18 | FRZFLAG=0                              | 0
        04-18 | FRZFLAG=3                              | 3
        04-18 | FRZFLAG=4                              | !unknown-code
    ";
    table(VENDOR, rows).await;
}

#[tokio::test]
async fn dates_months_and_times() {
    let rows = "
        04-09             | OPNACCDATE=2019-07-05          | 2019-07-05
        04-09             | OPNACCDATE=1899-12-31          | !missing-required
        04-17             | LOCKDATE=2026-08-25            | 2026-08-25
        # Two dates that mean none.
        04-17             | LOCKDATE=1899-12-31            | -
        04-17             | LOCKDATE=9999-12-31            | -
        04-17             | LOCKDATE=2026-02-30            | !bad-date
        04-17             | LOCKDATE=20260825              | !bad-date
        02-11 04-19       | CLSACCDATE=9999-12-31          | -
        04-19             | CLSACCDATE=2020-02-29          | 2020-02-29
        05-09 06-12       | TRANSDATE=2026-10-20           | 2026-10-20
        06-12             | TRANSDATE=1899-12-31           | -
        06-18             | LEASEBEGDATE=2026-01-01        | 2026-01-01
        06-19             | LEASEENDDATE=9999-12-31        | -
        07-19 11-11       | ENDDATE=1899-12-31             | -
        08-11             | SIGNDATE=9999-12-31            | -
        10-08             | GRANTDATE=2020-05-06           | 2020-05-06
        10-13             | CLEARDATE=1899-12-31           | -
        02-07 04-10 07-13 | LPAYM=201907                   | 201907
        04-10             | LPAYM=201913                   | !bad-date
        04-10             | LPAYM=2019-07                  | !bad-date
        05-08             | PAYYM=202609                   | 202609
        03-08             | BIRTHYM=190001                 | 190001
        # A stamp on every row, to the second.
        01-15 02-12 04-20 | UPDATETIME=2026-11-20_23:59:59 | 2026-11-20T23:59:59+08:00
        05-13 06-22 08-21 | UPDATETIME=2026-11-20_08:00:01 | 2026-11-20T08:00:01+08:00
        04-20             | UPDATETIME=2026-11-20          | !bad-date
    ";
    table(VENDOR, rows).await;
}

#[tokio::test]
async fn amounts_terms_and_flags() {
    let rows = "
        04-11 05-11       | BASENUM=23118.50         | 23118.50
        04-14             | BAL=1234567890.07        | 1234567890.07
        04-14             | BAL=0                    | 0.00
        04-14             | BAL=1.005                | !bad-precision
        04-14             | BAL=1,000.00             | !bad-number
        02-05             | UNITPROP=12.00           | 12.00
        02-06             | INDIPROP=5               | 5.00
        # A debit is negative; amounts have no sign.
        05-10             | AMT=100.50 DCFLAG=C      | 100.50
        05-10             | AMT=100.50 DCFLAG=D      | -100.50
        05-10             | AMT=100.50 DCFLAG=D_     | -100.50
        05-10             | AMT=100.50 DCFLAG=X      | !unknown-code
        05-10             | AMT=100.50 DCFLAG=       | !unknown-code
        # Reversals: 1 and 6 to 9. 0 and 2 are none.
        05-12             | TRANSTYPE=0              | 01
        05-12             | TRANSTYPE=2              | 01
        05-12             | TRANSTYPE=1              | 02
        05-12             | TRANSTYPE=6              | 02
        05-12             | TRANSTYPE=7              | 02
        05-12             | TRANSTYPE=8              | 02
        05-12             | TRANSTYPE=9              | 02
        05-12             | TRANSTYPE=3              | !unknown-code
        05-07             | SUMMARYCODE=1001         | 01
        05-07             | SUMMARYCODE=1016         | !unknown-code
        06-10             | DRAWAMT=800000.00        | 800000.00
        08-03             | LOANCONTRNUM=借字2019-7号 | 借字2019-7号
        08-09             | LOANAMT=1400000.00       | 1400000.00
        # Years become months.
        08-10             | LOANTERM=30              | 360
        08-10             | LOANTERM=1               | 12
        08-10             | LOANTERM=14.5            | !bad-number
        08-20             | HOUSEPRICE=3000000       | 3000000.00
        09-11             | INCOME=12000.10          | 12000.10
        # Yes is 1 and no is 0.
        08-15             | FIRSTFLAG=1              | true
        08-15             | FIRSTFLAG=0              | false
        08-15             | FIRSTFLAG=2              | !bad-boolean
        07-14             | SIXFLAG=1                | true
        07-16             | LOANFLAG=0               | false
        07-17             | FRAUDFLAG=Y              | !bad-boolean
        # Single values of the column, several matters parted by semicolons.
        11-09             | LIMITITEMS=01;04         | 01;04
        11-09             | LIMITITEMS=01;09         | !unknown-code
    ";
    table(VENDOR, rows).await;
}

#[tokio::test]
async fn withdrawals() {
    let rows = "
        06-07 | DRAWREASON=001  | 01
        06-07 | DRAWREASON=002  | 02
        06-07 | DRAWREASON=003  | 02
        06-07 | DRAWREASON=004  | 06
        06-07 | DRAWREASON=005  | 06
        06-07 | DRAWREASON=006  | 07
        06-07 | DRAWREASON=008  | 09
        06-07 | DRAWREASON=101  | 03
        06-07 | DRAWREASON=102  | 08
        06-07 | DRAWREASON=103  | 05
        06-07 | DRAWREASON=104  | 05
        06-07 | DRAWREASON=105  | 04
        06-07 | DRAWREASON=106_ | 99
        06-07 | DRAWREASON=007  | 99
        06-07 | DRAWREASON=1    | !unknown-code
        06-07 | DRAWREASON=01   | !unknown-code
        06-08 | MATTERNO=07     | 0007
        06-08 | MATTERNO=23     | 0023
        06-08 | MATTERNO=24     | !unknown-code
        06-13 | APPRSTATE=1     | 02
        06-13 | APPRSTATE=3     | 03
        06-13 | APPRSTATE=4     | 04
        06-13 | APPRSTATE=6     | 06
        06-13 | APPRSTATE=9     | 08
        06-13 | APPRSTATE=2     | !unknown-code
    ";
    table(VENDOR, rows).await;
}

/// The contract state, the loan state while it runs, the clearing state after it closed.
#[tokio::test]
async fn loan_states() {
    let rows = "
        08-07 10-06 | LOANCONTRSTATE=00                           | 01
        08-07 10-06 | LOANCONTRSTATE=01                           | 02
        08-07 10-06 | LOANCONTRSTATE=02                           | 03
        08-07 10-06 | LOANCONTRSTATE=03                           | 03
        08-07 10-06 | LOANCONTRSTATE=04 LOANSTATE=2               | 03
        08-07 10-06 | LOANCONTRSTATE=05 LOANSTATE=0 CLEARSTATE=0  | 03
        08-07 10-06 | LOANCONTRSTATE=06                           | 03
        08-07 10-06 | LOANCONTRSTATE=07                           | 03
        08-07 10-06 | LOANCONTRSTATE=08                           | 03
        08-07 10-06 | LOANCONTRSTATE=10                           | 03
        08-07 10-06 | LOANCONTRSTATE=09 LOANSTATE=1 CLEARSTATE=0  | 04
        08-07 10-06 | LOANCONTRSTATE=09 LOANSTATE=2               | 05
        08-07 10-06 | LOANCONTRSTATE=09 LOANSTATE=3               | 05
        08-07 10-06 | LOANCONTRSTATE=09 LOANSTATE=4               | 05
        08-07 10-06 | LOANCONTRSTATE=09 LOANSTATE=5               | 06
        08-07 10-06 | LOANCONTRSTATE=09 LOANSTATE=6 CLEARSTATE=4  | 06
        08-07 10-06 | LOANCONTRSTATE=09 LOANSTATE=7               | 07
        08-07 10-06 | LOANCONTRSTATE=09 LOANSTATE=8               | !unknown-code
        08-07 10-06 | LOANCONTRSTATE=09                           | !unknown-code
        08-07 10-06 | LOANCONTRSTATE=90 LOANSTATE=5 CLEARSTATE=1  | 06
        08-07 10-06 | LOANCONTRSTATE=90 LOANSTATE=1 CLEARSTATE=2  | 06
        08-07 10-06 | LOANCONTRSTATE=90 CLEARSTATE=3              | 06
        08-07 10-06 | LOANCONTRSTATE=90 LOANSTATE=7 CLEARSTATE=4  | 07
        08-07 10-06 | LOANCONTRSTATE=90 LOANSTATE=1 CLEARSTATE=0  | 08
        08-07 10-06 | LOANCONTRSTATE=90 CLEARSTATE=9              | 08
        # A clearing state that the vendor does not have is no `else`.
        08-07 10-06 | LOANCONTRSTATE=90 CLEARSTATE=5              | !unknown-code
        08-07 10-06 | LOANCONTRSTATE=99 LOANSTATE=1 CLEARSTATE=1  | 08
        08-07 10-06 | LOANCONTRSTATE=11                           | !unknown-code
        08-07 10-06 |                                             | !missing-required
    ";
    table(VENDOR, rows).await;
}

#[tokio::test]
async fn guarantees_repayments_and_houses() {
    let rows = "
        08-13 | GUARMODE=01  | 01
        08-13 | GUARMODE=02  | 02
        # Mortgage with pledge, and 05 to 07: mixed forms have no standard value.
        08-13 | GUARMODE=03  | 99
        08-13 | GUARMODE=04  | 03
        08-13 | GUARMODE=05  | 99
        08-13 | GUARMODE=06  | 99
        08-13 | GUARMODE=07  | 99
        08-13 | GUARMODE=08  | !unknown-code
        08-13 | GUARMODE=4   | !unknown-code
        08-12 | REPAYMODE=1  | 01
        08-12 | REPAYMODE=2  | 02
        08-12 | REPAYMODE=3  | 99
        08-12 | REPAYMODE=4  | 03
        08-12 | REPAYMODE=5  | !unknown-code
        08-14 | BUYTYPE=5    | 05
        08-19 | HOUSETYPE=01 | 01
        08-19 | HOUSETYPE=02 | 07
        08-19 | HOUSETYPE=03 | 99
        08-19 | HOUSETYPE=04 | 99
        08-19 | HOUSETYPE=05 | 08
        08-19 | HOUSETYPE=06 | 99
        08-19 | HOUSETYPE=07 | 06
        08-19 | HOUSETYPE=08 | 03
        08-19 | HOUSETYPE=09 | 03
        08-19 | HOUSETYPE=10 | 03
        08-19 | HOUSETYPE=11 | 05
        08-19 | HOUSETYPE=12 | 02
        08-19 | HOUSETYPE=13 | 02
        08-19 | HOUSETYPE=14 | 06
        08-19 | HOUSETYPE=15 | 99
        08-19 | HOUSETYPE=16 | 99
        08-19 | HOUSETYPE=17 | !unknown-code
    ";
    table(VENDOR, rows).await;
}

#[tokio::test]
async fn employers() {
    let rows = "
        01-05 | UNITACCNAME=gbk:北京虚构商贸有限公司 | 北京虚构商贸有限公司
        # Letters of the 2002 edition.
        01-08 | INDUSTRY=F___                        | G
        01-08 | INDUSTRY=G                           | I
        01-08 | INDUSTRY=H                           | F
        01-08 | INDUSTRY=I                           | H
        01-08 | INDUSTRY=E                           | E
        01-08 | INDUSTRY=NULL                        | -
        01-08 | INDUSTRY=U                           | !unknown-code
        01-10 | LEGCERTITYPE=9                       | 99
        01-11 | LEGCERTINUM=110101000101001          | 110101190001010014
        02-04 | UNITACCSTATE=9                       | 04
        02-08 | DEFERFLAG=3                          | 3
        02-09 | DEFERENDYM=202706                    | 202706
    ";
    table(VENDOR, rows).await;
}
