//! What the overview is told: read from the broker's own state, from what is remembered of the last
//! hour, and from the last entry of the log. Nothing of it is about a person.

mod live;
mod troubles;

use std::sync::Arc;

use catalog::ClassNo;
use dashboards::overview::{
    ClassFresh, Edge, HubPace, Minute, Outside, Overview, OverviewDesk, Pace, Paper, PaperKind,
    RecordShown, RefusalCount,
};
use dashboards::{Lamp, Said, Turned, Viewer};
use futures_util::Stream;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};
use wire::ClockState;
use wire::clock::beijing;

use super::Desk;
use crate::ledger::entry::Sheet;
use crate::metrics::lately::{Latency, NodePace, RefusalPace, Tally};
use crate::nodes::breaker::{Hand, State};
use crate::nodes::{ClassState, MemberState};

pub(super) use live::Lookers;

const MOMENT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const SHORT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]");
const MINUTE: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]");
/// Of a digest, as much as tells two apart at a glance.
const DIGEST_SHOWN: usize = 12;

impl OverviewDesk for Desk {
    async fn overview(&self, _: &Viewer) -> Result<Overview, Turned> {
        Ok(self.star().await)
    }

    fn live(
        self: Arc<Self>,
        viewer: &Viewer,
    ) -> Result<impl Stream<Item = Overview> + Send + 'static, Turned> {
        live::stars(self, viewer)
    }
}

impl Desk {
    /// The star now.
    async fn star(&self) -> Overview {
        let broker = &self.broker;
        let now = broker.clock.now();
        let nodes = broker.nodes.states();
        let (last, clock) = self.looked_up().await;
        let paces: Vec<_> = nodes
            .iter()
            .map(|node| broker.metrics.lately().node(&node.id))
            .collect();
        let (papers, record) = (self.papers(&nodes, now), self.record(last, now));
        let troubles = self.troubles(&nodes, &papers, &record, &clock).await;
        let both = || nodes.iter().zip(&paces);
        Overview {
            at: shown(now, MOMENT),
            troubles,
            pace: self.pace(),
            record,
            papers,
            catalog: broker.catalog.version().to_owned(),
            rules: short(&broker.rules.current().digest().to_string()),
            edges: both().map(|(node, pace)| self.edge(node, pace)).collect(),
            outside: both()
                .flat_map(|(node, pace)| self.outside(node, pace))
                .collect(),
            minutes: minutes(&broker.metrics.lately().minutes(), now),
            refusals: self.refusals(),
            freshness: self.freshness(&paces),
        }
    }

    /// When the last entry was written, and how the host's clock is kept; from the disk.
    async fn looked_up(&self) -> (Option<OffsetDateTime>, ClockState) {
        let journal = self.broker.ledger.journal().clone();
        // One entry at a time, and not behind searches: whoever is on duty sees the star whatever
        // others look for.
        let _glance = self.reads.glance().await;
        let looked = tokio::task::spawn_blocking(move || {
            let last = journal.size().checked_sub(1);
            let last = last.and_then(|last| journal.read(last).ok());
            let last = last.and_then(|bytes| Sheet::decode(&bytes).ok());
            (last.map(|sheet| sheet.at), ClockState::look())
        });
        let (last, clock) = looked.await.unwrap_or_default();
        (
            last.and_then(|at| OffsetDateTime::parse(&at, &Rfc3339).ok()),
            clock,
        )
    }

    fn pace(&self) -> HubPace {
        let broker = &self.broker;
        let now = broker.metrics.lately().now();
        let refusals = broker.metrics.lately().refusals();
        HubPace {
            per_minute: now.per_minute,
            quantiles_ms: quantiles(&now.tally.latency),
            refused: refusals.iter().map(|refusal| refusal.hour).sum(),
            in_flight: broker.throttle.in_flight(),
            waiting: broker.throttle.waiting(),
        }
    }

    fn record(&self, last: Option<OffsetDateTime>, now: OffsetDateTime) -> RecordShown {
        let broker = &self.broker;
        let (seen, witnesses) = (broker.metrics.seen(), broker.witnesses.state_of());
        let since = |then: OffsetDateTime| u64::try_from((now - then).whole_seconds()).unwrap_or(0);
        let checkpoint_at = OffsetDateTime::from_unix_timestamp(seen.checkpoint_at).ok();
        let are_asked = broker.witnesses.are_asked();
        RecordShown {
            entries: broker.ledger.journal().size(),
            last_s: last.map(since),
            is_writing: broker.is_recording() && broker.has_room(),
            checkpoint: seen.checkpoint,
            checkpoint_s: checkpoint_at.filter(|_| seen.checkpoint_at > 0).map(since),
            witnesses: are_asked.then_some((witnesses.witnesses.len(), witnesses.known)),
            has_quorum: witnesses.quorum,
        }
    }

    /// The hub's own certificate and revocation list, then the nodes' certificates.
    fn papers(&self, nodes: &[MemberState], now: OffsetDateTime) -> Vec<Paper> {
        let own = self.tls.get().map(|tls| tls.status());
        let paper = |kind, until: OffsetDateTime| Paper {
            kind,
            until: shown(until, SHORT),
            days: days(until, now),
        };
        let hub = own
            .iter()
            .map(|own| paper(PaperKind::Hub, own.own.not_after));
        let lists = own.iter().filter_map(|own| own.crl_next_update);
        let lists = lists.map(|until| paper(PaperKind::Revocations, until));
        let nodes = nodes.iter().filter_map(|node| {
            let until = node.introduced.until?;
            Some(paper(PaperKind::Node(self.named(&node.id)), until))
        });
        hub.chain(lists).chain(nodes).collect()
    }

    fn edge(&self, node: &MemberState, pace: &NodePace) -> Edge {
        let tally = &pace.now.tally;
        Edge {
            node: self.named(&node.id),
            lamp: lamp_of(node),
            links: node.links,
            classes: node.classes.len(),
            unwell: unwell(node),
            per_minute: pace.now.per_minute,
            p99_ms: tally.latency.quantile_ms(0.99),
            failed_percent: tally.failed_percent(),
            left_out: tally.left_out,
        }
    }

    /// The outside offices that a node asks.
    fn outside(&self, node: &MemberState, pace: &NodePace) -> Vec<Outside> {
        let states = announced(node).filter(|state| state.class.is_of_an_outside_office());
        let office = |state: &ClassState| {
            let name = state.class.to_string();
            let known = pace.classes.iter().find(|class| class.class == name);
            Outside {
                class: self.class(state.class),
                behind: node.id.clone(),
                lamp: if node.links == 0 {
                    Lamp::Gone
                } else {
                    lamp(state)
                },
                pace: known.map_or_else(Pace::default, |class| Pace {
                    per_minute: class.now.per_minute,
                    p99_ms: class.now.tally.latency.quantile_ms(0.99),
                    failed_percent: class.now.tally.failed_percent(),
                }),
                asks: known.map_or((0, 0), |class| (class.asks, class.failed)),
            }
        };
        states.map(office).collect()
    }

    fn refusals(&self) -> Vec<RefusalCount> {
        let refusals = self.broker.metrics.lately().refusals().into_iter();
        let count = |refusal: RefusalPace| RefusalCount {
            code: refusal.code.as_str(),
            said: Said(refusal.code.zh(), refusal.code.en()),
            count: refusal.hour,
        };
        refusals.map(count).collect()
    }

    fn freshness(&self, paces: &[NodePace]) -> Vec<ClassFresh> {
        let class = |no: ClassNo| {
            let name = no.to_string();
            let as_of = |pace: &NodePace| {
                let mut classes = pace.classes.iter();
                let class = classes.find(|class| class.class == name);
                class.map_or(String::new(), |class| readable(&class.as_of))
            };
            ClassFresh {
                class: self.class(no),
                as_of: paces.iter().map(as_of).collect(),
            }
        };
        ClassNo::all().map(class).collect()
    }
}

/// An hour by the minute, the last of which is running.
pub(super) fn minutes(tallies: &[Tally], now: OffsetDateTime) -> Vec<Minute> {
    let count = i64::try_from(tallies.len()).unwrap_or(0);
    let minute = |(nth, tally): (i64, &Tally)| Minute {
        label: shown(now - Duration::minutes(count - 1 - nth), MINUTE),
        answered: tally.asks,
        refused: tally.refused,
        quantiles_ms: quantiles(&tally.latency),
    };
    (0..).zip(tallies).map(minute).collect()
}

/// The breakers of the classes that a node answers for.
pub(super) fn announced(node: &MemberState) -> impl Iterator<Item = &ClassState> {
    let is_announced = |state: &&ClassState| node.classes.contains(&state.class);
    node.breakers.iter().filter(is_announced)
}

/// The worst of its classes, or that it is gone.
pub(super) fn lamp_of(node: &MemberState) -> Lamp {
    if node.links == 0 {
        return Lamp::Gone;
    }
    announced(node).map(lamp).max().unwrap_or(Lamp::Well)
}

fn unwell(node: &MemberState) -> Vec<(String, Lamp)> {
    if node.links == 0 {
        return Vec::new();
    }
    let lamps = announced(node).map(|state| (state.class.to_string(), lamp(state)));
    lamps.filter(|(_, lamp)| *lamp != Lamp::Well).collect()
}

/// How one class stands while its node is there.
pub(super) fn lamp(state: &ClassState) -> Lamp {
    match (state.hand, state.state) {
        (Some(Hand::HeldClosed), _) => Lamp::HeldClosed,
        (Some(Hand::Tripped | Hand::HeldOpen), _) => Lamp::HeldOpen,
        (None, State::Open) => Lamp::Open,
        (None, State::HalfOpen) => Lamp::Probing,
        (None, State::Closed) => Lamp::Well,
    }
}

fn quantiles(latency: &Latency) -> [Option<f64>; 3] {
    [0.5, 0.9, 0.99].map(|share| latency.quantile_ms(share))
}

/// A moment of the log as people read it.
pub(super) fn readable(rfc3339: &str) -> String {
    let moment = OffsetDateTime::parse(rfc3339, &Rfc3339).ok();
    moment.map_or(String::new(), |moment| shown(moment, SHORT))
}

/// A moment to the minute, in Beijing's time.
pub(super) fn to_the_minute(moment: OffsetDateTime) -> String {
    shown(moment, SHORT)
}

/// Whole days until a moment; below zero when it is over.
pub(super) fn days(until: OffsetDateTime, now: OffsetDateTime) -> i64 {
    (until - now).whole_seconds().div_euclid(86_400)
}

fn shown(moment: OffsetDateTime, format: &[BorrowedFormatItem<'_>]) -> String {
    moment
        .to_offset(beijing())
        .format(format)
        .unwrap_or_default()
}

fn short(digest: &str) -> String {
    digest.chars().take(DIGEST_SHOWN).collect()
}

#[cfg(test)]
pub(super) mod tests;
