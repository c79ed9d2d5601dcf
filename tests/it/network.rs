//! Outgoing connections: proxies and plain HTTP.

use std::io::ErrorKind;
use std::net::TcpListener;

use waxwing_tests::TestEnv;

#[tokio::test]
async fn a_graph_api_on_this_machine_is_reached_without_a_proxy() {
    let env = TestEnv::new().await;
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let variables = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"];
    let launch = variables.into_iter().fold(env.serve("echo"), |launch, variable| launch.set(variable, &url));
    let (server, _) = launch.start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    env.drain(server).await;
    let connected = proxy.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(connected, Err(ErrorKind::WouldBlock));
}

#[tokio::test]
async fn secrets_cross_the_network_over_https_only() {
    let env = TestEnv::new().await;
    let remote = || env.serve("echo").set("WHATSAPP_GRAPH_URL", "http://graph.example");
    let refused = remote().output().await;
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    for part in ["WHATSAPP_GRAPH_URL", "plain HTTP", "allow_plain_http"] {
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
    env.write_config(
        "[whatsapp]\nagent = 'guide'\n\
         [models.m]\nprovider = 'openai-compatible'\nbase_url = 'http://models.example/v1'\nmodel = 'm'\napi_key = 'k'\n\
         [mcp.tools]\nurl = 'http://tools.example'\nheaders = { Authorization = 'k' }\n\
         [agents.guide]\nmodel = 'm'\n\
         [agents.clerk]\nkind = 'http'\nurl = 'http://agent.example'\nsecret = '0123456789abcdef'\n",
    );
    let check = || env.run(&["config", "check"]).set("WHATSAPP_APP_SECRET", "s");
    let refused = check().output().await;
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    for path in ["models.m", "mcp.tools", "agents.clerk"] {
        let line = refused.stderr.lines().find(|line| line.contains(path));
        assert!(line.is_some_and(|line| line.contains("plain HTTP")), "{path}: {}", refused.stderr);
    }
    let allowed = check().set("WAXWING_ALLOW_PLAIN_HTTP", "true").output().await;
    assert_eq!(allowed.code, Some(0), "{}", allowed.stderr);
}
