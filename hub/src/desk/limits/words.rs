//! What limits are called in both languages, and what whoever meets one is told.

use dashboards::Name;
use wire::quota::Unit;
use wire::{LimitName, RefusalCode};

use crate::desk::names::named;

/// What a limit is.
pub(super) fn what(limit: LimitName) -> Name {
    use LimitName as L;
    let zh = match limit {
        L::InFlightMax => "全枢纽同时处理的单个查询",
        L::QueueMax => "等候处理的单个查询",
        L::QueueWaitMax => "等候处理的最长时间",
        L::ListLinesInFlightMax => "全枢纽同时处理的清单行",
        L::NodePerSecond | L::NodeBurst => "一个中心的查询",
        L::NodeLinesPerSecond => "一个中心的清单行，过快则等候",
        L::NodeLinesBurst => "一个中心的清单行",
        L::OperatorPerMinute | L::OperatorBurst => "一名经办人的查询",
        L::OperatorLinesPerMinute | L::OperatorLinesBurst => "一名经办人的清单行",
        L::FlowPerSecond | L::FlowBurst => "一个中心在一个业务流程内的查询",
        L::CasePerMinute | L::CaseBurst => "一个办件的查询",
        L::TargetInFlightMax => "一个中心同时答复的查询上限，枢纽自行摸索其承受能力",
        L::TargetInFlightMin => "任何时候都放行的查询",
        L::TargetQueueMax => "等候一个中心的查询",
        L::TargetWaitMax => "单个查询等候一个中心的最长时间",
        L::ClassInFlightMax => "一个中心一类信息同时答复的查询",
        L::ClassPerSecond | L::ClassBurst => "一个中心一类信息的查询",
    };
    named(zh, limit.is())
}

/// What a limit counts.
pub(super) fn unit(unit: Unit) -> Name {
    let zh = match unit {
        Unit::PerSecond => "每秒",
        Unit::PerMinute => "每分钟",
        Unit::Burst => "一次可用的突发额度",
        Unit::AtOnce => "同时处理",
        Unit::Waiting => "等候",
        Unit::Millis => "毫秒",
    };
    named(zh, unit.as_str())
}

/// What is said beyond a limit; none where questions or lines wait instead.
pub(super) const fn refusal(limit: LimitName) -> Option<RefusalCode> {
    use LimitName as L;
    match limit {
        L::InFlightMax | L::NodeLinesPerSecond | L::NodeLinesBurst | L::ListLinesInFlightMax => {
            None
        }
        L::QueueMax => Some(RefusalCode::LimitHub),
        L::QueueWaitMax => Some(RefusalCode::LimitWait),
        L::NodePerSecond | L::NodeBurst => Some(RefusalCode::LimitCaller),
        L::OperatorPerMinute
        | L::OperatorBurst
        | L::OperatorLinesPerMinute
        | L::OperatorLinesBurst => Some(RefusalCode::LimitOperator),
        L::FlowPerSecond | L::FlowBurst => Some(RefusalCode::LimitFlow),
        L::CasePerMinute | L::CaseBurst => Some(RefusalCode::LimitCase),
        L::TargetInFlightMax
        | L::TargetInFlightMin
        | L::TargetQueueMax
        | L::TargetWaitMax
        | L::ClassInFlightMax
        | L::ClassPerSecond
        | L::ClassBurst => Some(RefusalCode::NodeThrottled),
    }
}
