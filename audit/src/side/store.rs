//! The store: keeps records durably, many at once with one sync, and finds them again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use super::cipher::{self, NAME_BYTES, Name, Secret, SideKey, draw};
use super::commitment::{FIELDS_MAX, Field, Opened};
use super::fault::SideFault;
use super::row::{self, RowKind};
use super::volume::{Volume, has_room, volumes};
use super::{PRIVATE_FOLDER, VOLUME_BYTES_MAX};
use crate::digest::Digest;
use crate::journal::make_folder;

/// Longest record, sealed.
const RECORD_BYTES_MAX: usize = 32 << 20;
const _: () = assert!((RECORD_BYTES_MAX as u64) < VOLUME_BYTES_MAX);
const ABOUT: &[u8] = b"tianshu/side/v1\0";
const SEED_BYTES: usize = 32;
/// As much must be free before anything is kept again on a disk that was full: a volume grows by
/// half of it.
const ROOM_BYTES: u64 = 2 << 20;
const ROOM_NAME: &str = "room";

/// What an entry says of the values beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where the record is: `volume/name`.
    pub record: String,
    /// The root over the commitments.
    pub root: Digest,
    /// How many there are.
    pub count: u64,
}

/// A row that is there, as an erasure has to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The volume.
    pub volume: String,
    /// Where in it.
    pub offset: u64,
    /// How long.
    pub length: u32,
    /// What it is.
    pub kind: RowKind,
    /// `volume/name` of a record; of a key only its place counts.
    pub record: String,
    /// The group, keyed: the same in all volumes.
    pub group: [u8; NAME_BYTES],
    /// Entries that the log had when it was written: its own entry comes behind them.
    pub after: u64,
}

/// Values beside one log.
#[derive(Debug)]
pub struct SideStore {
    pub(super) folder: PathBuf,
    pub(super) log: String,
    key: SideKey,
    state: Mutex<State>,
    /// Held while syncing; the bytes written in all that are durable.
    synced: Mutex<u64>,
}

#[derive(Debug, Default)]
struct State {
    volume: Option<Volume>,
    month: u32,
    /// Keys of the groups of this volume: as many as it has room for.
    groups: HashMap<Name, Secret>,
    /// Bytes in all, over all volumes.
    written: u64,
    stopped: bool,
    /// The disk was full when something was to be kept, and had no room since.
    no_room: bool,
    /// Records that found no room.
    turned_away: u64,
}

impl SideStore {
    /// Opens or makes the store of `log`, whose folder is `dir`.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn open(dir: &Path, log: &str, key: SideKey) -> Result<Self, SideFault> {
        let folder = dir.join(PRIVATE_FOLDER);
        make_folder(&folder).map_err(|_| SideFault::Disk {
            action: "create",
            file: folder.display().to_string(),
            source: std::sync::Arc::new(std::io::Error::other("the folder cannot be made")),
        })?;
        Ok(Self::reading(dir, log, key))
    }

    /// The same without making anything: for whoever reads beside a writer.
    #[must_use]
    pub fn reading(dir: &Path, log: &str, key: SideKey) -> Self {
        Self {
            folder: dir.join(PRIVATE_FOLDER),
            log: log.to_owned(),
            key,
            state: Mutex::default(),
            synced: Mutex::default(),
        }
    }

    /// Keeps the fields of one entry; durable when this returns. `month` is YYYYMM, `group` whom
    /// they are about, `after` how many entries the log has. Blocks.
    ///
    /// # Errors
    /// [`SideFault::NoRoom`] while the disk is full: nothing was written then; the disk refuses,
    /// now or earlier; the record is too long.
    pub fn keep(
        &self,
        (month, after): (u32, u64),
        group: &[u8],
        fields: Vec<Field>,
        random: &dyn SecureRandom,
    ) -> Result<Kept, SideFault> {
        let seed: Zeroizing<[u8; SEED_BYTES]> = Zeroizing::new(draw(random)?);
        let mut plain = encode(seed.as_ref(), &fields)?;
        let opened = Opened::new(seed.as_ref(), fields);
        let group = self.key.name(&self.log, group);
        let mut state = held(&self.state);
        if state.stopped {
            return Err(SideFault::Stopped);
        }
        let written = self.write(&mut state, (month, after), group, &mut plain, random);
        let (record, until) = written.inspect_err(|fault| match fault {
            SideFault::NoRoom => {
                state.no_room = true;
                state.turned_away += 1;
            }
            // What was written in part is overwritten by nobody: a new process begins a new file.
            fault => state.stopped |= matches!(fault, SideFault::Disk { .. }),
        })?;
        state.no_room = false;
        drop(state);
        self.sync(until)?;
        Ok(Kept {
            record,
            root: opened.root(),
            count: opened.fields.len() as u64,
        })
    }

    fn write(
        &self,
        state: &mut State,
        (month, after): (u32, u64),
        group: Name,
        plain: &mut Vec<u8>,
        random: &dyn SecureRandom,
    ) -> Result<(String, u64), SideFault> {
        let id: Name = draw(random)?;
        let needed = plain.len() + 4 * row::HEAD_BYTES + 4 * cipher::WRAPPED_BYTES;
        let fits = state
            .volume
            .as_ref()
            .is_some_and(|v| v.has_room_for(needed));
        if !fits || state.month != month {
            self.roll(state, month)?;
        }
        let State {
            volume,
            groups,
            written,
            ..
        } = state;
        let volume = volume.as_mut().ok_or(SideFault::Stopped)?;
        let mut rows = Vec::new();
        let fresh = if groups.contains_key(&group) {
            None
        } else {
            let fresh: Secret = Zeroizing::new(draw(random)?);
            let about = self.about(&volume.name, RowKind::Key, &group);
            let wrapped = cipher::wrap(self.key.secret(), &fresh, &about, random)?;
            let key = row::encode(RowKind::Key, &group, &group, after, &[&wrapped]);
            rows.extend(key.ok_or(SideFault::Sealed)?);
            Some(fresh)
        };
        let by = fresh.as_ref().or_else(|| groups.get(&group));
        let by = by.ok_or(SideFault::Sealed)?;
        let own: Secret = Zeroizing::new(draw(random)?);
        let about = self.about(&volume.name, RowKind::Record, &id);
        let wrapped = cipher::wrap(by, &own, &about, random)?;
        cipher::seal(&own, &about, plain)?;
        let record = row::encode(RowKind::Record, &id, &group, after, &[&wrapped, plain]);
        rows.extend(record.ok_or(SideFault::Sealed)?);
        volume.append(&rows)?;
        let record = format!("{}/{}", volume.name, hex(&id));
        // Remembered only once its row is written.
        groups.extend(fresh.map(|key| (group, key)));
        *written += rows.len() as u64;
        Ok((record, *written))
    }

    /// Begins another volume: the old one's rows are durable first.
    fn roll(&self, state: &mut State, month: u32) -> Result<(), SideFault> {
        if let Some(old) = state.volume.take() {
            old.sync()?;
        }
        state.groups.clear();
        let prefix = format!("{month:06}-");
        let last = volumes(&self.folder)?
            .iter()
            .filter_map(|name| name.strip_prefix(&prefix)?.parse::<u32>().ok())
            .max();
        let name = format!("{prefix}{:06}", last.unwrap_or_default().saturating_add(1));
        state.volume = Some(Volume::create(&self.folder, name, &self.log)?);
        state.month = month;
        Ok(())
    }

    /// Returns once everything written so far up to `until` is durable. Whoever comes while a sync
    /// runs waits for the next one, together with all others who came.
    fn sync(&self, until: u64) -> Result<(), SideFault> {
        let mut synced = held(&self.synced);
        if *synced >= until {
            return Ok(());
        }
        let (file, written) = {
            let state = held(&self.state);
            if state.stopped {
                return Err(SideFault::Stopped);
            }
            match &state.volume {
                Some(volume) => (volume.handle()?, state.written),
                // Put to rest, and synced before.
                None => return Ok(()),
            }
        };
        if let Err(error) = file.sync_data() {
            held(&self.state).stopped = true;
            return Err(SideFault::disk("sync", &self.folder, error));
        }
        *synced = written;
        Ok(())
    }

    /// Puts the volume that is written to rest, so that what is there now gets no company.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn rest(&self) -> Result<(), SideFault> {
        let mut state = held(&self.state);
        if let Some(old) = state.volume.take() {
            state.groups.clear();
            old.sync().inspect_err(|_| state.stopped = true)?;
        }
        Ok(())
    }

    /// Whether records are still kept.
    #[must_use]
    pub fn is_keeping(&self) -> bool {
        !held(&self.state).stopped
    }

    /// Whether there was room when something was to be kept last, or has been since.
    #[must_use]
    pub fn has_room(&self) -> bool {
        !held(&self.state).no_room
    }

    /// Records that found no room since the opening.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        held(&self.state).turned_away
    }

    /// Looks whether a disk that was full has room again. Blocks.
    ///
    /// # Errors
    /// The disk refuses for another reason.
    pub fn look_for_room(&self) -> Result<bool, SideFault> {
        let there = self.has_room() || has_room(&self.folder.join(ROOM_NAME), ROOM_BYTES)?;
        if there {
            held(&self.state).no_room = false;
        }
        Ok(there)
    }

    /// Names of the volumes, oldest first; each begins with its month.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn volumes(&self) -> Result<Vec<String>, SideFault> {
        volumes(&self.folder)
    }

    /// The keys and records that are there in one volume.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn heads(&self, volume: &str) -> Result<Vec<Head>, SideFault> {
        let opened = Volume::open(&self.folder, volume, &self.log, false)?;
        let live = opened.heads()?.into_iter();
        let live = live.filter(|(_, head)| head.kind != RowKind::Blotted);
        let told = live.map(|(offset, head)| Head {
            volume: volume.to_owned(),
            offset,
            length: head.length,
            kind: head.kind,
            record: format!("{volume}/{}", hex(&head.name)),
            group: head.group,
            after: head.after,
        });
        Ok(told.collect())
    }

    /// The fields of a record.
    ///
    /// # Errors
    /// [`SideFault::Missing`] when it is not there any more; the key is another one; the disk
    /// refuses.
    pub fn find(&self, record: &str) -> Result<Opened, SideFault> {
        let (name, id) = record.split_once('/').ok_or(SideFault::Missing)?;
        if !self.volumes()?.iter().any(|there| there == name) {
            return Err(SideFault::Missing);
        }
        let volume = Volume::open(&self.folder, name, &self.log, false)?;
        let heads = volume.heads()?;
        let first = |kind: RowKind, name: &str| {
            let mut heads = heads.iter();
            heads.find(|(_, head)| head.kind == kind && hex(&head.name) == name)
        };
        let (at, head) = first(RowKind::Record, id).ok_or(SideFault::Missing)?;
        let key = first(RowKind::Key, &hex(&head.group));
        let (key_at, key) = key.ok_or(SideFault::Missing)?;
        let bytes = volume.row(*key_at, key)?;
        let (wrapped, _) = row::body(&bytes).ok_or_else(|| volume.damaged(*key_at))?;
        let about = self.about(name, RowKind::Key, &key.name);
        let by = cipher::unwrap(self.key.secret(), wrapped, &about)?;
        let bytes = volume.row(*at, head)?;
        let (wrapped, sealed) = row::body(&bytes).ok_or_else(|| volume.damaged(*at))?;
        let about = self.about(name, RowKind::Record, &head.name);
        let own = cipher::unwrap(&by, wrapped, &about)?;
        let plain = cipher::open(&own, &about, sealed)?;
        decode(&plain).ok_or_else(|| volume.damaged(*at))
    }

    /// Which row of which log a cipher text is: it opens nowhere else.
    fn about(&self, volume: &str, kind: RowKind, name: &Name) -> Vec<u8> {
        let kind = match kind {
            RowKind::Key => b'k',
            RowKind::Record | RowKind::Blotted => b'r',
        };
        [
            ABOUT,
            self.log.as_bytes(),
            &[0],
            volume.as_bytes(),
            &[0, kind],
            name,
        ]
        .concat()
    }
}

fn encode(seed: &[u8], fields: &[Field]) -> Result<Vec<u8>, SideFault> {
    let parts = fields.iter().map(|f| f.name.len() + f.value.len() + 8);
    let bytes = parts.sum::<usize>() + seed.len();
    if bytes > RECORD_BYTES_MAX || fields.len() > FIELDS_MAX {
        let max = RECORD_BYTES_MAX;
        return Err(SideFault::TooLong { bytes, max });
    }
    // Room for the tag: the plain bytes are sealed where they lie and never moved.
    let mut plain = Vec::with_capacity(bytes + cipher::TAG_BYTES);
    plain.extend_from_slice(seed);
    for field in fields {
        for part in [field.name.as_bytes(), field.value.as_bytes()] {
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            plain.extend_from_slice(&length.to_be_bytes());
            plain.extend_from_slice(part);
        }
    }
    Ok(plain)
}

fn decode(plain: &[u8]) -> Option<Opened> {
    let (seed, mut rest) = plain.split_at_checked(SEED_BYTES)?;
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let name = text(&mut rest)?.to_owned();
        let value = Zeroizing::new(text(&mut rest)?.to_owned());
        fields.push(Field { name, value });
    }
    Some(Opened::new(seed, fields))
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let (length, tail) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (text, tail) = tail.split_at_checked(length)?;
    *rest = tail;
    std::str::from_utf8(text).ok()
}

fn hex(name: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(name)
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
