//! Keeps from the library what it would log for everybody to read: what servers notify of, which may quote anything a user said.

use rmcp::RoleClient;
use rmcp::model::{JsonRpcMessage, ServerJsonRpcMessage, ServerNotification};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;

/// A transport without the notifications that nobody here has a use for.
pub(super) struct Quiet<T>(pub(super) T);

impl<T: Transport<RoleClient>> Transport<RoleClient> for Quiet<T> {
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
            if is_of_use(&message) {
                return Some(message);
            }
        }
    }

    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.0.close()
    }
}

fn is_of_use(message: &ServerJsonRpcMessage) -> bool {
    match message {
        JsonRpcMessage::Notification(notification) => {
            matches!(notification.notification, ServerNotification::ToolListChangedNotification(_))
        }
        _ => true,
    }
}
