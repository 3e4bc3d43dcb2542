//! Making a home, finding it again, and leaving foreign folders alone.

use super::*;
use time::macros::datetime;

fn options() -> StarOptions {
    StarOptions {
        people: 60,
        seed: 7,
        stores: Stores::Sqlite,
        ports: PortChoice::Free,
        now: datetime!(2026-11-23 18:00 UTC),
    }
}

#[test]
fn a_home_is_used_again_when_it_fits_and_built_anew_when_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let prepare = |options: &StarOptions| {
        let mut built = false;
        let home = Home::prepare(folder.path(), options, &mut |_, _, _| built = true);
        (home.expect("is made"), built)
    };
    let (home, built) = prepare(&options());
    assert!(built);
    assert_eq!(
        home.today(),
        time::macros::date!(2026 - 11 - 24),
        "the day is Beijing's"
    );
    let token = home.token(Node::City).expect("has a token");
    drop(home);
    let (home, built) = prepare(&options());
    assert!(!built, "the same options find the home complete");
    assert_eq!(home.token(Node::City).expect("has a token"), token);
    drop(home);
    let (home, built) = prepare(&StarOptions {
        seed: 8,
        ..options()
    });
    assert!(built, "another seed is another world");
    assert_ne!(home.token(Node::City).expect("has a token"), token);
    drop(home);
    let (_, built) = prepare(&StarOptions {
        seed: 8,
        stores: Stores::Servers,
        ..options()
    });
    assert!(built, "other stores are another home");
}

#[test]
fn a_foreign_folder_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("thesis.tex"), "years of work").expect("is written");
    let refused = Home::prepare(folder.path(), &options(), &mut |_, _, _| {});
    assert!(
        matches!(refused, Err(StarError::ForeignHome(_))),
        "{refused:?}"
    );
    assert_eq!(fs::read_dir(folder.path()).expect("is there").count(), 1);
}

#[test]
fn two_sandboxes_do_not_share_a_home() {
    let folder = tempfile::tempdir().expect("a folder");
    let _held = take(folder.path()).expect("is free");
    assert!(matches!(take(folder.path()), Err(StarError::HomeInUse(_))));
}
