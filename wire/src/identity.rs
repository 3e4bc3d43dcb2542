//! Who the other end of a connection is: the `spiffe://` name in its certificate, and nothing else.
//!
//! Refuses every certificate that does not carry exactly one URI name of the closed grammar
//! `spiffe://<trust domain>/<node|hub|staff>/<name>`. No header, common name or DNS name counts.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

/// Longest trust domain accepted, in bytes (the limit of the SPIFFE specification).
pub const TRUST_DOMAIN_MAX: usize = 255;
/// Longest peer name accepted, in bytes.
pub const PEER_NAME_MAX: usize = 32;
/// Longest part of a refused certificate's name that is put on record, in bytes.
const CLAIMED_MAX: usize = 160;
const SCHEME: &str = "spiffe://";

/// Why a name or a certificate gives no identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityFault {
    /// The bytes are no readable X.509 certificate.
    #[error("the certificate cannot be read")]
    Unreadable,
    /// The certificate carries no URI name.
    #[error("the certificate carries no uri name")]
    NoUri,
    /// The certificate carries several URI names, so that two readers could choose differently.
    #[error("the certificate carries more than one uri name")]
    SeveralUris,
    /// The URI does not begin with the scheme in lower case.
    #[error("the name does not begin with `spiffe://`")]
    WrongScheme,
    /// The trust domain is empty, too long, or holds anything but lower-case host characters.
    #[error("the trust domain is not a lower-case host name without port or user")]
    BadTrustDomain,
    /// The path is not `/<kind>/<name>`.
    #[error("the path is not `/node/…`, `/hub/…` or `/staff/…`")]
    BadPath,
    /// The name is empty, too long, or holds other characters than `a-z`, `0-9` and `-`.
    #[error("the peer name is not 1 to 32 characters of `a-z`, `0-9` and `-`")]
    BadName,
    /// The name belongs to another trust domain than the one served here.
    #[error("the name belongs to another trust domain")]
    ForeignTrustDomain,
    /// The name is of a kind that has no business at this door.
    #[error("a peer of this kind is not admitted here")]
    WrongKind,
    /// The name is well formed but is not the peer that was called.
    #[error("the peer is not the one that was called")]
    WrongPeer,
}

/// What a peer is in the star.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeerKind {
    /// The agent of a center.
    Node,
    /// A hub.
    Hub,
    /// A member of the operating staff.
    Staff,
}

impl PeerKind {
    /// The word that stands in the path of the URI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Hub => "hub",
            Self::Staff => "staff",
        }
    }
}

impl fmt::Display for PeerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PeerKind {
    type Err = IdentityFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "node" => Ok(Self::Node),
            "hub" => Ok(Self::Hub),
            "staff" => Ok(Self::Staff),
            _ => Err(IdentityFault::BadPath),
        }
    }
}

/// The name of a peer; its text form is `spiffe://<trust domain>/<kind>/<name>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerUri {
    trust_domain: String,
    kind: PeerKind,
    name: String,
}

impl PeerUri {
    /// Puts a name together.
    ///
    /// # Errors
    /// When the trust domain or the name is outside the grammar.
    pub fn new(trust_domain: &str, kind: PeerKind, name: &str) -> Result<Self, IdentityFault> {
        check_trust_domain(trust_domain)?;
        let fits = (1..=PEER_NAME_MAX).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !fits {
            return Err(IdentityFault::BadName);
        }
        Ok(Self {
            trust_domain: trust_domain.to_owned(),
            kind,
            name: name.to_owned(),
        })
    }

    /// The trust domain, for example `tianshu.test`.
    #[must_use]
    pub fn trust_domain(&self) -> &str {
        &self.trust_domain
    }

    /// What the peer is.
    #[must_use]
    pub fn kind(&self) -> PeerKind {
        self.kind
    }

    /// The last segment, for example `guoguan`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for PeerUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{SCHEME}{}/{}/{}",
            self.trust_domain, self.kind, self.name
        )
    }
}

impl FromStr for PeerUri {
    type Err = IdentityFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text
            .strip_prefix(SCHEME)
            .ok_or(IdentityFault::WrongScheme)?;
        let (trust_domain, path) = rest.split_once('/').ok_or(IdentityFault::BadPath)?;
        check_trust_domain(trust_domain)?;
        let (kind, name) = path.split_once('/').ok_or(IdentityFault::BadPath)?;
        Self::new(trust_domain, kind.parse()?, name)
    }
}

/// Says whether `text` is a trust domain: lower-case host labels, no port, no user.
///
/// # Errors
/// [`IdentityFault::BadTrustDomain`] otherwise.
pub fn check_trust_domain(text: &str) -> Result<(), IdentityFault> {
    let fits = text.len() <= TRUST_DOMAIN_MAX
        && text.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        });
    if fits {
        Ok(())
    } else {
        Err(IdentityFault::BadTrustDomain)
    }
}

/// An identity read from a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerIdentity {
    /// The trust domain of the name.
    pub trust_domain: String,
    /// What the peer is.
    pub kind: PeerKind,
    /// The last segment of the name.
    pub name: String,
    /// The certificate's serial number: lower-case hexadecimal, no leading zero bytes.
    pub serial: String,
    /// The last moment at which the certificate is valid.
    pub not_after: OffsetDateTime,
}

impl PeerIdentity {
    /// Reads the identity out of a certificate in DER. Proves nothing: the chain, the dates and the
    /// revocation list are the business of [`crate::tls`].
    ///
    /// # Errors
    /// When the certificate is unreadable or does not carry exactly one well-formed URI name.
    pub fn from_certificate(der: &[u8]) -> Result<Self, IdentityFault> {
        let certificate = parsed(der)?;
        let mut uris = uris(&certificate)?;
        let uri: PeerUri = match (uris.pop(), uris.pop()) {
            (Some(only), None) => only.parse()?,
            (None, _) => return Err(IdentityFault::NoUri),
            (Some(_), Some(_)) => return Err(IdentityFault::SeveralUris),
        };
        Ok(Self {
            trust_domain: uri.trust_domain,
            kind: uri.kind,
            name: uri.name,
            serial: serial_text(certificate.raw_serial()),
            not_after: certificate.validity().not_after.to_datetime(),
        })
    }

    /// The name as a URI.
    #[must_use]
    pub fn uri(&self) -> PeerUri {
        PeerUri {
            trust_domain: self.trust_domain.clone(),
            kind: self.kind,
            name: self.name.clone(),
        }
    }
}

/// Writes a serial number the one way it is written everywhere here: lower-case hexadecimal without
/// leading zero bytes (DER adds one to keep the number positive).
#[must_use]
pub fn serial_text(raw: &[u8]) -> String {
    use fmt::Write as _;

    let mut text = String::with_capacity(raw.len() * 2);
    for byte in raw.iter().skip_while(|byte| **byte == 0) {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    if text.is_empty() {
        text.push_str("00");
    }
    text
}

/// What a certificate says about itself while nothing of it is proven, for the record of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Presented {
    pub(crate) serial: Option<String>,
    pub(crate) claimed: Option<String>,
}

impl Presented {
    /// Reads what can be read. Text that could disturb a log is not taken over.
    pub(crate) fn read(der: &[u8]) -> Self {
        let Ok(certificate) = parsed(der) else {
            return Self {
                serial: None,
                claimed: None,
            };
        };
        let claimed = uris(&certificate).ok().map(|uris| {
            let text = uris.join(" ");
            text.chars()
                .filter(|c| c.is_ascii_graphic() || *c == ' ')
                .take(CLAIMED_MAX)
                .collect::<String>()
        });
        Self {
            serial: Some(serial_text(certificate.raw_serial())),
            claimed: claimed.filter(|text| !text.is_empty()),
        }
    }
}

fn parsed(der: &[u8]) -> Result<X509Certificate<'_>, IdentityFault> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(IdentityFault::Unreadable),
    }
}

fn uris<'a>(certificate: &'a X509Certificate<'_>) -> Result<Vec<&'a str>, IdentityFault> {
    let names = certificate
        .subject_alternative_name()
        .map_err(|_| IdentityFault::Unreadable)?;
    let Some(names) = names else {
        return Ok(Vec::new());
    };
    Ok(names
        .value
        .general_names
        .iter()
        .filter_map(|name| match name {
            GeneralName::URI(uri) => Some(*uri),
            _ => None,
        })
        .collect())
}

/// The name of the key with which a node's witness cosigns the hub's checkpoints.
#[must_use]
pub fn witness_key_name(node: &str, trust_domain: &str) -> String {
    format!("{trust_domain}/witness/{node}")
}

#[cfg(test)]
mod tests;
