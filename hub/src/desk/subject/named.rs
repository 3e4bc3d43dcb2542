//! A number that an auditor typed becomes a pseudonym, on record with the reason: by an agent's
//! word, since the hub has no key for it.

use catalog::identity::may_hold_id_number;
use dashboards::subject::Wanted;
use dashboards::{Room, Turned, Viewer};
use wire::RefusalCode;
use wire::limits::{NAMING_NUMBER_BYTES_MAX, NAMING_REASON_CHARS_MAX};

use crate::desk::{Desk, looked, staff_of, turned};
use crate::ledger::entry::{ActRefused, Entry, Looked};
use crate::nodes::Nameless;

/// As it stands in the log where it was refused.
const ACT: &str = "name-subject";

/// The work goes on when whoever asked hangs up: what an agent has on record, the hub has too.
pub(super) async fn name(desk: &Desk, viewer: &Viewer, wanted: Wanted) -> Result<String, Turned> {
    let broker = std::sync::Arc::clone(&desk.broker);
    let look = looked(viewer, Room::Subject);
    let staff = staff_of(viewer);
    let work = desk.broker.tasks.spawn(async move {
        let named = named(&broker.nodes, &staff.name, wanted).await;
        match named {
            Ok((named, reason)) => {
                let subject = broker.ledger.pseudonym(&named.tag);
                let by = [("by", "number"), ("named-by", named.node.as_str())];
                let terms = by.map(|(name, value)| (name.to_owned(), value.to_owned()));
                let look = Looked {
                    terms: terms.into(),
                    subject: subject.clone(),
                    reason,
                    ..look
                };
                let noted = broker.ledger.note(Entry::Looked(look)).await;
                noted.map_err(|_| RefusalCode::AuditUnavailable)?;
                Ok(subject)
            }
            Err(code) => {
                let refused = ActRefused {
                    code: code.to_string(),
                    act: ACT.to_owned(),
                    staff: staff.name.clone(),
                    serial: staff.serial.clone(),
                    roles: staff.roles(),
                    ..ActRefused::default()
                };
                let noted = broker.ledger.refuse_act(code, refused).await;
                noted.map_err(|_| RefusalCode::AuditUnavailable)?;
                Err(code)
            }
        }
    });
    let named = work.await.unwrap_or(Err(RefusalCode::HubInternal));
    named.map_err(|code| turned(code).to(viewer))
}

async fn named(
    nodes: &crate::nodes::Nodes,
    staff: &str,
    wanted: Wanted,
) -> Result<(crate::nodes::Named, String), RefusalCode> {
    let reason = wanted.reason.trim().to_owned();
    let fits = (1..=NAMING_REASON_CHARS_MAX).contains(&reason.chars().count())
        && !reason.chars().any(char::is_control)
        && !may_hold_id_number(&reason);
    if !fits {
        return Err(RefusalCode::NamingReason);
    }
    if wanted.number.len() > NAMING_NUMBER_BYTES_MAX {
        return Err(RefusalCode::SubjectMalformed);
    }
    let nameless = Nameless {
        cert_type: wanted.cert_type,
        number: wanted.number,
        staff: staff.to_owned(),
        reason: reason.clone(),
    };
    let named = nodes.name_subject(&nameless).await?;
    Ok((named, reason))
}
