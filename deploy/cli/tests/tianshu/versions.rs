//! `tianshu catalog diff` and `check`.

use std::path::Path;

use catalog::Catalog;
use tempfile::TempDir;

use super::{done, run};

const STATUS: &str = "code-sets/personal-account-status.toml";

/// The built-in catalogue in a folder, with one file changed.
fn folder(file: &str, edit: impl Fn(&str) -> String) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in ["classes", "code-sets"] {
        std::fs::create_dir(folder.path().join(part)).unwrap();
    }
    for source in Catalog::builtin_sources() {
        let text = match source.name == file {
            true => edit(source.text),
            false => source.text.to_owned(),
        };
        std::fs::write(folder.path().join(source.name), text).unwrap();
    }
    folder
}

fn path(folder: &Path) -> &str {
    folder.to_str().unwrap()
}

/// The next version with these lines more in the code set of account statuses.
fn next(lines: &str, previous: bool) -> TempDir {
    let folder = folder(STATUS, |text| format!("{text}{lines}"));
    let builtin = Catalog::builtin().unwrap();
    let mut heading = "version = \"2026.2\"\n".to_owned();
    if previous {
        let (version, digest) = (builtin.version(), builtin.digest());
        heading += &format!("[previous]\nversion = \"{version}\"\ndigest = \"{digest}\"\n");
    }
    std::fs::write(folder.path().join("catalog.toml"), heading).unwrap();
    folder
}

const ONE_MORE: &str = "\n[[entry]]\ncode = \"07\"\nlabel = \"待核\"\n";

#[test]
fn a_catalogue_is_the_same_as_itself() {
    let same = folder("", str::to_owned);
    let out = done(&["catalog", "diff", "builtin", path(same.path())]);
    assert!(out.ends_with("\n0 changes: same\n"), "{out}");
}

#[test]
fn a_new_code_widens_and_its_loss_breaks() {
    let later = next(ONE_MORE, true);
    let later = path(later.path());
    let out = done(&["catalog", "diff", "builtin", later]);
    let line = out
        .lines()
        .find(|line| line.contains("personal-account-status/07"));
    let line = line.expect("the code is named");
    assert!(line.starts_with("widening ") && line.contains("+ 待核: "));
    assert!(out.contains("1 changes: widening\n"), "{out}");
    assert!(out.contains("peers of both work together"), "{out}");
    let back = run(&["catalog", "diff", later, "builtin"]);
    assert_eq!((back.code, back.err.as_str()), (1, ""));
    assert!(back.out.contains("1 changes: breaking\n"), "{}", back.out);
    assert!(back.out.contains("code-removed"), "{}", back.out);
}

#[test]
fn a_version_without_its_predecessor_says_what_to_write() {
    let later = next(ONE_MORE, false);
    let out = done(&["catalog", "diff", "builtin", path(later.path())]);
    let digest = Catalog::builtin().unwrap().digest().to_string();
    let advice = format!("[previous] version = \"2026.1\" digest = \"{digest}\"");
    assert!(out.contains(&advice), "{out}");
}

#[test]
fn a_breaking_version_must_not_name_its_predecessor() {
    let broken = next("", true);
    let file = broken.path().join(STATUS);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("其他", "不明")).unwrap();
    let ran = run(&["catalog", "diff", "builtin", path(broken.path())]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("take `[previous]` out"), "{}", ran.out);
}

#[test]
fn the_json_says_the_same() {
    let later = next(ONE_MORE, true);
    let out = done(&["catalog", "diff", "--json", "builtin", path(later.path())]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["verdict"], "widening");
    assert_eq!(json["names_predecessor"], true);
    assert_eq!(json["from"]["version"], "2026.1");
    assert_eq!(json["to"]["version"], "2026.2");
    let change = &json["changes"][0];
    assert_eq!(change["place"], "personal-account-status/07");
    assert_eq!(change["change"], "code-added");
    assert_eq!(
        (&change["from"], &change["to"]),
        (&"".into(), &"待核".into())
    );
    assert_eq!(json["changes"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_read_is_neither_compatible_nor_breaking() {
    let faulty = folder(STATUS, |text| text.replace("zh =", "zhh ="));
    for place in [path(faulty.path()), "/nowhere/at/all"] {
        for sides in [[place, "builtin"], ["builtin", place]] {
            let ran = run(&[&["catalog", "diff"][..], &sides].concat());
            assert_eq!((ran.code, ran.out.as_str()), (2, ""));
            assert!(ran.err.starts_with("tianshu: `"), "{}", ran.err);
        }
    }
}

#[test]
fn every_fault_of_a_folder_is_listed() {
    let sound = folder("", str::to_owned);
    let out = done(&["catalog", "check", path(sound.path())]);
    let digest = Catalog::builtin().unwrap().digest().to_string();
    assert_eq!(out, format!("version 2026.1 is sound, digest {digest}\n"));
    let faulty = folder(STATUS, |text| text.replace("zh =", "zhh ="));
    std::fs::remove_file(faulty.path().join("catalog.toml")).unwrap();
    std::fs::write(faulty.path().join("classes/.swp.toml"), "rubbish").unwrap();
    let ran = run(&["catalog", "check", path(faulty.path())]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    for fault in [
        "code-sets/personal-account-status.toml:2: `zhh` is not known here",
        "code-sets/personal-account-status.toml:1: `zh` is missing",
    ] {
        assert!(ran.out.lines().any(|line| line == fault), "{}", ran.out);
    }
    assert!(ran.out.contains("catalog.toml:1: "), "{}", ran.out);
    assert!(!ran.out.contains(".swp"), "{}", ran.out);
    let ran = run(&["catalog", "check", "/nowhere/at/all"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_eq!(ran.err, "tianshu: `/nowhere/at/all` is not a folder\n");
}
