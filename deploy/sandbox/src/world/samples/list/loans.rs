//! The samples that turn on a loan. They refuse anything that `planted` does not put into the
//! centers.

use super::super::super::node::Node::{City, Guoguan, Tielu, Zhongzhi};
use super::super::Wanted::{DaysBefore, MonthsBefore, Text};
use super::super::{Sample, people as p};
use super::{LIVE, case, many, none, one};

pub(super) const S9: Sample = Sample {
    id: "S9",
    title_zh: "国管贷款的共同借款人在市中心申请贷款，查到未结清贷款",
    title_en: "co-borrower of an open 国管 loan applies in the city: found as a loan party",
    cases: &[case("CT-S09", City, "F19", "28", &[p::S9_CO_BORROWER])],
    expects: &[
        one(
            p::S9_CO_BORROWER,
            Guoguan,
            9,
            &[&[("09-04", Text("1")), ("09-05", Text("1"))]],
        ),
        one(
            p::S9_CO_BORROWER,
            Guoguan,
            8,
            &[&[("08-07", Text("04")), ("08-10", Text("240"))]],
        ),
        one(p::S9_CO_BORROWER, Guoguan, 10, &[&[("10-06", Text("04"))]]),
        one(p::S9_CO_BORROWER, City, 4, &[LIVE]),
    ],
};

pub(super) const S10: Sample = Sample {
    id: "S10",
    title_zh: "同一天在市中心与中直同时申请贷款，签约前复核拦住第二笔",
    title_en: "applications in the city and at 中直 on one day: the final check stops one",
    cases: &[
        case("CT-S10", City, "F19", "28", &[p::S10]),
        case("ZZ-S10", Zhongzhi, "F19", "28", &[p::S10]),
    ],
    expects: &[
        one(
            p::S10,
            City,
            8,
            &[&[("08-07", Text("01")), ("08-06", DaysBefore(1))]],
        ),
        one(
            p::S10,
            Zhongzhi,
            8,
            &[&[("08-07", Text("01")), ("08-06", DaysBefore(1))]],
        ),
        none(p::S10, City, 10),
    ],
};

pub(super) const S11: Sample = Sample {
    id: "S11",
    title_zh: "市中心 14 个月、铁路 10 个月，其中 3 个月重叠：合计 21 个月",
    title_en: "14 months in the city, 10 at 铁路, 3 in both: 21 months",
    cases: &[case("CT-S11", City, "F19", "28", &[p::S11])],
    expects: &[
        many(p::S11, City, 5, 14, &[&[("05-08", MonthsBefore(14))]]),
        many(
            p::S11,
            Tielu,
            5,
            10,
            &[
                &[("05-08", MonthsBefore(12))],
                &[("05-08", MonthsBefore(21))],
            ],
        ),
    ],
};

pub(super) const S17: Sample = Sample {
    id: "S17",
    title_zh: "申请 140 万元、户籍东城、缴存 14 年：购通州可贷，购海淀超限",
    title_en: "1,400,000, registered in 东城, 14 years: valid for 通州, too much for 海淀",
    cases: &[case("CT-S17", City, "F21", "28", &[p::S17])],
    expects: &[
        one(p::S17, City, 3, &[&[("03-12", Text("110101"))]]),
        one(p::S17, City, 4, &[LIVE, &[("04-16", Text("66"))]]),
        one(
            p::S17,
            Guoguan,
            4,
            &[&[("04-08", Text("02")), ("04-16", Text("100"))]],
        ),
        many(p::S17, City, 5, 66, &[&[("05-08", MonthsBefore(66))]]),
        many(p::S17, Guoguan, 5, 100, &[&[("05-08", MonthsBefore(169))]]),
        none(p::S17, City, 9),
    ],
};
