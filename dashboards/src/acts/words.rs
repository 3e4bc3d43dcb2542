//! The words of the acts.

use crate::language::Said;

pub(super) const STANDING: Said = Said("生效中", "What stands");
pub(super) const NOTHING_STANDS: Said = Said("没有生效中的操作。", "Nothing stands.");
pub(super) const WAITING: Said = Said("等待第二人确认", "What waits for a second person");
pub(super) const NOTHING_WAITS: Said = Said("没有等待确认的操作。", "Nothing waits.");
pub(super) const UNREAD: Said = Said(
    "条最新记录尚未检索（索引正在补建），其中的操作暂未列入历史",
    "of the newest entries are not searched yet (the index is behind); acts among them are not in \
     the history",
);
pub(super) const HISTORY: Said = Said("历史", "History");
pub(super) const NOTHING_YET: Said = Said("没有记录。", "There is nothing yet.");
pub(super) const OLDER: Said = Said("更早", "Older");
pub(super) const NEWEST: Said = Said("最新", "Newest");
pub(super) const NUMBER: Said = Said("编号", "Entry");
pub(super) const AT: Said = Said("时间", "When");
pub(super) const ACT: Said = Said("操作", "Act");
pub(super) const TARGET: Said = Said("对象", "Over what");
pub(super) const KIND: Said = Said("对象类别", "Kind");
pub(super) const STAGE: Said = Said("状态", "Stage");
pub(super) const UNTIL: Said = Said("截止", "Until");
pub(super) const NO_END: Said = Said("直至解除", "until ended");
pub(crate) const REASON: Said = Said("理由", "Reason");
pub(super) const WHO: Said = Said("操作人", "Who");
pub(super) const END_IT: Said = Said("办理解除", "End it");
pub(super) const CONFIRM: Said = Said("确认", "Confirm");
pub(super) const CONFIRM_REASON: Said = Said("核实情况", "What you checked");
pub(super) const OWN: Said = Said(
    "本人提出，须由另一人确认",
    "yours: another person has to confirm it",
);
pub(super) const NOT_YOURS: Said = Said("须由有权的人员确认", "for whoever may confirm");
pub(super) const DO: Said = Said("停用或申请解除停用", "Suspend, or ask for it to be lifted");
pub(crate) const SEND: Said = Said("提交", "Send");
pub(super) const CHOOSE: Said = Said("（请选择）", "(choose)");
pub(super) const WAY_BACK: Said = Said("返回原页面", "Back to the page that it was sent from");
pub(super) const NODE: Said = Said("节点", "Node");
pub(super) const NODE_NONE: Said = Said("（不适用）", "(none)");
pub(super) const CLASS: Said = Said("类", "Class");
pub(super) const NAME: Said = Said(
    "类号、经办人、流程号或办件号",
    "Class, operator, flow or case number",
);
pub(super) const UNTIL_HINT: Said = Said(
    "截止时间（可空，北京时间）",
    "Until (may be empty, Beijing time)",
);
pub(crate) const REASON_HINT: Said = Said(
    "理由将记入审计日志；不得写入证件号码或姓名。",
    "The reason goes on record; never write a person's number or name.",
);
pub(super) const MAY_NOT: Said = Said(
    "您的角色只能查看，不能办理。",
    "Your role may look and not act.",
);
pub(super) const DONE: Said = Said("已记入审计日志并生效：", "On record and in force: ");
pub(super) const ASKED: Said = Said(
    "已记入审计日志，等待第二人确认：",
    "On record; it waits for a second person: ",
);
pub(super) const REFUSED: Said = Said("未办理：", "Not done: ");
pub(super) const WAS_REFUSED: Said = Said("被拒绝", "refused");

/// An act; as in the log where it is a new one.
pub(super) fn act(name: &str) -> Option<Said> {
    Some(match name {
        "trip" => Said("断开熔断器", "trip the breaker"),
        "reset" => Said("复位熔断器", "reset the breaker"),
        "hold-open" => Said("保持断开", "hold the breaker open"),
        "hold-closed" => Said("申请保持接通", "ask to hold the breaker closed"),
        "release" => Said("解除保持", "release the breaker"),
        "suspend" => Said("停用", "suspend"),
        "lift" => Said("申请解除停用", "ask for a suspension to be lifted"),
        "limit" => Said("临时设限额", "set a limit"),
        "lower-limit" => Said("临时降低限额", "lower a limit"),
        "raise-limit" => Said("申请临时提高限额", "ask for a limit to be raised"),
        "lift-limit" => Said("恢复评审限额", "end a limit set for a while"),
        "confirm" => Said("确认", "confirm"),
        "get" => Said("打开", "open"),
        "post" => Said("提交表单", "send a form"),
        _ => return None,
    })
}

/// What an act can be about.
pub(super) const KINDS: [(&str, Said); 5] = [
    ("node", Said("节点", "node")),
    ("class", Said("节点的类", "class of a node")),
    ("operator", Said("经办人", "operator of a node")),
    ("flow", Said("流程", "flow")),
    ("case", Said("案件", "case of a node")),
];

/// How far it is.
pub(super) fn stage(name: &str) -> Option<Said> {
    Some(match name {
        "done" => Said("已办", "done"),
        "asked" => Said("待确认", "asked"),
        "confirmed" => Said("已确认", "confirmed"),
        "renewed" => Said("续记", "renewed"),
        _ => return None,
    })
}
