//! Bytes of episodes: fetched by HTTP, kept in fragments on the disk, read by whoever plays them.

mod validator;

pub use validator::Validator;
