//! Products of a few rows on the GPU, alone or with what else is done in the same launch: each weight is read once
//! for all of them.

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

#[cfg(feature = "webgpu")]
pub(crate) mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{empty, launch, rows_columns, shape, words};
    use crate::kernels::shaders::{
        Constant, ROW_PRODUCT, ROW_PRODUCT_ALONE, ROW_PRODUCT_ALONE_FUSED, ROW_PRODUCT_FUSED, ROW_PRODUCT_WIDE,
        ROW_PRODUCT_WIDE_FUSED,
    };
    use crate::kernels::variants::{Tiling, preferred};
    use burn_cubecl::tensor::CubeTensor;

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
}
