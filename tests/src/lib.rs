//! What tests and measurements of the whole product share.

pub mod clips;
pub mod host;
pub mod screen;
