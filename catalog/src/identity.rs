//! Numbers of persons and organizations: normalising them and proving their check digits. It
//! refuses to guess: a number that does not fit its type is a defect and never repaired.

mod organization;
mod person;

pub use organization::{CreditCode, OrganizationCode, credit_check, organization_check};
pub use person::{PersonId, downgrade_18, id_check, is_valid_18, normalise, upgrade_15};

#[cfg(test)]
mod tests;
