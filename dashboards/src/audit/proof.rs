//! The page that proves an entry, step by step: once as the server went through it, and once more
//! in the browser, from the bytes alone, where it runs scripts.

use maud::{Markup, html};
use serde::Deserialize;

use super::grouped::grouped;
use crate::escape::Escaped;
use crate::language::Said;
use crate::name::moment;
use crate::room::Room;
use crate::shell::{self, encoded};
use crate::viewer::Viewer;

/// Bytes of a root in base64.
const ROOT_BYTES: usize = 44;

/// A checkpoint that somebody kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Older {
    /// Entries under it.
    pub size: u64,
    /// Its root, in base64.
    pub root: String,
}

/// The same in an address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OlderFields {
    old_size: String,
    old_root: String,
}

impl OlderFields {
    /// None where neither is given; an error where they are no size and root.
    pub(super) fn read(self) -> Result<Option<Older>, ()> {
        if self.old_size.is_empty() && self.old_root.is_empty() {
            return Ok(None);
        }
        let size = self.old_size.parse().map_err(|_| ())?;
        let root = self.old_root;
        let is_letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
        if root.len() != ROOT_BYTES || !root.bytes().all(is_letter) {
            return Err(());
        }
        Ok(Some(Older { size, root }))
    }
}

/// One step from the leaf to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The hash beside the one reached so far, in hex.
    pub sibling: String,
    /// Whether it stands to the left.
    pub is_left: bool,
    /// What both make together, in hex.
    pub result: String,
}

/// What became of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the key's.
    Good,
    /// It is not.
    Wrong,
    /// No key is known here that could have made it.
    Unknown,
}

/// A signature under the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Name of the key.
    pub name: String,
    /// Its id, in hex.
    pub id: String,
    /// When a witness says that it cosigned; empty for the log's own.
    pub at: String,
    /// Whether it holds.
    pub verdict: Verdict,
}

/// Whether the log grew out of an older checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grown {
    /// The older one.
    pub older: Older,
    /// The hashes that show it, in base64; none where the log is shorter than the older one.
    pub path: Vec<String>,
    /// Whether they do.
    pub holds: bool,
}

/// A proof, gone through by the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The log.
    pub log: String,
    /// The entry's bytes, in base64.
    pub entry: String,
    /// Their number.
    pub entry_bytes: usize,
    /// Its leaf hash, in hex.
    pub leaf_hash: String,
    /// Up to the root.
    pub steps: Vec<Step>,
    /// The root of the checkpoint, in hex.
    pub root: String,
    /// The same as checkpoints write it.
    pub root_base64: String,
    /// Entries under the checkpoint.
    pub size: u64,
    /// Whether the steps lead there.
    pub is_included: bool,
    /// Under the checkpoint.
    pub signatures: Vec<Signature>,
    /// Whether the witnesses' policy asks for as many; none without one.
    pub quorum: Option<bool>,
    /// The public keys that are believed here, as `name+id+key`; the log's own first.
    pub keys: Vec<String>,
    /// How many of them are the log's own.
    pub own_keys: usize,
    /// The proof file, in base64.
    pub proof: String,
    /// Against an older checkpoint, where one was given.
    pub grown: Option<Grown>,
}

impl Proven {
    /// Whether every step holds: the path, a signature of the log, no wrong one, enough witnesses,
    /// and the growth where it was asked for.
    #[must_use]
    pub fn holds(&self) -> bool {
        let signatures = &self.signatures;
        let is_own = |signature: &&Signature| signature.name == self.log;
        self.is_included
            && signatures
                .iter()
                .all(|signature| signature.verdict != Verdict::Wrong)
            && signatures
                .iter()
                .filter(is_own)
                .any(|own| own.verdict == Verdict::Good)
            && self.quorum != Some(false)
            && self.grown.as_ref().is_none_or(|grown| grown.holds)
    }
}

const TITLE: Said = Said("验证审计记录", "Verify entry");
const PENDING: Said = Said(
    "尚无检查点覆盖此记录；新记录约一秒后被覆盖。请稍后刷新本页。",
    "No checkpoint covers this entry yet; new entries are covered after about a second. Open this \
     page again.",
);
const HOLDS: Said = Said("✓ 各步均成立", "✓ every step holds");
const BROKEN: Said = Said(
    "✕ 有步骤不成立：请保存本页和证明文件，立即报告安全管理员",
    "✕ a step does not hold: keep this page and the proof, and tell the security administrator now",
);
const SERVER: Said = Said("服务器的计算", "As the server computed it");
const SERVER_HINT: Said = Said(
    "以下由服务器计算。不依赖服务器的验证：用本页上方的浏览器验证，或下载证明文件离线验证。",
    "The server computed these steps. To rely on no server, verify in the browser above, or \
     offline.",
);
const LEAF: Said = Said(
    "叶散列 = SHA-256(00 ‖ 记录原文)",
    "Leaf hash = SHA-256(00 ‖ the entry's bytes)",
);
const BYTES: Said = Said("字节", "bytes");
const PATH: Said = Said("从叶到根", "From the leaf to the root");
const NTH: Said = Said("步", "Step");
const SIDE: Said = Said("位置", "Side");
const SIBLING: Said = Said("相邻散列", "Hash beside it");
const MAKES: Said = Said(
    "合成 SHA-256(01 ‖ 左 ‖ 右)",
    "Together: SHA-256(01 ‖ left ‖ right)",
);
const LEFT: Said = Said("左", "left");
const RIGHT: Said = Said("右", "right");
const ROOT: Said = Said("检查点的根", "Root of the checkpoint");
const SAME: Said = Said("✓ 与各步到达的根相同", "✓ is where the steps lead");
const OTHER: Said = Said("✕ 与各步到达的根不同", "✕ is not where the steps lead");
const SIZE: Said = Said("检查点的记录数", "Entries under the checkpoint");
const SIGNATURES: Said = Said("检查点的签名", "Signatures under the checkpoint");
const KEY: Said = Said("密钥", "Key");
const KEY_ID: Said = Said("密钥标识", "Key id");
const SIGNED_AT: Said = Said("见证时间", "Cosigned at");
const VERDICT: Said = Said("结论", "Verdict");
const GOOD: Said = Said("✓ 有效", "✓ good");
const WRONG: Said = Said("✕ 无效", "✕ wrong");
const UNKNOWN: Said = Said("？ 本枢纽不认识此密钥", "? this hub does not know the key");
const QUORUM: Said = Said(
    "✓ 见证达到策略要求",
    "✓ as many witnesses as the policy asks for",
);
const NO_QUORUM: Said = Said(
    "✕ 见证少于策略要求",
    "✕ fewer witnesses than the policy asks for",
);
const GROWTH: Said = Said("与较早检查点一致", "Growth out of an older checkpoint");
const GROWN: Said = Said(
    "✓ 现在的日志以当时的日志开头：其间没有改写",
    "✓ the log begins with what it was then: nothing was rewritten since",
);
const NOT_GROWN: Said = Said(
    "✕ 现在的日志不是从该检查点增长而来",
    "✕ the log did not grow out of that checkpoint",
);
const OLD_SIZE: Said = Said("较早检查点的记录数", "Entries under the older one");
const OLD_ROOT: Said = Said("较早检查点的根（base64）", "Root of the older one (base64)");
const OLD_HINT: Said = Said(
    "记录数和根是检查点的第二、三行，例如以前下载的证明文件中的。",
    "They are the second and third line of a checkpoint, as in a proof that was downloaded before.",
);
const COMPARE: Said = Said("核对", "Compare");
const KEEP: Said = Said(
    "收藏此链接以便日后与本检查点核对",
    "Keep this link to compare with this checkpoint later",
);
const OFFLINE: Said = Said("离线验证", "Verify offline");
const PROOF: Said = Said("下载证明文件", "Download the proof");
const OFFLINE_HINT: Said = Said(
    "在任何一台机器上执行；密钥请用另行取得的，不要只信本页。",
    "Run this on any machine; take the key from elsewhere rather than from this page.",
);
const BACK: Said = Said("返回记录", "Back to the entry");

/// The page.
pub(super) fn page(viewer: &Viewer, number: u64, proven: Option<&Proven>) -> Markup {
    let said = |said| viewer.say(said);
    let title = format!("{} {number}", said(TITLE));
    let body = html! {
        p { a href={ "/audit/" (number) } { (said(BACK)) } }
        @match proven {
            None => p { (said(PENDING)) },
            Some(proven) => {
                (verdict(viewer, proven))
                (own::section(viewer, number, proven))
                (server(viewer, proven))
                (growth(viewer, number, proven))
                (offline(viewer, number, proven))
            },
        }
    };
    shell::page(viewer, Some(Room::Audit), &title, &body)
}

fn verdict(viewer: &Viewer, proven: &Proven) -> Markup {
    html! {
        @if proven.holds() { p.sound { (viewer.say(HOLDS)) } }
        @else { p.alarm role="alert" { (viewer.say(BROKEN)) } }
    }
}

fn server(viewer: &Viewer, proven: &Proven) -> Markup {
    let said = |said| viewer.say(said);
    html! {
        section aria-labelledby="server-title" {
            h2 id="server-title" { (said(SERVER)) }
            p.faint { (said(SERVER_HINT)) }
            dl.facts {
                div { dt { (said(LEAF)) } dd {
                    code { (Escaped(&proven.leaf_hash)) }
                    " (" (proven.entry_bytes) " " (said(BYTES)) ")"
                } }
            }
            (steps(viewer, proven))
            dl.facts {
                div { dt { (said(ROOT)) } dd { code { (Escaped(&proven.root)) } br;
                    (mark(viewer, proven.is_included, SAME, OTHER))
                } }
                div { dt { (said(SIZE)) } dd.number { (grouped(proven.size)) } }
            }
            (signatures(viewer, proven))
        }
    }
}

fn steps(viewer: &Viewer, proven: &Proven) -> Markup {
    let said = |said| viewer.say(said);
    html! {
        div.wide tabindex="0" role="region" aria-label=(said(PATH)) { table.hashes {
            caption { (said(PATH)) }
            thead { tr { @for head in [NTH, SIDE, SIBLING, MAKES] {
                th scope="col" { (said(head)) }
            } } }
            tbody { @for (nth, step) in (1_usize..).zip(&proven.steps) { tr {
                th scope="row" { (nth) }
                td { (said(if step.is_left { LEFT } else { RIGHT })) }
                td { code { (Escaped(&step.sibling)) } }
                td { code { (Escaped(&step.result)) } }
            } } }
        } }
    }
}

fn signatures(viewer: &Viewer, proven: &Proven) -> Markup {
    let said = |said| viewer.say(said);
    html! {
        div.wide tabindex="0" role="region" aria-label=(said(SIGNATURES)) { table {
            caption { (said(SIGNATURES)) }
            thead { tr { @for head in [KEY, KEY_ID, SIGNED_AT, VERDICT] {
                th scope="col" { (said(head)) }
            } } }
            tbody { @for signature in &proven.signatures { tr {
                th scope="row" { (Escaped(&signature.name)) }
                td { code { (Escaped(&signature.id)) } }
                td { @if !signature.at.is_empty() { (moment(&signature.at)) } }
                td { @match signature.verdict {
                    Verdict::Good => span.attached { (said(GOOD)) },
                    Verdict::Wrong => strong.tripped { (said(WRONG)) },
                    Verdict::Unknown => { (said(UNKNOWN)) },
                } }
            } } }
        } }
        @if let Some(quorum) = proven.quorum { p { (mark(viewer, quorum, QUORUM, NO_QUORUM)) } }
    }
}

fn growth(viewer: &Viewer, number: u64, proven: &Proven) -> Markup {
    let said = |said| viewer.say(said);
    let keep = format!(
        "/audit/{number}/verify?old_size={}&old_root={}",
        proven.size,
        encoded(&proven.root_base64).replace('/', "%2F")
    );
    let (size, root) = proven
        .grown
        .as_ref()
        .map_or_else(Default::default, |grown| {
            (grown.older.size.to_string(), grown.older.root.clone())
        });
    html! {
        section aria-labelledby="growth-title" {
            h2 id="growth-title" { (said(GROWTH)) }
            @if let Some(grown) = &proven.grown {
                p { (grouped(grown.older.size)) " → " (grouped(proven.size)) " · "
                    (mark(viewer, grown.holds, GROWN, NOT_GROWN)) }
                ol.hashes { @for hash in &grown.path { li { code { (Escaped(hash)) } } } }
            }
            form.fields method="get" action={ "/audit/" (number) "/verify" } {
                label for="old-size" { (said(OLD_SIZE))
                    input id="old-size" name="old_size" value=(size) inputmode="numeric"
                        autocomplete="off"; }
                label for="old-root" { (said(OLD_ROOT))
                    input id="old-root" name="old_root" value=(Escaped(&root)) size="46"
                        autocomplete="off"; }
                button.quiet { (said(COMPARE)) }
            }
            p.faint { (said(OLD_HINT)) }
            p { a href=(keep) { (said(KEEP)) } }
        }
    }
}

fn offline(viewer: &Viewer, number: u64, proven: &Proven) -> Markup {
    let said = |said| viewer.say(said);
    let key = proven.keys.first().map_or("", String::as_str);
    html! {
        section aria-labelledby="offline-title" {
            h2 id="offline-title" { (said(OFFLINE)) }
            p { a href={ "/audit/" (number) "/proof" } download { (said(PROOF)) } }
            p.faint { (said(OFFLINE_HINT)) }
            pre.raw tabindex="0" {
                "tianshu audit verify entry-" (number) ".tlog-proof --leaf "
                (Escaped(&proven.leaf_hash))
                " --key '" (Escaped(key)) "'"
            }
        }
    }
}

fn mark(viewer: &Viewer, holds: bool, yes: Said, no: Said) -> Markup {
    html! {
        @if holds { span.attached { (viewer.say(yes)) } }
        @else { strong.tripped { (viewer.say(no)) } }
    }
}

mod own;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_checkpoint_is_a_size_and_a_root_or_nothing() {
        let read = |size: &str, root: &str| {
            let (old_size, old_root) = (size.to_owned(), root.to_owned());
            OlderFields { old_size, old_root }.read()
        };
        assert_eq!(read("", ""), Ok(None));
        let root = format!("{}=", "a".repeat(43));
        assert!(matches!(read("7", &root), Ok(Some(Older { size: 7, .. }))));
        for (size, root) in [("", root.as_str()), ("7", ""), ("-1", &root), ("7", "<b>")] {
            assert!(read(size, root).is_err(), "{size} {root}");
        }
    }
}
