//! A small HTTP/1.1 client on a plain socket: the crash tests and the benches want to see every byte
//! and every broken connection, and to cost less than what they measure.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A kept-alive connection.
pub struct Wire {
    stream: BufReader<TcpStream>,
    host: String,
}

/// An answer, read to its end.
#[derive(Debug, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// A header by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Wire {
    /// Connects to `host:port`.
    pub async fn connect(host: &str) -> std::io::Result<Wire> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Wire { stream: BufReader::with_capacity(16 * 1024, stream), host: host.to_owned() })
    }

    /// Sends a request and reads its answer.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Reply> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n", self.host, body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.stream.get_mut().write_all(&bytes).await?;
        self.read().await
    }

    async fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }

    async fn read(&mut self) -> std::io::Result<Reply> {
        let status = self.line().await?;
        let mut reply = Reply {
            status: status.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0),
            ..Reply::default()
        };
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                reply.headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        if reply.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = usize::from_str_radix(self.line().await?.trim(), 16)
                    .map_err(|_| std::io::ErrorKind::InvalidData)?;
                let at = reply.body.len();
                reply.body.resize(at + size, 0);
                self.stream.read_exact(&mut reply.body[at..]).await?;
                self.line().await?;
                if size == 0 {
                    break;
                }
            }
        } else {
            let length = reply.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            reply.body.resize(length, 0);
            self.stream.read_exact(&mut reply.body).await?;
        }
        Ok(reply)
    }
}
