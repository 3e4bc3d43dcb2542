//! The code maps of every local system, as tables: which local value is which canonical code, which
//! canonical codes a system never says and why, and which local meanings fall together and why.

/// One local system: its name, the centers that run it, and its tables.
pub(crate) struct System {
    pub(crate) name: &'static str,
    pub(crate) centers: &'static [&'static str],
    /// `items | local>canonical …`; several columns are parted by `/`, `_` is blank.
    pub(crate) maps: &'static str,
    /// `items | canonical codes | why the system never says them`.
    pub(crate) never: &'static str,
    /// `items | canonical < entries of the map | why these meanings fall together`.
    pub(crate) together: &'static str,
}

/// What the city center and 中直 run.
const VENDOR: System = System {
    name: "vendor",
    centers: &["city", "zhongzhi"],
    maps: "
        01-10 01-13 03-04 03-14 04-03 05-04 06-04 07-06 08-04 09-07 10-04 11-05 | 1>01 2>02 3>03 \
            4>04 5>05 6>06 7>07 8>08 9>99
        01-08 | A>A B>B C>C D>D E>E F>G G>I H>F I>H J>J K>K L>L M>M N>N O>O P>P Q>Q R>R S>S T>T
        02-04 | 0>01 1>05 2>02 3>03 7>99 9>04
        03-07 | 0>0 1>1 2>2 9>9
        03-09 | 1>10 2>20 3>30 4>40 9>90
        04-07 | 1>01 2>02 3>03 4>04
        04-08 | 0/0/1001>01 1/0/1005>02 9/0/1006>03 9/0/1007>04 9/0/1012>05 0/1/1001>06 \
            1/2/1005>06 9/3/1006>06 7/0/1099>99
        04-18 | 0>0 1>1 2>2 3>3
        05-07 | 1001>01 1002>02 1003>03 1004>04 1005>05 1006>06 1007>07 1008>08 1009>09 1010>10 \
            1011>11 1012>12 1013>13 1014>14 1015>15 1099>99
        05-12 | 0>01 2>01 1>02 6>02 7>02 8>02 9>02
        06-06 | 1>11 2>12
        06-07 | 001>01 002>02 003>02 004>06 005>06 006>07 007>99 008>09 009>99 101>03 102>08 \
            103>05 104>05 105>04 106>99 199>99
        06-08 | 07>0007 08>0008 09>0009 10>0010 11>0011 12>0012 13>0013 14>0014 15>0015 16>0016 \
            17>0017 18>0018 19>0019 20>0020 21>0021 22>0022 23>0023
        06-09 | 1>01 2>02 9>99
        06-13 | 1>02 3>03 4>04 6>06 9>08
        08-07 10-06 | 00/_/_>01 01/_/_>02 02/_/_>03 03/_/_>03 04/_/_>03 05/_/_>03 06/_/_>03 \
            07/_/_>03 08/_/_>03 10/_/_>03 09/1/_>04 09/2/_>05 09/3/_>05 09/4/_>05 09/5/_>06 \
            09/6/_>06 09/7/_>07 90/5/1>06 90/5/2>06 90/5/3>06 90/7/4>07 90/0/0>08 90/0/9>08 \
            99/_/_>08
        08-08 | 1>01 2>02 3>03 9>99
        08-12 | 1>01 2>02 3>99 4>03
        08-13 | 01>01 02>02 03>99 04>03 05>99 06>99 07>99
        08-14 | 1>01 2>02 3>03 4>04 5>05 9>99
        08-19 | 01>01 02>07 03>99 04>99 05>08 06>99 07>06 08>03 09>03 10>03 11>05 12>02 13>02 \
            14>06 15>99 16>99
    ",
    never: "
        03-09 | 21 22 23 | the vendor says only that somebody is married
        06-06 | 01 02 03 04 05 06 07 08 09 10 13 14 15 99 | class 06 holds withdrawals only
        06-13 | 01 05 07 | a request is kept from its first approval on; refusals and failed \
            payments are not kept
        08-07 10-06 | 09 | a refused application leaves the table
        08-12 | 04 | the vendor has no free repayment
        08-19 | 04 | the vendor has no type for two-limit homes
    ",
    together: "
        04-08 | 06 < */1/* */2/* */3/* | frozen overrides every state; 04-18 keeps the kind of \
            freeze
        05-12 | 01 < 0 2 | ordinary and corrected postings take nothing back
        05-12 | 02 < 1 6 7 8 9 | five kinds of reversal
        06-07 | 02 < 002 003 | building and major repair are one reason of the standard
        06-07 | 05 < 103 104 | leaving the country and moving away are one reason of the standard
        06-07 | 06 < 004 005 | bank loans and fund loans are one reason of the standard
        06-07 | 99 < 007 009 106 199 | reasons of the center that the standard does not have
        08-07 10-06 | 03 < 02/*/* 03/*/* 04/*/* 05/*/* 06/*/* 07/*/* 08/*/* 10/*/* | steps \
            between signing and paying out
        08-07 10-06 | 05 < 09/2/* 09/3/* 09/4/* | overdue, partly overdue, interest suspended
        08-07 10-06 | 06 < 09/5/* 09/6/* 90/*/1 90/*/2 90/*/3 | settled in one of several ways
        08-07 10-06 | 07 < 09/7/* 90/*/4 | written off, closed or not
        08-07 10-06 | 08 < 90/*/0 90/*/9 99/*/* | withdrawn, or closed without having been cleared
        08-13 | 99 < 03 05 06 07 | mixed guarantees have no standard value; a trace shows the raw \
            one
        08-19 | 02 < 12 13 | two kinds of secured home
        08-19 | 03 < 08 09 10 | three kinds of own building
        08-19 | 06 < 07 14 | two kinds of home in rebuilt quarters
        08-19 | 99 < 03 04 06 15 16 | types that the standard does not have
    ",
};

const GUOGUAN: System = System {
    name: "guoguan",
    centers: &["guoguan"],
    maps: "
        04-08 | 01/0>01 02/0>02 03/0>03 04/0>04 05/0>05 06/0>06 99/0>99 01/1>06 02/2>06 06/3>06
        08-07 10-06 | 00>06 01>03 02>04 03>05
    ",
    never: "
        08-07 10-06 | 01 02 07 08 09 | the column has four values
    ",
    together: "
        04-08 | 06 < */1 */2 */3 06/0 | frozen overrides every state; 04-18 keeps the kind of freeze
    ",
};

const RAILWAY: System = System {
    name: "tielu",
    centers: &["tielu"],
    maps: "
        01-10 01-13 03-04 03-14 04-03 05-04 06-04 08-04 10-04 | 01>01 02>02 03>03 04>04 05>99
        03-07 | 0>2 1>1
        03-09 | 1>10 2>20 3>40
        04-08 | 0/0>01 1/0>02 2/0>04 3/0>05 4/0>05 5/0>05 6/0>99 7/0>05 0/1>06 1/2>06 2/3>06
        05-07 | 101>01 102>02 103>03 104>04 105>05 106>06 107>07 108>08 109>09 110>10 111>11 \
            112>12 113>13 114>14 115>15 199>99
        05-12 | N>01 Y>02
        06-06 | P>11 C>12
        06-07 | P/1/07>01 P/1/08>01 P/1/09>01 P/1/10>01 P/1/11>01 P/1/12>01 P/1/13>01 P/1/15>02 \
            P/2/14>07 P/3/10>06 P/4/_>99 P/5/16>03 C/2/_>99 C/3/16>03 C/4/22>04 C/5/20>05 \
            C/6/_>99 C/7/_>99
        06-08 | 07>0007 08>0008 09>0009 10>0010 11>0011 12>0012 13>0013 14>0014 15>0015 16>0016 \
            17>0017 18>0018 19>0019 20>0020 21>0021 22>0022 23>0023
        06-09 | 1>01 2>02 9>99
        06-13 | N>01 Y>04
        08-07 | A>04 O>05 S>06 _>03
        08-08 | 1>01 2>02 3>03 9>99
        08-12 | 1>01 2>02 3>03 4>04 9>99
        08-13 | 1>01 2>02 3>03 9>99
        08-14 | 1>01 2>02 3>03 4>04 5>05 9>99
        10-06 | A>04 O>05 S>06
        10-12 | 1>01 2>02 3>03 4>04 5>05 9>99
    ",
    never: "
        01-10 01-13 03-04 03-14 04-03 05-04 06-04 08-04 10-04 | 05 06 07 08 | foreigners and \
            residents of Hong Kong, Macau and Taiwan stand under 05, other
        03-07 | 0 9 | a digit for women and one for men
        03-09 | 21 22 23 30 90 | unmarried, married, divorced
        04-08 | 03 | a merged account is not told from other closings
        06-06 | 01 02 03 04 05 06 07 08 09 10 13 14 15 99 | class 06 holds withdrawals only
        06-07 | 08 09 | neither list has death or illness
        06-13 | 02 03 05 06 07 08 | the file says paid or not paid
        08-07 | 01 02 07 08 09 | the weekly file holds signed contracts in three states and a blank
        10-06 | 01 02 03 07 08 09 | the weekly file holds paid out loans in three states
    ",
    together: "
        04-08 | 05 < 3/0 4/0 5/0 7/0 | closings by reason; the reason travels with the withdrawal
        04-08 | 06 < */1 */2 */3 | frozen overrides every state; 04-18 keeps the kind of freeze
        06-07 | 01 < P/1/07 P/1/08 P/1/09 P/1/10 P/1/11 P/1/12 P/1/13 | seven matters of buying
        06-07 | 03 < C/3/* P/5/* | retirement stands in both lists
        06-07 | 99 < C/2/* C/6/* C/7/* P/4/* | moved out, other and other closing have no \
            standard value
    ",
};

/// The outside offices that the city center asks.
const OFFICES: System = System {
    name: "offices",
    centers: &["city"],
    maps: "
        12-07 | Y/Y/Y/Y/Y>01 N/Y/Y/Y/Y>02 Y/N/Y/Y/Y>02 Y/Y/N/Y/Y>02 Y/Y/Y/N/Y>02 Y/Y/Y/Y/N>02
        12-09 | 已签约>01 已备案>02 已注销>03 变更中>04
        13-08 | 结婚登记>20 补领结婚证>20 离婚登记>40 补领离婚证>40 撤销婚姻>90
        13-09 | 结婚登记>01 离婚登记>02 补领结婚证>03 补领离婚证>04 撤销婚姻>05
        14-07 | 有限责任公司>91 股份有限公司>91 事业单位>12 机关>11 个体工商户>92 农民专业合作社>93
        14-08 | 存续>1 存续（在营、开业、在册）>1 在营（开业）企业>1 在业>1 开业>1 注销>2 已注销>2 注销企业>2 吊销,已注销>2 吊销>3 吊销,未注销>3 \
            吊销，未注销>3 吊销后未注销>3 撤销>4 撤销登记>4 迁出>5 迁出本市>5
    ",
    never: "
        12-07 | 03 04 05 06 | no record is a reply of its own; the others are outcomes of the \
            question
        12-09 | 99 | a status that the list lacks is withheld, not called unknown
        13-08 | 10 21 22 23 30 | a registration tells neither how often nor a death, and none is \
            not single
        13-09 | 06 99 | divorces by judgment are not registered; 99 is the reply without a record
        14-07 | 13 51 52 53 Y1 | market regulation registers none of these
    ",
    together: "
        12-07 | 02 < */*/*/*/N */*/*/N/* */*/N/*/* */N/*/*/* N/*/*/*/* | anything that differs \
            is a mismatch; 12-08 tells which
        13-08 | 20 < 结婚登记 补领结婚证 | a new certificate of the same marriage
        13-08 | 40 < 离婚登记 补领离婚证 | a new certificate of the same divorce
        14-07 | 91 < 有限责任公司 股份有限公司 | both are enterprises
        14-08 | 1 < 在业 在营（开业）企业 存续 存续（在营、开业、在册） 开业 | spellings of being in business
        14-08 | 2 < 吊销,已注销 已注销 注销 注销企业 | spellings of being struck off, revoked before or not
        14-08 | 3 < 吊销 吊销,未注销 吊销后未注销 吊销，未注销 | spellings of being revoked and not struck off
        14-08 | 4 < 撤销 撤销登记 | spellings of being annulled
        14-08 | 5 < 迁出 迁出本市 | spellings of having moved out of the city
    ",
};

pub(crate) const SYSTEMS: [System; 4] = [VENDOR, GUOGUAN, RAILWAY, OFFICES];
