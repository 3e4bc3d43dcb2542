//! A real `rsyslogd` in a folder of its own, with mutual TLS: what a security center runs. It can
//! be killed, made to hang, and started again.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    SanType,
};
use sandbox::star::until;

/// What a missing receiver is mended by.
const PACKAGES: &str = "sudo apt-get install -y rsyslog rsyslog-openssl";
/// The name that our certificate for the receiver carries.
const SENDER: &str = "tianshu-export.test";
const READY_WAIT: Duration = Duration::from_secs(20);

/// See the module.
#[derive(Debug)]
pub(super) struct Rsyslogd {
    dir: PathBuf,
    port: u16,
    process: Option<Child>,
}

impl Rsyslogd {
    /// Certificates of both ends and a configuration in an empty folder; it is not started.
    pub(super) fn prepare(dir: &Path) -> Self {
        if dir.exists() {
            std::fs::remove_dir_all(dir).expect("is emptied");
        }
        std::fs::create_dir_all(dir).expect("is made");
        let free = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let port = free.local_addr().expect("has an address").port();
        let receiver = Self {
            dir: dir.to_owned(),
            port,
            process: None,
        };
        certificates(dir);
        std::fs::write(dir.join("rsyslog.conf"), receiver.configuration()).expect("is written");
        receiver
    }

    fn configuration(&self) -> String {
        let (dir, port) = (self.dir.display(), self.port);
        format!(
            r#"global(workDirectory="{dir}" maxMessageSize="64k"
  defaultNetstreamDriver="ossl"
  defaultNetstreamDriverCAFile="{dir}/ca.pem"
  defaultNetstreamDriverCertFile="{dir}/receiver.pem"
  defaultNetstreamDriverKeyFile="{dir}/receiver.key")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1"
  streamDriver.authMode="x509/name" permittedPeer=["{SENDER}"])
template(name="raw" type="string" string="%rawmsg%\n")
ruleset(name="audit") {{
  action(type="omfile" file="{dir}/received" template="raw")
}}
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="audit")
"#
        )
    }

    /// Starts it and waits until it listens.
    pub(super) async fn start(&mut self) {
        let path = [
            "/usr/sbin/rsyslogd",
            "/sbin/rsyslogd",
            "/usr/local/sbin/rsyslogd",
        ];
        let program = path.iter().find(|path| Path::new(path).is_file());
        let program = program.unwrap_or_else(|| panic!("there is no rsyslogd; run: {PACKAGES}"));
        let log = std::fs::File::create(self.dir.join("rsyslogd.log")).expect("is made");
        let process = Command::new(program)
            .args(["-n", "-i", "NONE", "-f"])
            .arg(self.dir.join("rsyslog.conf"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("is shared"))
            .stderr(log)
            .spawn();
        self.process = Some(process.expect("rsyslogd starts"));
        let port = self.port;
        let listens = until(READY_WAIT, async || {
            let dialled = tokio::net::TcpStream::connect(("127.0.0.1", port)).await;
            dialled.ok().map(drop)
        });
        if listens.await.is_none() {
            let said = std::fs::read_to_string(self.dir.join("rsyslogd.log"));
            panic!("rsyslogd does not listen: {said:?}");
        }
    }

    /// Ends it at once: what it had not written is lost.
    pub(super) fn kill(&mut self) {
        let mut process = self.process.take().expect("is running");
        process.kill().expect("is killed");
        process.wait().expect("has ended");
    }

    /// Stops it where it stands: its connections stay open and nothing is read.
    pub(super) fn hang(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// Lets it go on.
    pub(super) fn go_on(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let process = self.process.as_ref().expect("is running");
        let pid = rustix::process::Pid::from_child(process);
        rustix::process::kill_process(pid, signal).expect("is told");
    }

    /// What it has stored, one message a line.
    pub(super) fn received(&self) -> PathBuf {
        self.dir.join("received")
    }

    /// Removes what it has stored.
    pub(super) fn forget(&self) {
        std::fs::remove_file(self.received()).expect("is removed");
    }

    /// The receiver as a table of a configuration.
    pub(super) fn table(&self, list: &str) -> String {
        let (dir, port) = (self.dir.display(), self.port);
        format!(
            "\n[[{list}]]\nname = \"soc\"\naddress = \"127.0.0.1:{port}\"\n\
             server_name = \"receiver.test\"\ncertificate = \"{dir}/sender.pem\"\n\
             key = \"{dir}/sender.key\"\nca = \"{dir}/ca.pem\"\nmax_octets = 8192\n"
        )
    }
}

impl Drop for Rsyslogd {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
    }
}

/// An authority of the receiver's world, its certificate, and ours for it.
fn certificates(dir: &Path) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "security center");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&key).expect("is signed").pem();
    let issuer = Issuer::new(params, key);
    std::fs::write(dir.join("ca.pem"), ca).expect("is written");
    for (file, name) in [("receiver", "receiver.test"), ("sender", SENDER)] {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names = vec![SanType::DnsName(name.try_into().expect("is a name"))];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ];
        let certificate = params.signed_by(&key, &issuer).expect("is signed").pem();
        std::fs::write(dir.join(format!("{file}.pem")), certificate).expect("is written");
        let secret = dir.join(format!("{file}.key"));
        std::fs::write(&secret, key.serialize_pem()).expect("is written");
        use std::os::unix::fs::PermissionsExt as _;
        let hidden = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&secret, hidden).expect("is hidden");
    }
}
