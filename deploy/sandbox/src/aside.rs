//! Sets the files of a drop folder aside while they are tampered with, and puts them back
//! afterwards, also when whoever tampered gave up half way.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files of one folder as they were.
#[derive(Debug)]
pub struct Aside {
    folder: PathBuf,
    copies: PathBuf,
    is_back: bool,
}

impl Aside {
    /// Copies every file of `folder` beside it.
    ///
    /// # Errors
    /// A file cannot be copied.
    pub fn take(folder: &Path) -> io::Result<Self> {
        let copies = folder.with_extension("aside");
        fs::create_dir_all(&copies)?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            fs::copy(entry.path(), copies.join(entry.file_name()))?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            copies,
            is_back: false,
        })
    }

    /// Puts every file back as it was and removes what was not there.
    ///
    /// # Errors
    /// A file cannot be moved.
    pub fn put_back(mut self) -> io::Result<()> {
        self.is_back = true;
        self.restore()
    }

    fn restore(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if !self.copies.join(entry.file_name()).exists() {
                fs::remove_file(entry.path())?;
            }
        }
        for entry in fs::read_dir(&self.copies)? {
            let entry = entry?;
            // A rename is whole or not at all: the agent never reads half a file.
            fs::rename(entry.path(), self.folder.join(entry.file_name()))?;
        }
        fs::remove_dir(&self.copies)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if !self.is_back {
            // The next run finds the folder as it is left and builds the world anew if that is
            // wrong.
            let _ = self.restore();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_back_as_they_were() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("drop");
        fs::create_dir(&folder).expect("is made");
        fs::write(folder.join("a"), "one").expect("is written");
        fs::write(folder.join("b"), "two").expect("is written");
        let aside = Aside::take(&folder).expect("is taken");
        fs::write(folder.join("a"), "spoilt").expect("is written");
        fs::remove_file(folder.join("b")).expect("is removed");
        fs::write(folder.join("c"), "new").expect("is written");
        aside.put_back().expect("is put back");
        let text = |name| fs::read_to_string(folder.join(name)).ok();
        assert_eq!(
            (text("a"), text("b"), text("c")),
            (Some("one".into()), Some("two".into()), None)
        );
        drop(Aside::take(&folder).expect("is taken"));
        assert_eq!(
            fs::read_dir(home.path()).expect("is there").count(),
            1,
            "nothing is left over"
        );
    }
}
