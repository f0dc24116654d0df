//! The proof of the kernels: one table of cases an op, each with a reference in f64 that also says
//! how far f32 may be off ([`real`]). The native tests, kernels.html and the Device view run it.

pub mod cases;
pub mod decode_cases;
pub mod objective_cases;
pub mod objectives;
pub mod picture_cases;
pub mod pictures;
pub mod real;
pub mod reference;
pub mod timing;

use crate::kernels::variants::{Sums, Tiling, Variants, prefer, preferred};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use real::Real;
use serde::Serialize;
use std::fmt;

type Reference = Box<dyn Fn(&[Vec<Real>]) -> Vec<Real>>;
pub type Gradients = Box<dyn Fn(&[Vec<Real>], &[Real]) -> Vec<Vec<Real>>>;
type Kernel = Box<dyn Fn(&Leaves) -> Output>;

/// An op with its cases.
pub struct Op {
    pub name: String,
    pub cases: Vec<Case>,
    /// The variants of the shaders that are forced; None are those in use.
    variants: Option<Variants>,
}

impl Op {
    fn new(name: &str, cases: Vec<Case>) -> Self {
        Self { name: name.into(), cases, variants: None }
    }
}

/// Every op. The ones that only WebGPU distinguishes come from [`variants`].
pub fn table() -> Vec<Op> {
    vec![
        cases::matmul(),
        cases::linear(),
        cases::no_rows(),
        cases::rms_norm(),
        cases::swiglu(),
        cases::embedding(),
        cases::cross_entropy(),
        cases::qk_norm_rope(),
        cases::attention(),
        cases::adamw(),
        objective_cases::masked_nll(),
        objective_cases::code_distance(),
        objective_cases::sum_squares(),
        decode_cases::attention_cached(),
        decode_cases::sample(),
        decode_cases::fused_linear(),
        picture_cases::conv2d(),
        picture_cases::group_norm(),
        picture_cases::upsample(),
        picture_cases::nearest_code(),
    ]
}

/// The ops whose shaders have variants, in each of them; subgroups only where the adapter has them.
pub fn variants(subgroups: bool) -> Vec<Op> {
    let mut ops = Vec::new();
    let mut force = |name: String, variants: Variants, forced: Vec<Op>| {
        let named = |op: Op| Op { name: format!("{} {name}", op.name), variants: Some(variants), ..op };
        ops.extend(forced.into_iter().map(named));
    };
    for tiling in Tiling::ALL {
        let products = vec![cases::matmul(), decode_cases::attention_cached(), decode_cases::fused_linear()];
        force(format!("{tiling:?}"), Variants { tiling, ..Variants::PLAIN }, products);
    }
    for (several, name) in [(false, "singly"), (true, "several together")] {
        force(name.into(), Variants { several, ..Variants::PLAIN }, vec![cases::attention()]);
    }
    for sums in Sums::available(subgroups) {
        let ops = vec![
            cases::rms_norm(),
            cases::cross_entropy(),
            objective_cases::masked_nll(),
            objective_cases::sum_squares(),
            picture_cases::group_norm(),
        ];
        force(format!("sums {}", sums.name()), Variants { sums, ..Variants::PLAIN }, ops);
    }
    ops
}

/// One call of an op: float inputs, what must come out, and how to run it.
pub struct Case {
    pub name: String,
    /// `(name, shape, values)`
    pub inputs: Vec<(&'static str, Vec<usize>, Vec<f32>)>,
    /// The output, flattened.
    pub forward: Reference,
    /// The gradient of every input, given that of the output.
    pub backward: Option<Gradients>,
    pub kernel: Kernel,
}

/// The inputs of a case on a device, handed to the kernel as tensors.
pub struct Leaves {
    device: Device,
    layout: Layout,
    leaves: Vec<(Tensor<1>, Vec<usize>)>,
}

/// How tensors lie in memory: row by row, or with their last two dimensions swapped.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Layout {
    Rows,
    Swapped,
}

impl Leaves {
    pub fn get<const D: usize>(&self, index: usize) -> Tensor<D> {
        let (flat, shape) = &self.leaves[index];
        let mut dims: [usize; D] = shape.as_slice().try_into().expect("the rank of the input");
        if shape.contains(&0) {
            return Tensor::zeros(dims, &self.device); // to reshape, a zero means something else
        }
        if self.layout == Layout::Rows || D < 2 {
            return flat.clone().reshape(dims);
        }
        dims.swap(D - 2, D - 1);
        flat.clone().reshape(dims).swap_dims(D - 2, D - 1)
    }
    /// A result, read in the case's layout, so that its gradient arrives in it too.
    pub fn output<const D: usize>(&self, y: Tensor<D>) -> Output {
        let dims = y.dims();
        let n = dims.iter().product::<usize>();
        let flat = match self.layout {
            _ if n == 0 => Tensor::zeros([0], &self.device),
            Layout::Swapped if D > 1 => y.swap_dims(D - 2, D - 1).reshape([n]),
            _ => y.reshape([n]),
        };
        Output { flat, dims: dims.to_vec() }
    }
    pub fn indices<const D: usize>(&self, dims: [usize; D], values: &[usize]) -> Tensor<D, Int> {
        let values: Vec<i32> = values.iter().map(|&i| i as i32).collect();
        Tensor::from_data(TensorData::new(values, dims), &self.device)
    }
    /// Numbers that take no part in the gradient.
    pub fn constants<const D: usize>(&self, dims: [usize; D], values: &[f32]) -> Tensor<D> {
        Tensor::from_data(TensorData::new(values.to_vec(), dims), &self.device)
    }
}

/// What a kernel made, in the order of the case's layout.
pub struct Output {
    flat: Tensor<1>,
    dims: Vec<usize>,
}

/// Reorders a row-major array of `dims` so that the last two dimensions are swapped in memory.
fn swap_last<T: Copy>(values: &[T], dims: &[usize]) -> Vec<T> {
    let [.., rows, columns] = *dims else { return values.to_vec() };
    if values.is_empty() {
        return Vec::new();
    }
    values.chunks_exact(rows * columns).flat_map(|m| (0..m.len()).map(|e| m[e % rows * columns + e / rows])).collect()
}

fn in_layout<T: Copy>(values: &[T], dims: &[usize], layout: Layout) -> Vec<T> {
    if layout == Layout::Rows { values.to_vec() } else { swap_last(values, dims) }
}

pub fn random(seed: u64, n: usize, scale: f32) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n).map(|_| rng.random_range(-1.0..1.0_f32) * scale).collect()
}

pub fn random_indices(seed: u64, n: usize, below: usize) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n).map(|_| rng.random_range(0..below)).collect()
}

/// Of the output's gradient, the same for kernels and references.
const UPSTREAM_SEED: u64 = 7;

fn exact(values: &[f32]) -> Vec<Real> {
    values.iter().map(|&x| Real::exact(x as f64)).collect()
}

/// Worst error seen, and worst share of its bound.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Worst {
    pub error: f64,
    pub share: f64,
}

impl Worst {
    pub fn join(&mut self, other: Worst) {
        self.error = self.error.max(other.error);
        self.share = self.share.max(other.share);
    }

    fn judge(&mut self, what: &str, actual: &[f32], expected: &[Real]) -> Result<(), String> {
        if actual.len() != expected.len() {
            return Err(format!("{what} has {} elements, should have {}", actual.len(), expected.len()));
        }
        for (i, (&actual, expected)) in actual.iter().zip(expected).enumerate() {
            let error = (actual as f64 - expected.value).abs();
            if error.is_nan() || error > expected.error {
                return Err(format!(
                    "{what}[{i}] is {actual}, should be {} within {:.1e}, is off by {error:.1e}",
                    expected.value, expected.error
                ));
            }
            self.join(Worst { error, share: error / expected.error.max(f64::MIN_POSITIVE) });
        }
        Ok(())
    }
}

/// What a check found: both within their bounds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Deviation {
    pub forward: Worst,
    pub gradients: Worst,
}

impl Deviation {
    pub fn join(&mut self, other: Deviation) {
        self.forward.join(other.forward);
        self.gradients.join(other.gradients);
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Deviation { forward, gradients } = self;
        write!(
            f,
            "forward {:.1e} ({:3.0}% of its bound)  gradients {:.1e} ({:3.0}%)",
            forward.error,
            forward.share * 100.0,
            gradients.error,
            gradients.share * 100.0
        )
    }
}

async fn read(tensor: Tensor<1>) -> Result<Vec<f32>, String> {
    let data = tensor.into_data_async().await.map_err(|e| format!("the device gave nothing back: {e:?}"))?;
    Ok(data.iter::<f32>().collect())
}

/// The inputs of a case on a device.
fn leaves(case: &Case, device: &Device, layout: Layout) -> Leaves {
    let differentiable = case.backward.is_some();
    let device = if differentiable { device.clone().autodiff() } else { device.clone() };
    let leaf = |(_, shape, values): &(&str, Vec<usize>, Vec<f32>)| {
        let values = in_layout(values, shape, layout);
        let leaf = Tensor::<1>::from_data(TensorData::new(values, [shape.iter().product::<usize>()]), &device);
        (if differentiable { leaf.require_grad() } else { leaf }, shape.clone())
    };
    let leaves = case.inputs.iter().map(leaf).collect();
    Leaves { device, layout, leaves }
}

/// The gradient that arrives at the output.
fn upstream(output: &Output, device: &Device, layout: Layout) -> (Vec<f32>, Tensor<1>) {
    let n = output.dims.iter().product();
    let dy = random(UPSTREAM_SEED, n, 1.0);
    let laid_out = in_layout(&dy, &output.dims, layout);
    (dy, Tensor::from_data(TensorData::new(laid_out, [n]), device))
}

/// Compares one case of an op with its reference, with inputs in either layout.
pub async fn compare(op: &Op, case: &Case, device: &Device) -> Result<Deviation, String> {
    let in_use = preferred();
    if let Some(variants) = op.variants {
        prefer(variants);
    }
    let mut deviation = Deviation::default();
    let mut result = Ok(());
    for layout in [Layout::Rows, Layout::Swapped] {
        if result.is_ok() {
            result = run(case, device, layout, &mut deviation).await;
        }
    }
    if op.variants.is_some() {
        prefer(in_use);
    }
    result.map(|()| deviation).map_err(|fault| format!("{} {}: {fault}", op.name, case.name))
}

/// What a case's output should be, in f64.
pub fn expected(case: &Case) -> Vec<f64> {
    let inputs: Vec<Vec<Real>> = case.inputs.iter().map(|(_, _, values)| exact(values)).collect();
    (case.forward)(&inputs).into_iter().map(|real| real.value).collect()
}

async fn run(case: &Case, device: &Device, layout: Layout, deviation: &mut Deviation) -> Result<(), String> {
    let inputs: Vec<Vec<Real>> = case.inputs.iter().map(|(_, _, values)| exact(values)).collect();
    let expected = (case.forward)(&inputs);
    let leaves = leaves(case, device, layout);
    let output = (case.kernel)(&leaves);
    let found = read(output.flat.clone()).await?;
    deviation.forward.judge(&format!("output ({layout:?})"), &found, &in_layout(&expected, &output.dims, layout))?;
    let Some(backward) = &case.backward else { return Ok(()) };

    let (dy, upstream) = upstream(&output, &leaves.device, layout);
    let found = (output.flat * upstream).sum().backward();
    let expected = backward(&inputs, &exact(&dy));
    for (((name, shape, _), (leaf, _)), expected) in case.inputs.iter().zip(&leaves.leaves).zip(expected) {
        let found = leaf.grad(&found).ok_or_else(|| format!("no gradient of {name}"))?;
        let what = format!("gradient of {name} ({layout:?})");
        deviation.gradients.judge(&what, &read(found).await?, &in_layout(&expected, shape, layout))?;
    }
    Ok(())
}

/// The reference's own gradients against central differences in f64, along a random direction of
/// each input, of the input's size. Their error is about `eps^(2/3)` of the terms that are added up.
pub fn check_gradients_of_reference(case: &Case) {
    let Some(backward) = &case.backward else { return };
    let inputs: Vec<Vec<Real>> = case.inputs.iter().map(|(_, _, values)| exact(values)).collect();
    let y = (case.forward)(&inputs);
    let dy = exact(&random(UPSTREAM_SEED, y.len(), 1.0));
    let terms: f64 = y.iter().zip(&dy).map(|(y, g)| (y.value * g.value).abs()).sum();
    let step = f64::EPSILON.cbrt();
    for (index, gradient) in backward(&inputs, &dy).into_iter().enumerate() {
        let size = inputs[index].iter().fold(f64::MIN_POSITIVE, |size, x| size.max(x.value.abs()));
        let direction = exact(&random(index as u64, gradient.len(), size as f32));
        let at = |step: f64| {
            let mut moved = inputs.clone();
            for (x, d) in moved[index].iter_mut().zip(&direction) {
                x.value += step * d.value;
            }
            (case.forward)(&moved).iter().zip(&dy).map(|(y, g)| y.value * g.value).sum::<f64>()
        };
        let numeric = (at(step) - at(-step)) / (2.0 * step);
        let products: Vec<f64> = gradient.iter().zip(&direction).map(|(g, d)| g.value * d.value).collect();
        let analytic: f64 = products.iter().sum();
        let tolerance = 100.0 * f64::EPSILON.powf(2.0 / 3.0) * (terms + products.iter().map(|p| p.abs()).sum::<f64>());
        assert!(
            (numeric - analytic).abs() <= tolerance,
            "{}: gradient of {} along a direction is {analytic}, differences say {numeric}, tolerance {tolerance:.1e}",
            case.name,
            case.inputs[index].0
        );
    }
}
