//! The planner's tests: queries with their answers as data, the functions that are missing, and what reaches a scan.

mod answers;
mod bounds;
mod functions;
mod harness;
mod pushdown;
