//! Server in the process of the test.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing::subscriber::DefaultGuard;
use waxwing::AgentOs;

/// Running server in the process of the test. [`stop`](Self::stop) ends it. The end of the test ends it as well.
#[derive(Debug)]
pub struct InProcessServer {
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    log: Log,
    _logging: DefaultGuard,
}

/// Log of the server, in the JSON format of the program.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl InProcessServer {
    /// Starts a server on a free port. Returns the server and its origin, such as `http://127.0.0.1:1234`.
    pub(crate) async fn start(os: AgentOs) -> (Self, String) {
        let flavor = Handle::current().runtime_flavor();
        assert!(matches!(flavor, RuntimeFlavor::CurrentThread), "the log is that of this thread");
        let log = Log::default();
        let ear = log.clone();
        let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || ear.clone()).finish();
        let logging = tracing::subscriber::set_default(subscriber);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let running = os.start().await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = async move {
            // Both a sent value and a dropped sender stop the server.
            let stopped = async { drop(stopped.await) };
            running.serve(listener, stopped).await.unwrap();
        };
        (Self { stop, serving: tokio::spawn(serving), log, _logging: logging }, origin)
    }

    /// Stops the server gracefully, and returns its log.
    pub async fn stop(self) -> String {
        let Self { stop, serving, log, _logging } = self;
        drop(stop);
        serving.await.unwrap();
        let bytes = log.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
