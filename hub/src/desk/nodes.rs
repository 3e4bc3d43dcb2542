//! What the nodes' pages are told. Nothing of it is about a person.

use catalog::ClassNo;
use dashboards::nodes::{ClassRow, LoadRow, NodeRow, NodeShown, NodesDesk, WithheldRow};
use dashboards::overview::Named;
use dashboards::{Lamp, Turned, Viewer};
use wire::LimitName;
use wire::quota::Whom;

use super::overview::{announced, days, lamp, lamp_of, minutes, readable, to_the_minute};
use super::{Desk, acts, turned};
use crate::metrics::lately::{NodePace, Withheld};
use crate::nodes::{ClassState, MemberState};

impl NodesDesk for Desk {
    async fn nodes(&self, _: &Viewer) -> Result<Vec<NodeRow>, Turned> {
        let nodes = self.broker.nodes.states();
        let row = |node: &MemberState| self.row(node, &self.broker.metrics.lately().node(&node.id));
        Ok(nodes.iter().map(row).collect())
    }

    async fn node(
        &self,
        viewer: &Viewer,
        id: &str,
        done: Option<u64>,
    ) -> Result<NodeShown, Turned> {
        let nodes = self.broker.nodes.states();
        let node = nodes.iter().find(|node| node.id == id);
        let node = node.ok_or_else(|| Turned::nothing_here(viewer))?;
        let broker = &self.broker;
        let pace = broker.metrics.lately().node(id);
        let listed = broker.trust.node(id);
        let loads = broker.nodes.loads().states();
        let load = loads.iter().find(|load| load.node == id);
        Ok(NodeShown {
            row: self.row(node, &pace),
            phone: listed
                .map(|listed| listed.phone.clone())
                .unwrap_or_default(),
            serial: node.introduced.serial.clone(),
            classes: ClassNo::all()
                .map(|class| self.class_row(class, node, &pace))
                .collect(),
            withheld: pace
                .withheld
                .iter()
                .map(|row| self.withheld_row(row))
                .collect(),
            withheld_beyond: pace.withheld_beyond,
            minutes: minutes(&pace.minutes, broker.clock.now()),
            load: load.map_or_else(LoadRow::default, |load| LoadRow {
                limit: load.limit,
                in_flight: load.in_flight,
                waiting: load.waiting,
                throttled: load.throttled,
            }),
            limits: self.limits_of(id),
            done: self.done(viewer, done).await,
            key: acts::key().map_err(|code| turned(code).to(viewer))?,
        })
    }
}

impl Desk {
    fn row(&self, node: &MemberState, pace: &NodePace) -> NodeRow {
        let said = &node.introduced;
        // An agent of an earlier version does not say: that is not nothing.
        let mapped = (!said.mapped.is_empty()).then(|| said.mapped.values().sum());
        let withheld: u64 = pace.withheld.iter().map(|row| row.count).sum();
        let now = self.broker.clock.now();
        NodeRow {
            node: self.named(&node.id),
            center: node.center.clone(),
            lamp: lamp_of(node),
            links: node.links,
            classes: node.classes.len(),
            mapped,
            items: self.broker.catalog.items().count(),
            per_minute: pace.now.per_minute,
            p99_ms: pace.now.tally.latency.quantile_ms(0.99),
            withheld: withheld + pace.withheld_beyond,
            software: node.software.clone(),
            catalog: said.catalog.clone(),
            until: said
                .until
                .map(|until| (to_the_minute(until), days(until, now))),
        }
    }

    fn class_row(&self, no: ClassNo, node: &MemberState, pace: &NodePace) -> ClassRow {
        let class = self.class(no);
        let known = pace.classes.iter().find(|known| known.class == class.id);
        let is_this = |state: &&ClassState| state.class == no;
        let state = announced(node).find(is_this);
        let window = state.map(|state| {
            let rates = state.rates;
            [rates.calls, rates.failed, rates.slow, rates.busy]
        });
        let retry = state.and_then(|state| state.retry_after);
        let items = self.broker.catalog.class(no);
        let is_said = !node.introduced.mapped.is_empty();
        let mapped = node.introduced.mapped.get(&no).copied();
        ClassRow {
            class,
            is_announced: state.is_some(),
            mapped: is_said.then(|| mapped.unwrap_or(0)),
            items: items.map_or(0, |class| class.items.len()),
            lamp: match state {
                Some(state) if node.links > 0 => lamp(state),
                _ => Lamp::Gone,
            },
            window: window.unwrap_or_default(),
            retry_ms: retry.and_then(|wait| u64::try_from(wait.as_millis()).ok()),
            as_of: known
                .map(|known| readable(&known.as_of))
                .unwrap_or_default(),
            asks: known.map_or((0, 0), |known| (known.asks, known.failed)),
        }
    }

    fn withheld_row(&self, row: &Withheld) -> WithheldRow {
        let item = row.item.and_then(|no| self.broker.catalog.item(no));
        let item = match item {
            Some(item) => Named {
                id: item.no.to_string(),
                zh: item.zh.clone(),
                en: item.en.clone(),
            },
            None => self.class(row.class),
        };
        WithheldRow {
            item,
            defect: row.defect.as_str(),
            count: row.count,
        }
    }

    /// The limits that may differ from one node to the next, and whether operators have changed
    /// them for a while.
    fn limits_of(&self, node: &str) -> Vec<(String, u32, bool)> {
        let throttle = &self.broker.throttle;
        let (in_force, reviewed) = (throttle.in_force(), throttle.reviewed());
        let names = LimitName::ALL.iter().copied();
        let names = names.filter(|name| matches!(name.whom(), Whom::Node | Whom::Target));
        names
            .map(|name| {
                let value = in_force.of(name, node);
                let path = format!("{}.{}", name.table(), name.key());
                (path, value, value != reviewed.of(name, node))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use policies::Role;
    use wire::v1;

    use super::*;
    use crate::broker::tests::fixture::{self, Ask, Setup, Star};
    use crate::desk::overview::tests::{desk, viewer_of};

    #[tokio::test]
    async fn a_node_that_sends_bad_values_is_shown_with_each_of_them() {
        let star = Star::new(Setup::default());
        let (desk, _home) = desk(&star);
        let viewer = viewer_of(&desk, "li", Role::System);
        let _bad = star.attach("tielu", |ask| {
            fixture::reply(ask, |class| v1::ClassReply {
                notes: vec![v1::QualityNote {
                    item: 0,
                    defect: "duplicate".to_owned(),
                    count: 3,
                }],
                ..fixture::answered(class, &[fixture::account()])
            })
        });
        let asked = star.ask(&Ask::honest(&star)).await;
        asked.expect("is answered");
        let node = desk.node(&viewer, "tielu", None).await.expect("is there");
        let duplicate = node.withheld.iter().find(|row| row.defect == "duplicate");
        assert_eq!(duplicate.map(|row| row.count), Some(3));
        assert!(node.row.withheld >= 3 && node.row.per_minute > 0.0);
        assert_eq!(node.row.items, 220);
        assert_eq!(node.row.mapped, None, "it did not say");
        assert_eq!((node.classes.len(), node.minutes.len()), (14, 60));
        assert!(
            node.limits
                .iter()
                .any(|(name, ..)| name == "node.per_second")
        );
        let well = desk
            .node(&viewer, "city", None)
            .await
            .expect("is registered");
        assert_eq!((well.row.lamp, well.withheld.len()), (Lamp::Gone, 0));
        let nobody = desk.node(&viewer, "nobody", None).await;
        assert_eq!(nobody.expect_err("is none").code, "TS-PAGE-UNKNOWN");
        assert_eq!(desk.nodes(&viewer).await.expect("are shown").len(), 4);
    }
}
