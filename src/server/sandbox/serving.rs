//! The sandbox on a socket of this machine, and the passing of virtual time.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::domain::couriers::Provider;
use crate::server::clock::Clock;
use crate::server::listen;
use crate::server::sandbox::faults::Faults;
use crate::server::sandbox::{Sandbox, respond, router};

/// Where the sandbox listens unless told otherwise.
pub const DEFAULT_ADDR: &str = "127.0.0.1:4010";
/// How often the virtual clock is moved on.
const TICK: Duration = Duration::from_millis(250);
/// How long open calls may take to end after a shutdown was asked for.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(1);

/// `harkara sandbox`: serves until the process is asked to stop. Without a seed every start has its
/// own, for a shop that still knows the parcels of the last one must not meet their numbers again.
///
/// # Errors
/// A sentence when the address is not on this machine or is taken.
pub async fn run(addr: SocketAddr, seed: Option<u64>, speed: u32, faults: &Faults) -> Result<(), String> {
    if !addr.ip().is_loopback() {
        return Err("The sandbox has keys that everybody knows, so it listens on a loopback address only.".to_owned());
    }
    let listener = TcpListener::bind(addr).await.map_err(|error| format!("Cannot listen on {addr}: {error}."))?;
    let addr = listener.local_addr().map_err(|error| error.to_string())?;
    let now = Clock::System.now();
    let seed = seed.unwrap_or_else(|| now.0.unsigned_abs());
    let sandbox = Sandbox::starting_at(seed, now);
    sandbox.set_speed(speed);
    sandbox.set_faults(faults.rules().to_vec());
    println!("Sandbox:  http://{addr}/ (seed {seed}, {speed} virtual seconds per second)");
    for (provider, code) in Provider::TABLE {
        if let Some(path) = sandbox.base_path(*provider) {
            let keys: Vec<_> = sandbox.keys(*provider).iter().map(|(name, value)| format!("{name} {value}")).collect();
            println!("{code}:   http://{addr}{path} with {}", keys.join(", "));
        }
    }
    for why in faults.rules().iter().filter_map(|rule| Some(format!("{:?}: {}", rule.fault, rule.why_never()?))) {
        println!("{why}");
    }
    println!("Stop with Ctrl-C.");
    serve(listener, sandbox, listen::asked_to_stop()).await;
    Ok(())
}

/// Serves a sandbox and moves its clock until `stop` is ready.
pub async fn serve(listener: TcpListener, sandbox: Sandbox, stop: impl Future<Output = ()>) {
    let clock = tokio::spawn(keep_time(sandbox.clone()));
    let router = router(&sandbox);
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let socket = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => socket,
                Err(error) => {
                    tracing::warn!("a connection to the sandbox could not be accepted: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        socket.set_nodelay(true).ok();
        let router = router.clone();
        let service = hyper::service::service_fn(move |request| answer(router.clone(), request));
        let mut builder = Builder::new(TokioExecutor::new()).http1_only();
        builder.http1().timer(TokioTimer::new());
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(socket), service).into_owned());
        tokio::spawn(async move {
            // Cut connections are what a sandbox is for.
            connection.await.ok();
        });
    }
    drop(listener);
    clock.abort();
    tokio::time::timeout(DRAIN_TIME_MAX, graceful.shutdown()).await.ok();
}

/// An error here makes hyper drop the connection without an answer, as a broken line would.
async fn answer(router: Router, request: hyper::Request<Incoming>) -> Result<Response, std::io::Error> {
    let response = respond(router, request.map(axum::body::Body::new)).await;
    response.ok_or_else(|| std::io::ErrorKind::ConnectionAborted.into())
}

async fn keep_time(sandbox: Sandbox) {
    let mut timer = tokio::time::interval(TICK);
    let mut last = Instant::now();
    loop {
        timer.tick().await;
        let elapsed = i64::try_from(last.elapsed().as_millis()).unwrap_or(0);
        last = Instant::now();
        let speed = i64::from(sandbox.state().speed);
        if speed > 0 {
            sandbox.advance(elapsed.saturating_mul(speed)).await;
        }
    }
}
