//! Media of earlier messages, with the program.

use std::path::Path;
use std::time::Duration;

use waxwing_tests::{ModelReply, ModelServer, ProviderProtocol, TestEnv};

use crate::support::red_picture;

const ANA: &str = "+34600000000";

/// The first bytes of each PNG file, in Base64.
const PNG_IN_BASE64: &str = "iVBORw0KGgo";

/// Mark behind the end of a picture.
const MARK: &[u8] = b"marmalade";

fn picture() -> Vec<u8> {
    [&red_picture(8, image::ImageFormat::Png), MARK].concat()
}

/// Returns the files below a directory that contain the mark. The server may remove a directory meanwhile.
fn traces(dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(traces(&path));
        } else if std::fs::read(&path).unwrap_or_default().windows(MARK.len()).any(|part| part == MARK) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Waits until no file of the environment contains the mark.
async fn until_erased(env: &TestEnv) {
    let erasing = async {
        while !traces(&env.path("")).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), erasing).await.expect("the photo is erased");
}

#[tokio::test]
async fn a_question_about_a_photo_is_answered_after_a_crash() {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::ALL[0]).await);
    env.write_config(&format!(
        "[models.stub]\nprovider = 'openai-compatible'\nbase_url = '{}'\nmodel = 'm'\nmodalities = ['images']\n
         [agents.waiter]\nmodel = 'stub'\n",
        model.url()
    ));
    let ana = env.emulator.user(ANA);
    let (server, _) = env.serve("waiter").start().await;
    model.reply_with(["Nice.", "It is red."].map(ModelReply::text));
    ana.sends_image(picture(), "image/png", Some("look")).await;
    ana.expect_text("Nice.").await;
    env.emulator.expect_idle().await;
    server.kill().await;
    assert!(!traces(&env.path("test.db.kept-media")).is_empty());

    let (server, _) = env.serve("waiter").start().await;
    ana.says("Which colour was it?").await;
    ana.expect_text("It is red.").await;
    env.drain(server).await;
    let photos: Vec<_> =
        model.requests().iter().map(|request| request.body.to_string().matches(PNG_IN_BASE64).count()).collect();
    assert_eq!(photos, [1, 1]);
    let requests = env.emulator.requests();
    let downloads = requests.iter().filter(|request| request.path().starts_with("/whatsapp_business/attachments/"));
    assert_eq!(downloads.count(), 1, "the second process reads the kept file");
}

#[tokio::test]
async fn the_photos_of_an_erased_user_are_erased_with_and_without_a_server() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    for has_server in [true, false] {
        let (server, _) = env.serve("echo").start().await;
        ana.sends_image(picture(), "image/png", Some("look")).await;
        ana.expect_text("echo look").await;
        env.emulator.expect_idle().await;
        assert!(!traces(&env.path("")).is_empty());
        let mut server = Some(server);
        if !has_server {
            env.drain(server.take().unwrap()).await;
        }
        let erased = env.run(&["users", "erase", ANA]).output().await;
        assert_eq!(erased.code, Some(0), "{}", erased.stderr);
        let mut left = traces(&env.path(""));
        // The server removes the directory of an ended run in the background.
        left.retain(|file| !file.contains("test.db.media"));
        assert_eq!(left, [""; 0]);
        until_erased(&env).await;
        if let Some(server) = server {
            env.drain(server).await;
        }
    }
}
