//! Which variants of the shaders were fastest on this machine's adapters, kept from run to run.

use omni_r1_web::error::Result;
use omni_r1_web::kernels::autotune::{self, Adapter};
use omni_r1_web::kernels::variants::Tuning;
use omni_r1_web::paths;
use pollster::block_on;
use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;

/// What was measured, by the adapter's name.
type Tuned = BTreeMap<String, String>;

/// The default adapter's device, with the variants that are wanted, or else those that it is known to like.
pub fn open_webgpu(wanted: Option<Tuning>) -> Result<(Device, Adapter)> {
    let file = paths::cached("variants.json");
    let mut tuned = file.as_deref().map(read).unwrap_or_default();
    let kept = |name: &str| tuned.get(name).and_then(|tuned| tuned.parse().ok());
    let opened = block_on(autotune::open_webgpu(|name| wanted.or_else(|| kept(name)).unwrap_or_default()))?;
    if let (Some(file), Some(tuned)) = (&file, &opened.1.tuned) {
        tuned.insert(opened.1.name.clone(), tuned.clone());
        write(file, &tuned);
    }
    Ok(opened)
}

/// Empty where there is nothing that can be read: then it is measured again.
fn read(file: &Path) -> Tuned {
    std::fs::read(file).ok().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
}

/// A full disk costs a measurement the next time, and nothing now.
fn write(file: &Path, tuned: &Tuned) {
    let json = serde_json::to_vec_pretty(tuned).expect("plain data");
    let folder = file.parent().expect("a file in a folder");
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(file, json)).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_tuned_outlives_the_program() {
        let folder = std::env::temp_dir().join(format!("omni-r1-verdicts-{}", std::process::id()));
        let file = folder.join("variants.json");
        assert!(read(&file).is_empty());
        let tuned = Tuned::from([("an adapter".into(), "large,several 0".into())]);
        write(&file, &tuned);
        assert_eq!(read(&file), tuned);
        std::fs::write(&file, "half a fi").unwrap();
        assert!(read(&file).is_empty());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
