//! One screen of a flow.

use std::fmt;

use serde_json::{Map, Value, json};

use super::action::FooterAction;
use super::checks::{Checks, FlowJsonError, is_name};
use super::component::{Component, Footer};
use super::{limits, schema};

/// Id that Meta reserves for the end of a flow.
const RESERVED: &str = "SUCCESS";

/// One screen of a flow. `Debug` hides texts.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson#screens>
#[derive(Clone, PartialEq)]
pub struct FlowScreen {
    id: String,
    title: String,
    components: Vec<Component>,
    data: Map<String, Value>,
    leads_to: Vec<String>,
    is_terminal: bool,
}

impl FlowScreen {
    /// Creates a screen without components. The id has letters and underscores.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            components: Vec::new(),
            data: Map::new(),
            leads_to: Vec::new(),
            is_terminal: false,
        }
    }

    /// Adds a component.
    pub fn with(mut self, component: impl Into<Component>) -> Self {
        self.components.push(component.into());
        self
    }

    /// Declares a value that the screen gets, with an example. The example gives the type.
    pub fn data(mut self, name: impl Into<String>, example: impl Into<Value>) -> Self {
        self.data.insert(name.into(), example.into());
        self
    }

    /// Declares a screen to which the endpoint may lead from this screen.
    pub fn leads_to(mut self, screen: impl Into<String>) -> Self {
        self.leads_to.push(screen.into());
        self
    }

    /// Lets the flow end on this screen although its footer does not complete the flow: the endpoint ends it.
    pub fn terminal(mut self) -> Self {
        self.is_terminal = true;
        self
    }

    /// Returns the id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the components.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// Returns true if the flow can end on this screen.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal || matches!(self.action(), Some(FooterAction::Complete { .. }))
    }

    /// Returns the action of the footer.
    pub(super) fn action(&self) -> Option<&FooterAction> {
        self.footers().next().map(|footer| &footer.action)
    }

    /// Returns the screens to which this screen leads.
    pub(super) fn next(&self) -> impl Iterator<Item = &str> {
        let navigated = match self.action() {
            Some(FooterAction::Navigate { screen, .. }) => Some(screen.as_str()),
            _ => None,
        };
        navigated.into_iter().chain(self.leads_to.iter().map(String::as_str))
    }

    fn footers(&self) -> impl Iterator<Item = &Footer> {
        self.components.iter().filter_map(|component| match component {
            Component::Footer(footer) => Some(footer),
            _ => None,
        })
    }

    pub(super) fn check(&self) -> Result<(), FlowJsonError> {
        let checks = Checks::new(format!("screen {}", self.id));
        let is_id = !self.id.is_empty() && self.id.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        checks.require(is_id, format!("the id {:?} must have letters and underscores only", self.id))?;
        checks.require(self.id != RESERVED, "Meta reserves the id SUCCESS")?;
        let count = |is: fn(&Component) -> bool| self.components.iter().filter(|component| is(component)).count();
        checks.require(!self.components.is_empty(), "there are no components")?;
        checks.at_most("components", self.components.len(), limits::COMPONENTS)?;
        checks.at_most("opt-ins", count(|component| matches!(component, Component::OptIn(_))), limits::OPT_INS)?;
        checks.at_most("images", count(|component| matches!(component, Component::Image(_))), limits::IMAGES)?;
        checks.at_most("footers", self.footers().count(), 1)?;
        let is_complete = !self.is_terminal() || self.action().is_some();
        checks.require(is_complete, "a screen on which the flow ends needs a footer")?;
        let mut names: Vec<&str> = Vec::new();
        for component in &self.components {
            component.check(&self.id)?;
            if let Some(name) = component.input_name() {
                checks.require(!names.contains(&name), format!("two inputs have the name {name}"))?;
                names.push(name);
            }
        }
        for (name, example) in &self.data {
            checks.require(
                is_name(name),
                format!("the name {name:?} of a value must have letters, digits and underscores"),
            )?;
            let problem =
                format!("the example of {name} must have no null and no empty list, because it gives the type");
            checks.require(schema::has_type(example), problem)?;
        }
        Ok(())
    }

    pub(super) fn to_json(&self) -> Value {
        let children: Vec<_> = self.components.iter().map(Component::to_json).collect();
        let layout = json!({ "type": "SingleColumnLayout", "children": children });
        let mut json = json!({ "id": self.id, "title": self.title, "layout": layout });
        if self.is_terminal() {
            json["terminal"] = true.into();
        }
        if !self.data.is_empty() {
            json["data"] =
                self.data.iter().map(|(name, example)| (name.clone(), schema::with_example(example))).collect();
        }
        json
    }
}

impl fmt::Debug for FlowScreen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowScreen").field("id", &self.id).field("components", &self.components).finish_non_exhaustive()
    }
}
