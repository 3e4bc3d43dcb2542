//! The form, and a page of the ledger.

use maud::{Markup, html};

use super::paging::links;
use super::{Document, ORGANIZATION, words};
use crate::escape::Escaped;
use crate::language::{Language, Said};
use crate::name::{Name, moment};
use crate::room::Room;
use crate::shell::{page as framed, token};
use crate::viewer::Viewer;

/// Longest number that the form takes; the server has its own limit.
const NUMBER_CHARS_MAX: usize = 64;
const REASON_CHARS_MAX: usize = 200;

/// A page of the ledger.
#[derive(Clone, Debug, Default)]
pub struct SubjectLedger {
    /// The pseudonym.
    pub subject: String,
    /// Newest first.
    pub rows: Vec<LedgerRow>,
    /// Where the next page begins, if there is one.
    pub before: Option<u64>,
    /// The first entry that the log still has, and the one behind the last that was looked at.
    pub covers: (u64, u64),
    /// The entry behind the last that the index found; from there on every entry was read.
    pub indexed: u64,
    /// Whether entries were written behind that.
    pub is_behind: bool,
    /// Entries about this person that lie in the archive; at least so many.
    pub archived: u64,
}

/// One entry about the person.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    /// Its number in the log.
    pub number: u64,
    /// When, RFC 3339.
    pub at: String,
    /// What it says.
    pub what: What,
}

/// What an entry says.
#[derive(Clone, Debug)]
pub enum What {
    /// A question was allowed.
    Asked(Box<Asked>),
    /// One was refused.
    Refused(Box<Refused>),
    /// Somebody of the hub's staff looked.
    Looked(StaffLook),
    /// Somebody of the hub's staff took entries away as a file.
    Exported(StaffFile),
    /// It cannot be read.
    Unreadable,
}

/// Who asked.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    /// The center.
    pub center: Name,
    /// The person there.
    pub operator: String,
    /// Where.
    pub counter: String,
    /// Through which system.
    pub system: String,
}

/// A question that was allowed, with its end.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Who.
    pub who: Asker,
    /// Code and name of the flow.
    pub flow: (String, Name),
    /// The matter.
    pub matter: String,
    /// The case.
    pub case_no: String,
    /// Kind and number of the basis.
    pub basis: (String, String),
    /// Who approved.
    pub approver: String,
    /// Whether records were asked for, and not only yes or no.
    pub is_details: bool,
    /// What was granted.
    pub classes: Vec<ClassItems>,
    /// Verdicts asked for.
    pub verdicts: Vec<String>,
    /// Centers that were not asked, with the code why.
    pub skipped: Vec<(Name, String)>,
    /// How it ended.
    pub ending: Ending,
}

/// Items of one class.
#[derive(Clone, Debug, Default)]
pub struct ClassItems {
    /// Number and name of the class.
    pub class: (String, Name),
    /// Number and name of each item.
    pub items: Vec<(String, Name)>,
}

/// How a question ended.
#[derive(Clone, Debug, Default)]
pub enum Ending {
    /// It is under way, or its end was not found.
    #[default]
    Open,
    /// It was cut off; the entry that says so.
    Abandoned(u64),
    /// It was answered.
    Sealed {
        /// The entry that says so.
        number: u64,
        /// What each center gave.
        gave: Vec<Gave>,
        /// The answer reached nobody.
        cancelled: bool,
        /// How long it took.
        elapsed_ms: u64,
    },
}

/// What a center gave for a class.
#[derive(Clone, Debug, Default)]
pub struct Gave {
    /// The center.
    pub center: Name,
    /// Number and name of the class.
    pub class: (String, Name),
    /// As the log says it.
    pub outcome: String,
    /// Why, where there is no answer.
    pub code: String,
    /// Records released.
    pub records: u32,
    /// Values withheld.
    pub withheld: u32,
    /// How old the facts are.
    pub as_of: String,
    /// Nothing left the center, for want of a hit.
    pub held_back: bool,
}

/// A question that was refused.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    /// Who.
    pub who: Asker,
    /// Code and name of the flow.
    pub flow: (String, Name),
    /// The case.
    pub case_no: String,
    /// The code.
    pub code: String,
    /// What it means.
    pub said: Name,
    /// Which rule.
    pub rule: String,
}

/// A look of the hub's staff.
#[derive(Clone, Debug, Default)]
pub struct StaffLook {
    /// Who.
    pub staff: String,
    /// In which role.
    pub role: String,
    /// In which room.
    pub room: String,
    /// Why.
    pub reason: String,
    /// The node that named the number, if one was typed.
    pub named_by: String,
}

/// Entries that the hub's staff took away as a file.
#[derive(Clone, Debug, Default)]
pub struct StaffFile {
    /// Who.
    pub staff: String,
    /// In which role.
    pub role: String,
    /// `csv`, `jsonl`, `entry` or `proofs`.
    pub form: String,
    /// How many entries.
    pub rows: u64,
    /// There were more, which are not in it.
    pub is_cut: bool,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// The form.
pub(super) fn form(viewer: &Viewer, documents: &[Document]) -> Markup {
    let body = html! {
        section.narrow {
            p { (viewer.say(words::INTRO)) }
            form method="post" action="/subject" autocomplete="off" {
                (token(viewer))
                p { label for="cert_type" { (viewer.say(words::DOCUMENT))
                    select id="cert_type" name="cert_type" {
                        @for document in documents {
                            option value=(Escaped(&document.code)) {
                                (Escaped(&document.code)) " "
                                (Escaped(document.name.of(viewer.language)))
                            }
                        }
                        option value=(ORGANIZATION) { (viewer.say(words::CREDIT_CODE)) }
                    }
                } }
                p { label for="number" { (viewer.say(words::NUMBER))
                    input id="number" name="number" type="text" required autocomplete="off"
                        spellcheck="false" autocapitalize="off" maxlength=(NUMBER_CHARS_MAX);
                } }
                p { label for="reason" { (viewer.say(words::REASON))
                    input id="reason" name="reason" type="text" required autocomplete="off"
                        maxlength=(REASON_CHARS_MAX);
                } }
                p { button { (viewer.say(words::SHOW)) } }
            }
            p.faint { (viewer.say(words::LIMITED)) }
            p.faint { (viewer.say(words::KNOWN)) }
        }
    };
    framed(viewer, Some(Room::Subject), viewer.say(words::TITLE), &body)
}

/// A page of the ledger.
pub(super) fn page(viewer: &Viewer, shown: &SubjectLedger) -> Markup {
    let body = html! {
        (about(viewer, shown))
        (links(viewer, shown))
        @if shown.rows.is_empty() {
            section { p { (viewer.say(words::NONE)) } }
        } @else {
            section { (table(viewer, &shown.rows, false)) }
            (links(viewer, shown))
        }
    };
    framed(viewer, Some(Room::Subject), viewer.say(words::TITLE), &body)
}

/// Whose ledger it is, and how much of the log it covers.
pub(super) fn about(viewer: &Viewer, shown: &SubjectLedger) -> Markup {
    let (first, end) = shown.covers;
    html! {
        section {
            dl.facts {
                div { dt { (viewer.say(words::PSEUDONYM)) }
                    dd { code { (Escaped(&shown.subject)) } } }
                div { dt { (viewer.say(words::COVERS)) } dd {
                    (first) " " (viewer.say(words::TO)) " " (end.saturating_sub(1)) ". "
                    @if shown.indexed > first {
                        (viewer.say(words::UP_TO)) " " (shown.indexed.saturating_sub(1))
                        (viewer.say(words::BY_INDEX)) " "
                    }
                    @if end > shown.indexed { (viewer.say(words::READ)) " " }
                    (viewer.say(words::CHECK))
                    @if shown.is_behind { " " (viewer.say(words::PAST)) }
                } }
            }
            @if shown.archived > 0 {
                p.faint { (viewer.say(words::ARCHIVED)) " " (shown.archived) }
            }
        }
    }
}

/// `is_open` on paper, where nobody can open anything.
pub(super) fn table(viewer: &Viewer, rows: &[LedgerRow], is_open: bool) -> Markup {
    let columns = [
        words::WHEN,
        words::WHO,
        words::CASE,
        words::ITEMS,
        words::RESULT,
    ];
    html! {
        div.wide tabindex="0" role="region" aria-label=(viewer.say(words::WIDE)) {
            table.ledger {
                caption { (viewer.say(words::CAPTION)) }
                thead { tr { @for column in columns { th scope="col" { (viewer.say(column)) } } } }
                tbody { @for row in rows { (line(viewer, row, is_open)) } }
            }
        }
    }
}

fn line(viewer: &Viewer, row: &LedgerRow, is_open: bool) -> Markup {
    html! {
        tr id={ "e" (row.number) } {
            th scope="row" { (moment(&row.at)) br; span.number { "#" (row.number) } }
            @match &row.what {
                What::Asked(asked) => (asked_cells(viewer, asked, is_open)),
                What::Refused(refused) => (refused_cells(viewer, refused)),
                What::Looked(look) => td colspan="4" { (look_words(viewer, look)) },
                What::Exported(file) => td colspan="4" { (file_words(viewer, file)) },
                What::Unreadable => td colspan="4" { (viewer.say(words::UNREADABLE)) },
            }
        }
    }
}

fn asked_cells(viewer: &Viewer, asked: &Asked, is_open: bool) -> Markup {
    let language = viewer.language;
    html! {
        td { (who(viewer, &asked.who))
            @if !asked.approver.is_empty() {
                br; span.faint { (viewer.say(words::APPROVER)) " " (Escaped(&asked.approver)) }
            }
        }
        td { (flow(language, &asked.flow)) br; code { (Escaped(&asked.case_no)) } br;
            span.faint { (viewer.say(words::MATTER)) " " (Escaped(&asked.matter)) " · "
                (viewer.say(words::BASIS)) " " (Escaped(&asked.basis.0)) " "
                (Escaped(&asked.basis.1)) }
        }
        td {
            (viewer.say(if asked.is_details { words::DETAILS } else { words::MATCH }))
            @for class in &asked.classes { (class_items(viewer, class, is_open)) }
            @if !asked.verdicts.is_empty() {
                p.faint { (viewer.say(words::VERDICTS)) ": " (Escaped(&asked.verdicts.join(", "))) }
            }
        }
        td { (ending(viewer, asked)) }
    }
}

fn class_items(viewer: &Viewer, class: &ClassItems, is_open: bool) -> Markup {
    let language = viewer.language;
    html! {
        details open[is_open] {
            summary { (Escaped(&class.class.0)) " " (Escaped(class.class.1.of(language))) " · "
                span.number { (class.items.len()) } " " (viewer.say(words::ITEM_COUNT)) }
            ul.plain { @for (number, name) in &class.items {
                li { code { (Escaped(number)) } " " (Escaped(name.of(language))) }
            } }
        }
    }
}

fn ending(viewer: &Viewer, asked: &Asked) -> Markup {
    let language = viewer.language;
    html! {
        @match &asked.ending {
            Ending::Open => p { (viewer.say(words::OPEN)) },
            Ending::Abandoned(number) => p { (viewer.say(words::ABANDONED)) " "
                span.number { "#" (number) } },
            Ending::Sealed { number, gave, cancelled, elapsed_ms } => {
                @if *cancelled { p { (viewer.say(words::CANCELLED)) } }
                ul.plain { @for one in gave { li { (given(viewer, one)) } } }
                p.faint { span.number { "#" (number) } " · " span.number { (elapsed_ms) } " ms" }
            }
        }
        @if !asked.skipped.is_empty() {
            ul.plain { @for (center, code) in &asked.skipped {
                li { (Escaped(center.of(language))) ": " (viewer.say(words::SKIPPED)) " "
                    code { (Escaped(code)) } }
            } }
        }
    }
}

fn given(viewer: &Viewer, gave: &Gave) -> Markup {
    let language = viewer.language;
    let (class, said) = outcome(&gave.outcome);
    html! {
        (Escaped(gave.center.of(language))) " " span title=(Escaped(gave.class.1.of(language))) {
            (Escaped(&gave.class.0)) } " "
        span.state class=(class) { (viewer.say(said)) }
        @if gave.records > 0 { " " span.number { (gave.records) } " " (viewer.say(words::RECORDS)) }
        @if gave.withheld > 0 {
            ", " span.number { (gave.withheld) } " " (viewer.say(words::WITHHELD))
        }
        @if gave.held_back { " (" (viewer.say(words::HELD_BACK)) ")" }
        @if !gave.code.is_empty() { " " code { (Escaped(&gave.code)) } }
        @if !gave.as_of.is_empty() {
            " " span.faint { (viewer.say(words::AS_OF)) " " (moment(&gave.as_of)) }
        }
    }
}

/// The five kinds of nothing look different.
fn outcome(text: &str) -> (&'static str, Said) {
    match text {
        "answered" => ("attached", words::ANSWERED),
        "no-record" => ("attached", words::NO_RECORD),
        "refused" => ("tripped", words::NOT_ALLOWED),
        "unavailable" => ("probing", words::UNAVAILABLE),
        "stale" => ("probing", words::STALE),
        "not-covered" => ("detached", words::NOT_COVERED),
        _ => ("unclear", words::UNCLEAR),
    }
}

fn refused_cells(viewer: &Viewer, refused: &Refused) -> Markup {
    let language = viewer.language;
    html! {
        td { (who(viewer, &refused.who)) }
        td { (flow(language, &refused.flow)) br; code { (Escaped(&refused.case_no)) } }
        td colspan="2" {
            span.state.tripped { "✕ " (viewer.say(words::REFUSED)) } " "
            code { (Escaped(&refused.code)) }
            @if !refused.rule.is_empty() { " " code { (Escaped(&refused.rule)) } }
            br; (Escaped(refused.said.of(language)))
        }
    }
}

fn look_words(viewer: &Viewer, look: &StaffLook) -> Markup {
    html! {
        (viewer.say(words::LOOKED)) ": " (Escaped(&look.staff)) " ("
        (Escaped(&look.role)) ", " (Escaped(&look.room)) ")"
        @if !look.reason.is_empty() { " · " (Escaped(&look.reason)) }
        @if !look.named_by.is_empty() {
            " · " (viewer.say(words::NAMED_BY)) " " (Escaped(&look.named_by))
        }
    }
}

fn file_words(viewer: &Viewer, file: &StaffFile) -> Markup {
    html! {
        (viewer.say(words::EXPORTED)) ": " (Escaped(&file.staff)) " ("
        (Escaped(&file.role)) ", " (Escaped(&file.form)) ") · "
        span.number { (file.rows) } " " (viewer.say(words::HEAD_SIZE))
        @if file.is_cut { " · " (viewer.say(words::CUT)) }
        " · SHA-256 " code { (Escaped(&file.sha256)) }
    }
}

fn who(viewer: &Viewer, who: &Asker) -> Markup {
    let parts = [
        (words::OPERATOR, &who.operator),
        (words::COUNTER, &who.counter),
        (words::SYSTEM, &who.system),
    ];
    html! {
        (Escaped(who.center.of(viewer.language)))
        @for (name, value) in parts { @if !value.is_empty() {
            br; span.faint { (viewer.say(name)) " " (Escaped(value)) }
        } }
    }
}

fn flow(language: Language, (code, name): &(String, Name)) -> Markup {
    html! { strong { (Escaped(code)) } " " (Escaped(name.of(language))) }
}
