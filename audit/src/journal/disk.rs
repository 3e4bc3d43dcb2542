//! The few things that the journal asks of a disk, as a trait so that tests can cut the power
//! between any two of them. It promises nothing that Linux does not: a write is durable only after
//! a sync of its file, a name only after a sync of its folder.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::FallocateFlags;
use rustix::io::Errno;

/// Zeros are written in pieces of this size.
const FILL_BYTES: usize = 1 << 20;

/// An open segment file.
pub trait SegmentFile: fmt::Debug + Send + Sync {
    /// Bytes in the file.
    ///
    /// # Errors
    /// The disk's.
    fn len(&self) -> io::Result<u64>;
    /// Whether there are none.
    ///
    /// # Errors
    /// The disk's.
    fn is_empty(&self) -> io::Result<bool> {
        self.len().map(|bytes| bytes == 0)
    }
    /// Reads up to the buffer's length; fewer bytes only at the end of the file.
    ///
    /// # Errors
    /// The disk's.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes everything or fails.
    ///
    /// # Errors
    /// The disk's.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Returns once everything written is durable.
    ///
    /// # Errors
    /// The disk's; then nobody knows what is durable.
    fn sync_data(&self) -> io::Result<()>;
}

/// The folder that holds the segments of one journal.
pub trait Disk: fmt::Debug + Send + Sync {
    /// File names, in no order.
    ///
    /// # Errors
    /// The disk's.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Opens a file that is there.
    ///
    /// # Errors
    /// The disk's.
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn SegmentFile>>;
    /// Creates or empties the file, fills it with zeros and syncs file and folder.
    ///
    /// # Errors
    /// The disk's.
    fn create_filled(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn SegmentFile>>;
    /// Replaces what has the name `to`; durable after [`Disk::sync_folder`].
    ///
    /// # Errors
    /// The disk's.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Takes a name away.
    ///
    /// # Errors
    /// The disk's.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Returns once all names are durable.
    ///
    /// # Errors
    /// The disk's.
    fn sync_folder(&self) -> io::Result<()>;
}

/// Whether a file is opened to be written as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It is only read.
    Read,
    /// It is written as well.
    Write,
}

/// A folder of the local file system.
#[derive(Debug)]
pub(crate) struct LocalDisk {
    folder: PathBuf,
}

impl LocalDisk {
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

impl Disk for LocalDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            // A name that is not text is no segment's; the walker ignores what it does not know.
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn SegmentFile>> {
        let write = access == Access::Write;
        let file = OpenOptions::new()
            .read(true)
            .write(write)
            .open(self.folder.join(name))?;
        Ok(Arc::new(LocalFile(file)))
    }

    fn create_filled(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn SegmentFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        let file = options.open(self.folder.join(name))?;
        // Half a segment is of no use to anybody, least of all on a full disk.
        let filled = fill(&file, bytes).and_then(|()| self.sync_folder());
        filled.inspect_err(|_| drop(self.remove(name)))?;
        Ok(Arc::new(LocalFile(file)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.folder.join(from), self.folder.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.folder.join(name))
    }

    fn sync_folder(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

/// Real zeros, not a hole: overwriting allocated blocks makes the later syncs cheap and cannot run
/// out of space.
fn fill(file: &File, bytes: u64) -> io::Result<()> {
    // Asked for as a whole first: a disk that has not enough says so before it is filled up.
    match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, bytes) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) | Ok(()) => {}
        Err(error) => return Err(error.into()),
    }
    let zeros = vec![0; FILL_BYTES];
    let mut filled = 0;
    while filled < bytes {
        let left = usize::try_from(bytes - filled)
            .unwrap_or(FILL_BYTES)
            .min(FILL_BYTES);
        file.write_all_at(zeros.get(..left).unwrap_or_default(), filled)?;
        filled += left as u64;
    }
    file.sync_all()
}

#[derive(Debug)]
struct LocalFile(File);

impl SegmentFile for LocalFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.0.read_at(rest, offset + done as u64) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
