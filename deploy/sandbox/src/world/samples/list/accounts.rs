//! The samples that turn on accounts and on the numbers of their owners. They refuse anything that
//! `planted` does not put into the centers.

use super::super::super::node::Node::{City, Guoguan, Tielu, Zhongzhi};
use super::super::Wanted::{DaysBefore, MonthsBefore, Nothing, Text};
use super::super::{Sample, people as p};
use super::{LIVE, case, many, none, one};

pub(super) const S1: Sample = Sample {
    id: "S1",
    title_zh: "重复开户：市中心与国管各有一个正常账户，缴存月份重叠",
    title_en: "duplicate account: live in the city and at 国管, months overlap",
    cases: &[case("GG-S01", Guoguan, "F05", "02", &[p::S1])],
    expects: &[
        one(
            p::S1,
            City,
            4,
            &[LIVE, &[("04-10", MonthsBefore(1)), ("04-16", Text("24"))]],
        ),
        one(
            p::S1,
            Guoguan,
            4,
            &[LIVE, &[("04-10", MonthsBefore(1)), ("04-16", Text("6"))]],
        ),
        none(p::S1, Zhongzhi, 4),
        none(p::S1, Tielu, 4),
        many(
            p::S1,
            City,
            5,
            12,
            &[&[("05-08", MonthsBefore(3)), ("05-07", Text("01"))]],
        ),
        many(
            p::S1,
            Guoguan,
            5,
            6,
            &[&[("05-08", MonthsBefore(3)), ("05-07", Text("01"))]],
        ),
    ],
};

pub(super) const S2: Sample = Sample {
    id: "S2",
    title_zh: "迟未转移：市中心正常，铁路账户已封存 90 天",
    title_en: "late transfer: live in the city, sealed at 铁路 for 90 days; no block",
    cases: &[case("CT-S02", City, "F05", "02", &[p::S2])],
    expects: &[
        one(p::S2, City, 4, &[LIVE]),
        one(
            p::S2,
            Tielu,
            4,
            &[&[("04-08", Text("02")), ("04-17", DaysBefore(90))]],
        ),
        none(p::S2, Zhongzhi, 4),
        none(p::S2, Guoguan, 4),
    ],
};

pub(super) const S3: Sample = Sample {
    id: "S3",
    title_zh: "市中心基本公积金与国管住房补贴并存，不算重复",
    title_en: "basic fund in the city beside housing subsidy at 国管: nothing to object to",
    cases: &[case("GG-S03", Guoguan, "F05", "02", &[p::S3])],
    expects: &[
        one(p::S3, City, 4, &[LIVE]),
        one(
            p::S3,
            Guoguan,
            4,
            &[&[("04-07", Text("03")), ("04-08", Text("01"))]],
        ),
    ],
};

pub(super) const S4: Sample = Sample {
    id: "S4",
    title_zh: "同一人在市中心以 15 位旧号存放，用 18 位号查到",
    title_en: "stored under 15 digits in the city, found when asked with 18",
    cases: &[case("GG-S04", Guoguan, "F05", "02", &[p::S4])],
    expects: &[
        one(
            p::S4,
            City,
            4,
            &[LIVE, &[("04-04", Text("110106190004040114"))]],
        ),
        none(p::S4, Guoguan, 4),
    ],
};

pub(super) const S5: Sample = Sample {
    id: "S5",
    title_zh: "台湾居民：市中心登记居住证，国管登记通行证，凭原证件号码才能关联",
    title_en: "Taiwan resident: permit in the city, pass at 国管, linked by the former number",
    cases: &[
        case("ZZ-S05", Zhongzhi, "F05", "02", &[p::S5_PERMIT]),
        case("ZZ-S05-2", Zhongzhi, "F05", "02", &[p::S5_PASS]),
    ],
    expects: &[
        one(
            p::S5_PERMIT,
            City,
            3,
            &[&[("03-04", Text("06")), ("03-06", Text("00000505"))]],
        ),
        one(p::S5_PERMIT, City, 4, &[LIVE]),
        none(p::S5_PERMIT, Guoguan, 4),
        one(p::S5_PASS, Guoguan, 4, &[LIVE, &[("04-03", Text("08"))]]),
        none(p::S5_PASS, City, 4),
    ],
};

pub(super) const S13: Sample = Sample {
    id: "S13",
    title_zh: "铁路当日文件未到：以昨日数据作答并标明陈旧",
    title_en: "today's railway file is missing: answered from yesterday's, marked stale",
    cases: &[case("CT-S13", City, "F05", "02", &[p::S13])],
    expects: &[one(
        p::S13,
        Tielu,
        4,
        &[LIVE, &[("04-05", Text("董㛃𠮷")), ("04-17", Nothing)]],
    )],
};

pub(super) const S14: Sample = Sample {
    id: "S14",
    title_zh: "四家均有记录；国管停机时三家作答、一家不明",
    title_en: "rows in all four centers; with 国管 down three answer and one is not known",
    cases: &[case("CT-S14", City, "F05", "02", &[p::S14])],
    expects: &[
        one(
            p::S14,
            City,
            4,
            &[LIVE, &[("04-04", Text("11011619010414022X"))]],
        ),
        one(p::S14, Zhongzhi, 4, &[&[("04-08", Text("02"))]]),
        one(
            p::S14,
            Guoguan,
            4,
            &[&[("04-08", Text("02")), ("04-19", Nothing)]],
        ),
        one(
            p::S14,
            Tielu,
            4,
            &[&[("04-08", Text("04")), ("04-14", Text("0.00"))]],
        ),
    ],
};
