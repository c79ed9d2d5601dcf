//! Transport that drops notifications without a handler.
//!
//! The MCP library logs every notification that it receives, and a notification may quote user data.

use rmcp::RoleClient;
use rmcp::model::{JsonRpcMessage, ServerJsonRpcMessage, ServerNotification};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;

/// Transport that passes on tool list changes, and drops all other notifications.
pub(super) struct NotificationFilter<T>(pub(super) T);

impl<T: Transport<RoleClient>> Transport<RoleClient> for NotificationFilter<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.0.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            let message = self.0.receive().await?;
            if is_passed_on(&message) {
                return Some(message);
            }
        }
    }

    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.0.close()
    }
}

fn is_passed_on(message: &ServerJsonRpcMessage) -> bool {
    match message {
        JsonRpcMessage::Notification(notification) => {
            matches!(notification.notification, ServerNotification::ToolListChangedNotification(_))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[track_caller]
    fn check(message: Value, expected: bool) {
        assert_eq!(is_passed_on(&serde_json::from_value(message).unwrap()), expected);
    }

    #[test]
    fn only_tool_list_changes_are_passed_on() {
        let notification = |method: &str, params: Value| json!({"jsonrpc": "2.0", "method": method, "params": params});
        check(notification("notifications/message", json!({"level": "info", "data": "34600000000 wrote"})), false);
        check(
            notification("notifications/progress", json!({"progressToken": 1, "progress": 1, "message": "hi"})),
            false,
        );
        check(notification("notifications/made_up", json!({"text": "hi"})), false);
        check(json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}), true);
        check(json!({"jsonrpc": "2.0", "id": 1, "result": {}}), true);
    }
}
