//! Lists the examples of a file that the types do not express, or that an emulator refuses.
//!
//! The file is a JSON object with lists of examples under `messages` and `marketing_messages`, the last part of the path of the call. Each
//! example has a `name` and a `body` with placeholders. An example with a `note` is not valid: it must be refused with code 100. The others are
//! written with the types of `waxwing-types`, without raw content, and sent in the form that the types give them.
#![expect(clippy::print_stdout, reason = "a program whose output is for the person who runs it")]

mod account;
mod placeholders;
mod typed;

use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::Value;
use waxwing_emulator::{Emulator, Pace};

use account::Account;

/// Lists of examples, by the last part of the path of the call.
const CALLS: [&str; 2] = ["messages", "marketing_messages"];
/// Code of the refusal of an example that is not valid.
const INVALID_PARAMETER: u64 = 100;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let file = std::env::args().nth(1).context("pass the file with the examples")?;
    let text = std::fs::read_to_string(&file).with_context(|| format!("{file} cannot be read"))?;
    let examples: Value = serde_json::from_str(&text).with_context(|| format!("{file} is not JSON"))?;
    // The examples go to few recipients without a pause.
    let emulator = Emulator::builder().seed(1).pace(Pace::Off).start().await?;
    let mut account = Account::new(&emulator).await?;
    let (mut accepted, mut refused, mut expressed, mut unexpected) = (0, 0, 0, 0);
    for call in CALLS {
        for example in examples[call].as_array().map_or(&[][..], Vec::as_slice) {
            let name = example["name"].as_str().unwrap_or("(no name)");
            let mut body = account.prepare(call, &example["body"]).await?;
            match typed::request(&body) {
                Ok(None) => println!("no message: {name}"),
                Ok(Some(request)) => {
                    expressed += 1;
                    body = request;
                }
                Err(error) if example.get("note").is_some() => {
                    println!("not expressed, as expected: {name}\n    {error:#}");
                }
                Err(error) => {
                    unexpected += 1;
                    println!("not expressed: {name}\n    {error:#}");
                }
            }
            let (status, answer) = send(&emulator, &account, call, &body).await?;
            let (code, why) = (answer["error"]["code"].as_u64(), refusal(&answer));
            let must_be_refused = example.get("note").is_some();
            if status == 200 {
                accepted += 1;
            } else {
                refused += 1;
                println!("refused: {name}\n    {status} {why}");
            }
            if must_be_refused != (code == Some(INVALID_PARAMETER)) || must_be_refused == (status == 200) {
                unexpected += 1;
                println!("not as expected: {name}");
            }
        }
    }
    emulator.shutdown().await;
    println!(
        "{expressed} expressed by the types; {accepted} accepted, {refused} refused; {unexpected} not as expected"
    );
    Ok(if unexpected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Sends a request. Returns the HTTP status and the response body.
async fn send(emulator: &Emulator, account: &Account, call: &str, body: &Value) -> anyhow::Result<(u16, Value)> {
    let url = format!("{}/v25.0/{}/{call}", emulator.url(), emulator.phone_number_id());
    let response = account.http.post(url).bearer_auth(emulator.access_token()).json(body).send().await?;
    Ok((response.status().as_u16(), response.json().await?))
}

fn refusal(answer: &Value) -> String {
    let error = &answer["error"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{}; {}", text(&error["message"]), text(&error["error_data"]["details"]))
}
