//! The public face of `policies`: flows, cases, decisions, guard, replay. One binary, so that the
//! crate links its tests once.

#[cfg(test)]
mod policies {
    mod approvals;
    mod authorize;
    mod book;
    mod cases;
    mod cost;
    mod explains;
    mod files;
    mod flaws;
    mod forms;
    mod guards;
    mod hostile;
    mod houses;
    mod linting;
    mod loading;
    mod matrix;
    mod named;
    mod replays;
    mod simulations;
    mod star;
    mod subsets;
    mod table;
    mod vetoes;
}
