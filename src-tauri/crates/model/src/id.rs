//! Identifiers that stay the same when a library is scanned again.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// Derives the identifier from what names the thing (for example its source and its path in the source):
            /// the first 128 bits of XXH3 over the parts, separated by a zero byte, as 32 hexadecimal digits.
            pub fn derive(parts: &[&str]) -> Self {
                Self(format!("{:032x}", xxhash_rust::xxh3::xxh3_128(parts.join("\0").as_bytes())))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A place that episodes come from: a folder that the user added.
    SourceId
);
id!(
    /// A series in one source.
    SeriesId
);
id!(
    /// One episode of a series. It outlives a rescan as long as the file keeps its place.
    EpisodeId
);
