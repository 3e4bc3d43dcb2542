//! The conversion table for 国管's own database: every row of the item mapping and every trait,
//! through the deployed folder.

use node_agent::translate::LocalLimits;

use crate::bench::Home;
use crate::conversion::{GUOGUAN, table};

#[tokio::test]
async fn numbers_and_names() {
    let rows = "
        04-01 05-03 06-03 | GRZH=00210000012345______          | 00210000012345
        04-06 05-06       | DWZH=0021000023__________          | 0021000023
        # The check character in lower case, blanks behind.
        04-04 03-05 06-05 | ask=05:82000019000101001X ZJHM=82000019000101001x__ | 82000019000101001X
        07-07 09-08       | ask=05:82000019000101001X ZJHM=82000019000101001x | 82000019000101001X
        04-04             | ZJHM={18}                          | {18}
        03-06             | YZJHM=82000019000101001x           | 82000019000101001X
        03-15             | POZJHM=________________            | -
        06-21             | GTTQRZJHM=82000019000101001x       | 82000019000101001X
        04-03 03-04 06-04 | ZJLX=05                            | 05
        04-05 03-03 09-06 | XINGMING=李四______                | 李四
        # Rows of before: GBK bytes, and GBK bytes that were taken for code page 850.
        04-05             | XINGMING=gbk:张三____              | 张三
        04-05 03-03       | XINGMING=ı┼╚²____                  | 张三
        04-05             | XINGMING=ÍýÚF╗¨                    | 朱镕基
        01-05             | DWMC=▒▒¥®╣½╦¥                      | 北京公司
        # GBK whose bytes are letters in UTF-8 too.
        04-05             | XINGMING=gbk:魏伟____              | 魏伟
        # What could be either, or was cut in the middle, is no name.
        04-05             | XINGMING=José                      | !undecodable
        04-05             | XINGMING=Renée                     | !undecodable
        04-05             | XINGMING=ı┼╚                       | !undecodable
    ";
    table(GUOGUAN, rows).await;
}

#[tokio::test]
async fn account_status_is_the_standards_and_frozen_overrides() {
    let rows = "
        04-08 | GRZHZT=01 DJBZ=0  | 01
        04-08 | GRZHZT=02 DJBZ=0  | 02
        04-08 | GRZHZT=03 DJBZ=0  | 03
        04-08 | GRZHZT=04 DJBZ=0  | 04
        04-08 | GRZHZT=05 DJBZ=0  | 05
        04-08 | GRZHZT=06 DJBZ=0  | 06
        04-08 | GRZHZT=99 DJBZ=0  | 99
        04-08 | GRZHZT=06 DJBZ=2  | 06
        04-08 | GRZHZT=01 DJBZ=1  | 06
        04-08 | GRZHZT=02 DJBZ=3  | 06
        04-08 | GRZHZT=07 DJBZ=0  | !unknown-code
        04-08 | GRZHZT=1_ DJBZ=0  | !unknown-code
        04-08 | GRZHZT=01 DJBZ=4  | !unknown-code
        04-08 | GRZHZT=01 DJBZ=_  | !unknown-code
        04-08 | GRZHZT=__ DJBZ=_  | !missing-required
        04-18 | DJBZ=2            | 2
    ";
    table(GUOGUAN, rows).await;
}

#[tokio::test]
async fn dates_months_and_times() {
    let rows = "
        04-09             | KHRQ=2019-07-05       | 2019-07-05
        04-17             | FCRQ=__________       | -
        04-17             | FCRQ=2026-08-25       | 2026-08-25
        04-19             | XHRQ=20260825         | !bad-date
        06-18             | ZLQSRQ=2026-01-01     | 2026-01-01
        10-13             | DKJQRQ=__________     | -
        02-07 04-10 07-13 | JZNY=2019-07          | 201907
        04-10             | JZNY=2019-07___       | 201907
        04-10             | JZNY=201907           | !bad-date
        04-10             | JZNY=2019-7           | !bad-date
        03-08             | CSNY=1900-01          | 190001
        # A month stored as its first day, and a column that fills with something else.
        05-08             | HBJNY=2019-07-01      | 201907
        05-08             | HBJNY=2019-07         | !bad-date
        05-08             | HBJNY=汇缴            | !bad-date
        # The day of a load: midnight says that no clock time is known.
        01-15 04-20 05-13 | GXRQ=2026-11-23       | 2026-11-23T00:00:00+08:00
        06-22 08-21 10-14 | GXRQ=2026-11-23       | 2026-11-23T00:00:00+08:00
        04-20             | GXRQ=2026-11-23_08:00 | !bad-date
    ";
    table(GUOGUAN, rows).await;
}

#[tokio::test]
async fn amounts_terms_and_flags() {
    let rows = "
        04-11 05-11 | GRJCJS=23118.50____ | 23118.50
        04-14       | GRZHYE=0.07         | 0.07
        # A reversal is a negative row.
        05-10 06-10 | FSE=-800000.00      | -800000.00
        05-10 06-10 | FSE=800000.00       | 800000.00
        05-12       | CZBZ=02             | 02
        08-03       | JKHTBH=HT001_______ | HT001
        08-09       | HTDKJE=600000       | 600000.00
        # Months already.
        08-10       | DKQS=240            | 240
        # Yes is 1 and no is 2.
        08-15       | SFST=1              | true
        08-15       | SFST=2              | false
        08-15       | SFST=0              | !bad-boolean
        07-14       | HJBZ=2              | false
        07-16       | DKBZ=1              | true
        07-17       | PTPDBZ=Y            | !bad-boolean
    ";
    table(GUOGUAN, rows).await;
}

#[tokio::test]
async fn standard_codes_and_the_loan_status_that_is_none() {
    let rows = "
        05-07       | GJHTQYWLX=01 | 01
        06-07       | TQYY=06      | 06
        06-07       | TQYY=001     | !unknown-code
        06-08       | TQSX=0013    | 0013
        06-13       | SPZT=08      | 08
        08-07 10-06 | DKZT=00      | 06
        08-07 10-06 | DKZT=01      | 03
        08-07 10-06 | DKZT=02      | 04
        08-07 10-06 | DKZT=03      | 05
        08-07 10-06 | DKZT=04      | !unknown-code
        08-12       | DKHKFS=03    | 03
        08-13       | DKDBLX=03    | 03
        08-14       | GFLX=02      | 02
        08-19       | FWXZ=08      | 08
        03-07       | XINGBIE=2    | 2
        03-09       | HYZK=22      | 22
        # Letters of the 2017 edition, digits may follow.
        01-08       | DWSSHY=F___  | F
        01-08       | DWSSHY=G543  | G543
    ";
    table(GUOGUAN, rows).await;
}

/// A file is decoded as a whole: it cannot be looked through value by value.
#[tokio::test]
async fn files_are_not_read_out_of_code_page_850() {
    for kind in ["csv", "fixed-width"] {
        let home = Home::new();
        let text = format!(
            "[[connector]]\nname = \"drop\"\nkind = \"{kind}\"\ndir = \"data/drop\"\n\
             charset = \"gbk-in-cp850\"\n"
        );
        home.mapping("connectors.toml", &text);
        let faults = home.try_open(LocalLimits::default()).await.unwrap_err();
        let expected = "connectors.toml:5: `gbk-in-cp850` is for databases, not for files";
        assert!(faults.to_string().contains(expected), "{faults}");
    }
}
