//! The one binary. Everything it can do is in `server::cli`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    harkara::server::cli::run()
}
