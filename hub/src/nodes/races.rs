//! A stream that comes meets the last one that goes, again and again: whoever is attached at the
//! end can be asked.

use std::cell::Cell;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use wire::{NoRandom, Random};

use super::breaker::State;
use super::ground::{self, class};

const ROUNDS: usize = 500;

thread_local! {
    static TAKES_ITS_TIME: Cell<bool> = const { Cell::new(false) };
}

/// Chance, which is drawn before breakers hear of a stream: of one that goes so slowly that another
/// may come meanwhile.
#[derive(Debug)]
struct Slow;

impl Random for Slow {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandom> {
        if TAKES_ITS_TIME.get() {
            std::thread::sleep(Duration::from_micros(500));
        }
        bytes.fill(0);
        Ok(())
    }
}

#[tokio::test]
async fn who_attaches_while_the_last_stream_goes_is_not_out() {
    let nodes = ground::nodes_drawing(Arc::new(Slow));
    let meet = Arc::new(Barrier::new(2));
    let (mut held, _unread) = ground::attach_unread(&nodes, 1);
    for round in 0..ROUNDS {
        let leaving = std::thread::spawn({
            let meet = Arc::clone(&meet);
            move || {
                TAKES_ITS_TIME.set(true);
                meet.wait();
                drop(held);
            }
        });
        meet.wait();
        if round % 2 == 1 {
            std::thread::sleep(Duration::from_micros(100));
        }
        (held, _) = ground::attach_unread(&nodes, 1);
        leaving.join().expect("leaves");
        let state = ground::states(&nodes)[&class(4)];
        assert_ne!(state, State::Open, "attached in round {round}, and out");
    }
}
