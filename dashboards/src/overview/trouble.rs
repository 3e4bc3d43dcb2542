//! What can be wrong, in sentences: what it is, what to do, and where it is written down. A row
//! here has its heading in `docs/operating.md`, and every alert about the hub its row here; tests
//! say so.

mod service;

use super::{Named, PaperKind};
use crate::language::Language;
use crate::room::Room;

/// A certificate that is good for fewer days has to be replaced now.
const ENDING_DAYS: i64 = 2;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Somebody has to act now.
    Bad,
    /// Somebody has to look today.
    Attention,
    /// It is meant to be so, and not for long.
    Note,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The journal cannot write.
    JournalFailing,
    /// Its disk is full.
    JournalFull,
    /// Its disk is nearly full.
    JournalLow,
    /// A witness holds another history of the log.
    Disowned,
    /// No witness has looked at the log since the start.
    Unchecked,
    /// The published checkpoint has lacked its quorum for so many seconds.
    WitnessesLacking(u64),
    /// No policy of witnesses is configured.
    WitnessesMissing,
    /// The published checkpoint is so many seconds old.
    CheckpointOld(u64),
    /// A receiver of the exported log is not connected.
    ExportDown(String),
    /// A receiver is so many entries behind.
    ExportLagging(String, u64),
    /// So many decisions owe their outcome too long.
    Overdue(u64),
    /// A certificate or list is good for so many days only; below zero it is over.
    PaperEnding(PaperKind, i64),
    /// The host's clock is not kept.
    ClockUnkept,
    /// A node has no stream.
    Detached(Named),
    /// Breakers of these classes of a node are open.
    BreakersOpen(Named, Vec<String>),
    /// Breakers of these classes of a node try whether it is well again.
    BreakersProbing(Named, Vec<String>),
    /// Operators hold the breakers of these classes of a node.
    BreakersHeld(Named, Vec<String>),
    /// So many questions were turned away in five minutes because the hub was full.
    Shedding(u64),
    /// So many questions of two minutes went on without a node that had enough to do.
    Throttled(Named, u64),
    /// So many suspensions stand.
    Suspended(usize),
    /// Limits in force differ from the reviewed ones: operators have set some for a while.
    Lent,
    /// So many alerts about people are looked into by nobody.
    AlertsOpen(usize),
    /// So many acts wait for a second person.
    Waiting(usize),
    /// The hub is stopping.
    Stopping,
    /// So many statements of cases did not hold in a quarter of an hour, for this reason.
    CasesForged(&'static str, u64),
    /// So many questions were refused in ten minutes for a fault of the hub, with this code.
    HubFault(&'static str, u64),
    /// One answer in a hundred takes so many seconds or longer.
    AnswersSlow(u64),
    /// So many questions in a hundred were refused in ten minutes.
    RefusalsMany(u64),
    /// A node declined so many questions in five minutes because it had too much to do.
    NodeOverloaded(Named, u64),
    /// So many replies of a node broke the contract within an hour.
    RepliesBroken(Named, u64),
    /// So many connections were refused in five minutes, with this code.
    HandshakesRefused(&'static str, u64),
    /// Something was changed and is not in force.
    ChangeKept(Kept),
    /// One entry in a hundred takes so many milliseconds or longer until it is durable.
    JournalSlow(u64),
    /// The search index is so many entries behind.
    IndexBehind(u64),
    /// For so many hours nothing that was due has gone into the archive.
    ArchiveBehind(u64),
    /// So many decisions of the last hour were closed without an outcome.
    DecisionAbandoned(u64),
    /// The list of checkpoints has so many megabytes.
    CheckpointListLarge(u64),
}

/// What was changed and not taken, because it has a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The rules.
    Rules,
    /// The limits.
    Limits,
    /// The rules of alerts.
    AlertRules,
}

/// A trouble in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// What is wrong.
    pub(super) what: String,
    /// What to do.
    pub(super) todo: &'static str,
    /// Where to do it.
    pub(super) at: Option<String>,
    /// The heading of `docs/operating.md`.
    pub(super) runbook: Option<&'static str>,
}

impl Trouble {
    /// How much it matters.
    #[must_use]
    pub fn weight(&self) -> Weight {
        match self {
            Self::JournalFailing
            | Self::JournalFull
            | Self::Disowned
            | Self::Unchecked
            | Self::Overdue(_)
            | Self::Detached(_)
            | Self::BreakersOpen(..)
            | Self::Stopping
            | Self::CasesForged(..)
            | Self::HubFault(..) => Weight::Bad,
            Self::PaperEnding(_, days) if *days < ENDING_DAYS => Weight::Bad,
            Self::JournalLow
            | Self::WitnessesLacking(_)
            | Self::WitnessesMissing
            | Self::CheckpointOld(_)
            | Self::ExportDown(_)
            | Self::ExportLagging(..)
            | Self::PaperEnding(..)
            | Self::ClockUnkept
            | Self::BreakersProbing(..)
            | Self::Shedding(_)
            | Self::Throttled(..)
            | Self::AlertsOpen(_)
            | Self::Waiting(_)
            | Self::AnswersSlow(_)
            | Self::RefusalsMany(_)
            | Self::NodeOverloaded(..)
            | Self::RepliesBroken(..)
            | Self::HandshakesRefused(..)
            | Self::ChangeKept(_)
            | Self::JournalSlow(_)
            | Self::IndexBehind(_)
            | Self::ArchiveBehind(_)
            | Self::DecisionAbandoned(_)
            | Self::CheckpointListLarge(_) => Weight::Attention,
            Self::BreakersHeld(..) | Self::Suspended(_) | Self::Lent => Weight::Note,
        }
    }

    pub(super) fn told(&self, language: Language) -> Told {
        let words = self.words(language);
        let (zh, en) = self.todo();
        Told {
            what: words,
            todo: language.choose(zh, en),
            at: self.place(),
            runbook: self.runbook(),
        }
    }

    fn words(&self, language: Language) -> String {
        let (zh, en) = match self {
            Self::JournalFailing
            | Self::JournalFull
            | Self::JournalLow
            | Self::Disowned
            | Self::Unchecked
            | Self::WitnessesLacking(_)
            | Self::WitnessesMissing
            | Self::CheckpointOld(_)
            | Self::Overdue(_) => self.of_the_record(),
            Self::Detached(node)
            | Self::BreakersOpen(node, _)
            | Self::BreakersProbing(node, _)
            | Self::BreakersHeld(node, _)
            | Self::Throttled(node, _) => self.of_a_node(node),
            _ => self.of_the_hub(),
        };
        match language {
            Language::Chinese => zh,
            Language::English => en,
        }
    }

    fn of_the_record(&self) -> (String, String) {
        let pair = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
        match self {
            Self::JournalFailing => pair(
                "审计日志无法写入，枢纽拒绝所有查询。",
                "The audit journal cannot be written: every question is refused.",
            ),
            Self::JournalFull => pair(
                "审计日志磁盘已满，枢纽拒绝新的查询。",
                "The disk of the audit journal is full: new questions are refused.",
            ),
            Self::JournalLow => pair(
                "审计日志磁盘即将写满。",
                "The disk of the audit journal is nearly full.",
            ),
            Self::Disowned => pair(
                "有见证方持有本日志的另一份历史，枢纽已停止应答和签名。",
                "A witness holds another history of this log: nothing is answered any more.",
            ),
            Self::Unchecked => pair(
                "日志尚在由见证方核对，枢纽暂不应答。",
                "The log is still being checked by its witnesses; nothing is answered yet.",
            ),
            Self::WitnessesLacking(seconds) => (
                format!("检查点缺少足够的见证签名，已 {seconds} 秒。"),
                format!("For {seconds} s no checkpoint has had enough witnesses."),
            ),
            Self::WitnessesMissing => pair(
                "未配置见证规则，没有人核对本日志。",
                "No policy of witnesses is configured: nobody checks this log.",
            ),
            Self::CheckpointOld(seconds) => (
                format!("已发布的检查点落后 {seconds} 秒。"),
                format!("The published checkpoint is {seconds} s behind."),
            ),
            Self::Overdue(count) => (
                format!("{count} 项决定超时仍无结果记录。"),
                format!("{count} decisions have owed their outcome for too long."),
            ),
            _ => Default::default(),
        }
    }

    fn of_a_node(&self, node: &Named) -> (String, String) {
        let zh = node.called(Language::Chinese);
        let en = node.called(Language::English);
        match self {
            Self::Detached(_) => (
                format!("{zh}未连接，对其查询一律显示“未知”。"),
                format!("{en} is detached: what it holds is not known."),
            ),
            Self::BreakersOpen(_, classes) => (
                format!("{zh}的 {} 类已熔断。", classes.join("、")),
                format!("{en}: breaker open for class {}.", classes.join(", ")),
            ),
            Self::BreakersProbing(_, classes) => (
                format!("{zh}的 {} 类正在试探恢复。", classes.join("、")),
                format!("{en}: class {} is being tried again.", classes.join(", ")),
            ),
            Self::BreakersHeld(_, classes) => (
                format!("{zh}的 {} 类由人工保持。", classes.join("、")),
                format!("{en}: class {} is held by hand.", classes.join(", ")),
            ),
            Self::Throttled(_, count) => (
                format!("{zh}已满负荷，近两分钟有 {count} 次查询未等到。"),
                format!(
                    "{en} has enough to do: {count} questions of two minutes went on without it."
                ),
            ),
            _ => Default::default(),
        }
    }

    fn of_the_hub(&self) -> (String, String) {
        match self {
            Self::ExportDown(receiver) => (
                format!("日志接收方 {receiver} 未连接。"),
                format!("The log's receiver {receiver} is not connected."),
            ),
            Self::ExportLagging(receiver, count) => (
                format!("日志接收方 {receiver} 落后 {count} 条。"),
                format!("The log's receiver {receiver} is {count} entries behind."),
            ),
            Self::PaperEnding(kind, days) => paper_ending(kind, *days),
            Self::ClockUnkept => (
                "主机时钟未同步。".to_owned(),
                "The host's clock is not synchronised.".to_owned(),
            ),
            Self::Shedding(count) => (
                format!("枢纽满负荷，近五分钟拒绝了 {count} 次查询。"),
                format!("The hub is full: {count} questions were turned away in five minutes."),
            ),
            Self::Suspended(count) => (
                format!("{count} 项停用生效中。"),
                format!("{count} suspensions stand."),
            ),
            Self::AlertsOpen(count) => (
                format!("{count} 项人员使用告警无人处理。"),
                format!("Nobody looks into {count} alerts about people."),
            ),
            Self::Lent => (
                "有限额被临时调整。".to_owned(),
                "Limits have been set for a while.".to_owned(),
            ),
            Self::Waiting(count) => (
                format!("{count} 项操作等待第二人确认。"),
                format!("{count} acts wait for a second person."),
            ),
            Self::Stopping => (
                "枢纽正在停止。".to_owned(),
                "The hub is stopping.".to_owned(),
            ),
            _ => self.of_the_service(),
        }
    }

    const fn todo(&self) -> (&'static str, &'static str) {
        match self {
            Self::JournalFailing => (
                "检查日志盘与文件系统，排除后重启枢纽。",
                "Check disk and file system of the log, then restart the hub.",
            ),
            Self::JournalFull | Self::JournalLow => (
                "腾出磁盘空间；恢复后自动继续，无需重启。",
                "Make room on the disk; the hub goes on by itself.",
            ),
            Self::Disowned => (
                "保全证据，不得重启或删改日志，立即报告审计管理员。",
                "Keep the evidence, restart and remove nothing, tell the audit administrator now.",
            ),
            Self::Unchecked | Self::WitnessesLacking(_) => (
                "检查各中心节点是否在线、其见证是否运行。",
                "See that the nodes are attached and their witnesses run.",
            ),
            Self::WitnessesMissing => ("配置 audit.witnesses。", "Configure audit.witnesses."),
            Self::CheckpointOld(_) => (
                "检查日志盘与见证响应。",
                "Check the log's disk and whether witnesses answer.",
            ),
            Self::ExportDown(_) | Self::ExportLagging(..) => (
                "检查接收方与网络；日志不会丢失，恢复后续传。",
                "Check the receiver and the network; nothing is lost, it goes on where it stopped.",
            ),
            Self::Overdue(_) => (
                "查看枢纽运行日志，联系开发人员。",
                "Look at the hub's own log and call its developers.",
            ),
            Self::PaperEnding(..) => (
                "签发新证书或新吊销列表并放入原位，枢纽自动读取。",
                "Issue a new one and put it in its place; it is taken up without a restart.",
            ),
            Self::ClockUnkept => ("检查主机的时间同步服务。", "Check the host's time service."),
            Self::Shedding(_) => (
                "查看限额与来源，必要时错峰。",
                "See the limits and who asks so much.",
            ),
            Self::Suspended(_) => (
                "确认仍有必要，否则申请解除。",
                "See whether they are still needed; ask for them to be lifted.",
            ),
            Self::Lent => (
                "确认仍有必要，否则提前结束。",
                "See whether they are still needed; end them early if not.",
            ),
            Self::AlertsOpen(_) => (
                "由安全或审计管理员在告警页认领并查明。",
                "A security or audit administrator takes them on the page of alerts.",
            ),
            Self::Waiting(_) => (
                "由另一人核实后确认，24 小时后失效。",
                "Another person checks and confirms them; they lapse after 24 hours.",
            ),
            Self::Stopping => ("等待其停止。", "Wait until it has stopped."),
            _ => self.todo_at_a_node(),
        }
    }

    const fn todo_at_a_node(&self) -> (&'static str, &'static str) {
        match self {
            Self::Detached(_) => (
                "联系该中心，检查其节点程序、网络与证书。",
                "Call the center: its agent, its network, its certificate.",
            ),
            Self::BreakersOpen(..) | Self::BreakersProbing(..) => (
                "查看节点页的失败率，联系该中心检查数据源；恢复后自动接通。",
                "See the node's page, call the center about its source; it closes by itself.",
            ),
            Self::BreakersHeld(..) => (
                "确认仍有必要，否则在节点页解除。",
                "See whether it is still needed; release it on the node's page.",
            ),
            Self::Throttled(..) => (
                "联系该中心检查其系统负荷。",
                "Call the center about the load of its systems.",
            ),
            _ => self.todo_of_the_service(),
        }
    }

    fn place(&self) -> Option<String> {
        match self {
            Self::Detached(node)
            | Self::BreakersOpen(node, _)
            | Self::BreakersProbing(node, _)
            | Self::BreakersHeld(node, _)
            | Self::Throttled(node, _)
            | Self::NodeOverloaded(node, _)
            | Self::RepliesBroken(node, _)
            | Self::PaperEnding(PaperKind::Node(node), _) => {
                Some(format!("{}/{}", Room::Nodes.path(), node.id))
            }
            Self::Suspended(_) | Self::Waiting(_) => Some(Room::Acts.path().to_owned()),
            Self::AlertsOpen(_) | Self::ChangeKept(Kept::AlertRules) => {
                Some(Room::Alerts.path().to_owned())
            }
            Self::Shedding(_) | Self::Lent | Self::ChangeKept(Kept::Limits) => {
                Some(Room::Limits.path().to_owned())
            }
            _ => self.place_of_the_service(),
        }
    }

    const fn runbook(&self) -> Option<&'static str> {
        match self {
            Self::JournalFailing => Some("TianshuJournalUnhealthy"),
            Self::JournalFull => Some("TianshuJournalFull"),
            Self::JournalLow => Some("TianshuJournalLow"),
            Self::Disowned => Some("TianshuLogForked"),
            Self::Unchecked | Self::WitnessesLacking(_) => Some("TianshuCheckpointUnwitnessed"),
            Self::WitnessesMissing => Some("TianshuWitnessPolicyMissing"),
            Self::CheckpointOld(_) => Some("TianshuCheckpointOld"),
            Self::ExportDown(_) => Some("TianshuExportDown"),
            Self::ExportLagging(..) => Some("TianshuExportLagging"),
            Self::Overdue(_) => Some("TianshuDecisionOverdue"),
            Self::Detached(_) => Some("TianshuNodeDetached"),
            Self::BreakersOpen(..) | Self::BreakersProbing(..) => Some("TianshuBreakerOpen"),
            Self::BreakersHeld(..) => Some("TianshuBreakerHeld"),
            Self::Shedding(_) => Some("TianshuHubShedding"),
            Self::Throttled(..) => Some("TianshuTargetThrottled"),
            Self::Suspended(_) | Self::Waiting(_) => Some("Acts of the staff"),
            Self::AlertsOpen(_) => Some("TianshuAlertUnassigned"),
            Self::Lent => Some("Limits"),
            Self::PaperEnding(PaperKind::Revocations, _) => Some("TianshuRevocationsOld"),
            Self::PaperEnding(_, days) if *days < ENDING_DAYS => Some("TianshuCertificateEnding"),
            Self::PaperEnding(..) => Some("TianshuCertificateExpiring"),
            Self::ClockUnkept => Some("TianshuClockUnsynchronised"),
            Self::Stopping => None,
            _ => self.runbook_of_the_service(),
        }
    }
}

fn paper_ending(kind: &PaperKind, days: i64) -> (String, String) {
    let (zh, en) = match kind {
        PaperKind::Hub => ("枢纽的证书".to_owned(), "The hub's certificate".to_owned()),
        PaperKind::Revocations => ("证书吊销列表".to_owned(), "The revocation list".to_owned()),
        PaperKind::Node(node) => (
            format!("{}的证书", node.called(Language::Chinese)),
            format!("The certificate of {}", node.called(Language::English)),
        ),
    };
    if days < 0 {
        return (format!("{zh}已过期。"), format!("{en} is over."));
    }
    (
        format!("{zh}还有 {days} 天到期。"),
        format!("{en} ends in {days} days."),
    )
}

#[cfg(test)]
pub(super) mod tests;
