//! A sealed folder is taken when it is whole, and every way in which it is not has its word.

use super::*;

/// A folder with a few files, sealed.
fn sealed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        "flows/a.toml",
        "flows/b.toml",
        "calendar.toml",
        "README",
        "flows/.hidden",
    ] {
        put(&folder, name, name);
    }
    seal(folder.path()).expect("is sealed");
    folder
}

fn put(folder: &tempfile::TempDir, name: &str, text: &str) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().expect("has one")).expect("is made");
    fs::write(path, text).expect("is written");
}

fn manifest(folder: &tempfile::TempDir) -> String {
    fs::read_to_string(folder.path().join(MANIFEST)).expect("is sealed")
}

#[test]
fn a_whole_folder_gives_its_files_by_pattern() {
    let folder = sealed();
    let read = SealedFolder::read(folder.path()).expect("is whole");
    let names = |pattern| -> Vec<String> {
        let files = read.matching(pattern).expect("has some");
        files.into_iter().map(|file| file.into_parts().0).collect()
    };
    assert_eq!(names("flows/*.toml"), ["flows/a.toml", "flows/b.toml"]);
    assert_eq!(names("*.toml"), ["calendar.toml"]);
    assert_eq!(names("calendar.toml"), ["calendar.toml"]);
    assert!(read.matching("base/*.cedar").is_err());
    assert!(read.matching("schema.cedarschema").is_err());
    put(&folder, "calendar.toml", "changed since");
    let kept = read.matching("calendar.toml").expect("is kept");
    assert_eq!(kept[0].source().text, "calendar.toml", "as it was compared");
}

/// The well-known digest of a known text, so that `sha256sum -c MANIFEST` agrees.
#[test]
fn the_manifest_is_what_sha256sum_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    put(&folder, "abc", "abc");
    put(&folder, "in/abc", "abc");
    seal(folder.path()).expect("is sealed");
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(
        manifest(&folder),
        format!("{digest}  abc\n{digest}  in/abc\n")
    );
    let starred = manifest(&folder).replace("  abc", " *abc");
    put(&folder, MANIFEST, &starred);
    assert!(SealedFolder::read(folder.path()).is_ok());
    // Sealing again changes nothing.
    seal(folder.path()).expect("is sealed");
    assert!(!manifest(&folder).contains(MANIFEST));
}

type Spoil = fn(&tempfile::TempDir);

#[test]
fn a_folder_that_is_not_whole_is_refused_with_the_file() {
    let rows: [(&str, Spoil); 10] = [
        ("has no `MANIFEST`", |folder| {
            fs::remove_file(folder.path().join(MANIFEST)).expect("is removed");
        }),
        (
            "`flows/b.toml` is in `MANIFEST` and not in the folder",
            |folder| {
                fs::remove_file(folder.path().join("flows/b.toml")).expect("is removed");
            },
        ),
        ("`flows/c.toml` is in the folder and not", |folder| {
            put(folder, "flows/c.toml", "new");
        }),
        ("`flows/a.toml~` is in the folder and not", |folder| {
            put(folder, "flows/a.toml~", "an editor's");
        }),
        ("`flows/a.toml` is another than", |folder| {
            put(folder, "flows/a.toml", "changed")
        }),
        ("`calendar.toml` is another than", |folder| {
            put(folder, "calendar.toml", "")
        }),
        ("MANIFEST:6: not a digest", |folder| {
            put(folder, MANIFEST, &format!("{}half a li", manifest(folder)));
        }),
        ("MANIFEST:1: not a digest", |folder| {
            put(folder, MANIFEST, &manifest(folder).to_uppercase());
        }),
        ("MANIFEST:6: not a digest", |folder| {
            let text = manifest(folder);
            let first = text.lines().next().expect("has one");
            put(folder, MANIFEST, &format!("{text}{first}\n"));
        }),
        ("is in the folder and not", |folder| {
            put(folder, MANIFEST, "")
        }),
    ];
    for (wanted, spoil) in rows {
        let folder = sealed();
        spoil(&folder);
        let refused = SealedFolder::read(folder.path()).expect_err(wanted);
        let said = refused.to_string();
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
}

#[test]
fn a_folder_without_end_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    put(&folder, "a/b/c/d/e/f", "deep");
    let refused = seal(folder.path()).expect_err("is too deep");
    assert!(refused.to_string().contains("too many"), "{refused}");
}
