//! A line to a database server that can be made to carry nothing, as when a network swallows packets:
//! whoever is on it, or comes, waits.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A gate between a program and its database.
pub struct Gate {
    silent: watch::Sender<bool>,
}

impl Gate {
    /// Opens one to the server of a database; answers the URL that leads through it.
    pub async fn open(url: &str) -> (Gate, String) {
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (authority, name) = rest.split_once('/').expect("a database");
        let (user, target) = authority.rsplit_once('@').expect("a user");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let through = format!("{scheme}://{user}@{}/{name}", listener.local_addr().expect("an address"));
        let (silent, watched) = watch::channel(false);
        let target = target.to_owned();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(&target).await else { continue };
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(carry(near_in, far_out, watched.clone()));
                tokio::spawn(carry(far_in, near_out, watched.clone()));
            }
        });
        (Gate { silent }, through)
    }

    /// From now on nothing passes.
    pub fn silence(&self) {
        self.silent.send_replace(true);
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut silent: watch::Receiver<bool>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if silent.wait_for(|silent| !silent).await.is_err() || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
