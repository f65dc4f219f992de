//! The integration tests: one binary, run once per engine (`TEST_DATABASE_URL` names PostgreSQL).

mod architecture;
mod support;
