//! Endpoints of flows of one interface.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use waxwing_axum::{BodyBudget, FlowEndpoint, FlowHandler, Prefix, Verification};
use waxwing_flow::FlowKey;

use crate::error::ConfigError;

/// Endpoints of flows by their names.
#[derive(Default)]
pub(crate) struct FlowRoutes(Vec<FlowRoute>);

struct FlowRoute {
    name: String,
    key: Arc<FlowKey>,
    handler: Arc<dyn FlowHandler>,
}

impl FlowRoutes {
    /// Adds an endpoint.
    pub(crate) fn add(&mut self, name: String, key: FlowKey, handler: Arc<dyn FlowHandler>) {
        self.0.push(FlowRoute { name, key: Arc::new(key), handler });
    }

    /// Checks that each endpoint has a path of its own.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        for (nth, FlowRoute { name, .. }) in self.0.iter().enumerate() {
            // `Prefix` drops spaces and slashes around a path; a name has none.
            let is_name = Prefix::new(name).is_ok_and(|path| path.as_str() == format!("/{name}"));
            if !is_name || name.contains('/') || name.is_empty() {
                let rule = "use letters, digits and -._~";
                return Err(ConfigError::new(format!("the flow endpoint {name:?} has no valid name; {rule}")));
            }
            if self.0[..nth].iter().any(|other| other.name == *name) {
                let fix = "give each flow endpoint its own name";
                return Err(ConfigError::new(format!("two flow endpoints have the name {name}; {fix}")));
            }
        }
        Ok(())
    }

    /// Returns a name that both have.
    pub(crate) fn shared_with(&self, other: &Self) -> Option<&str> {
        let mut names = self.0.iter().map(|route| route.name.as_str());
        names.find(|name| other.0.iter().any(|route| route.name == *name))
    }

    /// Returns the routes of the endpoints under a prefix.
    pub(crate) fn router(&self, prefix: &Prefix, verification: &Verification, budget: &BodyBudget) -> Router {
        let mut router = Router::new();
        for FlowRoute { name, key, handler } in &self.0 {
            // The name was checked when the interface was built.
            let Ok(path) = Prefix::new(&format!("{prefix}/flows/{name}")) else { continue };
            let (key, handler) = (key.clone(), handler.clone());
            let endpoint = FlowEndpoint::with_budget(key, verification.clone(), handler, budget.clone());
            router = router.merge(endpoint.router(&path));
        }
        router
    }
}

impl fmt::Debug for FlowRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|route| &route.name)).finish()
    }
}
