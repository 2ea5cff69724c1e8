//! When to ask again: jittered back-off, what a server wishes by `Retry-After`, and whether there is time for it.

use std::time::{Duration, SystemTime};

/// The longest wait that is ours. A server's `Retry-After` may ask for more.
const LONGEST: Duration = Duration::from_secs(8);

/// The wait before attempt `attempt` (the first repetition is 1): between half of and the whole of `base`, doubled for
/// every further attempt. `jitter` is uniform in 0..1. ("Equal jitter" of Brooker, "Exponential Backoff And Jitter", AWS
/// Architecture Blog 2015: one viewer's few requests need a floor more than the last word in spreading.)
pub fn back_off(base: Duration, attempt: u32, jitter: f64) -> Duration {
    let whole = base.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(LONGEST);
    whole.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
}

/// What `Retry-After` says, in seconds or as a date (RFC 9110, section 10.2.3); none when it says neither. A date that
/// has passed means now.
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    Some(at.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_and_is_bounded() {
        let base = Duration::from_millis(200);
        assert_eq!(back_off(base, 1, 1.0), base);
        assert_eq!(back_off(base, 1, 0.0), base / 2);
        assert_eq!(back_off(base, 3, 1.0), base * 4);
        assert_eq!(back_off(base, 4_000_000_000, 1.0), LONGEST);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after(" 120 ", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now), Some(Duration::from_secs(10)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:07 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
