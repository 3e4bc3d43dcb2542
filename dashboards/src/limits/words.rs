//! The words of the pages of limits.

use crate::language::Said;

pub(super) const TITLE: Said = Said("限额", "Limits");
pub(super) const INTRO: Said = Said(
    "限额是经评审的数据（limits.toml）；运维人员可临时调整，但有上限和期限，并记入日志。",
    "Limits are reviewed data (limits.toml). The staff can change one for a while, within a cap, \
     on record.",
);
pub(super) const DIGEST: Said = Said("评审限额摘要", "Digest of the reviewed limits");
pub(super) const UNDER_WAY: Said = Said("正在处理", "Under way");
pub(super) const WAITING: Said = Said("排队等候", "Waiting");
pub(super) const OF: Said = Said("上限", "of at most");
pub(super) const HUB_NOW: Said = Said("枢纽当前用量", "The hub now");
pub(super) const TEMPORARY: Said = Said("临时限额", "Set for a while");
pub(super) const NO_TEMPORARY: Said = Said("没有临时限额生效。", "No limit is set for a while.");
pub(super) const TEMPORARY_CAPTION: Said = Said(
    "代替评审值生效的限额，到期自动恢复",
    "In place of the reviewed value until their end",
);
pub(super) const LIMIT: Said = Said("限额", "Limit");
pub(super) const WHOM: Said = Said("对象", "For whom");
pub(super) const EVERYBODY: Said = Said("所有对象", "everybody");
pub(super) const VALUE: Said = Said("生效值", "In force");
pub(super) const REVIEWED: Said = Said("评审值", "Reviewed");
pub(super) const UNTIL: Said = Said("截止", "Until");
pub(super) const BY: Said = Said("设置人", "Set by");
pub(super) const UNKNOWN: Said = Said("未见操作记录", "no act that stands");
pub(super) const TARGETS: Said = Said("被查询中心的负载", "Centers that are asked");
pub(super) const TARGETS_CAPTION: Said = Said(
    "枢纽按答复速度自行调整每个中心的并发上限，不超过评审的上限，也不低于下限",
    "The hub finds by itself how many questions a center bears at once, between the reviewed \
     floor and cap",
);
pub(super) const CENTER: Said = Said("中心", "Center");
pub(super) const FOUND: Said = Said("当前并发上限", "Limit found");
pub(super) const FLOOR_CAP: Said = Said("下限–上限", "Floor to cap");
pub(super) const THROTTLED: Said = Said("启动以来未询问", "Not asked since the start");
pub(super) const USES: Said = Said("配额用量", "Quotas in use");
pub(super) const USES_CAPTION: Said = Said(
    "已用于突发额度的份额，用得最多者在前；额度随时间恢复",
    "Used up of what may come at once, most first; it comes back with time",
);
pub(super) const NO_USES: Said = Said("目前没有配额被占用。", "No quota is in use now.");
pub(super) const QUOTA: Said = Said("配额", "Quota");
pub(super) const USED: Said = Said("已用", "Used up");
pub(super) const COMES_BACK: Said = Said("恢复速度", "Comes back");
pub(super) const PEOPLE: Said = Said("经办人和办件的用量", "Operators and cases");
pub(super) const PEOPLE_INTRO: Said = Said(
    "此页列出经办人和办件号，属查阅个人信息，已记入审计日志。",
    "This page names operators and cases; the look is on record.",
);
pub(super) const TO_PEOPLE: Said = Said(
    "查看经办人和办件的用量（将记入审计日志）",
    "Show operators and cases (goes on record)",
);
pub(super) const ALL: Said = Said("全部限额", "All limits");
pub(super) const KEY: Said = Said("键", "Key");
pub(super) const WHAT: Said = Said("含义", "What it is");
pub(super) const EXCEPTIONS: Said = Said("例外", "Exceptions");
pub(super) const REFUSAL: Said = Said("超出时的回应", "What is said beyond it");
pub(super) const WAITS: Said = Said("等候，不拒绝", "waits, no refusal");
pub(super) const DEFAULT: Said = Said("默认", "default");
pub(super) const REGION: Said = Said("限额表，可横向滚动", "Table of limits, scrolls sideways");
pub(super) const BACK: Said = Said("返回限额", "Back to the limits");

pub(super) const SET: Said = Said("临时设限额", "Set a limit for a while");
pub(super) const SET_HINT: Said = Said(
    "最长 24 小时。降低即时生效；提高不超过评审值的两倍，须由另一人在“运维操作”确认。",
    "For 24 hours at most. Lowering holds at once; raising goes up to twice the reviewed value and \
     waits for another person, who confirms it under Acts.",
);
pub(super) const LOWER_ONLY: Said = Said("您的角色只能降低。", "Your role may only lower one.");
pub(super) const MAY_NOT: Said = Said(
    "您的角色只能查看限额，不能调整。",
    "Your role may look at limits and not set them.",
);
pub(super) const DEED: Said = Said("操作", "Act");
pub(super) const SET_IT: Said = Said("设为", "set to a value");
pub(super) const END_IT: Said = Said("提前结束，恢复评审值", "end it, back to the reviewed value");
pub(super) const WHOM_HINT: Said = Said(
    "对象（空为所有；如 city、city/0231、city/04、F05）",
    "For whom (empty for everybody; such as city, city/0231, city/04, F05)",
);
pub(super) const NEW_VALUE: Said = Said("新值（设为时必填）", "Value (to set one)");
pub(super) const NEW_UNTIL: Said = Said(
    "截止（设为时必填，北京时间）",
    "Until (to set one, Beijing time)",
);
pub(super) const ENDING: Said = Said("提前结束", "End it");
pub(super) const FOR_PEOPLE: Said = Said(
    "项针对经办人，见“经办人和办件的用量”页",
    "for operators, on the page of operators and cases",
);
pub(super) const PEOPLE_EXCEPTIONS: Said = Said("针对经办人的例外", "Exceptions for operators");
pub(super) const NO_EXCEPTIONS: Said = Said("没有例外。", "There are no exceptions.");

/// The tables of the file.
pub(super) const fn table(name: &str) -> Said {
    match name.as_bytes() {
        b"hub" => Said("全枢纽", "The whole hub"),
        b"node" => Said("提问中心", "A center that asks"),
        b"operator" => Said("经办人", "An operator"),
        b"flow" => Said("业务流程", "A flow"),
        b"case" => Said("办件", "A case"),
        b"target" => Said("被查询中心", "A center that is asked"),
        _ => Said("其他", "Others"),
    }
}
