//! `tianshu policy`: folders of rules written out, checked, laid out, explained and compared.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::{Ran, done, run};

mod diff;
mod explain;
mod simulate;

fn path(folder: &Path) -> &str {
    folder.to_str().unwrap()
}

/// The delivered set in a folder.
fn exported() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    done(&["policy", "export", path(folder.path())]);
    folder
}

/// The same with one file changed.
fn edited(file: &str, from: &str, to: &str) -> TempDir {
    let folder = exported();
    edit(folder.path(), file, from, to);
    folder
}

/// The same with F05 as a match that gives its verdicts and nothing else.
fn matching() -> TempDir {
    let folder = edited("flows/F05.toml", "mode = \"details\"", "mode = \"match\"");
    for item in ["04.khrq", "04.jzny", "04.fcrq", "03.yzjhm"] {
        edit(folder.path(), "flows/F05.toml", &format!("\"{item}\","), "");
    }
    edit(folder.path(), "flows/F05.toml", "\"04.zxbh\",", "");
    edit(folder.path(), "flows/F05.toml", "details_on = ", "#");
    folder
}

fn edit(folder: &Path, file: &str, from: &str, to: &str) {
    let file = folder.join(file);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{} has no `{from}`", file.display());
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

fn digest(out: &str) -> &str {
    out.trim_end().rsplit_once("digest ").unwrap().1
}

fn json(args: &[&str], code: i32) -> Value {
    let ran = run(&[args, &["--json"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (code, ""), "{}", ran.out);
    serde_json::from_str(&ran.out).unwrap()
}

/// Hub and agents take a folder by its manifest; what is exported has one.
#[test]
fn a_folder_is_sealed_only_when_its_rules_are_sound() {
    let folder = exported();
    let manifest = folder.path().join("MANIFEST");
    let first = fs::read_to_string(&manifest).unwrap();
    assert_eq!(
        first.lines().count(),
        policies::RuleFiles::builtin().all().count()
    );
    wire::SealedFolder::read(folder.path()).unwrap();
    fs::remove_file(&manifest).unwrap();
    done(&["policy", "seal", path(folder.path())]);
    assert_eq!(fs::read_to_string(&manifest).unwrap(), first);

    edit(
        folder.path(),
        "flows/F05.toml",
        "asks_per_case = 20",
        "asks_per_case = 19",
    );
    let checked = done(&["policy", "check", path(folder.path())]);
    assert!(
        checked.contains("not sealed: `flows/F05.toml` is another"),
        "{checked}"
    );
    let sealed = done(&["policy", "seal", path(folder.path())]);
    assert!(sealed.contains("sealed: `"), "{sealed}");
    let second = fs::read_to_string(&manifest).unwrap();
    assert_ne!(second, first);

    edit(
        folder.path(),
        "flows/F05.toml",
        "mode = \"details\"",
        "mode = \"browse\"",
    );
    let refused = run(&["policy", "seal", path(folder.path())]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("flows/F05.toml:"), "{}", refused.out);
    assert_eq!(
        fs::read_to_string(&manifest).unwrap(),
        second,
        "the old one stays"
    );
    assert_eq!(run(&["policy", "seal", "/nowhere"]).code, 2);
}

#[test]
fn the_delivered_set_is_written_into_an_empty_folder_only() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/rules");
    let out = done(&["policy", "export", path(&folder)]);
    let files = policies::RuleFiles::builtin();
    let (flows, centers, base) = (files.flows.len(), files.centers.len(), files.base.len());
    let count = flows + centers + base + 2;
    assert!(out.starts_with(&format!("{count} files in `")), "{out}");
    for file in files.flows.iter().chain(&files.centers).chain(&files.base) {
        let written = fs::read_to_string(folder.join(&file.name)).unwrap();
        assert_eq!(written, file.text, "{}", file.name);
    }
    let checked = done(&["policy", "check", path(&folder)]);
    assert_eq!(digest(&out), digest(&checked));
    let sound = format!("{flows} flows, {centers} centers, {base} base policies are sound, ");
    assert!(checked.starts_with(&sound), "{checked}");
    edit(
        &folder,
        "flows/F05.toml",
        "deadline_ms = 5000",
        "deadline_ms = 4000",
    );
    let again = run(&["policy", "export", path(&folder)]);
    assert_eq!((again.code, again.out.as_str()), (1, ""));
    assert!(again.err.contains("is not empty, nothing is written over"));
    let kept = fs::read_to_string(folder.join("flows/F05.toml")).unwrap();
    assert!(kept.contains("deadline_ms = 4000"));
}

#[test]
fn every_fault_of_a_folder_is_listed_and_an_unreadable_one_is_something_else() {
    let folder = edited("flows/F05.toml", "mode = \"details\"", "mode = \"browse\"");
    let root = folder.path();
    edit(
        root,
        "centers/city.toml",
        "node = \"city\"",
        "node = \"City\"",
    );
    let ran = run(&["policy", "check", path(root)]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    for fault in [
        "flows/F05.toml:8: ",
        "centers/city.toml:2: `City` is not a node id",
    ] {
        assert!(
            ran.out.lines().any(|line| line.starts_with(fault)),
            "{}",
            ran.out
        );
    }
    // A set with a fault is no set: nothing else works with it.
    for command in ["lint", "matrix"] {
        let ran = run(&["policy", command, path(root)]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{command}");
        assert!(ran.err.contains("flows/F05.toml:8: "), "{}", ran.err);
    }
    fs::remove_file(root.join("calendar.toml")).unwrap();
    let unreadable = |place: &Path, said: &str| {
        let ran = run(&["policy", "check", path(place)]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains(said), "{}", ran.err);
    };
    unreadable(root, "calendar.toml");
    let baseless = exported();
    fs::remove_dir_all(baseless.path().join("base")).unwrap();
    unreadable(baseless.path(), "/base` cannot be read");
    unreadable(
        Path::new("/nowhere/at/all"),
        "`/nowhere/at/all` is not a folder",
    );
}

#[test]
fn remarks_are_listed_with_file_and_line() {
    assert_eq!(done(&["policy", "lint"]), "0 remarks\n");
    let folder = edited(
        "flows/F05.toml",
        "case_valid_minutes = 30",
        "case_valid_minutes = 61",
    );
    let place = path(folder.path());
    let ran = run(&["policy", "lint", place]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let remark = "flows/F05.toml:13: long-validity: a case may ask for 61 minutes\n1 remarks\n";
    assert_eq!(ran.out, remark);
    let json = json(&["policy", "lint", place], 1);
    assert_eq!(json[0]["kind"], "long-validity");
    assert_eq!(
        (&json[0]["file"], &json[0]["line"]),
        (&"flows/F05.toml".into(), &13.into())
    );
}

const DAY: [&str; 2] = ["--day", "2026-11-23"];

#[test]
fn the_matrix_is_the_reviewed_one() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/tests/golden");
    let golden = fs::read_to_string(golden.join("matrix.txt")).unwrap();
    let mut nodes: Vec<&str> = golden
        .lines()
        .filter_map(|row| row.split(' ').next())
        .collect();
    nodes.dedup();
    let nodes: Vec<&str> = nodes
        .into_iter()
        .flat_map(|node| ["--node", node])
        .collect();
    let out = done(&[&["policy", "matrix"], &DAY[..], &nodes].concat());
    assert_eq!(out, golden);
    let folder = exported();
    let place = path(folder.path());
    let same = done(&[&["policy", "matrix", place], &DAY[..], &nodes].concat());
    assert_eq!(same, golden);
}

#[test]
fn the_matrix_goes_over_every_center_of_the_rules() {
    let folder = matching();
    fs::remove_file(folder.path().join("centers/tielu.toml")).unwrap();
    let args = [&["policy", "matrix", path(folder.path())], &DAY[..]].concat();
    let out = done(&args);
    let rows: Vec<&str> = out.lines().collect();
    assert_eq!(rows.len(), 3 * 32 * 14 * 2);
    assert!(rows.contains(&"city F05 04 match allow"));
    assert!(rows.contains(&"city F05 04 details mode-mismatch"));
    assert!(!out.contains("tielu"));
    let json = json(&args, 0);
    assert_eq!(json["day"], "2026-11-23");
    let cells: Vec<String> = json["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let cell = |name: &str| row[name].as_str().unwrap();
            let names = ["node", "flow", "class", "mode", "answer"];
            names.map(cell).join(" ")
        })
        .collect();
    assert_eq!(cells, rows);
}

/// A center's own vetoes are sealed when its agent would take them.
#[test]
fn vetoes_are_sealed_only_when_they_are_sound() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("vetoes.toml");
    fs::write(&file, "[[deny]]\nclass = \"03\"\nreason = \"x\"\n").unwrap();
    let sealed = done(&["policy", "seal-vetoes", path(&file)]);
    assert!(sealed.contains("vetoes.toml.sha256"), "{sealed}");
    wire::read_sealed_file(&file).unwrap();
    fs::write(&file, "[[deny]]\nclas = \"03\"\nreason = \"x\"\n").unwrap();
    let refused = run(&["policy", "seal-vetoes", path(&file)]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("vetoes.toml:"), "{}", refused.out);
    assert!(wire::read_sealed_file(&file).is_err(), "the old one stays");

    let own = home.path().join("own");
    fs::create_dir(&own).unwrap();
    let rule = own.join("own.cedar");
    let forbid = "@id(\"a\") forbid (principal, action in [Action::\"ask\"], resource)\n\
                  when { context.looked_at.contains(\"06.fse\") };\n";
    fs::write(&rule, forbid).unwrap();
    let rules = exported();
    done(&[
        "policy",
        "seal-vetoes",
        path(&own),
        "--rules",
        path(rules.path()),
    ]);
    wire::SealedFolder::read(&own).unwrap();
    fs::write(&rule, forbid.replace("forbid", "permit")).unwrap();
    let refused = run(&["policy", "seal-vetoes", path(&own)]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("may only forbid"), "{}", refused.out);
    for nowhere in ["/nowhere", "/nowhere.toml"] {
        assert_eq!(run(&["policy", "seal-vetoes", nowhere]).code, 2);
    }
}
