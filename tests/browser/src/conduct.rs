//! Whether a page behaves.

use std::sync::Arc;

use chromiumoxide::cdp::IntoEventKind;
use chromiumoxide::cdp::browser_protocol::log::{EventEntryAdded, LogEntryLevel};
use chromiumoxide::cdp::browser_protocol::network::EventRequestWillBeSent;
use chromiumoxide::cdp::browser_protocol::page::EventJavascriptDialogOpening;
use chromiumoxide::cdp::js_protocol::runtime::{ConsoleApiCalledType, EventConsoleApiCalled, EventExceptionThrown};
use chromiumoxide::error::Result;
use chromiumoxide::listeners::EventStream;
use chromiumoxide::page::Page;
use futures_util::{FutureExt as _, StreamExt as _};

/// What a page did that it should not do. Events that nobody has looked at wait in the streams.
#[derive(Debug)]
pub(crate) struct Conduct {
    origin: String,
    /// Whether a request has been noticed; a page does not come without one.
    heard: bool,
    requests: EventStream<EventRequestWillBeSent>,
    console: EventStream<EventConsoleApiCalled>,
    exceptions: EventStream<EventExceptionThrown>,
    log: EventStream<EventEntryAdded>,
    dialogs: EventStream<EventJavascriptDialogOpening>,
}

impl Conduct {
    /// Listens to a page that should stay at one origin.
    pub(crate) async fn of(page: &Page, origin: &str) -> Result<Self> {
        Ok(Self {
            origin: origin.to_owned(),
            heard: false,
            requests: page.event_listener().await?,
            console: page.event_listener().await?,
            exceptions: page.event_listener().await?,
            log: page.event_listener().await?,
            dialogs: page.event_listener().await?,
        })
    }

    /// What went wrong since the last time.
    pub(crate) fn problems(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        let home = [format!("{}/", self.origin), format!("blob:{}/", self.origin)];
        for event in waiting(&mut self.requests) {
            self.heard = true;
            let url = &event.request.url;
            if !home.iter().any(|home| url.starts_with(home)) {
                problems.push(format!("request to {url}"));
            }
        }
        if !self.heard {
            problems.push("no request was noticed".to_owned());
        }
        for event in waiting(&mut self.console) {
            use ConsoleApiCalledType::{Assert, Error, Warning};
            if matches!(event.r#type, Error | Warning | Assert) {
                problems.push(format!("console: {:?}", event.args));
            }
        }
        for event in waiting(&mut self.exceptions) {
            problems.push(format!("exception: {:?}", event.exception_details));
        }
        for event in waiting(&mut self.log) {
            let entry = &event.entry;
            if matches!(entry.level, LogEntryLevel::Error | LogEntryLevel::Warning) {
                problems.push(format!("log: {} {}", entry.text, entry.url.as_deref().unwrap_or_default()));
            }
        }
        for event in waiting(&mut self.dialogs) {
            problems.push(format!("dialog: {}", event.message));
        }
        problems
    }
}

/// The events that have come.
fn waiting<T: IntoEventKind + Unpin>(stream: &mut EventStream<T>) -> impl Iterator<Item = Arc<T>> {
    std::iter::from_fn(|| stream.next().now_or_never().flatten())
}
