//! `tianshu policy diff`.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{Ran, edit, edited, json, path, run};

fn diff(a: &str, b: &Path) -> Ran {
    let ran = run(&["policy", "diff", a, path(b)]);
    assert_eq!(ran.err, "");
    ran
}

#[test]
fn a_set_is_the_same_as_itself_and_a_comment_is_no_change() {
    let folder = edited("flows/F05.toml", "id = ", "# reviewed again\nid = ");
    let ran = diff("builtin", folder.path());
    assert_eq!(
        (ran.code, ran.out.lines().last()),
        (0, Some("0 changes")),
        "{}",
        ran.out
    );
}

/// The delivered set with a change of every kind.
fn reworked() -> TempDir {
    let folder = edited(
        "flows/F05.toml",
        "    \"04.khrq\"",
        "    \"04.grzhye\", # why\n    \"04.khrq\"",
    );
    let root = folder.path();
    edit(root, "flows/F05.toml", "    \"04.fcrq\",", "#");
    edit(
        root,
        "flows/F05.toml",
        "case_valid_minutes = 30",
        "case_valid_minutes = 20",
    );
    edit(
        root,
        "flows/F05.toml",
        "id = \"live-account\"",
        "id = \"living-account\"",
    );
    edit(
        root,
        "flows/F05.toml",
        "details_on = [\"live-account\"",
        "details_on = [\"living-account\"",
    );
    for center in ["city", "zhongzhi", "guoguan", "tielu"] {
        let file = format!("centers/{center}.toml");
        edit(root, &file, "id = \"F31\"", "id = \"F32\"");
    }
    let until = "id = \"F32\"\nuntil = 2027-01-31";
    edit(root, "centers/city.toml", "id = \"F32\"", until);
    fs::rename(root.join("flows/F31.toml"), root.join("flows/F32.toml")).unwrap();
    edit(root, "flows/F32.toml", "id = \"F31\"", "id = \"F32\"");
    edit(root, "calendar.toml", "2026-10-10]", "2026-10-11]");
    edit(root, "base/use-flow.cedar", "@id", "// Looked at.\n@id");
    folder
}

#[test]
fn every_change_between_two_sets_is_named() {
    let folder = reworked();
    let root = folder.path();
    let ran = diff("builtin", root);
    assert_eq!(ran.code, 1, "{}", ran.out);
    for line in [
        "flow      F05  changed",
        "          F05  case_valid: 1800 s -> 1200 s",
        "          F05  items/04: + 04.grzhye - 04.fcrq",
        "flow      F31  removed",
        "flow      F32  added",
        "center    city F31  removed  from 2020-01-01 -> never",
        "center    city F32  added  never -> from 2020-01-01 until 2027-01-31",
        "center    tielu F32  added  never -> from 2020-01-01",
        "calendar  make_up: + 2026-10-11 - 2026-10-10",
        "file      base/use-flow.cedar  changed",
        "13 changes",
    ] {
        assert!(
            ran.out.lines().any(|said| said == line),
            "{line}\n{}",
            ran.out
        );
    }
    let verdict = "          F05  verdicts/living-account: nothing -> {";
    assert!(
        ran.out.contains(verdict) && ran.out.contains("04.grzhzt"),
        "{}",
        ran.out
    );
}

#[test]
fn the_json_says_the_same() {
    let folder = reworked();
    let json = json(&["policy", "diff", "builtin", path(folder.path())], 1);
    let changed = &json["diff"]["flows"][0];
    assert_eq!(
        (&changed["flow"], &changed["change"]),
        (&"F05".into(), &"changed".into())
    );
    let items = changed["fields"].as_array().unwrap();
    let items = items
        .iter()
        .find(|field| field["field"] == "items/04")
        .unwrap();
    assert_eq!(items["added"], serde_json::json!(["04.grzhye"]));
    let late = json["diff"]["centers"].as_array().unwrap();
    let late = late
        .iter()
        .find(|change| change["node"] == "city" && change["flow"] == "F32");
    assert_eq!(late.unwrap()["to"]["until"], "2027-01-31");
    assert_ne!(json["from"], json["to"]);
    let ran = run(&["policy", "diff", "builtin", "/nowhere/at/all"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
}
