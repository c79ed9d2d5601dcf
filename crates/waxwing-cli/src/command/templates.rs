//! `waxwing templates`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use waxwing::client::{TemplateDefinition, TemplateFilter};

use crate::number_flags::{AccountFlags, explained};
use crate::output::{print_line, print_text};

/// List, show, create and delete the message templates of the account.
#[derive(Debug, Args)]
pub(crate) struct Templates {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List templates with their languages, categories and states.
    List(ListArgs),
    /// Show a template with its parts, as Meta defines them.
    Show(NameArgs),
    /// Show a template as a user sees it, with its examples in place of the placeholders.
    Preview(NameArgs),
    /// Create a template from a JSON file in Meta's form: name, language, category and components. Meta reviews it before it can be sent.
    Create(CreateArgs),
    /// Delete a template in all languages. Its name cannot be used again for 30 days.
    Delete(DeleteArgs),
}

#[derive(Debug, Args)]
struct ListArgs {
    /// State, such as APPROVED, PENDING or REJECTED.
    #[arg(long)]
    status: Option<String>,

    /// Category: MARKETING, UTILITY or AUTHENTICATION.
    #[arg(long)]
    category: Option<String>,

    /// Meta's code of the language, such as en or es_MX.
    #[arg(long, value_name = "CODE")]
    language: Option<String>,

    #[command(flatten)]
    flags: AccountFlags,
}

#[derive(Debug, Args)]
struct NameArgs {
    /// Name of the template.
    name: String,

    /// Meta's code of the language. Without it, all languages are shown.
    #[arg(long, value_name = "CODE")]
    language: Option<String>,

    #[command(flatten)]
    flags: AccountFlags,
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// JSON file.
    file: PathBuf,

    #[command(flatten)]
    flags: AccountFlags,
}

#[derive(Debug, Args)]
struct DeleteArgs {
    /// Name of the template.
    name: String,

    /// Id of the template in one language, which alone is deleted.
    #[arg(long)]
    id: Option<String>,

    #[command(flatten)]
    flags: AccountFlags,
}

impl Templates {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::List(list) => list.run().await,
            Command::Show(show) => show.run(print).await,
            Command::Preview(show) => show.run(print_preview).await,
            Command::Create(create) => create.run().await,
            Command::Delete(delete) => delete.run().await,
        }
    }
}

impl ListArgs {
    async fn run(self) -> anyhow::Result<()> {
        let mut filter = TemplateFilter::default();
        (filter.status, filter.category, filter.language) = (self.status, self.category, self.language);
        let (number, account) = self.flags.open().await?;
        let templates =
            number.client.waba(account).templates(&filter).all().await.map_err(|error| explained(&error))?;
        number.output.print_all(&templates, |templates| templates.iter().for_each(print_summary))
    }
}

impl NameArgs {
    async fn run(self, print: impl Fn(&TemplateDefinition)) -> anyhow::Result<()> {
        let mut filter = TemplateFilter::default().name(&self.name);
        filter.language = self.language;
        let (number, account) = self.flags.open().await?;
        let mut templates =
            number.client.waba(account).templates(&filter).all().await.map_err(|error| explained(&error))?;
        // Meta also finds templates whose names contain the name.
        templates.retain(|template| template.name == self.name);
        ensure!(!templates.is_empty(), "the account has no template {} in this language", self.name);
        number.output.print_all(&templates, |templates| templates.iter().for_each(print))
    }
}

impl CreateArgs {
    async fn run(self) -> anyhow::Result<()> {
        let template = read(&self.file)?;
        let (number, account) = self.flags.open().await?;
        let created = number.client.waba(account).create_template(&template).await;
        let created = created.map_err(|error| explained(&error))?;
        let shown = json!({ "id": created.id, "status": created.status, "category": created.category });
        number.output.print(&shown, |_| {
            print_line!("template {} created: {}, {}", created.id, created.category, created.status);
        })
    }
}

impl DeleteArgs {
    async fn run(self) -> anyhow::Result<()> {
        let (number, account) = self.flags.open().await?;
        let deleted = number.client.waba(account).delete_template(&self.name, self.id.as_deref()).await;
        deleted.map_err(|error| explained(&error))?;
        number.output.print(&json!({ "deleted": self.name }), |_| print_line!("template {} deleted", self.name))
    }
}

/// Reads a template. Its form is checked by Meta.
fn read(file: &Path) -> anyhow::Result<Value> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("the template {name} cannot be read"))?;
    let template: Value = serde_json::from_str(&text).with_context(|| format!("the template {name} is no JSON"))?;
    for key in ["name", "language", "category", "components"] {
        ensure!(
            template.get(key).is_some(),
            "the template {name} has no `{key}`; see Meta's page on message templates"
        );
    }
    Ok(template)
}

fn print_summary(template: &TemplateDefinition) {
    print_line!("{}  {}  {}  {}", template.name, template.language, template.category, template.status);
}

/// Prints a template with its examples in place of the placeholders.
fn print_preview(template: &TemplateDefinition) {
    print_text!("{}", template.layout().preview(&template.example_message()));
}

fn print(template: &TemplateDefinition) {
    print_summary(template);
    print_line!("id: {}", template.id);
    if let Some(reason) = template.rejected_reason.as_deref().filter(|reason| *reason != "NONE") {
        print_line!("rejected: {reason}");
    }
    for component in &template.components {
        print_text!("{}", serde_json::to_string_pretty(component).unwrap_or_default());
    }
}
