//! The words of the pages of policies.

use crate::language::Said;

pub(super) const TITLE: Said = Said("查询规则", "Policies");
pub(super) const DIGEST: Said = Said("生效规则摘要", "Digest of the rules in force");
pub(super) const EXPLAIN: Said = Said(
    "试判：为何允许或拒绝",
    "Explain: why it would be allowed or refused",
);
pub(super) const CHANGES: Said = Said("规则变更", "What changed");
pub(super) const FLOWS: Said = Said("业务流程", "Flows");
pub(super) const FLOWS_CAPTION: Said = Said(
    "登记的流程：只有这些查询可以提出",
    "Registered flows: only these questions may be asked",
);
pub(super) const FLOW: Said = Said("流程", "Flow");
pub(super) const MATTERS: Said = Said("事项", "Matters");
pub(super) const BASIS: Said = Said("依据", "Basis");
pub(super) const MODE: Said = Said("方式", "Mode");
pub(super) const WHO: Said = Said("谁可查询", "Who");
pub(super) const WHEN: Said = Said("时间", "Hours");
pub(super) const CENTERS: Said = Said("参与中心", "Centers");
pub(super) const MATCH: Said = Said("核验", "match");
pub(super) const DETAILS: Said = Said("明细", "details");
pub(super) const OFFICER: Said = Said("登记的专办人员", "designated officers");
pub(super) const OPERATORS: Said = Said("经办人", "operators");
pub(super) const SECOND: Said = Said("须第二人审批", "with a second approver");
pub(super) const MATRIX: Said = Said("流程 × 信息类", "Flow by class");
pub(super) const MATRIX_CAPTION: Said = Said(
    "每格为该流程可查询的信息项数；“–”表示不可查询",
    "Each cell is the number of items that the flow may ask for; “–” is none",
);
pub(super) const REGION: Said = Said("规则表，可横向滚动", "Table of rules, scrolls sideways");
pub(super) const BACK: Said = Said("返回规则", "Back to the policies");
pub(super) const TARGETS: Said = Said("询问的中心", "Centers asked");
pub(super) const ROLES: Said = Said("可查询的当事人", "Parties that may be asked about");
pub(super) const CARRIES: Said = Said("依据须载明", "The basis carries");
pub(super) const DEADLINE: Said = Said("时限", "Deadline");
pub(super) const PER_CASE: Said = Said("每个办件最多查询", "Questions of a case");
pub(super) const VALID: Said = Said("办件凭证有效", "A case's statement lives");
pub(super) const MINUTES: Said = Said("分钟", "minutes");
pub(super) const LINES: Said = Said("清单最多行数", "Lines of a list");
pub(super) const NO_LIST: Said = Said("不可按清单查询", "not by list");
pub(super) const ON_HIT: Said = Said("命中后才提供明细", "Details only after a hit of");
pub(super) const ITEMS: Said = Said("信息项", "Items");
pub(super) const HOW: Said = Said("如何使用", "How");
pub(super) const SENSITIVITY: Said = Said("敏感级别", "Sensitivity");
pub(super) const VERDICTS: Said = Said("核验结论", "Verdicts");
pub(super) const VERDICT: Said = Said("结论", "Verdict");
pub(super) const CLASS: Said = Said("信息类", "Class");
pub(super) const TEST: Said = Said("判断", "Test");
pub(super) const ELSEWHERE: Said = Said("不含查询方自己", "not about the asking center itself");
pub(super) const HOUSE: Said = Said("针对房屋", "about a house");
pub(super) const NO_VERDICT: Said = Said("该流程没有登记核验结论。", "The flow has no verdicts.");
pub(super) const EXPLAIN_INTRO: Said = Said(
    "按生效规则试判一次假设的查询：除所填内容外，其余按流程要求取值。不产生任何许可，也不涉及任何人。",
    "Decides a supposed question by the rules in force; what is not filled in is taken as the \
     flow wants it. It gives no permit and is about nobody.",
);
pub(super) const NODE: Said = Said("提问中心", "Asking center");
pub(super) const AS_FLOW: Said = Said("按流程", "as the flow has it");
pub(super) const ITEMS_FIELD: Said = Said(
    "信息项（如 04-08 或 04.grzhzt，以逗号或空格分隔；留空为流程全部）",
    "Items, such as 04-08 or 04.grzhzt, with commas or blanks (empty: all of the flow)",
);
pub(super) const AT: Said = Said(
    "时间（北京时间，留空为现在）",
    "When (Beijing time; empty: now)",
);
pub(super) const DECIDE: Said = Said("试判", "Explain");
pub(super) const ALLOWED: Said = Said("● 允许", "● allowed");
pub(super) const DENIED: Said = Said("✕ 拒绝", "✕ refused");
pub(super) const BY_RULE: Said = Said("依据规则", "by rule");
pub(super) const BY_POLICY: Said = Said("依据策略", "by policy");
pub(super) const STEPS: Said = Said("逐条规则", "Rule by rule");
pub(super) const RULE: Said = Said("规则", "Rule");
pub(super) const HOLDS: Said = Said("✓ 符合", "✓ holds");
pub(super) const FAILS: Said = Said("✕ 不符合", "✕ refuses");
pub(super) const DETAIL: Said = Said("说明", "Detail");
pub(super) const CEDAR: Said = Said("策略（Cedar）", "Policies (Cedar)");
pub(super) const EFFECT: Said = Said("判断", "Says");
pub(super) const NOT_ASKED: Said = Said("无法提出该查询：", "This cannot be asked at all:");
pub(super) const CANDIDATE: Said = Said(
    "候选规则与生效规则的差别",
    "What the candidate would change",
);
pub(super) const NO_CANDIDATE: Said = Said(
    "未配置候选规则（hub.toml 的 staff.rule_candidates）。",
    "No candidate is configured (staff.rule_candidates in hub.toml).",
);
pub(super) const FAULT: Said = Said(
    "候选规则有误，请先修正：",
    "The candidate has faults; mend them first:",
);
pub(super) const DELIVERED: Said = Said(
    "生效规则与随程序交付规则的差别",
    "What the rules in force change of the delivered ones",
);
pub(super) const SAME: Said = Said("两套规则完全相同。", "Both sets are the same.");
pub(super) const ONLY_WORDS: Said = Said(
    "流程、日历、策略和结构都相同；只有注释、排版或文件名不同。",
    "Flows, calendar, policies and schema are the same; only comments, layout or names of files \
     differ.",
);
pub(super) const CALENDAR: Said = Said("日历", "Calendar");
pub(super) const SCHEMA: Said = Said("策略结构（schema）", "Schema of the policies");
pub(super) const SCHEMA_DIFFERS: Said = Said(
    "策略结构（schema）文字不同，请对照两处的 schema.cedarschema 逐字复核。",
    "The schemas of the policies differ in their text: read both files schema.cedarschema.",
);
pub(super) const UNCHANGED: Said = Said("相同", "the same");
pub(super) const DIFFERENCES: Said = Said("处不同", "differ");
pub(super) const EFFECT_OF_CHANGE: Said = Said("变更", "Change");
pub(super) const NO_FLOW_CHANGED: Said = Said(
    "流程未变（策略、日历或说明文字有变）",
    "no flow (policies, calendar or words)",
);
pub(super) const LOG: Said = Said("日志中的规则变更", "Changes of rules in the log");
pub(super) const NO_LOG: Said = Said("日志中没有规则变更。", "The log has no change of rules.");
pub(super) const FROM: Said = Said("原", "Before");
pub(super) const TO: Said = Said("现", "After");
pub(super) const CHANGED: Said = Said("变更的流程", "Flows that changed");
pub(super) const ADDED: Said = Said("新增", "added");
pub(super) const REMOVED: Said = Said("删除", "removed");
pub(super) const ALTERED: Said = Said("修改", "changed");
pub(super) const FIELD: Said = Said("字段", "Field");
pub(super) const ENTRY: Said = Said("时间 / 记录号", "When, entry");
