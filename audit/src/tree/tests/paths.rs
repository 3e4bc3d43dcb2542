//! Paths of tiles: exactly the specified spelling, and no other.

use proptest::prelude::*;

use super::*;

#[test]
fn the_example_of_the_specification_is_spelled_as_there() {
    let tile = Tile::full(Row::Hashes(3), 1_234_067);
    assert_eq!(tile.to_string(), "tile/3/x001/x234/067");
    let partial = Tile {
        row: Row::Entries,
        number: 273,
        width: 112,
    };
    assert_eq!(partial.to_string(), "tile/entries/273.p/112");
    assert_eq!(Tile::parse("tile/entries/273.p/112"), Some(partial));
    assert_eq!((partial.end(), partial.is_in(70_000)), (70_000, true));
    assert!(!partial.is_in(69_999) && !partial.filled().is_in(70_000));
}

#[test]
fn other_spellings_are_refused() {
    for path in [
        "tile/0/0",
        "tile/0/00",
        "tile/00/000",
        "tile/64/000",
        "tile/+1/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/001/067",
        "tile/0/1234",
        "tile/0/+01",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000/",
        "tile/0//000",
        "tile/0/",
        "tile/data/000",
        "/tile/0/000",
        "tile/0/x072/x057/x594/x037/x927/936",
        "tile/0/x099/x999/x999/x999/x999/x999/999",
    ] {
        assert_eq!(Tile::parse(path), None, "{path}");
    }
}

proptest! {
    #[test]
    fn every_tile_reads_back(
        level in proptest::option::of(0_u8..=63), number in 0_u64..1 << 56, width in 1_u16..=256,
    ) {
        let row = level.map_or(Row::Entries, Row::Hashes);
        let tile = Tile { row, number, width };
        prop_assert_eq!(Tile::parse(&tile.to_string()), Some(tile));
    }

    #[test]
    fn what_is_read_is_what_would_be_written(path in "tile/(entries|[0-9]{1,2})/[x0-9/.p]{1,20}") {
        if let Some(tile) = Tile::parse(&path) {
            prop_assert_eq!(tile.to_string(), path);
        }
    }
}
