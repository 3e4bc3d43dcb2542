//! The words of the pages of the catalog.

use crate::language::Said;

pub(super) const TITLE: Said = Said("数据目录", "Catalog");
pub(super) const VERSION: Said = Said("版本", "Version");
pub(super) const DIGEST: Said = Said("摘要", "Digest");
pub(super) const VERSIONS: Said = Said("版本与变更", "Versions and changes");
pub(super) const SEARCH: Said = Said(
    "按编号、代码（拼音首字母）、中文或英文名称查找",
    "Find by number, code (pinyin initials), Chinese or English name",
);
pub(super) const FIND: Said = Said("查找", "Find");
pub(super) const FOUND: Said = Said("查找结果", "Found");
pub(super) const NOTHING: Said = Said(
    "没有符合的信息类或信息项；可少输入几个字再试。",
    "No class or item fits; try fewer letters.",
);
pub(super) const CUT: Said = Said(
    "结果过多，仅列出前面的部分；请多输入几个字。",
    "There are more; only the first are listed. Type more letters.",
);
pub(super) const CLASSES: Said = Said("信息类", "Classes");
pub(super) const CLASS: Said = Said("信息类", "Class");
pub(super) const ITEMS: Said = Said("信息项", "Items");
pub(super) const ITEM: Said = Said("信息项", "Item");
pub(super) const CODE: Said = Said("代码", "Code");
pub(super) const TYPE: Said = Said("类型", "Type");
pub(super) const LENGTH: Said = Said("长度", "Length");
pub(super) const CHARACTERS: Said = Said("个字符", "characters");
pub(super) const UNIT: Said = Said("单位", "Unit");
pub(super) const FORMAT: Said = Said("格式", "Form");
pub(super) const REQUIRED: Said = Said("必填", "Required");
pub(super) const YES: Said = Said("是", "yes");
pub(super) const NO: Said = Said("否", "no");
pub(super) const KEY: Said = Said("标识作用", "Key role");
pub(super) const SENSITIVITY: Said = Said("敏感级别", "Sensitivity");
pub(super) const SOURCE: Said = Said("来源", "Source");
pub(super) const UNVERIFIED: Said = Said("（未经原文核实）", "(not verified in a source)");
pub(super) const DOMAINS: Said = Said("业务条线", "Lines of business");
pub(super) const INPUT_ONLY: Said = Said(
    "仅作为核验输入传递，从不返回、保存或记录。",
    "Passed on as the input of a check only; never returned, stored or logged.",
);
pub(super) const CODE_SET: Said = Said("代码集", "Code set");
pub(super) const LABEL: Said = Said("含义", "Meaning");
pub(super) const SUCCESSOR: Said = Said("已停用，改用", "retired, now");
pub(super) const PATTERN: Said = Said("未列出但允许的代码", "Also good without being listed");
pub(super) const FLOWS: Said = Said("可查询该项的流程", "Flows that may ask for it");
pub(super) const NO_FLOW: Said = Said(
    "没有流程可以查询该信息项。",
    "No flow may ask for this item.",
);
pub(super) const FLOW: Said = Said("流程", "Flow");
pub(super) const HOW: Said = Said("方式", "How");
pub(super) const BACK: Said = Said("返回目录", "Back to the catalog");
pub(super) const REGION: Said = Said(
    "目录表，可横向滚动",
    "Table of the catalog, scrolls sideways",
);
pub(super) const IN_FORCE: Said = Said("生效版本", "In force");
pub(super) const PREVIOUS: Said = Said("兼容的前一版本", "The version before, still worked with");
pub(super) const NO_PREVIOUS: Said = Said("未指定", "none is named");
pub(super) const CANDIDATE: Said = Said("候选版本", "Candidate");
pub(super) const NO_CANDIDATE: Said = Said(
    "未配置候选目录（hub.toml 的 staff.catalog_candidate），因此没有可比较的版本。",
    "No candidate is configured (staff.catalog_candidate in hub.toml), so there is nothing to \
     compare with.",
);
pub(super) const FAULT: Said = Said(
    "候选目录无法读取，请先修正：",
    "The candidate cannot be read; mend it first:",
);
pub(super) const CHANGES: Said = Said(
    "从生效版本到候选版本的变更",
    "Changes from the version in force to the candidate",
);
pub(super) const NO_CHANGE: Said = Said("两个版本含义相同。", "Both versions mean the same.");
pub(super) const PLACE: Said = Said("位置", "Where");
pub(super) const CHANGE: Said = Said("变更", "Change");
pub(super) const FROM: Said = Said("原", "Before");
pub(super) const TO: Said = Said("现", "After");
pub(super) const WEIGHT: Said = Said("影响", "Weight");
pub(super) const COMPATIBLE: Said = Said("● 兼容", "● compatible");
pub(super) const WIDENING: Said = Said("△ 放宽", "△ widening");
pub(super) const BREAKING: Said = Said("✕ 不兼容", "✕ breaking");
