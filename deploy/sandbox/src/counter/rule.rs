//! The rules by name, and the sentence of each. It refuses a sentence with an amount or a person in
//! it.

use crate::client::Say;

/// The rules of the centers, each with its stable name and what the clerk reads.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident = $id:literal, $zh:literal, $en:literal;)+) => {
        /// A rule of the centers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$doc])* $rule,)+
        }

        impl Rule {
            /// All of them.
            pub const ALL: &'static [Rule] = &[$(Rule::$rule),+];

            /// Stable name.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$rule => $id,)+
                }
            }

            const fn words(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$rule => ($zh, $en),)+
                }
            }
        }
    };
}

rules! {
    /// A live account of the same kind elsewhere.
    DuplicateAccount = "duplicate-account",
        "已有同类正常账户，不得重复开户",
        "a live account of the same kind";
    /// Two accounts of one kind were paid for in the same month.
    SharedMonths = "shared-months",
        "同类账户在同一月份均有缴存",
        "an account of the same kind paid for the same months";
    /// A former number is known, and nobody was asked under it.
    FormerNumber = "former-number",
        "登记有原证件号码，请以原号码再查一次",
        "a former number is known: ask under it too";
    /// An account sealed elsewhere that should have moved by now.
    LateTransfer = "late-transfer",
        "有逾期未转移的封存账户，可办理，请提示转移",
        "a sealed account that should have moved: no bar, remind";
    /// The same person drew on the same house elsewhere.
    RepeatWithdrawal = "repeat-withdrawal",
        "本人已就同一住房提取或申请提取",
        "the same person has drawn on the same house, or applied to";
    /// The family draws more than the house costs.
    FamilySum = "family-sum",
        "家庭提取合计将超过房价",
        "the family would draw more than the house costs";
    /// A lease of the same months.
    RentOverlap = "rent-overlap",
        "租赁月份重叠",
        "a lease of the same months";
    /// A purchase in the city beside a lease.
    PurchaseOnRecord = "purchase-on-record",
        "本市购房提取在案，不得同时租房提取",
        "a purchase in the city is on record";
    /// An open loan or application, in whatever role.
    RepeatLoan = "repeat-loan",
        "有未结清贷款或在途贷款申请",
        "a loan or an application is open";
    /// The final check before signing found something open elsewhere.
    FinalCheck = "final-check",
        "签约前复核：他处有在途申请或未结清贷款",
        "final check: a loan or an application is open";
    /// The latest registration names another spouse, or none.
    Spouse = "spouse",
        "最近一次婚姻登记与申报配偶不符或无登记，需人工核实",
        "the latest registration names another spouse, or there is none";
    /// A restriction in force.
    Restricted = "restricted",
        "有生效的限制信息，禁止办理此事项",
        "a restriction in force forbids this matter";
    /// A restriction in force that only asks for notice.
    Notice = "notice",
        "有生效的不良信息，仅作提示",
        "a bad record in force, for notice only";
    /// The account is frozen.
    Frozen = "frozen",
        "账户处于冻结状态",
        "the account is frozen";
    /// The net-signed contract does not agree.
    ContractCheck = "contract-check",
        "网签合同核验不一致",
        "the net-signed contract does not agree";
    /// More than the contribution years allow.
    LoanYears = "loan-years",
        "申请额超过缴存年限可贷额度",
        "more is asked for than the contribution years allow";
    /// More than the ceiling for this home and registration.
    LoanCap = "loan-cap",
        "申请额超过最高贷款额度",
        "more is asked for than the ceiling allows";
    /// The registered enterprise is not in good standing.
    EnterpriseStatus = "enterprise-status",
        "单位登记状态异常（注销、吊销、撤销或迁出）",
        "the enterprise is cancelled, revoked, withdrawn or gone";
    /// The employer has a live account elsewhere.
    LiveEmployer = "live-employer",
        "单位已有正常缴存登记",
        "the employer is registered and live";
    /// A value that the rule needs was withheld or is not there.
    Unreadable = "unreadable",
        "所需数据缺失或有误，需人工核实",
        "a value that the rule needs is missing or withheld";
}

impl Rule {
    /// What the clerk reads, after where it was found.
    pub(super) fn say(self) -> Say {
        let (zh, en) = self.words();
        Say {
            zh: zh.to_owned(),
            en: en.to_owned(),
        }
    }
}
