//! What a deck and the thread that reads for it agree on before the deck begins to play: who waits for whom.

use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes that are gathered at most, whatever a file says of its running time: four seconds at 8 Mbit/s.
const GATHER_MOST: u64 = 4 << 20;
/// Where the running time is not known, so many are gathered.
const GATHER_UNKNOWN: u64 = 512 << 10;

/// A deck may ask the reading thread to gather some bytes before it begins, but only while that thread is reading: a
/// pipeline whose queues are full asks for nothing, and then nobody would tell the deck to go on.
#[derive(Debug, Default)]
pub(crate) struct Beginning {
    asked: AtomicBool,
    reads: AtomicBool,
}

impl Beginning {
    /// The deck asks. True where the reading thread has heard it, or will: then it tells when enough has come.
    pub(crate) fn ask(&self) -> bool {
        // In this order, and the reading thread in the other one: what is asked here is seen there, or taken back.
        self.asked.store(true, Ordering::SeqCst);
        self.reads.load(Ordering::SeqCst) || !self.take()
    }

    /// Takes what was asked.
    pub(crate) fn take(&self) -> bool {
        self.asked.swap(false, Ordering::SeqCst)
    }

    /// Whether something was asked that nobody has taken.
    pub(crate) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// The thread reads. Afterwards, and before it hands over what it read, it must look whether something was asked.
    pub(crate) fn reading<T>(&self, read: impl FnOnce() -> T) -> T {
        self.reads.store(true, Ordering::SeqCst);
        let read = read();
        self.reads.store(false, Ordering::SeqCst);
        read
    }
}

/// The bytes of so many seconds of playing; `rate` in bytes a second, 0 where it is not known.
pub(crate) fn enough(rate: f64, seconds: f64) -> u64 {
    if rate > 0.0 { ((rate * seconds) as u64).min(GATHER_MOST) } else { GATHER_UNKNOWN }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn a_deck_that_was_promised_to_be_told_is_told_before_anything_is_handed_over() {
        const PROMISES: usize = 5_000;
        let beginning = Beginning::default();
        // How often something was handed over; how often decks were told, and when the last one was.
        let (handed, told, at) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let over = AtomicBool::new(false);
        let (mut promised, mut late, mut unpromised) = (0, 0, 0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let read = || {
                    beginning.reading(|| {
                        if beginning.take() {
                            at.store(handed.load(Ordering::SeqCst), Ordering::SeqCst);
                            told.fetch_add(1, Ordering::SeqCst);
                        }
                    });
                };
                while !over.load(Ordering::SeqCst) {
                    read();
                    while beginning.is_asked() {
                        read();
                    }
                    handed.fetch_add(1, Ordering::SeqCst);
                }
            });
            while promised < PROMISES {
                if beginning.ask() {
                    let before = handed.load(Ordering::SeqCst);
                    promised += 1;
                    while told.load(Ordering::SeqCst) < promised {
                        std::hint::spin_loop();
                    }
                    late += usize::from(at.load(Ordering::SeqCst) > before);
                }
                unpromised += usize::from(told.load(Ordering::SeqCst) != promised);
            }
            over.store(true, Ordering::SeqCst);
        });
        assert_eq!((late, unpromised), (0, 0));
    }

    #[test]
    fn a_file_that_lies_about_its_running_time_is_not_gathered_for_ever() {
        assert_eq!(enough(1e6, 0.5), 500_000);
        assert_eq!(enough(1e12, 0.5), GATHER_MOST);
        assert_eq!(enough(0.0, 0.5), GATHER_UNKNOWN);
    }
}
