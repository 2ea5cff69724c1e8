//! What is set for the whole process before anything else starts.

use std::path::Path;

/// Where Linux lists graphics cards that can render.
const GRAPHICS_CARDS: &str = "/dev/dri";
/// WebKitGTK's switch for painting pages with the processor instead of GL; they are put together with GL all the same.
const PAINT_BY_PROCESSOR: &str = "WEBKIT_SKIA_ENABLE_CPU_RENDERING";

/// GLib's switch for its allocator of small blocks.
const GLIB_SLICES: &str = "G_SLICE";

/// JavaScriptCore's switch for its optimizing compilers (every option of its is also read from `JSC_<name>`).
const OPTIMIZING_COMPILERS: &str = "JSC_useDFGJIT";

/// What glibc's allocator is told.
///
/// Blocks of 128 KiB and more (pictures, the codecs' working memory) get memory of their own, which goes back to the system
/// when they are freed. It is glibc's first value; left alone, glibc raises it to the largest block freed so far, and past
/// episodes leave holes behind: 15 to 20 MB with three decks. Four arenas instead of eight per processor: each of the decks'
/// many short-lived threads would begin one of its own, which stays when it is gone.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MALLOC: [(libc::c_int, libc::c_int); 2] = [(libc::M_MMAP_THRESHOLD, 128 << 10), (libc::M_ARENA_MAX, 4)];

/// Sets the process up. Call it first of all, while there is one thread.
#[allow(unsafe_code)]
pub fn prepare() {
    // SAFETY: there is no other thread yet that could read the environment.
    let set = |name: &str, value: &str| unsafe { std::env::set_var(name, value) };
    let missing = |name: &str| std::env::var_os(name).is_none();
    if !has_graphics_card(Path::new(GRAPHICS_CARDS)) && missing(PAINT_BY_PROCESSOR) {
        // GL would be emulated by the processor: painting the page with it costs 34 MB and saves nothing.
        set(PAINT_BY_PROCESSOR, "1");
    }
    if missing(GLIB_SLICES) {
        // As GLib does by itself from 2.76 on. Its own lists of small blocks give nothing back: 4 MB.
        set(GLIB_SLICES, "always-malloc");
    }
    if missing(OPTIMIZING_COMPILERS) {
        // The page computes nothing heavy: the baseline compiler is enough, and the others cost 7 MB.
        set(OPTIMIZING_COMPILERS, "0");
    }
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (parameter, value) in MALLOC {
        // SAFETY: it only changes a parameter of the allocator.
        unsafe { libc::mallopt(parameter, value) };
    }
}

fn has_graphics_card(cards: &Path) -> bool {
    let Ok(entries) = cards.read_dir() else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_render_node_counts_as_a_graphics_card() {
        let folder = std::env::temp_dir().join(format!("cards-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("card0"), "").unwrap();
        assert!(!has_graphics_card(&folder));
        std::fs::write(folder.join("renderD128"), "").unwrap();
        assert!(has_graphics_card(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(!has_graphics_card(&folder));
    }
}
