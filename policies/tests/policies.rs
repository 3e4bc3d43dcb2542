//! The public face of `policies`: flows, cases, decisions, guard, replay. One binary, so that the
//! crate links its tests once.

#[cfg(test)]
mod policies {
    mod authorize;
    mod book;
    mod cases;
    mod cost;
    mod files;
    mod guards;
    mod hostile;
    mod matrix;
    mod replays;
    mod star;
    mod subsets;
}
