//! Troubles of one kind as one: what is wrong stays on one screen, whatever many nodes have.

use std::mem::discriminant;

use super::trouble::{Told, Trouble};
use crate::language::Language;
use crate::room::Room;

/// So many of one kind stand by themselves.
const APART_MAX: usize = 3;
/// So many of one kind are listed; the pages that they lead to have all.
pub(super) const LISTED_MAX: usize = 100;

/// Troubles of one kind and weight.
#[derive(Debug)]
pub(super) struct Kind<'a> {
    /// The first of them.
    pub(super) first: &'a Trouble,
    /// All of them.
    pub(super) all: Vec<&'a Trouble>,
}

/// Troubles by kind, in the order of the first of each.
pub(super) fn kinds(troubles: &[Trouble]) -> Vec<Kind<'_>> {
    let mut kinds: Vec<Kind<'_>> = Vec::new();
    for trouble in troubles {
        let is_of = |kind: &&mut Kind<'_>| {
            discriminant(kind.first) == discriminant(trouble)
                && kind.first.weight() == trouble.weight()
        };
        match kinds.iter_mut().find(is_of) {
            Some(kind) => kind.all.push(trouble),
            None => kinds.push(Kind {
                first: trouble,
                all: vec![trouble],
            }),
        }
    }
    kinds
}

impl Kind<'_> {
    /// Whether they are too many to stand by themselves.
    pub(super) fn is_folded(&self) -> bool {
        self.all.len() > APART_MAX
    }

    /// All of them in one sentence.
    pub(super) fn told(&self, language: Language) -> Told {
        let first = self.first.told(language);
        let (zh, en) = self.words(&first.what);
        let nodes = Room::Nodes.path();
        // One node's page stands for all of them.
        let at = first.at.map(|at| {
            let is_a_node = at.starts_with(nodes);
            if is_a_node { nodes.to_owned() } else { at }
        });
        Told {
            what: match language {
                Language::Chinese => zh,
                Language::English => en,
            },
            at,
            ..first
        }
    }

    fn words(&self, first: &str) -> (String, String) {
        let count = self.all.len();
        match self.first {
            Trouble::Detached(_) => (
                format!("{count} 个节点未连接，对其查询一律显示“未知”。"),
                format!("{count} nodes are detached: what they hold is not known."),
            ),
            Trouble::BreakersOpen(..) => (
                format!("{count} 个节点有信息类已熔断。"),
                format!("{count} nodes have breakers open."),
            ),
            Trouble::BreakersProbing(..) => (
                format!("{count} 个节点有信息类正在试探恢复。"),
                format!("{count} nodes have classes that are being tried again."),
            ),
            Trouble::BreakersHeld(..) => (
                format!("{count} 个节点有信息类由人工保持。"),
                format!("{count} nodes have classes that are held by hand."),
            ),
            Trouble::Throttled(..) => (
                format!("{count} 个节点已满负荷，有查询未等到。"),
                format!("{count} nodes have enough to do: questions went on without them."),
            ),
            Trouble::PaperEnding(..) => (
                format!("{count} 份证书即将到期或已过期。"),
                format!("{count} certificates end soon or are over."),
            ),
            _ => (
                format!("同类问题 {count} 项，如：{first}"),
                format!("{count} of one kind, such as: {first}"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Named;
    use super::*;

    fn detached(nth: usize) -> Trouble {
        let named = |text: &str| format!("{text}{nth}");
        Trouble::Detached(Named {
            id: named("n"),
            zh: named("中心"),
            en: named("Center "),
        })
    }

    #[test]
    fn many_of_a_kind_are_one_sentence_and_few_stay_apart() {
        let mut troubles: Vec<_> = (0..37).map(detached).collect();
        troubles.insert(3, Trouble::JournalLow);
        let kinds = kinds(&troubles);
        assert_eq!(kinds.len(), 2);
        let told = kinds[0].told(Language::English);
        assert!(kinds[0].is_folded() && told.what.starts_with("37 nodes are detached"));
        assert_eq!(told.at.as_deref(), Some("/nodes"));
        assert_eq!(told.runbook, Some("TianshuNodeDetached"));
        assert!(!kinds[1].is_folded());
    }

    #[test]
    fn what_is_worse_is_not_folded_with_what_is_not() {
        let paper = |days| {
            let kind = super::super::PaperKind::Hub;
            Trouble::PaperEnding(kind, days)
        };
        let troubles = [paper(1), paper(5), paper(9)];
        assert_eq!(kinds(&troubles).len(), 2);
    }

    #[test]
    fn every_kind_has_a_sentence_for_many_in_both_languages() {
        for trouble in super::super::trouble::tests::all() {
            let kind = Kind {
                first: &trouble,
                all: vec![&trouble; 5],
            };
            let (zh, en) = (kind.told(Language::Chinese), kind.told(Language::English));
            assert!(zh.what.contains('5') && !zh.what.is_ascii(), "{zh:?}");
            assert!(en.what.contains('5') && en.what.is_ascii(), "{en:?}");
        }
    }
}
