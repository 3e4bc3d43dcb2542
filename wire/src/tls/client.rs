//! The agent's end: our certificate, and the one hub we are willing to talk to.
//!
//! Refuses a hub by its URI name, never by the address or host name it was dialled at, and a hub
//! whose certificate is revoked.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::SingleCertAndKey;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::files::{Fingerprint, Material, OwnRule, TlsError, TlsFault, TlsFiles, TlsStatus};
use super::{Speech, provider};
use crate::identity::{IdentityFault, PeerIdentity, PeerKind, PeerUri};

/// An agent's TLS end. Clones share one configuration, so that a reload reaches all of them.
#[derive(Clone)]
pub struct ClientTls(Arc<Shared>);

struct Shared {
    files: TlsFiles,
    hub: PeerUri,
    speech: Speech,
    active: ArcSwap<Active>,
}

struct Active {
    config: Arc<ClientConfig>,
    status: TlsStatus,
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls")
            .field("hub", &self.0.hub)
            .finish_non_exhaustive()
    }
}

impl ClientTls {
    /// Reads the files; only the hub `spiffe://<trust_domain>/hub/<hub>` will be talked to.
    ///
    /// # Errors
    /// Every fault of every file, or a name of the hub outside the grammar.
    pub fn load(files: &TlsFiles, trust_domain: &str, hub: &str) -> Result<Self, TlsError> {
        Self::load_speaking(files, trust_domain, hub, Speech::Grpc)
    }

    /// The same for a member of the staff, who speaks HTTP/1.1 with the hub.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_for_staff(
        files: &TlsFiles,
        trust_domain: &str,
        hub: &str,
    ) -> Result<Self, TlsError> {
        Self::load_speaking(files, trust_domain, hub, Speech::Web)
    }

    fn load_speaking(
        files: &TlsFiles,
        trust_domain: &str,
        hub: &str,
        speech: Speech,
    ) -> Result<Self, TlsError> {
        let hub = PeerUri::new(trust_domain, PeerKind::Hub, hub)
            .map_err(|fault| one_fault(files, format!("the hub to call: {fault}")))?;
        let active = Active::load(files, &hub, speech)?;
        Ok(Self(Arc::new(Shared {
            files: files.clone(),
            hub,
            speech,
            active: ArcSwap::from_pointee(active),
        })))
    }

    /// Reads the files again and swaps the whole configuration; connections made from now on use
    /// it. On a fault the old one stays in use.
    ///
    /// # Errors
    /// Every fault of every file.
    pub fn reload(&self) -> Result<TlsStatus, TlsError> {
        let active = Active::load(&self.0.files, &self.0.hub, self.0.speech)?;
        let status = active.status.clone();
        self.0.active.store(Arc::new(active));
        Ok(status)
    }

    /// What the end is running on.
    #[must_use]
    pub fn status(&self) -> TlsStatus {
        self.0.active.load().status.clone()
    }

    /// The hub that is talked to.
    #[must_use]
    pub fn hub(&self) -> &PeerUri {
        &self.0.hub
    }

    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        self.0.active.load().config.clone()
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.0.files)
    }
}

impl Active {
    fn load(files: &TlsFiles, hub: &PeerUri, speech: Speech) -> Result<Self, TlsError> {
        let provider = provider();
        let rule = OwnRule {
            trust_domain: hub.trust_domain(),
            kinds: &[PeerKind::Node, PeerKind::Hub, PeerKind::Staff],
        };
        let material = Material::read(files, &provider, rule)?;
        let chains = WebPkiServerVerifier::builder_with_provider(material.roots, provider.clone())
            .with_crls(material.crls)
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
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| one_fault(files, error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(HubVerifier {
                chains,
                hub: hub.clone(),
            }))
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(material.certified)));
        config.resumption = Resumption::disabled();
        config.enable_early_data = false;
        config.enable_sni = false;
        config.alpn_protocols = speech.alpn();
        Ok(Self {
            config: Arc::new(config),
            status: material.status,
        })
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

/// Chain, dates and revocation as webpki checks them, and the URI name in place of a host name.
#[derive(Debug)]
struct HubVerifier {
    chains: Arc<WebPkiServerVerifier>,
    hub: PeerUri,
}

impl HubVerifier {
    fn recognise(&self, leaf: &CertificateDer<'_>) -> Result<(), IdentityFault> {
        let peer = PeerIdentity::from_certificate(leaf)?;
        if peer.uri() == self.hub {
            Ok(())
        } else {
            Err(IdentityFault::WrongPeer)
        }
    }
}

impl ServerCertVerifier for HubVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        dialled: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        // webpki offers chain, dates and revocation only together with a host name, which it checks
        // last: that the host name fails says that all the rest has passed. The tests hold it to
        // this order (a revoked, an expired and a foreign hub are refused).
        match self
            .chains
            .verify_server_cert(leaf, intermediates, dialled, ocsp, now)
        {
            Ok(_)
            | Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => {}
            Err(error) => return Err(error),
        }
        self.recognise(leaf)
            .map_err(|_| CertificateError::ApplicationVerificationFailure)?;
        Ok(ServerCertVerified::assertion())
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
