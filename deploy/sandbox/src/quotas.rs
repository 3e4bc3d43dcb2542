//! Limits of a star that is measured: quotas that nobody meets, so that what is measured is not
//! the quota.

use sandbox::star::Star;
use wire::{LimitName, Limits};

const MANY: u32 = 1_000_000;

/// Limits whose quotas nobody meets; how much may be under way and wait is as usual.
pub(crate) fn that_nobody_meets() -> Limits {
    Limits::default()
        .with(LimitName::NodePerSecond, MANY)
        .with(LimitName::NodeBurst, MANY)
        .with(LimitName::FlowPerSecond, MANY)
        .with(LimitName::FlowBurst, MANY)
        .with(LimitName::OperatorPerMinute, MANY)
        .with(LimitName::OperatorBurst, MANY)
}

/// Gives a star that is not started these limits.
pub(crate) fn lay(star: &Star, limits: &Limits) -> anyhow::Result<()> {
    let config = star.home().hub_config();
    let file = config.with_file_name("limits.toml");
    std::fs::write(&file, limits.to_string())?;
    wire::seal_file(&file)?;
    let text = std::fs::read_to_string(&config)?;
    if !text.contains("\nlimits = ") {
        // Beside the other keys of the top.
        let text = text.replacen("\nrules = ", "\nlimits = \"limits.toml\"\nrules = ", 1);
        std::fs::write(&config, text)?;
    }
    Ok(())
}
