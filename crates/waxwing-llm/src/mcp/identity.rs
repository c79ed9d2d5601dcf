//! Identity of the user for whom a tool is called.

use serde_json::{Map, Value};
use waxwing_agent::User;

use crate::ToolContext;

/// The user of a call: the sender of the latest message of the run. It has no `Debug` implementation, because it is personal data.
pub(super) struct CallUser {
    user: User,
    is_group: bool,
}

/// A fact about the user that a pinned argument names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UserField {
    Id,
    Name,
    Phone,
    Bsuid,
}

impl UserField {
    const ALL: [Self; 4] = [Self::Id, Self::Name, Self::Phone, Self::Bsuid];

    /// Returns the name in `${..}`.
    pub(super) fn placeholder(self) -> &'static str {
        match self {
            Self::Id => "user.id",
            Self::Name => "user.name",
            Self::Phone => "user.phone",
            Self::Bsuid => "user.bsuid",
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
        let id = ctx.run().user_id();
        let sender = ctx.messages().iter().rev().map(|message| &message.sender).find(|sender| sender.id == id);
        let user = sender.cloned().unwrap_or_else(|| {
            let user = User::new(id);
            ctx.run().user_name().map_or_else(|| user.clone(), |name| user.clone().with_name(name))
        });
        Self { user, is_group: ctx.run().is_group() }
    }

    /// Returns a fact about the user, if it is known.
    pub(super) fn get(&self, field: UserField) -> Option<&str> {
        let id = self.user.id.as_str();
        let is_phone = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        match field {
            UserField::Id => Some(id),
            UserField::Name => self.user.name.as_deref(),
            UserField::Phone => Some(id).filter(|_| is_phone),
            UserField::Bsuid => Some(id).filter(|_| !is_phone),
        }
        .filter(|value| !value.is_empty())
    }

    /// Returns the value of [`USER`](super::USER): an object without the keys that are not known.
    pub(super) fn to_meta(&self) -> Value {
        let known = UserField::ALL.into_iter().filter_map(|field| {
            let key = field.placeholder().rsplit('.').next().unwrap_or_default();
            Some((key.to_owned(), self.get(field)?.into()))
        });
        let mut meta: Map<_, _> = known.collect();
        meta.insert("group".into(), self.is_group.into());
        meta.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use waxwing_agent::{RunContext, UserMessage};

    fn context(id: &str, senders: &[User]) -> ToolContext {
        let run = RunContext::in_memory(id);
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
        check(&context("34600000001", &[]), &phone);
        check(&context("ES.abc", &[]), &json!({"id": "ES.abc", "bsuid": "ES.abc", "group": false}));
    }

    #[test]
    fn another_sender_of_the_turn_is_not_the_user() {
        let (ana, bea) = (User::new("1").with_name("Ana"), User::new("2").with_name("Bea"));
        let expected = json!({"id": "1", "phone": "1", "name": "Ana", "group": false});
        check(&context("1", &[ana, bea]), &expected);
    }
}
