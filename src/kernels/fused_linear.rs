//! Linear layers together with their neighbours, so that a step of generation needs one launch
//! where it would need two or three:
//! - normed: `y = rms_norm(x) W^T`,
//! - gated: `y = swiglu(rms_norm(x) W^T)`,
//! - added: `y = other + x W^T`.
//!
//! Few rows on WebGPU take that launch; it normalises after the product,
//! `sum_k x_k w_k W_jk / rms(x)`, since each result goes through the whole row anyway. Many rows take
//! it for the sum alone. Everything else is composed of the ops of those names, whose gradients hold;
//! the sum has its own: `dother = dy`, `dx` and `dW` are the product's.

use crate::kernels::matmul::{MatmulKernel, Transpose, register_gradients};
use crate::kernels::rms_norm::RmsNormKernel;
pub use crate::kernels::row_product::Form;
use crate::kernels::swiglu::SwigluKernel;
use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait FusedLinearKernel: Backend {
    fn fused_linear_kernel(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        other: FloatTensor<Self>,
        form: Form,
    ) -> FloatTensor<Self>;
}

/// `x [.., K]`, `norm [K]`, `weight [N, K]`, result `[.., N]`.
pub fn normed_linear<const D: usize>(x: Tensor<D>, norm: Tensor<1>, eps: f32, weight: Tensor<2>) -> Tensor<D> {
    run(x, weight, norm, Form::Normed { eps })
}

/// `x [.., K]`, `norm [K]`, `gate_up [2N, K]`, result `[.., N]`.
pub fn gated_linear<const D: usize>(x: Tensor<D>, norm: Tensor<1>, eps: f32, gate_up: Tensor<2>) -> Tensor<D> {
    run(x, gate_up, norm, Form::Gated { eps })
}

/// `x [.., K]`, `weight [N, K]`, `other` and result `[.., N]`.
pub fn added_linear<const D: usize>(x: Tensor<D>, weight: Tensor<2>, other: Tensor<D>) -> Tensor<D> {
    run(x, weight, other, Form::Added)
}

fn run<const D: usize, const O: usize>(x: Tensor<D>, weight: Tensor<2>, other: Tensor<O>, form: Form) -> Tensor<D> {
    let (x, weight, other) = (x.into_dispatch(), weight.into_dispatch(), other.into_dispatch());
    Tensor::from_dispatch(Dispatch::fused_linear_kernel(x, weight, other, form))
}

/// One op after the other.
fn composed<B: RmsNormKernel + MatmulKernel + SwigluKernel>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    other: FloatTensor<B>,
    form: Form,
) -> FloatTensor<B> {
    match form {
        Form::Normed { eps } => B::matmul_kernel(B::rms_norm_forward(x, other, eps).0, weight, Transpose::Right),
        Form::Gated { eps } => B::swiglu_forward(composed::<B>(x, weight, other, Form::Normed { eps })),
        Form::Added => B::float_add(other, B::matmul_kernel(x, weight, Transpose::Right)),
    }
}

#[derive(Debug)]
struct AddedBackward;

impl<B: MatmulKernel> Backward<B, 3> for AddedBackward {
    /// `x` if the weight's gradient is wanted, the weight if `x`'s is.
    type State = (Option<FloatTensor<B>>, Option<FloatTensor<B>>);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node_x, node_weight, node_other] = ops.parents.map(|node| node.map(|node| node.id));
        let dy = grads.consume::<B>(&ops.node);
        let (x, weight) = ops.state;
        if let Some(node) = node_other {
            grads.register::<B>(node, dy.clone());
        }
        register_gradients::<B>(grads, dy, (node_x, x), (node_weight, weight), Transpose::Right);
    }
}

impl<B, C> FusedLinearKernel for Autodiff<B, C>
where
    B: FusedLinearKernel + RmsNormKernel + MatmulKernel + SwigluKernel,
    C: CheckpointStrategy,
{
    fn fused_linear_kernel(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        other: FloatTensor<Self>,
        form: Form,
    ) -> FloatTensor<Self> {
        if form != Form::Added {
            return composed::<Self>(x, weight, other, form);
        }
        let (x_tracked, weight_tracked) = (x.is_tracked(), weight.is_tracked());
        let ((x, node_x), (weight, node_weight), (other, node_other)) =
            (x.into_parts(), weight.into_parts(), other.into_parts());
        match AddedBackward.prepare::<C>([node_x, node_weight, node_other]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let state = (weight_tracked.then(|| x.clone()), x_tracked.then(|| weight.clone()));
                prep.finish(state, B::fused_linear_kernel(x, weight, other, form))
            }
            OpsKind::UnTracked(prep) => prep.finish(B::fused_linear_kernel(x, weight, other, form)),
        }
    }
}

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use burn::backend::{Flex, flex::FlexTensor};

    impl FusedLinearKernel for Flex {
        fn fused_linear_kernel(x: FlexTensor, weight: FlexTensor, other: FlexTensor, form: Form) -> FlexTensor {
            composed::<Self>(x, weight, other, form)
        }
    }
}

#[cfg(feature = "webgpu")]
pub(crate) mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{contiguous, rows_columns};
    use crate::kernels::matmul::{FEW_ROWS, on_gpu::tiled_product};
    use crate::kernels::row_product::on_gpu::row_product;
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    impl FusedLinearKernel for CubeBackend {
        fn fused_linear_kernel(x: CubeTensor, weight: CubeTensor, other: CubeTensor, form: Form) -> CubeTensor {
            let many = rows_columns(&x).0 > FEW_ROWS;
            if many && form != Form::Added {
                return composed::<Self>(x, weight, other, form);
            }
            let (x, weight, other) = (contiguous(x), contiguous(weight), contiguous(other));
            if many {
                tiled_product(&x, &weight, Transpose::Right, Some(&other))
            } else {
                row_product(&x, &weight, Some((&other, form)))
            }
        }
    }
}
