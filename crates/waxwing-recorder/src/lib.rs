#![doc = include_str!("../README.md")]

mod capture;
mod message;
mod recent;
mod recorder;
mod recording;
mod replay;
mod samples;
mod stand_ins;
mod webhook_log;

pub use capture::CaptureSummary;
pub use recorder::{Recorder, RecorderError, RecorderSettings};
pub use recording::{Recording, RecordingError};
pub use replay::{Replay, ReplayError, ReplayReport};
pub use webhook_log::{WebhookLogError, import_webhook_log};
