//! Problems of a page: errors, violations of its policy, dialogs, and requests to other origins.

use std::sync::Arc;

use chromiumoxide::cdp::IntoEventKind;
use chromiumoxide::cdp::browser_protocol::log::{EventEntryAdded, LogEntryLevel, LogEntrySource};
use chromiumoxide::cdp::browser_protocol::network::EventRequestWillBeSent;
use chromiumoxide::cdp::browser_protocol::page::{
    AddScriptToEvaluateOnNewDocumentParams, EventJavascriptDialogOpening,
};
use chromiumoxide::cdp::js_protocol::runtime::{ConsoleApiCalledType, EventConsoleApiCalled, EventExceptionThrown};
use chromiumoxide::error::Result;
use chromiumoxide::listeners::EventStream;
use chromiumoxide::page::Page;
use futures_util::{FutureExt as _, StreamExt as _};

/// Logs each violation of the page's Content Security Policy.
///
/// The event belongs to the web platform. The browser's own log entry does not: its text, and the time at which it appears, change
/// between versions.
const REPORT_VIOLATIONS: &str = "addEventListener('securitypolicyviolation', (violation) => {
    if (violation.target.id !== 'barrier') {
        console.error(`Content Security Policy: ${violation.effectiveDirective} ${violation.blockedURI}`);
    }
})";

/// Violates the policy, and waits for the report. Reports arrive in order, so all earlier violations are logged when this report arrives.
pub(crate) const BARRIER: &str = "new Promise((reported) => {
    const barrier = document.createElement('i');
    barrier.id = 'barrier';
    barrier.addEventListener('securitypolicyviolation', () => { barrier.remove(); reported(); });
    document.body.append(barrier);
    barrier.setAttribute('onclick', '0');
    barrier.click();
})";

/// Problems of one page. The streams hold the problems that no test has read yet.
#[derive(Debug)]
pub(crate) struct Problems {
    origin: String,
    /// Whether a request has been seen. A page cannot load without one, so its absence means that the streams are broken.
    saw_request: bool,
    requests: EventStream<EventRequestWillBeSent>,
    console: EventStream<EventConsoleApiCalled>,
    exceptions: EventStream<EventExceptionThrown>,
    log: EventStream<EventEntryAdded>,
    dialogs: EventStream<EventJavascriptDialogOpening>,
}

impl Problems {
    /// Records the problems of a page that must send requests to one origin only. Called before the page loads.
    pub(crate) async fn record(page: &Page, origin: &str) -> Result<Self> {
        page.execute(AddScriptToEvaluateOnNewDocumentParams::new(REPORT_VIOLATIONS)).await?;
        Ok(Self {
            origin: origin.to_owned(),
            saw_request: false,
            requests: page.event_listener().await?,
            console: page.event_listener().await?,
            exceptions: page.event_listener().await?,
            log: page.event_listener().await?,
            dialogs: page.event_listener().await?,
        })
    }

    /// Takes the problems recorded since the last call.
    pub(crate) fn take(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        let own = [format!("{}/", self.origin), format!("blob:{}/", self.origin)];
        for event in received(&mut self.requests) {
            self.saw_request = true;
            let url = &event.request.url;
            if !own.iter().any(|own| url.starts_with(own)) {
                problems.push(format!("request: {url}"));
            }
        }
        if !self.saw_request {
            problems.push("no request was seen".to_owned());
        }
        for event in received(&mut self.console) {
            use ConsoleApiCalledType::{Assert, Error, Warning};
            if matches!(event.r#type, Error | Warning | Assert) {
                problems.push(format!("console: {:?}", event.args));
            }
        }
        for event in received(&mut self.exceptions) {
            problems.push(format!("exception: {:?}", event.exception_details));
        }
        for event in received(&mut self.log) {
            let entry = &event.entry;
            // The page logs violations of its policy itself.
            let severe = matches!(entry.level, LogEntryLevel::Error | LogEntryLevel::Warning);
            if severe && !entry.text.contains("Content Security Policy") {
                let kind = if entry.source == LogEntrySource::Network { "network" } else { "log" };
                problems.push(format!("{kind}: {} {}", entry.text, entry.url.as_deref().unwrap_or_default()));
            }
        }
        for event in received(&mut self.dialogs) {
            problems.push(format!("dialog: {}", event.message));
        }
        problems
    }
}

/// Returns the events that were received and not read yet.
fn received<T: IntoEventKind + Unpin>(stream: &mut EventStream<T>) -> impl Iterator<Item = Arc<T>> {
    std::iter::from_fn(|| stream.next().now_or_never().flatten())
}
