//! A proven peer that asks, or attaches, and reads nothing of what it is told: it answers pings and
//! takes headers, but opens no window.

use futures_util::StreamExt as _;
use tonic::transport::{Channel, Endpoint};
use wire::tls::connector;
use wire::v1;
use wire::v1::broker_client::BrokerClient;
use wire::v1::link_client::LinkClient;

use super::raw::hello;
use super::{RogueError, Thief};

impl Thief {
    /// Attaches as the agent would and reads nothing; comes back when the hub has ended it.
    ///
    /// # Errors
    /// There is no connection, or the hub does not let it in.
    pub async fn attach_deaf(&self) -> Result<(), RogueError> {
        let mut link = LinkClient::new(self.deaf_channel().await?);
        let version = self.catalog.version().to_owned();
        let digest = self.catalog.digest().as_bytes().to_vec();
        let first = hello(version, digest);
        let frames = tokio_stream::iter([first]).chain(tokio_stream::pending());
        let attached = link.attach(frames).await;
        let attached = attached.map_err(|status| RogueError::Raw(status.to_string()))?;
        // Nothing comes through the window that is shut; the end of the connection does.
        let _ = attached.into_inner().message().await;
        Ok(())
    }

    /// Puts a request to the hub and reads nothing of the answer; comes back when the hub has ended
    /// the connection, with what it was told then.
    ///
    /// # Errors
    /// There is no connection.
    pub async fn ask_deaf(&self, requests: Vec<v1::AskRequest>) -> Result<usize, RogueError> {
        let channel = self.deaf_channel().await?;
        let asked = requests.into_iter().map(|request| {
            let mut broker = BrokerClient::new(channel.clone());
            async move { broker.ask(request).await }
        });
        let ended = futures_util::future::join_all(asked).await;
        // An answer cannot come through.
        Ok(ended.iter().filter(|end| end.is_err()).count())
    }

    async fn deaf_channel(&self) -> Result<Channel, RogueError> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.hub))?;
        Ok(endpoint
            .initial_stream_window_size(0)
            .connect_with_connector(connector(self.client()?))
            .await?)
    }
}
