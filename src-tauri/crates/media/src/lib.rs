//! Bytes of episodes: fetched by HTTP, kept in fragments on the disk, read by whoever plays them.

mod asset;
pub mod cache;
mod container;
mod dash;
mod flight;
pub mod gateway;
mod hls;
pub mod http;
mod key;
mod loose;
mod media;
mod reader;
mod traffic;
mod validator;

pub use asset::{Asset, Availability, Prefetch};
pub use cache::ranges::Ranges;
pub use container::head;
pub use http::FetchError;
pub use key::{KeyRules, ResourceKey};
pub use media::Media;
pub use reader::{ReadError, Reader};
pub use traffic::Traffic;
pub use validator::Validator;
