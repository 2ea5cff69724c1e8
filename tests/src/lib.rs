//! What tests and measurements of the whole product share.

pub mod clips;
pub mod hls;
pub mod host;
pub mod link;
pub mod origin;
pub mod screen;
