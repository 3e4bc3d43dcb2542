//! Erasing: a plan, then the entry that says so, then the bytes. What a crash leaves is decided by
//! whether the log has the entry: without it nothing is erased and the plan goes; with it the plan
//! is carried out again, which changes nothing that is erased already.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use super::fault::SideFault;
use super::store::SideStore;
use super::volume::{Volume, sync_folder};

/// Most rows of one plan.
pub const PLAN_PLACES_MAX: usize = 65_536;
/// Longest plan file.
const PLAN_BYTES_MAX: u64 = 8 << 20;
const FILE_NAME: &str = "erasing";
const NEW_NAME: &str = "erasing.new";
const TITLE: &str = "tianshu/side-plan/v1";

/// Something to be destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// One row.
    Row {
        /// Its volume.
        volume: String,
        /// Where.
        offset: u64,
        /// How long.
        length: u32,
    },
    /// A whole volume.
    Volume(String),
}

/// What is to be destroyed, and under which name the log says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Stands in the entry that puts the erasure on record; no blanks.
    pub id: String,
    /// Entries of the log when it was made: the entry that says so comes behind them.
    pub after: u64,
    /// What goes.
    pub places: Vec<Place>,
}

impl Plan {
    fn encode(&self) -> String {
        let mut text = format!("{TITLE}\n{} {}\n", self.id, self.after);
        for place in &self.places {
            match place {
                Place::Row {
                    volume,
                    offset,
                    length,
                } => text.push_str(&format!("row {volume} {offset} {length}\n")),
                Place::Volume(volume) => text.push_str(&format!("volume {volume}\n")),
            }
        }
        text.push_str("end\n");
        text
    }

    fn decode(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix("end\n")?.lines();
        if lines.next()? != TITLE {
            return None;
        }
        let (id, after) = lines.next()?.split_once(' ')?;
        let place = |line: &str| {
            let parts: Vec<&str> = line.split(' ').collect();
            match parts.as_slice() {
                ["row", volume, offset, length] => Some(Place::Row {
                    volume: (*volume).to_owned(),
                    offset: offset.parse().ok()?,
                    length: length.parse().ok()?,
                }),
                ["volume", volume] => Some(Place::Volume((*volume).to_owned())),
                _ => None,
            }
        };
        Some(Self {
            id: id.to_owned(),
            after: after.parse().ok()?,
            places: lines.map(place).collect::<Option<_>>()?,
        })
    }
}

impl SideStore {
    /// Makes a plan durable. Only after this may the log say that something is erased.
    ///
    /// # Errors
    /// The disk refuses, or the plan is longer than [`PLAN_PLACES_MAX`].
    pub fn intend(&self, plan: &Plan) -> Result<(), SideFault> {
        let (bytes, max) = (plan.places.len(), PLAN_PLACES_MAX);
        if bytes > max {
            return Err(SideFault::TooLong { bytes, max });
        }
        let (new, file) = (self.folder.join(NEW_NAME), self.plan_file());
        let failed = |e| SideFault::disk("write", &new, e);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut written = options.open(&new).map_err(failed)?;
        written
            .write_all(plan.encode().as_bytes())
            .and_then(|()| written.sync_all())
            .and_then(|()| std::fs::rename(&new, &file))
            .map_err(failed)?;
        sync_folder(&self.folder)
    }

    /// The plan that is not finished, if there is one.
    ///
    /// # Errors
    /// It cannot be read: then nobody knows what the log has promised.
    pub fn intended(&self) -> Result<Option<Plan>, SideFault> {
        let file = self.plan_file();
        match std::fs::metadata(&file) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(SideFault::disk("read", &file, e)),
            Ok(meta) if meta.len() > PLAN_BYTES_MAX => return Err(self.plan_damaged()),
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(&file);
        let text = text.map_err(|e| SideFault::disk("read", &file, e))?;
        let plan = Plan::decode(&text).ok_or_else(|| self.plan_damaged())?;
        Ok(Some(plan))
    }

    /// Destroys what the plan names and forgets the plan. Only for one that the log has put on
    /// record. What is destroyed already stays so; a crash in between is finished by calling this
    /// again.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn carry_out(&self, plan: &Plan) -> Result<(), SideFault> {
        self.rest()?;
        let there = self.volumes()?;
        let mut open: Option<Volume> = None;
        for place in &plan.places {
            let (Place::Row { volume: name, .. } | Place::Volume(name)) = place;
            if !there.contains(name) {
                continue;
            }
            if open.as_ref().is_none_or(|volume| volume.name != *name) {
                if let Some(done) = open.take() {
                    done.sync()?;
                }
                open = match Volume::open(&self.folder, name, &self.log, true) {
                    Ok(volume) => Some(volume),
                    // Overwritten, and not yet taken away, when it stopped last time.
                    Err(SideFault::Damaged { .. }) if matches!(place, Place::Volume(_)) => {
                        self.take_away(name)?;
                        continue;
                    }
                    Err(fault) => return Err(fault),
                };
            }
            match (place, &open) {
                (Place::Row { offset, length, .. }, Some(volume)) => {
                    volume.blot(*offset, *length)?;
                }
                (Place::Volume(_), Some(_)) => {
                    if let Some(volume) = open.take() {
                        volume.destroy(&self.folder)?;
                    }
                }
                (_, None) => {}
            }
        }
        if let Some(done) = open {
            done.sync()?;
        }
        self.forget()
    }

    /// Takes the plan away: it is carried out, or the log says nothing of it.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn forget(&self) -> Result<(), SideFault> {
        let file = self.plan_file();
        match std::fs::remove_file(&file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(SideFault::disk("remove", &file, e))
            }
            _ => sync_folder(&self.folder),
        }
    }

    fn take_away(&self, name: &str) -> Result<(), SideFault> {
        let file = self.folder.join(format!("{name}.vol"));
        std::fs::remove_file(&file).map_err(|e| SideFault::disk("remove", &file, e))?;
        sync_folder(&self.folder)
    }

    fn plan_file(&self) -> PathBuf {
        self.folder.join(FILE_NAME)
    }

    fn plan_damaged(&self) -> SideFault {
        SideFault::Damaged {
            file: self.plan_file().display().to_string(),
            offset: 0,
        }
    }
}
