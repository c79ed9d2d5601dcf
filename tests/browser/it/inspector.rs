//! The inspector, next to the phone and alone.

use serde_json::{Value, json};
use waxwing_browser_tests::{Dev, Phone};

use crate::support::{NONE, says, shown};

/// A condition: the list has a row with this text.
fn row(text: &str) -> String {
    format!("[...document.querySelectorAll('.ins-row')].some((row) => row.textContent.includes({}))", Value::from(text))
}

/// Clicks on the first row with this text.
async fn open_row(phone: &Phone, text: &str) {
    phone.until(&row(text)).await;
    let text = Value::from(text);
    let script =
        format!("[...document.querySelectorAll('.ins-row')].find((row) => row.textContent.includes({text})).click()");
    phone.value(&script).await;
}

/// Sets the value of an input, as a person does.
async fn fill(phone: &Phone, selector: &str, value: &str) {
    let script = format!(
        "(() => {{
            const input = document.querySelector({});
            input.value = {};
            for (const name of ['input', 'change']) input.dispatchEvent(new Event(name, {{ bubbles: true }}));
        }})()",
        Value::from(selector),
        Value::from(value)
    );
    phone.value(&script).await;
}

async fn get(dev: &Dev, path: &str) -> Value {
    reqwest::get(format!("{}/control{path}", dev.origin)).await.unwrap().json().await.unwrap()
}

/// Opens the phone with the inspector next to it. Ana has said good morning, and the bot has answered.
async fn open(dev: &Dev) -> Phone {
    let phone = Phone::open(&dev.origin).await;
    phone.look(1440, "light").await;
    phone.until("document.querySelector('#inspector .ins-list')?.checkVisibility()").await;
    phone.type_text("Good morning").await;
    phone.press_enter().await;
    phone.until(&shown("in", "You said: Good morning")).await;
    phone
}

#[tokio::test]
async fn one_turn_is_shown_from_the_webhook_to_the_ticks() {
    let dev = Dev::start().await;
    let mut phone = open(&dev).await;
    phone.click_on("Turns").await;
    for step in ["webhook", "debounce", "agent run", "reply queued", "send attempt", "tick: delivered", "whole turn"] {
        let step = Value::from(step);
        let found = format!(
            "[...document.querySelectorAll('.ins-step .ins-title')].some((title) => title.textContent === {step})"
        );
        phone.until(&found).await;
    }
    phone.until(&says("status read")).await;
    assert_eq!(phone.value("document.querySelectorAll('.ins-turn-row').length").await, 1);
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn traffic_is_filtered_and_belongs_to_messages() {
    let dev = Dev::start().await;
    let mut phone = open(&dev).await;
    phone.until(&row("status read")).await;
    fill(&phone, ".ins-filter select", "graph").await;
    phone.until("[...document.querySelectorAll('.ins-row')].every((row) => row.matches('.ins-graph'))").await;
    fill(&phone, ".ins-filter input", "you said").await;
    phone.until("document.querySelectorAll('.ins-row').length === 1").await;
    fill(&phone, ".ins-filter input", "").await;
    fill(&phone, ".ins-filter select", "").await;
    phone.until(&row("status read")).await;

    // The message that is selected in the phone marks the calls and webhooks about it.
    phone.value("document.querySelector('.bubble.out').click()").await;
    phone.until("document.querySelector('.ins-marked')").await;
    let marked = "[...document.querySelectorAll('.ins-marked .ins-summary')].map((row) => row.textContent).join('\\n')";
    let marked = phone.value(marked).await;
    let marked = marked.as_str().unwrap();
    assert!(marked.contains("Good morning") && !marked.contains("status read"), "{marked}");
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn exchanges_are_repeated_and_edited() {
    let dev = Dev::start().await;
    let mut phone = open(&dev).await;
    open_row(&phone, "text: Good morning").await;
    phone.until(&says("Signature: sha256=")).await;
    phone.until(&says("\"object\": \"whatsapp_business_account\"")).await;
    phone.click_on("Redeliver").await;
    phone.until(&says("Sent again: HTTP 200.")).await;
    let part = json!({"entry": [{"changes": [{"value": {"messages": [{"text": {"body": "Good morning"}}]}}]}]});
    let query = |part: &Value| format!("/webhooks?match={}", part.to_string().replace('"', "%22").replace(' ', "%20"));
    let posted = get(&dev, &query(&part)).await;
    let bodies: Vec<_> = posted["exchanges"].as_array().unwrap().iter().map(|post| &post["request"]["body"]).collect();
    assert_eq!((bodies.len(), bodies[0]), (2, bodies[1]), "byte for byte");

    phone.click_on("Edit and send").await;
    phone.until("document.querySelector('.ins-editor')?.value.includes('Good morning')").await;
    let edited = phone.value("document.querySelector('.ins-editor').value").await;
    let edited = edited.as_str().unwrap().replace("Good morning", "Good evening").replace("wamid.", "wamid.edited");
    fill(&phone, ".ins-editor", &edited).await;
    phone.click_on("Sign and post").await;
    phone.until(&says("The answer is HTTP 200.")).await;
    phone.until(&shown("in", "You said: Good evening")).await;
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn a_fault_is_injected_and_the_clock_advances() {
    let dev = Dev::start().await;
    let mut phone = open(&dev).await;
    phone.click_on("Controls").await;
    fill(&phone, "[aria-label='Inject a fault'] [type=number]", "1").await;
    phone.click_on("Inject").await;
    phone.until(&says("The fault is active.")).await;
    assert_eq!(get(&dev, "/faults").await[0]["fault"]["times"], 1);
    phone.type_text("again").await;
    phone.press_enter().await;
    phone.until(&shown("in", "You said: again")).await;
    phone.click_on("Traffic").await;
    phone.until(&row("fault 1")).await;

    let before = get(&dev, "").await["now"].as_u64().unwrap();
    phone.click_on("Controls").await;
    phone.click_on("+1h").await;
    phone.until(&says("The clock advanced by 1h.")).await;
    assert!(get(&dev, "").await["now"].as_u64().unwrap() >= before + 3_600_000);
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn the_inspector_has_no_violations_and_needs_no_mouse() {
    let dev = Dev::start().await;
    drop(open(&dev).await);
    let mut phone = Phone::open_page(&dev.origin, "/inspector", "document.querySelector('.ins-row')").await;
    for (width, scheme) in [(390, "light"), (390, "dark"), (1440, "light"), (1440, "dark")] {
        phone.look(width, scheme).await;
        let check = async |what: &str| {
            assert_eq!(phone.accessibility_violations().await, NONE, "{what}, {width} pixels, {scheme}");
        };
        phone.value("document.querySelector('#ins-tab-traffic').focus()").await;
        check("traffic").await;
        open_row(&phone, "text: Good morning").await;
        phone.until("document.activeElement.matches('.ins-detail-title')").await;
        check("detail").await;
        phone.press("Escape").await;
        phone.until("document.activeElement.matches('.ins-row')").await;
        phone.press("ArrowDown").await;
        phone.until("document.activeElement.matches('.ins-row') && !document.activeElement.textContent.includes('Good morning')").await;
        phone.value("document.querySelector('#ins-tab-traffic').focus()").await;
        phone.press("ArrowRight").await;
        phone.until("document.activeElement.id === 'ins-tab-turns' && document.querySelector('.ins-step')").await;
        check("turns").await;
        phone.press("ArrowRight").await;
        phone
            .until("document.activeElement.id === 'ins-tab-controls' && document.querySelector('.ins-rules li')")
            .await;
        check("controls").await;
        phone.press("ArrowRight").await;
    }
    assert_eq!(phone.problems().await, NONE);
}
