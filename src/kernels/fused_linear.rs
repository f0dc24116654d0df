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
use crate::kernels::swiglu::SwigluKernel;
use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// What is done besides the product.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// `other` is the norm's weight.
    Normed { eps: f32 },
    /// As `Normed`; the upper half of the results gates the lower one.
    Gated { eps: f32 },
    /// `other` has the shape of the result.
    Added,
}

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
    use crate::kernels::gpu::{contiguous, empty, launch, rows_columns, shape, words};
    use crate::kernels::matmul::{FEW_ROWS, on_gpu::tiled_product};
    use crate::kernels::shaders::{
        Constant, ROW_PRODUCT, ROW_PRODUCT_ALONE, ROW_PRODUCT_ALONE_FUSED, ROW_PRODUCT_FUSED, ROW_PRODUCT_WIDE,
        ROW_PRODUCT_WIDE_FUSED,
    };
    use crate::kernels::variants::{Tiling, preferred};
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    /// `x [.., K]` of few rows times the transpose of `weight [N, K]`, with a form and its tensor or
    /// alone; all contiguous.
    pub fn row_product(x: &CubeTensor, weight: &CubeTensor, fused: Option<(&CubeTensor, Form)>) -> CubeTensor {
        let ((m, k), (n, _)) = (rows_columns(x), rows_columns(weight));
        let (mut constants, mut n, mut eps): (Vec<Constant>, _, _) = (Vec::new(), n, 0.0);
        match fused.map(|(_, form)| form) {
            None => {}
            Some(Form::Added) => constants.extend([("OTHER", 1), ("ADDED", 1)]),
            Some(Form::Normed { eps: e }) => {
                constants.extend([("OTHER", 1), ("NORM", 1)]);
                eps = e;
            }
            Some(Form::Gated { eps: e }) => {
                constants.extend([("OTHER", 1), ("NORM", 1), ("GATED", 1)]);
                (n, eps) = (n / 2, e);
            }
        }
        let software = preferred().tiling == Tiling::Large;
        let wide = software && n % 4 == 0 && k % 16 == 0;
        // Rows that share each read of the weight.
        let rows = match m {
            _ if software && !wide => 1,
            0 | 1 => 1,
            2 => 2,
            _ => 4,
        };
        constants.push(("ROWS", rows));
        constants.push(if wide { ("WIDE", 1) } else { ("ALIGNED", (n % 4 == 0 && k % 4 == 0) as u32) });
        let mut dims = shape(x);
        *dims.last_mut().expect("at least one dimension") = n;
        let y = empty(x, dims);
        let mut buffers = vec![x, weight];
        buffers.extend(fused.map(|(other, _)| other));
        buffers.push(&y);
        let [m_word, n_word, k_word] = words([m, n, k]);
        let sizes = [m_word, n_word, k_word, f32::to_bits(eps)];
        let (entry, columns) = match (preferred().tiling, fused) {
            _ if wide => (if fused.is_some() { &ROW_PRODUCT_WIDE_FUSED } else { &ROW_PRODUCT_WIDE }, 64),
            (Tiling::Large, None) => (&ROW_PRODUCT_ALONE, 64),
            (Tiling::Large, Some(_)) => (&ROW_PRODUCT_ALONE_FUSED, 64),
            (_, None) => (&ROW_PRODUCT, 4),
            (_, Some(_)) => (&ROW_PRODUCT_FUSED, 4),
        };
        launch(entry, &constants, &buffers, &sizes, [n.div_ceil(columns), m.div_ceil(rows as usize), 1]);
        y
    }

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
