//! Whose connection it is: on a shared desktop the agent answers its own user only.
//!
//! Every process of every user can connect to a loopback port. The system knows who holds the other end; where
//! that is read is a file for each system.

#[cfg(target_os = "linux")]
#[path = "peers/linux.rs"]
mod here;
#[cfg(windows)]
#[path = "peers/windows.rs"]
mod here;
#[cfg(not(any(target_os = "linux", windows)))]
compile_error!(
    "the agent must know whose connection it answers; this system's table of sockets is not read yet"
);

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};

use here::{User, own_user, user_of};

/// A listener that hands on connections of its own user and drops all others unread.
#[derive(Debug)]
pub struct OwnUserListener {
    inner: TcpListener,
    user: User,
}

impl OwnUserListener {
    /// Wraps a listener on 127.0.0.1.
    ///
    /// # Errors
    /// The system does not say who runs this process.
    pub fn new(inner: TcpListener) -> io::Result<OwnUserListener> {
        Ok(OwnUserListener {
            inner,
            user: own_user()?,
        })
    }
}

impl axum::serve::Listener for OwnUserListener {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            // `Listener` for `TcpListener` waits out a shortage of descriptors.
            let (stream, peer) = axum::serve::Listener::accept(&mut self.inner).await;
            let Ok(local) = stream.local_addr() else {
                continue;
            };
            match peer_user(peer, local) {
                Ok(Some(user)) if user == self.user => return (stream, peer),
                Ok(user) => tracing::warn!(%peer, ?user, "refused a connection of another user"),
                Err(error) => {
                    tracing::warn!(%peer, %error, "refused a connection whose owner is not known")
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// The user who holds the peer's end of a loopback connection.
fn peer_user(peer: SocketAddr, local: SocketAddr) -> io::Result<Option<User>> {
    match (peer, local) {
        (SocketAddr::V4(peer), SocketAddr::V4(local)) => user_of(peer, local),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_of_this_process_belongs_to_its_user() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).await.unwrap();
        let (server, peer) = listener.accept().await.unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
        let user = peer_user(peer, server.local_addr().unwrap()).unwrap();
        assert_eq!(user, Some(own_user().unwrap()));
    }
}
