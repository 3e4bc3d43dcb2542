//! The staff's pages in a real browser, with certificates in its own store, against a running star
//! with traffic and alerts: the pages that each role reaches, in both languages, and the script
//! that verifies a proof. What is done exactly is in `docs/dashboards.md`.
//!
//! Needs Debian's chromium, chromium-driver, libnss3-tools and openssl, axe-core from npm, and a
//! managed policy that lets Chromium choose the only certificate it has: `make browser` sees to all
//! of them. The programs must be built first: `cargo build --workspace --bins`.

#[cfg(test)]
mod browser {
    mod chromium;
    mod driver;
    mod ground;
    mod inspection;
    mod live;
    mod parts;
    mod pictures;
    mod places;
    mod tour;
    mod turned;
    mod verifying;
}
