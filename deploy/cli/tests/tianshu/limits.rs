//! `tianshu limits`: a file of limits shown, checked, sealed and compared.

use std::fs;

use super::{done, run};

#[test]
fn what_is_shown_is_sound_and_no_change() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("limits.toml");
    let path = file.to_str().unwrap();
    let shown = done(&["limits", "show"]);
    assert!(shown.contains("\nin_flight_max = 1024\n"));
    fs::write(&file, &shown).unwrap();
    assert!(done(&["limits", "check", path]).starts_with("no fault, digest "));
    assert_eq!(done(&["limits", "diff", "builtin", path]), "");
    fs::write(&file, "[node.only.city]\nburst = 7\n").unwrap();
    let changed = run(&["limits", "diff", "builtin", path]);
    let told = "node.only.\"city\".burst: none -> 7\n";
    assert_eq!((changed.code, changed.out.as_str()), (1, told));
    assert!(done(&["limits", "show", path]).ends_with("[node.only.\"city\"]\nburst = 7\n"));
}

#[test]
fn only_a_sound_file_is_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("limits.toml");
    let path = file.to_str().unwrap();
    fs::write(&file, "[node]\nburst = 0\nspeed = 1\n").unwrap();
    for command in ["check", "seal"] {
        let ran = run(&["limits", command, path]);
        assert_eq!((ran.code, ran.out.lines().count()), (1, 2), "{}", ran.out);
        assert!(ran.out.contains("limits.toml:2: `node.burst` must be"));
    }
    assert!(!wire::digest_beside(&file).exists());
    assert_eq!(run(&["limits", "diff", "builtin", path]).code, 2);
    assert_eq!(run(&["limits", "check", "nowhere.toml"]).code, 2);
    fs::write(&file, "[node]\nburst = 9\n").unwrap();
    done(&["limits", "seal", path]);
    wire::read_sealed_file(&file).expect("is sealed");
}
