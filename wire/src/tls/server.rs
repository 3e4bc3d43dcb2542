//! The hub's end: which client certificates are let in.
//!
//! Refuses to swap single parts: a reload builds a whole new configuration, because a kept one
//! would go on resuming sessions of peers that the new one refuses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::SingleCertAndKey;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
};
use time::OffsetDateTime;

use super::files::{Fingerprint, Material, OwnRule, TlsError, TlsFault, TlsFiles, TlsStatus};
use super::refusal::{RefusalReason, note_shown};
use super::{Speech, provider};
use crate::identity::{IdentityFault, PeerIdentity, PeerKind, check_trust_domain};

/// The hub's TLS end. Clones share one configuration, so that a reload reaches all of them.
#[derive(Clone)]
pub struct ServerTls(Arc<Shared>);

struct Shared {
    files: TlsFiles,
    trust_domain: String,
    admitted: Vec<PeerKind>,
    speech: Speech,
    active: ArcSwap<Active>,
}

/// One configuration with what belongs to it.
pub(crate) struct Active {
    pub(crate) config: Arc<ServerConfig>,
    verifier: Arc<PeerVerifier>,
    status: TlsStatus,
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTls")
            .field("files", &self.0.files)
            .finish_non_exhaustive()
    }
}

impl ServerTls {
    /// Reads the files and lets in nodes of `trust_domain`, nobody else.
    ///
    /// # Errors
    /// Every fault of every file.
    pub fn load(files: &TlsFiles, trust_domain: &str) -> Result<Self, TlsError> {
        Self::load_admitting(files, trust_domain, &[PeerKind::Node])
    }

    /// The staff's door: members of the staff of `trust_domain` and nobody else, over HTTP/1.1.
    ///
    /// # Errors
    /// Every fault of every file.
    pub fn load_for_staff(files: &TlsFiles, trust_domain: &str) -> Result<Self, TlsError> {
        Self::load_speaking(files, trust_domain, &[PeerKind::Staff], Speech::Web)
    }

    /// Like [`Self::load`], letting in peers of the kinds given.
    ///
    /// # Errors
    /// Every fault of every file.
    pub fn load_admitting(
        files: &TlsFiles,
        trust_domain: &str,
        admitted: &[PeerKind],
    ) -> Result<Self, TlsError> {
        Self::load_speaking(files, trust_domain, admitted, Speech::Grpc)
    }

    fn load_speaking(
        files: &TlsFiles,
        trust_domain: &str,
        admitted: &[PeerKind],
        speech: Speech,
    ) -> Result<Self, TlsError> {
        let active = Active::load(files, trust_domain, admitted, speech)?;
        Ok(Self(Arc::new(Shared {
            files: files.clone(),
            trust_domain: trust_domain.to_owned(),
            admitted: admitted.to_vec(),
            speech,
            active: ArcSwap::from_pointee(active),
        })))
    }

    /// Reads the files again and swaps the whole configuration. On a fault the old one stays in
    /// use. Connections that are open already are the business of
    /// [`super::LiveConnections::close_refused`].
    ///
    /// # Errors
    /// Every fault of every file.
    pub fn reload(&self) -> Result<TlsStatus, TlsError> {
        let shared = &self.0;
        let active = Active::load(
            &shared.files,
            &shared.trust_domain,
            &shared.admitted,
            shared.speech,
        )?;
        let status = active.status.clone();
        shared.active.store(Arc::new(active));
        Ok(status)
    }

    /// What the end is running on.
    #[must_use]
    pub fn status(&self) -> TlsStatus {
        self.0.active.load().status.clone()
    }

    /// Whether frames of HTTP/2 are spoken here.
    pub(crate) fn speaks_frames(&self) -> bool {
        self.0.speech == Speech::Grpc
    }

    pub(crate) fn active(&self) -> Arc<Active> {
        self.0.active.load_full()
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.0.files)
    }

    /// Why the chain of an open connection would be refused now, if it would.
    pub(crate) fn refuses(
        &self,
        chain: &[CertificateDer<'static>],
        now: OffsetDateTime,
    ) -> Option<RefusalReason> {
        let seconds = u64::try_from(now.unix_timestamp()).unwrap_or(0);
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        self.active().refuses(chain, now)
    }
}

impl Active {
    fn load(
        files: &TlsFiles,
        trust_domain: &str,
        admitted: &[PeerKind],
        speech: Speech,
    ) -> Result<Self, TlsError> {
        if let Err(fault) = check_trust_domain(trust_domain) {
            return Err(one_fault(files, fault.to_string()));
        }
        let provider = provider();
        let rule = OwnRule {
            trust_domain,
            kinds: &[PeerKind::Hub],
        };
        let material = Material::read(files, &provider, rule)?;
        // Leaf only, knowingly: an authority's own revocation is done by taking it out of the
        // bundle. The status of every leaf must be known, and a list past its next update knows
        // nothing.
        let chains =
            WebPkiClientVerifier::builder_with_provider(material.roots.clone(), provider.clone())
                .with_crls(material.crls.clone())
                .only_check_end_entity_revocation()
                .enforce_revocation_expiration()
                .build()
                .map_err(|error| {
                    let reason = error.to_string().to_lowercase();
                    TlsError {
                        faults: vec![TlsFault {
                            file: files.crl.clone(),
                            reason,
                        }],
                    }
                })?;
        let verifier = Arc::new(PeerVerifier {
            chains,
            trust_domain: trust_domain.to_owned(),
            admitted: admitted.to_vec(),
        });
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| one_fault(files, error.to_string()))?
            .with_client_cert_verifier(verifier.clone())
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(material.certified)));
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.max_early_data_size = 0;
        config.alpn_protocols = speech.alpn();
        Ok(Self {
            config: Arc::new(config),
            verifier,
            status: material.status,
        })
    }

    /// Why a chain would be refused at `now`, if it would.
    fn refuses(&self, chain: &[CertificateDer<'static>], now: UnixTime) -> Option<RefusalReason> {
        let Some((leaf, intermediates)) = chain.split_first() else {
            return Some(RefusalReason::NoCertificate);
        };
        let checked = self.verifier.verify_client_cert(leaf, intermediates, now);
        checked.err().map(|error| RefusalReason::of(&error))
    }

    /// Like [`Self::refuses`], at the moment rustls itself would judge a handshake by.
    pub(crate) fn refuses_now(&self, chain: &[CertificateDer<'static>]) -> Option<RefusalReason> {
        match self.config.time_provider.current_time() {
            Some(now) => self.refuses(chain, now),
            None => Some(RefusalReason::Other),
        }
    }
}

fn one_fault(files: &TlsFiles, reason: String) -> TlsError {
    TlsError {
        faults: vec![TlsFault {
            file: files.certificate.clone(),
            reason,
        }],
    }
}

/// Chain, dates and revocation as webpki checks them, and then the name.
struct PeerVerifier {
    chains: Arc<dyn ClientCertVerifier>,
    trust_domain: String,
    admitted: Vec<PeerKind>,
}

impl fmt::Debug for PeerVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerVerifier")
            .field("admitted", &self.admitted)
            .finish_non_exhaustive()
    }
}

impl PeerVerifier {
    fn admit(&self, leaf: &CertificateDer<'_>) -> Result<(), IdentityFault> {
        let peer = PeerIdentity::from_certificate(leaf)?;
        if peer.trust_domain != self.trust_domain {
            return Err(IdentityFault::ForeignTrustDomain);
        }
        if !self.admitted.contains(&peer.kind) {
            return Err(IdentityFault::WrongKind);
        }
        Ok(())
    }
}

impl ClientCertVerifier for PeerVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chains.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        note_shown(leaf);
        let verified = self.chains.verify_client_cert(leaf, intermediates, now)?;
        // The peer gets the alert "access denied", which no other fault of a certificate gives.
        self.admit(leaf)
            .map_err(|_| CertificateError::ApplicationVerificationFailure)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}
