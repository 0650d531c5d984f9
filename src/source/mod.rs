//! Where data lies: locations, what names under them tell, listings.
//!
//! Knows stores and names, not Arrow and not what the bytes say. No other room lists a store.

mod layout;
mod listing;
mod location;
mod scope;

pub use layout::{Hours, Layout, NameFacts};
pub use listing::{Blob, Listing, TimeRange};
pub use location::{Location, LocationError};
pub use scope::{Extent, Extents, Scope};
