//! Matrix product `C = op(A) op(B)`, all transposes.
//!
//! `A [.., M, K]` (its leading dimensions are rows too), `B [K, N]`, or either transposed in
//! memory. A linear layer with a Hugging Face weight `[out, in]` is `x W^T`. Gradients:
//! `dA = dC B^T`, `dB = A^T dC` (and their transposes).

use crate::kernels::autodiff::untracked;
use burn::backend::autodiff::{
    NodeId,
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// At most this many rows of a linear layer are too few for tiles: each goes through the weights as they lie.
pub const FEW_ROWS: usize = 32;

/// Which operand lies transposed in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transpose {
    None,
    Left,
    Right,
}

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait MatmulKernel: Backend {
    fn matmul_kernel(a: FloatTensor<Self>, b: FloatTensor<Self>, transpose: Transpose) -> FloatTensor<Self>;
}

/// `A [.., M, K]` times `B [K, N]` (or `[N, K]` with [`Transpose::Right`]) gives `[.., M, N]`;
/// with [`Transpose::Left`], `A [.., K, M]` gives `[M, N]` and has no gradient.
pub fn matmul<const D: usize>(a: Tensor<D>, b: Tensor<2>, transpose: Transpose) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::matmul_kernel(a.into_dispatch(), b.into_dispatch(), transpose))
}

/// A linear layer without bias: `x [.., in]`, `weight [out, in]`, result `[.., out]`.
pub fn linear<const D: usize>(x: Tensor<D>, weight: Tensor<2>) -> Tensor<D> {
    matmul(x, weight, Transpose::Right)
}

#[derive(Debug)]
struct MatmulBackward;

impl<B: MatmulKernel> Backward<B, 2> for MatmulBackward {
    type State = (Option<NodeId>, Option<NodeId>, Transpose);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let [node_a, node_b] = ops.parents;
        let dc = grads.consume::<B>(&ops.node);
        let (a, b, transpose) = ops.state;
        let a = a.map(|id| checkpointer.retrieve_node_output::<FloatTensor<B>>(id));
        let b = b.map(|id| checkpointer.retrieve_node_output::<FloatTensor<B>>(id));
        let [node_a, node_b] = [node_a, node_b].map(|node| node.map(|node| node.id));
        register_gradients::<B>(grads, dc, (node_a, a), (node_b, b), transpose);
    }
}

/// `dA` and `dB` of the parents that are tracked; each needs the other's value.
pub(crate) fn register_gradients<B: MatmulKernel>(
    grads: &mut Gradients,
    dc: FloatTensor<B>,
    (node_a, a): (Option<NodeId>, Option<FloatTensor<B>>),
    (node_b, b): (Option<NodeId>, Option<FloatTensor<B>>),
    transpose: Transpose,
) {
    if let (Some(node), Some(b)) = (node_a, b) {
        let other = if transpose == Transpose::Right { Transpose::None } else { Transpose::Right };
        grads.register::<B>(node, B::matmul_kernel(dc.clone(), b, other));
    }
    if let (Some(node), Some(a)) = (node_b, a) {
        let db = match transpose {
            Transpose::Right => B::matmul_kernel(dc, a, Transpose::Left),
            _ => B::matmul_kernel(a, dc, Transpose::Left),
        };
        grads.register::<B>(node, db);
    }
}

impl<B: MatmulKernel, C: CheckpointStrategy> MatmulKernel for Autodiff<B, C> {
    fn matmul_kernel(a: FloatTensor<Self>, b: FloatTensor<Self>, transpose: Transpose) -> FloatTensor<Self> {
        let (a_tracked, b_tracked) = (a.is_tracked(), b.is_tracked());
        if transpose == Transpose::Left {
            assert!(!a_tracked && !b_tracked, "a product with the left side transposed has no gradient");
            return untracked::<B, C>(B::matmul_kernel(a.into_parts().0, b.into_parts().0, transpose));
        }
        match MatmulBackward.prepare::<C>([a.node(), b.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let state = (b_tracked.then(|| prep.checkpoint(&a)), a_tracked.then(|| prep.checkpoint(&b)), transpose);
                prep.finish(state, B::matmul_kernel(a.into_parts().0, b.into_parts().0, transpose))
            }
            OpsKind::UnTracked(prep) => prep.finish(B::matmul_kernel(a.into_parts().0, b.into_parts().0, transpose)),
        }
    }
}

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{Matrix, contiguous, rows_columns, shape, slice, tensor};
    use crate::kernels::cpu_product::product;
    use crate::kernels::cpu_rows::products_of_each;
    use burn::backend::{Flex, flex::FlexTensor};

    impl MatmulKernel for Flex {
        fn matmul_kernel(a: FlexTensor, b: FlexTensor, transpose: Transpose) -> FlexTensor {
            let (a, b) = (contiguous(a), contiguous(b));
            let ((a_rows, a_columns), (b_rows, b_columns)) = (rows_columns(&a), rows_columns(&b));
            let (m, k) = if transpose == Transpose::Left { (a_columns, a_rows) } else { (a_rows, a_columns) };
            let (b_k, n) = if transpose == Transpose::Right { (b_columns, b_rows) } else { (b_rows, b_columns) };
            assert_eq!(k, b_k, "matmul {transpose:?}: {:?} by {:?}", shape(&a), shape(&b));
            let (left, right, size) = (slice(&a), slice(&b), (m, n, k));
            let out = match transpose {
                // A row or a few against all weights: the weights are read once, in order.
                Transpose::Right if m <= FEW_ROWS => {
                    let mut out = vec![0.0; m * n];
                    products_of_each(left, right, k, &mut out);
                    out
                }
                Transpose::None => product(Matrix::new(left, k), Matrix::new(right, n), size),
                Transpose::Right => product(Matrix::new(left, k), Matrix::new(right, k).transposed(), size),
                Transpose::Left => product(Matrix::new(left, m).transposed(), Matrix::new(right, n), size),
            };
            let dims = if transpose == Transpose::Left {
                vec![m, n]
            } else {
                let mut dims = shape(&a);
                *dims.last_mut().expect("at least one dimension") = n;
                dims
            };
            tensor(out, dims)
        }
    }
}

#[cfg(feature = "webgpu")]
pub(crate) mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{contiguous, empty, launch, rows_columns, shape, words};
    use crate::kernels::row_product::on_gpu::row_product;
    use crate::kernels::shaders::{Constant, MATMUL_STAGED, MATMUL_STAGED_ADDED, MATMUL_TILE, MATMUL_TILE_ADDED};
    use crate::kernels::variants::{Tiling, preferred};
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    /// 4 x 4 results of an invocation, 8 x 8 invocations of a workgroup.
    const SMALL: [Constant; 4] = [("ROWS", 1), ("COLUMNS", 1), ("DOWN", 8), ("ACROSS", 8)];
    /// 16 x 16 results, 2 x 4 invocations: one workgroup is no more than a few lanes' work.
    const LARGE: [Constant; 4] = [("ROWS", 4), ("COLUMNS", 4), ("DOWN", 2), ("ACROSS", 4)];

    /// The product in tiles, `added` to it in the same launch; all contiguous.
    pub fn tiled_product(
        a: &CubeTensor,
        b: &CubeTensor,
        transpose: Transpose,
        added: Option<&CubeTensor>,
    ) -> CubeTensor {
        let ((a_rows, a_columns), (b_rows, b_columns)) = (rows_columns(a), rows_columns(b));
        let (left, right) = (transpose == Transpose::Left, transpose == Transpose::Right);
        let (m, k) = if left { (a_columns, a_rows) } else { (a_rows, a_columns) };
        let (b_k, n) = if right { (b_columns, b_rows) } else { (b_rows, b_columns) };
        assert_eq!(k, b_k, "matmul {transpose:?}: {:?} by {:?}", shape(a), shape(b));
        let mut dims = if left { vec![m] } else { shape(a) };
        if left {
            dims.push(n);
        } else {
            *dims.last_mut().expect("at least one dimension") = n;
        }
        let c = empty(a, dims);
        let aligned = n % 4 == 0 && if left { m % 4 == 0 } else { k % 4 == 0 };
        let mut constants = vec![
            ("LEFT", left as u32),
            ("RIGHT", right as u32),
            ("ADDED", added.is_some() as u32),
            ("ALIGNED", aligned as u32),
        ];
        let mut buffers = vec![a, b];
        buffers.extend(added);
        buffers.push(&c);
        let mut run = |[alone, with_other]: [_; 2], tile: &[Constant], groups| {
            constants.extend(tile);
            let entry = if added.is_some() { with_other } else { alone };
            launch(entry, &constants, &buffers, &words([m, n, k]), groups);
        };
        let (tile, staged) = ([&MATMUL_TILE, &MATMUL_TILE_ADDED], [&MATMUL_STAGED, &MATMUL_STAGED_ADDED]);
        match preferred().tiling {
            Tiling::Small => run(tile, &SMALL, [n.div_ceil(32), m.div_ceil(32), 1]),
            Tiling::Large => run(tile, &LARGE, [n.div_ceil(64), m.div_ceil(32), 1]),
            Tiling::Staged => run(staged, &[], [n.div_ceil(32), m.div_ceil(32), 1]),
        }
        c
    }

    impl MatmulKernel for CubeBackend {
        fn matmul_kernel(a: CubeTensor, b: CubeTensor, transpose: Transpose) -> CubeTensor {
            let (a, b) = (contiguous(a), contiguous(b));
            if transpose == Transpose::Right && rows_columns(&a).0 <= FEW_ROWS {
                row_product(&a, &b, None)
            } else {
                tiled_product(&a, &b, transpose, None)
            }
        }
    }
}
