//! A hub on the bench: a real gRPC server on a loopback socket, without TLS, that answers as told.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status, Streaming};
use wire::v1;
use wire::v1::broker_server::{Broker, BrokerServer};
use wire::v1::link_server::{Link, LinkServer};

type Reply = Box<dyn Fn(&v1::AskRequest) -> Result<v1::Answer, Status> + Send + Sync>;
type Back = mpsc::Sender<Result<v1::LineAnswer, Status>>;
pub(crate) type Down = mpsc::Sender<Result<v1::HubFrame, Status>>;

/// An agent's stream as the hub has it.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) up: Streaming<v1::AgentFrame>,
    pub(crate) down: Down,
}

/// The hub; it is gone when this is dropped.
pub(crate) struct FakeHub {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    attached: mpsc::UnboundedReceiver<Attached>,
    _stop: DropGuard,
}

struct State {
    reply: Mutex<Reply>,
    delay: Mutex<Duration>,
    asked: Mutex<Vec<v1::AskRequest>>,
    /// Questions whose asker hung up before the answer.
    hung_up: Mutex<u32>,
    /// Lines at this hub, and the most there ever were.
    lines: Mutex<(usize, usize)>,
    /// Lists that were given up before they were complete.
    cancelled: Mutex<u32>,
    /// After so many lines a list is cut off.
    cut_after: Mutex<Option<usize>>,
    attached: mpsc::UnboundedSender<Attached>,
    refusals: Mutex<u32>,
    attempts: Mutex<u32>,
}

/// What the server holds: its lists go on in tasks of their own.
struct Serving(Arc<State>);

impl FakeHub {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, attached) = mpsc::unbounded_channel();
        let state = Arc::new(State {
            reply: Mutex::new(Box::new(|_| Err(Status::internal("nothing was told")))),
            delay: Mutex::default(),
            asked: Mutex::default(),
            hung_up: Mutex::default(),
            lines: Mutex::default(),
            cancelled: Mutex::default(),
            cut_after: Mutex::default(),
            attached: sender,
            refusals: Mutex::default(),
            attempts: Mutex::default(),
        });
        let stop = CancellationToken::new();
        let serving = Server::builder()
            .add_service(BrokerServer::new(Serving(Arc::clone(&state))))
            .add_service(LinkServer::from_arc(Arc::clone(&state)))
            .serve_with_incoming(TcpListenerStream::new(listener));
        let stopped = stop.clone().cancelled_owned();
        TaskTracker::new().spawn(async move {
            tokio::select! {
                served = serving => served.unwrap(),
                () = stopped => {}
            }
        });
        Self {
            address,
            state,
            attached,
            _stop: stop.drop_guard(),
        }
    }

    pub(crate) fn channel(&self) -> Channel {
        channel_to(self.address)
    }

    /// From now on every question is answered so.
    pub(crate) fn answers(
        &self,
        reply: impl Fn(&v1::AskRequest) -> Result<v1::Answer, Status> + Send + Sync + 'static,
    ) {
        *self.state.reply.lock().unwrap() = Box::new(reply);
    }

    /// Questions whose asker hung up.
    pub(crate) fn hung_up(&self) -> u32 {
        *self.state.hung_up.lock().unwrap()
    }

    /// From now on every answer comes so much later.
    pub(crate) fn waits(&self, delay: Duration) {
        *self.state.delay.lock().unwrap() = delay;
    }

    /// The next lists end without a word after so many lines.
    pub(crate) fn cuts_after(&self, lines: usize) {
        *self.state.cut_after.lock().unwrap() = Some(lines);
    }

    /// The most lines that were at this hub at once.
    pub(crate) fn lines_at_once(&self) -> usize {
        self.state.lines.lock().unwrap().1
    }

    /// Lists that were given up before they were complete.
    pub(crate) fn cancelled(&self) -> u32 {
        *self.state.cancelled.lock().unwrap()
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<v1::AskRequest> {
        self.state.asked.lock().unwrap().clone()
    }

    /// The next so many agents are not let in.
    pub(crate) fn refuses(&self, times: u32) {
        *self.state.refusals.lock().unwrap() = times;
    }

    /// How often an agent tried to attach.
    pub(crate) fn attempts(&self) -> u32 {
        *self.state.attempts.lock().unwrap()
    }

    /// The next agent that attached; its first frame is its introduction.
    pub(crate) async fn attached(&mut self) -> (v1::Hello, Attached) {
        let next = tokio::time::timeout(super::PATIENCE, self.attached.recv());
        let mut attached = next.await.expect("an agent attaches").unwrap();
        let Some(v1::agent_frame::Frame::Hello(hello)) = attached.frame().await else {
            panic!("the first frame is no hello");
        };
        (hello, attached)
    }
}

/// A plain channel: this hub's door has no lock.
pub(crate) fn channel_to(address: SocketAddr) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    endpoint.tcp_nodelay(true).connect_lazy()
}

impl Attached {
    /// The agent's next frame; `None` when its stream has ended.
    pub(crate) async fn frame(&mut self) -> Option<v1::agent_frame::Frame> {
        let next = tokio::time::timeout(super::PATIENCE, self.up.message());
        let frame = next.await.expect("the agent says something");
        frame.ok().flatten().and_then(|frame| frame.frame)
    }

    /// The agent's next reply.
    pub(crate) async fn reply(&mut self) -> v1::NodeReply {
        match self.frame().await {
            Some(v1::agent_frame::Frame::Reply(reply)) => reply,
            other => panic!("no reply: {other:?}"),
        }
    }

    pub(crate) async fn ask(&self, ask: v1::NodeAsk) {
        self.send(v1::hub_frame::Frame::Ask(ask)).await;
    }

    pub(crate) async fn send(&self, frame: v1::hub_frame::Frame) {
        let frame = v1::HubFrame { frame: Some(frame) };
        self.down.send(Ok(frame)).await.unwrap();
    }
}

/// Counts a question that is dropped before its answer.
struct HangUp<'s>(&'s State);

impl Drop for HangUp<'_> {
    fn drop(&mut self) {
        *self.0.hung_up.lock().unwrap() += 1;
    }
}

impl State {
    /// Takes in whatever comes, each line in a task of its own.
    async fn list(self: Arc<Self>, mut lines: Streaming<v1::AskLine>, answers: Back) {
        let work = TaskTracker::new();
        let mut taken = 0;
        while let Ok(Some(line)) = lines.message().await {
            if *self.cut_after.lock().unwrap() == Some(taken) {
                return;
            }
            taken += 1;
            let (state, answers) = (Arc::clone(&self), answers.clone());
            work.spawn(async move { state.line(line, answers).await });
        }
        work.close();
        tokio::select! {
            () = work.wait() => {}
            () = answers.closed() => *self.cancelled.lock().unwrap() += 1,
        }
    }

    async fn line(&self, line: v1::AskLine, answers: Back) {
        let ask = line.ask.unwrap();
        self.asked.lock().unwrap().push(ask.clone());
        {
            let mut lines = self.lines.lock().unwrap();
            lines.0 += 1;
            lines.1 = lines.1.max(lines.0);
        }
        let delay = *self.delay.lock().unwrap();
        tokio::time::sleep(delay).await;
        let outcome = match (self.reply.lock().unwrap())(&ask) {
            Ok(answer) => v1::line_answer::Outcome::Answer(answer),
            Err(status) => {
                let (_, refusal) = wire::refusal::from_status(&status).unwrap();
                v1::line_answer::Outcome::Refusal(refusal)
            }
        };
        self.lines.lock().unwrap().0 -= 1;
        let answer = v1::LineAnswer {
            line: line.line,
            outcome: Some(outcome),
        };
        let _ = answers.send(Ok(answer)).await;
    }
}

#[tonic::async_trait]
impl Broker for Serving {
    type AskManyStream = ReceiverStream<Result<v1::LineAnswer, Status>>;

    async fn ask_many(
        &self,
        request: Request<Streaming<v1::AskLine>>,
    ) -> Result<Response<Self::AskManyStream>, Status> {
        let (answers, out) = mpsc::channel(1);
        let state = Arc::clone(&self.0);
        TaskTracker::new().spawn(async move { state.list(request.into_inner(), answers).await });
        Ok(Response::new(ReceiverStream::new(out)))
    }

    async fn ask(&self, request: Request<v1::AskRequest>) -> Result<Response<v1::Answer>, Status> {
        let request = request.into_inner();
        let state = &self.0;
        state.asked.lock().unwrap().push(request.clone());
        let delay = *state.delay.lock().unwrap();
        let waiting = HangUp(state);
        tokio::time::sleep(delay).await;
        std::mem::forget(waiting);
        let answer = (state.reply.lock().unwrap())(&request);
        answer.map(Response::new)
    }
}

#[tonic::async_trait]
impl Link for State {
    type AttachStream =
        Pin<Box<dyn tokio_stream::Stream<Item = Result<v1::HubFrame, Status>> + Send>>;

    async fn attach(
        &self,
        request: Request<Streaming<v1::AgentFrame>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        *self.attempts.lock().unwrap() += 1;
        {
            let mut refusals = self.refusals.lock().unwrap();
            if *refusals > 0 {
                *refusals -= 1;
                let refusal = wire::RefusalCode::AttachTooMany.to_wire("");
                return Err(wire::refusal::status(&refusal));
            }
        }
        let (down, frames) = mpsc::channel(16);
        let welcome = v1::hub_frame::Frame::Welcome(v1::Welcome {
            hub: "hub-1".into(),
            log: "hub-1".into(),
            asks_max: 256,
        });
        let welcome = v1::HubFrame {
            frame: Some(welcome),
        };
        down.send(Ok(welcome)).await.unwrap();
        let up = request.into_inner();
        self.attached.send(Attached { up, down }).unwrap();
        Ok(Response::new(Box::pin(ReceiverStream::new(frames))))
    }
}
