//! Announces on one stream what this center's own rules say, before any reply names one of them.

use std::sync::Arc;

use tokio::sync::Mutex;
use wire::{RuleWords, v1};

use super::frame;
use super::outbox::Outbox;
use crate::rules::LiveRules;

/// One stream's way up, and what was announced on it.
#[derive(Debug)]
pub(super) struct Announcer {
    rules: Arc<LiveRules>,
    up: Outbox,
    /// Held while an announcement goes out, so that no reply overtakes it. A hub that has heard
    /// nothing takes it that there is no rule.
    announced: Mutex<RuleWords>,
}

/// The stream is gone.
#[derive(Debug)]
pub(super) struct Gone;

impl Announcer {
    pub(super) fn new(rules: Arc<LiveRules>, up: Outbox) -> Self {
        Self {
            rules,
            up,
            announced: Mutex::default(),
        }
    }

    /// Announces the rules in force, if they say anything else than what was announced last.
    pub(super) async fn announce(&self) -> Result<(), Gone> {
        let mut announced = self.announced.lock().await;
        let words = self.rules.current().words();
        if words == *announced {
            return Ok(());
        }
        let said = v1::agent_frame::Frame::Rules(words.to_wire());
        self.send(frame(said)).await?;
        *announced = words;
        Ok(())
    }

    /// Sends a reply; one that names a rule goes after the rules in force were announced. A
    /// question that was decided by the set before had its rules announced before it came. `false`
    /// if so much waits for the hub already that this has no room.
    pub(super) async fn reply(&self, reply: v1::NodeReply) -> bool {
        if names_a_rule(&reply) && self.announce().await.is_err() {
            return true;
        }
        // A full queue holds this task back and no other; a gone stream needs no reply.
        let reply = frame(v1::agent_frame::Frame::Reply(reply));
        self.up.send_within(reply).await.unwrap_or(true)
    }

    /// Whether the hub has taken nothing for too long.
    pub(super) fn is_still(&self) -> bool {
        self.up.is_still()
    }

    pub(super) async fn send(&self, frame: v1::AgentFrame) -> Result<(), Gone> {
        self.up.send(frame).await
    }

    /// Sends if there is room.
    pub(super) fn try_send(&self, frame: v1::AgentFrame) {
        self.up.try_send(frame);
    }
}

fn names_a_rule(reply: &v1::NodeReply) -> bool {
    match &reply.outcome {
        Some(v1::node_reply::Outcome::Refusal(refusal)) => refusal.rule.is_some(),
        Some(v1::node_reply::Outcome::Classes(replies)) => {
            replies.classes.iter().any(|class| class.rule.is_some())
        }
        None => false,
    }
}
