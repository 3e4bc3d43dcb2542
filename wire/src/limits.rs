//! Named limits of the contract. Both sides enforce them; configuration may only be stricter.

use std::time::Duration;

/// Largest message on any stream, in bytes: a reply with many records stays well below.
pub const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Largest question, in bytes: envelope, case and payload.
pub const ASK_MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Largest frame from the hub to an agent: a question and what frames it. An agent reads no more
/// than this before it knows whether it takes the question in.
pub const HUB_FRAME_BYTES_MAX: usize = 2 * ASK_MESSAGE_BYTES_MAX;
/// Largest answer, in bytes: a full reply of every registered node would be refused by its sender
/// first.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Largest payload of a question: one subject, what is passed on, and what verdicts are measured
/// against.
pub const ASK_PAYLOAD_BYTES_MAX: usize = 4 * 1024;
/// Values that one question passes on to a source.
pub const GIVEN_MAX: usize = 16;
/// Verdicts that one question asks for, and yardsticks that it brings along.
pub const YARDSTICKS_MAX: usize = 16;
/// Codes that one verdict may count by.
pub const COUNTS_PER_VERDICT_MAX: usize = 64;
/// Largest signed case.
pub const CASE_BYTES_MAX: usize = 8 * 1024;
/// Largest statement of a second approver.
pub const APPROVAL_BYTES_MAX: usize = 8 * 1024;
/// Hashes from a line to the root of what was approved: enough for the largest list.
pub const APPROVAL_PATH_MAX: usize = 13;
/// Classes in one question: all of the catalog.
pub const CLASSES_PER_ASK_MAX: usize = 14;
/// Nodes in one answer: no star has so many.
pub const NODES_PER_ANSWER_MAX: usize = 256;
/// Items named for one class.
pub const ITEMS_PER_CLASS_MAX: usize = 64;
/// Records of one class in one node's reply.
pub const RECORDS_PER_CLASS_MAX: usize = 1_000;
/// Values in one record.
pub const VALUES_PER_RECORD_MAX: usize = 64;
/// Quality notes of one class in one reply.
pub const NOTES_PER_CLASS_MAX: usize = 64;
/// Bytes of one text value.
pub const TEXT_BYTES_MAX: usize = 4 * 1024;
/// Longest identifier in an envelope (flow, matter, query id).
pub const NAME_BYTES_MAX: usize = 64;
/// Questions under way on one agent stream.
pub const ASKS_PER_STREAM_MAX: usize = 256;
/// Frames waiting to be written to one agent; more means that the agent does not read.
pub const FRAMES_QUEUED_MAX: usize = 256;
/// Announcements of its rules on one stream, each of them an entry; one more ends the stream, and
/// the next begins anew.
pub const RULE_ANNOUNCEMENTS_PER_STREAM_MAX: usize = 64;
/// Largest body of a witness's request or answer, and largest checkpoint in one: a path of 63
/// hashes and a checkpoint with a signature for each of 32 keys stay below.
pub const WITNESS_BODY_BYTES_MAX: usize = 16 * 1024;
/// How long the hub waits for its witnesses before it publishes a checkpoint without those that
/// have not answered.
pub const WITNESS_WAIT: Duration = Duration::from_secs(1);
/// Longest reason for which an agent names a subject, in characters.
pub const NAMING_REASON_CHARS_MAX: usize = 200;
/// Longest number that an agent is asked to name, in bytes.
pub const NAMING_NUMBER_BYTES_MAX: usize = 128;
/// How long the hub waits for an agent to name a subject.
pub const NAMING_WAIT: Duration = Duration::from_secs(3);
/// Streams that one node may hold open.
pub const STREAMS_PER_NODE_MAX: usize = 4;
/// Lines of one list, over one `AskMany` stream: the largest roster.
pub const LINES_PER_LIST_MAX: u32 = 5_000;
/// Lines of one list that are worked on at once. Neither side holds more of a list than this. It is
/// enough for 500 lines in ten seconds where a line takes 80 ms; more makes counters wait.
pub const LINES_PER_LIST_AT_ONCE: usize = 4;
/// Lists that one node may have under way.
pub const LISTS_PER_NODE_MAX: usize = 4;
/// Lines of all lists that a hub may work on at once: all of them together leave half of each
/// agent stream to questions that somebody waits for at a counter.
pub const LIST_LINES_IN_FLIGHT_MAX: usize = ASKS_PER_STREAM_MAX / 2;
/// How long a list may stand still, because its next line does not come or its answers are not
/// taken, before its stream is ended.
pub const LIST_IDLE_MAX: Duration = Duration::from_secs(60);
/// Shortest and longest deadline that a question may have.
pub const DEADLINE_MIN: Duration = Duration::from_millis(50);
/// See [`DEADLINE_MIN`].
pub const DEADLINE_MAX: Duration = Duration::from_secs(60);
/// The part of a deadline that each hop keeps for itself, so that the caller hears *why* before it
/// gives up.
pub const HOP_RESERVE: Duration = Duration::from_millis(150);
/// How long an agent may take to say `Hello` after the stream is open.
pub const HELLO_WAIT: Duration = Duration::from_secs(5);
/// HTTP/2 keep-alive on the long streams: a vanished peer is noticed after interval plus time-out.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);
/// See [`KEEPALIVE_INTERVAL`].
pub const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(3);
/// Bytes of one HTTP/2 stream that may be on their way unread, and of all streams of a connection:
/// what a peer that sends and is not read can make the other side hold.
pub const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
/// See [`STREAM_WINDOW_BYTES`].
pub const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
/// Largest block of headers, unpacked: ours have a few hundred bytes.
pub const HEADER_LIST_BYTES_MAX: u32 = 8 * 1024;
/// Largest HTTP/2 frame, the smallest that the protocol allows to set.
pub const FRAME_BYTES_MAX: u32 = 16 * 1024;
/// Streams that were reset by the peer before anybody took them up, and that were reset by us; more
/// end the connection.
pub const RESETS_PENDING_MAX: usize = 20;
/// See [`RESETS_PENDING_MAX`].
pub const OWN_RESETS_MAX: usize = 256;
/// Concurrent HTTP/2 streams of one connection.
pub const STREAMS_PER_CONNECTION_MAX: u32 = 512;

const _: () =
    assert!(ASK_PAYLOAD_BYTES_MAX + CASE_BYTES_MAX + APPROVAL_BYTES_MAX < ASK_MESSAGE_BYTES_MAX);
const _: () = assert!(LINES_PER_LIST_MAX <= 1 << APPROVAL_PATH_MAX);
const _: () = assert!(MESSAGE_BYTES_MAX < ANSWER_BYTES_MAX);
// Four bytes a character at most, two sentences, and what frames them.
const _: () = assert!(
    catalog::RULE_WORDS_MAX
        * (catalog::RULE_ID_BYTES_MAX + 8 * catalog::RULE_SENTENCE_CHARS_MAX + 32)
        < MESSAGE_BYTES_MAX
);
const _: () = assert!(3 * WITNESS_BODY_BYTES_MAX < MESSAGE_BYTES_MAX);
const _: () = assert!(FRAMES_QUEUED_MAX >= ASKS_PER_STREAM_MAX);
const _: () = assert!(LINES_PER_LIST_AT_ONCE <= LIST_LINES_IN_FLIGHT_MAX);
const _: () = assert!(LIST_IDLE_MAX.as_millis() >= DEADLINE_MAX.as_millis());
const _: () = assert!(HOP_RESERVE.as_millis() * 2 > DEADLINE_MIN.as_millis());
