//! Unpacking: gzip, zstd or nothing, told by the first bytes and not by the name.

use std::io::Write;

use flate2::write::MultiGzDecoder;
use zstd::stream::raw::{Decoder as ZstdDecoder, InBuffer, Operation, OutBuffer};

/// How a blob is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// Not at all.
    Plain,
    /// One or several gzip members.
    Gzip,
    /// One or several zstd frames.
    Zstd,
}

impl Codec {
    /// Tells the codec from a blob's first bytes.
    pub fn sniff(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // A skippable zstd frame, as `pzstd` writes it first.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }
}

/// Unpacks a stream of bytes, a block at a time.
pub enum Unpacker {
    /// Nothing to do.
    Plain,
    /// Gzip; the bytes unpacked so far are in its inside.
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    /// Zstd.
    Zstd {
        /// The state between blocks.
        decoder: Box<ZstdDecoder<'static>>,
        /// True while the stream is inside a frame.
        inside: bool,
    },
}

/// Packed bytes taken at once: small, so that even a block that unpacks a thousandfold stays small.
const STEP: usize = 16 << 10;

impl Unpacker {
    /// An unpacker for this codec.
    ///
    /// # Errors
    /// The system's, if there is no memory for its state.
    pub fn new(codec: Codec) -> std::io::Result<Self> {
        Ok(match codec {
            Codec::Plain => Self::Plain,
            Codec::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
            Codec::Zstd => Self::Zstd { decoder: Box::new(ZstdDecoder::new()?), inside: false },
        })
    }

    /// Unpacks from the start of `packed` to the end of `out`, about `enough` bytes at most; returns how many packed bytes it took.
    ///
    /// # Errors
    /// The packed bytes are damaged; `out` holds what came before.
    pub fn step(&mut self, packed: &[u8], out: &mut Vec<u8>, enough: usize) -> std::io::Result<usize> {
        match self {
            Self::Plain => {
                out.extend_from_slice(packed);
                Ok(packed.len())
            }
            Self::Gzip(decoder) => {
                let goal = out.len() + enough;
                let mut taken = 0;
                while taken < packed.len() && out.len() < goal {
                    let end = (taken + STEP).min(packed.len());
                    let result = decoder.write(&packed[taken..end]);
                    out.append(decoder.get_mut());
                    taken += result?;
                }
                Ok(taken)
            }
            Self::Zstd { decoder, inside } => zstd_step(decoder, inside, packed, out, enough),
        }
    }

    /// Checks that the stream ended where it should; unpacks what is left to `out`.
    ///
    /// # Errors
    /// The stream was cut off.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> std::io::Result<()> {
        match self {
            Self::Plain => Ok(()),
            Self::Gzip(decoder) => {
                let result = decoder.try_finish();
                out.append(decoder.get_mut());
                result
            }
            Self::Zstd { inside: true, .. } => Err(std::io::ErrorKind::UnexpectedEof.into()),
            Self::Zstd { .. } => Ok(()),
        }
    }
}

fn zstd_step(
    decoder: &mut ZstdDecoder<'static>,
    inside: &mut bool,
    packed: &[u8],
    out: &mut Vec<u8>,
    enough: usize,
) -> std::io::Result<usize> {
    let start = out.len();
    out.resize(start + enough, 0);
    let mut input = InBuffer::around(packed);
    let mut written = 0;
    let mut result = Ok(());
    while written < enough && (input.pos() < packed.len() || (*inside && written == 0)) {
        let mut output = OutBuffer::around(&mut out[start + written..]);
        let before = input.pos();
        match decoder.run(&mut input, &mut output) {
            Ok(hint) => *inside = hint != 0,
            Err(error) => {
                result = Err(error);
                break;
            }
        }
        let step = output.pos();
        written += step;
        if step == 0 && input.pos() == before {
            break;
        }
    }
    out.truncate(start + written);
    result.map(|()| input.pos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Unpacks `packed`, given in pieces of `piece` bytes.
    fn unpack(packed: &[u8], piece: usize) -> (Vec<u8>, std::io::Result<()>) {
        let mut unpacker = Unpacker::new(Codec::sniff(packed)).unwrap();
        let mut out = Vec::new();
        for piece in packed.chunks(piece) {
            let mut rest = piece;
            while !rest.is_empty() {
                match unpacker.step(rest, &mut out, 1000) {
                    Ok(taken) => rest = &rest[taken..],
                    Err(error) => return (out, Err(error)),
                }
            }
        }
        let end = unpacker.finish(&mut out);
        (out, end)
    }

    #[test]
    fn several_members_and_frames_are_one_stream() {
        let text: Vec<u8> = (0..50_000u32).flat_map(|n| n.to_string().into_bytes()).collect();
        let (first, second) = text.split_at(70_000);
        let zipped = [gzip(first), gzip(second)].concat();
        let zstd = [zstd::encode_all(first, 1).unwrap(), zstd::encode_all(second, 1).unwrap()].concat();
        for packed in [zipped, zstd] {
            for piece in [1, 7, 4096, packed.len()] {
                let (out, end) = unpack(&packed, piece);
                assert!(end.is_ok() && out == text, "piece {piece}: {} of {}, {end:?}", out.len(), text.len());
            }
        }
    }

    #[test]
    fn a_cut_stream_gives_what_came_before_and_an_error() {
        let text = b"0123456789".repeat(20_000);
        for packed in [gzip(&text), zstd::encode_all(&text[..], 1).unwrap()] {
            let (out, end) = unpack(&packed[..packed.len() - 5], 64);
            assert!(end.is_err());
            assert!(text.starts_with(&out));
        }
    }
}
