//! Messages of every type, from the client to the emulator, whose rules are written from Meta's documentation alone.

use std::path::Path;

use serde_json::json;
use waxwing_client::Client;
use waxwing_client::types::{
    Amount, CallButton, CarouselCard, CatalogButton, ContactAddress, ContactCard, ContactName, ContactPhone,
    DirectSend, FlowButton, FlowRef, GroupId, Interactive, InteractiveHeader, LinkButton, ListMenu, ListRow,
    ListSection, LocationMessage, MarketingOptions, MediaId, MessageId, MixedButtons, Order, OrderDetails, OrderItem,
    OrderState, OrderStatus, OutboundContent, Payment, Pin, Product, ProductList, ProductPolicy, ProductSection,
    RawContent, Reaction, ReplyButton, TemplateButtonKind, TemplateMessage, TemplateParameter, Text, WaId,
};
use waxwing_emulator::{Action, Emulator, FlowStatus, Pace};

use crate::support::client;

const ANA: &str = "34600000000";

/// An emulator with the objects that messages refer to, a client, and the id of a message of Ana.
async fn start() -> (Emulator, Client, MessageId) {
    let emulator = Emulator::builder().pace(Pace::Off).start().await.unwrap();
    let (catalog, products) = ("c".to_owned(), ["p", "q"].map(str::to_owned).to_vec());
    emulator.perform(Action::AddProducts { catalog, products }).unwrap();
    let (id, name) = (Some("7001".to_owned()), "book".to_owned());
    emulator.perform(Action::SetFlow { id, name, status: FlowStatus::Published }).unwrap();
    let client = client(&emulator);
    let said = emulator.user(format!("+{ANA}").as_str()).says("hi").await;
    (emulator, client, MessageId::new(said))
}

fn button() -> ReplyButton {
    ReplyButton::new("y", "Yes")
}

fn link() -> LinkButton {
    LinkButton::new("https://example.com/menu").label("Open")
}

fn card() -> ContactCard {
    let name = ContactName::new("Dr Bea García").prefix("Dr").first_name("Bea").middle_name("M.").last_name("García");
    ContactCard::new(name)
        .phone(ContactPhone::new("+34 911 111 111").kind("WORK").whatsapp(WaId::new("34911111111")))
        .email("bea@example.com")
        .company("Bea & Co")
        .url("https://example.com")
        .address(ContactAddress::default().street("Calle Mayor 1").city("Madrid").country("Spain", "es").kind("WORK"))
        .birthday("1990-05-17")
}

fn order() -> OrderDetails {
    let bread = OrderItem::new("p", "Bread", Amount::cents(1000), 2).sale(Amount::cents(900));
    let order = Order::new([bread], Amount::cents(1800)).tax(Amount::cents(100)).discount(Amount::cents(0));
    let payment = Payment::configuration("upi", "shop");
    OrderDetails::new("order-17", "INR", payment, Amount::cents(1900)).order(order.catalog_id("c"))
}

fn interactive(picture: &MediaId) -> Vec<Interactive> {
    let header = || InteractiveHeader::Image(picture.clone().into());
    let rows = |id: &str| [ListRow::new(id, "Small").description("20 cm")];
    let list = ListMenu::new("Choose").section(ListSection::new(rows("a")).title("Pizza"));
    let products = ProductList::new("c").section(ProductSection::new(["p"]));
    let card = |n: u8| CarouselCard::image(format!("https://example.com/{n}.jpg"), link()).body("Pizza");
    vec![
        Interactive::buttons("Tea?", [button()]).header(header()).footer("Hot"),
        Interactive::list("Which?", list.section(ListSection::new(rows("b")).title("Pasta"))).header("Menu"),
        Interactive::link("Our menu", link()).header(header()),
        Interactive::location_request("Where are you?"),
        Interactive::contact_request("Your number?"),
        Interactive::flow("Hungry?", FlowButton::new(FlowRef::Id("7001".into()), "Book").token("t")),
        Interactive::flow("Hungry?", FlowButton::new(FlowRef::Name("book".into()), "Book").data_exchange()),
        Interactive::carousel("Our pizzas", [card(1), card(2)]),
        Interactive::product(Product::new("c", "p")).footer("Hot"),
        Interactive::products("Menu", "What would you like?", products),
        Interactive::catalog("All we have", CatalogButton::default()),
        Interactive::call_permission("May we call you?"),
        Interactive::call("Shall we talk?", CallButton::default().label("Call").ttl_minutes(60)),
        Interactive::order_details("Your order", order()),
        Interactive::order_status("News", OrderStatus::new("order-17", OrderState::Shipped).description("soon")),
    ]
}

#[tokio::test]
async fn meta_accepts_what_the_types_accept() {
    let (emulator, client, said) = start().await;
    let media = Path::new("foreign/media");
    let picture = client.upload_path(media.join("picture.png")).await.unwrap();
    let mut contents: Vec<OutboundContent> = vec![
        Text::new("See https://example.com").preview_url(true).into(),
        LocationMessage::new(40.5, -3.5).name("Here").address("Calle Mayor 1").into(),
        card().into(),
        Reaction::new(said.clone(), "👍").into(),
        Reaction::removal(said.clone()).into(),
        RawContent::new("text", json!({ "body": "hi" })).into(),
    ];
    contents.extend(interactive(&picture).into_iter().map(OutboundContent::from));
    for content in contents {
        let sent = client.to(WaId::new(ANA)).content(content.clone()).reply_to(said.clone()).send().await;
        assert!(sent.is_ok(), "{content:?}: {}", sent.unwrap_err().explain());
    }
    let to = || client.to(WaId::new(ANA));
    to().image(media.join("picture.png")).caption("Look").send().await.unwrap();
    to().sticker(media.join("sticker.webp")).send().await.unwrap();
    to().document(media.join("picture.png")).send().await.unwrap();
    emulator.shutdown().await;
}

#[tokio::test]
async fn pins_templates_and_direct_sends_are_accepted() {
    let (emulator, client, said) = start().await;
    let (id, subject) = (Some("g1".to_owned()), "Friends".to_owned());
    emulator.perform(Action::CreateGroup { id, subject, participants: vec![format!("+{ANA}")] }).unwrap();
    let group = || client.to(GroupId::new("g1"));
    let pinned = group().text("The rules").send().await.unwrap().id;
    group().content(Pin::for_days(pinned.clone(), 7)).send().await.unwrap();
    group().content(Pin::removal(pinned)).send().await.unwrap();

    let body = json!({ "type": "BODY", "text": "Hello {{1}}, {{2}}!", "example": { "body_text": [["Ana", "$1"]] } });
    let replies = json!({ "type": "BUTTONS", "buttons": [{ "type": "QUICK_REPLY", "text": "Yes" }] });
    let template = json!({ "name": "offer", "language": "en", "category": "MARKETING", "components": [body, replies] });
    emulator.perform(Action::CreateTemplate { template, status: None }).unwrap();
    let offer = || {
        let values = [TemplateParameter::text("Ana"), TemplateParameter::currency("$1", "USD", 1000)];
        TemplateMessage::new("offer", "en").body(values).button(
            0,
            TemplateButtonKind::QuickReply,
            TemplateParameter::payload("yes-1"),
        )
    };
    let to = || client.to(WaId::new(ANA));
    to().template(offer()).send().await.unwrap();
    let options = MarketingOptions::default().policy(ProductPolicy::Strict).shares_activity(true);
    to().template(offer()).marketing(options).send().await.unwrap();
    let link = Interactive::link("Track it", link());
    to().content(link).direct_send(DirectSend::utility()).send().await.unwrap();
    let ready = to().text("Your order is ready.").direct_send(DirectSend::utility().ttl_seconds(600));
    ready.reply_to(said).send().await.unwrap();
    emulator.shutdown().await;
}

#[tokio::test]
async fn links_and_reply_buttons_are_sent_together_without_a_template() {
    let emulator = Emulator::builder().start().await.unwrap();
    let client = client(&emulator);
    let ana = emulator.user("+34600000000");
    let link = LinkButton::new("https://example.com/17").label("Track order");
    let buttons = MixedButtons::default().link(link).reply(ReplyButton::new("late", "Deliver later"));
    let message =
        client.to(WaId::new("34600000000")).content(Interactive::mixed_buttons("Order 17 is ready.", buttons));
    let message = message.direct_send(DirectSend::utility());
    message.send().await.unwrap();
    let shown = ana.expect_message().await;
    let titles: Vec<_> = shown.choices().into_iter().map(|choice| choice.title).collect();
    assert_eq!((titles, shown.is_direct_send), (vec!["Deliver later".to_owned()], true));
    emulator.shutdown().await;
}
