//! The window: its modes and the folder dialog.

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Emitter, LogicalSize, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

/// How the window stands on the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowMode {
    /// With its frame, in the size it had.
    Normal,
    /// All of the screen.
    Fullscreen,
    /// Small, without a frame, above the others.
    Mini,
}

const NORMAL: LogicalSize<f64> = LogicalSize { width: 1280.0, height: 860.0 };
const MINI: LogicalSize<f64> = LogicalSize { width: 270.0, height: 480.0 };

/// Opens the window. It is transparent where the page is, so that the stage shows through.
pub fn open(app: &AppHandle, size: Option<(f64, f64)>) -> tauri::Result<WebviewWindow> {
    let (width, height) = size.unwrap_or((NORMAL.width, NORMAL.height));
    let window = WebviewWindowBuilder::new(app, "main", WebviewUrl::App("index.html".into()))
        .title("Cliffhanger")
        .inner_size(width, height)
        .min_inner_size(MINI.width, MINI.height)
        .transparent(true)
        .build()?;
    #[cfg(target_os = "linux")]
    tell_mode(&window)?;
    Ok(window)
}

/// Tells the page when the window comes into another mode, whoever changed it (the window manager has keys and buttons of
/// its own).
#[cfg(target_os = "linux")]
fn tell_mode(window: &WebviewWindow) -> tauri::Result<()> {
    use gtk::gdk::WindowState;
    use gtk::prelude::WidgetExt;
    let (told, page) = (std::cell::Cell::new(WindowMode::Normal), window.clone());
    window.gtk_window()?.connect_window_state_event(move |_, event| {
        let state = event.new_window_state();
        let mode = if state.contains(WindowState::FULLSCREEN) {
            WindowMode::Fullscreen
        } else if state.contains(WindowState::ABOVE) {
            WindowMode::Mini
        } else {
            WindowMode::Normal
        };
        if told.replace(mode) != mode
            && let Err(e) = page.emit("window_mode", mode)
        {
            tracing::warn!("the window's mode did not reach the page: {e}");
        }
        gtk::glib::Propagation::Proceed
    });
    Ok(())
}

/// Changes the mode.
pub fn set_mode(window: &WebviewWindow, mode: WindowMode) -> tauri::Result<()> {
    window.set_fullscreen(mode == WindowMode::Fullscreen)?;
    let mini = mode == WindowMode::Mini;
    let was_mini = window.is_always_on_top()?;
    if mini != was_mini {
        window.set_decorations(!mini)?;
        window.set_always_on_top(mini)?;
        window.set_size(if mini { MINI } else { NORMAL })?;
    }
    Ok(())
}

/// Asks for a folder with the system's own dialog.
#[cfg(target_os = "linux")]
pub async fn pick_folder(window: &WebviewWindow) -> Option<String> {
    use gtk::prelude::*;
    let (answer, answered) = tokio::sync::oneshot::channel();
    let parent = window.clone();
    let asked = window.run_on_main_thread(move || {
        let parent = parent.gtk_window().ok();
        let action = gtk::FileChooserAction::SelectFolder;
        let dialog = gtk::FileChooserNative::new(None, parent.as_ref(), action, None, None);
        let (answer, kept) = (std::cell::Cell::new(Some(answer)), std::cell::RefCell::new(Some(dialog.clone())));
        dialog.connect_response(move |dialog, response| {
            let chosen = (response == gtk::ResponseType::Accept).then(|| dialog.filename()).flatten();
            if let Some(answer) = answer.take() {
                // The page may be gone.
                let _ = answer.send(chosen.map(|p| p.to_string_lossy().into_owned()));
            }
            kept.borrow_mut().take();
        });
        dialog.show();
    });
    asked.ok()?;
    answered.await.ok().flatten()
}

/// Without a native dialog the page offers a text field.
#[cfg(not(target_os = "linux"))]
pub async fn pick_folder(_window: &WebviewWindow) -> Option<String> {
    None
}
