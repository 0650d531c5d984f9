//! Bytes to Arrow: codecs, frames, envelopes, cells, and the scan that DataFusion plans.
//!
//! The way of a byte: [`codec`] unpacks it, [`frame`] finds the record it lies in, [`envelope`] finds the event in the record,
//! [`decode`] makes its wanted cells, [`sink`] and [`blob`] tie them into a stream of batches, and [`source`] and [`provider`] are
//! DataFusion's handles on it. What cannot be read on the way is a [`reject`].

pub mod blob;
pub mod bytes;
pub mod cell;
pub mod codec;
pub mod context;
pub mod decode;
pub mod discover;
pub mod envelope;
pub mod frame;
pub mod fresh;
mod keys;
pub mod needle;
mod pairs;
pub mod pass;
pub mod provider;
pub mod prune;
pub mod reader;
pub mod reject;
mod shape;
pub mod sink;
pub mod source;
pub mod time;
mod traffic;
mod window;
