//! What the writing thread shows to readers and callers: how far the log is durable, where its
//! entries lie, whether it still accepts any. Nothing in here is ahead of the disk.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::digest::Digest;
use crate::error::AuditError;
use crate::journal::base::Base;
use crate::journal::disk::Disk;
use crate::journal::places::{Place, Places};
use crate::journal::supply::Room;
use crate::journal::walk::Cursor;
use crate::journal::{Health, JournalConfig};

/// What the writing thread and the readers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) dir: PathBuf,
    pub(crate) origin: String,
    pub(crate) segment_bytes: u64,
    /// Written by the writing thread after each sync, and by a removal; read by everybody.
    state: RwLock<State>,
    /// Entries that were refused because the disk was full.
    turned_away: AtomicU64,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) base: Option<Arc<Base>>,
    pub(crate) cursor: Cursor,
    pub(crate) health: Health,
    pub(crate) room: Room,
    pub(crate) places: Places,
}

impl Shared {
    pub(crate) fn new(disk: Arc<dyn Disk>, config: &JournalConfig, state: State) -> Self {
        let JournalConfig {
            dir,
            origin,
            segment_bytes,
            ..
        } = config;
        let (origin, segment_bytes) = (origin.clone(), *segment_bytes);
        Self {
            disk,
            dir: dir.clone(),
            origin,
            segment_bytes,
            state: RwLock::new(state),
            turned_away: AtomicU64::new(0),
        }
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn size(&self) -> u64 {
        self.read().cursor.index
    }

    pub(crate) fn find(&self, index: u64) -> Result<Place, AuditError> {
        let state = self.read();
        let size = state.cursor.index;
        let first = state.base.as_ref().map_or(0, |base| base.index());
        if index < first {
            return Err(AuditError::Removed { index, first });
        }
        let place = (index < size).then(|| state.places.find(index)).flatten();
        place.ok_or(AuditError::NoSuchEntry { index, size })
    }

    /// Shows the readers a frame that was just made durable at `offset`.
    pub(crate) fn advance(&self, cursor: Cursor, first: u64, offset: u64, frame_bytes: u64) {
        let mut state = self.write();
        state.cursor = cursor;
        state.places.note(first, offset, offset + frame_bytes);
    }

    pub(crate) fn open_segment(&self, first: u64, salt: u32, end: u64) {
        self.write().places.open_segment(first, salt, end);
    }

    pub(crate) fn room(&self) -> Room {
        self.read().room
    }

    pub(crate) fn set_room(&self, room: Room) {
        if self.room() != room {
            self.write().room = room;
        }
    }

    pub(crate) fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    pub(crate) fn count_turned_away(&self) {
        self.turned_away.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn begin_at(&self, base: Base) {
        let mut state = self.write();
        state.places.begin_at(base.index());
        state.base = Some(Arc::new(base));
    }

    pub(crate) fn close(&self, chain: Digest) {
        let mut state = self.write();
        state.cursor.chain = chain;
        state.health = Health::Closed;
    }

    /// The first reason stays.
    pub(crate) fn poison(&self, reason: Arc<str>) {
        let mut state = self.write();
        if !matches!(state.health, Health::Poisoned(_)) {
            state.health = Health::Poisoned(reason);
        }
    }

    pub(crate) fn refusal(&self) -> Option<AuditError> {
        match &self.read().health {
            Health::Healthy => None,
            Health::Poisoned(reason) => Some(AuditError::Poisoned {
                reason: Arc::clone(reason),
            }),
            Health::Closed => Some(AuditError::Closed),
        }
    }

    pub(crate) fn broken_down(&self) -> AuditError {
        self.poison("the writing thread ended".into());
        self.refusal().unwrap_or(AuditError::Closed)
    }
}
