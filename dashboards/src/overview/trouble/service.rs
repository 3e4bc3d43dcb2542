//! What callers notice and what lies behind it, in sentences: the troubles of
//! `dashboards/alerts/service.yaml`, and those of the archive and of decisions without an outcome.

use super::super::Named;
use super::{Kept, Trouble};
use crate::language::Language;
use crate::room::Room;

impl Trouble {
    pub(super) fn of_the_service(&self) -> (String, String) {
        match self {
            Self::CasesForged(code, count) => (
                format!("疑似伪造或重放业务凭证：近 15 分钟 {count} 次（{code}）。"),
                format!("{count} statements of cases did not hold in 15 minutes ({code})."),
            ),
            Self::HubFault(code, count) => (
                format!("枢纽内部故障，近 10 分钟因此拒绝了 {count} 次查询（{code}）。"),
                format!(
                    "The hub refused {count} questions for a fault of its own in ten minutes \
                     ({code})."
                ),
            ),
            Self::AnswersSlow(seconds) => (
                format!("近 5 分钟每百次应答有一次用时 {seconds} 秒或更长。"),
                format!("One answer in a hundred takes {seconds} s or longer."),
            ),
            Self::RefusalsMany(percent) => (
                format!("近 10 分钟 {percent}% 的查询被拒绝。"),
                format!("{percent}% of the questions of ten minutes were refused."),
            ),
            Self::HandshakesRefused(code, count) => (
                format!("近 5 分钟拒绝了 {count} 次连接（{code}）。"),
                format!("{count} connections were refused in five minutes ({code})."),
            ),
            Self::ChangeKept(kept) => {
                let (zh, en) = kept.called();
                (
                    format!("已更改的{zh}有误，未生效；仍按原内容执行。"),
                    format!(
                        "The changed {en} have a fault and are not in force; the old ones are."
                    ),
                )
            }
            Self::NodeOverloaded(node, count) => {
                let (zh, en) = both(node);
                (
                    format!("{zh}过载，近 5 分钟谢绝了 {count} 次查询。"),
                    format!("{en} is overloaded: it declined {count} questions in five minutes."),
                )
            }
            Self::RepliesBroken(node, count) => {
                let (zh, en) = both(node);
                (
                    format!("{zh}近一小时有 {count} 次答复违反约定，未予转交。"),
                    format!("{en}: {count} replies broke the contract within an hour."),
                )
            }
            _ => self.of_the_log(),
        }
    }

    fn of_the_log(&self) -> (String, String) {
        match self {
            Self::JournalSlow(ms) => (
                format!("近 5 分钟每百条审计记录有一条落盘用时 {ms} 毫秒或更长。"),
                format!("One entry in a hundred takes {ms} ms or longer until it is durable."),
            ),
            Self::IndexBehind(count) => (
                format!("审计检索落后 {count} 条，最新记录暂时搜不到。"),
                format!("The search index is {count} entries behind."),
            ),
            Self::ArchiveBehind(hours) => (
                format!("审计日志已 {hours} 小时未归档。"),
                format!("For {hours} hours nothing has gone into the log's archive."),
            ),
            Self::DecisionAbandoned(count) => (
                format!("近一小时 {count} 项决定未完成即被关闭。"),
                format!("{count} decisions of the last hour were closed without an outcome."),
            ),
            Self::CheckpointListLarge(megabytes) => (
                format!("检查点清单已达 {megabytes} MB。"),
                format!("The list of checkpoints has {megabytes} MB."),
            ),
            _ => Default::default(),
        }
    }

    pub(super) const fn todo_of_the_service(&self) -> (&'static str, &'static str) {
        match self {
            Self::CasesForged(..) => (
                "查明来自哪个节点，电话联系该中心；说不清的，停用该节点并报告安全管理员。",
                "See which node sends them and call its people; suspend it if they cannot say.",
            ),
            Self::HubFault(..) => (
                "按代码查操作手册；保全枢纽运行日志，联系开发人员。",
                "The runbook goes by the code; keep the hub's own log for its makers.",
            ),
            Self::AnswersSlow(_) => (
                "看节点表：多半是在等某个中心的业务系统。",
                "See the table of nodes: mostly one center's system is waited for.",
            ),
            Self::RefusalsMany(_) => (
                "看拒绝代码：代码说明该由谁处理。",
                "See the refusals by code: a code says whose turn it is.",
            ),
            Self::HandshakesRefused(..) => (
                "在审计检索中按“拒绝连接”查来源；证书到期的通知该中心。",
                "Search the log for refused connections; tell a center whose certificate ended.",
            ),
            Self::ChangeKept(_) => (
                "用 tianshu 检查并重新封存，改好后自动生效。",
                "Check it with tianshu and seal it again; mended, it is taken up by itself.",
            ),
            Self::NodeOverloaded(..) => (
                "联系该中心，查看其节点代理触及哪项限额。",
                "Call the center: its agent says which of its limits was met.",
            ),
            Self::RepliesBroken(..) => (
                "核对该节点的程序与目录版本；未变更的，报告安全管理员。",
                "Compare its version and catalog; if neither changed, tell the security role.",
            ),
            Self::JournalSlow(_) => (
                "检查日志盘上还有哪些程序在写。",
                "See who else writes to the log's disk.",
            ),
            Self::IndexBehind(_) => (
                "检查日志盘；检索会自行赶上，日志本身不缺。",
                "Check the log's disk; the index catches up by itself, the log lacks nothing.",
            ),
            Self::ArchiveBehind(_) => (
                "查看枢纽运行日志，检查归档盘；日志不会丢失。",
                "Look at the hub's own log and at the archive's disk; nothing is lost.",
            ),
            Self::DecisionAbandoned(_) => (
                "在审计检索中按“查询中止”查看，确认枢纽是否曾异常停止。",
                "Search the log for abandoned questions; see whether the hub was killed.",
            ),
            Self::CheckpointListLarge(_) => (
                "调大 audit.checkpoint_every_ms。",
                "Make audit.checkpoint_every_ms longer.",
            ),
            _ => ("", ""),
        }
    }

    pub(super) fn place_of_the_service(&self) -> Option<String> {
        let room = match self {
            Self::ChangeKept(Kept::Rules) => Room::Policies,
            Self::CasesForged(..)
            | Self::HubFault(..)
            | Self::HandshakesRefused(..)
            | Self::DecisionAbandoned(_) => Room::Audit,
            _ => return None,
        };
        Some(room.path().to_owned())
    }

    pub(super) const fn runbook_of_the_service(&self) -> Option<&'static str> {
        match self {
            Self::CasesForged(..) => Some("TianshuCasesForged"),
            Self::HubFault(..) => Some("TianshuHubFault"),
            Self::AnswersSlow(_) => Some("TianshuAnswersSlow"),
            Self::RefusalsMany(_) => Some("TianshuRefusalsMany"),
            Self::NodeOverloaded(..) => Some("TianshuNodeOverloaded"),
            Self::RepliesBroken(..) => Some("TianshuRepliesBroken"),
            Self::HandshakesRefused(..) => Some("TianshuHandshakesRefused"),
            Self::ChangeKept(_) => Some("TianshuChangeKept"),
            Self::JournalSlow(_) => Some("TianshuJournalSlow"),
            Self::IndexBehind(_) => Some("TianshuIndexBehind"),
            Self::ArchiveBehind(_) => Some("TianshuArchiveBehind"),
            Self::DecisionAbandoned(_) => Some("TianshuDecisionAbandoned"),
            Self::CheckpointListLarge(_) => Some("TianshuCheckpointListLarge"),
            _ => None,
        }
    }
}

impl Kept {
    const fn called(self) -> (&'static str, &'static str) {
        match self {
            Self::Rules => ("规则", "rules"),
            Self::Limits => ("限额", "limits"),
            Self::AlertRules => ("告警规则", "rules of alerts"),
        }
    }
}

fn both(node: &Named) -> (&str, &str) {
    (
        node.called(Language::Chinese),
        node.called(Language::English),
    )
}
