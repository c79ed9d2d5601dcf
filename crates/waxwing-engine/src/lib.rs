#![doc = include_str!("../README.md")]

pub mod accept;
pub mod engine;
pub mod graph;
pub mod settings;
pub mod text;
pub mod workers;

mod attention;
mod cloud;
mod compile;
mod context;
mod history;
mod inbound;
mod loops;
mod media;
mod notice;
mod pace;
mod retry;
mod send;
mod turn;
mod vigil;

pub use accept::{AcceptError, Receipt};
pub use engine::{Engine, EngineBuilder, Route};
pub use graph::{DownloadError, Downloaded, Graph, GraphError, Verdict};
pub use settings::{MediaSettings, PaceSettings, RetrySettings, Settings, Settle, Texts, WhenLate, WhileRunning};
pub use workers::Workers;
