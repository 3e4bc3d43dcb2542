//! Remarks: none on the delivered set, and each of them where it belongs.

use policies::{RemarkKind, RuleFiles, lint};

use super::star::STAR;

fn remarks(spoil: impl FnOnce(&mut RuleFiles)) -> Vec<String> {
    let mut files = RuleFiles::builtin();
    spoil(&mut files);
    let remarks = lint(&files, &STAR.catalog).expect("the set loads");
    remarks.iter().map(ToString::to_string).collect()
}

fn replace(files: &mut RuleFiles, name: &str, from: &str, to: &str) {
    let all = files.flows.iter_mut().chain(&mut files.centers);
    let file = all.into_iter().find(|file| file.name == name);
    let file = file.expect("a delivered file");
    assert!(file.text.contains(from), "{name} has no `{from}`");
    file.text = file.text.replacen(from, to, 1);
}

#[test]
fn the_delivered_set_draws_no_remark() {
    assert_eq!(remarks(|_| {}), Vec::<String>::new());
}

#[test]
fn each_remark_has_its_file_and_line() {
    let f05 = |from: &'static str, to: &'static str| {
        remarks(move |files| replace(files, "flows/F05.toml", from, to))
    };
    assert_eq!(
        f05("case_valid_minutes = 30", "case_valid_minutes = 61"),
        ["flows/F05.toml:13: long-validity: a case may ask for 61 minutes"]
    );
    assert_eq!(
        f05("asks_per_case = 20", "asks_per_case = 101"),
        ["flows/F05.toml:12: asks-and-list: a case may ask 101 times, with lists of 0 lines"]
    );
    assert_eq!(
        f05("asks_per_case = 20", "asks_per_case = 20\nlist_max = 21"),
        ["flows/F05.toml:12: asks-and-list: a list of 21 lines cannot be finished in 20 questions"]
    );
    assert_eq!(
        f05("\"04.jzny\",   # paid through", "\"04.jzny\","),
        ["flows/F05.toml:21: item-without-reason: no comment says what `04.jzny` is needed for"]
    );
    let f10 = remarks(|files| {
        replace(files, "flows/F10.toml", "    # frozen accounts\n", "\n");
    });
    assert_eq!(f10.len(), 2, "{f10:#?}");
    assert!(
        f10.iter()
            .all(|remark| remark.contains("item-without-reason"))
    );
}

#[test]
fn a_class_of_which_a_match_says_found_alone_is_remarked_on() {
    let found = remarks(|files| {
        let to = "\"11.blxxzt\", # in force\n    \"08.dksqbh\", # found or not";
        replace(files, "flows/F26.toml", "\"11.blxxzt\", # in force", to);
    });
    assert_eq!(
        found,
        [
            "flows/F26.toml:11: match-without-verdict: of class 08 a match says no more than found \
             or not"
        ]
    );
}

#[test]
fn a_flow_that_some_or_all_centers_left_out_is_remarked_on() {
    let entry = "\n[[flow]]\nid = \"F31\"\nfrom = 2020-01-01\n";
    let one = remarks(|files| replace(files, "centers/tielu.toml", entry, ""));
    assert_eq!(
        one,
        ["centers/tielu.toml:3: not-enabled-here: `tielu` does not take part in F31, 3 others do"]
    );
    let all = remarks(|files| {
        for center in ["city", "guoguan", "tielu"] {
            replace(files, &format!("centers/{center}.toml"), entry, "");
        }
        replace(
            files,
            "centers/zhongzhi.toml",
            &entry.replace("2020", "2021"),
            "",
        );
    });
    assert_eq!(
        all,
        ["flows/F31.toml:4: enabled-nowhere: no center takes part in F31"]
    );
}

#[test]
fn a_set_that_does_not_load_is_refused_and_not_remarked_on() {
    let mut files = RuleFiles::builtin();
    replace(
        &mut files,
        "flows/F05.toml",
        "mode = \"details\"",
        "mode = \"browse\"",
    );
    assert!(lint(&files, &STAR.catalog).is_err());
    assert_eq!(RemarkKind::AsksAndList.as_str(), "asks-and-list");
}
