//! Tests of the whole product: decks and engine on real files without a window, files by other people, the rules
//! between the layers, and the real app on a screen.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test a panic is the report")]

mod corpus;
mod decks;
mod desktop;
mod feed;
mod fetching;
mod hardware;
mod kept;
mod killing;
mod layers;
mod material;
mod network;
mod proxies;
mod rig;
mod soak;
mod streams;
mod surroundings;
