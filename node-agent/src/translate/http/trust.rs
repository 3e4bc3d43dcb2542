//! Whom a connector believes: the roots of its `ca` file, never those of the machine, and the own
//! certificate it may show. It refuses TLS below 1.2.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

use crate::translate::SourceError;

/// Certificates one file may hold.
const CERTIFICATES_MAX: usize = 64;
/// Errors within errors that are looked through.
const CAUSES_MAX: usize = 16;

/// The files that a connector names.
pub(super) struct Files<'a> {
    pub(super) ca: Option<&'a str>,
    pub(super) certificate: Option<&'a str>,
    pub(super) key: Option<&'a str>,
}

/// The key that is to blame and what is wrong with it.
type Fault = (&'static str, &'static str);

/// How TLS is spoken with the files' roots. Beside plain http there are none: nobody is believed.
pub(super) fn configuration(
    home: &Path,
    secure: bool,
    files: &Files<'_>,
) -> Result<ClientConfig, Fault> {
    let mut roots = RootCertStore::empty();
    match (secure, files.ca) {
        (true, None) => return Err(("ca", "https needs the file of its roots")),
        (false, Some(_)) => return Err(("ca", "goes only with https")),
        (false, None) if files.certificate.or(files.key).is_some() => {
            return Err(("certificate", "goes only with https"));
        }
        (false, None) => {}
        (true, Some(ca)) => {
            let found = certificates(&home.join(ca));
            for root in found.ok_or(("ca", "holds no readable certificate"))? {
                roots
                    .add(root)
                    .map_err(|_| ("ca", "holds what is no root"))?;
            }
        }
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| ("ca", "TLS is not available"))?
        .with_root_certificates(roots);
    match (files.certificate, files.key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(certificate), Some(key)) => {
            let chain = certificates(&home.join(certificate));
            let chain = chain.ok_or(("certificate", "holds no readable certificate"))?;
            let key = PrivateKeyDer::from_pem_file(home.join(key))
                .map_err(|_| ("key", "holds no readable private key"))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|_| ("certificate", "does not go with its `key`"))
        }
        (Some(_), None) => Err(("certificate", "needs a `key` beside it")),
        (None, Some(_)) => Err(("key", "needs a `certificate` beside it")),
    }
}

fn certificates(file: &Path) -> Option<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_file_iter(file)
        .ok()?
        .take(CERTIFICATES_MAX);
    let found: Vec<_> = found.collect::<Result<_, _>>().ok()?;
    (!found.is_empty()).then_some(found)
}

/// The outcome, when TLS is what failed.
pub(super) fn fault_within(error: &(dyn Error + 'static)) -> Option<SourceError> {
    let mut cause = Some(error);
    for _ in 0..CAUSES_MAX {
        let here = cause?;
        match here.downcast_ref::<rustls::Error>() {
            Some(rustls::Error::InvalidCertificate(_)) => return Some(SourceError::Untrusted),
            Some(rustls::Error::AlertReceived(_)) => return Some(SourceError::AccessDenied),
            Some(_) => return Some(SourceError::Broken),
            None => cause = below(here),
        }
    }
    None
}

/// The next cause. An input/output error passes over what it wraps and names the cause of that.
fn below<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let wrapped = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    match wrapped {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
