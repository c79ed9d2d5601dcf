//! Separation of a model's answer from everything else in its text.

mod code;
mod harmony;
mod response;
mod scan;
mod written_call;

use std::fmt;

pub(crate) use code::Fence;
pub(crate) use response::clean_response;
pub(crate) use written_call::WrittenCall;

/// Text of a model, taken apart.
#[derive(Default, PartialEq)]
struct CleanOutput {
    /// Text for the user.
    text: String,
    /// Thoughts that stood in the text.
    thoughts: Vec<String>,
    /// Calls of tools that stood in the text, in order.
    calls: Vec<WrittenCall>,
}

/// Prints the calls only.
impl fmt::Debug for CleanOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CleanOutput").field("calls", &self.calls).finish_non_exhaustive()
    }
}

/// Takes the text of a model apart. Code in fences and in backticks stays as it is.
///
/// Models and servers leave different marks in texts: blocks such as `<think>` in any case, unclosed or with the end only; the channels of
/// OpenAI's open models; calls such as `<tool_call>{..}</tool_call>` or `<invoke>`, which the server should have read.
fn clean(text: &str) -> CleanOutput {
    if !may_have_marks(text) {
        return CleanOutput { text: text.to_owned(), ..CleanOutput::default() };
    }
    let mut output = CleanOutput::default();
    match harmony::split(text) {
        Some(channels) => channels.into_iter().for_each(|channel| channel.add_to(&mut output)),
        None => scan::scan(text, &mut output),
    }
    output.text = output.text.trim().to_owned();
    output.thoughts.retain_mut(|thought| {
        *thought = thought.trim().to_owned();
        !thought.is_empty()
    });
    output
}

fn may_have_marks(text: &str) -> bool {
    text.contains(['<', '[', '◁']) || text.starts_with("analysis")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(text: &str, expected: &str, thoughts: &[&str]) {
        let output = clean(text);
        assert_eq!(
            (output.text.as_str(), &output.thoughts[..]),
            (expected, &thoughts.iter().map(|&t| t.to_owned()).collect::<Vec<_>>()[..]),
            "{text:?}"
        );
        assert_eq!(output.calls, [], "{text:?}");
    }

    #[track_caller]
    fn check_unchanged(text: &str) {
        assert_eq!(clean(text), CleanOutput { text: text.to_owned(), ..CleanOutput::default() });
    }

    #[test]
    fn thoughts_are_taken_out() {
        check("<think>hm</think>\nYes.", "Yes.", &["hm"]);
        check("hm, let me see</think>\n\nYes.", "Yes.", &["hm, let me see"]);
        check("Well. <think>and then", "Well.", &["and then"]);
        check("<think>a</think>One.<think>b</think> Two.", "One. Two.", &["a", "b"]);
        check("<think>a<think>b</think>c</think>Yes.", "Yes.", &["a<think>b</think>c"]);
        check("<THINKING>a</THINKING>Yes.", "Yes.", &["a"]);
        check("<Reasoning effort=\"low\">a</Reasoning >Yes.", "Yes.", &["a"]);
        check("<thought>a</thought>Yes.", "Yes.", &["a"]);
        check("[THINK]a[/THINK]Yes.", "Yes.", &["a"]);
        check("◁think▷a◁/think▷Yes.", "Yes.", &["a"]);
        check("<think></think>Yes.", "Yes.", &[]);
        check("<think>```\n</think>", "", &["```"]);
        check("<think>a</think>Yes.</think>", "", &["a", "Yes."]);
        check("<think>a</thinking>Yes.", "Yes.", &["a"]);
        check("```npm i``` is first.\n<think>a</think>Yes.", "```npm i``` is first.\nYes.", &["a"]);
    }

    #[test]
    fn only_the_final_block_is_the_answer() {
        check("<think>a</think><final>Yes.</final>", "Yes.", &["a"]);
        check("The user asks. <FINAL>Yes.", "Yes.", &["The user asks."]);
        check("Yes.</final>", "Yes.", &[]);
    }

    #[test]
    fn channels_are_taken_apart() {
        check(
            "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>",
            "Yes.",
            &["hm"],
        );
        check("<|start|>assistant<|channel|>final<|message|>Yes.", "Yes.", &[]);
        check("<|channel|>commentary<|message|>I will look.<|end|>", "", &["I will look."]);
        check("analysisThe user says hi.assistantfinalYes.", "Yes.", &["The user says hi."]);
        check("Yes.<|im_end|>", "Yes.", &[]);
        check("Yes.<|eot_id|><|start_header_id|>", "Yes.", &[]);
        check("Yes.<｜end▁of▁sentence｜>", "Yes.", &[]);
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        check_unchanged("Is 2 < 3, and is [this](https://a.example) > that?");
        check_unchanged("Use `<think>` for thoughts, and ``</think>`` at the end.");
        check_unchanged("An example:\n\n```xml\n<think>hm</think>\n<tool_call>{}</tool_call>\n```\n\nDone.");
        check_unchanged("~~~ a `b`\n<think>hm</think>\n~~~");
        check_unchanged("~~~\n<|channel|>analysis<|message|>hm\n~~~");
        check_unchanged("```\n<invoke name=\"a\">");
        check_unchanged("analysis of your order: 2 pizzas");
        check_unchanged("<b>bold</b> <thinker> <finally> [THINKING]");
        check_unchanged("I <3 you");
    }

    #[track_caller]
    fn check_call(text: &str, expected: &str, name: &str, arguments: &serde_json::Value) {
        let output = clean(text);
        assert_eq!(output.text, expected, "{text:?}");
        let [call] = &output.calls[..] else { panic!("{text:?}: {output:?}") };
        assert_eq!((call.name.as_str(), &call.arguments), (name, arguments), "{text:?}");
        assert!(text.contains(&call.raw), "{:?}", call.raw);
    }

    #[test]
    fn calls_are_read() {
        let vigo = json!({ "city": "Vigo" });
        let hermes = r#"{"name": "weather", "arguments": {"city": "Vigo"}}"#;
        check_call(&format!("Wait.<tool_call>\n{hermes}\n</tool_call>"), "Wait.", "weather", &vigo);
        check_call(&format!("<TOOL_CALL>{hermes}"), "", "weather", &vigo);
        check_call(&format!("<function_call>{hermes}</function_call>"), "", "weather", &vigo);
        check_call(&format!("[TOOL_CALLS][{hermes}]"), "", "weather", &vigo);
        check_call(
            r#"<tool_call>{"name": "weather", "parameters": {"city": "Vigo"}}</tool_call>"#,
            "",
            "weather",
            &vigo,
        );
        check_call(
            r#"<tool_call>{"name": "weather", "arguments": "{\"city\": \"Vigo\"}"}</tool_call>"#,
            "",
            "weather",
            &vigo,
        );
        check_call(r#"<function=weather>{"city": "Vigo"}</function>"#, "", "weather", &vigo);
        let coder = "<tool_call>\n<function=weather>\n<parameter=city>\nVigo\n</parameter>\n</function>\n</tool_call>";
        check_call(coder, "", "weather", &vigo);
        let invoke = r#"<invoke name="weather"><parameter name="city">Vigo</parameter></invoke>"#;
        check_call(&format!("<function_calls>{invoke}</function_calls>Wait."), "Wait.", "weather", &vigo);
        check_call(&format!("Wait. {}", invoke.replace('<', "<x:").replace("<x:/", "</x:")), "Wait.", "weather", &vigo);
        let harmony =
            r#"<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{"city": "Vigo"}<|call|>"#;
        check_call(harmony, "", "weather", &vigo);
        let two = clean(&format!("<tool_call>{hermes}</tool_call><tool_call>{hermes}</tool_call>"));
        assert_eq!(two.calls.len(), 2);
        let thought = clean(&format!("<think><tool_call>{hermes}</tool_call></think>Yes."));
        assert_eq!((thought.text.as_str(), thought.calls.len()), ("Yes.", 0), "a thought is no call");
    }

    #[test]
    fn broken_calls_have_no_name() {
        for text in [
            "<tool_call>{\"name\": \"weather\", \"arg",
            "<tool_call>weather</tool_call>",
            "<invoke name=\"weather\"",
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n{}<｜tool▁call▁end｜>",
            "<|python_tag|>weather()",
        ] {
            let output = clean(text);
            assert_eq!((output.text.as_str(), output.calls.len()), ("", 1), "{text:?}");
            assert_eq!(output.calls[0].name, "", "{text:?}");
        }
    }

    #[test]
    fn any_text_can_be_cleaned() {
        let parts = [
            "<think>",
            "</think>",
            "`",
            "```\n",
            "ä",
            "<",
            "<|channel|>",
            "<tool_call>",
            "{",
            "[TOOL_CALLS]",
            "<|",
            "◁",
        ];
        for a in parts {
            for b in parts {
                for c in parts {
                    let text = format!("{a}{b}x{c}");
                    assert!(clean(&text).text.len() <= text.len());
                }
            }
        }
    }
}
