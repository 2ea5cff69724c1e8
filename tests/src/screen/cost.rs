//! What a player costs: processor time and memory of a process and all its descendants, from `/proc`.

use std::{
    collections::{BTreeMap, HashMap},
    fs, thread,
    time::{Duration, Instant},
};

use rustix::param::clock_ticks_per_second;

/// One process in `/proc/PID/stat`.
struct Process {
    parent: u32,
    name: String,
    /// User and system time in clock ticks.
    ticks: u64,
}

/// Processor time and memory of a process tree over a span of time.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Cost {
    /// Processor seconds per second, of the whole tree. 1.0 is one core.
    pub cpu: f64,
    /// The same for the X server, which draws on the tree's behalf.
    pub server_cpu: f64,
    /// Proportional set size of the tree at the end, in bytes: shared pages are counted in part for each sharer.
    pub pss_bytes: u64,
    /// The memory by process name.
    pub pss_by_name: BTreeMap<String, u64>,
    /// Processes at the end.
    pub processes: usize,
}

/// Watches the tree under `root` and the X server's process for `span`.
pub fn watch(root: u32, server: u32, span: Duration) -> Cost {
    let before = table();
    let start = Instant::now();
    thread::sleep(span);
    let after = table();
    let seconds = start.elapsed().as_secs_f64() * clock_ticks_per_second() as f64;
    let ticks_at = |table: &HashMap<u32, Process>, pid: u32| table.get(&pid).map_or(0, |process| process.ticks);
    let spent = |pid: u32| ticks_at(&after, pid).saturating_sub(ticks_at(&before, pid)) as f64;
    let members = tree(&after, root);
    let mut cost = Cost {
        cpu: members.iter().map(|pid| spent(*pid)).sum::<f64>() / seconds,
        server_cpu: spent(server) / seconds,
        processes: members.len(),
        ..Cost::default()
    };
    for pid in members {
        let bytes = pss(pid);
        cost.pss_bytes += bytes;
        let name = after.get(&pid).map(|process| process.name.clone()).unwrap_or_default();
        *cost.pss_by_name.entry(name).or_default() += bytes;
    }
    cost
}

/// A process and all its descendants.
fn tree(table: &HashMap<u32, Process>, root: u32) -> Vec<u32> {
    let mut members = vec![root];
    let mut next = 0;
    while let Some(parent) = members.get(next).copied() {
        members.extend(table.iter().filter(|(_, process)| process.parent == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    members
}

fn table() -> HashMap<u32, Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return HashMap::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        // A process may end between the listing and the reading; then it is simply not in the table.
        .filter_map(|pid| Some((pid, parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?)))
        .collect()
}

/// Reads proc(5)'s `stat` line: the name is in parentheses and may itself hold spaces and parentheses.
fn parse_stat(line: &str) -> Option<Process> {
    let (open, close) = (line.find('(')?, line.rfind(')')?);
    let fields: Vec<&str> = line.get(close + 2..)?.split(' ').collect();
    // Counted from the state, which is field 3: parent is field 4, utime and stime are 14 and 15.
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Process {
        parent: number(1)? as u32,
        name: line.get(open + 1..close)?.to_owned(),
        ticks: number(11)? + number(12)?,
    })
}

/// The proportional set size in bytes; nothing when the process is gone or belongs to somebody else.
fn pss(pid: u32) -> u64 {
    let Ok(rollup) = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) else { return 0 };
    let kilobytes = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Pss:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_past_a_name_with_spaces_and_parentheses() {
        let line = "42 (a (b) c) S 7 42 42 0 -1 4194560 1 0 0 0 30 12 0 0 20 0 1 0 5 6 7";
        let process = parse_stat(line).unwrap();
        assert_eq!((process.parent, process.name.as_str(), process.ticks), (7, "a (b) c", 42));
    }

    #[test]
    fn the_tree_holds_descendants_of_every_generation_and_nobody_else() {
        let process = |parent| Process { parent, name: String::new(), ticks: 0 };
        let table = HashMap::from([(1, process(0)), (2, process(1)), (3, process(2)), (9, process(0))]);
        assert_eq!(tree(&table, 1), [1, 2, 3]);
    }

    #[test]
    fn this_process_has_memory_and_a_missing_one_has_none() {
        assert!(pss(std::process::id()) > 0);
        assert_eq!(pss(u32::MAX), 0);
    }
}
