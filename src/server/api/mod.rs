//! The REST API: what programs may ask. JSON, snake_case out, snake_case and camelCase in.
//!
//! `answers` the shape of answers and errors.

pub mod answers;
