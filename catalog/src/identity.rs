//! Numbers of persons and organizations: normalising them and proving their check digits. It
//! refuses to guess: a number that does not fit its type is a defect and never repaired.

mod organization;
mod person;

pub use organization::{CreditCode, OrganizationCode, credit_check, organization_check};
pub use person::{
    PersonId, downgrade_18, holds_id_number, id_check, is_valid_18, may_hold_id_number, normalise,
    upgrade_15,
};

#[cfg(test)]
mod tests;
