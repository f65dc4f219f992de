//! The integration tests: one binary, run once per engine (`TEST_DATABASE_URL` names PostgreSQL).

mod alerts;
mod api;
mod architecture;
mod checkout;
mod cli;
mod couriers;
mod crash;
mod crash_booking;
mod crash_webhooks;
mod database;
mod delhivery;
mod delhivery_shop;
mod demo;
mod fulfilment;
mod invariants;
mod jobs;
mod logs;
mod metrics;
mod plans;
mod routes;
mod sandbox;
mod search;
mod shipping;
mod shiprocket;
mod support;
mod tracking;
