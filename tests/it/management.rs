//! Settings of accounts and numbers, from the client to the emulator.

mod account;
mod calls;
mod flows;
mod groups;
mod number;

use futures_util::TryStreamExt as _;
use waxwing_client::types::{Address, Bsuid, GroupId, PhoneNumberId, WabaId};
use waxwing_client::{
    BusinessProfile, ChatCommand, Client, CodeMethod, Error, NewTemplate, TemplateDefinition, TemplateFilter,
};
use waxwing_emulator::{Emulator, Pace};

use crate::support::client;

const ACCOUNT: &str = "102290129340398";

async fn start() -> (Emulator, Client) {
    let emulator = Emulator::builder().waba_id(ACCOUNT).pace(Pace::Off).start().await.unwrap();
    let client = client(&emulator);
    (emulator, client)
}

fn names(templates: &[TemplateDefinition]) -> Vec<&str> {
    templates.iter().map(|template| template.name.as_str()).collect()
}

#[track_caller]
fn refused(result: Result<(), Error>) {
    let error = result.unwrap_err();
    assert!(error.api().is_some(), "{error:?}");
}

#[tokio::test]
async fn templates_are_created_listed_page_by_page_and_deleted() {
    let (emulator, client) = start().await;
    let account = client.waba(WabaId::new(ACCOUNT));
    let before = account.templates(&TemplateFilter::default()).all().await.unwrap().len();
    let full = NewTemplate::marketing("spring_offer", "en")
        .header("Spring at {{1}}", ["the pizzeria"])
        .body("Hello {{1}}, have a pizza for {{2}} euros.", ["Ana", "5"])
        .footer("Until the end of May")
        .quick_reply("Book a table")
        .link("Menu", "https://example.com/{{1}}", Some("https://example.com/menu"))
        .phone("Call us", "+34911111111");
    let created = account.create_template(&full).await.unwrap();
    assert_eq!(created.category, "MARKETING");
    // More than one page.
    for n in 0..120 {
        let template = NewTemplate::utility(format!("order_{n}"), "en").body::<String>("Your order is ready.", []);
        account.create_template(&template).await.unwrap();
    }
    let all: Vec<_> = account.templates(&TemplateFilter::default()).try_collect().await.unwrap();
    assert_eq!(all.len(), before + 121);
    let found = account.templates(&TemplateFilter::default().name("spring_offer").language("en")).all().await.unwrap();
    assert_eq!(names(&found), ["spring_offer"]);
    assert_eq!((found[0].id == created.id, found[0].components.len()), (true, 4));
    let utility = TemplateFilter::default().category("UTILITY").name("order_7");
    assert_eq!(names(&account.templates(&utility).all().await.unwrap()), ["order_7"]);

    let read = account.template(&created.id).await.unwrap();
    assert_eq!((read.name.as_str(), &read.components), ("spring_offer", &found[0].components));

    account.delete_template("spring_offer", Some(&created.id)).await.unwrap();
    account.delete_template("order_7", None).await.unwrap();
    assert!(account.templates(&utility).all().await.unwrap().is_empty());
    refused(account.delete_template("order_7", None).await);
    refused(account.template(&created.id).await.map(drop));
    let mut unknown = client.waba(WabaId::new("1")).templates(&TemplateFilter::default());
    assert!(unknown.next().await.unwrap().unwrap_err().api().is_some());
    assert!(unknown.next().await.is_none(), "the list ends after an error");
    emulator.shutdown().await;
}

#[tokio::test]
async fn an_account_has_numbers_and_apps() {
    let (emulator, client) = start().await;
    let account = client.waba(WabaId::new(ACCOUNT));
    let numbers = account.numbers().all().await.unwrap();
    assert_eq!(numbers[0].id.as_ref().map(PhoneNumberId::as_str), Some(emulator.phone_number_id()));
    assert_eq!(client.phone_number().await.unwrap(), numbers[0]);
    account.subscribe().await.unwrap();
    let apps = account.subscribed_apps().await.unwrap();
    assert_eq!((apps.len(), apps[0].override_callback_uri.as_deref()), (1, None));
    refused(account.subscribe_to(&format!("{}/nowhere", emulator.url()), "token").await);
    account.unsubscribe().await.unwrap();
    assert!(account.subscribed_apps().await.unwrap().is_empty());
    emulator.shutdown().await;
}

#[tokio::test]
async fn a_number_is_registered_described_and_protected() {
    let (emulator, client) = start().await;
    let number = client.number(PhoneNumberId::new(emulator.phone_number_id()));
    number.request_code(CodeMethod::Sms, "en_US").await.unwrap();
    number.verify_code("123456").await.unwrap();
    number.deregister().await.unwrap();
    number.register("654321").await.unwrap();
    number.register_in("654321", "DE").await.unwrap();
    refused(number.register("12").await);

    let profile = BusinessProfile::default()
        .about("Pizza since 1990")
        .address("Calle Mayor 1")
        .description("The best")
        .email("hi@pizza.example")
        .vertical("RESTAURANT")
        .website("https://pizza.example");
    number.set_profile(&profile).await.unwrap();
    number.set_profile(&BusinessProfile::default().about("Pizza since 1991")).await.unwrap();
    assert_eq!(number.profile().await.unwrap(), profile.about("Pizza since 1991"));
    refused(number.set_profile(&BusinessProfile::default().vertical("PIZZA")).await);

    number.set_commands(&[ChatCommand::new("menu", "Shows the menu")], &["A table, please".to_owned()]).await.unwrap();
    let created = number.create_qr_code("A table for two").await.unwrap();
    assert!(created.qr_image_url.is_some());
    assert_eq!(number.qr_codes().all().await.unwrap()[0].prefilled_message, "A table for two");
    let changed = number.update_qr_code(&created.code, "A table for three").await.unwrap();
    assert_eq!((&changed.code, &*changed.prefilled_message), (&created.code, "A table for three"));
    assert_eq!(number.qr_code(&created.code).await.unwrap().prefilled_message, "A table for three");
    number.delete_qr_code(&created.code).await.unwrap();
    refused(number.qr_code(&created.code).await.map(drop));
    refused(number.update_qr_code(&created.code, "A table").await.map(drop));
    assert!(number.qr_codes().all().await.unwrap().is_empty());

    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let phone = Address::from(waxwing_client::types::WaId::new("34600000000"));
    number.block(&phone).await.unwrap();
    assert_eq!(number.blocked_users().all().await.unwrap().len(), 1);
    number.unblock(&phone).await.unwrap();
    assert!(number.blocked_users().all().await.unwrap().is_empty());
    refused(number.block(&Address::from(Bsuid::new("ES.404"))).await);
    assert!(number.block(&Address::from(GroupId::new("g1"))).await.is_err());
    emulator.shutdown().await;
}
