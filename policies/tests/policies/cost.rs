//! What a decision costs. Prints the figure (`--nocapture`) and fails only where it has grown out
//! of all proportion, since tests run unoptimized and on busy machines.

use std::time::{Duration, Instant};

use policies::{Caller, Suspensions};

use super::star::{NOW, STAR, assertion, draft, f05, question};

const ROUNDS: u32 = 200;
const MEDIAN_MAX: Duration = Duration::from_millis(20);

fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

#[test]
fn a_decision_stays_cheap() {
    let f19 = STAR
        .flows
        .flow(&"F19".parse().expect("a flow"))
        .expect("F19");
    let all = f19.items.values().flatten().copied().collect();
    for (name, asked) in [
        ("F05", f05()),
        ("F19, all items", question(draft("city", "F19", "28", all))),
    ] {
        let node = asked.asking_node();
        let signed = STAR.sign(node, &assertion(&asked));
        let case = STAR.verified(node, &assertion(&asked));
        let caller = Caller::proven(node).expect("a caller");
        let state = Suspensions::default();
        let decide = median(|| {
            let permit = STAR.policies.authorize(&caller, &case, &asked, &state, NOW);
            assert!(permit.is_ok());
        });
        let verify = median(|| assert!(STAR.trust.verify(node, &signed).is_ok()));
        println!("{name}: authorize {decide:?}, verify {verify:?} (median of {ROUNDS})");
        assert!(decide < MEDIAN_MAX, "{name}: {decide:?}");
    }
}
