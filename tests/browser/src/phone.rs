//! The phone page in a browser, with the actions of its user.

use std::path::Path;

use chromiumoxide::Browser;
use chromiumoxide::cdp::browser_protocol::dom::SetFileInputFilesParams;
use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetDeviceMetricsOverrideParams, SetEmulatedMediaParams,
};
use chromiumoxide::cdp::browser_protocol::page::{
    EventJavascriptDialogOpening, EventLoadEventFired, HandleJavaScriptDialogParams,
};
use chromiumoxide::cdp::js_protocol::runtime::{AwaitPromiseParams, EvaluateParams, RemoteObjectId};
use chromiumoxide::error::{CdpError, Result};
use chromiumoxide::page::Page;
use futures_util::StreamExt as _;
use serde_json::Value;

use crate::chromium::Chromium;
use crate::problems::{self, Problems};
use crate::{DEADLINE, in_time};

/// A phone page that is open in a browser of its own.
#[derive(Debug)]
pub struct Phone {
    page: Page,
    problems: Problems,
    _browser: Browser,
    _chromium: Chromium,
}

/// A condition that is being watched. The watch succeeds even if the condition holds for a moment only.
#[derive(Debug)]
pub struct Watch<'a> {
    phone: &'a Phone,
    condition: String,
    promise: RemoteObjectId,
}

impl Phone {
    /// Opens the page at `origin` and waits until it can send messages.
    pub async fn open(origin: &str) -> Self {
        Self::open_page(origin, "/", "document.querySelector('#who').textContent.startsWith('You are ')").await
    }

    /// Opens a page of the emulator and waits until a condition holds.
    pub async fn open_page(origin: &str, path: &str, ready: &str) -> Self {
        let (chromium, address) = Chromium::start().await;
        let (browser, mut handler) = in_time("connect to Chromium", Browser::connect(address)).await;
        tokio::spawn(async move { while handler.next().await.is_some() {} });
        let page = in_time("open a page", browser.new_page("about:blank")).await;
        let problems = in_time("listen to the page", Problems::record(&page, origin)).await;
        tokio::spawn(close_dialogs(page.clone()));
        let phone = Self { page, problems, _browser: browser, _chromium: chromium };
        let address = Value::from(format!("{origin}{path}"));
        phone.load(&format!("location.href = {address}"), "location.href !== 'about:blank'").await;
        phone.until(ready).await;
        phone
    }

    /// Loads the page again, and waits until the new page can be used. A condition that is watched earlier is lost with the old page.
    pub async fn reload(&self) {
        self.value("window.isOldPage = true").await;
        self.load("location.reload()", "!window.isOldPage").await;
    }

    /// Loads another page by a script, and waits until a page is loaded for which a condition holds.
    ///
    /// The library waits for the end of a navigation that it starts, and misses it at times. So the page starts it.
    async fn load(&self, script: &str, condition: &str) {
        let is_loaded = format!("{condition} && document.readyState === 'complete'");
        let loading = async {
            let mut loads = self.page.event_listener::<EventLoadEventFired>().await?;
            self.value(&format!("void ({script})")).await;
            // The first event may be the one of the old page.
            while self.evaluate(&is_loaded).await != Some(Value::Bool(true)) {
                loads.next().await;
            }
            Ok::<_, CdpError>(())
        };
        in_time("load the page", loading).await;
    }

    /// Types into the message field.
    pub async fn type_text(&self, text: &str) {
        let typing = async { self.page.find_element("#composer").await?.click().await?.type_str(text).await.map(drop) };
        in_time("type", typing).await;
    }

    /// Presses the Enter key in the message field.
    pub async fn press_enter(&self) {
        let pressing = async { self.page.find_element("#composer").await?.press_key("Enter").await.map(drop) };
        in_time("press Enter", pressing).await;
    }

    /// Clicks on the first element that matches a selector.
    pub async fn click(&self, selector: &str) {
        let clicking = async { self.page.find_element(selector).await?.click().await.map(drop) };
        in_time(&format!("click on {selector}"), clicking).await;
    }

    /// Presses a key, such as `ArrowUp` or `Tab`, on the element that has the focus.
    pub async fn press(&self, key: &str) {
        let pressing = async { self.page.find_element("body").await?.press_key(key).await.map(drop) };
        in_time(&format!("press {key}"), pressing).await;
    }

    /// Types into the element that has the focus.
    pub async fn type_here(&self, text: &str) {
        let typing = async { self.page.find_element("body").await?.type_str(text).await.map(drop) };
        in_time("type", typing).await;
    }

    /// Moves the focus with the Tab key until it is on an element that matches a selector.
    pub async fn tab_to(&self, selector: &str) {
        for _ in 0..60 {
            if self.value(&format!("document.activeElement.matches({})", Value::from(selector))).await == true {
                return;
            }
            self.press("Tab").await;
        }
        panic!("the Tab key does not reach {selector}");
    }

    /// Waits for the button with a text or an accessible name, and clicks on it.
    pub async fn click_on(&self, name: &str) {
        let name = Value::from(name);
        let button = format!(
            "[...document.querySelectorAll('button, a')].filter((node) => node.checkVisibility() &&
                (node.getAttribute('aria-label') === {name} || node.textContent.trim() === {name})).at(-1)"
        );
        self.until(&button).await;
        self.value(&format!("{button}.click()")).await;
    }

    /// Sets the width of the page in pixels, and the color scheme `light` or `dark`.
    pub async fn look(&self, width: i64, scheme: &str) {
        let setting = async {
            self.page.execute(SetDeviceMetricsOverrideParams::new(width, 850, 1.0, false)).await?;
            let mut media = SetEmulatedMediaParams::builder().build();
            media.features = Some(vec![MediaFeature::new("prefers-color-scheme", scheme)]);
            self.page.execute(media).await.map(drop)
        };
        in_time("set the look of the page", setting).await;
    }

    /// Chooses files to send as photos.
    pub async fn attach(&self, files: &[&Path]) {
        self.choose("#file", files).await;
    }

    /// Chooses files to send as documents.
    pub async fn attach_documents(&self, files: &[&Path]) {
        self.choose("#file-document", files).await;
    }

    async fn choose(&self, input: &str, files: &[&Path]) {
        let files = files.iter().map(|file| file.to_str().unwrap().to_owned()).collect();
        let choosing = async {
            let input = self.page.find_element(input).await?;
            let mut params = SetFileInputFilesParams::new(files);
            params.backend_node_id = Some(input.backend_node_id);
            self.page.execute(params).await.map(drop)
        };
        in_time("choose a file", choosing).await;
    }

    /// Waits until a condition holds.
    pub async fn until(&self, condition: &str) {
        self.watch(condition).await.seen().await;
    }

    /// Watches for a condition from now on: a JavaScript expression, evaluated after each change of the page.
    pub async fn watch(&self, condition: &str) -> Watch<'_> {
        let script = format!(
            "new Promise((seen) => {{
                const events = ['load', 'loadedmetadata']; // pictures, sounds
                const holds = () => {condition};
                const look = () => {{
                    if (!holds()) return;
                    observer.disconnect();
                    events.forEach((event) => document.removeEventListener(event, look, true));
                    seen();
                }};
                const observer = new MutationObserver(look);
                observer.observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});
                events.forEach((event) => document.addEventListener(event, look, true));
                look();
            }})"
        );
        let promise = in_time("watch the page", self.page.execute(EvaluateParams::new(script))).await;
        let promise = promise.result.result.object_id.expect("a promise is an object");
        Watch { phone: self, condition: condition.to_owned(), promise }
    }

    /// Returns the value of an expression, or none if it cannot be evaluated at the moment.
    async fn evaluate(&self, expression: &str) -> Option<Value> {
        let mut params = EvaluateParams::new(expression);
        params.return_by_value = Some(true);
        let done = self.page.execute(params).await.ok()?.result;
        done.exception_details.is_none().then_some(done.result.value?)
    }

    /// Evaluates an expression. A promise is awaited.
    pub async fn value(&self, expression: &str) -> Value {
        let mut params = EvaluateParams::new(expression);
        params.return_by_value = Some(true);
        params.await_promise = Some(true);
        let done = in_time("evaluate", self.page.execute(params)).await.result;
        assert_eq!(done.exception_details, None, "{expression}");
        done.result.value.unwrap_or_default()
    }

    /// Takes the problems of the page since the last call: errors, violations of its policy, dialogs, requests to other origins.
    pub async fn problems(&mut self) -> Vec<String> {
        self.value(problems::BARRIER).await;
        // The browser sends events in their order: this answer comes after those of everything above.
        self.value("0").await;
        self.problems.take()
    }
}

impl Watch<'_> {
    /// Waits until the condition has held once since the watch began.
    pub async fn seen(self) {
        let Self { phone, condition, promise } = self;
        let work = phone.page.execute(AwaitPromiseParams::new(promise));
        let Ok(done) = tokio::time::timeout(DEADLINE, work).await else {
            let text = phone.value("document.body.innerText").await;
            panic!("not seen: {condition}\non the page:\n{}", text.as_str().unwrap_or_default());
        };
        let done = done.unwrap_or_else(|error| panic!("cannot watch for {condition}: {error}"));
        assert_eq!(done.result.exception_details, None, "{condition}");
    }
}

/// Closes the page's dialogs, which would block its scripts.
async fn close_dialogs(page: Page) -> Result<()> {
    let mut dialogs = page.event_listener::<EventJavascriptDialogOpening>().await?;
    while dialogs.next().await.is_some() {
        page.execute(HandleJavaScriptDialogParams::new(false)).await?;
    }
    Ok(())
}
