//! The words of the overview.

use crate::language::Said;

pub(super) const WRONG: Said = Said("当前问题", "What is wrong now");
pub(super) const NOTHING_WRONG: Said = Said("当前没有问题。", "Nothing is wrong now.");
pub(super) const BAD: Said = Said("须立即处置", "act now");
pub(super) const ATTENTION: Said = Said("须关注", "look today");
pub(super) const NOTE: Said = Said("提示", "note");
pub(super) const REMEDY: Said = Said("处置：", "To do: ");
pub(super) const GO_THERE: Said = Said("前往", "Go there");
pub(super) const RUNBOOK: Said = Said("操作手册", "Runbook");
pub(super) const AS_AT: Said = Said("状态时间", "As at");
pub(super) const LOST: Said = Said(
    "实时更新已中断，页面内容不再刷新。请重新打开本页。",
    "Live updates have stopped: what is shown grows old. Open the page again.",
);
pub(super) const RELOAD: Said = Said("刷新", "Refresh");

pub(super) const STAR: Said = Said("共享星形网络", "The star");
pub(super) const DRAWING: Said = Said(
    "枢纽居中，各中心节点在周围，外部数据源在其后",
    "The hub in the middle, the centers' nodes around it, outside offices behind them",
);
pub(super) const DRAWING_CUT: Said = Said(
    "图中只画出状态最差的节点，下表列出全部。未画出：",
    "Only the worst nodes are drawn, the table has all; not drawn:",
);
pub(super) const OFFICES_CUT: Said = Said("未画出的外部数据源：", "Outside offices not drawn:");
pub(super) const EACH: Said = Said("逐项列出", "One by one");
pub(super) const HUB: Said = Said("天枢", "Tianshu");
pub(super) const HUB_WELL: Said = Said("日志可写", "log can write");
pub(super) const HUB_STOPPED: Said = Said("日志不可写", "log cannot write");
pub(super) const ASKS: Said = Said("次/分", "/min");
pub(super) const NO_ANSWER: Said = Said("未答", "no answer");

pub(super) const EDGES: Said = Said("节点与外部数据源", "Nodes and outside offices");
pub(super) const NODE: Said = Said("节点", "Node");
pub(super) const STATE: Said = Said("状态", "State");
pub(super) const LINKS: Said = Said("连接数", "Streams");
pub(super) const RATE: Said = Said("查询（次/分）", "Asked (1/min)");
pub(super) const P99: Said = Said("p99（毫秒）", "p99 (ms)");
pub(super) const FAILED: Said = Said("未答（%）", "No answer (%)");
pub(super) const LEFT_OUT: Said = Said("未询问（次，近 2 分钟）", "Left out (last 2 min)");
pub(super) const UNWELL: Said = Said("异常的类", "Classes not well");
pub(super) const NONE: Said = Said("无", "none");
pub(super) const NOBODY: Said = Said("没有登记的节点。", "No node is registered.");
pub(super) const OFFICE: Said = Said("外部数据源", "Outside office");
pub(super) const BEHIND: Said = Said("经由节点", "Behind node");
pub(super) const OFFICE_P99: Said = Said("含该类的应答 p99（毫秒）", "p99 of answers with it (ms)");
pub(super) const HOUR: Said = Said("近一小时查询", "Asked in the last hour");
pub(super) const UNANSWERED: Said = Said("其中未答", "of these no answer");

pub(super) const FIGURES: Said = Said("主要指标", "Figures");
pub(super) const ANSWERED: Said = Said("应答（次/分）", "Answered (1/min)");
pub(super) const LATENCY: Said = Said(
    "时延 p50 / p90 / p99（毫秒）",
    "Latency p50 / p90 / p99 (ms)",
);
pub(super) const IN_FLIGHT: Said = Said("处理中 / 等待", "Under way / waiting");
pub(super) const REFUSED: Said = Said("近一小时拒绝", "Refused in the last hour");
pub(super) const ATTACHED: Said = Said("在线节点", "Nodes attached");
pub(super) const ENTRIES: Said = Said("审计日志条数", "Entries of the log");
pub(super) const LAST: Said = Said("最后一条距今", "Last entry");
pub(super) const CHECKPOINT: Said = Said("检查点覆盖", "Under the checkpoint");
pub(super) const CHECKPOINT_AGE: Said = Said("检查点时效", "Checkpoint current");
pub(super) const WITNESSES: Said = Said("见证签名", "Witnesses");
pub(super) const QUORUM: Said = Said("已达法定数", "quorum");
pub(super) const NO_QUORUM: Said = Said("未达法定数", "no quorum");
pub(super) const NOT_ASKED: Said = Said("未配置", "not configured");
pub(super) const CATALOG: Said = Said("目录版本", "Catalog");
pub(super) const RULES: Said = Said("规则摘要", "Rules in force");
pub(super) const SECONDS: Said = Said("秒前", "s ago");

pub(super) const THROUGHPUT: Said = Said("近一小时吞吐", "Throughput of the last hour");
pub(super) const THROUGHPUT_SAID: Said = Said(
    "每分钟应答和拒绝的查询次数",
    "Questions answered and refused in each minute",
);
pub(super) const PER_MINUTE: Said = Said("次/分", "questions a minute");
pub(super) const ANSWERED_LINE: Said = Said("应答", "answered");
pub(super) const REFUSED_LINE: Said = Said("拒绝", "refused");
pub(super) const LATENCIES: Said = Said("近一小时时延", "Latency of the last hour");
pub(super) const LATENCIES_SAID: Said = Said(
    "每分钟从到达到应答的时延，分别为半数、九成和百分之九十九的查询；30000 表示 30 秒或更长",
    "Time from arrival to answer in each minute: of half, nine in ten and 99 in 100 questions; \
     30000 stands for 30 seconds and longer",
);
pub(super) const MILLISECONDS: Said = Said("毫秒", "ms");
pub(super) const REFUSALS: Said = Said("近一小时拒绝原因", "Refusals of the last hour by reason");
pub(super) const REFUSALS_SAID: Said = Said(
    "各拒绝码的次数，多者在前",
    "How often each code was given, the most frequent first",
);
pub(super) const TIMES: Said = Said("次", "times");

pub(super) const FRESHNESS: Said = Said("数据时点", "Freshness");
pub(super) const FRESHNESS_SAID: Said = Said(
    "启动以来各类最近一次应答所依据的数据时点；“–”为尚未问到。",
    "The moment that the facts of each class's last answer were of; – where there was none.",
);
pub(super) const CLASS: Said = Said("类", "Class");
pub(super) const PAPERS: Said = Said("证书有效期", "Certificates");
pub(super) const PAPER: Said = Said("证书", "Certificate");
pub(super) const HUB_PAPER: Said = Said("枢纽", "The hub");
pub(super) const REVOCATIONS: Said = Said("吊销列表", "Revocation list");
pub(super) const UNTIL: Said = Said("有效至", "Good until");
pub(super) const DAYS: Said = Said("剩余天数", "Days left");
