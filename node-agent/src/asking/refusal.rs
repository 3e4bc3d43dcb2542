//! A refusal as a local system gets it: the code, whose turn it is, a sentence, whom to call, and
//! the receipts of its entries. It says nothing about any subject.

use audit::Receipt;
use serde::Serialize;
use wire::{Refusal, RefusalCode, v1};

use super::contacts::CallView;
use super::rule::{RuleView, tell};
use super::view::{Say, receipt, say};

/// A refusal.
#[derive(Debug, Clone, Serialize)]
pub struct RefusalView {
    /// Stable code.
    pub code: String,
    /// Whose turn it is.
    pub turn: &'static str,
    /// Sentence for the clerk.
    pub say: Say,
    /// Which rule refused, where the code leaves it open.
    pub rule: Option<RuleView>,
    /// The question's id where the hub gave one.
    pub query: Option<String>,
    /// The hub's receipt for the refusal's own entry.
    pub receipt: Option<Receipt>,
    /// This center's receipt.
    pub own_receipt: Option<Receipt>,
    /// When to come back, 0 if that cannot be told.
    pub retry_after_ms: u32,
    /// Whom to call, if anybody can help.
    pub call: Option<CallView>,
    /// HTTP status.
    #[serde(skip)]
    pub status: u16,
}

impl RefusalView {
    /// A refusal by this agent.
    #[must_use]
    pub fn here(code: RefusalCode, own: Option<Receipt>) -> Self {
        Self {
            code: code.to_string(),
            turn: code.turn().as_str(),
            say: say((code.zh(), code.en())),
            rule: None,
            query: None,
            receipt: None,
            own_receipt: own,
            retry_after_ms: 0,
            call: None,
            status: code.http_status(),
        }
    }

    /// A refusal by the hub, and what could be heard of its reason.
    #[must_use]
    pub fn by_hub(refusal: &v1::Refusal, because: &Refusal, own: Option<Receipt>) -> Self {
        let here = Self::here(because.code, own);
        let rule = because.rule.as_ref().map(RuleView::from);
        let mut said = here.say.clone();
        tell(&mut said, rule.as_ref());
        Self {
            say: said,
            rule,
            query: Some(refusal.query_id.clone()),
            receipt: refusal.receipt.as_ref().and_then(receipt),
            retry_after_ms: refusal.retry_after_ms,
            ..here
        }
    }
}
