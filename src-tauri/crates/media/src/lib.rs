//! Bytes of episodes: fetched by HTTP, kept in fragments on the disk, read by whoever plays them.

pub mod cache;
mod key;
pub mod http;
mod validator;

pub use cache::ranges::Ranges;
pub use key::{KeyRules, ResourceKey};
pub use validator::Validator;
