//! The real program as a process of its own, to be killed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The secret every test server is started with, so that tests can make carts themselves.
pub const SECRET: &str = "a secret for tests only";

/// A running server.
pub struct Server {
    child: Child,
    /// `127.0.0.1:port`.
    pub host: String,
}

impl Server {
    /// Starts `harkara serve --demo` on a free port and waits until it listens.
    pub async fn start(program: &Path, database_url: &str, data_dir: PathBuf) -> Server {
        let mut child = Command::new(program)
            .args(["serve", "--demo", "--addr", "127.0.0.1:0"])
            .env_clear()
            .env("DATABASE_URL", database_url)
            .env("HARKARA_DATA_DIR", &data_dir)
            .env("HARKARA_SECRET_KEY", SECRET)
            .env("LOG_LEVEL", "WARN")
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let host = tokio::time::timeout(Duration::from_secs(60), async {
            loop {
                let line = lines.next_line().await.expect("readable output").expect("it says where it listens");
                if let Some(url) = line.strip_prefix("Shop:") {
                    break url.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
                }
            }
        })
        .await
        .expect("it listens within a minute");
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Server { child, host }
    }

    /// Number of the process.
    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// kill -9.
    pub async fn kill(mut self) {
        self.child.start_kill().expect("it can be killed");
        self.child.wait().await.expect("it ends");
    }

    /// SIGTERM, and what the program says at its end.
    pub async fn terminate(mut self) -> std::process::ExitStatus {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().await.expect("kill runs");
        assert!(sent.success());
        tokio::time::timeout(Duration::from_secs(20), self.child.wait())
            .await
            .expect("it ends in time")
            .expect("it has a status")
    }
}
