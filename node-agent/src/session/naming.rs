//! A number that the hub's auditor was given, on its way from the stream to its tag.

use std::sync::Arc;

use wire::{RefusalCode, v1};

use super::announcer::Announcer;
use super::{Session, UnderWay, frame};

impl Session {
    /// Names a subject in a task of its own; one beyond the limit is told so at once.
    pub(super) fn name(
        &self,
        asked: v1::NameSubject,
        announcer: &Arc<Announcer>,
        under_way: &Arc<UnderWay>,
    ) {
        let (naming, announcer) = (Arc::clone(&self.naming), Arc::clone(announcer));
        let Ok(place) = Arc::clone(&under_way.namings).try_acquire_owned() else {
            let refusal = RefusalCode::NodeBusy.to_wire("");
            announcer.try_send(said(v1::SubjectNamed {
                id: asked.id,
                outcome: Some(v1::subject_named::Outcome::Refusal(refusal)),
            }));
            return;
        };
        self.tasks.spawn(async move {
            let named = naming.answer(asked).await;
            // A full queue or a gone stream loses the answer; the hub asks again.
            announcer.try_send(said(named));
            drop(place);
        });
    }
}

fn said(named: v1::SubjectNamed) -> v1::AgentFrame {
    frame(v1::agent_frame::Frame::SubjectNamed(named))
}
