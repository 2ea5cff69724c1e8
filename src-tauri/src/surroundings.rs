//! What the device is in: asked of the system, and told to the engine at once and whenever it changes.
//!
//! The network is GIO's to know (from NetworkManager or a portal over D-Bus, else from the kernel), the battery the kernel's.
//! What is not there tells nothing, and that is no error.

use engine::{Engine, Surroundings};
#[cfg(target_os = "linux")]
use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Where Linux lists what the device gets its power from.
#[cfg(target_os = "linux")]
const POWER: &str = "/sys/class/power_supply";
/// The kernel tells no program of its own accord when the battery takes over.
#[cfg(target_os = "linux")]
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Tells the engine from now on.
#[cfg(target_os = "linux")]
pub fn watch(engine: Engine) {
    let watched = Arc::new(Watched { engine, now: Mutex::default() });
    tauri::async_runtime::spawn(async move {
        watched.look_at_battery().await;
        let network = watched.clone();
        // On GTK's thread, where changes are heard, and when the window is there: the monitor asks D-Bus first.
        gtk::glib::idle_add_once(move || listen(&gtk::gio::NetworkMonitor::default(), &network));
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if watched.look_at_battery().await {
                watched.tell();
            }
        }
    });
}

/// Elsewhere nothing is known, and the usual holds.
#[cfg(not(target_os = "linux"))]
pub fn watch(engine: Engine) {
    engine.set_surroundings(Surroundings::default());
}

/// Tells the engine of the network, and again with every change.
#[cfg(target_os = "linux")]
fn listen(monitor: &gtk::gio::NetworkMonitor, watched: &Arc<Watched>) {
    use gtk::prelude::NetworkMonitorExt;
    watched.take_network(monitor.is_network_available(), monitor.is_network_metered());
    let availability = watched.clone();
    monitor.connect_network_changed(move |monitor, available| {
        availability.take_network(available, monitor.is_network_metered());
    });
    let price = watched.clone();
    monitor.connect_network_metered_notify(move |monitor| {
        price.take_network(monitor.is_network_available(), monitor.is_network_metered());
    });
}

/// What was found out so far, and who is told.
#[cfg(target_os = "linux")]
struct Watched {
    engine: Engine,
    now: Mutex<Surroundings>,
}

#[cfg(target_os = "linux")]
impl Watched {
    fn take_network(&self, network: bool, metered: bool) {
        self.change(|now| (now.network, now.metered) = (network, metered));
        self.tell();
    }

    /// Looks, off the calling thread, where the power comes from; whether that changed.
    async fn look_at_battery(&self) -> bool {
        let looked = tauri::async_runtime::spawn_blocking(|| discharges(Path::new(POWER)));
        let battery = looked.await.unwrap_or_default();
        self.change(|now| now.battery = battery)
    }

    fn change(&self, change: impl FnOnce(&mut Surroundings)) -> bool {
        let mut now = self.now.lock().unwrap_or_else(|e| e.into_inner());
        let before = *now;
        change(&mut now);
        before != *now
    }

    fn tell(&self) {
        // Under the lock, so that what is told last is what holds.
        let now = self.now.lock().unwrap_or_else(|e| e.into_inner());
        self.engine.set_surroundings(*now);
    }
}

/// Whether a battery of the device is being discharged. Those of mice and headsets are not the device's.
#[cfg(target_os = "linux")]
fn discharges(supplies: &Path) -> bool {
    let Ok(entries) = supplies.read_dir() else { return false };
    entries.flatten().any(|entry| {
        let is = |file: &str, word: &str| {
            std::fs::read_to_string(entry.path().join(file)).is_ok_and(|text| text.trim() == word)
        };
        is("type", "Battery") && is("status", "Discharging") && !is("scope", "Device")
    })
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    fn supply(folder: &Path, name: &str, files: &[(&str, &str)]) {
        let supply = folder.join(name);
        std::fs::create_dir_all(&supply).unwrap();
        for (file, text) in files {
            std::fs::write(supply.join(file), format!("{text}\n")).unwrap();
        }
    }

    #[test]
    fn only_a_battery_of_the_device_that_discharges_counts() {
        let folder = std::env::temp_dir().join(format!("power-{}", std::process::id()));
        assert!(!discharges(&folder), "there is no such folder");
        supply(&folder, "AC", &[("type", "Mains"), ("online", "0")]);
        supply(&folder, "hidpp_battery_0", &[("type", "Battery"), ("status", "Discharging"), ("scope", "Device")]);
        supply(&folder, "BAT0", &[("type", "Battery"), ("status", "Charging")]);
        supply(&folder, "BAT1", &[("type", "Battery")]);
        assert!(!discharges(&folder));
        supply(&folder, "BAT0", &[("status", "Discharging")]);
        assert!(discharges(&folder));
        supply(&folder, "BAT0", &[("status", "Full")]);
        assert!(!discharges(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
