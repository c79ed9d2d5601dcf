//! Flows, from the client to the emulator.

use serde_json::{Value, json};
use waxwing_client::types::{FlowId, WabaId};
use waxwing_client::{FlowUpdate, NewFlow};

use super::{ACCOUNT, refused, start};

/// Returns the JSON of a flow with one screen.
fn screen(title: &str) -> Value {
    let layout = json!({ "type": "SingleColumnLayout", "children": [
        { "type": "Footer", "label": "Send", "on-click-action": { "name": "complete", "payload": {} } },
    ] });
    json!({ "version": "7.3", "screens": [
        { "id": "ONLY", "title": title, "terminal": true, "success": true, "layout": layout },
    ] })
}

#[tokio::test]
async fn a_flow_is_created_changed_published_and_deprecated() {
    let (emulator, client) = start().await;
    let account = client.waba(WabaId::new(ACCOUNT));
    let created = account.create_flow(&NewFlow::new("survey", ["SURVEY"])).await.unwrap();
    let flow = client.flow(created.id.clone());
    refused(flow.publish().await);

    let problems = flow.set_json(&json!({ "version": "7.3" })).await.unwrap();
    assert_eq!(problems[0].error, "MISSING_REQUIRED_PROPERTY");
    assert_eq!(flow.info().await.unwrap().validation_errors, problems);
    assert!(flow.set_json(&screen("Survey")).await.unwrap().is_empty());
    let update = FlowUpdate::default().name("survey of 2026").categories(["SURVEY", "OTHER"]);
    flow.update(&update.endpoint("https://bot.example/flows")).await.unwrap();
    refused(flow.update(&FlowUpdate::default().categories(["FUN"])).await);
    let info = flow.info().await.unwrap();
    assert_eq!((info.name.as_str(), info.status.as_str()), ("survey of 2026", "DRAFT"));
    assert_eq!(info.categories, ["SURVEY", "OTHER"]);
    assert_eq!(
        (info.json_version.as_deref(), info.endpoint_uri.as_deref()),
        (Some("7.3"), Some("https://bot.example/flows"))
    );

    let assets = flow.assets().all().await.unwrap();
    assert_eq!((assets.len(), assets[0].asset_type.as_str()), (1, "FLOW_JSON"));
    assert!(flow.preview(false).await.unwrap().preview_url.starts_with(&emulator.url()));
    assert!(!format!("{assets:?} {:?}", flow.preview(true).await.unwrap()).contains("hash="));
    flow.publish().await.unwrap();
    assert!(flow.set_json(&screen("Other")).await.unwrap_err().api().is_some());
    refused(flow.delete().await);
    flow.deprecate().await.unwrap();
    refused(flow.deprecate().await);
    assert_eq!(account.flows().all().await.unwrap()[0].status, "DEPRECATED");
    emulator.shutdown().await;
}

#[tokio::test]
async fn a_flow_is_copied_published_at_once_and_deleted() {
    let (emulator, client) = start().await;
    let account = client.waba(WabaId::new(ACCOUNT));
    let first = NewFlow::new("booking", ["APPOINTMENT_BOOKING"]).json(&screen("Book")).publish();
    let first = account.create_flow(&first).await.unwrap().id;
    assert_eq!(client.flow(first.clone()).info().await.unwrap().status, "PUBLISHED");
    let copy = NewFlow::new("booking copy", ["APPOINTMENT_BOOKING"]).clone_of(first);
    let copy = account.create_flow(&copy).await.unwrap().id;
    assert_eq!(client.flow(copy.clone()).info().await.unwrap().json_version.as_deref(), Some("7.3"));
    // A flow that cannot be published is not created.
    let empty = NewFlow::new("empty", ["OTHER"]).publish();
    assert!(account.create_flow(&empty).await.unwrap_err().api().is_some());
    assert_eq!(account.flows().all().await.unwrap().len(), 2);
    client.flow(copy.clone()).delete().await.unwrap();
    assert!(client.flow(copy).info().await.unwrap_err().api().is_some());
    assert!(client.flow(FlowId::new("404")).assets().next().await.unwrap().is_err());
    emulator.shutdown().await;
}
