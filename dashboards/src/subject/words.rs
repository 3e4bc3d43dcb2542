//! The words of the pages of a subject.

use crate::language::Said;

pub(super) const TITLE: Said = Said("个人台账", "Subject ledger");
pub(super) const INTRO: Said = Said(
    "输入证件号码，查看对该人的全部查询。号码只用于向中心换取假名，不显示、不保存、不写入日志；本次查阅及理由记入审计日志。",
    "Type a number to see everything that was asked about its holder. The number is only given \
     to a center, which names it; it is shown, kept and logged nowhere. The look and its reason \
     go on record.",
);
pub(super) const DOCUMENT: Said = Said("证件类型", "Document");
pub(super) const CREDIT_CODE: Said = Said("单位统一社会信用代码", "Organization's credit code");
pub(super) const NUMBER: Said = Said("证件号码", "Number");
pub(super) const REASON: Said = Said(
    "理由（如调取文号；1 至 200 字，不得含证件号码）",
    "Reason, such as the number of the request (1 to 200 characters, no identity number)",
);
pub(super) const SHOW: Said = Said("查看台账", "Show the ledger");
pub(super) const KNOWN: Said = Said(
    "已知假名时，可直接打开 /subject/假名，无需号码。",
    "With a known pseudonym, open /subject/pseudonym; no number is needed.",
);
pub(super) const LIMITED: Said = Said(
    "各中心限制识别次数（每分钟 10 次、每日 200 次），并在本中心日志中记录每一次。",
    "Each center limits how often it names numbers (10 a minute, 200 a day), and has each in its \
     own log.",
);
pub(super) const PSEUDONYM: Said = Said("假名", "Pseudonym");
pub(super) const COVERS: Said = Said("日志范围", "Entries of the log");
pub(super) const TO: Said = Said("至", "to");
pub(super) const UP_TO: Said = Said("截至记录", "Up to entry");
pub(super) const BY_INDEX: Said = Said("：以索引所列为准。", ": as far as the index has them.");
pub(super) const READ: Said = Said(
    "其余记录已逐条通读。",
    "The entries behind it were read one by one.",
);
pub(super) const CHECK: Said = Said(
    "索引是否遗漏，请在“审计”中按假名和时间段核对，或离线执行 tianshu audit search。",
    "Whether the index hides any: search for the pseudonym with a time in Audit, or offline with \
     tianshu audit search.",
);
pub(super) const PAST: Said = Said(
    "此后写入的记录尚未列入，请稍后刷新。",
    "Entries written since are not here yet; reload in a moment.",
);
pub(super) const ARCHIVED: Said = Said(
    "更早的记录已归档，此处不显示；请用 tianshu audit restore 从归档中恢复后查阅。已归档条数（至少）：",
    "Older entries lie in the archive and are not shown; restore them with tianshu audit \
     restore. Archived, at least:",
);
pub(super) const NONE: Said = Said(
    "未找到关于该人的记录（此次查阅除外）。",
    "Nothing about this person was found, except for this look.",
);
pub(super) const CAPTION: Said = Said("查询与查阅，新者在前", "Questions and looks, newest first");
pub(super) const WHEN: Said = Said("时间 / 记录号", "When, entry");
pub(super) const WHO: Said = Said("查询方", "Who asked");
pub(super) const CASE: Said = Said("流程与办件号", "Flow and case");
pub(super) const ITEMS: Said = Said("准予的信息项", "Items granted");
pub(super) const RESULT: Said = Said("各中心答复", "What each center gave");
pub(super) const OPERATOR: Said = Said("经办人", "operator");
pub(super) const COUNTER: Said = Said("柜台", "counter");
pub(super) const SYSTEM: Said = Said("系统", "system");
pub(super) const MATTER: Said = Said("事项", "matter");
pub(super) const BASIS: Said = Said("依据", "basis");
pub(super) const APPROVER: Said = Said("审批人", "approved by");
pub(super) const MATCH: Said = Said("核验（只答是否）", "match: yes or no only");
pub(super) const DETAILS: Said = Said("明细", "details");
pub(super) const VERDICTS: Said = Said("核验结论", "verdicts");
pub(super) const ITEM_COUNT: Said = Said("项", "items");
pub(super) const RECORDS: Said = Said("条记录", "records");
pub(super) const WITHHELD: Said = Said("个值未提供", "values withheld");
pub(super) const AS_OF: Said = Said("数据时间", "as of");
pub(super) const HELD_BACK: Said = Said(
    "未命中，明细未离开中心",
    "no hit, so no details left the center",
);
pub(super) const SKIPPED: Said = Said("未询问", "not asked");
pub(super) const CANCELLED: Said = Said(
    "经办方已中断，答复未送达任何人。",
    "The caller hung up; the answer reached nobody.",
);
pub(super) const ABANDONED: Said = Said(
    "没有结果记录：查询中途终止（程序中断）。",
    "No outcome: the question was cut off.",
);
pub(super) const OPEN: Said = Said("尚未找到结果记录。", "No outcome was found yet.");
pub(super) const REFUSED: Said = Said("已拒绝", "Refused");
pub(super) const LOOKED: Said = Said("枢纽人员查阅", "A member of the hub's staff looked");
pub(super) const EXPORTED: Said = Said(
    "枢纽人员导出文件",
    "A member of the hub's staff took a file",
);
pub(super) const CUT: Said = Said("另有未列入的记录", "there were more");
pub(super) const NAMED_BY: Said = Said("号码由该节点识别", "the number was named by");
pub(super) const UNREADABLE: Said = Said("此记录无法解读。", "This entry cannot be read.");
pub(super) const NEWEST: Said = Said("最新", "Newest");
pub(super) const OLDER: Said = Said("更早", "Older");
pub(super) const PRINT: Said = Said("打印版（附证明）", "To print, with proofs");
pub(super) const DOWNLOAD: Said = Said("下载证明文件", "Download the proofs");
pub(super) const PAGES: Said = Said("翻页与导出", "Pages and export");
pub(super) const WIDE: Said = Said("台账表，可横向滚动", "The ledger's table, scrolls sideways");
pub(super) const ANSWERED: Said = Said("● 已答复", "● answered");
pub(super) const NO_RECORD: Said = Said("○ 无记录", "○ no record");
pub(super) const NOT_ALLOWED: Said = Said("✕ 拒绝提供", "✕ refused");
pub(super) const UNAVAILABLE: Said = Said("? 未知（不可用）", "? not known: unavailable");
pub(super) const STALE: Said = Said("△ 数据过旧", "△ stale");
pub(super) const NOT_COVERED: Said = Said("– 不掌握此类", "– not covered");
pub(super) const UNCLEAR: Said = Said("? 不明", "? not understood");

pub(super) const PRINT_TITLE: Said = Said("个人台账（附证明）", "Subject ledger with proofs");
pub(super) const PRINTED_BY: Said = Said("打印人", "Printed by");
pub(super) const PRINTED_AT: Said = Said("打印时间", "Printed at");
pub(super) const HEAD: Said = Said("已签名检查点", "Signed checkpoint");
pub(super) const HEAD_SIZE: Said = Said("记录", "entries");
pub(super) const ROOT: Said = Said("根散列", "root");
pub(super) const SIGNERS: Said = Said("签名", "signatures");
pub(super) const NO_HEAD: Said = Said(
    "日志尚无检查点，此页没有证明。",
    "The log has no checkpoint yet, so this page proves nothing.",
);
pub(super) const PROVEN: Said = Said(
    "已在此检查点下核验：叶散列与路径导向根散列。",
    "Checked under this checkpoint: leaf hash and path lead to its root.",
);
pub(super) const NOT_PROVEN: Said = Said(
    "核验不符：叶散列与路径不导向根散列。请立即报告。",
    "NOT PROVEN: leaf hash and path do not lead to the root. Report this at once.",
);
pub(super) const LATER: Said = Said(
    "写入晚于检查点，尚无证明。",
    "Written after the checkpoint; not proven yet.",
);
pub(super) const ENTRY: Said = Said("记录", "Entry");
pub(super) const LEAF: Said = Said("叶散列", "leaf hash");
pub(super) const RECEIPT: Said = Said("回执", "receipt");
pub(super) const PROOF: Said = Said("证明", "proof");
pub(super) const HASHES: Said = Said(
    "个散列（base64，自下而上）",
    "hashes (base64, from the leaf up)",
);
pub(super) const NOTE: Said = Said("检查点原文与签名", "The checkpoint as it was signed");
pub(super) const PROVES: Said = Said("本纸件能证明什么", "What this paper proves");
pub(super) const PROVES_THAT: Said = Said(
    "凭枢纽和见证方的公钥即可核对：各叶散列经所列路径得出检查点的根散列，检查点由所列各方签名。\
     据此，内容恰为该叶散列的记录在该序号处写入日志，签名后未被更改。",
    "With the public keys of the hub and its witnesses anybody can check that each leaf hash \
     leads by its path to the root of the checkpoint and that the named have signed it: \
     an entry with exactly this leaf hash stands at this number of the log, \
     and was not changed since.",
);
pub(super) const PROVES_NOT: Said = Said(
    "本纸件不能单独证明上表文字即记录内容（须将附件中的记录原文与叶散列比对），\
     也不能证明没有其他关于此人的记录。",
    "Paper alone does not prove that the table's words are what the entries say (hold the \
     entries of the annex against the leaf hashes), nor that there are no other entries about \
     this person.",
);
pub(super) const ANNEX: Said = Said(
    "附件（各记录原文与证明）：",
    "Annex, the entries' own bytes with their proofs:",
);
pub(super) const HOW: Said = Said(
    "核验附件：运行 tianshu audit verify 文件 --key 枢纽公钥（docs/audit-log.md）；\
     附件另按取得时的检查点证明，其 SHA-256 记入日志（exported）。",
    "To verify the annex: tianshu audit verify FILE --key THE HUB'S KEY (docs/audit-log.md). Its \
     proofs are of the checkpoint at the time when it is taken; its SHA-256 is then on record \
     (exported).",
);
pub(super) const BACK: Said = Said("返回台账", "Back to the ledger");
pub(super) const ENTRIES_CAPTION: Said =
    Said("各记录在日志中的位置", "Where each entry stands in the log");
