//! Entries as the page shows them: with the names of centers, flows, classes and items.

use std::collections::BTreeMap;

use dashboards::subject::{
    Asked, Asker, ClassItems, Ending, Gave, LedgerRow, Refused, StaffFile, StaffLook,
    SubjectLedger, What,
};
use wire::RefusalCode;

use super::reading::{Found, Leaf};
use crate::broker::Broker;
use crate::desk::names::{Names, named as both};
use crate::ledger::entry::{self, Decision, Entry, Exported, Looked, NodeOutcome, Who};

pub(super) fn ledger(broker: &Broker, subject: &str, found: &Found) -> SubjectLedger {
    let with_names = Rows(Names(broker));
    let rows = found.entries.iter();
    SubjectLedger {
        subject: subject.to_owned(),
        rows: rows
            .map(|(leaf, end)| with_names.row(leaf, end.as_ref()))
            .collect(),
        before: found.before,
        covers: found.covers,
        indexed: found.indexed,
        is_behind: found.is_behind,
        archived: found.archived,
    }
}

/// With the names of what entries name.
struct Rows<'b>(Names<'b>);

impl Rows<'_> {
    fn row(&self, leaf: &Leaf, end: Option<&Leaf>) -> LedgerRow {
        let what = match leaf.sheet.as_ref().map(|sheet| &sheet.entry) {
            Some(Entry::Decision(decision)) => What::Asked(Box::new(self.asked(decision, end))),
            Some(Entry::Refusal(refused)) => What::Refused(Box::new(self.refused(refused))),
            Some(Entry::Looked(look)) => What::Looked(staff_look(look)),
            Some(Entry::Exported(exported)) => What::Exported(staff_file(exported)),
            _ => What::Unreadable,
        };
        LedgerRow {
            number: leaf.number,
            at: leaf
                .sheet
                .as_ref()
                .map(|sheet| sheet.at.clone())
                .unwrap_or_default(),
            what,
        }
    }

    fn asked(&self, decision: &Decision, end: Option<&Leaf>) -> Asked {
        let case = &decision.case;
        let skipped = decision.skipped.iter();
        let left_out = decision.left_out.iter().map(|(at, code)| {
            let (node, class) = at.split_once('/').unwrap_or((at, ""));
            let mut name = self.0.center(node);
            for text in [&mut name.zh, &mut name.en] {
                text.push_str(&format!(" {class}"));
            }
            (name, code.clone())
        });
        Asked {
            who: self.asker(&decision.who),
            flow: self.0.flow(&case.flow),
            matter: case.matter.clone(),
            case_no: case.number.clone(),
            basis: (case.basis.clone(), case.basis_number.clone()),
            approver: case.approver.clone(),
            is_details: decision.mode == policies::Mode::Details.as_str(),
            classes: self.classes(&decision.items),
            verdicts: decision.verdicts.clone(),
            skipped: skipped
                .map(|(node, code)| (self.0.center(node), code.clone()))
                .chain(left_out)
                .collect(),
            ending: self.ending(end),
        }
    }

    fn ending(&self, end: Option<&Leaf>) -> Ending {
        let Some(leaf) = end else {
            return Ending::Open;
        };
        match leaf.sheet.as_ref().map(|sheet| &sheet.entry) {
            Some(Entry::Outcome(outcome)) => Ending::Sealed {
                number: leaf.number,
                gave: outcome
                    .nodes
                    .iter()
                    .flat_map(|node| self.gave(node))
                    .collect(),
                cancelled: outcome.cancelled,
                elapsed_ms: outcome.elapsed_ms,
            },
            Some(Entry::Abandoned(_)) => Ending::Abandoned(leaf.number),
            _ => Ending::Open,
        }
    }

    fn gave(&self, node: &NodeOutcome) -> Vec<Gave> {
        let center = self.0.center(&node.node);
        let one = |class: &entry::ClassOutcome| Gave {
            center: center.clone(),
            class: (class.class.clone(), self.0.class(&class.class)),
            outcome: class.outcome.clone(),
            code: class.code.clone(),
            records: class.records,
            withheld: class.withheld,
            as_of: class.as_of.clone(),
            held_back: class.held_back,
        };
        node.classes.iter().map(one).collect()
    }

    fn refused(&self, refused: &entry::Refused) -> Refused {
        let code: Option<RefusalCode> = refused.code.parse().ok();
        let said = code.map(|code| both(code.zh(), code.en()));
        Refused {
            who: self.asker(&refused.who),
            flow: self.0.flow(&refused.flow),
            case_no: refused.case.clone(),
            code: refused.code.clone(),
            said: said.unwrap_or_default(),
            rule: refused.rule.clone(),
        }
    }

    fn asker(&self, who: &Who) -> Asker {
        Asker {
            center: self.0.center(&who.node),
            operator: who.operator.clone(),
            counter: who.counter.clone(),
            system: who.system.clone(),
        }
    }

    fn classes(&self, items: &BTreeMap<String, Vec<String>>) -> Vec<ClassItems> {
        let one = |(class, items): (&String, &Vec<String>)| ClassItems {
            class: (class.clone(), self.0.class(class)),
            items: items
                .iter()
                .map(|item| (item.clone(), self.0.item(item)))
                .collect(),
        };
        items.iter().map(one).collect()
    }
}

fn staff_file(exported: &Exported) -> StaffFile {
    StaffFile {
        staff: exported.staff.clone(),
        role: exported.role.clone(),
        form: exported.form.clone(),
        rows: exported.rows,
        is_cut: exported.is_cut,
        sha256: exported.sha256.clone(),
    }
}

fn staff_look(look: &Looked) -> StaffLook {
    StaffLook {
        staff: look.staff.clone(),
        role: look.role.clone(),
        room: look.room.clone(),
        reason: look.reason.clone(),
        named_by: look.terms.get("named-by").cloned().unwrap_or_default(),
    }
}
