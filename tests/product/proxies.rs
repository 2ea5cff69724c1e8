//! Proxies that the environment names: servers are asked through them, but for those that it excepts, and the player's own
//! requests to the gateway on this machine never are.
//!
//! A program's environment is what it was started with, so what is tested runs in one of its own.

use crate::network::{live, made_of_noise};
use crate::rig::{EngineRig, alone};
use media::http::{Client, ClientOptions, Location, Reach};
use model::Phase;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tests::hls;
use tests::origin::{Origin, Resource, made_up};
use tokio::runtime::Runtime;
use tokio::time::Instant;

/// What the program is to fetch, and where its library is; unset in the test itself.
const ADDRESS: &str = "PROXIES_TEST_ADDRESS";
const HOME: &str = "PROXIES_TEST_HOME";
const VARIABLES: [&str; 8] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"];
/// A server that only its proxy can find (RFC 6761, section 6.4).
const SERVER: &str = "server.invalid";
const EPISODE: &str = "/episode.mp4";
const LENGTH: u64 = 100_000;

/// Runs a test again, in a program that is told this and nothing else of proxies.
fn again(test: &str, told: &[(&str, &str)]) {
    let mut program = Command::new(std::env::current_exe().unwrap());
    for variable in VARIABLES {
        program.env_remove(variable);
    }
    let test = format!("proxies::{test}");
    let output = program.args([&test, "--exact", "--nocapture"]).envs(told.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{told:?}: {said}{complained}");
}

/// In a program that was started for it: fetches the episode. Else nothing.
fn fetches() -> bool {
    let Ok(address) = std::env::var(ADDRESS) else { return false };
    let location = Location { reach: Reach::Anywhere, ..Location::new(address) };
    Runtime::new().unwrap().block_on(async {
        let client = Client::new(ClientOptions { attempts: 1, ..ClientOptions::default() }).unwrap();
        let answer = client.range(&location, 0..LENGTH, None, Instant::now() + Duration::from_secs(60)).await.unwrap();
        assert!(answer.body.collect().await.unwrap() == made_up(1, 0..LENGTH));
    });
    true
}

fn origin() -> Origin {
    let origin = Origin::start();
    origin.put(EPISODE, Resource::made_up(LENGTH, 1));
    origin
}

/// It was asked, and as a proxy for the server alone.
fn was_asked_for_the_server(proxy: &Origin) {
    let requests = proxy.requests();
    let asks = |request: &tests::origin::Request| request.to_proxy && request.header("host") == Some(SERVER);
    assert!(!requests.is_empty() && requests.iter().all(asks), "{requests:?}");
}

#[test]
fn a_server_is_asked_through_the_proxy_that_the_environment_names() {
    if fetches() {
        return;
    }
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy"] {
        let proxy = origin();
        let told = [(variable, &*proxy.url("")), (ADDRESS, &format!("http://{SERVER}{EPISODE}"))];
        again("a_server_is_asked_through_the_proxy_that_the_environment_names", &told);
        was_asked_for_the_server(&proxy);
    }
}

#[test]
fn a_server_that_the_environment_excepts_is_asked_directly() {
    if fetches() {
        return;
    }
    for variable in ["no_proxy", "NO_PROXY"] {
        let (server, proxy) = (origin(), origin());
        let told =
            [("http_proxy", &*proxy.url("")), (variable, "other.invalid, 127.0.0.1"), (ADDRESS, &server.url(EPISODE))];
        again("a_server_that_the_environment_excepts_is_asked_directly", &told);
        let requests = server.requests();
        assert!(!requests.is_empty() && requests.iter().all(|request| !request.to_proxy), "{requests:?}");
        assert_eq!(proxy.requests(), []);
    }
}

#[test]
fn streams_play_where_a_proxy_is_named_and_what_the_player_asks_of_this_machine_does_not_go_through_it() {
    if let Some(home) = std::env::var_os(HOME) {
        return live(plays_to_the_end(home.as_ref()));
    }
    let _alone = alone();
    for variable in ["http_proxy", "HTTP_PROXY"] {
        let (proxy, home) = (Origin::start(), tempfile::tempdir().unwrap());
        let film = made_of_noise(home.path(), 2, 1, &["-f", "lavfi", "-i", "sine=duration=2"]);
        let lists = [hls::Kind::TransportStreams, hls::Kind::SoundApart].map(|kind| {
            for (name, piece) in hls::cut(&film, 1, kind).unwrap() {
                proxy.put(&format!("/{}/{name}", kind.name()), piece);
            }
            format!("http://{SERVER}/{}/{}", kind.name(), hls::PLAYLIST)
        });
        proxy.put("/list.txt", Resource::new(lists.join("\n")).typed("text/plain"));
        let told = [(variable, &*proxy.url("")), (HOME, home.path().to_str().unwrap())];
        again(
            "streams_play_where_a_proxy_is_named_and_what_the_player_asks_of_this_machine_does_not_go_through_it",
            &told,
        );
        was_asked_for_the_server(&proxy);
    }
}

/// One stream and the next.
async fn plays_to_the_end(home: &Path) {
    let mut rig = EngineRig::with_list(home, &format!("http://{SERVER}/list.txt")).await;
    rig.play(Some(0)).await;
    rig.until("the first plays", |s| s.index == 0 && s.phase == Phase::Playing).await;
    rig.until("the second plays", |s| s.index == 1 && s.phase == Phase::Playing).await;
    rig.until("the end", |s| s.index == 1 && s.phase == Phase::Ended).await;
    rig.stop().await;
}
