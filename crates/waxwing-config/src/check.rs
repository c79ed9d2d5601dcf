//! Checks across the sections of a file.

mod agents;
mod circular_handoffs;
mod models;
mod numbers;
mod reference;
mod unused;
mod urls;

use crate::file::ConfigFile;
use crate::key_path::{child, item};
use crate::report::ProblemReport;
use crate::reserved_name::BUILT_IN_COMMANDS;
use crate::sections::{AccessSection, FormSection, LimitsSection, McpServerSection, TemplateSection};
use crate::subscriptions;

use reference::References;

/// Checks each section, and the references between sections.
pub(crate) fn check(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    models::check(file, report);
    for (name, section) in file.mcp.iter() {
        mcp_server(&child("mcp", name), section, report);
    }
    for (name, section) in file.templates.iter() {
        template(&child("templates", name), section, report);
    }
    for (name, section) in file.access.iter() {
        access(&child("access", name), section, report);
    }
    for (name, section) in file.limits.iter() {
        limits(&child("limits", name), section, report);
    }
    for (name, section) in file.forms.iter() {
        form(name, section, report);
    }
    for name in file.commands.names().filter(|name| BUILT_IN_COMMANDS.contains(name)) {
        report.key_error(&child("commands", name), format!("`/{name}` is a built-in command; choose another name"));
    }
    let mut references = References { file, report };
    agents::check(&mut references);
    for (prefix, language) in &file.languages {
        references.language(language, &child("languages", prefix));
    }
    numbers::check(&mut references);
    circular_handoffs::check(file, report);
    read_receipts(file, report);
    group_names(file, report);
    urls::check(file, report);
    subscriptions::check(file, report);
    unused::check(file, report);
}

/// Warns of settings without the typing indicator, which Meta shows only with a read receipt.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/typing-indicators>
fn read_receipts(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    let key = "engine.read_receipts";
    if file.settings.get(key).is_some_and(|value| value != "on_claim") {
        let message = "switches the typing indicator off, because Meta shows it only together with a read receipt";
        report.warning(key, message);
    }
}

/// Reports names of the business that no message is compared with.
fn group_names(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    let is_addressed = file.settings.get("engine.group_answers").is_some_and(|value| value == "addressed");
    if file.settings.contains_key("engine.group_names") && !is_addressed {
        report.warning("engine.group_names", "has no effect without `group_answers = \"addressed\"`");
    }
}

fn access(path: &str, access: &AccessSection, report: &mut ProblemReport<'_>) {
    if access.refusal.is_some() && access.allow.is_none() && access.deny.is_none() {
        let message = "has no effect without `allow` or `deny`; add one of them";
        report.key_error(&child(path, "refusal"), message);
    }
}

fn template(path: &str, template: &TemplateSection, report: &mut ProblemReport<'_>) {
    if !template.values.is_empty() && !template.named_values.is_empty() {
        let message = "cannot be set together with `values`, because the placeholders have either names or numbers; remove one of them";
        report.key_error(&child(path, "named_values"), message);
    }
    if template.header_text.is_some() && template.header_file.is_some() {
        let message = "cannot be set together with `header_text`; remove one of them";
        report.key_error(&child(path, "header_file"), message);
    }
    for (nth, button) in template.buttons.iter().enumerate() {
        if template.buttons[..nth].iter().any(|other| other.index == button.index) {
            let path = child(&item(&child(path, "buttons"), nth), "index");
            report.error(&path, format!("button {} has a value already; remove one of them", button.index));
        }
    }
}

fn limits(path: &str, limits: &LimitsSection, report: &mut ProblemReport<'_>) {
    if limits.length.as_ref().is_some_and(|length| length.truncate && length.notice.is_some()) {
        let message = "has no effect with `truncate = true`; remove one of them";
        report.key_error(&child(&child(path, "length"), "notice"), message);
    }
}

fn form(name: &str, form: &FormSection, report: &mut ProblemReport<'_>) {
    let path = &child("forms", name);
    if let Some(Err(error)) = form.form(name).map(|form| form.to_flow()) {
        report.error(&child(path, "fields"), error.to_string());
    }
    if form.fields.is_empty() {
        let keys = [("title", &form.title), ("intro", &form.intro), ("submit", &form.submit), ("next", &form.next)];
        for (key, _) in keys.into_iter().filter(|(_, value)| value.is_some()) {
            report.key_error(&child(path, key), "has no effect without `fields`; add them, or remove it");
        }
    }
    match (&form.flow_id, &form.flow_name) {
        (None, None) => report.key_error(path, "`flow_id` or `flow_name` is missing; set one of them"),
        (Some(_), Some(_)) => {
            report.key_error(&child(path, "flow_name"), "cannot be set together with `flow_id`; remove one of them");
        }
        _ => {}
    }
    if form.endpoint && form.screen.is_some() {
        report.key_error(&child(path, "screen"), "cannot be set together with `endpoint`; remove one of them");
    }
}

fn mcp_server(path: &str, server: &McpServerSection, report: &mut ProblemReport<'_>) {
    match (&server.command, &server.url) {
        (None, None) => report.key_error(path, "`command` or `url` is missing; set one of them"),
        (Some(_), Some(_)) => {
            report.key_error(&child(path, "url"), "cannot be set together with `command`; remove one of them");
        }
        (Some(command), None) if command.is_empty() => {
            report.error(&child(path, "command"), "is empty; set the program and its arguments");
        }
        _ => {}
    }
    let command_only = "applies to servers with `command` only; remove it";
    if server.command.is_none() && !server.env.is_empty() {
        report.key_error(&child(path, "env"), command_only);
    }
    if server.command.is_none() && server.directory.is_some() {
        report.key_error(&child(path, "directory"), command_only);
    }
    if server.url.is_none() && !server.headers.is_empty() {
        report.key_error(&child(path, "headers"), "applies to servers with `url` only; remove it");
    }
}
