//! What people call centers, flows, classes and items; whatever is not known any more keeps its
//! code.

use ::catalog::{ClassNo, ItemNo};
use dashboards::Name;
use dashboards::overview::Named;

use super::Desk;
use crate::broker::Broker;

/// Where names come from.
#[derive(Clone, Copy)]
pub(super) struct Names<'b>(pub(super) &'b Broker);

impl Names<'_> {
    /// As the trust list calls it.
    pub(super) fn center(self, node: &str) -> Name {
        let listed = self.0.trust.node(node);
        listed.map_or_else(|| Name::same(node), |listed| named(&listed.zh, &listed.en))
    }

    /// Code and name.
    pub(super) fn flow(self, code: &str) -> (String, Name) {
        let rules = self.0.rules.current();
        let flow = code.parse().ok().and_then(|id| rules.flows().flow(&id));
        let name = flow.map(|flow| named(&flow.zh, &flow.en));
        (code.to_owned(), name.unwrap_or_default())
    }

    /// By its number.
    pub(super) fn class(self, number: &str) -> Name {
        let no = number.parse::<ClassNo>().ok();
        let class = no.and_then(|no| self.0.catalog.class(no));
        class
            .map(|class| named(&class.zh, &class.en))
            .unwrap_or_default()
    }

    /// By its number.
    pub(super) fn item(self, number: &str) -> Name {
        let no = number.parse::<ItemNo>().ok();
        let item = no.and_then(|no| self.0.catalog.item(no));
        item.map(|item| named(&item.zh, &item.en))
            .unwrap_or_default()
    }
}

impl Desk {
    pub(super) fn names(&self) -> Names<'_> {
        Names(&self.broker)
    }

    /// A node with its id.
    pub(super) fn named(&self, id: &str) -> Named {
        with_id(id.to_owned(), self.names().center(id))
    }

    /// A class with its number.
    pub(super) fn class(&self, no: ClassNo) -> Named {
        let id = no.to_string();
        let name = self.names().class(&id);
        with_id(id, name)
    }
}

fn with_id(id: String, Name { zh, en }: Name) -> Named {
    Named { id, zh, en }
}

/// A name in both languages.
pub(super) fn named(zh: &str, en: &str) -> Name {
    Name {
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}
