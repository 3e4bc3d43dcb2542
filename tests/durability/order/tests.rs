//! The checker on a trace written by hand: right, and with two lines exchanged.

use super::super::trace::read;
use super::*;

const LOG: &str = "/star/hub/log";
const ASKING: Connection = Connection {
    own: 9000,
    other: 51,
};
const ANSWERING: Connection = Connection {
    own: 9000,
    other: 52,
};

/// A question comes in, its decision is written and synced, the node is asked and replies, the
/// outcome is written and synced, the answer leaves.
fn lines() -> Vec<String> {
    let decision = frame(7, br#"{"kind":"decision","query":"q"}"#);
    let outcome = frame(8, br#"{"kind":"outcome","query":"q"}"#);
    let segment = format!(
        "11<{}>",
        hex(b"/star/hub/log/journal/00000000000000000000.seg")
    );
    let tcp = |c: Connection| format!("<TCP:[127.0.0.1:{}->127.0.0.1:{}]>", c.own, c.other);
    let (ask, node) = (tcp(ASKING), tcp(ANSWERING));
    let (record, ping) = (hex(&record(200)), hex(&record(17)));
    vec![
        format!("1 recvfrom(24{ask}, \"{record}\", 4096, 0, NULL, NULL) = 222"),
        format!(
            "2 pwrite64({segment}, \"{}\", {}, 512) = 1",
            hex(&decision),
            decision.len()
        ),
        format!("2 fdatasync({segment} <unfinished ...>"),
        format!("1 writev(16{node}, [{{iov_base=\"{ping}\", iov_len=39}}], 1) = 39"),
        "2 <... fdatasync resumed>) = 0 (DELAYED)".to_owned(),
        format!("1 writev(16{node}, [{{iov_base=\"{record}\", iov_len=222}}], 1) = 222"),
        format!("1 recvfrom(16{node}, \"{record}\", 4096, 0, NULL, NULL) = 222"),
        format!(
            "2 pwrite64({segment}, \"{}\", {}, 700) = 1",
            hex(&outcome),
            outcome.len()
        ),
        format!("2 fdatasync({segment}) = 0"),
        format!("1 writev(24{ask}, [{{iov_base=\"{record}\", iov_len=222}}], 1) = 222"),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect()
}

/// A TLS record with so many bytes in it.
fn record(plain: u8) -> Vec<u8> {
    let mut record = vec![23, 3, 3, 0, plain + 17];
    record.resize(usize::from(plain) + 22, 0xaa);
    record
}

fn frame(first: u64, entry: &[u8]) -> Vec<u8> {
    let mut frame = b"TSFR\x01\0\0\0".to_vec();
    frame.extend(first.to_be_bytes());
    frame.extend(1_u32.to_be_bytes());
    frame.extend((u32::try_from(entry.len()).unwrap() + 2).to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(u16::try_from(entry.len()).unwrap().to_be_bytes());
    frame.extend(entry);
    frame.extend([0; 36]);
    frame
}

fn check(lines: &[String]) -> Result<(), String> {
    let events = Events::read(&read(&lines.join("\n")), LOG)?;
    let question = Rule {
        name: "a question",
        out: &[ANSWERING],
        trigger: &[ASKING],
        kinds: &["decision"],
    };
    let answer = Rule {
        name: "an answer",
        out: &[ASKING],
        trigger: &[ANSWERING],
        kinds: &["outcome"],
    };
    for rule in [question, answer] {
        let let_go = events.hold(rule)?;
        assert_eq!(let_go.len(), 1);
        assert_eq!(let_go[0].1.text("query"), "q");
    }
    Ok(())
}

#[test]
fn the_right_order_holds_and_a_ping_may_leave_at_any_time() {
    check(&lines()).unwrap();
}

#[test]
fn bytes_that_leave_before_the_sync_returned_are_found() {
    for (sync, send) in [(4, 5), (8, 9)] {
        let mut swapped = lines();
        swapped.swap(sync, send);
        let error = check(&swapped).unwrap_err();
        assert!(error.contains("nothing was durable"), "{error}");
    }
}

#[test]
fn a_sync_that_failed_or_is_missing_or_of_another_file_is_found() {
    let mut failed = lines();
    failed[8] = failed[8].replace("= 0", "= -1 EIO (Input/output error)");
    let mut elsewhere = lines();
    elsewhere[8] = "2 fdatasync(12</star/hub/log/index/db>) = 0".to_owned();
    let mut missing = lines();
    missing.remove(8);
    for trace in [failed, elsewhere, missing] {
        assert!(check(&trace).unwrap_err().contains("never synced"));
    }
}

#[test]
fn bytes_that_nobody_asked_for_and_traces_cut_short_are_found() {
    let unasked = check(&lines()[1..]).unwrap_err();
    assert!(unasked.contains("unasked"), "{unasked}");
    let mut cut = lines();
    cut[5] = cut[5].replacen("\", iov_len", "\"..., iov_len", 1);
    assert!(check(&cut).unwrap_err().contains("cut short"));
    let mut other_way = lines();
    other_way[5] = other_way[5].replace("writev(", "sendfile(");
    assert!(check(&other_way).unwrap_err().contains("not understood"));
}
