//! Rules about single files: opening, length, width, leftovers. What rustfmt or clippy already
//! enforces is not repeated here.

use super::finding::Finding;
use super::repository::{Repository, has_word, is_test};

/// Lines of a file without its tests.
const LINES_MAX: usize = 500;
/// Lines of a file that holds tests only.
const TEST_LINES_MAX: usize = 800;
/// Letters of a line; a Chinese letter counts as one.
const COLUMNS_MAX: usize = 100;
/// A run of letters without a blank that is longer cannot be broken sensibly: an address, a digest,
/// a Chinese sentence.
const UNBREAKABLE_MIN: usize = 60;
/// Marks of unfinished work. In halves, so that this file does not find itself.
const LEFTOVERS: [&str; 6] = [
    concat!("to", "do!"),
    concat!("unimpl", "emented!"),
    concat!("db", "g!"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
];

pub(super) fn openings(repository: &Repository) -> Vec<Finding> {
    let bare = repository.rust().filter(|(_, text)| !opens_well(text));
    bare.map(|(file, _)| Finding::at(file, 1, "does not open with `//!` and a purpose"))
        .collect()
}

/// More than one word: `//! hub` says nothing that the path did not.
fn opens_well(text: &str) -> bool {
    let first = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("//! "));
    first.is_some_and(|words| words.split_whitespace().count() >= 2)
}

pub(super) fn lengths(repository: &Repository) -> Vec<Finding> {
    let measured = repository.rust().filter_map(|(file, text)| {
        let (lines, max) = if is_test(file) {
            (text.lines().count(), TEST_LINES_MAX)
        } else {
            (lines_before_tests(text), LINES_MAX)
        };
        let said = format!("{lines} lines; at most {max}");
        (lines > max).then(|| Finding::of(file, said))
    });
    measured.collect()
}

/// Lines up to an inline module of tests, which stands last in a file.
fn lines_before_tests(text: &str) -> usize {
    let lines: Vec<_> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| {
        pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
    });
    tests.unwrap_or(lines.len())
}

pub(super) fn columns(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, text) in repository.rust() {
        for (index, line) in text.lines().enumerate() {
            let columns = line.chars().count();
            if columns > COLUMNS_MAX && !is_unbreakable(line) {
                let said = format!("{columns} columns; at most {COLUMNS_MAX}");
                findings.push(Finding::at(file, index + 1, said));
            }
        }
    }
    findings
}

fn is_unbreakable(line: &str) -> bool {
    let long = |word: &str| word.chars().count() > UNBREAKABLE_MIN;
    line.split_whitespace()
        .any(|word| long(word) || word.contains("://"))
}

pub(super) fn leftovers(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, text) in repository.rust() {
        for (index, line) in text.lines().enumerate() {
            for mark in LEFTOVERS.iter().filter(|mark| is_left(line, mark)) {
                findings.push(Finding::at(
                    file,
                    index + 1,
                    format!("`{mark}` is left over"),
                ));
            }
        }
    }
    findings
}

/// A macro's mark ends in `!`, behind which anything may follow; the others are whole words.
fn is_left(line: &str, mark: &str) -> bool {
    match mark.strip_suffix('!') {
        Some(name) => line.contains(mark) && has_word(line, name),
        None => has_word(line, mark),
    }
}

#[test]
fn openings_say_something() {
    let found = openings(&Repository::of(&[
        ("a.rs", "//! What a is for.\n"),
        ("b.rs", "//! hub\n"),
        ("c.rs", "use x;\n//! What c is for.\n"),
        ("d.rs", ""),
        ("e.md", "no Rust"),
    ]));
    let files: Vec<_> = found.iter().map(|finding| finding.file.as_str()).collect();
    assert_eq!(files, ["b.rs", "c.rs", "d.rs"]);
}

#[test]
fn lengths_leave_tests_out() {
    let (short, long) = ("x\n".repeat(LINES_MAX), "x\n".repeat(LINES_MAX + 1));
    let tested = format!("{short}#[cfg(test)]\nmod tests {{\n{long}}}\n");
    let too_long = "x\n".repeat(TEST_LINES_MAX + 1);
    let found = lengths(&Repository::of(&[
        ("a/src/fits.rs", &short),
        ("a/src/long.rs", &long),
        ("a/src/tested.rs", &tested),
        ("a/tests/fits.rs", &long),
        ("a/tests/long.rs", &too_long),
    ]));
    let files: Vec<_> = found.iter().map(|finding| finding.file.as_str()).collect();
    assert_eq!(files, ["a/src/long.rs", "a/tests/long.rs"]);
}

#[test]
fn columns_count_letters_and_spare_what_cannot_be_broken() {
    let fits = "天".repeat(COLUMNS_MAX);
    let words = "word ".repeat(21);
    let address = format!("// see https://example.org/{}", "a ".repeat(50));
    let sentence = format!("    \"{}\" {}", "天".repeat(70), "x ".repeat(30));
    let found = columns(&Repository::of(&[
        ("a.rs", &fits),
        ("b.rs", &format!("short\n{words}")),
        ("c.rs", &address),
        ("d.rs", &sentence),
    ]));
    assert_eq!(found, [Finding::at("b.rs", 2, "105 columns; at most 100")]);
}

#[test]
fn leftovers_are_found_in_code_and_comments() {
    for mark in LEFTOVERS {
        let text = format!("fn a() {{}} // {mark} later\n");
        assert_eq!(
            leftovers(&Repository::of(&[("a.rs", &text)])).len(),
            1,
            "{mark}"
        );
    }
    let words = "mastodons, XXXL, my_todo, prefixmes\n";
    assert!(leftovers(&Repository::of(&[("a.rs", words)])).is_empty());
}
