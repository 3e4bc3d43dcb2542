//! What the room Alerts says.

use crate::language::Said;

use super::{Deed, Stage};

pub(super) const TITLE: Said = Said("告警处置", "Alerts");
pub(super) const ALERT: Said = Said("告警", "Alert");
pub(super) const ALL: Said = Said("全部", "All");
pub(super) const EMPTY: Said = Said(
    "没有符合条件的告警。规则见“现行告警规则”，统计见“人员使用”。",
    "No alert of this kind. The rules are behind the link above, the counts in the room Staff use.",
);
pub(super) const COUNTING: Said = Said(
    "枢纽刚启动，正在统计日志；告警列表尚不完整，暂不能处置。",
    "The hub has just started and is counting its log; the list is not whole yet, and \
     nothing can be done about alerts.",
);
pub(super) const RECOUNT: Said = Said(
    "办公时间或工作日历已更改，正在重新统计日志；其间不产生新告警，同期对比的数字尚不完整。",
    "Office hours or the calendar changed, and the log is counted anew; until then no alert is \
     raised, and the figures beside others are not whole.",
);
pub(super) const NUMBER: Said = Said("编号", "Number");
pub(super) const RAISED: Said = Said("产生时间", "Raised");
pub(super) const RULE: Said = Said("规则", "Rule");
pub(super) const WHO: Said = Said("经办人", "Operator");
pub(super) const NAMELESS: Said = Said("（未核实）", "(not proven)");
pub(super) const SEVERAL: Said = Said("多名经办人", "several operators");
pub(super) const WINDOW: Said = Said("时段", "Window");
pub(super) const FLOW: Said = Said("流程", "Flow");
pub(super) const STATE: Said = Said("状态", "State");
pub(super) const BY: Said = Said("处置人", "By");
pub(super) const OLDER: Said = Said("更早的告警", "Older alerts");
pub(super) const WHAT: Said = Said("告警说明", "What stood out");
pub(super) const DIGEST: Said = Said("规则摘要", "Digest of the rules");
pub(super) const USUAL: Said = Said("常态", "What is usual");
pub(super) const COMPARED: Said = Said("比较对象", "Compared with");
pub(super) const PEERS: Said = Said(
    "同中心同流程其他人员",
    "others of the center with this flow",
);
pub(super) const PAST: Said = Said("本人以往", "the same operator before");
pub(super) const SAMPLE: Said = Said("样本（人日）", "Person-days");
pub(super) const MEDIAN: Said = Said("中位数", "Median");
pub(super) const MAD: Said = Said("中位差", "Median distance");
pub(super) const BOUND: Said = Said("界限", "Bound");
pub(super) const SPREAD: Said = Said("该时段各经办人", "Operators in this window");
pub(super) const SPREAD_SAID: Said = Said(
    "按现有日志重新统计；▶ 为本告警的经办人。",
    "Counted from the log as it is now; ▶ is the operator of this alert.",
);
pub(super) const COUNT: Said = Said("计数", "count");
pub(super) const EVIDENCE: Said = Said("证据记录", "Evidence");
pub(super) const EVIDENCE_MAX: Said = Said(
    "至多列出最近 32 条；其余见审计检索。",
    "The newest 32 at the most; search the audit log for the rest.",
);
pub(super) const NO_EVIDENCE: Said = Said("没有可列出的记录。", "No entry can be listed.");
pub(super) const ENTRY: Said = Said("记录", "Entry");
pub(super) const TIME: Said = Said("时间", "Time");
pub(super) const KIND: Said = Said("类型", "Kind");
pub(super) const CASE: Said = Said("办件号", "Case");
pub(super) const CODE: Said = Said("代码", "Code");
pub(super) const SUBJECT: Said = Said("当事人假名", "Person (pseudonym)");
pub(super) const AFTER: Said = Said("在先的查询", "After the question");
pub(super) const FORGOTTEN: Said = Said("已不再记存", "no longer remembered");
pub(super) const PERSONS: Said = Said(
    "所列记录涉及人数：",
    "Persons whom these entries are about: ",
);
pub(super) const PROOF: Said = Said("证明", "Proof");
pub(super) const VERIFY: Said = Said("验证", "verify");
pub(super) const GONE: Said = Said("已移出日志目录", "no longer in the log's folder");
pub(super) const OWN_ENTRY: Said = Said("告警记录", "Entry of the alert");
pub(super) const OFFLINE: Said = Said(
    "证据记录可离线验证：tianshu audit verify <日志目录>。",
    "The entries verify offline: tianshu audit verify <folder of the log>.",
);
pub(super) const STEPS: Said = Said("处置经过", "What was done");
pub(super) const NO_STEPS: Said = Said("尚无人处置。", "Nobody has looked into it yet.");
pub(super) const DO: Said = Said("处置", "What to do");
pub(super) const NOTHING: Said = Said(
    "您的角色目前不能处置该告警。",
    "There is nothing that your role can do about it now.",
);
pub(super) const SECOND: Said = Said(
    "说明须由另一人确认。",
    "Another person has to confirm the explanation.",
);
pub(super) const TEXT: Said = Said(
    "说明（不得填写证件号码或姓名，最多 500 字）",
    "In your words (no identity number and no name; at most 500 characters)",
);

impl Stage {
    /// By sign and word.
    #[must_use]
    pub const fn said(self) -> Said {
        match self {
            Self::Open => Said("● 待处置", "● open"),
            Self::Assigned => Said("◐ 处置中", "◐ assigned"),
            Self::Explained => Said("✎ 已说明", "✎ explained"),
            Self::Confirmed => Said("✓ 已确认", "✓ confirmed"),
            Self::Closed => Said("■ 已关闭", "■ closed"),
        }
    }
}

impl Deed {
    /// On its button.
    #[must_use]
    pub const fn said(self) -> Said {
        match self {
            Self::Assign => Said("由我处置", "Take it"),
            Self::Explain => Said("提交说明", "Explain"),
            Self::Confirm => Said("确认说明", "Confirm the explanation"),
            Self::Close => Said("关闭", "Close"),
            Self::Reopen => Said("重新打开", "Open again"),
        }
    }

    /// When it was done.
    #[must_use]
    pub const fn done(self) -> Said {
        match self {
            Self::Assign => Said("接手处置", "took it"),
            Self::Explain => Said("作出说明", "explained it"),
            Self::Confirm => Said("确认说明", "confirmed the explanation"),
            Self::Close => Said("关闭", "closed it"),
            Self::Reopen => Said("重新打开", "opened it again"),
        }
    }
}
