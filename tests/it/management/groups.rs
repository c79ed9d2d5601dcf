//! Groups, from the client to the emulator.

use serde_json::json;
use waxwing_client::types::{Address, GroupId, PhoneNumberId, Text, WaId};
use waxwing_client::{Client, GroupUpdate, NewGroup};
use waxwing_emulator::{Action, Emulator};

use super::{refused, start};

const ANA: &str = "34600000000";

async fn create(emulator: &Emulator, client: &Client, group: NewGroup) -> GroupId {
    let number = client.number(PhoneNumberId::new(emulator.phone_number_id()));
    assert!(!number.create_group(&group).await.unwrap().is_empty());
    number.groups().all().await.unwrap().pop().unwrap().id
}

/// Ana follows the invite link.
fn join(emulator: &Emulator, group: &GroupId) {
    let action = json!({ "joins_group": { "user": "+34600000000", "group": group.as_str() } });
    emulator.perform(serde_json::from_value::<Action>(action).unwrap()).unwrap();
}

#[tokio::test]
async fn a_group_is_created_joined_changed_and_deleted() {
    let (emulator, client) = start().await;
    let id = create(&emulator, &client, NewGroup::new("Tea").description("Green")).await;
    let group = client.group(id.clone());
    let info = group.info().await.unwrap();
    assert_eq!((info.subject.as_deref(), info.description.as_deref()), (Some("Tea"), Some("Green")));
    assert_eq!((info.join_approval_mode.as_deref(), info.suspended), (Some("auto_approve"), Some(false)));
    assert!(group.participants().await.unwrap().is_empty());

    join(&emulator, &id);
    let participants = group.participants().await.unwrap();
    assert_eq!(participants[0].wa_id.as_ref().map(WaId::as_str), Some(ANA));
    assert_eq!(group.info().await.unwrap().total_participant_count, Some(1));
    client.send_text(id.clone(), "tea?").await.unwrap();
    emulator.user("+34600000000").expect_text("tea?").await;

    let update = GroupUpdate::default().subject("Coffee");
    assert!(!group.update(&update.clone()).await.unwrap().is_empty());
    assert!(!group.update(&update.picture(&b"\xff\xd8\xff\xe0"[..])).await.unwrap().is_empty());
    assert_eq!(group.info().await.unwrap().subject.as_deref(), Some("Coffee"));
    refused(group.update(&GroupUpdate::default()).await.map(drop));

    let link = group.invite_link().await.unwrap();
    assert!(link.starts_with("https://chat.whatsapp.com/"));
    let new_link = group.reset_invite_link().await.unwrap();
    assert_ne!(link, new_link);
    assert_eq!(group.invite_link().await.unwrap(), new_link);

    let ana = Address::from(WaId::new(ANA));
    refused(group.remove(&[ana.clone(), ana.clone()]).await.map(drop));
    assert!(!group.remove(std::slice::from_ref(&ana)).await.unwrap().is_empty());
    assert!(group.participants().await.unwrap().is_empty());
    assert!(group.remove(&[id.clone().into()]).await.unwrap_err().api().is_none());
    group.delete().await.unwrap();
    assert!(group.info().await.unwrap_err().api().is_some());
    assert!(client.to(id).content(Text::new("tea?")).send().await.is_err());
    emulator.shutdown().await;
}

#[tokio::test]
async fn requests_to_join_are_approved_and_rejected() {
    let (emulator, client) = start().await;
    let id = create(&emulator, &client, NewGroup::new("Tea").needs_approval()).await;
    let group = client.group(id.clone());
    join(&emulator, &id);
    let requests = group.join_requests().all().await.unwrap();
    assert_eq!((requests.len(), requests[0].wa_id.as_ref().map(WaId::as_str)), (1, Some(ANA)));
    let request = requests[0].id.clone();
    let decision = group.reject([request.clone()]).await.unwrap();
    assert_eq!((decision.decided, decision.failed.len()), (vec![request.clone()], 0));
    assert!(group.approve([request.clone()]).await.unwrap_err().api().is_some());

    join(&emulator, &id);
    let open = group.join_requests().all().await.unwrap()[0].id.clone();
    // One of the requests is not open any more.
    let decision = group.approve([open.clone(), "withdrawn".to_owned()]).await.unwrap();
    assert_eq!(decision.decided, [open]);
    assert_eq!((decision.failed[0].id.as_str(), decision.failed[0].code), ("withdrawn", Some(131_213)));
    assert_eq!(group.participants().await.unwrap().len(), 1);
    emulator.shutdown().await;
}

#[tokio::test]
async fn groups_are_listed_page_by_page() {
    let (emulator, client) = start().await;
    let number = client.number(PhoneNumberId::new(emulator.phone_number_id()));
    for n in 0..101 {
        number.create_group(&NewGroup::new(format!("Tea {n}"))).await.unwrap();
    }
    assert_eq!(number.groups().all().await.unwrap().len(), 101);
    refused(number.create_group(&NewGroup::new(" ")).await.map(drop));
    emulator.shutdown().await;
}
