//! The words of the nodes.

use crate::language::Said;

pub(super) const NOBODY: Said = Said("没有登记的节点。", "No node is registered.");
pub(super) const NODE: Said = Said("节点", "Node");
pub(super) const CENTER: Said = Said("机构代码", "Institution");
pub(super) const STATE: Said = Said("状态", "State");
pub(super) const LINKS: Said = Said("连接数", "Streams");
pub(super) const CLASSES: Said = Said("应答的类", "Classes");
pub(super) const COVERAGE: Said = Said("已映射数据项", "Items mapped");
pub(super) const UNSAID: Said = Said("节点未说明", "not said");
pub(super) const RATE: Said = Said("查询（次/分）", "Asked (1/min)");
pub(super) const P99: Said = Said("p99（毫秒）", "p99 (ms)");
pub(super) const WITHHELD: Said = Said("扣留值", "Values withheld");
pub(super) const SOFTWARE: Said = Said("软件版本", "Software");
pub(super) const CATALOG: Said = Said("目录版本", "Catalog");
pub(super) const CERTIFICATE: Said = Said("证书有效至", "Certificate until");
pub(super) const DAYS: Said = Said("天", "days");
pub(super) const SERIAL: Said = Said("证书序列号", "Certificate serial");
pub(super) const PHONE: Said = Said("联系电话", "Telephone");
pub(super) const NONE: Said = Said("无", "none");

pub(super) const FACTS: Said = Said("概况", "Facts");
pub(super) const OF_CLASSES: Said = Said("各类与熔断器", "Classes and breakers");
pub(super) const CLASS: Said = Said("类", "Class");
pub(super) const NOT_ANNOUNCED: Said = Said("不应答", "not answered for");
pub(super) const WINDOW: Said = Said(
    "熔断窗口：调用 / 失败 / 缓慢 / 过载",
    "Window: calls / failed / slow / declined",
);
pub(super) const RETRY: Said = Said("再试（秒）", "Tried again in (s)");
pub(super) const HOUR: Said = Said("近一小时查询 / 未答", "Last hour: asked / no answer");
pub(super) const AS_OF: Said = Said("最近数据时点", "Last facts as of");
pub(super) const SET: Said = Said("操作", "Set");
pub(super) const BREAKER: Said = Said("熔断器操作", "Act on a breaker");
pub(super) const MAY_NOT: Said = Said(
    "您的角色只能查看，不能操作熔断器。",
    "Your role may look and not act on breakers.",
);

pub(super) const QUALITY: Said = Said("数据质量", "Data quality");
pub(super) const QUALITY_SAID: Said = Said(
    "启动以来因不合格而被扣留、未予共享的值；请通知该中心数据负责人改正。",
    "Values withheld because they were not fit, since the start; tell the center's data owner.",
);
pub(super) const NO_WITHHELD: Said = Said("没有被扣留的值。", "No value was withheld.");
pub(super) const ITEM: Said = Said("数据项", "Item");
pub(super) const REASON: Said = Said("原因", "Reason");
pub(super) const COUNT: Said = Said("次数", "How many");
pub(super) const BEYOND: Said = Said("未分项统计的：", "Not told apart: ");

pub(super) const LATENCY: Said = Said("近一小时时延", "Latency of the last hour");
pub(super) const LATENCY_SAID: Said = Said(
    "每分钟从发出到答复的时延：半数、九成和百分之九十九；30000 表示 30 秒或更长",
    "Time to the node's reply in each minute: of half, nine in ten and 99 in 100; 30000 stands \
     for 30 seconds and longer",
);
pub(super) const MILLISECONDS: Said = Said("毫秒", "ms");
pub(super) const LOAD: Said = Said("负荷与限额", "Load and limits");
pub(super) const IN_FLIGHT: Said = Said("处理中", "Under way");
pub(super) const FOUND: Said = Said("自适应上限", "Limit found by the hub");
pub(super) const WAITING: Said = Said("等待", "Waiting");
pub(super) const THROTTLED: Said = Said("启动以来未等到", "Went on without it since the start");
pub(super) const LIMIT: Said = Said("限额", "Limit");
pub(super) const VALUE: Said = Said("生效值", "In force");
pub(super) const SOURCE: Said = Said("来源", "Source");
pub(super) const REVIEWED: Said = Said("已审定", "reviewed");
pub(super) const TEMPORARY: Said = Said("临时", "temporary");

/// Why a value is withheld.
pub(super) fn defect(code: &str) -> Option<Said> {
    Some(match code {
        "wrong-type" => Said("类型不符", "of another type"),
        "too-long" => Said("超长", "too long"),
        "empty" => Said("空值", "empty"),
        "unknown-code" => Said("未知代码", "unknown code"),
        "bad-precision" => Said("小数位不符", "wrong precision"),
        "bad-check-digit" => Said("校验位错误", "wrong check digit"),
        "bad-date" => Said("日期错误", "no date"),
        "bad-number" => Said("数字错误", "no number"),
        "bad-boolean" => Said("非是非值", "neither true nor false"),
        "bad-format" => Said("格式不符", "wrong format"),
        "not-normalised" => Said("写法不规范", "not in its normal spelling"),
        "missing-required" => Said("必填缺失", "required and missing"),
        "date-order" => Said("日期先后颠倒", "dates in the wrong order"),
        "out-of-range" => Said("超出范围", "out of range"),
        "undecodable" => Said("字符集错误", "undecodable"),
        "unknown-item" => Said("未知数据项", "unknown item"),
        "duplicate" => Said("重复", "twice"),
        "input-only" => Said("只入不出的项", "input only"),
        "outside-permit" => Said("超出许可", "outside the permit"),
        _ => return None,
    })
}
