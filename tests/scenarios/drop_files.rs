//! The railway's dropped files, changed byte by byte the way a broken export would. Counts and
//! totals stay right, so that only the change itself can be noticed.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// Bytes of a withdrawal line, counted from zero.
const TQ_ID: Range<usize> = 41..59;
const TQ_ADDRESS: Range<usize> = 155..235;
/// Bytes of a case line, counted from zero.
const AJ_CASE: Range<usize> = 1..21;
const AJ_MATTER: Range<usize> = 21..23;
const AJ_CONSENT_STATE: Range<usize> = 43..45;
const AJ_ROLE: Range<usize> = 53..54;
const AJ_TYPE: Range<usize> = 54..56;
const AJ_ID: Range<usize> = 56..74;
/// First byte of a GB18030 character.
const LEAD_BYTE: u8 = 0xb0;

/// The railway's drop folder.
#[derive(Debug)]
pub(super) struct DropFiles {
    folder: PathBuf,
}

impl DropFiles {
    pub(super) fn of(tielu_home: &Path) -> Self {
        Self {
            folder: tielu_home.join("data/drop"),
        }
    }

    /// Cuts the address of the first withdrawal by somebody with a full number; gives that number.
    pub(super) fn cut_address(&self) -> String {
        let mut owner = String::new();
        self.change("TQ", |line| {
            if !line[TQ_ID].iter().all(u8::is_ascii_digit) {
                return false;
            }
            owner = String::from_utf8(line[TQ_ID].to_vec()).expect("digits");
            let address = &mut line[TQ_ADDRESS];
            address.fill(b' ');
            let (text, _, _) = encoding_rs::GB18030.encode("北京市");
            address[..text.len()].copy_from_slice(&text);
            // The lead byte stands last: nothing within the field can complete it.
            address[79] = LEAD_BYTE;
            true
        });
        owner
    }

    /// Turns the first case into an open one of this matter about this person; gives its number.
    pub(super) fn case_about(&self, number: &str, matter: &str) -> String {
        let mut case_no = String::new();
        self.change("AJ", |line| {
            case_no = String::from_utf8(line[AJ_CASE].to_vec()).expect("letters and digits");
            line[AJ_MATTER].copy_from_slice(matter.as_bytes());
            line[AJ_CONSENT_STATE].copy_from_slice(b"YO");
            line[AJ_ROLE].copy_from_slice(b"1");
            line[AJ_TYPE].copy_from_slice(b"01");
            line[AJ_ID].copy_from_slice(number.as_bytes());
            true
        });
        case_no.trim().to_owned()
    }

    /// Changes the first data line of the newest file of a kind that `change` takes.
    fn change(&self, kind: &str, mut change: impl FnMut(&mut Vec<u8>) -> bool) {
        let entries = std::fs::read_dir(&self.folder).expect("the folder is there");
        let mut files: Vec<_> = entries
            .map(|entry| entry.expect("the entry can be read").path())
            .filter(|path| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with(kind))
            })
            .collect();
        files.sort();
        let newest = files.last().expect("there is a file");
        let bytes = std::fs::read(newest).expect("can be read");
        let mut lines: Vec<Vec<u8>> = bytes
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        let changed = lines
            .iter_mut()
            .any(|line| line.first() == Some(&b'D') && change(line));
        assert!(changed, "no line of {kind} could be changed");
        // Written beside and moved into place: the agent never reads half a file.
        let beside = self.folder.with_extension("new");
        std::fs::write(&beside, lines.join(&b'\n')).expect("is written");
        std::fs::rename(&beside, newest).expect("is moved");
    }
}
