//! Interface to a language model.

use std::sync::Arc;

use async_trait::async_trait;
use waxwing_agent::Backend;

use crate::{ChatRequest, ChatResponse, Modalities, ModelError};

/// A language model.
///
/// [`Provider`](crate::Provider) implements the trait for the common APIs. Implement it yourself for another API, a cache, a proxy or a
/// test double.
///
/// ```
/// use async_trait::async_trait;
/// use waxwing_llm::{ChatModel, ChatRequest, ChatResponse, ModelError};
///
/// /// Answers every request with the number of messages in it.
/// struct CountingModel;
///
/// #[async_trait]
/// impl ChatModel for CountingModel {
///     fn name(&self) -> &str {
///         "counting"
///     }
///
///     async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
///         Ok(ChatResponse::text(request.messages.len().to_string()))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), waxwing_agent::AgentError> {
/// use waxwing_agent::{Agent as _, Reply, RunContext};
/// use waxwing_llm::LlmAgent;
///
/// let agent = LlmAgent::builder("counter", CountingModel).build()?;
/// let reply = agent.run("Hi".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::markdown("1"));
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// Returns the name of the model, as it appears in [`Prices`](crate::Prices), usage reports and logs.
    fn name(&self) -> &str;

    /// Returns the name of the provider for reports, such as `openai`. Empty, the default, if it is not known.
    fn provider(&self) -> &'static str {
        ""
    }

    /// Returns the media kinds that the model accepts. Text only by default.
    fn modalities(&self) -> Modalities {
        Modalities::text()
    }

    /// Returns the context of the model in tokens: the maximum length of a request and its response together. `None`, the default, if it is not
    /// known; an agent then learns it from the first request that the model refuses as too long.
    fn context(&self) -> Option<u64> {
        None
    }

    /// Returns the backend whose circuit stops requests while the model fails. Models with the same backend share the circuit. The default is
    /// the name of the model; a model that is reached with several keys or at several addresses tells them apart.
    fn backend(&self) -> Backend {
        Backend::new(self.name(), "")
    }

    /// Requests the next message of a conversation. One call sends one request; the caller retries. A provider may repeat it without a parameter
    /// that was refused.
    ///
    /// # Errors
    ///
    /// Returns an error if no response arrives or the response cannot be read. [`ModelError::is_retryable`] states whether a retry may help.
    async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, ModelError>;
}

#[async_trait]
impl<T: ChatModel + ?Sized> ChatModel for Arc<T> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn provider(&self) -> &'static str {
        (**self).provider()
    }

    fn modalities(&self) -> Modalities {
        (**self).modalities()
    }

    fn context(&self) -> Option<u64> {
        (**self).context()
    }

    fn backend(&self) -> Backend {
        (**self).backend()
    }

    async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        (**self).chat(request).await
    }
}
