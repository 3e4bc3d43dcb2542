//! The people and the employers of the planted samples: fixed, fictional, born in 1900 or 1901. It
//! refuses serials at or above 100, which belong to the ordinary people of the world.

use super::SampleSubject;

const fn citizen(number: &'static str, name: &'static str) -> SampleSubject {
    SampleSubject {
        id_type: "01",
        number,
        name,
    }
}

const fn employer(number: &'static str, name: &'static str) -> SampleSubject {
    SampleSubject {
        id_type: "",
        number,
        name,
    }
}

pub(crate) const S1: SampleSubject = citizen("110101190001010110", "陈思远");
pub(crate) const S2: SampleSubject = citizen("110102190002020114", "周志强");
pub(crate) const S3: SampleSubject = citizen("110105190003030110", "吴建国");
pub(crate) const S4: SampleSubject = citizen("110106190004040114", "郑海涛");
/// S5 under the residence permit, as the city center knows him.
pub(crate) const S5_PERMIT: SampleSubject = SampleSubject {
    id_type: "06",
    number: "830000190005050512",
    name: "林志远",
};
/// S5 under the travel pass, as 国管 knows him.
pub(crate) const S5_PASS: SampleSubject = SampleSubject {
    id_type: "08",
    number: "00000505",
    name: "林志远",
};
pub(crate) const S6_HUSBAND: SampleSubject = citizen("110108190006060111", "高明远");
pub(crate) const S6_WIFE: SampleSubject = citizen("110108190006060226", "何晓芳");
pub(crate) const S6_HUSBAND_ABOVE: SampleSubject = citizen("110107190106060112", "马文杰");
pub(crate) const S6_WIFE_ABOVE: SampleSubject = citizen("110107190106060227", "罗雪梅");
pub(crate) const S7: SampleSubject = citizen("110109190007070115", "梁宇轩");
pub(crate) const S8: SampleSubject = citizen("110111190008080114", "宋嘉豪");
pub(crate) const S9_CO_BORROWER: SampleSubject = citizen("110112190009090222", "谢雨桐");
pub(crate) const S9_BORROWER: SampleSubject = citizen("110112190009090118", "韩飞龙");
pub(crate) const S10: SampleSubject = citizen("110113190010100113", "唐建军");
pub(crate) const S11: SampleSubject = citizen("110114190011110117", "冯国平");
pub(crate) const S12: SampleSubject = citizen("110118190012120136", "袁立新");
/// Whom S12 was married to, and whom S12 is married to.
pub(crate) const S12_FORMER_WIFE: SampleSubject = citizen("110118190112120221", "许静");
pub(crate) const S12_WIFE: SampleSubject = citizen("110119190212120225", "傅雨桐");
/// A name that GB18030 writes with a four-byte character.
pub(crate) const S13: SampleSubject = citizen("110115190012120110", "董㛃𠮷");
/// A number that ends in X, a name with a middle dot, rows in all four centers.
pub(crate) const S14: SampleSubject = citizen("11011619010414022X", "阿依古丽·买买提");
pub(crate) const S15_REPRESENTATIVE: SampleSubject = citizen("110117190105150119", "程刚");
pub(crate) const S15_HANDLER: SampleSubject = citizen("110117190105150127", "沈玉兰");
/// The employer whose registration is revoked; that fact itself is class 14, an outside office.
pub(crate) const S15: SampleSubject = employer("91110000MA0000A197", "北京虚构吊销商贸有限公司");
/// The employer that 中直 has listed, with its representative and its handler.
pub(crate) const S16_LISTED: SampleSubject =
    employer("91110000MA0000A272", "北京虚构失信建筑有限公司");
pub(crate) const S16_LISTED_HANDLER: SampleSubject = citizen("110115190104160128", "曹艳芳");
/// Of the listed employer and of the new one; without an account anywhere.
pub(crate) const S16_REPRESENTATIVE: SampleSubject = citizen("11011519010416011X", "邓文超");
/// The new employer: in good standing, and nowhere registered with the fund.
pub(crate) const S16: SampleSubject = employer("91110000MA0000A35W", "北京虚构新设建筑有限公司");
pub(crate) const S16_HANDLER: SampleSubject = citizen("110115190104160144", "萧晓红");
/// Registered in 东城.
pub(crate) const S17: SampleSubject = citizen("110101190012170136", "赵嘉轩");
/// Who wants to draw on a house on which strangers have drawn, and those strangers.
pub(crate) const HOUSE_APPLICANT: SampleSubject = citizen("110106190001180111", "牛慧文");
pub(crate) const STRANGER_AT_GUOGUAN: SampleSubject = citizen("110106190001180138", "滕国栋");
pub(crate) const STRANGER_AT_TIELU: SampleSubject = citizen("11010619000218021X", "靳海川");
pub(crate) const STRANGER_AT_ZHONGZHI: SampleSubject = citizen("110106190003180318", "庞立群");
/// Who moves a sealed account, who pays a loan off early, and who was divorced while a loan runs,
/// with the former wife.
pub(crate) const MOVER: SampleSubject = citizen("11010619000418031X", "纪长河");
pub(crate) const PAYER: SampleSubject = citizen("110106190004180336", "项立远");
pub(crate) const DIVORCED: SampleSubject = citizen("110106190004180352", "祝秋生");
pub(crate) const FORMER_WIFE: SampleSubject = citizen("110106190004180387", "阮春燕");
/// An employer that closes, and its people.
pub(crate) const CLOSING: SampleSubject =
    employer("91110000MA0000A43P", "北京虚构歇业服务有限公司");
pub(crate) const CLOSING_PEOPLE: [SampleSubject; 3] = [
    citizen("110106190003180334", "柴文博"),
    citizen("110106190003180350", "阎晓东"),
    citizen("110106190003180377", "路春梅"),
];
