//! Numbers that carry a bound on what f32 arithmetic may do to them.
//!
//! References are written once over [`Real`]: `value` is the exact result (in f64), `error` bounds
//! how far an f32 implementation may be off, by running error analysis (Higham, Accuracy and
//! Stability of Numerical Algorithms, chapter 3). A test's tolerance is then computed from its own
//! sizes and values. The accuracy assumed of each operation is WGSL's (specification, section
//! "Floating Point Accuracy"), which is wider than the CPU's.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// Unit roundoff of f32.
pub const UNIT: f64 = 1.0 / (1 << 24) as f64;
/// One unit in the last place is at most this much of a value.
const ULP: f64 = 2.0 * UNIT;
/// Smaller results may be flushed to zero.
const TINY: f64 = f32::MIN_POSITIVE as f64;

#[derive(Clone, Copy, Debug, Default)]
pub struct Real {
    pub value: f64,
    pub error: f64,
}

impl Real {
    pub const ZERO: Self = Self { value: 0.0, error: 0.0 };

    /// A number that f32 holds exactly.
    pub fn exact(value: f64) -> Self {
        Self { value, error: 0.0 }
    }
    /// A number that an implementation knows to `units` of its own rounding error.
    pub fn rounded(value: f64, units: f64) -> Self {
        Self { value, error: value.abs() * units * UNIT }
    }
    fn new(value: f64, inherited: f64, rounding: f64) -> Self {
        Self { value, error: inherited + rounding + TINY }
    }
    pub fn sqrt(self) -> Self {
        let value = self.value.sqrt();
        // The derivative at the lower end of the interval; 5 ulp for x * inverseSqrt(x).
        let low = (self.value - self.error).max(self.value / 4.0).sqrt();
        Self::new(value, self.error / (2.0 * low), 5.0 * ULP * value)
    }
    pub fn exp(self) -> Self {
        let value = self.value.exp();
        let inherited = value * self.error.exp_m1();
        Self::new(value, inherited, (3.0 + 2.0 * self.value.abs()) * ULP * (value + inherited))
    }
    pub fn ln(self) -> Self {
        let value = self.value.ln();
        Self::new(value, self.error / (self.value - self.error), (1.0 / (1 << 21) as f64).max(3.0 * ULP * value.abs()))
    }
    /// `(cos, sin)` of an angle; implementations reduce the range themselves.
    pub fn cos_sin(self) -> (Self, Self) {
        let at = |value| Self::new(value, self.error, 4.0 * UNIT);
        (at(self.value.cos()), at(self.value.sin()))
    }
    pub fn sigmoid(self) -> Self {
        let one = Self::exact(1.0);
        one / (one + (-self).exp())
    }
}

impl Add for Real {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        // |a| + |b| instead of |a + b|: an implementation may take the terms in another order.
        Self::new(self.value + other.value, self.error + other.error, UNIT * (self.value.abs() + other.value.abs()))
    }
}
impl Sub for Real {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}
impl Neg for Real {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, error: self.error }
    }
}
impl Mul for Real {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let value = self.value * other.value;
        let inherited = self.value.abs() * other.error + other.value.abs() * self.error + self.error * other.error;
        Self::new(value, inherited, UNIT * value.abs())
    }
}
impl Div for Real {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        let low = (other.value.abs() - other.error).max(other.value.abs() / 4.0);
        Self::new(value, (self.error + value.abs() * other.error) / low, 2.5 * ULP * value.abs())
    }
}

/// The sum of `n` terms in any order: at most `n` roundings of at most the sum of absolute values.
pub fn sum(terms: impl IntoIterator<Item = Real>) -> Real {
    let (mut value, mut error, mut absolute, mut n) = (0.0, 0.0, 0.0, 0.0);
    for term in terms {
        value += term.value;
        error += term.error;
        absolute += term.value.abs() + term.error;
        n += 1.0;
    }
    Real { value, error: error + n * UNIT * absolute }
}

pub fn mean(terms: impl ExactSizeIterator<Item = Real>) -> Real {
    let n = Real::exact(terms.len() as f64);
    sum(terms) / n
}
