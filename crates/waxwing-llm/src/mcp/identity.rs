//! Identity of the user for whom a tool is called.

use serde_json::{Map, Value};
use waxwing_agent::User;

use crate::ToolContext;

/// The user of a call and the business number, as the run knows them. It has no `Debug` implementation, because it is personal data.
pub(super) struct CallUser {
    user: User,
    business_number: Option<String>,
    is_group: bool,
}

/// A fact about the user or the business number that a pinned argument names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UserField {
    Id,
    Name,
    Username,
    Phone,
    Bsuid,
    BusinessNumber,
}

impl UserField {
    const ALL: [Self; 6] = [Self::Id, Self::Name, Self::Username, Self::Phone, Self::Bsuid, Self::BusinessNumber];

    /// Returns the name in `${..}`.
    pub(super) fn placeholder(self) -> &'static str {
        match self {
            Self::Id => "user.id",
            Self::Name => "user.name",
            Self::Username => "user.username",
            Self::Phone => "user.phone",
            Self::Bsuid => "user.bsuid",
            Self::BusinessNumber => "business.number",
        }
    }

    /// Returns the key in the value of [`USER`](super::USER).
    fn key(self) -> &'static str {
        match self {
            Self::BusinessNumber => "business_number",
            _ => self.placeholder().trim_start_matches("user."),
        }
    }

    pub(super) fn named(placeholder: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.placeholder() == placeholder)
    }

    /// Returns all names, for error messages.
    pub(super) fn names() -> String {
        Self::ALL.map(|field| format!("${{{}}}", field.placeholder())).join(", ")
    }
}

impl CallUser {
    /// Returns the user of a call. The identity comes from the engine, never from the model.
    pub(super) fn of(ctx: &ToolContext) -> Self {
        let run = ctx.run();
        let business_number = run.conversation_info().number.phone.clone();
        Self { user: run.user().clone(), business_number, is_group: run.is_group() }
    }

    /// Returns a fact, if it is known.
    pub(super) fn get(&self, field: UserField) -> Option<&str> {
        let user = &self.user;
        match field {
            UserField::Id => Some(user.id.as_str()),
            UserField::Name => user.name.as_deref(),
            UserField::Username => user.username.as_deref(),
            UserField::Phone => user.phone.as_deref(),
            UserField::Bsuid => user.bsuid.as_deref(),
            UserField::BusinessNumber => self.business_number.as_deref(),
        }
        .filter(|value| !value.is_empty())
    }

    /// Returns the value of [`USER`](super::USER): an object without the keys that are not known.
    pub(super) fn to_meta(&self) -> Value {
        let known =
            UserField::ALL.into_iter().filter_map(|field| Some((field.key().to_owned(), self.get(field)?.into())));
        let mut meta: Map<_, _> = known.collect();
        meta.insert("group".into(), self.is_group.into());
        meta.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use waxwing_agent::{ConversationInfo, RunContext, Session, UserMessage};

    fn user(id: &str, phone: Option<&str>, bsuid: Option<&str>) -> User {
        let mut user = User::new(id);
        (user.phone, user.bsuid) = (phone.map(str::to_owned), bsuid.map(str::to_owned));
        user
    }

    fn context(user: &User, senders: &[User]) -> ToolContext {
        let run = RunContext::builder(&user.id, Session::new("s")).user(user.clone()).build();
        let key = run.idempotency_key("t");
        let messages: Vec<_> =
            senders.iter().map(|sender| UserMessage::text("hi").with_sender(sender.clone())).collect();
        ToolContext::new(run, key).with_messages(messages)
    }

    #[track_caller]
    fn check(ctx: &ToolContext, expected: &Value) {
        assert_eq!(CallUser::of(ctx).to_meta(), *expected);
    }

    #[test]
    fn only_known_facts_are_told() {
        let phone = json!({"id": "34600000001", "phone": "34600000001", "group": false});
        check(&context(&user("34600000001", Some("34600000001"), None), &[]), &phone);
        let hidden = user("ES.abc", Some(""), Some("ES.abc"));
        check(&context(&hidden, &[]), &json!({"id": "ES.abc", "bsuid": "ES.abc", "group": false}));
    }

    #[test]
    fn the_number_is_the_current_one_and_not_the_label() {
        let moved = user("34600000001", Some("34600000002"), Some("ES.abc"));
        let expected = json!({"id": "34600000001", "phone": "34600000002", "bsuid": "ES.abc", "group": false});
        check(&context(&moved, &[user("34600000001", Some("34600000001"), None)]), &expected);
    }

    #[test]
    fn a_username_and_the_business_number_are_told() {
        let mut ana = user("ES.abc", None, Some("ES.abc"));
        ana.username = Some("ana.b".into());
        let mut info = ConversationInfo::new("k1");
        info.number.phone = Some("34910000000".into());
        let run = RunContext::builder("ES.abc", Session::new("s")).user(ana).conversation_info(info).build();
        let key = run.idempotency_key("t");
        let expected = json!({
            "id": "ES.abc", "bsuid": "ES.abc", "username": "ana.b", "business_number": "34910000000", "group": false
        });
        check(&ToolContext::new(run, key), &expected);
    }

    #[test]
    fn another_sender_of_the_turn_is_not_the_user() {
        let (ana, bea) = (user("1", Some("1"), None).with_name("Ana"), User::new("2").with_name("Bea"));
        let expected = json!({"id": "1", "phone": "1", "name": "Ana", "group": false});
        check(&context(&ana, &[ana.clone(), bea]), &expected);
    }
}
