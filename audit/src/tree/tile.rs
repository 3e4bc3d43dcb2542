//! Which tiles a tree has and where they lie (C2SP tlog-tiles). A path is read only if it is
//! exactly the one that would be written.

use std::fmt;

/// Hashes of a full tile, entries of a full bundle.
pub const TILE_WIDTH: u16 = 256;
/// The highest level of tiles.
pub const LEVEL_MAX: u8 = 63;
/// The highest level that a tree of 2^64 leaves fills.
const LEVELS: u32 = 8;
/// Leaves spanned, in powers of two, by a step of one level.
const LEVEL_BITS: u32 = 8;
/// No tree of 2^64 leaves has a tile with a number beyond.
const NUMBER_MAX: u64 = u64::MAX >> LEVEL_BITS;

/// What a row of tiles holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Row {
    /// Hashes of a level; level 0 holds leaf hashes.
    Hashes(u8),
    /// The entries themselves, in bundles as wide as the tiles of level 0.
    Entries,
}

impl Row {
    /// The level whose tiles have the same number and width.
    #[must_use]
    pub const fn level(self) -> u8 {
        match self {
            Self::Hashes(level) => level,
            Self::Entries => 0,
        }
    }
}

/// A tile: its row, its number in the row, how many of its places are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// The row.
    pub row: Row,
    /// Place in the row, from 0.
    pub number: u64,
    /// 1 to [`TILE_WIDTH`]; below it the tile is partial.
    pub width: u16,
}

impl Tile {
    /// A full tile.
    #[must_use]
    pub const fn full(row: Row, number: u64) -> Self {
        Self {
            row,
            number,
            width: TILE_WIDTH,
        }
    }

    /// Whether all its places are filled, so that it never changes.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The full tile of the same place.
    #[must_use]
    pub const fn filled(&self) -> Self {
        Self::full(self.row, self.number)
    }

    /// Number of hashes in its row up to its last place.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.number
            .saturating_mul(u64::from(TILE_WIDTH))
            .saturating_add(u64::from(self.width))
    }

    /// The tree size that its last place needs.
    #[must_use]
    pub fn leaves_end(&self) -> u64 {
        let bits = LEVEL_BITS.saturating_mul(u32::from(self.row.level()));
        let spanned = 1_u64.checked_shl(bits).unwrap_or(u64::MAX);
        self.end().saturating_mul(spanned)
    }

    /// Whether a tree of `size` leaves has these places.
    #[must_use]
    pub fn is_in(&self, size: u64) -> bool {
        self.end() <= hashes_in(self.row.level(), size)
    }

    /// Reads a path as [`fmt::Display`] writes it; `None` for any other spelling.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("tile/")?;
        let (row, rest) = rest.split_once('/')?;
        let row = if row == "entries" {
            Row::Entries
        } else {
            Row::Hashes(row.parse().ok().filter(|level| *level <= LEVEL_MAX)?)
        };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok()?),
            None => (rest, TILE_WIDTH),
        };
        let mut read = 0_u64;
        for group in number.split('/') {
            let group = group.strip_prefix('x').unwrap_or(group);
            let group: u64 = group.parse().ok().filter(|group| *group < 1000)?;
            read = read.checked_mul(1000)?.checked_add(group)?;
        }
        let tile = Self {
            row,
            number: read,
            width,
        };
        let sound = (1..=TILE_WIDTH).contains(&width) && read <= NUMBER_MAX;
        (sound && tile.to_string() == path).then_some(tile)
    }
}

/// The path below the prefix of a log, on disk and over HTTP alike.
impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Row::Hashes(level) => write!(f, "tile/{level}/")?,
            Row::Entries => write!(f, "tile/entries/")?,
        }
        let mut groups = vec![self.number % 1000];
        let mut rest = self.number / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for (place, group) in groups.iter().enumerate().rev() {
            match place {
                0 => write!(f, "{group:03}")?,
                _ => write!(f, "x{group:03}/")?,
            }
        }
        match self.width {
            TILE_WIDTH => Ok(()),
            width => write!(f, ".p/{width}"),
        }
    }
}

/// Hashes that a tree of `size` leaves has at `level`.
#[must_use]
pub fn hashes_in(level: u8, size: u64) -> u64 {
    size.checked_shr(LEVEL_BITS.saturating_mul(u32::from(level)))
        .unwrap_or(0)
}

/// Width of the partial tile at `level` of a tree of `size` leaves; 0 if there is none.
#[must_use]
pub fn width_at(level: u8, size: u64) -> u16 {
    // The remainder is below 256.
    u16::try_from(hashes_in(level, size) % u64::from(TILE_WIDTH)).unwrap_or(0)
}

/// Every tile of hashes that a tree of `size` leaves has, lowest level first, each level's partial
/// one last.
pub fn tiles_of(size: u64) -> impl Iterator<Item = Tile> {
    let levels = (0_u8..).take(LEVELS as usize);
    levels.flat_map(move |level| {
        let row = Row::Hashes(level);
        let full = hashes_in(level, size) / u64::from(TILE_WIDTH);
        let width = width_at(level, size);
        let partial = (width > 0).then_some(Tile {
            row,
            number: full,
            width,
        });
        (0..full)
            .map(move |number| Tile::full(row, number))
            .chain(partial)
    })
}
