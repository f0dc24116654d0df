//! AdamW on one weight: moments `m`, `v` and the weight itself are updated in place where nobody
//! else holds them.
//!
//! With `g` the gradient times `gradient_scale`, by which it is clipped:
//! `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`,
//! `w = w (1 - lr wd) - lr (m c1) / (sqrt(v c2) + eps)` with the bias corrections
//! `c1 = 1 / (1 - b1^t)`, `c2 = 1 / (1 - b2^t)` (Loshchilov and Hutter 2019).

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::{Device, Tensor};

/// The numbers of one AdamW step, the same for all weights.
#[derive(Clone, Copy, Debug)]
pub struct AdamWStep {
    pub learning_rate: f32,
    pub beta1: f32,
    pub beta2: f32,
    pub eps: f32,
    /// What the gradient is multiplied by first.
    pub gradient_scale: f32,
    /// Steps taken, this one included.
    pub time: u32,
}

/// How many numbers [`AdamWStep::on`] gives.
const NUMBERS: usize = 7;

impl AdamWStep {
    /// On a device: learning rate, betas, eps, scale, `c1`, `c2`. In a buffer, since they differ from
    /// step to step, and a uniform for each step would crowd out those that are used again.
    pub fn on(&self, device: &Device) -> Tensor<1> {
        let Self { learning_rate, beta1, beta2, eps, gradient_scale, time } = *self;
        let correction = |beta: f32| (1.0 / (1.0 - f64::from(beta).powi(time as i32))) as f32;
        let numbers: [f32; NUMBERS] =
            [learning_rate, beta1, beta2, eps, gradient_scale, correction(beta1), correction(beta2)];
        Tensor::from_data(numbers, device)
    }
}

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait AdamWKernel: Backend {
    /// `(w, m, v)` after the step.
    fn adamw_kernel(
        w: FloatTensor<Self>,
        g: FloatTensor<Self>,
        m: FloatTensor<Self>,
        v: FloatTensor<Self>,
        numbers: FloatTensor<Self>,
        weight_decay: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// `(w, m, v)` after one step with gradient `g`, all of one shape; `numbers` are [`AdamWStep::on`]
/// their device.
pub fn adamw<const D: usize>(
    w: Tensor<D>,
    g: Tensor<D>,
    m: Tensor<D>,
    v: Tensor<D>,
    numbers: Tensor<1>,
    weight_decay: f32,
) -> (Tensor<D>, Tensor<D>, Tensor<D>) {
    let (w, g, m, v) = (w.into_dispatch(), g.into_dispatch(), m.into_dispatch(), v.into_dispatch());
    let (w, m, v) = Dispatch::adamw_kernel(w, g, m, v, numbers.into_dispatch(), weight_decay);
    (Tensor::from_dispatch(w), Tensor::from_dispatch(m), Tensor::from_dispatch(v))
}

impl<B: AdamWKernel, C: CheckpointStrategy> AdamWKernel for Autodiff<B, C> {
    fn adamw_kernel(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        unreachable!("an optimizer step has no gradient")
    }
}

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{contiguous, slice};
    use burn::backend::{Flex, flex::FlexTensor};

    impl AdamWKernel for Flex {
        fn adamw_kernel(
            w: FlexTensor,
            g: FlexTensor,
            m: FlexTensor,
            v: FlexTensor,
            numbers: FlexTensor,
            weight_decay: f32,
        ) -> (FlexTensor, FlexTensor, FlexTensor) {
            let (mut w, g, mut m, mut v) = (contiguous(w), contiguous(g), contiguous(m), contiguous(v));
            let numbers = contiguous(numbers);
            let numbers: &[f32; NUMBERS] = slice(&numbers).try_into().expect("made by AdamWStep::on");
            let [lr, beta1, beta2, eps, gradient_scale, c1, c2] = *numbers;
            {
                let (w, m, v, g) = (w.storage_mut::<f32>(), m.storage_mut::<f32>(), v.storage_mut::<f32>(), slice(&g));
                for (((w, m), v), g) in w.iter_mut().zip(m).zip(v).zip(g) {
                    let g = g * gradient_scale;
                    *m = beta1 * *m + (1.0 - beta1) * g;
                    *v = beta2 * *v + (1.0 - beta2) * g * g;
                    *w = *w * (1.0 - lr * weight_decay) - lr * (*m * c1) / ((*v * c2).sqrt() + eps);
                }
            }
            (w, m, v)
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{contiguous, groups_of_lanes, launch, owned, words};
    use crate::kernels::shaders::ADAMW;
    use burn::backend::TensorMetadata;
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    impl AdamWKernel for CubeBackend {
        fn adamw_kernel(
            w: CubeTensor,
            g: CubeTensor,
            m: CubeTensor,
            v: CubeTensor,
            numbers: CubeTensor,
            weight_decay: f32,
        ) -> (CubeTensor, CubeTensor, CubeTensor) {
            let (w, g, m, v) = (owned(w), contiguous(g), owned(m), owned(v));
            let (n, numbers) = (w.shape().num_elements(), contiguous(numbers));
            let [n_word] = words([n]);
            let sizes = [n_word, weight_decay.to_bits()];
            launch(&ADAMW, &[], &[&g, &numbers, &w, &m, &v], &sizes, groups_of_lanes(n));
            (w, m, v)
        }
    }
}
