//! A person's number on the wire. The message that carries it shows it to nobody, and wipes it once
//! it is done with: when it was sent, refused by a full queue, or answered. What the codec and TLS
//! have copied of it until then is theirs and is not wiped.

use std::fmt;

use zeroize::Zeroize as _;

use crate::v1::NameSubject;

/// Shows nothing of whom it is about.
impl fmt::Debug for NameSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id;
        f.debug_struct("NameSubject")
            .field("id", &id)
            .finish_non_exhaustive()
    }
}

impl NameSubject {
    fn wipe(&mut self) {
        self.number.zeroize();
    }
}

impl Drop for NameSubject {
    fn drop(&mut self) {
        self.wipe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::{HubFrame, hub_frame};

    const NUMBER: &str = "11010519491231002X";

    #[test]
    fn a_number_is_in_no_debug_line_and_wiped() {
        let mut asked = NameSubject {
            id: 7,
            cert_type: "01".to_owned(),
            number: NUMBER.to_owned(),
            staff: "audit-1".to_owned(),
            reason: "2026-114".to_owned(),
        };
        let frame = HubFrame {
            frame: Some(hub_frame::Frame::NameSubject(asked.clone())),
        };
        for line in [format!("{asked:?}"), format!("{frame:#?}")] {
            assert!(line.contains("NameSubject") && line.contains('7'), "{line}");
            assert!(
                !line.contains(NUMBER) && !line.contains("2026-114"),
                "{line}"
            );
        }
        asked.wipe();
        assert!(asked.number.is_empty());
    }
}
