//! The samples that turn on an employer. They refuse anything that `planted` does not put into the
//! centers.

use super::super::super::node::Node::{City, Guoguan, Tielu, Zhongzhi};
use super::super::Wanted::Text;
use super::super::{Sample, people as p};
use super::{case, none, one};

pub(super) const S15: Sample = Sample {
    id: "S15",
    title_zh: "已吊销的单位申请登记：市场监管答复“吊销,未注销”",
    title_en: "a revoked employer registers: market regulation says 吊销,未注销",
    cases: &[case(
        "CT-S15",
        City,
        "F01",
        "01",
        &[p::S15, p::S15_REPRESENTATIVE, p::S15_HANDLER],
    )],
    expects: &[
        one(
            p::S15,
            City,
            1,
            &[&[("01-05", Text("北京虚构吊销商贸有限公司"))]],
        ),
        one(p::S15, City, 2, &[&[("02-04", Text("01"))]]),
        one(
            p::S15,
            Zhongzhi,
            1,
            &[&[("01-03", Text("91110000MA0000A197"))]],
        ),
        none(p::S15, Guoguan, 1),
        none(p::S15, Tielu, 1),
    ],
};

pub(super) const S16: Sample = Sample {
    id: "S16",
    title_zh: "失信单位的法定代表人另设单位：本人无账户，仍被拦住",
    title_en: "the representative of a listed employer opens another: stopped, without an account",
    cases: &[case(
        "CT-S16",
        City,
        "F01",
        "01",
        &[p::S16, p::S16_REPRESENTATIVE, p::S16_HANDLER],
    )],
    expects: &[
        one(
            p::S16_REPRESENTATIVE,
            Zhongzhi,
            11,
            &[&[
                ("11-03", Text("1")),
                ("11-08", Text("06")),
                ("11-09", Text("02;03")),
                ("11-12", Text("1")),
                ("11-13", Text(p::S16_LISTED.number)),
            ]],
        ),
        one(
            p::S16_LISTED,
            Zhongzhi,
            11,
            &[&[("11-03", Text("2")), ("11-08", Text("04"))]],
        ),
        one(p::S16_LISTED, Zhongzhi, 2, &[&[("02-04", Text("01"))]]),
        none(p::S16_REPRESENTATIVE, City, 4),
        none(p::S16_REPRESENTATIVE, Zhongzhi, 4),
        none(p::S16_REPRESENTATIVE, Guoguan, 4),
        none(p::S16_REPRESENTATIVE, Tielu, 4),
        none(p::S16_HANDLER, Zhongzhi, 11),
        none(p::S16, City, 1),
        none(p::S16, Zhongzhi, 11),
    ],
};
