//! AdamW on one weight: moments `m`, `v` and the weight itself are updated in place where nobody
//! else holds them.
//!
//! `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`,
//! `w = w (1 - lr wd) - lr (m c1) / (sqrt(v c2) + eps)` with the bias corrections
//! `c1 = 1 / (1 - b1^t)`, `c2 = 1 / (1 - b2^t)` (Loshchilov and Hutter 2019).

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// The numbers of one AdamW step.
#[derive(Clone, Copy, Debug)]
pub struct AdamWStep {
    pub learning_rate: f32,
    pub beta1: f32,
    pub beta2: f32,
    pub eps: f32,
    pub weight_decay: f32,
    /// Steps taken, this one included.
    pub time: u32,
}

impl AdamWStep {
    fn corrections(&self) -> (f32, f32) {
        let correction = |beta: f32| (1.0 / (1.0 - (beta as f64).powi(self.time as i32))) as f32;
        (correction(self.beta1), correction(self.beta2))
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
        step: AdamWStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// `(w, m, v)` after one step with gradient `g`; all of one shape.
pub fn adamw<const D: usize>(
    w: Tensor<D>,
    g: Tensor<D>,
    m: Tensor<D>,
    v: Tensor<D>,
    step: AdamWStep,
) -> (Tensor<D>, Tensor<D>, Tensor<D>) {
    let (w, m, v) =
        Dispatch::adamw_kernel(w.into_dispatch(), g.into_dispatch(), m.into_dispatch(), v.into_dispatch(), step);
    (Tensor::from_dispatch(w), Tensor::from_dispatch(m), Tensor::from_dispatch(v))
}

impl<B: AdamWKernel, C: CheckpointStrategy> AdamWKernel for Autodiff<B, C> {
    fn adamw_kernel(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: AdamWStep,
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
            step: AdamWStep,
        ) -> (FlexTensor, FlexTensor, FlexTensor) {
            let (mut w, g, mut m, mut v) = (contiguous(w), contiguous(g), contiguous(m), contiguous(v));
            let (c1, c2) = step.corrections();
            let AdamWStep { learning_rate: lr, beta1, beta2, eps, weight_decay, .. } = step;
            {
                let (w, m, v, g) = (w.storage_mut::<f32>(), m.storage_mut::<f32>(), v.storage_mut::<f32>(), slice(&g));
                for (((w, m), v), g) in w.iter_mut().zip(m).zip(v).zip(g) {
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
            step: AdamWStep,
        ) -> (CubeTensor, CubeTensor, CubeTensor) {
            let (w, g, m, v) = (owned(w), contiguous(g), owned(m), owned(v));
            let (c1, c2) = step.corrections();
            let n = w.shape().num_elements();
            let numbers = [step.learning_rate, step.beta1, step.beta2, step.eps, step.weight_decay, c1, c2];
            let mut sizes = words([n]).to_vec();
            sizes.extend(numbers.map(f32::to_bits));
            launch(&ADAMW, &[], &[&g, &w, &m, &v], &sizes, groups_of_lanes(n));
            (w, m, v)
        }
    }
}
