//! The same work by our kernels and by Burn's own operations, on the same weights and tokens: for
//! `omni-r1 bench` and for the benchmarks in the browser. The page's modules are built without it.

pub mod decoding;
pub mod drawing;
pub mod gpt;
pub mod stock;
pub mod training;

pub use decoding::Decoding;
pub use drawing::{Drawing, Drawn};
pub use training::Training;

/// Who computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The kernels of this program.
    Ours,
    /// Burn's operations alone.
    Stock,
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;
    use crate::config::ModelConfig;
    use crate::model::Transformer;
    use crate::model::weight::WeightSource;
    use burn::tensor::Device;
    use pollster::block_on;

    fn model(device: &Device) -> Transformer {
        let config = ModelConfig { num_hidden_layers: 2, ..ModelConfig::preset("nano", 96).unwrap() };
        Transformer::build(&config, &mut WeightSource::random(3), device).unwrap()
    }

    /// Both take the same steps: a benchmark of different work would say nothing.
    #[test]
    fn stock_trains_as_ours_does() {
        let device = Device::flex();
        let mut training = Training::new(&model(&device), [2, 24], &device);
        let mut before = f64::INFINITY;
        for _ in 0..4 {
            let ours = block_on(training.step(Whose::Ours)).unwrap().loss;
            let stock = block_on(training.step(Whose::Stock)).unwrap().loss;
            assert!((ours - stock).abs() < 2e-4, "{ours} and {stock}");
            assert!(ours < before, "{ours} after {before}");
            before = ours;
        }
    }

    #[test]
    fn stock_decodes_as_ours_does() {
        let device = Device::flex();
        let codes = 4..36;
        let mut decoding = Decoding::new(&model(&device), std::slice::from_ref(&codes));
        for picture in [false, true] {
            for whose in [Whose::Ours, Whose::Stock] {
                block_on(decoding.run(whose, 19, picture)).unwrap();
                block_on(decoding.check(whose)).unwrap();
            }
            let [(ours, _), (stock, _)] = &decoding.last;
            assert_eq!(ours, stock);
        }
        decoding.last[0].0.pop();
        assert!(block_on(decoding.check(Whose::Ours)).is_err(), "logits after another token pass the check");
    }
}
