//! Scenes that can change: what PRED works on.

use std::any::Any;
use std::fmt::Debug;
use std::panic::{RefUnwindSafe, UnwindSafe};

use image::RgbImage;

use crate::error::{Error, Result};

/// A scene that can change.
pub trait Changing: Any + Debug + Send + Sync + UnwindSafe + RefUnwindSafe {
    /// Makes a change; `None` if it isn't possible.
    fn apply(&mut self, change: &str) -> Option<()>;
    /// The scene as it is now in words; `None` where they would add nothing.
    fn in_words(&self) -> Option<String>;
    /// What must be known of it before the first change; `None` where the picture's question says enough.
    fn begins(&self) -> Option<String> {
        None
    }
    /// The scene as it is now; the same state always gives the same pixels.
    fn picture(&self) -> RgbImage;
    fn copy(&self) -> Box<dyn Changing>;
}

/// Any such scene.
#[derive(Debug)]
pub struct SceneState(Box<dyn Changing>);

impl Clone for SceneState {
    fn clone(&self) -> SceneState {
        SceneState(self.0.copy())
    }
}

impl SceneState {
    pub fn of(scene: impl Changing) -> SceneState {
        SceneState(Box::new(scene))
    }

    /// Makes a change; an error if it isn't possible.
    pub fn apply(&mut self, change: &str) -> Result<()> {
        self.0.apply(change).ok_or_else(|| {
            Error::data(
                format!("The scene can't change by \"{change}\"."),
                "Name a change that is possible in this scene, such as right, push up, fill hole or remove red.",
            )
        })
    }

    /// See [`Changing::in_words`].
    pub fn in_words(&self) -> Option<String> {
        self.0.in_words()
    }

    /// See [`Changing::begins`].
    pub fn begins(&self) -> Option<String> {
        self.0.begins()
    }

    /// See [`Changing::picture`].
    pub fn picture(&self) -> RgbImage {
        self.0.picture()
    }

    /// The scene, if it is of this kind.
    #[cfg(test)]
    pub fn scene<S: Changing>(&self) -> Option<&S> {
        (&*self.0 as &dyn Any).downcast_ref()
    }
}
