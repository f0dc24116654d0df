//! Embedding: row `ids[i]` of `weight [V, C]` for each id. Its gradient adds the rows up again.

use crate::kernels::autodiff::autodiff;
use burn::backend::{
    Backend, Dispatch, TensorMetadata, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait EmbeddingKernel: Backend {
    fn embed_forward(weight: FloatTensor<Self>, ids: IntTensor<Self>) -> FloatTensor<Self>;
    /// The gradient of a weight with `rows` rows. Sums run in the order of `ids`, so that it is
    /// the same every time.
    fn embed_backward(ids: IntTensor<Self>, dy: FloatTensor<Self>, rows: usize) -> FloatTensor<Self>;
}

/// `weight [V, C]`, `ids [B, T]` below `V` (others are read as the last row), result `[B, T, C]`.
pub fn embedding(weight: Tensor<2>, ids: Tensor<2, Int>) -> Tensor<3> {
    Tensor::from_dispatch(Dispatch::embed_forward(weight.into_dispatch(), ids.into_dispatch()))
}

autodiff!(EmbeddingKernel, EmbeddingBackward;
    embed_forward(weight: float, ids: int) -> (y) where rows = weight.shape()[0];
    embed_backward(ids: int, dy: upstream, rows: (usize)) -> (weight);
);

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{axpy, contiguous, indices, rows_columns, shape, slice, tensor};
    use burn::backend::{Flex, flex::FlexTensor};

    impl EmbeddingKernel for Flex {
        fn embed_forward(weight: FlexTensor, ids: FlexTensor) -> FlexTensor {
            let weight = contiguous(weight);
            let (v, c) = rows_columns(&weight);
            let ws = slice(&weight);
            let mut dims = shape(&ids);
            dims.push(c);
            let mut y = Vec::with_capacity(dims.iter().product());
            for id in indices(&ids) {
                y.extend_from_slice(&ws[id.min(v - 1) * c..][..c]);
            }
            tensor(y, dims)
        }

        fn embed_backward(ids: FlexTensor, dy: FlexTensor, rows: usize) -> FlexTensor {
            let dy = contiguous(dy);
            let (_, c) = rows_columns(&dy);
            let mut dw = vec![0.0; rows * c];
            for (id, g) in indices(&ids).into_iter().zip(slice(&dy).chunks_exact(c)) {
                axpy(&mut dw[id * c..][..c], 1.0, g);
            }
            tensor(dw, [rows, c])
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{contiguous, empty, groups_of_lanes, indices, launch, rows_columns, shape, words};
    use crate::kernels::shaders::{EMBEDDING_BACKWARD, EMBEDDING_FORWARD};
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    impl EmbeddingKernel for CubeBackend {
        fn embed_forward(weight: CubeTensor, ids: CubeTensor) -> CubeTensor {
            let (weight, ids) = (contiguous(weight), indices(ids));
            let (_, c) = rows_columns(&weight);
            let mut dims = shape(&ids);
            dims.push(c);
            let (n, y) = (dims.iter().product(), empty(&weight, dims));
            launch(&EMBEDDING_FORWARD, &[], &[&weight, &ids, &y], &words([n, c]), groups_of_lanes(n));
            y
        }

        fn embed_backward(ids: CubeTensor, dy: CubeTensor, rows: usize) -> CubeTensor {
            let (ids, dy) = (indices(ids), contiguous(dy));
            let (n, c) = rows_columns(&dy);
            let dw = empty(&dy, [rows, c]);
            // An invocation adds up 16 columns of a row.
            let groups = [rows.div_ceil(64), c.div_ceil(16), 1];
            launch(&EMBEDDING_BACKWARD, &[], &[&ids, &dy, &dw], &words([rows, c, n]), groups);
            dw
        }
    }
}
