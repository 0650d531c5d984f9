//! The Fourier transform of a series and back, of any length: by halves where the length is a power of two, and by
//! Bluestein's convolution where it is not.

use std::f64::consts::PI;

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use super::{
    numbers::{Series, finite},
    several::{Names, Part, structs},
};
use crate::functions::{
    call::{Answer, Call, Family, Kind, Param, Param::May, Param::Need},
    definition::Section,
};

const COMPLEX: Names = &[("real", Answer::Dynamic), ("imag", Answer::Dynamic)];

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const PARAMS: &[Param] = &[Need(Kind::Dynamic), May(Kind::Dynamic)];
    let series = Family(Section::Series);
    [
        series.function(
            "series_fft(real [, imaginary])",
            "The Fourier transform of a series of complex numbers, as a struct of its real and its imaginary part.",
            ("SELECT get_field(series_fft([1, 0, 0, 0]), 'real')", "[1.0,1.0,1.0,1.0]"),
            (PARAMS, Answer::Several(COMPLEX)),
            |call| transform(call, Way::There),
        ),
        series.function(
            "series_ifft(real [, imaginary])",
            "The inverse of series_fft.",
            ("SELECT get_field(series_ifft([1, 1, 1, 1]), 'real')", "[1.0,0.0,0.0,0.0]"),
            (PARAMS, Answer::Several(COMPLEX)),
            |call| transform(call, Way::Back),
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    There,
    Back,
}

fn transform(call: &Call, way: Way) -> Result<ArrayRef> {
    let real = Series::of(call, 0)?;
    let imaginary = if call.len() > 1 { Some(Series::of(call, 1)?) } else { None };
    structs(call, COMPLEX, |row| {
        let real = real.get(row, finite)?;
        let imaginary = match &imaginary {
            Some(imaginary) => imaginary.get(row, finite).filter(|imaginary| imaginary.len() == real.len())?,
            None => vec![0.0; real.len()],
        };
        let numbers = real.into_iter().zip(imaginary).map(|(re, im)| Complex { re, im }).collect();
        let answers = fourier(numbers, way);
        let (real, imaginary) = answers.into_iter().map(|number| (number.re, number.im)).unzip();
        Some([Part::Reals(real), Part::Reals(imaginary)])
    })
}

/// For each distance up to the length the sum of the products of numbers at that distance.
pub(super) fn autocorrelation(numbers: &[f64]) -> Vec<f64> {
    // Zeros behind the numbers keep the end from meeting the beginning.
    let mut padded = vec![Complex::default(); (2 * numbers.len()).next_power_of_two()];
    for (place, number) in padded.iter_mut().zip(numbers) {
        place.re = *number;
    }
    let powers = fourier(padded, Way::There).into_iter().map(|number| number.times(number.mirrored())).collect();
    fourier(powers, Way::Back).into_iter().take(numbers.len()).map(|number| number.re).collect()
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    fn at_angle(angle: f64) -> Self {
        Self { re: angle.cos(), im: angle.sin() }
    }

    fn plus(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }

    fn minus(self, other: Self) -> Self {
        Self { re: self.re - other.re, im: self.im - other.im }
    }

    fn times(self, other: Self) -> Self {
        Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }

    fn mirrored(self) -> Self {
        Self { im: -self.im, ..self }
    }

    fn scaled(self, by: f64) -> Self {
        Self { re: self.re * by, im: self.im * by }
    }
}

fn fourier(numbers: Vec<Complex>, way: Way) -> Vec<Complex> {
    let length = numbers.len();
    if length == 0 {
        return numbers;
    }
    // The way back is the way there in the mirror.
    let mirrored = |numbers: Vec<Complex>| match way {
        Way::There => numbers,
        Way::Back => numbers.into_iter().map(Complex::mirrored).collect(),
    };
    let numbers = mirrored(numbers);
    let answers = mirrored(if length.is_power_of_two() { by_halves(numbers) } else { bluestein(&numbers) });
    match way {
        Way::There => answers,
        Way::Back => answers.into_iter().map(|number| number.scaled(1.0 / length as f64)).collect(),
    }
}

/// Cooley and Tukey, without recursion; the length is a power of two.
fn by_halves(mut numbers: Vec<Complex>) -> Vec<Complex> {
    let length = numbers.len();
    let unused = usize::BITS - length.trailing_zeros();
    for place in 0..length {
        let turned = place.reverse_bits().checked_shr(unused).unwrap_or(0);
        if turned > place {
            numbers.swap(place, turned);
        }
    }
    let mut half = 1;
    while half < length {
        let factors: Vec<Complex> =
            (0..half).map(|place| Complex::at_angle(-PI * place as f64 / half as f64)).collect();
        for block in numbers.chunks_exact_mut(half * 2) {
            let (low, high) = block.split_at_mut(half);
            for ((low, high), factor) in low.iter_mut().zip(high).zip(&factors) {
                let turned = high.times(*factor);
                (*low, *high) = (low.plus(turned), low.minus(turned));
            }
        }
        half *= 2;
    }
    numbers
}

/// The transform as a convolution with a chirp, which is done at a length that is a power of two.
fn bluestein(numbers: &[Complex]) -> Vec<Complex> {
    let length = numbers.len();
    let chirp: Vec<Complex> = (0..length)
        .map(|place| {
            // The square is taken modulo two turns, for the angle would lose its digits.
            let square = (place as u128 * place as u128 % (2 * length as u128)) as f64;
            Complex::at_angle(-PI * square / length as f64)
        })
        .collect();
    let padded = (2 * length - 1).next_power_of_two();
    let mut signal = vec![Complex::default(); padded];
    for ((place, number), chirp) in signal.iter_mut().zip(numbers).zip(&chirp) {
        *place = number.times(*chirp);
    }
    let mut kernel = vec![Complex::default(); padded];
    for (place, chirp) in chirp.iter().enumerate() {
        kernel[place] = chirp.mirrored();
        kernel[(padded - place) % padded] = chirp.mirrored();
    }
    let products =
        by_halves(signal).into_iter().zip(by_halves(kernel)).map(|(left, right)| left.times(right)).collect();
    let convolved = fourier(products, Way::Back);
    convolved.into_iter().zip(chirp).map(|(number, chirp)| number.times(chirp)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::answers;

    /// By the definition.
    fn slowly(numbers: &[Complex]) -> Vec<Complex> {
        let length = numbers.len();
        let answer = |k: usize| {
            let terms = numbers.iter().enumerate().map(|(n, number)| {
                number.times(Complex::at_angle(-2.0 * PI * (k * n % length) as f64 / length as f64))
            });
            terms.fold(Complex::default(), Complex::plus)
        };
        (0..length).map(answer).collect()
    }

    #[test]
    fn any_length_agrees_with_the_definition_and_comes_back() {
        for length in [1, 2, 3, 4, 7, 8, 12, 31, 64, 100] {
            let numbers: Vec<Complex> =
                (0..length).map(|n| Complex { re: f64::from(n * n % 17), im: f64::from(n % 5) - 2.0 }).collect();
            let near = |a: &[Complex], b: &[Complex]| {
                a.iter().zip(b).all(|(a, b)| (a.re - b.re).abs() < 1e-9 && (a.im - b.im).abs() < 1e-9)
            };
            let there = fourier(numbers.clone(), Way::There);
            assert!(near(&there, &slowly(&numbers)), "{length}");
            assert!(near(&fourier(there, Way::Back), &numbers), "{length}");
        }
    }

    #[test]
    fn autocorrelations() {
        let sums = autocorrelation(&[1.0, 2.0, 3.0]);
        assert!(sums.iter().zip([14.0, 8.0, 3.0]).all(|(found, expected)| (found - expected).abs() < 1e-12));
        assert!(autocorrelation(&[]).is_empty());
    }

    #[tokio::test]
    async fn series() {
        for (expression, answer) in [
            ("f['real'], f['imag'] FROM (SELECT series_fft([1, 2], [0, 1]) AS f)", "[3.0,-1.0], [1.0,-1.0]"),
            (
                "series_fft([])['real'], series_fft([1], [1, 2]), series_fft([1, NULL]), series_ifft(NULL)",
                "[], NULL, NULL, NULL",
            ),
        ] {
            answers(expression, answer).await;
        }
    }
}
