//! How far a verification has come, on the terminal.

use std::io::{self, IsTerminal as _, Write as _};

/// Progress is shown once for so many entries.
const SHOWN_EVERY: u64 = 1 << 14;

/// Progress on the terminal, if there is one.
#[derive(Debug, Default)]
pub(super) struct Shown {
    next: u64,
    any: bool,
}

impl Shown {
    pub(super) fn at(&mut self, entries: u64) {
        if entries >= self.next && io::stderr().is_terminal() {
            self.next = entries.saturating_add(SHOWN_EVERY);
            self.any = true;
            // Nobody is helped by a verification that ends because the terminal went away.
            let _ = write!(io::stderr(), "\r{entries} entries verified ");
        }
    }

    pub(super) fn end(&self) {
        if self.any {
            let _ = writeln!(io::stderr());
        }
    }
}
