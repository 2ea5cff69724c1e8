//! `cliffhanger-cli plan --stdio` and `prefetch-sim`: the planner, asked by others.

use crate::{Home, program};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Nothing here may take longer.
const DEADLINE: Duration = Duration::from_secs(10);
const CHUNKS: usize = 6;

/// The program, which answers lines.
struct Planner {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
}

impl Planner {
    fn start() -> Self {
        let home = std::env::temp_dir();
        let mut command = program(&home);
        let command = command.args(["plan", "--stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (tell, answers) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || output.lines().try_for_each(|line| tell.send(line.unwrap())));
        Self { input: child.stdin.take(), child, answers }
    }

    fn send(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The answer to a message, which must come before anything else is asked.
    fn ask(&mut self, message: &Value) -> Value {
        self.send(&message.to_string());
        serde_json::from_str(&self.answers.recv_timeout(DEADLINE).expect("an answer")).unwrap()
    }
}

impl Drop for Planner {
    fn drop(&mut self) {
        // Where a test fails before the end of the input.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A video of which `next_chunk` chunks are there; described where it is shown first.
fn player(id: i64, next_chunk: usize, described: bool) -> Value {
    let mut player = json!({ "id": id, "play_ms": 0.0, "buffer_ms": next_chunk as f64 * 1000.0, "chunks": CHUNKS,
        "next_chunk": next_chunk, "bitrates": vec![0; next_chunk] });
    if described {
        player["sizes"] = json!([vec![94_000; CHUNKS], vec![150_000; CHUNKS], vec![231_000; CHUNKS]]);
        player["retention"] = json!([1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.0]);
    }
    player
}

fn message(step: u32, fetched: bool, players: Vec<Value>) -> Value {
    json!({ "session": 0, "step": step, "first_step": step == 0, "delay_ms": if fetched { 700.0 } else { 0.0 },
        "rebuf_ms": 0.0, "bytes": if fetched { 94_000 } else { 0 }, "slept": false, "end_of_video": false,
        "play_id": players[0]["id"], "players": players })
}

/// The first messages of a session: the first video fills up.
fn session() -> Vec<Value> {
    let players = |next, described| (0..3).map(|id| player(id, if id == 0 { next } else { 0 }, described)).collect();
    let first = message(0, false, players(0, true));
    std::iter::once(first).chain((1..=CHUNKS as u32).map(|n| message(n, true, players(n as usize, false)))).collect()
}

/// Panics unless the answer is one that a simulator can carry out.
fn check_legal(answer: &Value, message: &Value) {
    let players = message["players"].as_array().unwrap();
    match answer.get("video_id") {
        Some(id) => {
            let player = players.iter().find(|player| player["id"] == *id).expect("a video of the queue");
            assert!(player["next_chunk"].as_u64() < player["chunks"].as_u64(), "{answer} to {message}");
            assert!(answer["bitrate"].as_u64().is_some_and(|level| level < 3), "{answer}");
            assert_eq!(answer["sleep_ms"], 0);
        }
        None => assert!(answer["sleep_ms"].as_u64().is_some_and(|ms| ms >= 1), "{answer}"),
    }
}

#[test]
fn every_line_is_answered_at_once_by_a_legal_decision_until_the_input_ends() {
    let mut planner = Planner::start();
    let answers: Vec<Value> = session().iter().map(|message| planner.ask(message)).collect();
    session().iter().zip(&answers).for_each(|(message, answer)| check_legal(answer, message));
    assert_eq!((&answers[0]["video_id"], &answers[0]["sleep_ms"]), (&json!(0), &json!(0)), "nothing can play yet");
    assert_ne!(answers[CHUNKS]["video_id"], json!(0), "it is whole");
    planner.send("no message");
    planner.send("");
    let odd: Value = serde_json::from_str(&planner.answers.recv_timeout(DEADLINE).unwrap()).unwrap();
    assert!(odd["sleep_ms"].as_u64().is_some_and(|ms| ms >= 1), "{odd}");
    drop(planner.input.take());
    // The answers end when the program does.
    assert!(planner.answers.recv_timeout(DEADLINE).is_err(), "an answer to nothing");
    assert!(planner.child.wait().unwrap().success());
}

#[test]
fn a_first_step_ends_whatever_was_known() {
    let mut planner = Planner::start();
    let first: Vec<Value> = session().iter().map(|message| planner.ask(message)).collect();
    // Described in the session before: unknown in this one.
    let undescribed = message(0, false, vec![player(0, 0, false), player(1, 0, false)]);
    let answer = planner.ask(&undescribed);
    assert!(answer.get("video_id").is_none(), "{answer}");
    // And what was learned of the link is forgotten.
    let again: Vec<Value> = session().iter().map(|message| planner.ask(message)).collect();
    assert_eq!(again, first);
}

/// Data like the challenge's, small: two videos, and one trace of each set.
fn traces(folder: &Path) {
    let write = |path: String, lines: Vec<String>| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
    };
    for (set, mbps) in [("low", 1.0), ("medium", 2.0)] {
        let line = |half: u32| format!("{} {}", f64::from(half) * 0.5, mbps * if half % 4 == 3 { 0.3 } else { 1.2 });
        write(format!("network/{set}/0"), (0..60).map(line).collect());
    }
    for (name, chunks) in [("1_a", 8), ("2_b", 5)] {
        write(format!("retention/{name}"), (0..=chunks + 1).map(|s| format!("{s} {}", 0.95_f64.powi(s))).collect());
        for (level, size) in [94_000, 150_000, 231_000].into_iter().enumerate() {
            write(format!("chunk_size/{name}/video_size_{level}"), (0..chunks).map(|_| size.to_string()).collect());
        }
    }
}

#[test]
fn the_replay_prints_the_planner_beside_two_simple_policies_for_each_set() {
    let home = Home::new();
    traces(home.path());
    let folder = home.path().to_str().unwrap();
    let said = home.run(&["prefetch-sim", "--traces", folder, "--seeds", "2"]).done();
    let mut lines = said.lines();
    let head: Vec<_> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["set", "policy", "score", "QoE", "Mbit", "wasted", "stall", "s", "p99"]);
    for set in ["low", "medium"] {
        for policy in ["planner", "next only", "fixed 4 ahead"] {
            let line = lines.next().unwrap();
            let numbers = line.strip_prefix(set).unwrap().trim_start().strip_prefix(policy).unwrap();
            let numbers: Vec<f64> = numbers.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            let [score, qoe, megabits, wasted, stall, _p99] = numbers[..] else { panic!("{line}") };
            assert!((score - (qoe - 0.5 * megabits)).abs() < 0.02, "{line}");
            assert!(megabits > 0.0 && (0.0..=megabits).contains(&wasted) && stall > 0.0, "{line}");
        }
    }
    assert_eq!(lines.next(), None);
    let low = home.run(&["prefetch-sim", "--traces", folder, "--set", "low", "--seeds", "2"]).done();
    assert_eq!((low.lines().count(), low.contains("medium")), (4, false), "{low}");
}

#[test]
fn traces_that_are_not_there_are_named() {
    let home = Home::new();
    let ran = home.run(&["prefetch-sim", "--traces", home.path().join("none").to_str().unwrap()]);
    assert!(ran.failed().contains("none/chunk_size cannot be read"));
    assert_eq!(home.run(&["plan"]).status, Some(2), "it says how it is used");
}
