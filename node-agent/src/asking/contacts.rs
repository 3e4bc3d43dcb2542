//! Whom to call: the center whose turn it is, by the phone number in the trust list, or the hub, by
//! the number in this agent's configuration.

use serde::Serialize;
use wire::{RefusalCode, Turn};

use super::Asker;
use super::refusal::RefusalView;
use super::view::Say;
use audit::Receipt;

/// Whom a clerk may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallView {
    /// Their name.
    pub who: Say,
    /// Their number.
    pub phone: String,
}

impl Asker {
    /// Whom to call about a refusal that concerns this center or the hub: who mends a question, a
    /// case or this center's own systems sits here. Too much at once needs nobody, only time.
    #[must_use]
    pub fn call_about(&self, code: RefusalCode) -> Option<CallView> {
        match code.turn() {
            Turn::Caller | Turn::Policy | Turn::Node => self.center(&self.node),
            Turn::Hub => self.hub(),
            Turn::Capacity => None,
        }
    }

    /// Whom to call about the silence of a center.
    pub(super) fn call_about_silence(
        &self,
        node: &str,
        code: Option<RefusalCode>,
    ) -> Option<CallView> {
        match code.map(RefusalCode::turn) {
            Some(Turn::Hub) => self.hub(),
            Some(Turn::Caller) => self.center(&self.node),
            Some(Turn::Policy | Turn::Node | Turn::Capacity) | None => self.center(node),
        }
    }

    /// A refusal by this agent, with whom to call.
    #[must_use]
    pub fn refusal(&self, code: RefusalCode, own: Option<Receipt>) -> RefusalView {
        RefusalView {
            call: self.call_about(code),
            ..RefusalView::here(code, own)
        }
    }

    fn center(&self, node: &str) -> Option<CallView> {
        let node = self.trust.node(node)?;
        Some(CallView {
            who: Say {
                zh: node.zh.clone(),
                en: node.en.clone(),
            },
            phone: node.phone.clone(),
        })
    }

    fn hub(&self) -> Option<CallView> {
        let phone = self.hub_phone.clone()?;
        let who = Say {
            zh: "枢纽".to_owned(),
            en: "the hub".to_owned(),
        };
        Some(CallView { who, phone })
    }
}
