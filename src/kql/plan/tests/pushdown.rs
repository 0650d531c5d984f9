//! What reaches a scan.
