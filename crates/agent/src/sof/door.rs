//! A listener in a vendor's place that answers `http` and, once a certificate for loopback is installed, `https` on the
//! same port: a first octet of 0x16 begins a TLS handshake (RFC 8446 §5.1) and no request.
//!
//! Handshakes run beside each other and not for ever, so that one that hangs keeps nobody else out.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::peers::OwnUserListener;

/// How long a connection may take to begin.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many may begin at a time; the next waits in the system's queue.
const MOST: usize = 32;
/// ContentType handshake.
const HANDSHAKE: u8 = 0x16;

/// The listener, until it is dropped.
pub struct Door {
    address: SocketAddr,
    begun: mpsc::Receiver<(Stream, SocketAddr)>,
    /// Accepts; ends with this.
    _task: JoinSet<()>,
}

/// A connection that has begun.
#[derive(Debug)]
pub enum Stream {
    /// `http` or `ws`.
    Plain(TcpStream),
    /// `https` or `wss`.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Door {
    /// Answers on a listener of 127.0.0.1, with TLS where `tls` is there.
    ///
    /// # Errors
    /// As [`OwnUserListener::new`].
    pub fn open(listener: TcpListener, tls: Option<Arc<ServerConfig>>) -> io::Result<Door> {
        let address = listener.local_addr()?;
        let listener = OwnUserListener::new(listener)?;
        let (sender, begun) = mpsc::channel(MOST);
        let mut task = JoinSet::new();
        task.spawn(accept(listener, tls.map(TlsAcceptor::from), sender));
        Ok(Door {
            address,
            begun,
            _task: task,
        })
    }
}

async fn accept(
    mut listener: OwnUserListener,
    tls: Option<TlsAcceptor>,
    sender: mpsc::Sender<(Stream, SocketAddr)>,
) {
    let room = Arc::new(Semaphore::new(MOST));
    // Those that begin end with this task.
    let mut beginning = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let (stream, peer) = listener.accept().await;
        while beginning.try_join_next().is_some() {}
        let (sender, tls) = (sender.clone(), tls.clone());
        beginning.spawn(async move {
            match tokio::time::timeout(PATIENCE, begin(stream, tls)).await {
                Ok(Ok(stream)) => {
                    let _ended = sender.send((stream, peer)).await;
                }
                Ok(Err(error)) => tracing::debug!(%peer, %error, "a connection did not begin"),
                Err(_) => tracing::debug!(%peer, "a connection took too long to begin"),
            }
            drop(place);
        });
    }
}

async fn begin(stream: TcpStream, tls: Option<TlsAcceptor>) -> io::Result<Stream> {
    let Some(tls) = tls else {
        return Ok(Stream::Plain(stream));
    };
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first[0] == HANDSHAKE {
        tls.accept(stream)
            .await
            .map(|stream| Stream::Tls(Box::new(stream)))
    } else {
        Ok(Stream::Plain(stream))
    }
}

impl Listener for Door {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        match self.begun.recv().await {
            Some(begun) => begun,
            // Its task never ends by itself.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, octets),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, octets),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
