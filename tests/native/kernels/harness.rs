//! Runs a case on every device and judges it by the reference's own error bounds.

use crate::real::Real;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

type Reference<'a> = Box<dyn Fn(&[Vec<Real>]) -> Vec<Real> + 'a>;
pub type Gradients<'a> = Box<dyn Fn(&[Vec<Real>], &[Real]) -> Vec<Vec<Real>> + 'a>;
type Kernel<'a> = Box<dyn Fn(&Leaves) -> Output + 'a>;

/// One call of an op: float inputs, what must come out, and how to run it.
pub struct Case<'a> {
    pub name: String,
    /// `(name, shape, values)`
    pub inputs: Vec<(&'static str, Vec<usize>, Vec<f32>)>,
    /// The output, flattened.
    pub forward: Reference<'a>,
    /// The gradient of every input, given that of the output.
    pub backward: Option<Gradients<'a>>,
    pub kernel: Kernel<'a>,
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

/// Every device this build can test on, by name.
pub fn devices() -> Vec<(&'static str, Device)> {
    #[allow(unused_mut)]
    let mut devices = vec![("cpu", Device::flex())];
    #[cfg(feature = "webgpu")]
    devices.extend(webgpu().map(|device| ("webgpu", device)));
    devices
}

/// The default adapter, if this machine has one.
#[cfg(feature = "webgpu")]
pub fn webgpu() -> Option<Device> {
    static DEVICE: std::sync::OnceLock<Option<Device>> = std::sync::OnceLock::new();
    let open = || Device::wgpu_options().init().inspect_err(|error| eprintln!("webgpu is skipped: {error}")).ok();
    DEVICE.get_or_init(open).clone()
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

/// Worst error seen, and worst share of its bound.
#[derive(Default)]
struct Worst {
    error: f64,
    share: f64,
}

impl Worst {
    fn judge(&mut self, what: &str, actual: &[f32], expected: &[Real]) {
        assert_eq!(actual.len(), expected.len(), "{what}: number of elements");
        for (i, (&actual, expected)) in actual.iter().zip(expected).enumerate() {
            let error = (actual as f64 - expected.value).abs();
            assert!(
                error <= expected.error,
                "{what}[{i}] is {actual}, should be {} within {:.1e}, is off by {error:.1e}",
                expected.value,
                expected.error
            );
            self.error = self.error.max(error);
            self.share = self.share.max(error / expected.error.max(f64::MIN_POSITIVE));
        }
    }
}

fn exact(values: &[f32]) -> Vec<Real> {
    values.iter().map(|&x| Real::exact(x as f64)).collect()
}

fn read(tensor: Tensor<1>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// Compares all cases of an op with their references on every device, in both layouts.
pub fn check(op: &str, cases: &[Case]) {
    for (device_name, device) in devices() {
        let (mut forward, mut gradients) = (Worst::default(), Worst::default());
        for case in cases {
            check_gradients_of_reference(case);
            for layout in [Layout::Rows, Layout::Swapped] {
                let what = format!("{op} {} on {device_name} ({layout:?})", case.name);
                run(case, &device, layout, &what, &mut forward, &mut gradients);
            }
        }
        println!(
            "{op:20} {device_name:7} forward {:.1e} ({:3.0}% of its bound)  gradients {:.1e} ({:3.0}%)",
            forward.error,
            forward.share * 100.0,
            gradients.error,
            gradients.share * 100.0
        );
    }
}

/// Runs an op from two matrices to indices on every device, for `judge` to look at.
pub fn check_indices(
    what: &str,
    (a, a_dims): (&[f32], [usize; 2]),
    (b, b_dims): (&[f32], [usize; 2]),
    kernel: fn(Tensor<2>, Tensor<2>) -> Tensor<1, Int>,
    judge: impl Fn(&[usize]),
) {
    for (name, device) in devices() {
        let tensor = |values: &[f32], dims| Tensor::from_data(TensorData::new(values.to_vec(), dims), &device);
        let found: Vec<usize> =
            kernel(tensor(a, a_dims), tensor(b, b_dims)).into_data().iter::<i64>().map(|i| i as usize).collect();
        assert_eq!(found.len(), a_dims[0], "{what} on {name}");
        judge(&found);
    }
}

fn run(case: &Case, device: &Device, layout: Layout, what: &str, forward: &mut Worst, gradients: &mut Worst) {
    let inputs: Vec<Vec<Real>> = case.inputs.iter().map(|(_, _, values)| exact(values)).collect();
    let expected = (case.forward)(&inputs);
    let device = if case.backward.is_some() { device.clone().autodiff() } else { device.clone() };
    let leaf = |(_, shape, values): &(&str, Vec<usize>, Vec<f32>)| {
        let values = in_layout(values, shape, layout);
        let leaf = Tensor::<1>::from_data(TensorData::new(values, [shape.iter().product::<usize>()]), &device);
        (if case.backward.is_some() { leaf.require_grad() } else { leaf }, shape.clone())
    };
    let leaves = Leaves { device: device.clone(), layout, leaves: case.inputs.iter().map(leaf).collect() };
    let Output { flat: y, dims } = (case.kernel)(&leaves);
    assert_eq!(dims.iter().product::<usize>(), expected.len(), "{what}: shape {dims:?}");
    forward.judge(what, &read(y.clone()), &in_layout(&expected, &dims, layout));
    let Some(backward) = &case.backward else { return };

    let dy = random(UPSTREAM_SEED, expected.len(), 1.0);
    let upstream = Tensor::<1>::from_data(TensorData::new(in_layout(&dy, &dims, layout), [dy.len()]), &device);
    let found = (y * upstream).sum().backward();
    for (((name, shape, _), (leaf, _)), expected) in
        case.inputs.iter().zip(&leaves.leaves).zip(backward(&inputs, &exact(&dy)))
    {
        let found = leaf.grad(&found).unwrap_or_else(|| panic!("{what}: no gradient of {name}"));
        gradients.judge(&format!("{what}, gradient of {name}"), &read(found), &in_layout(&expected, shape, layout));
    }
}

/// The reference's own gradients against central differences in f64, along a random direction of
/// each input, of the input's size. Their error is about `eps^(2/3)` of the terms that are added up.
fn check_gradients_of_reference(case: &Case) {
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
