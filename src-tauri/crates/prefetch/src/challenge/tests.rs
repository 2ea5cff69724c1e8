//! Small sessions, through the same lines that another simulator would send.

use super::*;

pub(super) fn videos() -> Vec<Video> {
    let video = |chunks: usize| Video {
        sizes: [95_000.0, 150_000.0, 232_000.0].map(|bytes| vec![bytes; chunks]),
        retention: (0..=chunks).map(|s| 0.93_f64.powi(s as i32)).chain([0.0]).collect(),
    };
    [9, 14, 5, 20, 8, 3, 11].map(video).to_vec()
}

fn steady(mbps: f64) -> Trace {
    (0..400).map(|i| (f64::from(i) * 0.5, mbps)).collect()
}

/// Plays a session through the lines of the protocol; every decision must be legal.
fn session(mbps: f64, watch: &[f64], agent: &mut Agent) -> (Score, usize) {
    let (videos, trace) = (videos(), steady(mbps));
    let mut last = vec![None; videos.len()];
    let mut world = World::new(&videos, watch, &trace, &mut last, 0);
    for steps in 1..5_000 {
        let line = serde_json::to_string(world.message()).unwrap();
        let decision = serde_json::from_str(&agent.answer_line(&line)).unwrap();
        if let Some(score) = world.step(decision).unwrap() {
            return (score, steps);
        }
    }
    panic!("the session never ends");
}

const WHOLE: [f64; 7] = [9_000.0, 14_000.0, 5_000.0, 20_000.0, 8_000.0, 3_000.0, 11_000.0];
const FICKLE: [f64; 7] = [900.0, 4_200.0, 0.0, 12_345.0, 700.0, 2_999.0, 1.0];

#[test]
fn a_session_of_lines_is_legal_to_its_end_for_every_viewer_and_link() {
    let mut agent = Agent::default();
    for mbps in [0.3, 1.2, 4.0, 40.0] {
        for watch in [WHOLE, FICKLE] {
            let (score, _) = session(mbps, &watch, &mut agent);
            assert!(score.megabits > 0.0 && score.total().is_finite());
        }
    }
}

#[test]
fn a_fast_link_hardly_stalls_and_a_leaver_wastes_little() {
    let (whole, _) = session(6.0, &WHOLE, &mut Agent::default());
    assert!(whole.stall < 1.5 && whole.wasted == 0.0, "{whole:?}");
    let (fickle, _) = session(6.0, &FICKLE, &mut Agent::default());
    assert!(fickle.wasted < 30.0, "{fickle:?}");
}

#[test]
fn the_same_session_is_answered_the_same_whatever_came_before() {
    let fresh = session(1.4, &WHOLE, &mut Agent::default());
    let mut agent = Agent::default();
    session(0.5, &FICKLE, &mut agent);
    assert_eq!(session(1.4, &WHOLE, &mut agent), fresh);
}

#[test]
fn the_world_counts_as_the_original_does() {
    // One chunk a second at 1 Mbit/s: 80 ms + 95,000 bytes at 95 % of 1 Mbit/s are 880 ms.
    let (videos, trace) = (videos(), steady(1.0));
    let mut last = vec![None; videos.len()];
    let mut world = World::new(&videos, &WHOLE, &trace, &mut last, 0);
    assert_eq!(world.step(Decision::fetch(0, 0)).unwrap(), None);
    let message = world.message();
    assert_eq!((message.delay_ms, message.rebuf_ms, message.bytes), (880.0, 880.0, 95_000.0));
    assert_eq!((message.players[0].buffer_ms, message.players[0].play_ms), (1000.0, 0.0));
    assert!(message.players[0].sizes.is_none() && message.players.len() == 5);
    assert_eq!(world.step(Decision::sleep(400)).unwrap(), None);
    assert!(world.message().slept);
    assert_eq!((world.message().players[0].play_ms, world.message().rebuf_ms), (400.0, 0.0));
    world.step(Decision::fetch(5, 0)).unwrap_err();
    world.step(Decision::fetch(0, 3)).unwrap_err();
}

#[test]
fn a_viewer_who_leaves_takes_the_rest_of_the_time_to_the_next_video() {
    let (videos, trace) = (videos(), steady(1.0));
    let mut last = vec![None; videos.len()];
    let watch = [500.0, 14_000.0, 5_000.0, 20_000.0, 8_000.0, 3_000.0, 11_000.0];
    let mut world = World::new(&videos, &watch, &trace, &mut last, 0);
    world.step(Decision::fetch(0, 0)).unwrap();
    world.step(Decision::sleep(800)).unwrap();
    assert_eq!(world.message().play_id, 1);
    assert_eq!(world.message().rebuf_ms, 300.0);
}

#[test]
fn odd_lines_are_answered_by_a_sleep_and_leave_no_mark() {
    let odd: [&[u8]; 8] = [
        b"nonsense",
        b"{}",
        b"[]",
        b"{\"players\":[{}]}",
        b"{\"players\":[{\"id\":3,\"chunks\":2,\"next_chunk\":7,\"sizes\":[[1]],\"retention\":[]}],\"play_id\":3}",
        b"{\"first_step\":true,\"delay_ms\":-1e300,\"bytes\":1e300,\"players\":[{\"chunks\":99999999}]}",
        b"{\"players\":[{\"chunks\":3,\"sizes\":[],\"retention\":[null]}]}",
        &[0xff, 0xfe, b'{'],
    ];
    let mut output = Vec::new();
    serve(odd.join(&b'\n').as_slice(), &mut output).unwrap();
    let answers = String::from_utf8(output).unwrap();
    assert_eq!(answers.lines().count(), odd.len());
    assert!(answers.lines().all(|l| l.starts_with("{\"sleep_ms\":")), "{answers}");
}

#[test]
fn an_undescribed_video_is_fetched_from_its_sparse_description() {
    let line = "{\"first_step\":true,\"play_id\":4.0,\"players\":[{\"id\":4,\"chunks\":3.0,\"next_chunk\":0,\"bitrates\":[],\
                \"sizes\":[[9,9,9],[9],[]],\"retention\":[1,2,0.5,0.1,0]}]}";
    assert_eq!(Agent::default().answer_line(line), "{\"video_id\":4,\"bitrate\":0,\"sleep_ms\":0}");
}

#[test]
fn viewers_are_those_of_the_original() {
    // On curves made up here only the shape can be checked.
    let watch = viewers::viewer(&videos(), 3);
    assert!(watch.iter().zip(WHOLE).all(|(watched, whole)| (0.0..=whole).contains(watched)));
    let Some(root) = scores::traces() else { return };
    let videos = traces::videos(&root).unwrap();
    let first = [17_000.0, 26_000.0, 1_447.0, 5_150.0, 33_855.0, 1_088.0, 1_074.0];
    assert_eq!(viewers::viewer(&videos, 0), first);
}
