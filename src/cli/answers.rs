//! The answers of a batch as files: JSON lines and a folder of pictures. Those of an earlier batch stay until
//! all the new ones are there.

use omni_r1_web::error::{Error, Result};
use omni_r1_web::eval::{PictureFolder, Prediction};
use omni_r1_web::input::sync_folder;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Answers on their way.
pub struct Answers {
    output: PathBuf,
    partial: PathBuf,
    file: File,
    /// Where pictures are put until the end, under the name that they will have.
    pub pictures: PictureFolder,
}

/// An error if the answers would replace their questions.
pub fn apart(input: &Path, output: &Path) -> Result<()> {
    let same = || Some(input.canonicalize().ok()? == output.canonicalize().ok()?);
    if same() != Some(true) {
        return Ok(());
    }
    let message = format!("The answers would replace the questions in {}.", input.display());
    Err(Error::config(message, "Name another file under --output."))
}

/// A path with ".partial" behind its name.
fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".partial");
    path.with_file_name(name)
}

impl Answers {
    pub fn begin(output: &Path) -> Result<Self> {
        if output.is_dir() {
            return Err(Error::file(output)(std::io::ErrorKind::IsADirectory.into()));
        }
        // Into a pipe answers go at once.
        let lasts = fs::metadata(output).map_or(true, |about| about.is_file());
        let passing = if lasts { partial(output) } else { output.into() };
        // The reader knows the file by its own name, not by the passing one.
        let file = File::create(&passing).map_err(Error::file(output))?;
        let name = format!("{}-pictures", output.file_stem().unwrap_or_default().to_string_lossy());
        let pictures = PictureFolder { path: partial(&output.with_file_name(&name)), name };
        if pictures.path.exists() {
            // Of a batch that was killed.
            fs::remove_dir_all(&pictures.path).map_err(Error::file(&pictures.path))?;
        }
        Ok(Self { output: output.into(), partial: passing, file, pictures })
    }

    pub fn add(&mut self, prediction: &Prediction) -> Result<()> {
        let line = serde_json::to_string(prediction).expect("a prediction is valid JSON");
        writeln!(self.file, "{line}").map_err(Error::file(&self.output))
    }

    /// Puts everything where it belongs.
    pub fn finish(self) -> Result<()> {
        let Self { output, partial, file, pictures } = self;
        if partial != output {
            file.sync_all().map_err(Error::file(&output))?;
        }
        if pictures.path.exists() {
            let folder = output.with_file_name(&pictures.name);
            fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
            for picture in fs::read_dir(&pictures.path).map_err(Error::file(&pictures.path))? {
                let picture = picture.map_err(Error::file(&pictures.path))?;
                fs::rename(picture.path(), folder.join(picture.file_name())).map_err(Error::file(&folder))?;
            }
            fs::remove_dir(&pictures.path).map_err(Error::file(&pictures.path))?;
        }
        if partial != output {
            fs::rename(&partial, &output).map_err(Error::file(&output))?;
        }
        sync_folder(&output.with_file_name("."));
        Ok(())
    }
}
