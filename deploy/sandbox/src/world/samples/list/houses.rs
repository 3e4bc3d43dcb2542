//! The samples that turn on a house or a marriage. They refuse anything that `planted` does not put
//! into the centers.

use super::super::super::node::Node::{City, Guoguan, Zhongzhi};
use super::super::Wanted::Text;
use super::super::{ExpectedRow, Sample, people as p};
use super::{LIVE, case, many, one};

const PENDING_S7: ExpectedRow = &[
    ("06-13", Text("02")),
    ("06-15", Text("110109001001GB00007F00000007")),
];

const SIX_BELOW: ExpectedRow = &[("06-14", Text("网签XY0000000601")), ("06-13", Text("04"))];
const SIX_ABOVE: ExpectedRow = &[("06-14", Text("网签XY0000000602")), ("06-13", Text("04"))];

pub(super) const S6: Sample = Sample {
    id: "S6",
    title_zh: "夫妻就同一购房合同分别在市中心与国管提取：合计低于房价可以，超过则停",
    title_en: "one contract drawn by husband (city) and wife (国管): below and above the price",
    cases: &[
        case("CT-S06", City, "F10", "07", &[p::S6_HUSBAND, p::S6_WIFE]),
        case(
            "CT-S06-2",
            City,
            "F10",
            "07",
            &[p::S6_HUSBAND_ABOVE, p::S6_WIFE_ABOVE],
        ),
    ],
    expects: &[
        one(
            p::S6_HUSBAND,
            City,
            6,
            &[SIX_BELOW, &[("06-10", Text("800000.00"))]],
        ),
        one(
            p::S6_WIFE,
            Guoguan,
            6,
            &[SIX_BELOW, &[("06-10", Text("700000.00"))]],
        ),
        one(p::S6_HUSBAND, City, 8, &[&[("08-20", Text("3000000.00"))]]),
        one(
            p::S6_HUSBAND_ABOVE,
            City,
            6,
            &[SIX_ABOVE, &[("06-10", Text("1600000.00"))]],
        ),
        one(
            p::S6_WIFE_ABOVE,
            Guoguan,
            6,
            &[SIX_ABOVE, &[("06-10", Text("1700000.00"))]],
        ),
        one(
            p::S6_HUSBAND_ABOVE,
            City,
            8,
            &[&[("08-20", Text("3000000.00"))]],
        ),
    ],
};

pub(super) const S7: Sample = Sample {
    id: "S7",
    title_zh: "同一不动产单元有两笔在途提取，第二笔应停",
    title_en: "two pending withdrawals on one real-estate unit: the second must stop",
    cases: &[case("ZZ-S07", Zhongzhi, "F10", "07", &[p::S7])],
    expects: &[
        one(p::S7, Zhongzhi, 6, &[PENDING_S7]),
        one(p::S7, Guoguan, 6, &[PENDING_S7]),
    ],
};

pub(super) const S8: Sample = Sample {
    id: "S8",
    title_zh: "国管购房提取后已冲回，净额为零，可以提取",
    title_en: "a purchase withdrawal at 国管 was reversed: net zero, allowed",
    cases: &[
        case("CT-S08", City, "F10", "07", &[p::S8]),
        case("CT-S08-2", City, "F14", "14", &[p::S8]),
    ],
    expects: &[many(
        p::S8,
        Guoguan,
        6,
        2,
        &[
            &[("06-10", Text("800000.00")), ("06-13", Text("04"))],
            &[("06-10", Text("-800000.00")), ("06-13", Text("08"))],
        ],
    )],
};

pub(super) const S12: Sample = Sample {
    id: "S12",
    title_zh: "离异后再婚，民政先返回旧登记：以最近一次登记为准（第 13 类）",
    title_en: "remarried, the registry tells the old marriage first: the latest wins",
    cases: &[case("CT-S12", City, "F10", "07", &[p::S12, p::S12_WIFE])],
    expects: &[one(p::S12, City, 4, &[LIVE])],
};
