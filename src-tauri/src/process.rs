//! What is set for the whole process before anything else starts.

use std::path::Path;

/// Where Linux lists graphics cards that can render.
const GRAPHICS_CARDS: &str = "/dev/dri";
/// WebKitGTK's switch for painting pages with the processor instead of GL; they are put together with GL all the same.
const PAINT_BY_PROCESSOR: &str = "WEBKIT_SKIA_ENABLE_CPU_RENDERING";

/// Sets the process up. Call it first of all, while there is one thread.
#[allow(unsafe_code)]
pub fn prepare() {
    if !has_graphics_card(Path::new(GRAPHICS_CARDS)) && std::env::var_os(PAINT_BY_PROCESSOR).is_none() {
        // GL would be emulated by the processor: painting the page with it costs 34 MB and saves nothing.
        // SAFETY: there is no other thread yet that could read the environment.
        unsafe { std::env::set_var(PAINT_BY_PROCESSOR, "1") };
    }
    // Blocks of this size (pictures, the codecs' working memory) get memory of their own, which goes back to the system when
    // they are freed. It is glibc's first value; left alone, glibc raises it to the largest block freed so far, and past
    // episodes leave holes behind: 15 to 20 MB with three decks.
    // SAFETY: it only changes a parameter of the allocator.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 128 << 10)
    };
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
