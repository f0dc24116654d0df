//! What races between the shaders' variants found on this machine's adapters, kept from run to run.

use omni_r1_web::error::Result;
use omni_r1_web::kernels::autotune::{self, Adapter};
use omni_r1_web::kernels::variants::Pick;
use omni_r1_web::places;
use pollster::block_on;
use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;

/// Verdicts by the adapter's name.
type Verdicts = BTreeMap<String, String>;

/// The default adapter's device, with the variants that are wanted, or else those that it is known to like.
pub fn open_webgpu(wanted: Option<Pick>) -> Result<(Device, Adapter)> {
    let file = places::cached("variants.json");
    let mut verdicts = file.as_deref().map(read).unwrap_or_default();
    let kept = |name: &str| verdicts.get(name).and_then(|verdict| verdict.parse().ok());
    let opened = block_on(autotune::open_webgpu(|name| wanted.or_else(|| kept(name)).unwrap_or_default()))?;
    if let (Some(file), Some(verdict)) = (&file, &opened.1.verdict) {
        verdicts.insert(opened.1.name.clone(), verdict.clone());
        write(file, &verdicts);
    }
    Ok(opened)
}

/// Empty where there is nothing that can be read: then races are held again.
fn read(file: &Path) -> Verdicts {
    std::fs::read(file).ok().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
}

/// A full disk costs a race the next time, and nothing now.
fn write(file: &Path, verdicts: &Verdicts) {
    let json = serde_json::to_vec_pretty(verdicts).expect("plain data");
    let folder = file.parent().expect("a file in a folder");
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(file, json)).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_outlive_the_program() {
        let folder = std::env::temp_dir().join(format!("omni-r1-verdicts-{}", std::process::id()));
        let file = folder.join("variants.json");
        assert!(read(&file).is_empty());
        let verdicts = Verdicts::from([("an adapter".into(), "large,several 0".into())]);
        write(&file, &verdicts);
        assert_eq!(read(&file), verdicts);
        std::fs::write(&file, "half a fi").unwrap();
        assert!(read(&file).is_empty());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
