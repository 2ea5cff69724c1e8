//! What the page can ask the shell: the engine's commands through one door, and what belongs to this window.

use crate::stage::StageLayout;
use crate::window::{self, WindowMode};
use engine::Engine;
use model::{ApiError, ErrorCode};
use serde_json::Value;
use tauri::{State, WebviewWindow};

/// Runs one of the engine's commands.
#[tauri::command]
pub async fn command(engine: State<'_, Engine>, name: String, args: Value) -> Result<Value, ApiError> {
    engine::dispatch(&engine, &name, args).await
}

/// Where the stage lies and who owns the input. The page numbers what it sends: commands may overtake each other.
#[tauri::command]
pub fn stage_layout(layout: StageLayout) {
    crate::stage::set_layout(layout);
}

/// Normal, fullscreen, or small and on top.
///
/// # Errors
/// When the window system refuses.
#[tauri::command]
pub fn set_window_mode(window: WebviewWindow, mode: WindowMode) -> Result<(), ApiError> {
    window::set_mode(&window, mode)
        .map_err(|e| ApiError::new(ErrorCode::Internal, "The window did not change.").with_detail(e.to_string()))
}

/// Lets the user choose a folder; null when they did not.
#[tauri::command]
pub async fn pick_folder(window: WebviewWindow) -> Option<String> {
    window::pick_folder(&window).await
}
