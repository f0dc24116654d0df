//! A case of tests/parity on a device, and how ours is compared with what transformers made of it.

use super::devices::devices;
use burn::tensor::{Device, Int, Tensor, TensorData};
use omni_r1_web::model::weight::read_values;
use omni_r1_web::model::{Checkpoint, Rows, Weight};
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub const CASES: [&str; 4] = ["plain", "grouped", "swin", "odd"];
/// Largest difference allowed, as a share of the largest element of the tensor: both sides compute
/// in f32, in another order.
pub const TOLERANCE: f32 = 1e-4;

/// Values of any stored type, with their shape.
pub type Stored = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// A case on a device: the checkpoint, its inputs, and what transformers made of them.
pub struct Fixture {
    pub what: String,
    pub dir: PathBuf,
    pub device: Device,
    pub checkpoint: Checkpoint,
    pub tokens: Vec<Vec<u32>>,
    pub inputs: Stored,
    pub expected: Stored,
}

pub fn for_each_fixture(check: impl Fn(&Fixture)) {
    for (device_name, device) in devices() {
        for case in CASES {
            let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity").join(case);
            let tokens = std::fs::read(dir.join("check/tokens.json")).expect("the case has tokens");
            check(&Fixture {
                what: format!("{case} on {device_name}"),
                checkpoint: Checkpoint::load(&dir, &device).unwrap_or_else(|e| panic!("{case}: {e}")),
                tokens: serde_json::from_slice(&tokens).expect("tokens.json holds rows of ids"),
                inputs: read_stored(&dir.join("check/pixels.safetensors")),
                expected: read_stored(&dir.join("check/expected.safetensors")),
                device: device.clone(),
                dir,
            });
        }
    }
}

pub fn read_stored(path: &Path) -> Stored {
    let bytes = std::fs::read(path).expect("the case has this file");
    let file = SafeTensors::deserialize(&bytes).expect("a whole safetensors file");
    let values = |dtype, data: &[u8]| -> Vec<f32> {
        let words = || data.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]]);
        match dtype {
            Dtype::F32 => words().map(f32::from_le_bytes).collect(),
            Dtype::I32 => words().map(|b| i32::from_le_bytes(b) as f32).collect(),
            Dtype::U8 => data.iter().map(|&b| f32::from(b)).collect(),
            other => panic!("{} holds {other:?}", path.display()),
        }
    };
    file.iter()
        .map(|(name, view)| (name.to_string(), (view.shape().to_vec(), values(view.dtype(), view.data()))))
        .collect()
}

pub fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    pollster::block_on(read_values(tensor)).expect("the device gives its tensors back")
}

/// The largest difference between two lists, as a share of the largest element.
pub fn difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len(), "number of elements");
    // Not `max` of f32: it would drop a NaN.
    let largest = |values: &mut dyn Iterator<Item = f32>| values.fold(0.0_f32, |a, b| if a >= b { a } else { b });
    let scale = largest(&mut theirs.iter().map(|t| t.abs()));
    largest(&mut ours.iter().zip(theirs).map(|(o, t)| (o - t).abs())) / scale.max(f32::MIN_POSITIVE)
}

impl Fixture {
    pub fn compare(&self, name: &str, ours: &[f32]) {
        let (_, theirs) = self.expected.get(name).unwrap_or_else(|| panic!("{}: {name} isn't stored", self.what));
        assert_eq!(ours.len(), theirs.len(), "{}: elements of {name}", self.what);
        let difference = difference(ours, theirs);
        assert!(difference <= TOLERANCE, "{}: {name} differs by {difference:.1e} of its largest element", self.what);
    }

    /// The first `length` tokens of each row, as the model takes them.
    pub fn rows(&self, length: usize) -> Rows {
        let shape = [self.tokens.len(), length];
        let tensor = |values: Vec<i32>| Tensor::<2, Int>::from_data(TensorData::new(values, shape), &self.device);
        Rows {
            tokens: tensor(self.tokens.iter().flat_map(|row| row[..length].iter().map(|&t| t as i32)).collect()),
            positions: tensor((0..shape[0]).flat_map(|_| 0..length as i32).collect()),
            starts: tensor(vec![0; shape[0] * length]),
        }
    }

    pub fn length(&self) -> usize {
        self.tokens[0].len()
    }

    /// A stored picture tensor `[B, C, H, W]`, channels last on the device.
    pub fn picture(&self, stored: &(Vec<usize>, Vec<f32>)) -> Tensor<4> {
        let (shape, values) = stored;
        let shape: [usize; 4] = shape.as_slice().try_into().expect("four dimensions");
        Tensor::from_data(TensorData::new(values.clone(), shape), &self.device).permute([0, 2, 3, 1])
    }

    /// Stored codes `[B, g, g]`, one row a picture.
    pub fn codes(&self, name: &str) -> Tensor<2, Int> {
        let (shape, values) = &self.expected[name];
        let codes: Vec<i32> = values.iter().map(|&c| c as i32).collect();
        Tensor::from_data(TensorData::new(codes, [shape[0], shape[1] * shape[2]]), &self.device)
    }

    /// Compares the gradients of all `weights` that are stored; returns how many were.
    pub fn compare_gradients(&self, weights: &[&Weight], gradients: &burn::tensor::Gradients) -> usize {
        let mut compared = 0;
        for weight in weights {
            let Some(gradient) = weight.tensor.grad(gradients) else { continue };
            let gradient = Weight { tensor: gradient, parts: weight.parts.clone(), role: weight.role };
            for (name, data) in pollster::block_on(gradient.read_back()).expect("gradients can be read") {
                let name = format!("grad.{name}");
                if self.expected.contains_key(&name) {
                    self.compare(&name, &data.try_to_vec::<f32>().expect("gradients are f32"));
                    compared += 1;
                }
            }
        }
        compared
    }
}

/// Makes leaves of the autodiff graph out of weights.
pub fn track(weights: Vec<&mut Weight>) {
    for weight in weights {
        weight.tensor = weight.tensor.clone().autodiff().require_grad();
    }
}

pub fn channels_first(picture: Tensor<4>) -> Tensor<4> {
    picture.permute([0, 3, 1, 2])
}
