//! Groups that the business manages. Meta: group management; groups webhooks.

use serde_json::{Value, json};
use waxwing_emulator::{Action, Emulator, Rule};

use crate::support::{Graph, WebhookServer, assert_violates, builder, fetch, start};

struct Scene {
    emulator: Emulator,
    server: WebhookServer,
    graph: Graph,
    /// Id of the group.
    group: String,
    invite_link: String,
}

impl Scene {
    /// Creates a group without participants.
    async fn new(mode: &str) -> Self {
        let (emulator, server, graph) = start().await;
        let body = json!({
            "messaging_product": "whatsapp", "subject": " Tea ", "description": "Green", "join_approval_mode": mode,
        });
        let (status, created) = graph.post_to("1000001/groups", &body).await;
        assert_eq!((status, &created["messaging_product"]), (200, &json!("whatsapp")));
        emulator.expect_idle().await;
        let change = server.changes().pop().unwrap();
        assert_eq!(change["field"], "group_lifecycle_update");
        assert_eq!(change["value"]["metadata"]["phone_number_id"], "1000001");
        let item = &change["value"]["groups"][0];
        let group = item["group_id"].as_str().unwrap().to_owned();
        let invite_link = item["invite_link"].as_str().unwrap().to_owned();
        assert!(invite_link.starts_with("https://chat.whatsapp.com/") && item["timestamp"].is_string());
        let expected = json!({
            "timestamp": item["timestamp"], "group_id": group, "type": "group_create",
            "request_id": created["request_id"], "subject": "Tea", "description": "Green",
            "invite_link": invite_link, "join_approval_mode": mode,
        });
        assert_eq!(*item, expected);
        Self { emulator, server, graph, group, invite_link }
    }

    /// Returns the last update of a group, without its time and its id.
    async fn update(&self, field: &str) -> Value {
        self.emulator.expect_idle().await;
        let mut change = self.server.changes().pop().unwrap();
        assert_eq!(change["field"], field);
        let mut item = change["value"]["groups"][0].take();
        let object = item.as_object_mut().unwrap();
        assert!(object.remove("timestamp").is_some_and(|time| time.is_string()));
        assert_eq!(object.remove("group_id"), Some(json!(self.group)));
        item
    }

    fn perform(&self, action: Value) -> Result<Option<String>, String> {
        let action: Action = serde_json::from_value(action).unwrap();
        self.emulator.perform(action).map(|outcome| outcome.id).map_err(|error| error.to_string())
    }

    fn joins(&self, user: &str) -> Result<Option<String>, String> {
        self.perform(json!({"joins_group": {"user": user, "group": self.invite_link}}))
    }

    /// Returns a user as a webhook describes a participant.
    fn person(&self, phone: &str) -> Value {
        let bsuid = self.emulator.user(format!("+{phone}").as_str()).bsuid().unwrap();
        json!({"wa_id": phone, "user_id": bsuid})
    }

    async fn delete(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/{}/{path}", self.graph.base, self.group);
        fetch(self.graph.http.delete(url).bearer_auth(&self.graph.token).json(&body)).await
    }

    fn text(&self) -> Value {
        json!({"recipient_type": "group", "to": self.group, "type": "text", "text": {"body": "tea?"}})
    }
}

const ANA: &str = "34600000000";
const BEN: &str = "34600000001";

#[tokio::test]
async fn users_join_by_the_invite_link_and_leave() {
    let scene = Scene::new("auto_approve").await;
    assert_violates(scene.graph.post(scene.text()).await, Rule::GroupEmpty, "4.6");
    scene.joins("+34600000000").unwrap();
    let update = scene.update("group_participants_update").await;
    let added = json!([scene.person(ANA)]);
    assert_eq!(update, json!({"type": "group_participants_add", "reason": "invite_link", "added_participants": added}));
    let id_only = json!({"messaging_product": "whatsapp", "id": scene.group});
    assert_eq!(scene.graph.get(&scene.group).await.1, id_only);
    let fields =
        "subject,description,join_approval_mode,suspended,creation_timestamp,total_participant_count,participants";
    let (_, read) = scene.graph.get(&format!("{}?fields={fields}", scene.group)).await;
    let expected = json!({
        "messaging_product": "whatsapp", "id": scene.group, "subject": "Tea", "description": "Green",
        "join_approval_mode": "auto_approve", "suspended": false, "creation_timestamp": read["creation_timestamp"],
        "total_participant_count": 1, "participants": added,
    });
    assert_eq!(read, expected);
    assert!(read["creation_timestamp"].is_u64());
    let (_, picked) = scene.graph.get(&format!("{}?fields=subject", scene.group)).await;
    assert_eq!(picked, json!({"messaging_product": "whatsapp", "id": scene.group, "subject": "Tea"}));
    assert_eq!(scene.graph.post(scene.text()).await.0, 200);
    scene.emulator.user("+34600000000").expect_text("tea?").await;

    scene.perform(json!({"leaves_group": {"user": "Ana", "group": scene.group}})).unwrap();
    let update = scene.update("group_participants_update").await;
    let removed = json!([scene.person(ANA)]);
    let expected = json!({
        "type": "group_participants_remove", "initiated_by": "participant", "removed_participants": removed,
    });
    assert_eq!(update, expected);
    assert!(scene.perform(json!({"leaves_group": {"user": "Ana", "group": scene.group}})).is_err());
    let (_, list) = scene.graph.get("1000001/groups").await;
    let listed = &list["data"]["groups"][0];
    assert_eq!((&listed["id"], &listed["subject"]), (&json!(scene.group), &json!("Tea")));
}

#[tokio::test]
async fn a_group_has_at_most_eight_participants() {
    let scene = Scene::new("auto_approve").await;
    for n in 0..8 {
        scene.joins(&format!("+3460000000{n}")).unwrap();
    }
    assert_eq!(scene.joins("+34600000008").unwrap_err(), "the group is full");
    assert_eq!((Rule::GroupParticipants.limit(), Rule::GroupParticipants.code()), (Some(8), 131_204));
    assert_eq!((Rule::GroupCount.limit(), Rule::GroupCount.code()), (Some(10_000), 131_211));
    let participants = json!({"messaging_product": "whatsapp", "participants": vec![json!({"user": ANA}); 9]});
    assert_violates(scene.delete("participants", participants).await, Rule::GroupParticipants, "4.6");
}

#[tokio::test]
async fn requests_to_join_are_approved_rejected_and_withdrawn() {
    let scene = Scene::new("approval_required").await;
    let path = format!("{}/join_requests", scene.group);
    let request = scene.joins("+34600000000").unwrap().unwrap();
    let mut created = scene.person(ANA);
    created["type"] = "group_join_request_created".into();
    created["join_request_id"] = json!(request);
    assert_eq!(scene.update("group_participants_update").await, created);
    assert!(scene.joins("+34600000000").unwrap_err().contains("has requested"));
    let other = scene.joins("+34600000001").unwrap().unwrap();
    let (_, list) = scene.graph.get(&path).await;
    let first = &list["data"][0];
    assert_eq!((&first["join_request_id"], &first["wa_id"]), (&json!(request), &json!(ANA)));
    assert!(first["creation_timestamp"].is_u64() && list["data"].as_array().unwrap().len() == 2);

    let ids = |ids: Value| json!({"messaging_product": "whatsapp", "join_requests": ids});
    let (status, answer) = scene.graph.post_to(&path, &ids(json!([request, "unknown"]))).await;
    assert_eq!((status, &answer["approved_join_requests"]), (206, &json!([request])));
    assert_eq!(answer["failed_join_requests"][0]["join_request_id"], "unknown");
    assert_eq!(answer["failed_join_requests"][0]["errors"][0]["code"], Rule::GroupJoinRequest.code());
    assert_eq!(answer["errors"][0]["code"], 131_201);
    let update = scene.update("group_participants_update").await;
    assert_eq!(
        (&update["type"], &update["added_participants"][0]["wa_id"]),
        (&json!("group_participants_add"), &json!(ANA))
    );
    assert_violates(scene.graph.post_to(&path, &ids(json!([request]))).await, Rule::GroupJoinRequest, "4.6");
    assert_violates(scene.graph.post_to(&path, &ids(json!([]))).await, Rule::Required, "12.5");

    let (status, answer) = scene.delete("join_requests", ids(json!([other]))).await;
    assert_eq!((status, &answer["rejected_join_requests"]), (200, &json!([other])));
    assert_eq!(scene.graph.get(&path).await.1["data"], json!([]));
    let again = scene.joins("+34600000001").unwrap().unwrap();
    scene.perform(json!({"leaves_group": {"user": "+34600000001", "group": scene.group}})).unwrap();
    let mut revoked = scene.person(BEN);
    revoked["type"] = "group_join_request_revoked".into();
    revoked["join_request_id"] = json!(again);
    assert_eq!(scene.update("group_participants_update").await, revoked);
}

#[tokio::test]
async fn participants_are_removed() {
    let scene = Scene::new("auto_approve").await;
    scene.joins("+34600000000").unwrap();
    scene.joins("+34600000001").unwrap();
    let bsuid = scene.emulator.user("+34600000001").bsuid().unwrap();
    let body = |participants: Value| json!({"messaging_product": "whatsapp", "participants": participants});
    let twice = body(json!([{"user": ANA}, {"user": "+34 600 000 000"}]));
    assert_violates(scene.delete("participants", twice).await, Rule::GroupDuplicate, "4.6");
    let stranger = || json!({"user": "34600000009"});
    assert_violates(scene.delete("participants", body(json!([stranger()]))).await, Rule::GroupMember, "4.6");
    assert_violates(scene.delete("participants", body(json!([{"user": "Ana"}]))).await, Rule::Address, "1.6");
    let (status, answer) = scene.delete("participants", body(json!([{"user_id": bsuid}, stranger()]))).await;
    assert_eq!(status, 200, "{answer}");
    let update = scene.update("group_participants_update").await;
    assert_eq!((&update["type"], &update["initiated_by"]), (&json!("group_participants_remove"), &json!("business")));
    assert_eq!(
        (&update["request_id"], &update["removed_participants"]),
        (&answer["request_id"], &json!([{"input": bsuid}]))
    );
    let failed = &update["failed_participants"][0];
    assert_eq!((&failed["input"], &failed["errors"][0]["code"]), (&json!("34600000009"), &json!(131_212)));
}

#[tokio::test]
async fn settings_are_changed_and_reported() {
    let scene = Scene::new("auto_approve").await;
    let change = json!({"messaging_product": "whatsapp", "subject": "Coffee", "description": "Black"});
    let (status, answer) = scene.graph.post_to(&scene.group, &change).await;
    assert_eq!((status, &answer["success"]), (200, &json!(true)));
    let expected = json!({
        "type": "group_settings_update", "request_id": answer["request_id"],
        "group_subject": {"text": "Coffee", "update_successful": true},
        "group_description": {"text": "Black", "update_successful": true},
    });
    assert_eq!(scene.update("group_settings_update").await, expected);
    assert_eq!(scene.graph.get(&format!("{}?fields=subject", scene.group)).await.1["subject"], "Coffee");

    let part = reqwest::multipart::Part::bytes(b"\xff\xd8\xff\xe0".to_vec()).file_name("a.jpg").mime_str("image/jpeg");
    let form = reqwest::multipart::Form::new().text("messaging_product", "whatsapp");
    let form = form.part("profile_picture_file", part.unwrap());
    let url = format!("{}/{}", scene.graph.base, scene.group);
    assert_eq!(fetch(scene.graph.http.post(url).bearer_auth(&scene.graph.token).multipart(form)).await.0, 200);
    let update = scene.update("group_settings_update").await;
    let picture = &update["profile_picture"];
    assert_eq!((&picture["mime_type"], &picture["update_successful"]), (&json!("image/jpeg"), &json!(true)));
    assert!(picture["sha256"].as_str().unwrap().len() == 44 && update.get("group_subject").is_none());

    let set = async |key: &str, text: String| {
        scene.graph.post_to(&scene.group, &json!({"messaging_product": "whatsapp", key: text})).await
    };
    assert_violates(set("subject", "a".repeat(129)).await, Rule::GroupSubject, "4.6");
    assert_violates(set("description", "a".repeat(2_049)).await, Rule::GroupDescription, "4.6");
    let nothing = json!({"messaging_product": "whatsapp"});
    assert_violates(scene.graph.post_to(&scene.group, &nothing).await, Rule::Required, "12.5");
    let blank = json!({"messaging_product": "whatsapp", "subject": "  "});
    assert_violates(scene.graph.post_to("1000001/groups", &blank).await, Rule::GroupSubject, "4.6");
}

#[tokio::test]
async fn the_invite_link_is_replaced() {
    let scene = Scene::new("auto_approve").await;
    let path = format!("{}/invite_link", scene.group);
    let expected = json!({"messaging_product": "whatsapp", "invite_link": scene.invite_link});
    assert_eq!(scene.graph.get(&path).await, (200, expected));
    let (_, reset) = scene.graph.post_to(&path, &json!({"messaging_product": "whatsapp"})).await;
    let new = reset["invite_link"].as_str().unwrap();
    assert_ne!(new, scene.invite_link);
    assert!(scene.joins("+34600000000").is_err(), "the old link is invalid");
    scene.perform(json!({"joins_group": {"user": "+34600000000", "group": new}})).unwrap();
    assert_eq!(scene.graph.delete(&path).await.0, 200);
    assert!(scene.perform(json!({"joins_group": {"user": "+34600000001", "group": new}})).is_err());
}

#[tokio::test]
async fn a_suspended_group_receives_nothing() {
    let scene = Scene::new("auto_approve").await;
    scene.joins("+34600000000").unwrap();
    scene.perform(json!({"suspend_group": {"group": scene.group, "suspended": true}})).unwrap();
    assert_eq!(scene.update("group_status_update").await, json!({"type": "group_suspend"}));
    assert_violates(scene.graph.post(scene.text()).await, Rule::GroupSuspended, "4.6");
    let change = json!({"messaging_product": "whatsapp", "subject": "Coffee"});
    assert_violates(scene.graph.post_to(&scene.group, &change).await, Rule::GroupSuspended, "4.6");
    assert_eq!(scene.graph.get(&format!("{}?fields=suspended", scene.group)).await.1["suspended"], true);
    let says = json!({"says": {"user": "Ana", "text": "hi", "group": scene.group}});
    assert_eq!(scene.perform(says).unwrap_err(), "the group is suspended");
    scene.perform(json!({"suspend_group": {"group": scene.group, "suspended": false}})).unwrap();
    assert_eq!(scene.update("group_status_update").await, json!({"type": "group_suspend_cleared"}));
    assert_eq!(scene.graph.post(scene.text()).await.0, 200);
}

#[tokio::test]
async fn a_group_is_deleted() {
    let scene = Scene::new("auto_approve").await;
    scene.joins("+34600000000").unwrap();
    let (status, answer) = scene.graph.delete(&scene.group).await;
    assert_eq!((status, &answer["success"]), (200, &json!(true)));
    let expected = json!({"type": "group_delete", "request_id": answer["request_id"]});
    assert_eq!(scene.update("group_lifecycle_update").await, expected);
    assert_violates(scene.graph.post(scene.text()).await, Rule::UnknownGroup, "7.2");
    for path in ["invite_link", "join_requests"] {
        assert_violates(scene.graph.get(&format!("{}/{path}", scene.group)).await, Rule::UnknownGroup, "7.2");
    }
    assert_eq!(scene.graph.get("1000001/groups").await.1["data"], json!({"groups": []}));
}

#[tokio::test]
async fn a_group_belongs_to_its_number() {
    let emulator = builder().number("1000002", "15550002222").start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    let graph = Graph::new(&emulator);
    let body = json!({"messaging_product": "whatsapp", "subject": "Tea"});
    assert_eq!(graph.post_to("1000002/groups", &body).await.0, 200);
    assert_eq!(graph.get("1000001/groups").await.1["data"], json!({"groups": []}));
    let group = graph.get("1000002/groups").await.1["data"]["groups"][0]["id"].as_str().unwrap().to_owned();
    let join = json!({"joins_group": {"user": "+34600000000", "group": group}});
    emulator.perform(serde_json::from_value(join).unwrap()).unwrap();
    let text = json!({
        "messaging_product": "whatsapp", "recipient_type": "group", "to": group, "type": "text", "text": {"body": "a"},
    });
    assert_violates(graph.post_to("1000001/messages", &text).await, Rule::UnknownGroup, "7.2");
    assert_eq!(graph.post_to("1000002/messages", &text).await.0, 200);
    let says = json!({"says": {"user": "+34600000000", "text": "hi", "group": group}});
    emulator.perform(serde_json::from_value(says).unwrap()).unwrap();
    emulator.expect_idle().await;
    let numbers = server.changes().into_iter().map(|change| change["value"]["metadata"]["phone_number_id"].clone());
    assert!(numbers.into_iter().all(|number| number == "1000002"));
}
