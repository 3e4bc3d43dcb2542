//! What the log promises, on real processes and against the kernel: nothing acknowledged is lost
//! whatever call fails, nothing is asked or answered before it is on disk, and no byte changes
//! unseen. The calls are watched and made to fail with strace.

#[cfg(test)]
mod durability {
    mod altered;
    mod failing_disk;
    mod frames;
    mod full_disk;
    mod ground;
    mod index_killed;
    mod matrix;
    mod order;
    mod publishing;
    mod rotated_key;
    mod star;
    mod trace;
}
