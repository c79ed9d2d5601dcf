//! Recognition of requests that exceed the context of a model.
//!
//! Providers report an overflow in words of their own, and most of them as HTTP 400 like any other mistake. Each wording is one row of a
//! table with its source. Ollama reports no overflow on its chat endpoints: it drops the start of the request
//! (<https://github.com/ollama/ollama/issues/7661>), so its models need the setting `context`.

use serde_json::Value;

use super::error_body::error_of;

/// A request that exceeds the context.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Overflow {
    /// Share of the request that fits, if the provider told the limit and the length of the request.
    pub(super) fitting_share: Option<f64>,
}

/// Numbers that follow the words, by their meaning.
#[derive(Clone, Copy)]
enum Numbers {
    None,
    LimitThenLength,
    LengthThenLimit,
    /// Length of the prompt, length of the output, limit of both.
    PromptOutputLimit,
}

/// Words of providers in lower case, with the numbers that follow them.
const WORDINGS: [(&str, Numbers); 15] = [
    // OpenAI and vLLM: https://github.com/vllm-project/vllm/issues/20409
    ("maximum context length is", Numbers::LimitThenLength),
    // vLLM if the prompt alone fills the context: https://github.com/vllm-project/vllm/issues/4667
    ("max_tokens must be at least 1, got -", Numbers::None),
    // vLLM since version 0.15: https://github.com/vllm-project/vllm/issues/33418
    ("context length is only", Numbers::None),
    // OpenAI's code, on both of its APIs: https://platform.openai.com/docs/guides/error-codes
    ("context_length_exceeded", Numbers::None),
    // OpenAI's Responses API: https://github.com/dyad-sh/dyad/issues/1672
    ("exceeds the context window", Numbers::None),
    // Anthropic: https://github.com/whoz-oss/coday/issues/26
    ("prompt is too long", Numbers::LengthThenLimit),
    // Anthropic: https://github.com/docker/docker-agent/issues/569
    ("exceed context limit", Numbers::PromptOutputLimit),
    // Anthropic's type for bodies above 32 MB: https://docs.anthropic.com/en/api/errors
    ("request_too_large", Numbers::None),
    // Gemini: https://github.com/google-gemini/gemini-cli/issues/4231
    ("input token count", Numbers::LengthThenLimit),
    // Gemini, for bodies above 20 MB: https://ai.google.dev/gemini-api/docs/files
    ("request payload size exceeds the limit", Numbers::None),
    // llama.cpp, with the numbers in fields of their own: https://github.com/ggml-org/llama.cpp/pull/15780
    ("exceed_context_size_error", Numbers::None),
    ("exceeds the available context size", Numbers::None),
    // Python server of llama.cpp: https://github.com/fedora-copr/logdetective-website/pull/193
    ("requested tokens", Numbers::LengthThenLimit),
    // Ollama: https://github.com/nano-step/nano-brain/issues/208
    ("input length exceeds the context length", Numbers::None),
    // Amazon Bedrock: https://github.com/aws-samples/bedrock-chat/issues/95
    ("input is too long for requested model", Numbers::None),
];

/// Returns the overflow that a response with this status and body reports, if it reports one.
pub(super) fn recognize(status: u16, body: &str) -> Option<Overflow> {
    if !matches!(status, 400 | 413 | 422 | 500) {
        return None;
    }
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    // vLLM sends the error without a field around it.
    let error = error_of(&json).unwrap_or(&json);
    let words = match error {
        Value::Null => body.to_lowercase(),
        error => told(error),
    };
    let found = WORDINGS.iter().find_map(|(wording, numbers)| Some((&words[words.find(wording)?..], *numbers)));
    match found {
        Some((words, numbers)) => Some(Overflow { fitting_share: fields(error).or_else(|| share(words, numbers)) }),
        None => (status == 413).then_some(Overflow { fitting_share: None }),
    }
}

/// Returns the words of an error in lower case. Other fields may quote the request.
fn told(error: &Value) -> String {
    let fields = ["code", "type", "message", "detail"].iter().filter_map(|name| error.get(name)?.as_str());
    fields.chain(error.as_str()).collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Returns the share from the fields of llama.cpp.
fn fields(error: &Value) -> Option<f64> {
    ratio(error.get("n_ctx")?.as_u64()?, error.get("n_prompt_tokens")?.as_u64()?)
}

fn share(words: &str, order: Numbers) -> Option<f64> {
    let mut numbers = words
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| digits.parse::<u64>().ok());
    let mut next = || numbers.next().flatten();
    match order {
        Numbers::None => None,
        Numbers::LimitThenLength => {
            let limit = next()?;
            ratio(limit, next()?)
        }
        Numbers::LengthThenLimit => {
            let length = next()?;
            ratio(next()?, length)
        }
        Numbers::PromptOutputLimit => {
            let (prompt, output) = (next()?, next()?);
            ratio(next()?.saturating_sub(output), prompt)
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "token counts stay below 2^52")]
fn ratio(limit: u64, length: u64) -> Option<f64> {
    (length > 0).then(|| limit as f64 / length as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, expected: Option<Overflow>) {
        assert_eq!(recognize(status, body), expected, "{body}");
    }

    const UNKNOWN: Option<Overflow> = Some(Overflow { fitting_share: None });

    fn fits(share: f64) -> Overflow {
        Overflow { fitting_share: Some(share) }
    }

    #[test]
    fn each_provider_has_its_own_words() {
        let message = |text: &str| format!(r#"{{"error":{{"message":"{text}","type":"invalid_request_error"}}}}"#);
        let openai = "This model's maximum context length is 1000 tokens. However, your messages resulted in 4000 tokens. Please reduce the length.";
        check(400, &message(openai), Some(fits(0.25)));
        check(400, &message("Your input exceeds the context window of this model. Please adjust your input."), UNKNOWN);
        check(400, r#"{"error":{"message":"no","code":"context_length_exceeded"}}"#, UNKNOWN);
        let vllm = r#"{"object":"error","message":"This model's maximum context length is 500 tokens. However, you requested 1000 tokens (900 in the messages, 100 in the completion).","type":"BadRequestError","param":null,"code":400}"#;
        check(400, vllm, Some(fits(0.5)));
        check(400, r#"{"object":"error","message":"max_tokens must be at least 1, got -186.","code":400}"#, UNKNOWN);
        check(400, &message("prompt is too long: 400 tokens > 200 maximum"), Some(fits(0.5)));
        let sum = "input length and `max_tokens` exceed context limit: 300 + 50 > 200, decrease input length or `max_tokens` and try again";
        check(400, &message(sum), Some(fits(0.5)));
        check(413, r#"{"error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#, UNKNOWN);
        let gemini = r#"[{"error":{"code":400,"message":"The input token count (400) exceeds the maximum number of tokens allowed (100).","status":"INVALID_ARGUMENT"}}]"#;
        check(400, gemini, Some(fits(0.25)));
        let llama = r#"{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":1024,"n_ctx":256}}"#;
        check(400, llama, Some(fits(0.25)));
        check(500, llama, Some(fits(0.25)));
        check(400, r#"{"error":"the input length exceeds the context length"}"#, UNKNOWN);
        check(413, "<html>", UNKNOWN);
    }

    #[test]
    fn other_mistakes_are_no_overflow() {
        check(400, r#"{"error":{"message":"Unsupported parameter: max_tokens","code":"unsupported_parameter"}}"#, None);
        check(429, r#"{"error":{"message":"maximum context length is 1000 tokens"}}"#, None);
        check(500, "", None);
        let quoted = r#"{"error":{"message":"bad field","input":"my prompt is too long: 4 tokens > 2"}}"#;
        check(422, quoted, None);
    }
}
