//! Where the user's data and the cache live.

use crate::LibraryError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Names a folder that holds everything instead of the system's places: for tests and portable installations.
const HOME_VARIABLE: &str = "CLIFFHANGER_HOME";

/// The folders of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// What cannot be made again: the library with the settings. Never on a roaming profile.
    pub data: PathBuf,
    /// What may be deleted at any time.
    pub cache: PathBuf,
}

impl Places {
    /// The system's folders for this user (by the XDG specification, Known Folders or Standard Directories), or those
    /// [under](Self::under) the folder that the environment variable `CLIFFHANGER_HOME` names.
    ///
    /// # Errors
    /// [`LibraryError::NoHome`] when the system knows no home folder, [`LibraryError::Folder`] when the variable holds a
    /// relative path and there is no current folder.
    pub fn of_user() -> Result<Self, LibraryError> {
        Self::choose(std::env::var_os(HOME_VARIABLE))
    }

    /// `data` and `cache` inside `root`. Nothing is created.
    pub fn under(root: &Path) -> Self {
        Self { data: root.join("data"), cache: root.join("cache") }
    }

    fn choose(home: Option<OsString>) -> Result<Self, LibraryError> {
        if let Some(home) = home.filter(|home| !home.is_empty()) {
            // Made absolute, since the working directory may change while the program runs.
            let root = std::path::absolute(&home)
                .map_err(|source| LibraryError::Folder { path: PathBuf::from(&home), source })?;
            return Ok(Self::under(&root));
        }
        let system = directories::ProjectDirs::from("", "", "Cliffhanger").ok_or(LibraryError::NoHome)?;
        Ok(Self { data: system.data_local_dir().to_path_buf(), cache: system.cache_dir().to_path_buf() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_moves_everything_into_one_folder() {
        let root = std::path::absolute("portable").unwrap();
        let places = Places::choose(Some("portable".into())).unwrap();
        assert_eq!(places, Places { data: root.join("data"), cache: root.join("cache") });
    }

    #[test]
    fn without_the_variable_or_with_an_empty_one_the_systems_folders_are_used() {
        let places = Places::choose(Some(OsString::new())).unwrap();
        assert_eq!(places, Places::choose(None).unwrap());
        assert!(places.data.is_absolute() && places.cache.is_absolute());
        assert_ne!(places.data, places.cache);
        assert!(places.data.to_string_lossy().to_lowercase().contains("cliffhanger"));
    }
}
