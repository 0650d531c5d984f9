//! Places where two bytes stand at fixed distances: the first look for a needle or a key, 64 places at a time.
//!
//! A text is looked for by the two of its bytes that are rarest in logs, a folded letter for any case; whoever asks decides at each
//! place whether the needle is there. Several pairs are looked for in one pass.
//!
//! As in `json::structure`, AVX2 is asked for at run time (see `lanes`).

use std::ops::Range;

/// A byte, some places behind the start of what is looked for.
#[derive(Debug, Clone, Copy)]
struct Probe {
    at: usize,
    byte: u8,
    /// 0x20 if an ASCII letter of either case will do.
    fold: u8,
}

/// Two bytes that mark a place.
#[derive(Debug, Clone, Copy)]
pub struct Pair(Probe, Probe);

/// So many pairs are looked for in one pass.
pub const AT_ONCE: usize = 4;

/// The places of any of several pairs, [`AT_ONCE`] at most.
#[derive(Debug, Clone)]
pub struct Pairs(Vec<Pair>);

/// Bytes from the most common in logs to the rarest; what is not here is rarer still.
const COMMON: &[u8] = b"e0123456789-.\"s\\ tanio:rcdlm_/,pufgbhwvykxjqz";

/// `\u`, which may begin an escape that spells any character.
pub const ESCAPE: Pair = Pair::exact((0, b'\\'), (1, b'u'));

impl Pair {
    /// Two bytes, so many places behind the start.
    pub const fn exact(first: (usize, u8), second: (usize, u8)) -> Self {
        Self(Probe { at: first.0, byte: first.1, fold: 0 }, Probe { at: second.0, byte: second.1, fold: 0 })
    }

    /// The two rarest bytes of a text; `None` if it has not two.
    pub fn of(text: &[u8], any_case: bool) -> Option<Self> {
        let common = |byte: u8| COMMON.iter().position(|&one| one == byte.to_ascii_lowercase()).unwrap_or(COMMON.len());
        let mut places: Vec<usize> = (0..text.len()).collect();
        places.sort_by_key(|&place| std::cmp::Reverse(text.get(place).map_or(0, |&byte| common(byte))));
        let probe = |place: usize| {
            let byte = *text.get(place)?;
            let fold = if any_case && byte.is_ascii_alphabetic() { 0x20 } else { 0 };
            Some(Probe { at: place, byte: byte | fold, fold })
        };
        Some(Self(probe(*places.first()?)?, probe(*places.get(1)?)?))
    }

    fn stands_at(&self, text: &[u8], place: usize) -> bool {
        let has = |probe: &Probe| text.get(place + probe.at).is_some_and(|byte| byte | probe.fold == probe.byte);
        has(&self.0) && has(&self.1)
    }
}

impl Pairs {
    /// A search for these pairs.
    pub fn new(pairs: impl IntoIterator<Item = Pair>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// The first place in `places` that a pair marks and `accept` takes. Text behind the last place spares the search a slow last stretch.
    pub fn find(&self, text: &[u8], places: Range<usize>, accept: &mut dyn FnMut(usize) -> bool) -> Option<usize> {
        match *self.0 {
            [a] => find(&[a], text, places, accept),
            [a, b] => find(&[a, b], text, places, accept),
            [a, b, c] => find(&[a, b, c], text, places, accept),
            [a, b, c, d] => find(&[a, b, c, d], text, places, accept),
            _ => find_portable(&self.0, text, places, accept),
        }
    }
}

fn find<const N: usize>(
    pairs: &[Pair; N],
    text: &[u8],
    places: Range<usize>,
    accept: &mut dyn FnMut(usize) -> bool,
) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") {
        return find_avx2(pairs, text, places, accept);
    }
    find_portable(pairs, text, places, accept)
}

fn find_portable(
    pairs: &[Pair],
    text: &[u8],
    places: Range<usize>,
    accept: &mut dyn FnMut(usize) -> bool,
) -> Option<usize> {
    let mut places = places.start..places.end.min(text.len());
    places.find(|&place| pairs.iter().any(|pair| pair.stands_at(text, place)) && accept(place))
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the one way into code compiled for a feature that was detected")]
fn find_avx2<const N: usize>(
    pairs: &[Pair; N],
    text: &[u8],
    places: Range<usize>,
    accept: &mut dyn FnMut(usize) -> bool,
) -> Option<usize> {
    // SAFETY: the caller has just found the machine to have the features that `avx2::find` is compiled for; it asks nothing else.
    unsafe { avx2::find(pairs, text, places, accept) }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    //! The same with 32 places a comparison, 64 a turn of the loop.

    use std::arch::x86_64::{__m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_or_si256, _mm256_setzero_si256};
    use std::ops::Range;

    use super::{Pair, Probe, find_portable};
    use crate::lanes::{LANES, bits, every, load};

    /// Places of one turn of the loop.
    const TURN: usize = 2 * LANES;

    /// A probe's byte and folding in every lane, and the text from where the probe looks.
    #[derive(Clone, Copy)]
    struct Lanes<'a> {
        text: &'a [u8],
        byte: __m256i,
        fold: __m256i,
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn lanes(probe: Probe, text: &[u8]) -> Lanes<'_> {
        Lanes { text: text.get(probe.at..).unwrap_or_default(), byte: every(probe.byte), fold: every(probe.fold) }
    }

    /// The places of a turn at which the probe's byte stands, as two comparisons.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn equal(lanes: &Lanes<'_>, start: usize) -> Option<(__m256i, __m256i)> {
        let turn: &[u8; TURN] = lanes.text.get(start..start + TURN)?.first_chunk()?;
        let (low, high) = (turn.first_chunk()?, turn.last_chunk()?);
        let compare = |bytes| _mm256_cmpeq_epi8(_mm256_or_si256(load(bytes), lanes.fold), lanes.byte);
        Some((compare(low), compare(high)))
    }

    /// The places of a turn that a pair marks, a bit each; `None` where the text ends.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn marked<const N: usize>(pairs: &[(Lanes<'_>, Lanes<'_>); N], start: usize) -> Option<u64> {
        let (mut low, mut high) = (_mm256_setzero_si256(), _mm256_setzero_si256());
        for (first, second) in pairs {
            let (first, second) = (equal(first, start)?, equal(second, start)?);
            low = _mm256_or_si256(low, _mm256_and_si256(first.0, second.0));
            high = _mm256_or_si256(high, _mm256_and_si256(first.1, second.1));
        }
        Some(bits(low, high))
    }

    #[target_feature(enable = "avx2,bmi1")]
    pub(super) fn find<const N: usize>(
        pairs: &[Pair; N],
        text: &[u8],
        places: Range<usize>,
        accept: &mut dyn FnMut(usize) -> bool,
    ) -> Option<usize> {
        let mut start = places.start;
        let lanes = pairs.map(|pair| (lanes(pair.0, text), lanes(pair.1, text)));
        while start < places.end
            && let Some(mut marks) = marked(&lanes, start)
        {
            while marks != 0 {
                let place = start + marks.trailing_zeros() as usize;
                if place >= places.end {
                    return None;
                }
                if accept(place) {
                    return Some(place);
                }
                marks &= marks - 1;
            }
            start += TURN;
        }
        find_portable(pairs, text, start..places.end, accept)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn both_ways_see_the_same_places(
            text in "[aAbB\\\\u]{0,200}", needle in "[ab]{2,9}", any_case: bool, others in 0..4usize
        ) {
            let pairs: Vec<Pair> = Pair::of(needle.as_bytes(), any_case)
                .into_iter()
                .chain(std::iter::repeat_n(Pair::exact((0, b'\\'), (1, b'u')), others))
                .collect();
            let (mut fast, mut plain) = (Vec::new(), Vec::new());
            Pairs::new(pairs.clone()).find(text.as_bytes(), 0..text.len(), &mut |place| { fast.push(place); false });
            find_portable(&pairs, text.as_bytes(), 0..text.len(), &mut |place| { plain.push(place); false });
            prop_assert_eq!(&fast, &plain);
            let folded = |text: &str| if any_case { text.to_ascii_lowercase() } else { text.to_owned() };
            for (place, _) in folded(&text).match_indices(&folded(&needle)) {
                prop_assert!(fast.contains(&place));
            }
        }
    }

    #[test]
    fn the_search_goes_on_until_a_place_is_taken() {
        let pairs = Pairs::new([Pair::exact((0, b'a'), (2, b'c'))]);
        let text = format!("abc{}aac", "-".repeat(100));
        assert_eq!(pairs.find(text.as_bytes(), 0..text.len(), &mut |_| true), Some(0));
        assert_eq!(pairs.find(text.as_bytes(), 0..text.len(), &mut |place| place > 5), Some(103));
        assert_eq!(pairs.find(text.as_bytes(), 3..103, &mut |_| true), None);
        assert_eq!(pairs.find(text.as_bytes(), 104..text.len(), &mut |_| true), None);
    }
}
