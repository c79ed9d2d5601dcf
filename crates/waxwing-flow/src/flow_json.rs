//! Flow JSON: the screens of a flow.

mod action;
mod checks;
mod choice;
mod component;
mod image;
mod input;
mod limits;
mod routes;
mod schema;
mod screen;

pub use action::{FooterAction, data_value, form_value, screen_value};
pub use checks::FlowJsonError;
pub use choice::{ChoiceInput, ChoiceStyle, FlowOption};
pub use component::{Component, Footer};
pub use image::Image;
pub use input::{DatePicker, OptIn, TextArea, TextInput, TextKind};
pub use screen::FlowScreen;

use serde_json::{Value, json};

use checks::Checks;

/// Version of the Flow JSON.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/changelogs#currently-supported-versions>
const VERSION: &str = "7.3";
/// Version of the data exchange with an endpoint.
const DATA_API_VERSION: &str = "3.0";

/// The screens of a flow. `Debug` hides what users read.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson>
///
/// ```
/// use waxwing_flow::{ChoiceInput, Component, FlowJson, FlowScreen, Footer, TextInput, form_value, screen_value};
///
/// let name = FlowScreen::new("NAME", "Your order")
///     .with(TextInput::new("name", "Your name"))
///     .with(Footer::navigate("Continue", "SIZE"));
/// let size = FlowScreen::new("SIZE", "Your order")
///     .with(Component::heading("Which size?"))
///     .with(ChoiceInput::radio_buttons("size", "Size", [("s", "Small"), ("l", "Large")]))
///     .with(Footer::complete("Send").with("name", screen_value("NAME", "name")).with("size", form_value("size")));
/// let json = FlowJson::new([name, size]).to_json()?;
///
/// assert_eq!(json["screens"][1]["terminal"], true);
/// # Ok::<(), waxwing_flow::FlowJsonError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FlowJson {
    screens: Vec<FlowScreen>,
    has_endpoint: bool,
}

impl FlowJson {
    /// Creates a flow without an endpoint. Its first screen opens first.
    pub fn new(screens: impl IntoIterator<Item = FlowScreen>) -> Self {
        Self { screens: screens.into_iter().collect(), has_endpoint: false }
    }

    /// Declares that the flow has an endpoint, which the footer action [`FooterAction::DataExchange`] needs.
    pub fn with_endpoint(mut self) -> Self {
        self.has_endpoint = true;
        self
    }

    /// Returns the screens.
    pub fn screens(&self) -> &[FlowScreen] {
        &self.screens
    }

    /// Checks the flow against Meta's rules and limits.
    ///
    /// # Errors
    ///
    /// Names the screen, the component and the first rule that it breaks.
    pub fn validate(&self) -> Result<(), FlowJsonError> {
        self.to_json().map(drop)
    }

    /// Returns the JSON that Meta accepts as the asset `flow.json`.
    ///
    /// # Errors
    ///
    /// Names the screen, the component and the first rule that it breaks.
    pub fn to_json(&self) -> Result<Value, FlowJsonError> {
        let checks = Checks::new("the flow");
        routes::check(&self.screens, self.has_endpoint)?;
        for screen in &self.screens {
            screen.check()?;
        }
        let screens: Vec<_> = self.screens.iter().map(FlowScreen::to_json).collect();
        let mut json = json!({ "version": VERSION, "screens": screens });
        if self.has_endpoint {
            json["data_api_version"] = DATA_API_VERSION.into();
            json["routing_model"] = routes::routing_model(&self.screens);
        }
        checks.at_most("bytes", json.to_string().len(), limits::JSON_BYTES)?;
        Ok(json)
    }
}
