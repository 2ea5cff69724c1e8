//! A cache that could not be used when the program began, or that another one used, is tried again until it can be.

use crate::api::Event;
use crate::commands::limit_of;
use crate::lock;
use crate::network::Net;
use crate::shelf::Shelf;
use model::Notice;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::broadcast;

/// Until the first try, …
const FIRST: Duration = Duration::from_secs(1);
/// … and between two later ones, at most: each takes twice as long to come as the one before.
const SELDOM: Duration = Duration::from_secs(30);

/// Tries until it can be used, and takes the notice back that said it could not.
pub(crate) async fn mend(
    shelf: Shelf,
    net: Net,
    events: broadcast::Sender<Event>,
    notices: Arc<Mutex<Vec<Notice>>>,
    notice: Notice,
) {
    let mut wait = FIRST;
    loop {
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(SELDOM);
        // The library may be closed: then the program ends.
        let Ok(settings) = shelf.ask(|library| library.settings()).await else { return };
        let media = net.media.clone();
        if tokio::task::spawn_blocking(move || media.mend_cache(limit_of(&settings))).await.unwrap_or(true) {
            break;
        }
    }
    tracing::info!("the cache can be used");
    lock(&notices).retain(|other| *other != notice);
    // Nobody may be listening.
    let _ = events.send(Event::LibraryChanged);
}
