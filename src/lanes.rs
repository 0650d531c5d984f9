//! 32 bytes in one register, for the loops that look at every byte of the data.
//!
//! Two of them ask at run time for AVX2, which is not in the baseline of x86-64: the walk over nested values (`json::structure`, which takes
//! AVX-512 where it is) and the search for pairs of bytes (`scan::pairs`). Entering code compiled for them is the project's only unsafe
//! operation, a line for each way.

use std::arch::x86_64::{__m256i, _mm256_movemask_epi8, _mm256_set_epi64x, _mm256_set1_epi8};

/// Bytes of a register.
pub const LANES: usize = 32;

/// The bytes, as one load.
#[target_feature(enable = "avx2")]
#[inline]
pub fn load(bytes: &[u8; LANES]) -> __m256i {
    let eight = |at: usize| bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| i64::from_le_bytes(*bytes));
    _mm256_set_epi64x(eight(24), eight(16), eight(8), eight(0))
}

/// A byte in every lane.
#[target_feature(enable = "avx2")]
#[inline]
pub fn every(byte: u8) -> __m256i {
    _mm256_set1_epi8(byte.cast_signed())
}

/// The highest bit of each lane of two registers, first lane lowest.
#[target_feature(enable = "avx2")]
#[inline]
pub fn bits(low: __m256i, high: __m256i) -> u64 {
    let half = |lanes| u64::from(_mm256_movemask_epi8(lanes).cast_unsigned());
    half(low) | half(high) << LANES
}
