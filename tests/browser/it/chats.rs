//! List of chats: order, search, deletion, groups, business numbers.

use serde_json::json;
use waxwing_browser_tests::Phone;
use waxwing_emulator::{Action, Emulator};

use crate::support::{Bot, NONE, says, shown};

const NAMES: &str = "[...document.querySelectorAll('#chats .chat strong')].map((name) => name.textContent)";

fn names_are(names: &[&str]) -> String {
    format!("JSON.stringify({NAMES}) === JSON.stringify({})", json!(names))
}

async fn start() -> Emulator {
    let emulator = Emulator::builder().number("1000002", "15550002222").seed(1).start().await.unwrap();
    for (name, phone) in [("Ana", "+34600000000"), ("Ben", "+34600000001")] {
        let mut user = waxwing_emulator::NewUser::default();
        (user.name, user.phone) = (Some(name.to_owned()), Some(phone.to_owned()));
        emulator.perform(Action::Join(user)).unwrap();
    }
    emulator
}

#[tokio::test]
async fn chats_are_sorted_searched_and_deleted() {
    let emulator = start().await;
    let mut phone = Phone::open(&emulator.url()).await;
    emulator.user("+34600000000").says("I look for tea").await;
    let ben = emulator.user("+34600000001");
    ben.says("coffee").await;
    phone.until(&names_are(&["Ben", "Ana"])).await;
    let bot = Bot::new(&emulator);
    // A message is unread unless its chat is open.
    phone.click("#chats [data-key='1']").await;
    phone.until(&shown("out", "I look for tea")).await;
    bot.says("Here is tea").await;
    phone.until(&shown("in", "Here is tea")).await;
    phone.until(&names_are(&["Ana", "Ben"])).await;
    phone.click("#chats [data-key='2']").await;
    phone.until(&shown("out", "coffee")).await;
    bot.says("And milk").await;
    phone.until("document.querySelector('#chats .badge')?.textContent === '1'").await;

    phone.click("#search").await;
    phone.type_here("TEA").await;
    phone.until("document.querySelectorAll('#chats .result').length === 2").await;
    phone.press("ArrowDown").await;
    phone.press("ArrowDown").await;
    phone.press("Enter").await;
    phone.until("document.querySelector('.bubble.found')?.textContent.includes('I look for tea')").await;
    phone.click("#search").await;
    phone.press("Escape").await;
    phone.until(&names_are(&["Ana", "Ben"])).await;

    phone.click("#chat-menu").await;
    phone.click_on("Delete chat").await;
    phone.until("document.querySelector('dialog')").await;
    phone.click_on("Delete chat").await;
    phone.until(&names_are(&["Ben"])).await;
    phone.reload().await;
    phone.until(&names_are(&["Ben"])).await;
    bot.says("Are you there?").await;
    phone.until(&names_are(&["Ana", "Ben"])).await;
    phone.click("#chats [data-key='1']").await;
    phone.until(&shown("in", "Are you there?")).await;
    assert_eq!(
        phone.value("document.querySelectorAll('.bubble').length").await,
        1,
        "the earlier messages stay deleted"
    );
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn a_group_is_a_chat_with_senders() {
    let emulator = start().await;
    let mut phone = Phone::open(&emulator.url()).await;
    let participants = vec!["Ana".to_owned(), "Ben".to_owned()];
    let group = Action::CreateGroup { id: Some("g1".to_owned()), subject: "Tea club".to_owned(), participants };
    emulator.perform(group).unwrap();
    phone.until("document.querySelector('[data-key=\"g-g1\"]')").await;
    phone.click("[data-key='g-g1']").await;
    phone.type_text("Hello all").await;
    phone.press_enter().await;
    phone.until(&shown("out", "Hello all")).await;
    let bot = Bot::new(&emulator);
    let welcome = json!({ "recipient_type": "group", "to": "g1", "type": "text", "text": { "body": "Welcome" } });
    assert_eq!(bot.tries(welcome).await.0, 200);
    phone.until(&shown("in", "Welcome")).await;
    assert_eq!(phone.value("document.querySelectorAll('.bubble').length").await, 2, "each message is shown once");
    phone.value("(() => { const as = document.querySelector('#speaker'); as.value = '2'; as.dispatchEvent(new Event('change')) })()").await;
    phone.until("document.querySelector('.bubble.in .sender')?.textContent === 'Ana'").await;
    phone.type_text("Ben here").await;
    phone.press_enter().await;
    phone.until(&shown("out", "Ben here")).await;
    assert!(emulator.user("+34600000001").transcript().contains("Ben here"));
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn each_business_number_has_its_chat_and_its_window() {
    let emulator = start().await;
    let mut phone = Phone::open(&emulator.url()).await;
    phone.type_text("to the first").await;
    phone.press_enter().await;
    phone.until(&format!("{} && {}", shown("out", "to the first"), says("23 h 59 min"))).await;
    phone
        .value("(() => { const to = document.querySelector('#numbers'); to.value = '1000002'; to.dispatchEvent(new Event('change')) })()")
        .await;
    phone.until("document.querySelector('#log .empty') && document.querySelector('#window').hidden").await;
    phone.type_text("to the second").await;
    phone.press_enter().await;
    phone.until(&shown("out", "to the second")).await;
    emulator.advance(std::time::Duration::from_hours(25));
    phone.until("document.querySelector('#window').textContent === 'closed'").await;
    assert_eq!(phone.problems().await, NONE);
}
