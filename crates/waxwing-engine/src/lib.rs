#![doc = include_str!("../README.md")]

pub mod accept;
pub mod desk;
pub mod engine;
pub mod graph;
pub mod live;
pub mod settings;
pub mod text;
pub mod texts;
pub mod workers;

mod attention;
mod cloud;
mod compile;
mod context;
mod gate;
mod history;
mod inbound;
mod loops;
mod media;
mod notice;
mod retention;
mod retry;
mod send;
mod turn;
mod vigil;

pub use accept::{AcceptError, Receipt};
pub use desk::{ActError, Answers, DeskAct};
pub use engine::{Engine, EngineBuilder, Route};
pub use graph::{DownloadError, Downloaded, Graph, GraphError, Scope, Verdict};
pub use live::Live;
pub use settings::{
    GateSettings, MediaSettings, PaceSettings, RetentionSettings, RetrySettings, Settings, Settle, WhenLate,
    WhileRunning,
};
pub use texts::{CustomCommand, TextBook, Texts};
pub use workers::Workers;
