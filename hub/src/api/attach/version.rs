//! Whether a node's catalog is close enough to the hub's: the same, the version before, or the next
//! one that names the hub's as its own before. Everything else is refused, saying both versions.
//!
//! What a node claims about its catalog opens no door: every value and code it sends is held
//! against the hub's catalog whatever it says here.

use catalog::Catalog;
use wire::v1;

/// How a node's catalog stands to the hub's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// They mean the same.
    Same,
    /// The node has the version before the hub's.
    Behind,
    /// The node has the version after the hub's.
    Ahead,
}

impl Standing {
    /// As written in the log.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Behind => "behind",
            Self::Ahead => "ahead",
        }
    }
}

/// Why a node's catalog is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// A label or digest is none.
    Malformed,
    /// The versions are further apart than one.
    Apart(Versions),
}

/// Both sides' versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Versions {
    node: String,
    hub: String,
    /// The version before the hub's that it works with too.
    previous: Option<String>,
}

impl Versions {
    /// For the record, the log and the node's operators.
    pub(crate) fn en(&self) -> String {
        let (node, hub) = (&self.node, &self.hub);
        match &self.previous {
            Some(previous) => format!(
                "The node has catalog {node}; the hub has {hub} and works with {previous} too."
            ),
            None => format!("The node has catalog {node}; the hub has {hub}."),
        }
    }

    /// The same in Chinese.
    pub(crate) fn zh(&self) -> String {
        let (node, hub) = (&self.node, &self.hub);
        match &self.previous {
            Some(previous) => {
                format!("节点目录版本 {node}，枢纽目录版本 {hub}，兼容 {previous}。")
            }
            None => format!("节点目录版本 {node}，枢纽目录版本 {hub}。"),
        }
    }
}

/// Holds what a node says of its catalog against the hub's.
pub(crate) fn standing(hub: &Catalog, said: &v1::CatalogVersion) -> Result<Standing, Unfit> {
    let is_digest = |bytes: &[u8]| bytes.len() == hub.digest().as_bytes().len();
    let is_sound = Catalog::is_version(&said.version)
        && is_digest(&said.digest)
        && (said.previous_digest.is_empty() || is_digest(&said.previous_digest));
    if !is_sound {
        return Err(Unfit::Malformed);
    }
    if said.digest == hub.digest().as_bytes() {
        return Ok(Standing::Same);
    }
    let previous = hub.previous();
    if previous.is_some_and(|previous| said.digest == previous.digest.as_bytes()) {
        return Ok(Standing::Behind);
    }
    if said.previous_digest == hub.digest().as_bytes() {
        return Ok(Standing::Ahead);
    }
    Err(Unfit::Apart(Versions {
        node: said.version.clone(),
        hub: hub.version().to_owned(),
        previous: previous.map(|previous| previous.version.clone()),
    }))
}
