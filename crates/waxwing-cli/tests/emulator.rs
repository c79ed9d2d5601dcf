//! `waxwing emulator` as containers and CI services start it.
#![expect(clippy::unwrap_used, reason = "the support code of tests fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

/// Program that ends with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn emulator() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waxwing"));
    command.arg("emulator").stdout(Stdio::piped()).stderr(Stdio::piped()).env("WAXWING_EMULATOR_PORT", "0");
    command
}

/// Starts the program. Returns it with its output, up to the line that states that it listens, and the port.
fn start(command: &mut Command) -> (Program, String, u16) {
    let mut program = Program(command.spawn().unwrap());
    let mut output = String::new();
    let mut lines = BufReader::new(program.0.stdout.take().unwrap());
    while !output.contains("Listening on ") {
        assert!(lines.read_line(&mut output).unwrap() > 0, "the program ended after {output:?}");
    }
    let (_, line) = output.rsplit_once("Listening on ").unwrap();
    let address: SocketAddr = line.split(". Stop").next().unwrap().parse().unwrap();
    (program, output, address.port())
}

fn get(port: u16, host: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn the_environment_configures_the_emulator() {
    let (_program, output, port) = start(
        emulator()
            .env("WAXWING_EMULATOR_SEED", "7")
            .env("WAXWING_EMULATOR_WABA_ID", "2222")
            .env("WAXWING_EMULATOR_APP_ID", "3333")
            .env("WAXWING_EMULATOR_NAME", "Pizzeria")
            .env("WAXWING_EMULATOR_PHONE_NUMBER_ID", "1111")
            .env("WAXWING_EMULATOR_NUMBER", "1112=15550002222,1113=15550003333")
            .env("WAXWING_EMULATOR_ALLOWED_HOST", "emulator,wa.internal")
            .env("WAXWING_EMULATOR_PUBLIC_URL", "http://emulator:7778/")
            .env("WAXWING_EMULATOR_PACE", "off"),
    );
    assert!(output.contains("Account (WABA) 2222, app 3333, number 1111, seed 7"), "{output}");
    assert!(output.contains("export WHATSAPP_GRAPH_URL=http://emulator:7778\n"), "{output}");
    let overview = get(port, "emulator:7778", "/control");
    for part in
        [r#""seed":7"#, r#""waba_id":"2222""#, r#""app_id":"3333""#, "Pizzeria", "15550003333", r#""pace":"off""#]
    {
        assert!(overview.contains(part), "{part} in {overview}");
    }
    assert!(get(port, "wa.internal", "/control/health").starts_with("HTTP/1.1 200"));
    assert!(get(port, "evil.example", "/control").starts_with("HTTP/1.1 403"), "other names are refused");
}

#[test]
fn a_flag_takes_precedence_over_the_environment() {
    let (_program, output, _port) = start(emulator().args(["--seed", "8"]).env("WAXWING_EMULATOR_SEED", "7"));
    assert!(output.contains("seed 8"), "{output}");
}

#[test]
fn a_taken_port_ends_the_program_with_the_reason() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = emulator().env("WAXWING_EMULATOR_PORT", &port).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains(&format!("127.0.0.1:{port}")) && errors.contains("--port 0"), "{errors}");
}

#[test]
fn the_certificate_of_the_proxy_is_written() {
    let file = std::env::temp_dir().join(format!("waxwing-ca-{}.pem", std::process::id()));
    let (_program, output, _port) =
        start(emulator().env("WAXWING_EMULATOR_HTTPS_PROXY", "0").env("WAXWING_EMULATOR_CA_FILE", &file));
    let certificate = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----") && !certificate.contains("PRIVATE KEY"));
    assert!(output.contains("export HTTPS_PROXY=http://127.0.0.1:"), "{output}");
}

#[test]
fn secrets_of_the_environment_are_not_shown_in_the_help() {
    let output = emulator().arg("--help").env("WAXWING_EMULATOR_APP_SECRET", "hunter2").output().unwrap();
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(help.contains("WAXWING_EMULATOR_APP_SECRET") && !help.contains("hunter2"), "{help}");
}
