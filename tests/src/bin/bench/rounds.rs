//! The order in which everything is measured: rounds, in which each player has its turn under the same conditions.

use std::{path::Path, thread, time::Duration};

use tests::screen::{
    Screen, ScreenError,
    cost::{Cost, watch},
    player::{Kind, Launch, PLACE, Player},
    stage::Stage,
    swipe::{Direction, Input, Plan, Run, measure},
    xvfb::Xvfb,
};

/// The rest of somebody who looks for something to watch.
pub(crate) const CALM: Duration = Duration::from_millis(1800);
/// The rest of somebody who skips on.
pub(crate) const HASTY: Duration = Duration::from_millis(500);
/// A player that shows nothing for so long has failed.
const START_WITHIN: Duration = Duration::from_secs(60);
/// A start has its own work (scanning, warming caches) that is not the cost of playing.
const AFTER_START: Duration = Duration::from_secs(5);
const PLAYING: Duration = Duration::from_secs(8);
const AFTER_PAUSE: Duration = Duration::from_secs(3);
const PAUSED: Duration = Duration::from_secs(5);

/// How much is measured.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub(crate) struct Effort {
    /// Each round starts every player anew.
    rounds: usize,
    /// Swipes per round in the conditions that matter most.
    swipes: usize,
    /// Swipes per round in the others.
    fewer: usize,
    /// Starts that are timed and watched for cost.
    starts: usize,
}

impl Effort {
    /// A hundred swipes by each kind of input; about 35 minutes.
    pub(crate) const FULL: Self = Self { rounds: 2, swipes: 50, fewer: 25, starts: 3 };
    /// A look whether it works at all; about 5 minutes.
    pub(crate) const QUICK: Self = Self { rounds: 1, swipes: 12, fewer: 8, starts: 1 };
    /// No swipes; about 8 minutes.
    pub(crate) const COST: Self = Self { rounds: 0, swipes: 0, fewer: 0, starts: 5 };
}

/// All swipes of one player under one condition.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Cell {
    pub(crate) player: Kind,
    #[serde(flatten)]
    pub(crate) run: Run,
}

/// What one player cost, over its starts.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Costs {
    pub(crate) player: Kind,
    /// Seconds from the start to the first picture, with an empty profile.
    pub(crate) launch_s: Vec<f64>,
    /// The same with a profile that has been used; only ours.
    pub(crate) relaunch_s: Vec<f64>,
    pub(crate) playing: Vec<Cost>,
    /// With playback paused; only players that can.
    pub(crate) paused: Vec<Cost>,
}

impl Costs {
    fn new(player: Kind) -> Self {
        Self { player, launch_s: vec![], relaunch_s: vec![], playing: vec![], paused: vec![] }
    }
}

/// Everything that was measured.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Results {
    pub(crate) effort: Effort,
    /// The load average over the minute before the first and after the last round.
    pub(crate) load: [f64; 2],
    pub(crate) cells: Vec<Cell>,
    pub(crate) costs: Vec<Costs>,
}

/// The conditions of a session: what is done, at which pace, how many times, and how many times back again.
struct Session {
    player: Kind,
    input: Input,
    dwell: Duration,
    next: usize,
    back: usize,
}

/// Measures everything; without `app`, the peers only.
pub(crate) fn play(series: &Path, app: Option<&Path>, effort: Effort) -> Result<Results, ScreenError> {
    let server = Xvfb::start(1280, PLACE.height)?;
    let screen = server.connect()?;
    let launch = Launch {
        display: server.display().into(),
        series: series.into(),
        app: app.map(Into::into).unwrap_or_default(),
        home: None,
    };
    let bench = Bench { screen, launch, server: server.pid(), effort };
    let before = load();
    if before > 0.5 {
        println!("The machine is busy (load {before:.1}); timings will suffer from it.");
    }
    let mut cells: Vec<Cell> = Vec::new();
    for round in 1..=effort.rounds {
        for session in sessions(effort).into_iter().filter(|session| app.is_some() || session.player != Kind::App) {
            println!(
                "Round {round} of {}: {}, {:?}, a rest of {} s …",
                effort.rounds,
                session.player.name(),
                session.input,
                session.dwell.as_secs_f64()
            );
            for run in bench.session(&session)? {
                add(&mut cells, session.player, run);
            }
        }
    }
    let players = [Kind::App, Kind::Gst, Kind::Mpv, Kind::Chromium];
    let there = players.into_iter().filter(|player| app.is_some() || *player != Kind::App);
    let mut costs: Vec<Costs> = there.map(Costs::new).collect();
    // In turns: a machine that becomes slower becomes so for all.
    for start in 1..=effort.starts {
        for costs in &mut costs {
            println!("Launch and cost, {start} of {}: {} …", effort.starts, costs.player.name());
            bench.start(costs)?;
        }
    }
    if let Some(ours) = costs.iter_mut().find(|costs| costs.player == Kind::App) {
        ours.relaunch_s = bench.relaunches()?;
    }
    Ok(Results { effort, load: [before, load()], cells, costs })
}

fn sessions(effort: Effort) -> Vec<Session> {
    let Effort { swipes, fewer, .. } = effort;
    let mut sessions = Vec::new();
    for dwell in [CALM, HASTY] {
        let session = |player, input, next, back| Session { player, input, dwell, next, back };
        sessions.push(session(Kind::App, Input::Key, swipes, fewer));
        sessions.push(session(Kind::Chromium, Input::Key, swipes, 0));
        sessions.push(session(Kind::Mpv, Input::Key, swipes, 0));
        sessions.push(session(Kind::App, Input::Wheel, fewer, fewer));
        sessions.push(session(Kind::App, Input::Drag, fewer, fewer));
    }
    sessions
}

/// Puts a run with those of the rounds before it.
fn add(cells: &mut Vec<Cell>, player: Kind, run: Run) {
    let same = |cell: &&mut Cell| {
        cell.player == player
            && cell.run.input == run.input
            && cell.run.direction == run.direction
            && cell.run.dwell_s.total_cmp(&run.dwell_s).is_eq()
    };
    match cells.iter_mut().find(same) {
        Some(cell) => {
            cell.run.samples.extend(run.samples);
            cell.run.missed += run.missed;
            cell.run.still += run.still;
            cell.run.wrong += run.wrong;
        }
        None => cells.push(Cell { player, run }),
    }
}

struct Bench {
    screen: Screen,
    launch: Launch,
    server: u32,
    effort: Effort,
}

impl Bench {
    fn session(&self, session: &Session) -> Result<Vec<Run>, ScreenError> {
        let mut player = Player::start(session.player, &self.launch)?;
        let (_, stage) = player.settled(&self.screen, START_WITHIN)?;
        thread::sleep(AFTER_START);
        let legs = [(Direction::Next, session.next), (Direction::Previous, session.back)];
        legs.into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(direction, count)| {
                let plan = Plan { input: session.input, direction, dwell: session.dwell, count };
                measure(&self.screen, &stage, plan)
            })
            .collect()
    }

    /// Starts a player once more and watches it.
    fn start(&self, costs: &mut Costs) -> Result<(), ScreenError> {
        let kind = costs.player;
        let mut player = Player::start(kind, &self.launch)?;
        let (_, _, launch) = player.first_frame(&self.screen, START_WITHIN)?;
        costs.launch_s.push(launch.as_secs_f64());
        let (_, stage) = player.settled(&self.screen, START_WITHIN)?;
        self.screen.point(stage.point(0.5, 0.5))?;
        thread::sleep(AFTER_START);
        if kind == Kind::App {
            // Only with an episode behind it are all three decks full.
            self.screen.key("Down")?;
            thread::sleep(AFTER_START);
        }
        costs.playing.push(watch(player.pid(), self.server, PLAYING));
        if kind != Kind::Gst {
            self.screen.key("Space")?;
            thread::sleep(AFTER_PAUSE);
            let paused = watch(player.pid(), self.server, PAUSED);
            if self.moves(&stage)? {
                println!("{} went on playing after Space; its cost when paused is not known.", kind.name());
            } else {
                costs.paused.push(paused);
            }
        }
        Ok(())
    }

    /// Whether the right stripe flips, by several looks at uneven phases of its frames.
    fn moves(&self, stage: &Stage) -> Result<bool, ScreenError> {
        let first = self.screen.grab(stage.right_column())?;
        for _ in 0..10 {
            thread::sleep(Duration::from_millis(25));
            if self.screen.grab(stage.right_column())?.difference(&first, 60) > 0.2 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Starts with a profile that the first start has filled.
    fn relaunches(&self) -> Result<Vec<f64>, ScreenError> {
        let home =
            tempfile::tempdir().map_err(|source| ScreenError::File { path: "a temporary folder".into(), source })?;
        let launch = Launch { home: Some(home.path().into()), ..self.launch.clone() };
        let mut times = Vec::new();
        for _ in 0..=self.effort.starts {
            let mut player = Player::start(Kind::App, &launch)?;
            times.push(player.first_frame(&self.screen, START_WITHIN)?.2.as_secs_f64());
            player.settled(&self.screen, START_WITHIN)?;
        }
        Ok(times.split_off(1))
    }
}

/// The load average of the last minute; 0 where the system does not tell.
fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}
