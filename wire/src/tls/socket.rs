//! What the kernel is told about a connection: small frames leave at once, and a peer that vanished
//! is noticed although nobody writes, or although what was written is never acknowledged.

use std::io;
use std::time::Duration;

use rustix::net::sockopt;
use tokio::net::TcpStream;

/// Bytes that were sent and not acknowledged for so long end the connection; so do windows that
/// stay shut, which a peer that does not read holds shut.
pub const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(10);
/// Silence after which the kernel asks whether the peer is there, how often, and how many times.
const IDLE_MAX: Duration = Duration::from_secs(5);
const ASKED_EVERY: Duration = Duration::from_secs(2);
const ASKED_TIMES: u32 = 3;

/// Sets up a connection, on either side.
pub(crate) fn prepare(tcp: &TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    sockopt::set_socket_keepalive(tcp, true)?;
    sockopt::set_tcp_keepidle(tcp, IDLE_MAX)?;
    sockopt::set_tcp_keepintvl(tcp, ASKED_EVERY)?;
    sockopt::set_tcp_keepcnt(tcp, ASKED_TIMES)?;
    let most = u32::try_from(UNACKNOWLEDGED_MAX.as_millis()).unwrap_or(u32::MAX);
    sockopt::set_tcp_user_timeout(tcp, most)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn the_kernel_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tcp = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        prepare(&tcp).unwrap();
        assert!(sockopt::socket_keepalive(&tcp).unwrap() && tcp.nodelay().unwrap());
        assert_eq!(sockopt::tcp_keepidle(&tcp).unwrap(), IDLE_MAX);
        assert_eq!(sockopt::tcp_keepintvl(&tcp).unwrap(), ASKED_EVERY);
        assert_eq!(sockopt::tcp_keepcnt(&tcp).unwrap(), ASKED_TIMES);
        assert_eq!(sockopt::tcp_user_timeout(&tcp).unwrap(), 10_000);
    }
}
