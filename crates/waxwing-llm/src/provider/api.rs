//! Choice between OpenAI's two APIs.

/// An API of OpenAI for text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenAiApi {
    /// [Responses](https://platform.openai.com/docs/api-reference/responses). Current models offer tools together with reasoning in this API
    /// only. Waxwing sends no audio over this API.
    Responses,
    /// [Chat completions](https://platform.openai.com/docs/api-reference/chat), which servers of other providers implement, too.
    Chat,
}
