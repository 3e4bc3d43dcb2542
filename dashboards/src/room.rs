//! The rooms of the house: what the pages are called and where they are.

use crate::language::Said;

/// A part of the pages. What a role may see is decided by room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Room {
    /// The star, and what is wrong now.
    Overview,
    /// Search of the audit log, its entries and their proofs.
    Audit,
    /// How the centers' staff use queries.
    Use,
    /// Everything that was asked about one person.
    Subject,
    /// What stood out, and who looks into it.
    Alerts,
    /// The centers' nodes: classes, quality, breakers.
    Nodes,
    /// The 14 classes and 220 items.
    Catalog,
    /// Flows, who may ask what, and why.
    Policies,
    /// Quotas in force.
    Limits,
    /// What operators did, and what waits for a second person.
    Acts,
}

impl Room {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 10] = [
        Self::Overview,
        Self::Audit,
        Self::Use,
        Self::Subject,
        Self::Alerts,
        Self::Nodes,
        Self::Catalog,
        Self::Policies,
        Self::Limits,
        Self::Acts,
    ];

    /// Where it begins.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Audit => "/audit",
            Self::Use => "/use",
            Self::Subject => "/subject",
            Self::Alerts => "/alerts",
            Self::Nodes => "/nodes",
            Self::Catalog => "/catalog",
            Self::Policies => "/policies",
            Self::Limits => "/limits",
            Self::Acts => "/acts",
        }
    }

    /// As it stands in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Audit => "audit",
            Self::Use => "use",
            Self::Subject => "subject",
            Self::Alerts => "alerts",
            Self::Nodes => "nodes",
            Self::Catalog => "catalog",
            Self::Policies => "policies",
            Self::Limits => "limits",
            Self::Acts => "acts",
        }
    }

    /// In the menu.
    #[must_use]
    pub const fn title(self) -> Said {
        match self {
            Self::Overview => Said("总览", "Overview"),
            Self::Audit => Said("审计检索", "Audit log"),
            Self::Use => Said("人员使用", "Staff use"),
            Self::Subject => Said("个人台账", "Subject ledger"),
            Self::Alerts => Said("告警处置", "Alerts"),
            Self::Nodes => Said("中心节点", "Nodes"),
            Self::Catalog => Said("数据目录", "Catalog"),
            Self::Policies => Said("查询规则", "Policies"),
            Self::Limits => Said("限额", "Limits"),
            Self::Acts => Said("运维操作", "Acts"),
        }
    }

    /// The room that an address belongs to: its first part names it.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let first = path.strip_prefix('/')?.split('/').next().unwrap_or("");
        match first {
            "" | "live" => Some(Self::Overview),
            _ => Self::ALL
                .into_iter()
                .find(|room| room.path().strip_prefix('/') == Some(first)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_the_room_that_its_first_part_names() {
        for room in Room::ALL {
            assert_eq!(Room::of(room.path()), Some(room));
            let under = format!("{}/x", room.path().trim_end_matches('/'));
            let expected = (room != Room::Overview).then_some(room);
            assert_eq!(Room::of(&under), expected, "{under}");
        }
        assert_eq!(Room::of("/live"), Some(Room::Overview));
        for outside in ["", "audit", "/auditor", "/v1/acts", "//audit"] {
            let room = Room::of(outside);
            assert!(room.is_none() || outside == "//audit", "{outside}");
        }
    }
}
