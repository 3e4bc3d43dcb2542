//! The rules of the house as a test: what `reference/aesthetics.md` section 5 asks and no lint of
//! the compiler can see. It reads the repository and changes nothing; a file that must break a rule
//! stands in `tidy/exceptions.toml` with its reason, and leaves that list when it no longer does.

#[cfg(test)]
mod tidy {
    mod adr;
    mod boards;
    mod crates;
    mod exceptions;
    mod finding;
    mod lines;
    mod names;
    mod owners;
    mod repository;

    use exceptions::hold;
    use finding::Rule;
    use repository::Repository;

    #[test]
    fn every_file_opens_with_its_purpose() {
        hold(Rule::Opening, lines::openings(&Repository::read()));
    }

    #[test]
    fn files_are_short() {
        hold(Rule::Length, lines::lengths(&Repository::read()));
    }

    #[test]
    fn lines_fit_the_page() {
        hold(Rule::Columns, lines::columns(&Repository::read()));
    }

    #[test]
    fn nothing_is_left_over() {
        hold(Rule::Leftover, lines::leftovers(&Repository::read()));
    }

    #[test]
    fn modules_are_named_after_what_they_are() {
        hold(Rule::ModuleName, names::modules(&Repository::read()));
    }

    #[test]
    fn crates_depend_along_the_arrows() {
        hold(Rule::Arrow, crates::arrows(&Repository::read()));
    }

    #[test]
    fn versions_and_lints_stand_in_the_workspace() {
        hold(Rule::Manifest, crates::manifests(&Repository::read()));
    }

    #[test]
    fn big_libraries_have_one_owner() {
        hold(Rule::Owner, owners::uses(&Repository::read()));
    }

    #[test]
    fn boards_and_alerts_name_metrics_that_exist() {
        hold(Rule::Metric, boards::metrics(&Repository::read()));
    }

    #[test]
    fn every_alert_has_its_runbook() {
        hold(Rule::Runbook, boards::runbooks(&Repository::read()));
    }

    #[test]
    fn the_index_of_decisions_is_complete() {
        hold(Rule::Adr, adr::index(&Repository::read()));
    }
}
