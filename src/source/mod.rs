//! Where data lies: locations, what names under them tell, listings, and the bytes of blobs that lie elsewhere.
//!
//! Knows stores and names, not Arrow and not what the bytes say. No other room lists a store.

mod cache;
mod fetch;
mod layout;
mod listing;
mod location;
mod options;
mod scope;
mod store;
mod words;

pub use cache::BlobCache;
pub use fetch::{Fetch, FetchOptions};
pub use layout::{Hours, Layout, NameFacts};
pub use listing::{Blob, Listing, TimeRange, Wanted};
pub use location::{BlobStore, Location, LocationError};
pub use options::{Secret, StoreOption, StoreOptions};
pub use scope::{Extent, Extents, Scope};
pub use store::{Appended, Traffic, Witness, metered};
pub use words::{innermost, redacted};
