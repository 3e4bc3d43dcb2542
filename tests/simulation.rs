//! The star under a seeded simulator: the real hub with its doors, journal and rules, simulated
//! agents with the real guard, and a network, a disk and clocks that go wrong by the seed. What
//! must hold is checked from outside (`simulation/checks`). docs/simulation.md tells how to replay.

#[cfg(test)]
mod simulation {
    mod agent;
    mod answer;
    mod bites;
    mod caller;
    mod chance;
    mod checks;
    mod coverage;
    mod disk;
    mod durable;
    mod evidence;
    mod faults;
    mod ground;
    mod history;
    mod hub;
    mod network;
    mod question;
    mod seeds;
    mod staff;
    mod world;
}
