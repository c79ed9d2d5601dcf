//! Paths between the screens of a flow.

use serde_json::{Map, Value};

use super::action::FooterAction;
use super::checks::{Checks, FlowJsonError};
use super::screen::FlowScreen;

/// Checks that the screens lead to each other and to an end.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson#routing-model>
pub(super) fn check(screens: &[FlowScreen], has_endpoint: bool) -> Result<(), FlowJsonError> {
    let checks = Checks::new("the flow");
    checks.require(!screens.is_empty(), "there are no screens")?;
    checks.require(screens.iter().any(FlowScreen::is_terminal), "no screen completes the flow")?;
    let find = |id: &str| screens.iter().position(|screen| screen.id() == id);
    for (nth, screen) in screens.iter().enumerate() {
        let checks = Checks::new(format!("screen {}", screen.id()));
        checks.require(find(screen.id()) == Some(nth), "two screens have this id")?;
        let exchanges = matches!(screen.action(), Some(FooterAction::DataExchange { .. }));
        checks.require(!exchanges || has_endpoint, "the footer asks the endpoint, and the flow has none")?;
        for next in screen.next() {
            checks.require(next != screen.id(), "the screen leads to itself")?;
            checks.require(find(next).is_some(), format!("the screen leads to {next}, which does not exist"))?;
        }
    }
    let unreachable = unreachable(screens).next().filter(|_| !has_endpoint);
    unreachable.map_or(Ok(()), |screen| {
        Err(Checks::new(format!("screen {}", screen.id())).broken("no screen leads to this screen"))
    })
}

/// Returns the paths of a flow with an endpoint.
pub(super) fn routing_model(screens: &[FlowScreen]) -> Value {
    let route = |screen: &FlowScreen| (screen.id().to_owned(), screen.next().map(Value::from).collect());
    Value::Object(screens.iter().map(route).collect::<Map<String, Value>>())
}

/// Returns the screens that a user who starts on the first screen cannot see.
fn unreachable(screens: &[FlowScreen]) -> impl Iterator<Item = &FlowScreen> {
    let mut seen = vec![false; screens.len()];
    let mut next: Vec<usize> = vec![0];
    while let Some(at) = next.pop() {
        if !std::mem::replace(&mut seen[at], true) {
            let ids: Vec<_> = screens[at].next().collect();
            next.extend((0..screens.len()).filter(|other| ids.contains(&screens[*other].id())));
        }
    }
    screens.iter().zip(seen).filter(|(_, seen)| !seen).map(|(screen, _)| screen)
}
