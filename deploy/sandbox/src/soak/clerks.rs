//! Clerks at the counters of three centers: each asks about the case on the desk, thinks, and asks
//! again. Some are impatient, some ask what they must not.

use std::time::Duration;

use anyhow::ensure;
use sandbox::client::{Ask, CallError, Desk};
use sandbox::star::Star;
use sandbox::world::{Dice, Node};
use tokio_util::sync::CancellationToken;

use super::heard::Heard;

const FLOW: &str = "F05";
/// Ordinary cases of each center that are tried; a few of them are of the counter's matter.
const CASES_TRIED: usize = 120;
/// A clerk thinks at least so long, and at most twice.
const THINKS_MS: u64 = 900;
/// Of a thousand questions: hung up on, about a case that there is not, with items that the flow
/// does not have, in a burst of several at once.
const HANGS_UP: u64 = 40;
const NO_CASE: u64 = 20;
const TOO_MUCH: u64 = 20;
const BURST: u64 = 5;
/// Questions of a burst: more than an operator may ask at once.
const BURST_ASKS: usize = 40;
/// After so long somebody hangs up, at most.
const PATIENCE_MS: u64 = 20;

/// A counter with a case on the desk.
#[derive(Debug)]
pub(super) struct Counter {
    desk: Desk,
    case_no: String,
    nth: usize,
}

/// So many counters of each center, with cases that may ask.
pub(super) async fn counters(star: &Star, year: i32, each: usize) -> anyhow::Result<Vec<Counter>> {
    let mut counters = Vec::new();
    for (node, prefix) in [
        (Node::Guoguan, "GG"),
        (Node::City, "CT"),
        (Node::Zhongzhi, "ZZ"),
    ] {
        let wanted = counters.len() + each;
        for order in 1..=CASES_TRIED {
            if counters.len() == wanted {
                break;
            }
            let desk = star.desk(node, &format!("c{order:03}"))?;
            let case_no = format!("{prefix}{year}{order:06}");
            // Most cases are of another matter, closed or without consent.
            let Ok(open) = desk.open(&case_no, FLOW).await else {
                continue;
            };
            if desk.ask(&question(&open.case)).await.is_ok() {
                counters.push(Counter {
                    desk,
                    case_no,
                    nth: counters.len(),
                });
            }
        }
    }
    ensure!(!counters.is_empty(), "no case may ask in {FLOW}");
    Ok(counters)
}

fn question(case: &str) -> Ask {
    Ask {
        case: case.to_owned(),
        ..Ask::default()
    }
}

impl Counter {
    /// Asks until told to stop.
    pub(super) async fn serve(self, heard: Heard, seed: u64, stopping: CancellationToken) {
        let mut dice = Dice::new(seed, &format!("counter {}", self.nth));
        let mut case = None;
        while !stopping.is_cancelled() {
            let thinks = THINKS_MS + dice.below(THINKS_MS);
            tokio::time::sleep(Duration::from_millis(thinks)).await;
            let open = match case.take() {
                Some(open) => open,
                None => match self.desk.open(&self.case_no, FLOW).await {
                    Ok(open) => open.case,
                    Err(error) => {
                        heard.error(&error);
                        continue;
                    }
                },
            };
            if self.ask(&open, &mut dice, &heard).await {
                case = Some(open);
            }
        }
    }

    /// Asks once; whether the case is still open.
    async fn ask(&self, case: &str, dice: &mut Dice, heard: &Heard) -> bool {
        let chance = dice.below(1_000);
        let asked = if chance < HANGS_UP {
            let patience = Duration::from_millis(1 + dice.below(PATIENCE_MS));
            match tokio::time::timeout(patience, self.desk.ask(&question(case))).await {
                Ok(asked) => asked,
                Err(_) => {
                    heard.hung_up();
                    return true;
                }
            }
        } else if chance < HANGS_UP + NO_CASE {
            let opened = self.desk.open("NO-SUCH-CASE", FLOW).await;
            if let Err(error) = opened {
                heard.error(&error);
            }
            return true;
        } else if chance < HANGS_UP + NO_CASE + TOO_MUCH {
            let wants = [("08".to_owned(), vec!["jkhtbh".to_owned()])].into();
            let ask = Ask {
                wants: Some(wants),
                ..question(case)
            };
            self.desk.ask(&ask).await
        } else if chance < HANGS_UP + NO_CASE + TOO_MUCH + BURST {
            return self.burst(case, heard).await;
        } else {
            self.desk.ask(&question(case)).await
        };
        told(heard, asked)
    }

    /// More at once than an operator may ask.
    async fn burst(&self, case: &str, heard: &Heard) -> bool {
        let ask = question(case);
        let asked = (0..BURST_ASKS).map(|_| self.desk.ask(&ask));
        let mut is_open = true;
        for asked in futures_util::future::join_all(asked).await {
            is_open &= told(heard, asked);
        }
        is_open
    }
}

/// Keeps what was heard; whether the case is still open.
fn told(heard: &Heard, asked: Result<sandbox::client::Answer, CallError>) -> bool {
    match asked {
        Ok(answer) => {
            heard.answer(&answer);
            true
        }
        Err(error) => {
            heard.error(&error);
            // An agent that was started anew knows no open case.
            error
                .refusal()
                .is_some_and(|refusal| !refusal.code.starts_with("TS-CASE"))
        }
    }
}
