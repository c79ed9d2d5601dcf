//! Parts that several JSON forms of interactive messages have.

use serde::{Deserialize, Serialize};

/// Text in an object of its own.
#[derive(Serialize, Deserialize)]
pub(super) struct WireText {
    pub(super) text: String,
}

/// Action with a name and parameters.
#[derive(Serialize, Deserialize)]
pub(super) struct Named<N, P> {
    pub(super) name: N,
    pub(super) parameters: P,
}
