//! The page of one entry: its fields in words, what belongs to the same question, where it stands,
//! and the way to its proof.

use maud::{Markup, html};

use super::browse;
use super::found::kind;
use super::grouped::grouped;
use super::may_export;
use super::span::{self, Cover};
use super::words;
use crate::escape::Escaped;
use crate::language::Said;
use crate::name::moment;
use crate::room::Room;
use crate::shell;
use crate::viewer::{Act, Viewer};

/// A field of the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The way to it, `who.operator`; places in a list count from 0.
    pub path: String,
    /// What it says.
    pub value: String,
}

/// An entry that belongs to the same question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Its number.
    pub number: u64,
    /// When.
    pub at: String,
    /// What happened.
    pub kind: String,
    /// Codes in it.
    pub codes: Vec<String>,
    /// Its leaf hash: with log and number this is its receipt.
    pub leaf_hash: String,
}

/// What the entry names, so that the rest about it is one step away; empty where it names none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The asking center.
    pub center: String,
    /// Who asked.
    pub operator: String,
    /// Where.
    pub counter: String,
    /// Case.
    pub case: String,
    /// Flow.
    pub flow: String,
    /// Question.
    pub query: String,
    /// Pseudonym of the subject.
    pub subject: String,
    /// Member of the staff.
    pub staff: String,
    /// Nodes.
    pub nodes: Vec<String>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryShown {
    /// Its number.
    pub number: u64,
    /// The log.
    pub log: String,
    /// Entries in it.
    pub size: u64,
    /// When.
    pub at: String,
    /// What happened.
    pub kind: String,
    /// Its leaf hash, in hex.
    pub leaf_hash: String,
    /// Its bytes as text.
    pub raw: String,
    /// The same by field.
    pub fields: Vec<Field>,
    /// The other entries of its question, in the order of the log.
    pub related: Vec<Related>,
    /// What it names.
    pub links: Links,
    /// The newest checkpoint.
    pub cover: Option<Cover>,
}

const TITLE: Said = Said("审计记录", "Entry");
const RECEIPT: Said = Said("回执", "Receipt");
const LOG: Said = Said("日志", "Log");
const NUMBER: Said = Said("记录号", "Number");
const LEAF: Said = Said("叶散列", "Leaf hash");
const TIME: Said = Said("时间", "Time");
const KIND: Said = Said("类型", "Kind");
const COVERED: Said = Said("检查点", "Checkpoint");
const COVERS: Said = Said("✓ 已被检查点覆盖，共", "✓ covered by the checkpoint over");
const ENTRIES: Said = Said("条记录", "entries");
const NOT_YET: Said = Said(
    "尚未被检查点覆盖；约一秒后刷新本页",
    "not covered by a checkpoint yet; open this page again in a second",
);
const VERIFY: Said = Said("验证", "Verify");
const VERIFY_HINT: Said = Said(
    "逐步验证此记录在日志中、日志未被改写",
    "step by step: that this entry is in the log, and that the log was not rewritten",
);
const PROOF: Said = Said("下载证明文件", "Download the proof");
const BYTES: Said = Said("下载记录原文", "Take the entry's bytes as a file");
const BYTES_HINT: Said = Said("下载原文记入审计日志。", "Taking it goes on record.");
const PAIR: Said = Said("同一查询的记录", "Entries of the same question");
const NO_PAIR: Said = Said(
    "该查询没有其他记录：裁决之后应有结果或中止。",
    "There is no other entry of this question; a decision is followed by an outcome or by its end.",
);
const REFUSED: Said = Said(
    "拒绝的查询没有其他记录。",
    "A refused question has no further entry.",
);
const LINKS: Said = Said("相关", "Related");
const LEDGER: Said = Said("该当事人台账", "this person's ledger");
const SAME_SUBJECT: Said = Said("同一当事人的记录", "entries about the same person");
const FIELDS: Said = Said("内容", "What it says");
const FIELD: Said = Said("字段", "Field");
const VALUE: Said = Said("值", "Value");
const RAW: Said = Said("原文（JSON）", "As it stands in the log (JSON)");
const PREVIOUS: Said = Said("上一条", "Entry before");
const NEXT: Said = Said("下一条", "Entry behind");
const PAGES: Said = Said("前后记录", "Neighbouring entries");

/// The page.
pub(super) fn page(viewer: &Viewer, entry: &EntryShown) -> Markup {
    let said = |said| viewer.say(said);
    let title = format!("{} {}", said(TITLE), entry.number);
    let body = html! {
        (receipt(viewer, entry))
        (pair(viewer, entry))
        (links(viewer, &entry.links))
        section aria-labelledby="fields-title" {
            h2 id="fields-title" { (said(FIELDS)) }
            div.wide tabindex="0" role="region" aria-label=(said(FIELDS)) { table {
                caption.unseen { (said(FIELDS)) }
                thead { tr { th scope="col" { (said(FIELD)) } th scope="col" { (said(VALUE)) } } }
                tbody { @for field in &entry.fields { tr {
                    th scope="row" { (Escaped(&words::field(viewer.language, &field.path))) }
                    td.value { (Escaped(&field.value)) }
                } } }
            } }
            details { summary { (said(RAW)) } pre.raw tabindex="0" { (Escaped(&entry.raw)) } }
        }
        nav.pages aria-label=(said(PAGES)) {
            @if let Some(previous) = entry.number.checked_sub(1) {
                a href={ "/audit/" (previous) } rel="prev" { (said(PREVIOUS)) }
            }
            @if entry.number.saturating_add(1) < entry.size {
                a href={ "/audit/" (entry.number.saturating_add(1)) } rel="next" { (said(NEXT)) }
            }
        }
    };
    shell::page(viewer, Some(Room::Audit), &title, &body)
}

fn receipt(viewer: &Viewer, entry: &EntryShown) -> Markup {
    let said = |said| viewer.say(said);
    let covering = entry
        .cover
        .as_ref()
        .filter(|cover| entry.number < cover.size);
    html! {
        section aria-labelledby="receipt-title" {
            h2 id="receipt-title" { (said(RECEIPT)) }
            dl.facts {
                div { dt { (said(TIME)) } dd { (moment(&entry.at)) } }
                div { dt { (said(KIND)) } dd { (kind(viewer, &entry.kind)) } }
                div { dt { (said(LOG)) } dd { (Escaped(&entry.log)) } }
                div { dt { (said(NUMBER)) } dd.number { (entry.number) } }
                div { dt { (said(LEAF)) } dd { code { (Escaped(&entry.leaf_hash)) } } }
                div { dt { (said(COVERED)) } dd {
                    @match covering {
                        Some(cover) => {
                            (said(COVERS)) " " (grouped(cover.size)) " " (said(ENTRIES))
                        },
                        None => { (said(NOT_YET)) },
                    }
                } }
                @if let Some(cover) = covering { (span::witnesses(viewer, cover)) }
            }
            p.pages {
                a.button href={ "/audit/" (entry.number) "/verify" } { (said(VERIFY)) }
                span.faint { (said(VERIFY_HINT)) }
            }
            @if covering.is_some() {
                p { a href={ "/audit/" (entry.number) "/proof" } download { (said(PROOF)) } }
            }
            @if may_export(viewer) {
                form.fields method="post" action={ "/audit/" (entry.number) "/entry" } {
                    (shell::token(viewer))
                    button.quiet { (said(BYTES)) }
                    span.faint { (said(BYTES_HINT)) }
                }
            }
        }
    }
}

fn pair(viewer: &Viewer, entry: &EntryShown) -> Markup {
    let said = |said| viewer.say(said);
    if entry.links.query.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="pair-title" {
            h2 id="pair-title" { (said(PAIR)) }
            @if entry.related.is_empty() {
                p { (said(if entry.kind == "refusal" { REFUSED } else { NO_PAIR })) }
            }
            ul.plain { @for related in &entry.related { li {
                a.number href={ "/audit/" (related.number) } { (related.number) } " "
                (moment(&related.at)) " " (kind(viewer, &related.kind)) " "
                @for code in &related.codes { (browse::leads(code, &browse::of_code(code))) " " }
                br; code { (Escaped(&related.leaf_hash)) }
            } } }
        }
    }
}

fn links(viewer: &Viewer, links: &Links) -> Markup {
    let said = |said| viewer.say(said);
    let (center, operator, counter) = (&links.center, &links.operator, &links.counter);
    let rows = [
        (
            "case",
            browse::leads(&links.case, &browse::of_case(&links.case)),
        ),
        (
            "query",
            browse::leads(&links.query, &browse::of_query(&links.query)),
        ),
        ("who", browse::leads(center, &browse::of_center(center))),
        (
            "operator",
            browse::leads(operator, &browse::of_operator(center, operator)),
        ),
        (
            "counter",
            browse::leads(counter, &browse::of_counter(center, counter)),
        ),
        (
            "flow",
            browse::leads(&links.flow, &browse::of_flow(&links.flow)),
        ),
        (
            "staff",
            browse::leads(&links.staff, &browse::of_staff(&links.staff)),
        ),
    ];
    let is_empty = rows.iter().all(|(_, link)| link.0.is_empty());
    if is_empty && links.subject.is_empty() && links.nodes.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="links-title" {
            h2 id="links-title" { (said(LINKS)) }
            dl.facts {
                @for (name, link) in &rows { @if !link.0.is_empty() {
                    div { dt { (words::field(viewer.language, name)) } dd { (link) } }
                } }
                @if !links.nodes.is_empty() {
                    div { dt { (words::field(viewer.language, "nodes")) } dd {
                        @for node in &links.nodes {
                            (browse::leads(node, &browse::of_node(node))) " "
                        }
                    } }
                }
                @if !links.subject.is_empty() { (subject(viewer, &links.subject)) }
            }
        }
    }
}

fn subject(viewer: &Viewer, pseudonym: &str) -> Markup {
    let ledger = format!("/subject/{}", shell::encoded(pseudonym));
    html! {
        div { dt { (words::field(viewer.language, "subject")) } dd {
            a href=(browse::of_subject(pseudonym).address()) { (viewer.say(SAME_SUBJECT)) }
            @if viewer.may(Act::See(Room::Subject)) {
                " · " a href=(ledger) { (viewer.say(LEDGER)) }
            }
        } }
    }
}
