//! The program `tianshu` as an operator runs it: what it prints, and with which code it ends.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "fixtures fail like the tests that use them"
)]

mod tianshu {
    mod archive;
    mod audit;
    mod catalog;
    mod disclosure;
    mod export;
    mod list;
    mod officer;
    mod pki;
    mod policy;
    mod published;
    mod reconcile;
    mod search;
    mod stats;
    mod versions;

    use std::ffi::OsStr;
    use std::process::Command;

    /// What a run came to.
    #[derive(Debug)]
    struct Ran {
        code: i32,
        out: String,
        err: String,
    }

    fn run<S: AsRef<OsStr>>(args: &[S]) -> Ran {
        let ended = Command::new(env!("CARGO_BIN_EXE_tianshu"))
            .args(args)
            .output()
            .unwrap();
        Ran {
            code: ended.status.code().expect("an exit code"),
            out: String::from_utf8(ended.stdout).unwrap(),
            err: String::from_utf8(ended.stderr).unwrap(),
        }
    }

    /// Runs and expects success; gives what was printed.
    fn done<S: AsRef<OsStr>>(args: &[S]) -> String {
        let ran = run(args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        ran.out
    }
}
