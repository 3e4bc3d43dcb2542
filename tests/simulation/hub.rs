//! One hub and its lives: the real broker behind its real doors, over a real journal on a
//! simulated disk. A kill takes away its disk, its streams and its callers at one moment, at
//! whatever its tasks wait for; what they still do nobody sees.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use audit::journal::Writer;
use audit::{Journal, JournalConfig, Recovery};
use hub::acts::Wanted;
use hub::acts::register::Register;
use hub::api::admin;
use hub::api::ask::AskDoor;
use hub::api::attach::AttachDoor;
use hub::app::{Ground, broker_over, start_of_record, write_folds};
use hub::broker::Broker;
use hub::config::Config;
use hub::ledger::{Ledger, Restored, restore};
use hub::limits::exchange;
use hub::metrics::Metrics;
use hub::nodes::BreakerChange;
use hub::staff::Staff;
use hub::witnesses::Witnesses;
use time::OffsetDateTime;
use tokio::sync::broadcast;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;
use wire::{Clock, Limits, RefusalCode};

use super::chance::{Chance, Shared};
use super::disk::SimDisk;
use super::ground::{CATALOG, MORNING, RULES, TRUST};
use super::history::{Event, History};
use super::world::Twist;

pub(super) const SEGMENT_BYTES: u64 = 96 << 10;
/// As in `hub::app`: what the longest entry may have.
pub(super) const ENTRY_BYTES_MAX: usize = 48 * 1024;
/// The writer looks so often whether something is queued; a sync takes about as long.
const SYNC: (u64, u64) = (500, 3_000);

/// A wall clock that can be set wrong.
#[derive(Debug)]
pub(super) struct WallClock {
    begun: Instant,
    off_ms: AtomicI64,
}

impl WallClock {
    pub(super) fn right() -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            off_ms: AtomicI64::new(0),
        })
    }

    pub(super) fn set_off(&self, by_ms: i64) {
        self.off_ms.store(by_ms, Ordering::SeqCst);
    }
}

impl Clock for WallClock {
    fn now(&self) -> OffsetDateTime {
        let passed = i64::try_from(self.begun.elapsed().as_millis()).expect("is short");
        MORNING + time::Duration::milliseconds(passed + self.off_ms.load(Ordering::SeqCst))
    }
}

/// One life of the hub.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) number: u32,
    pub(super) attach: AttachDoor,
    pub(super) ask: AskDoor,
    /// Told at the moment of its death.
    pub(super) dead: CancellationToken,
    broker: Arc<Broker>,
    stopping: CancellationToken,
}

/// The machine that the hub runs on.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) disk: SimDisk,
    pub(super) clock: Arc<WallClock>,
    config: Config,
    /// As in their file.
    limits: Mutex<Limits>,
    twist: Twist,
    history: Arc<History>,
    chance: Shared,
    lives: AtomicU32,
    current: Mutex<Option<Arc<Life>>>,
    /// What a sync takes beyond the usual, in milliseconds.
    slow_ms: AtomicU64,
    tasks: TaskTracker,
}

impl Host {
    pub(super) fn new(
        (config, limits, twist): (Config, Limits, Twist),
        history: Arc<History>,
        tasks: TaskTracker,
        mut chance: Chance,
    ) -> Arc<Self> {
        Arc::new(Self {
            disk: SimDisk::new(chance.fork("disk"), twist == Twist::LyingDisk),
            clock: WallClock::right(),
            config,
            limits: Mutex::new(limits),
            twist,
            history,
            chance: Shared::new(chance),
            lives: AtomicU32::new(0),
            current: Mutex::default(),
            slow_ms: AtomicU64::new(0),
            tasks,
        })
    }

    /// The hub that runs now, if one does.
    pub(super) fn life(&self) -> Option<Arc<Life>> {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn slow_disk(&self, ms: u64) {
        self.slow_ms.store(ms, Ordering::SeqCst);
    }

    /// Starts the hub on its disk as `hub::app` does; `false` if it does not come up.
    pub(super) async fn start(self: &Arc<Self>) -> bool {
        let number = self.lives.fetch_add(1, Ordering::SeqCst) + 1;
        let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
        let Some((broker, start, writer)) = self.open(&tasks, &stopping) else {
            return false;
        };
        let (dead, ending) = (CancellationToken::new(), CancellationToken::new());
        self.write(writer, dead.clone());
        let recorded = start_of_record(&broker, &start.0, &start.1).await;
        if recorded.is_err() || dead.is_cancelled() {
            self.disk.process_killed();
            dead.cancel();
            return false;
        }
        tasks.spawn(write_folds(Arc::clone(&broker), dead.clone()));
        tasks.spawn(Arc::clone(broker.nodes()).keep_probing(dead.clone()));
        tasks.spawn(note_cuts(
            broker.nodes().changes(),
            Arc::clone(&self.history),
            dead.clone(),
        ));
        tasks.spawn(Arc::clone(&broker).keep_acts(dead.clone()));
        let life = Life {
            number,
            attach: AttachDoor {
                broker: Arc::clone(&broker),
                hub: "hub-1".into(),
                ending,
            },
            ask: AskDoor {
                broker: Arc::clone(&broker),
                unread: hub::unread::Unread::default(),
                tracer: wire::traces::Tracer::off(),
            },
            dead,
            broker,
            stopping,
        };
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(life));
        self.history.note(Event::HubUp { life: number });
        true
    }

    /// The broker over the log as it is found.
    fn open(
        &self,
        tasks: &TaskTracker,
        stopping: &CancellationToken,
    ) -> Option<(Arc<Broker>, (Restored, Recovery), Writer)> {
        let mut settings = JournalConfig::new("simulated", "hub-1");
        settings.queue_max = self.config.audit.queue_max;
        settings.segment_bytes = SEGMENT_BYTES;
        settings.entry_bytes_max = ENTRY_BYTES_MAX;
        let opened = Journal::open_stepped(self.disk.mount(), &settings);
        let (journal, recovery, writer) = opened.ok()?;
        let mut restored = restore(&journal, 0).expect("the log is the hub's own");
        match self.twist {
            Twist::Forgetful => restored.uses.clear(),
            Twist::Careless => restored.open.clear(),
            Twist::Lax => restored.acts = Register::default(),
            Twist::None | Twist::LyingDisk | Twist::LostNode => {}
        }
        let random = self.chance.draw(|chance| chance.fork("ids"));
        let spread = self.chance.draw(|chance| chance.fork("spread"));
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let ledger = Ledger::drawing(
            Arc::new(Shared::new(random)),
            journal,
            Arc::clone(&clock),
            &[9; 32],
            restored.latest,
            tasks.clone(),
        );
        let ground = Ground {
            catalog: Arc::clone(&CATALOG),
            rules: Arc::clone(&RULES),
            limits: self.limits().clone(),
            trust: TRUST.clone(),
            ledger,
            metrics: Arc::new(Metrics::new().expect("the metrics")),
            witnesses: Arc::new(Witnesses::none()),
            clock,
            random: Arc::new(Shared::new(spread)),
        };
        let run = (tasks.clone(), stopping.clone());
        let broker = broker_over(&self.config, ground, &restored, run);
        let broker = Arc::new(broker.expect("has room for what was used"));
        Some((broker, (restored, recovery), writer))
    }

    /// The writing thread of one life.
    fn write(self: &Arc<Self>, mut writer: Writer, dead: CancellationToken) {
        let host = Arc::clone(self);
        self.tasks.spawn(async move {
            loop {
                let usual = host.chance.draw(|chance| {
                    let usual = Duration::from_micros(SYNC.0 + chance.below(SYNC.1 - SYNC.0));
                    if chance.below(1_000) == 0 {
                        usual * 50
                    } else {
                        usual
                    }
                });
                let slow = Duration::from_millis(host.slow_ms.load(Ordering::SeqCst));
                tokio::select! {
                    biased;
                    () = dead.cancelled() => return,
                    () = tokio::time::sleep(usual + slow) => {}
                }
                writer.write();
                if host.disk.has_no_power() {
                    dead.cancel();
                    host.gone("power");
                    return;
                }
            }
        });
    }

    /// Whether the log takes entries, as health says.
    pub(super) fn is_recording(&self) -> bool {
        self.life().is_some_and(|life| life.broker.is_recording())
    }

    fn limits(&self) -> std::sync::MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An act at the hub that runs now; none if it is gone before it says anything.
    pub(super) async fn act(
        &self,
        staff: Staff,
        wanted: Wanted,
    ) -> Option<Result<u64, RefusalCode>> {
        let life = self.life()?;
        tokio::select! {
            biased;
            () = life.dead.cancelled() => None,
            done = life.broker.act(staff, wanted) => Some(done.map(|done| done.recorded.number)),
        }
    }

    /// The file of limits is changed; the hub that runs takes it up as soon as its log can say so.
    pub(super) fn review(self: &Arc<Self>, change: impl FnOnce(&Limits) -> Limits) {
        let limits = change(&self.limits());
        *self.limits() = limits.clone();
        let host = Arc::clone(self);
        self.tasks.spawn(async move {
            let Some(life) = host.life() else { return };
            let taken = async {
                while exchange(&life.broker, limits.clone()).await.is_err() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            };
            tokio::select! {
                biased;
                () = life.dead.cancelled() => {}
                () = taken => {}
            }
        });
    }

    /// The clock is set so far off.
    pub(super) fn set_clock_off(&self, by_ms: i64) {
        self.clock.set_off(by_ms);
        self.history.note(Event::HubClock { off_ms: by_ms });
    }

    /// The process is killed.
    pub(super) fn kill(&self) {
        self.disk.process_killed();
        self.gone("killed");
    }

    /// The machine loses its power.
    pub(super) fn cut_power(&self) {
        self.gone("power");
    }

    fn gone(&self, how: &'static str) {
        if how == "power" {
            self.disk.power_lost();
        }
        let life = self
            .current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(life) = life {
            // Its tasks go on against a dead disk and dead streams, and end by themselves.
            self.history.note(Event::HubDown {
                life: life.number,
                how,
            });
            life.dead.cancel();
            life.stopping.cancel();
            life.attach.ending.cancel();
        }
    }

    /// Stops in order: no new questions, those under way are finished, then the streams end.
    pub(super) async fn stop(&self) {
        let Some(life) = self.life() else { return };
        life.stopping.cancel();
        let drain = Duration::from_secs(5);
        let drained = async {
            while self.in_flight(&life).await > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let _ = tokio::time::timeout(drain, drained).await;
        life.attach.ending.cancel();
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.disk.process_killed();
        if !life.dead.is_cancelled() {
            self.gone("stopped");
        }
    }

    /// Questions under way by the hub's own gauge, as Prometheus scrapes it.
    pub(super) async fn in_flight(&self, life: &Life) -> u64 {
        let request = axum::http::Request::get("/metrics").body(axum::body::Body::empty());
        let mut pages = admin::router(&life.broker);
        let response = pages
            .call(request.expect("is a request"))
            .await
            .expect("answers");
        let body = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .expect("is short");
        let text = String::from_utf8_lossy(&body);
        let gauge = text
            .lines()
            .find_map(|line| line.strip_prefix("hub_asks_in_flight "));
        gauge
            .and_then(|number| number.parse().ok())
            .expect("is a gauge")
    }
}

/// Notes whom the hub holds for one that hangs, as its pages hear of it.
async fn note_cuts(
    mut changes: broadcast::Receiver<BreakerChange>,
    history: Arc<History>,
    dead: CancellationToken,
) {
    loop {
        let change = tokio::select! {
            biased;
            () = dead.cancelled() => return,
            change = changes.recv() => change.expect("none is missed"),
        };
        if change.transition.because() == "stalled" {
            history.note(Event::CutOff { node: change.node });
        }
    }
}
