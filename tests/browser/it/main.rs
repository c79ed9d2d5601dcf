//! The phone page in a browser.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests as well")]

mod accessibility;
mod chats;
mod inspector;
mod kinds;
mod refusals;
mod support;

use image::{Rgb, RgbImage};
use serde_json::{Value, json};
use waxwing_browser_tests::{Dev, Phone};
use waxwing_tests::TestEnv;

use support::{Bot, NONE, bubble, buttons, shown};

#[tokio::test]
async fn a_message_is_answered() {
    let dev = Dev::start().await;
    let mut phone = Phone::open(&dev.origin).await;
    let typing = phone.watch("document.querySelector('.typing')").await;
    phone.type_text("Good morning").await;
    phone.press_enter().await;
    phone.until(&shown("out", "Good morning")).await;
    typing.seen().await;
    phone.until(&shown("in", "You said: Good morning")).await;
    phone.until(&bubble("out", "Good morning", "bubble.querySelector('[data-tick=read]')")).await;
    phone.until("!document.querySelector('.typing')").await;

    phone.type_text("and good night").await;
    phone.click("#send").await;
    phone.until(&shown("in", "You said: and good night")).await;
    assert_eq!(phone.value("document.querySelectorAll('.bubble').length").await, 4);
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn a_picture_comes_back_mirrored() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("flag.png");
    let (red, blue) = (Rgb([255, 0, 0]), Rgb([0, 0, 255]));
    RgbImage::from_fn(60, 40, |x, _| if x < 30 { red } else { blue }).save(&file).unwrap();

    let dev = Dev::start().await;
    let mut phone = Phone::open(&dev.origin).await;
    phone.attach(&[&file]).await;
    phone.until("document.querySelector('#attachment-name').textContent === 'flag.png'").await;
    phone.type_text("my flag").await;
    phone.press_enter().await;
    phone.until(&bubble("out", "my flag", "bubble.querySelector('img')?.naturalWidth === 60")).await;
    phone.until(&shown("in", "A picture! Let me look at it in the mirror…")).await;
    phone.until(&bubble("in", "Mirrored: 60 × 40 pixels.", "bubble.querySelector('img')?.naturalWidth === 60")).await;

    let left = "(() => {
        const canvas = document.createElement('canvas').getContext('2d');
        canvas.drawImage(document.querySelector('.bubble.in img'), 0, 0);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    })()";
    assert_eq!(phone.value(left).await, json!([0, 0, 255, 255]));
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn a_button_can_be_tapped() {
    let emulator = TestEnv::new().await.emulator;
    let mut phone = Phone::open(&emulator.url()).await;
    phone.type_text("hi").await;
    phone.press_enter().await;
    phone.until(&shown("out", "hi")).await;

    Bot::new(&emulator).sends("interactive", buttons("Tea?", &["Yes", "No"])).await;
    phone.until(&bubble("in", "Tea?", "bubble.querySelectorAll('button.option').length === 2")).await;
    phone.click(".bubble.in li:last-child .option").await;
    phone.until(&shown("out", "No")).await;
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn formatting_is_shown_and_not_its_marks() {
    let dev = Dev::start().await;
    let mut phone = Phone::open(&dev.origin).await;
    phone.type_text("hello").await;
    phone.press_enter().await;
    phone.until("document.querySelector('.bubble.in .text')").await;
    let answer = |query: &str| format!("document.querySelector('.bubble.in .text').{query}");
    assert_eq!(phone.value(&answer("querySelector('b, strong').textContent")).await, "Hello!");
    assert_eq!(phone.value(&answer("querySelector('i, em').textContent")).await, "picture");
    assert_eq!(phone.value(&answer("querySelectorAll('ul > li').length > 1")).await, true);
    assert_eq!(phone.value(&answer("querySelector('li code').textContent")).await, "draw");
    assert_eq!(phone.value(&answer("textContent.match(/[*_`]/)")).await, Value::Null);
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn html_is_text() {
    let dev = Dev::start().await;
    let mut phone = Phone::open(&dev.origin).await;
    let html = "<img src=x onerror=alert(1)> <script>alert(2)</script> <b>bold</b>";
    phone.type_text(html).await;
    phone.press_enter().await;
    phone.until(&shown("out", html)).await;
    phone.until(&shown("in", &format!("You said: {html}"))).await;
    let made = "document.querySelectorAll('.bubble :is(img, script, b), #chats :is(img, script, b)').length";
    assert_eq!(phone.value(made).await, 0);
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn a_lost_connection_is_told_and_taken_up_again() {
    let mut dev = Dev::start().await;
    let mut phone = Phone::open(&dev.origin).await;
    phone.type_text("Are you there?").await;
    phone.press_enter().await;
    phone.until(&shown("in", "You said: Are you there?")).await;
    let offline = "document.querySelector('#offline').checkVisibility()";
    assert_eq!(phone.value(offline).await, false);
    dev.stop().await;
    phone.until(&format!("{offline} && document.body.innerText.includes('Connection lost')")).await;

    // A new emulator knows no messages, and the page shows none.
    dev.restart().await;
    phone.until(&format!("!{offline} && document.querySelector('#log .empty')")).await;
    phone.type_text("And now?").await;
    phone.press_enter().await;
    phone.until(&shown("in", "You said: And now?")).await;
    assert_eq!(phone.value("document.querySelectorAll('.bubble').length").await, 2);
    let mut problems = phone.problems().await;
    problems.retain(|problem| !problem.starts_with("network: "));
    assert_eq!(problems, NONE);
}

/// The other tests rely on `problems`: each kind of misconduct must be reported.
#[tokio::test]
async fn misconduct_is_noticed() {
    let dev = Dev::start().await;
    let mut phone = Phone::open(&dev.origin).await;
    assert_eq!(phone.problems().await, NONE);
    // The policy may be applied when the handler is set or when it is called: a page that misbehaves does both.
    let handler = "document.body.insertAdjacentHTML('beforeend', '<i id=\"bad\" onclick=\"go()\"></i>');
        document.querySelector('#bad').click()";
    for (script, part) in [
        ("console.error('oh')", "oh"),
        ("alert('ho')", "ho"),
        (handler, "Content Security Policy: script-src"),
        ("fetch('http://127.0.0.2/').catch(() => {})", "http://127.0.0.2/"),
        ("new Promise((done) => setTimeout(() => { setTimeout(done); nothing(); }))", "nothing"),
    ] {
        phone.value(script).await;
        let problems = phone.problems().await;
        assert!(problems.iter().any(|problem| problem.contains(part)), "{script}: {problems:?}");
    }
}

/// A policy that is reported late is still noticed by the call that follows.
#[tokio::test]
async fn a_violation_is_reported_by_the_next_call() {
    let dev = Dev::start().await;
    let mut phone = Phone::open(&dev.origin).await;
    for round in 0..20 {
        phone.value("document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.2/x.png' }))").await;
        let problems = phone.problems().await;
        let violation = "Content Security Policy: img-src http://127.0.0.2/x.png";
        assert!(problems.iter().any(|problem| problem.contains(violation)), "round {round}: {problems:?}");
    }
}
