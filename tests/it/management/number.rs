//! Settings of a number, from the client to the emulator.

use std::io;

use futures_util::stream;
use image::ImageFormat;
use serde_json::json;
use waxwing_client::types::{Address, GroupId, PhoneNumberId, WaId};
use waxwing_client::{ChatCommand, CommerceSettings, ErrorKind, MediaStream, ThreadAction};
use waxwing_emulator::{ChatContent, Emulator};

use super::{ACCOUNT, refused, start};
use crate::support::{client, red_picture};

#[tokio::test]
async fn usernames_are_suggested_set_transferred_and_deleted() {
    let emulator = Emulator::builder().waba_id(ACCOUNT).number("1000002", "15550002222").start().await.unwrap();
    let client = client(&emulator);
    let number = client.number(PhoneNumberId::new(emulator.phone_number_id()));
    assert_eq!(number.username().await.unwrap(), None);
    let suggestions = number.username_suggestions().await.unwrap();
    assert_eq!(number.set_username(&suggestions[0], false).await.unwrap().as_deref(), Some("approved"));
    let username = number.username().await.unwrap().unwrap();
    assert_eq!((&username.username, username.status.as_deref()), (&suggestions[0], Some("approved")));
    refused(number.set_username("No", false).await.map(drop));

    let other = client.number(PhoneNumberId::new("1000002"));
    refused(other.set_username(&suggestions[0], false).await.map(drop));
    other.set_username(&suggestions[0], true).await.unwrap();
    assert_eq!(number.username().await.unwrap(), None);
    other.delete_username().await.unwrap();
    refused(other.delete_username().await);
    emulator.shutdown().await;
}

#[tokio::test]
async fn commerce_commands_and_the_identity_check_are_set() {
    let (emulator, client) = start().await;
    let number = client.number(PhoneNumberId::new(emulator.phone_number_id()));
    let before = number.commerce_settings().await.unwrap();
    assert_eq!((before.is_cart_enabled, before.is_catalog_visible), (Some(true), Some(false)));
    number.set_commerce_settings(CommerceSettings::default().cart(false)).await.unwrap();
    number.set_commerce_settings(CommerceSettings::default().catalog(true)).await.unwrap();
    let expected = CommerceSettings::default().cart(false).catalog(true);
    assert_eq!(number.commerce_settings().await.unwrap(), expected);

    let commands = [ChatCommand::new("menu", "Shows the menu")];
    number.set_commands(&commands, &["A table, please".to_owned()]).await.unwrap();
    let automation = number.automation().await.unwrap();
    assert_eq!((automation.commands.as_slice(), automation.prompts.len()), (commands.as_slice(), 1));

    assert!(!number.settings().await.unwrap().user_identity_change.unwrap().is_enabled);
    number.set_identity_check(true).await.unwrap();
    number.set_settings(&json!({ "payload_encryption": { "status": "ENABLED" } })).await.unwrap();
    let settings = number.settings().await.unwrap();
    assert!(settings.user_identity_change.unwrap().is_enabled, "the other settings stay");
    assert_eq!(settings.payload_encryption.unwrap()["status"], "ENABLED");
    refused(number.set_settings(&json!({ "payload_encryption": { "status": "MAYBE" } })).await);
    emulator.shutdown().await;
}

#[tokio::test]
async fn conversations_change_their_owner() {
    let (emulator, client) = start().await;
    let number = client.number(PhoneNumberId::new(emulator.phone_number_id()));
    let ana = Address::from(WaId::new("34600000000"));
    emulator.user("+34600000000").says("hi").await;
    number.control_thread(&ana, ThreadAction::Pass, Some("asks for a refund")).await.unwrap();
    number.control_thread(&ana, ThreadAction::PassToAiAgent, None).await.unwrap();
    number.control_thread(&ana, ThreadAction::Release, None).await.unwrap();
    let error = number.control_thread(&ana, ThreadAction::Take, None).await.unwrap_err();
    assert_eq!(error.api().map(|error| (error.code, error.subcode)), Some((100, Some(2_494_191))));
    let group = Address::from(GroupId::new("g1"));
    assert!(number.control_thread(&group, ThreadAction::Pass, None).await.unwrap_err().api().is_none());
    refused(number.control_thread(&ana, ThreadAction::Pass, Some(&"a".repeat(2_001))).await);
    emulator.shutdown().await;
}

#[tokio::test]
async fn files_are_uploaded_while_they_arrive() {
    let (emulator, client) = start().await;
    let ana = WaId::new("34600000000");
    let user = emulator.user("+34600000000");
    user.says("hi").await;
    let picture = red_picture(600, ImageFormat::Png);
    let parts = || {
        let parts: Vec<_> = picture.chunks(1_000).map(|part| Ok::<_, io::Error>(part.to_vec())).collect();
        MediaStream::new(stream::iter(parts))
    };
    client.to(ana.clone()).image(parts()).caption("a menu").send().await.unwrap();
    let message = user.expect_message().await;
    let ChatContent::Media(file) = &message.content else { panic!("{message}") };
    assert_eq!(
        (&*file.mime_type, file.bytes.len(), file.caption.as_deref()),
        ("image/png", picture.len(), Some("a menu"))
    );
    let length = picture.len() as u64;
    client.to(ana.clone()).image(parts().length(length)).send().await.unwrap();
    let note = MediaStream::from_reader(io::Cursor::new("Pizza, 8 €")).filename("menu.txt");
    client.to(ana.clone()).document(note).send().await.unwrap();
    let uploaded = client.upload_stream(parts()).await.unwrap();
    client.to(ana.clone()).image(uploaded).send().await.unwrap();

    let wrong = client.to(ana.clone()).image(parts().length(length + 1)).send().await.unwrap_err();
    assert_eq!((wrong.kind(), wrong.may_have_been_accepted()), (ErrorKind::Invalid, false));
    // The limit applies while the file arrives: a picture of JPEG type that never ends.
    let endless = stream::repeat_with(|| Ok::<_, io::Error>([0xff_u8, 0xd8, 0xff, 0xe0].repeat(16 * 1024)));
    let error = client.to(ana.clone()).image(MediaStream::new(endless)).send().await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_accepted()), (ErrorKind::TooLarge, false));
    let broken = stream::iter([Ok(picture[..10].to_vec()), Err(io::Error::other("the disk is gone"))]);
    let error = client.to(ana.clone()).image(MediaStream::new(broken)).send().await.unwrap_err();
    assert_eq!((error.kind(), error.explain().contains("the disk is gone")), (ErrorKind::Invalid, true));
    let text = MediaStream::from_reader(io::Cursor::new("hello"));
    assert_eq!(client.to(ana.clone()).image(text).send().await.unwrap_err().kind(), ErrorKind::Invalid);
    let empty = MediaStream::from_reader(io::Cursor::new(""));
    assert!(client.to(ana).image(empty).send().await.unwrap_err().to_string().contains("empty"));
    emulator.shutdown().await;
}
