//! `yinxin-gateway`: a payment gateway for demonstration and tests, with the protocol that the platform speaks.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use server::keys::gateway_key;
use server::payments::gateway::{GatewayState, router};
use server::system::{SystemClock, SystemRandomness};
use tokio::net::TcpListener;

/// A payment gateway for demonstration: it takes no money.
#[derive(Parser)]
#[command(name = "yinxin-gateway", version)]
struct Arguments {
    /// The platform's data folder: the shared key is in it.
    #[arg(long)]
    data: PathBuf,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// Prints one JSON line when ready.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("yinxin-gateway: {error}");
            ExitCode::from(3)
        }
    }
}

async fn serve(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let key = gateway_key(&arguments.data, &SystemRandomness)?;
    let state = GatewayState::new(key, Arc::new(SystemClock), Arc::new(SystemRandomness))?;
    let listener = TcpListener::bind(arguments.listen).await?;
    let port = listener.local_addr()?.port();
    if arguments.json {
        println!("{}", serde_json::json!({ "ready": true, "port": port }));
    } else {
        println!("yinxin-gateway on http://{}", listener.local_addr()?);
    }
    axum::serve(listener, router(state))
        .with_graceful_shutdown(async {
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(())
}
