//! The list of the planted samples. It refuses anything that `planted` does not put into the
//! centers: a test reads every expectation back through the centers' own mappings.

use super::super::node::Node::{self, City, Guoguan, Tielu, Zhongzhi};
use super::Wanted::{DaysBefore, MonthsBefore, Nothing, Text};
use super::{Expected, ExpectedRow, Sample, SampleCase, SampleSubject, people as p};

/// A case at 国管 (matter 02, flow F05, subject of S1) that is closed: no question may start from it.
pub const CLOSED_CASE: &str = "GG-X01";
/// A case at 国管 (matter 02, flow F05, subject of S1) whose applicant gave no consent.
pub const NO_CONSENT_CASE: &str = "GG-X02";

const LIVE: ExpectedRow = &[("04-07", Text("01")), ("04-08", Text("01"))];
const PENDING_S7: ExpectedRow = &[
    ("06-13", Text("02")),
    ("06-15", Text("110109001001GB00007F00000007")),
];

const fn case(
    case_no: &'static str,
    node: Node,
    flow: &'static str,
    matter: &'static str,
    parties: &'static [SampleSubject],
) -> SampleCase {
    SampleCase {
        case_no,
        node,
        flow,
        matter,
        parties,
    }
}

const fn none(subject: SampleSubject, node: Node, class: u8) -> Expected {
    Expected {
        subject,
        node,
        class,
        records: 0,
        rows: &[],
    }
}

const fn one(
    subject: SampleSubject,
    node: Node,
    class: u8,
    rows: &'static [ExpectedRow],
) -> Expected {
    Expected {
        subject,
        node,
        class,
        records: 1,
        rows,
    }
}

const fn many(
    subject: SampleSubject,
    node: Node,
    class: u8,
    records: usize,
    rows: &'static [ExpectedRow],
) -> Expected {
    Expected {
        subject,
        node,
        class,
        records,
        rows,
    }
}

pub(super) const SAMPLES: &[Sample] = &[
    Sample {
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
    },
    Sample {
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
    },
    Sample {
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
    },
    Sample {
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
    },
    Sample {
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
    },
    Sample {
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
    },
    Sample {
        id: "S7",
        title_zh: "同一不动产单元有两笔在途提取，第二笔应停",
        title_en: "two pending withdrawals on one real-estate unit: the second must stop",
        cases: &[case("ZZ-S07", Zhongzhi, "F10", "07", &[p::S7])],
        expects: &[
            one(p::S7, Zhongzhi, 6, &[PENDING_S7]),
            one(p::S7, Guoguan, 6, &[PENDING_S7]),
        ],
    },
    Sample {
        id: "S8",
        title_zh: "国管购房提取后已冲回，净额为零，可以提取",
        title_en: "a purchase withdrawal at 国管 was reversed: net zero, allowed",
        cases: &[case("CT-S08", City, "F10", "07", &[p::S8])],
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
    },
    Sample {
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
    },
    Sample {
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
    },
    Sample {
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
    },
    Sample {
        id: "S12",
        title_zh: "离异后再婚，民政先返回旧登记：以最近一次登记为准（第 13 类）",
        title_en: "remarried, the registry tells the old marriage first: the latest wins",
        cases: &[case("CT-S12", City, "F10", "07", &[p::S12])],
        expects: &[one(p::S12, City, 4, &[LIVE])],
    },
    Sample {
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
    },
    Sample {
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
    },
    Sample {
        id: "S15",
        title_zh: "已吊销的单位申请登记（吊销状态属外部单位的第 14 类，后续接入）",
        title_en: "a revoked employer registers (revocation is class 14, an outside office)",
        cases: &[case(
            "CT-S15",
            City,
            "F01",
            "01",
            &[p::S15, p::S15_REPRESENTATIVE],
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
    },
];

const SIX_BELOW: ExpectedRow = &[("06-14", Text("网签XY0000000601")), ("06-13", Text("04"))];
const SIX_ABOVE: ExpectedRow = &[("06-14", Text("网签XY0000000602")), ("06-13", Text("04"))];
