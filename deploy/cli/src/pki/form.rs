//! What stands in the certificates: the same form that a production authority must give them.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyUsagePurpose, SanType, SerialNumber,
};
use ring::rand::{SecureRandom, SystemRandom};
use time::Duration;
use wire::identity::PeerUri;

use super::{PkiError, Validity};

/// Certificates and lists begin so much earlier, for clocks that are behind.
pub(super) const CLOCK_SKEW: Duration = Duration::minutes(5);
/// Bytes of a serial number; random, so that two folders never give the same one.
const SERIAL_BYTES: usize = 16;

pub(super) fn ca_params(trust_domain: &str) -> CertificateParams {
    let mut name = DistinguishedName::new();
    name.push(
        DnType::OrganizationName,
        "Tianshu development CA, not for production",
    );
    name.push(DnType::CommonName, trust_domain);
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub(super) fn leaf_params(
    identity: &PeerUri,
    serial: SerialNumber,
    validity: Validity,
    hosts: &[String],
) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::default();
    // The URI is the whole name: a subject beside it would be a second answer to who this is.
    params.distinguished_name = DistinguishedName::new();
    params.subject_alt_names = vec![SanType::URI(identity.to_string().try_into()?)];
    for host in hosts {
        // Only browsers look at these; in the star nobody is known by an address.
        params.subject_alt_names.push(match host.parse() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(host.as_str().try_into()?),
        });
    }
    params.serial_number = Some(serial);
    params.not_before = validity.from - CLOCK_SKEW;
    params.not_after = validity.until;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ClientAuth,
        ExtendedKeyUsagePurpose::ServerAuth,
    ];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

pub(super) fn serial() -> Result<SerialNumber, PkiError> {
    let mut bytes = [0_u8; SERIAL_BYTES];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| PkiError::NoRandom)?;
    if let Some(first) = bytes.first_mut() {
        // Positive and never beginning with a zero byte, so that it has one spelling.
        *first = (*first & 0x3f) | 0x40;
    }
    Ok(SerialNumber::from_slice(&bytes))
}
