//! How rough a picture is in the space of its codes, as the paper's reward measures it.

use crate::bundle::VqCodec;
use crate::error::Result;
use crate::model::weight::read_values;
use crate::tokens::Codes;

/// Codebook rows `[K, width]`, for the roughness of pictures.
#[derive(Clone, Debug)]
pub struct Codebook {
    pub rows: Vec<f32>,
    pub width: usize,
}

impl Codebook {
    pub async fn of(codec: &VqCodec) -> Result<Self> {
        let rows = read_values(codec.vq.codebook.tensor.clone()).await?;
        Ok(Self { rows, width: codec.vq.config.embed_dim })
    }

    /// `E = (E_h + E_v) / D`: mean squared differences of the vectors of neighbouring codes (Omni-R1,
    /// equations 6 to 8).
    pub fn roughness(&self, picture: &Codes) -> f64 {
        let grid = picture.grid;
        self.edges(picture).iter().sum::<f64>() / (grid * (grid - 1).max(1)) as f64
    }

    /// How much of the roughness lies between each cell and its neighbours to the right and below, row by
    /// row.
    pub fn edges(&self, picture: &Codes) -> Vec<f64> {
        let (grid, codes) = (picture.grid, &picture.codes);
        let row = |cell: usize| &self.rows[usize::from(codes[cell]) * self.width..][..self.width];
        let apart =
            |a: usize, b: usize| -> f64 { row(a).iter().zip(row(b)).map(|(a, b)| f64::from(a - b).powi(2)).sum() };
        let of_cell = |cell: usize| {
            let right = if cell % grid + 1 < grid { apart(cell, cell + 1) } else { 0.0 };
            let below = if cell + grid < codes.len() { apart(cell, cell + grid) } else { 0.0 };
            (right + below) / self.width as f64
        };
        (0..codes.len()).map(of_cell).collect()
    }

    /// 1 where the roughness of `picture` is that of `other` up to the factor `band`, falling towards 0
    /// as they differ by more.
    pub fn likeness(&self, picture: &Codes, other: &Codes, band: f64) -> f64 {
        const FLAT: f64 = 1e-6;
        let (a, b) = (self.roughness(picture) + FLAT, self.roughness(other) + FLAT);
        (band * (a / b).min(b / a)).min(1.0)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Code 0 is (0, 0), code 1 (2, 0), code 2 (0, 4).
    pub fn codebook() -> Codebook {
        Codebook { rows: vec![0.0, 0.0, 2.0, 0.0, 0.0, 4.0], width: 2 }
    }

    pub fn codes(codes: [u16; 4]) -> Codes {
        Codes { grid: 2, codes: codes.to_vec() }
    }

    #[test]
    fn roughness_by_hand() {
        // Across: 4 and 4, mean 4; down: 0. (4 + 0) / 2.
        assert_eq!(codebook().roughness(&codes([0, 1, 0, 1])), 2.0);
        // Across: 4 and 16, mean 10; down: 0 and 20, mean 10. 20 / 2.
        assert_eq!(codebook().roughness(&codes([0, 1, 0, 2])), 10.0);
        assert_eq!(codebook().roughness(&codes([1, 1, 1, 1])), 0.0);
    }
}
