//! What the log's own words are called on the page. A kind or a field without a word here is shown
//! as it stands in the log.

use crate::language::{Language, Said};

/// A kind of entry as the log writes it, and as people say it.
pub type KindWord = (&'static str, Said);

/// Every kind that the hub writes; the choice in the form, and a test in the hub, follow it.
pub const KINDS: [KindWord; 42] = [
    ("decision", Said("准予查询", "question allowed")),
    ("outcome", Said("查询结果", "question ended")),
    ("abandoned", Said("查询中止", "question abandoned")),
    ("refusal", Said("拒绝查询", "question refused")),
    ("refusals-folded", Said("拒绝计数", "refusals counted")),
    ("looked", Said("查阅个人信息", "personal records looked at")),
    ("exported", Said("导出文件", "entries taken as a file")),
    ("operator-act", Said("运维操作", "act of the staff")),
    ("act-refused", Said("拒绝操作", "act refused")),
    ("acts-standing", Said("有效操作清单", "acts that stand")),
    ("alert-raised", Said("人员使用告警", "alert about a person")),
    ("alert-step", Said("告警处置", "step about an alert")),
    (
        "alert-rules-changed",
        Said("告警规则变更", "rules of alerts changed"),
    ),
    (
        "alert-rules-kept",
        Said("告警规则未采用", "changed rules of alerts not taken"),
    ),
    ("staff-signed-in", Said("人员到访", "staff at the door")),
    ("staff-session", Said("登录会话", "session of the staff")),
    ("attached", Said("节点接入", "node attached")),
    ("detached", Said("节点断开", "node detached")),
    ("connection-refused", Said("拒绝连接", "connection refused")),
    ("breaker", Said("熔断变化", "breaker changed")),
    (
        "rules-announced",
        Said("中心规则告知", "center's rules announced"),
    ),
    ("rules-changed", Said("规则更换", "rules changed")),
    ("rules-kept", Said("规则未更换", "rules kept")),
    ("limits-changed", Said("限额更换", "limits changed")),
    ("limits-kept", Said("限额未更换", "limits kept")),
    ("trust-reloaded", Said("证书重载", "certificates reloaded")),
    ("clock", Said("时钟（心跳）", "clock (heartbeat)")),
    ("clock-went-back", Said("时钟倒退", "clock went back")),
    ("started", Said("枢纽启动", "hub started")),
    ("stopped", Said("枢纽停止", "hub stopped")),
    ("log-full", Said("日志磁盘已满", "log full")),
    ("log-has-room", Said("日志磁盘有空间", "log has room")),
    ("disowned", Said("见证不认", "log disowned")),
    ("key-introduced", Said("启用新密钥", "key introduced")),
    ("archived", Said("归档", "volume archived")),
    (
        "retention",
        Said("转入归档", "entries left for the archive"),
    ),
    ("volume-expired", Said("归档到期", "volume expired")),
    ("orders-taken", Said("指令生效", "orders taken")),
    ("hold-set", Said("设置保全", "hold set")),
    ("hold-lifted", Said("解除保全", "hold lifted")),
    ("export-began", Said("外送开始", "forwarding began")),
    ("export-ended", Said("外送结束", "forwarding ended")),
];

/// Kinds that have a word and are rarely looked for.
const FURTHER_KINDS: [KindWord; 2] = [
    ("export-lagging", Said("外送滞后", "forwarding lags")),
    ("export-caught-up", Said("外送赶上", "forwarding caught up")),
];

const FIELDS: [(&str, Said); 68] = [
    ("v", Said("格式版本", "format version")),
    ("at", Said("时间", "time")),
    ("salt", Said("随机盐", "salt")),
    ("kind", Said("类型", "kind")),
    ("query", Said("查询号", "question")),
    ("question", Said("问题摘要", "digest of the question")),
    ("who", Said("查询方", "asker")),
    ("node", Said("节点", "node")),
    ("serial", Said("证书序列号", "certificate serial")),
    ("operator", Said("经办人", "operator")),
    ("counter", Said("柜台", "counter")),
    ("system", Said("业务系统", "system")),
    ("case", Said("业务", "case")),
    ("case_no", Said("办件号", "case number")),
    ("number", Said("编号", "number")),
    ("flow", Said("流程", "flow")),
    ("matter", Said("事项", "matter")),
    ("basis", Said("依据类型", "basis")),
    ("basis_number", Said("依据编号", "basis number")),
    ("approver", Said("复核员", "approver")),
    ("use_no", Said("第几次使用", "use number")),
    ("nonce", Said("一次性随机数", "nonce")),
    ("expires_at", Said("有效至", "expires")),
    ("subject", Said("当事人假名", "subject's pseudonym")),
    ("mode", Said("方式", "mode")),
    ("items", Said("准予的数据项", "items granted")),
    ("gives", Said("转交的数据项", "items passed on")),
    ("verdicts", Said("判断", "verdicts")),
    ("named", Said("指定的中心", "centers named")),
    ("asked", Said("将询问的节点", "nodes asked")),
    ("skipped", Said("未询问的节点", "nodes skipped")),
    ("left_out", Said("未询问的类别", "classes left out")),
    ("rules", Said("规则", "rules")),
    ("catalog", Said("目录摘要", "catalog digest")),
    ("flows", Said("流程摘要", "flows digest")),
    ("policies", Said("策略摘要", "policies digest")),
    ("facts", Said("裁决依据", "facts of the decision")),
    ("decision", Said("裁决记录号", "entry of the decision")),
    ("nodes", Said("各节点", "nodes")),
    ("classes", Said("类别", "classes")),
    ("class", Said("类别", "class")),
    ("outcome", Said("结果", "outcome")),
    ("records", Said("记录数", "records")),
    ("withheld", Said("扣留的值", "values withheld")),
    ("as_of", Said("数据时间", "as of")),
    ("held_back", Said("未命中不放行", "held back")),
    ("digest", Said("摘要", "digest")),
    ("rule", Said("规则名", "rule")),
    ("elapsed_ms", Said("耗时（毫秒）", "elapsed (ms)")),
    ("tries", Said("发送次数", "tries")),
    ("cancelled", Said("查询方已放弃", "cancelled")),
    ("because", Said("原因", "because")),
    ("code", Said("代码", "code")),
    ("turn", Said("应由谁处理", "whose turn")),
    ("detail", Said("说明", "detail")),
    ("count", Said("次数", "count")),
    ("staff", Said("人员", "staff")),
    ("role", Said("角色", "role")),
    ("roles", Said("角色", "roles")),
    ("room", Said("页面", "room")),
    ("terms", Said("查找条件", "terms")),
    ("reason", Said("事由", "reason")),
    ("stage", Said("阶段", "stage")),
    ("act", Said("操作", "act")),
    ("target", Said("对象", "target")),
    ("until", Said("有效至", "until")),
    (
        "standing",
        Said("有效操作的记录号", "entries of acts that stand"),
    ),
    ("software", Said("软件版本", "software")),
];

/// The word for a kind.
pub(super) fn kind(language: Language, name: &str) -> Option<&'static str> {
    let mut all = KINDS.iter().chain(&FURTHER_KINDS);
    let found = all.find(|(known, _)| *known == name);
    found.map(|(_, said)| language.say(*said))
}

/// The word for the way to a field, `who.operator`; numbers within it count from 1.
pub(super) fn field(language: Language, path: &str) -> String {
    let word = |part: &str| {
        let found = FIELDS.iter().find(|(known, _)| *known == part);
        found.map_or_else(
            || match part.parse::<usize>() {
                Ok(nth) => format!("#{}", nth.saturating_add(1)),
                Err(_) => part.to_owned(),
            },
            |(_, said)| language.say(*said).to_owned(),
        )
    };
    path.split('.').map(word).collect::<Vec<_>>().join(" · ")
}
