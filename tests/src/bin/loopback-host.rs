//! Serves the built interface over the real engine on 127.0.0.1, for browser tests.
//!
//! Prints its address as the first line and ends in order, with the position saved, on SIGTERM or when its input ends (so
//! that it never outlives the test that started it).

use std::{io::Read as _, path::PathBuf, process::ExitCode};

use clap::Parser;
use tests::host::{Host, HostError};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

/// The engine behind HTTP on the loopback address, for a browser that a test drives.
#[derive(Parser)]
struct Arguments {
    /// The built interface.
    #[arg(long, default_value = "ui/dist")]
    ui: PathBuf,
    /// Where the library and the caches lie.
    #[arg(long)]
    home: PathBuf,
    /// A folder of series to add.
    folder: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loopback-host: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), HostError> {
    let mut terminated = signal(SignalKind::terminate())?;
    let host = Host::start(&arguments.ui, &arguments.home).await?;
    if let Some(folder) = &arguments.folder {
        host.add_folder(folder).await?;
    }
    println!("{}", host.url());
    let ended = input_ends();
    tokio::select! {
        _ = terminated.recv() => {}
        _ = ended => {}
    }
    host.stop().await;
    Ok(())
}

/// Resolves when standard input is at its end. A thread, since reading it cannot be given up.
fn input_ends() -> oneshot::Receiver<()> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut bytes = [0; 256];
        while matches!(input.read(&mut bytes), Ok(read) if read > 0) {}
        // Nobody listens when the host ends for another reason.
        let _ = tell.send(());
    });
    told
}
