//! Where a nested JSON value ends, found 64 bytes at a time.
//!
//! A block becomes bit masks (quotes, backslashes, opening and closing brackets, line feeds); what lies inside strings is masked out with a
//! prefix XOR over the quotes, and the bits that remain are counted. Blocks in which the depth cannot reach zero cost no loop over
//! their brackets. Says nothing of what the value holds: see [`super::skip_value`] for the contract.
//!
//! AVX2 is worth its own code: the same loop took 2.5 times as long with SSE2; AVX-512 compares a block at once and leaves its masks
//! ready (`benches/RESULTS.md`). Neither is in the baseline of x86-64, so they are asked for at run time (see `lanes`). The same loop in
//! plain Rust serves every other machine.

use super::Fault;

/// Bytes of a block: one bit of a mask each.
const BLOCK: usize = 64;

/// The bytes of a block that matter, a bit each, first byte lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Masks {
    quotes: u64,
    backslashes: u64,
    opening: u64,
    closing: u64,
    feeds: u64,
}

/// The position after the object or array whose opening bracket is at `at`; brackets must balance in number.
///
/// # Errors
/// [`Fault::Cut`] if it does not end in `text`.
#[inline]
pub(super) fn skip_nested(text: &[u8], at: usize) -> Result<usize, Fault> {
    skip::<false>(text, at).map(|nested| nested.end)
}

/// A nested value that was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nested {
    /// One past its last byte.
    pub end: usize,
    /// Nothing nested lies in it.
    pub flat: bool,
}

/// The same for a value that must end on its line; tells as well whether it is flat.
///
/// # Errors
/// [`Fault::Cut`] if it does not end on its line, or not in `text`.
#[inline]
pub fn skip_on_line(text: &[u8], at: usize) -> Result<Nested, Fault> {
    skip::<true>(text, at)
}

#[inline]
fn skip<const LINE: bool>(text: &[u8], at: usize) -> Result<Nested, Fault> {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("pclmulqdq") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("popcnt") {
        if is_x86_feature_detected!("avx512bw") {
            return skip_avx512::<LINE>(text, at);
        }
        if is_x86_feature_detected!("avx2") {
            return skip_avx2::<LINE>(text, at);
        }
    }
    skip_portable::<LINE>(text, at)
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the one way into code compiled for a feature that was detected")]
fn skip_avx2<const LINE: bool>(text: &[u8], at: usize) -> Result<Nested, Fault> {
    // SAFETY: the caller has just found the machine to have the features that `avx2::skip` is compiled for; it asks nothing else.
    unsafe { avx2::skip::<LINE>(text, at) }
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the one way into code compiled for a feature that was detected")]
fn skip_avx512<const LINE: bool>(text: &[u8], at: usize) -> Result<Nested, Fault> {
    // SAFETY: the caller has just found the machine to have the features that `avx512::skip` is compiled for; it asks nothing else.
    unsafe { avx512::skip::<LINE>(text, at) }
}

/// What one block leaves for the next.
#[derive(Default)]
struct Carry {
    /// The block's first byte is escaped.
    escaped: u64,
    /// All ones if the block starts inside a string.
    in_string: u64,
}

/// The loop over blocks, once for every way to make masks.
macro_rules! skip_with {
    ($(#[$attribute:meta])* $name:ident, $masks:path, $prefix_xor:path) => {
        $(#[$attribute])*
        pub(super) fn $name<const LINE: bool>(text: &[u8], at: usize) -> Result<Nested, Fault> {
            let (mut start, mut depth, mut opened, mut carry) = (at, 0usize, 0, Carry::default());
            loop {
                let rest = text.get(start..).filter(|rest| !rest.is_empty()).ok_or(Fault::Cut)?;
                let masks = match rest.first_chunk::<BLOCK>() {
                    Some(block) => $masks(block),
                    None => {
                        let mut padded = [0; BLOCK];
                        padded[..rest.len()].copy_from_slice(rest);
                        $masks(&padded)
                    }
                };
                let quotes = masks.quotes & !escaped(masks.backslashes, &mut carry.escaped);
                let strings = $prefix_xor(quotes) ^ carry.in_string;
                carry.in_string = 0u64.wrapping_sub(strings >> 63);
                let (opening, closing) = (masks.opening & !strings, masks.closing & !strings);
                let closed = closing.count_ones() as usize;
                let opening_here = opening.count_ones() as usize;
                if depth > closed {
                    depth = depth - closed + opening_here;
                } else if let Some(last) = close_in(opening, closing, &mut depth) {
                    let before = 1u64.wrapping_shl(last as u32).wrapping_sub(1);
                    if LINE && masks.feeds & before != 0 {
                        return Err(Fault::Cut);
                    }
                    opened += (opening & before).count_ones() as usize;
                    return Ok(Nested { end: start + last + 1, flat: opened == 1 });
                }
                if LINE && masks.feeds != 0 {
                    return Err(Fault::Cut);
                }
                opened += opening_here;
                start += BLOCK;
            }
        }
    };
}

/// The place of the bracket that brings the depth to zero, if the block holds it.
#[inline(always)]
fn close_in(opening: u64, closing: u64, depth: &mut usize) -> Option<usize> {
    let mut brackets = opening | closing;
    while brackets != 0 {
        let bit = brackets & brackets.wrapping_neg();
        if opening & bit != 0 {
            *depth += 1;
        } else {
            *depth = depth.saturating_sub(1);
            if *depth == 0 {
                return Some(bit.trailing_zeros() as usize);
            }
        }
        brackets ^= bit;
    }
    None
}

/// Which bytes of a block are escaped: those after an odd run of backslashes. Runs over a block's end go on through `carry`.
///
/// Adding a bit to the run of ones that starts under it carries through the run; whether a run starts on an odd or an even place then
/// tells which bytes behind it are escaped.
#[inline(always)]
fn escaped(backslashes: u64, carry: &mut u64) -> u64 {
    const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
    if backslashes == 0 {
        return std::mem::take(carry);
    }
    let escaping = backslashes & !*carry;
    let after = (escaping << 1) | ODD;
    let runs = after.wrapping_sub(escaping) ^ ODD;
    let escaped = runs ^ (backslashes | *carry);
    *carry = (runs & backslashes) >> 63;
    escaped
}

/// Each bit becomes the parity of the bits up to and with it: ones from an opening quote up to before its closing one.
fn prefix_xor_portable(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

fn masks_portable(block: &[u8; BLOCK]) -> Masks {
    let mut masks = Masks::default();
    for (place, &byte) in block.iter().enumerate() {
        masks.quotes |= u64::from(byte == b'"') << place;
        masks.backslashes |= u64::from(byte == b'\\') << place;
        masks.opening |= u64::from(byte | 0x20 == b'{') << place;
        masks.closing |= u64::from(byte | 0x20 == b'}') << place;
        masks.feeds |= u64::from(byte == b'\n') << place;
    }
    masks
}

skip_with!(skip_portable, masks_portable, prefix_xor_portable);

#[cfg(target_arch = "x86_64")]
mod avx2 {
    //! The same with 32 bytes a comparison.

    use std::arch::x86_64::{
        __m256i, _mm_clmulepi64_si128, _mm_cvtsi128_si64, _mm_set_epi64x, _mm_set1_epi8, _mm256_cmpeq_epi8,
        _mm256_or_si256, _mm256_setzero_si256,
    };

    use super::{BLOCK, Carry, Fault, Masks, Nested, close_in, escaped};
    use crate::lanes::{bits, every, load};

    #[target_feature(enable = "avx2")]
    #[inline]
    fn masks(block: &[u8; BLOCK]) -> Masks {
        let half = |half: Option<&[u8; BLOCK / 2]>| half.map_or_else(|| _mm256_setzero_si256(), |bytes| load(bytes));
        let (low, high) = (half(block.first_chunk()), half(block.last_chunk()));
        let equal = |low: __m256i, high: __m256i, byte: u8| {
            bits(_mm256_cmpeq_epi8(low, every(byte)), _mm256_cmpeq_epi8(high, every(byte)))
        };
        // `[` and `{`, and `]` and `}`, differ in this bit only.
        let (low_folded, high_folded) = (_mm256_or_si256(low, every(0x20)), _mm256_or_si256(high, every(0x20)));
        Masks {
            quotes: equal(low, high, b'"'),
            backslashes: equal(low, high, b'\\'),
            opening: equal(low_folded, high_folded, b'{'),
            closing: equal(low_folded, high_folded, b'}'),
            feeds: equal(low, high, b'\n'),
        }
    }

    /// A product without carries with all ones.
    #[target_feature(enable = "pclmulqdq")]
    #[inline]
    pub(super) fn prefix_xor(bits: u64) -> u64 {
        let product = _mm_clmulepi64_si128::<0>(_mm_set_epi64x(0, bits.cast_signed()), _mm_set1_epi8(-1));
        _mm_cvtsi128_si64(product).cast_unsigned()
    }

    skip_with!(
        #[target_feature(enable = "avx2,pclmulqdq,bmi1,popcnt")]
        skip,
        masks,
        prefix_xor
    );
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    //! The same with a whole block a comparison.

    use std::arch::x86_64::{
        __m512i, _mm256_setzero_si256, _mm512_castsi256_si512, _mm512_cmpeq_epi8_mask, _mm512_inserti64x4,
        _mm512_or_si512, _mm512_set1_epi8,
    };

    use super::avx2::prefix_xor;
    use super::{BLOCK, Carry, Fault, Masks, Nested, close_in, escaped};
    use crate::lanes::{LANES, load};

    #[target_feature(enable = "avx512bw")]
    #[inline]
    fn masks(block: &[u8; BLOCK]) -> Masks {
        let half = |half: Option<&[u8; LANES]>| half.map_or_else(|| _mm256_setzero_si256(), |bytes| load(bytes));
        let bytes =
            _mm512_inserti64x4::<1>(_mm512_castsi256_si512(half(block.first_chunk())), half(block.last_chunk()));
        let equal = |bytes: __m512i, byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()));
        // `[` and `{`, and `]` and `}`, differ in this bit only.
        let folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
        Masks {
            quotes: equal(bytes, b'"'),
            backslashes: equal(bytes, b'\\'),
            opening: equal(folded, b'{'),
            closing: equal(folded, b'}'),
            feeds: equal(bytes, b'\n'),
        }
    }

    skip_with!(
        #[target_feature(enable = "avx512bw,pclmulqdq,bmi1,popcnt")]
        skip,
        masks,
        prefix_xor
    );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The contract, byte by byte.
    fn plainly(text: &[u8]) -> Result<usize, Fault> {
        let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
        for (place, &byte) in text.iter().enumerate() {
            if std::mem::take(&mut escaped) {
                if matches!(byte, b'"' | b'\\') {
                    continue;
                }
            } else if byte == b'\\' {
                escaped = true;
                continue;
            }
            match byte {
                b'"' => in_string = !in_string,
                b'{' | b'[' if !in_string => depth += 1,
                b'}' | b']' if !in_string => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Ok(place + 1);
                    }
                }
                _ => {}
            }
        }
        Err(Fault::Cut)
    }

    fn all_agree(text: &[u8]) {
        let expected = plainly(text);
        let end = |skipped: Result<Nested, Fault>| skipped.map(|nested| nested.end);
        assert_eq!(end(skip_portable::<false>(text, 0)), expected, "{}", String::from_utf8_lossy(text));
        assert_eq!(skip_nested(text, 0), expected, "{}", String::from_utf8_lossy(text));
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            assert_eq!(end(skip_avx2::<false>(text, 0)), expected, "{}", String::from_utf8_lossy(text));
        }
        let on_line = expected.ok().filter(|&end| !text[..end].contains(&b'\n')).ok_or(Fault::Cut);
        assert_eq!(skip_portable::<true>(text, 0), skip_on_line(text, 0));
        assert_eq!(end(skip_on_line(text, 0)), on_line, "{}", String::from_utf8_lossy(text));
    }

    #[test]
    fn brackets_in_strings_do_not_count_wherever_a_block_ends() {
        for padding in 0..140 {
            let filler = "x".repeat(padding);
            all_agree(format!(r#"{{"{filler}\\\"}}]":[{{"a\\":"{filler}\\"}},{{}}]}}, {{"#).as_bytes());
            all_agree(format!(r#"{{"{filler}\"#).as_bytes());
            all_agree(format!(r#"[[{filler}"#).as_bytes());
        }
    }

    #[test]
    fn a_flat_object_is_told_from_a_nested_one() {
        for padding in 0..140 {
            let filler = "x".repeat(padding);
            let flat = |text: String| skip_on_line(text.as_bytes(), 0).map(|nested| nested.flat);
            assert_eq!(flat(format!(r#"{{"{filler}{{":"["}}{{"#)), Ok(true));
            assert_eq!(flat(format!(r#"{{"{filler}":[],"a":1}}"#)), Ok(false));
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_loop(text in "[\\[{][a\"\\\\\\[\\]{}é\n ]{0,300}") {
            all_agree(text.as_bytes());
        }
    }
}
