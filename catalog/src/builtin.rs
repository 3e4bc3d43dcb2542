//! The files of the catalogue this program was built with. A file that is missing here is
//! refused by a test, not silently left out.

use crate::fault::Source;

/// A source named as its file is within the folder of this crate.
macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        &[$(Source { name: $name, text: include_str!(concat!("../", $name)) }),+]
    };
}

pub(crate) const SOURCES: &[Source<'static>] = embedded![
    "catalog.toml",
    "classes/01-employer.toml",
    "classes/02-employer-account.toml",
    "classes/03-contributor.toml",
    "classes/04-personal-account.toml",
    "classes/05-contribution.toml",
    "classes/06-withdrawal.toml",
    "classes/07-transfer.toml",
    "classes/08-loan-contract.toml",
    "classes/09-loan-party.toml",
    "classes/10-loan-account.toml",
    "classes/11-credit-restriction.toml",
    "classes/12-housing-contract.toml",
    "classes/13-marriage.toml",
    "classes/14-enterprise-registration.toml",
    "code-sets/admin-division.toml",
    "code-sets/affiliation.toml",
    "code-sets/approval-status.toml",
    "code-sets/center.toml",
    "code-sets/collection-transaction-type.toml",
    "code-sets/coverage-scope.toml",
    "code-sets/deferral-reduction.toml",
    "code-sets/economic-type.toml",
    "code-sets/education.toml",
    "code-sets/employer-account-status.toml",
    "code-sets/enterprise-status.toml",
    "code-sets/freeze-flag.toml",
    "code-sets/fund-kind.toml",
    "code-sets/guarantee-type.toml",
    "code-sets/house-nature.toml",
    "code-sets/housing-contract-status.toml",
    "code-sets/id-type.toml",
    "code-sets/industry.toml",
    "code-sets/institution-type.toml",
    "code-sets/institution.toml",
    "code-sets/loan-party-role.toml",
    "code-sets/loan-risk-grade.toml",
    "code-sets/loan-status.toml",
    "code-sets/loan-type.toml",
    "code-sets/marital-status.toml",
    "code-sets/marriage-registration-type.toml",
    "code-sets/occupation.toml",
    "code-sets/personal-account-status.toml",
    "code-sets/purchase-type.toml",
    "code-sets/relation.toml",
    "code-sets/repayment-method.toml",
    "code-sets/restricted-matter.toml",
    "code-sets/restriction-status.toml",
    "code-sets/restriction-type.toml",
    "code-sets/reversal-flag.toml",
    "code-sets/sex.toml",
    "code-sets/subject-kind.toml",
    "code-sets/transfer-direction.toml",
    "code-sets/transfer-scope.toml",
    "code-sets/transfer-status.toml",
    "code-sets/verification-result.toml",
    "code-sets/withdrawal-matter.toml",
    "code-sets/withdrawal-method.toml",
    "code-sets/withdrawal-reason.toml",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_file_of_the_catalogue_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = BTreeSet::from(["catalog.toml".to_owned()]);
        for folder in ["classes", "code-sets"] {
            for entry in root.join(folder).read_dir().unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                files.insert(format!("{folder}/{name}"));
            }
        }
        let embedded: BTreeSet<_> = SOURCES
            .iter()
            .map(|source| source.name.to_owned())
            .collect();
        assert_eq!(files, embedded);
    }
}
