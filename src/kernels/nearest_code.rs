//! The nearest row of a codebook: `argmin_j |z - e_j|^2 = argmin_j (|e_j|^2 - 2 z . e_j)`; the
//! lowest index wins a tie.

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::{
    Autodiff, Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait NearestCodeKernel: Backend {
    fn nearest_code_kernel(z: FloatTensor<Self>, codebook: FloatTensor<Self>) -> IntTensor<Self>;
}

/// `z [N, D]`, `codebook [K, D]`, result `[N]`.
pub fn nearest_code(z: Tensor<2>, codebook: Tensor<2>) -> Tensor<1, Int> {
    Tensor::from_dispatch(Dispatch::nearest_code_kernel(z.into_dispatch(), codebook.into_dispatch()))
}

impl<B: NearestCodeKernel, C: CheckpointStrategy> NearestCodeKernel for Autodiff<B, C> {
    fn nearest_code_kernel(z: FloatTensor<Self>, codebook: FloatTensor<Self>) -> IntTensor<B> {
        B::nearest_code_kernel(z.into_parts().0, codebook.into_parts().0)
    }
}

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{Matrix, contiguous, dot, map_ranges, rows_columns, slice};
    use crate::kernels::cpu_product::gemm;
    use burn::backend::{Flex, flex::FlexTensor};
    use burn::tensor::TensorData;

    impl NearestCodeKernel for Flex {
        fn nearest_code_kernel(z: FlexTensor, codebook: FlexTensor) -> FlexTensor {
            let (z, codebook) = (contiguous(z), contiguous(codebook));
            let ((rows, d), (k, _)) = (rows_columns(&z), rows_columns(&codebook));
            let (zs, es) = (slice(&z), slice(&codebook));
            let norms: Vec<f32> = es.chunks_exact(d).map(|e| dot(e, e)).collect();
            let codes = map_ranges(rows, 64, |range| {
                let mut products = vec![0.0; range.len() * k];
                gemm(
                    &mut products,
                    k,
                    Matrix::new(&zs[range.start * d..], d),
                    Matrix::new(es, d).transposed(),
                    (range.len(), k, d),
                    false,
                    false,
                );
                let nearest = |products: &[f32]| {
                    let distance = |j: usize| norms[j] - 2.0 * products[j];
                    (1..k).fold(0, |best, j| if distance(j) < distance(best) { j } else { best }) as i64
                };
                products.chunks_exact(k).map(nearest).collect::<Vec<_>>()
            });
            FlexTensor::from_data(TensorData::new(codes.concat(), [rows]))
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{contiguous, empty_of, groups_for, launch, rows_columns, words};
    use crate::kernels::shaders::NEAREST_CODE;
    use burn::tensor::DType;
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    impl NearestCodeKernel for CubeBackend {
        fn nearest_code_kernel(z: CubeTensor, codebook: CubeTensor) -> CubeTensor {
            let (z, codebook) = (contiguous(z), contiguous(codebook));
            let ((rows, d), (k, _)) = (rows_columns(&z), rows_columns(&codebook));
            let nearest = empty_of(&z, [rows], DType::I32);
            launch(&NEAREST_CODE, &[], &[&z, &codebook, &nearest], &words([rows, k, d]), groups_for(rows));
            nearest
        }
    }
}
