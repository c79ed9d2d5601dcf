//! Restarts of a server on a socket that it inherits.

use std::net::TcpListener;

use tokio::sync::oneshot;
use waxwing_tests::TestEnv;

#[tokio::test]
async fn webhooks_wait_in_an_inherited_socket_while_one_process_replaces_another() {
    let env = TestEnv::new().await;
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let (first, origin) = env.serve("echo").socket(&socket).start().await;
    assert_eq!(origin, format!("http://{address}"));
    let body = r#"{"object":"whatsapp_business_account","entry":[]}"#;
    let signature = env.emulator.signature(body.as_bytes());
    // Posts one webhook after the other, each over a new connection, until it is told to stop.
    let (stop, mut stopped) = oneshot::channel::<()>();
    let posting = tokio::spawn(async move {
        let mut statuses = Vec::new();
        while stopped.try_recv().is_err() {
            let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
            let url = format!("{origin}/whatsapp/webhook");
            let request = http.post(url).header("x-hub-signature-256", &signature).header("connection", "close");
            statuses.push(request.body(body).send().await.map(|response| response.status().as_u16()));
        }
        statuses
    });
    let ana = env.emulator.user("+34600000000");
    ana.says("one").await;
    ana.expect_text("echo one").await;
    assert_eq!(first.terminate().await.code, Some(0));
    // No process listens now.
    let waiting = tokio::net::TcpStream::connect(&address).await.unwrap();
    let (second, _) = env.serve("echo").socket(&socket).start().await;
    drop(waiting);
    ana.says("two").await;
    ana.expect_text("echo two").await;
    stop.send(()).unwrap();
    let statuses = posting.await.unwrap();
    assert!(statuses.len() > 1 && statuses.iter().all(|status| matches!(status, Ok(200))), "{statuses:?}");
    second.terminate().await;
}
