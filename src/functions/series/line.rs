//! The line of least squares through a series, whose numbers stand at 1, 2, 3, …

use super::numbers::{mean, spread, variance};

/// A line and how well it fits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub slope: f64,
    /// The line's value at 0, one step before the first number.
    pub interception: f64,
    /// The part of the variance that the line explains, from 0 to 1.
    pub rsquare: f64,
    pub variance: f64,
    /// The variance of what the line leaves.
    pub rvariance: f64,
    pub fit: Vec<f64>,
}

impl Line {
    /// The line through at least one number.
    pub fn through(numbers: &[f64]) -> Option<Self> {
        if numbers.is_empty() {
            return None;
        }
        let places: Vec<f64> = (1..=numbers.len()).map(|place| place as f64).collect();
        let (place_mean, number_mean) = (mean(&places), mean(numbers));
        let together = places.iter().zip(numbers).map(|(x, y)| (x - place_mean) * (y - number_mean)).sum::<f64>();
        let slope = if numbers.len() > 1 { together / spread(&places) } else { 0.0 };
        let interception = number_mean - slope * place_mean;
        let fit: Vec<f64> = places.iter().map(|x| interception + slope * x).collect();
        let (rsquare, variance, rvariance) = quality(numbers, &fit);
        Some(Self { slope, interception, rsquare, variance, rvariance, fit })
    }

    /// The value at a place, counted from 0.
    pub fn at(&self, place: usize) -> f64 {
        self.interception + self.slope * (place + 1) as f64
    }
}

/// How well some numbers are fitted by others: the part of the variance that is explained, the variance, and the
/// variance of what is left.
pub(super) fn quality(numbers: &[f64], fit: &[f64]) -> (f64, f64, f64) {
    let left: f64 = numbers.iter().zip(fit).map(|(number, fit)| (number - fit).powi(2)).sum();
    let whole = spread(numbers);
    let rsquare = if whole > 0.0 { 1.0 - left / whole } else { 1.0 };
    let rvariance = if numbers.len() > 1 { left / (numbers.len() - 1) as f64 } else { 0.0 };
    (rsquare, variance(numbers), rvariance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let line = Line::through(&[2.0, 4.0, 6.0]).unwrap();
        assert_eq!((line.slope, line.interception, line.rsquare, line.at(3)), (2.0, 0.0, 1.0, 8.0));
        let flat = Line::through(&[5.0, 5.0]).unwrap();
        assert_eq!((flat.slope, flat.rsquare, flat.rvariance), (0.0, 1.0, 0.0));
        assert_eq!(Line::through(&[7.0]).unwrap().fit, [7.0]);
        assert_eq!(Line::through(&[]), None);
    }
}
