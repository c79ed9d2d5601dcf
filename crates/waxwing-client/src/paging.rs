//! Lists that the Graph API returns page by page.

use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{self, Stream, TryStreamExt as _};
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Client, Error};

/// Number of items that are asked for at a time.
const PAGE: &str = "100";

/// Most pages of one list that are read. A list that goes on is an error: its cursors may lead in a circle.
const MAX_PAGES: usize = 1000;

/// List of the Graph API as a [`Stream`]. Pages are requested as they are needed.
///
/// ```no_run
/// use waxwing_client::types::WabaId;
/// use waxwing_client::{Client, Error, TemplateFilter};
///
/// async fn print_templates(client: &Client) -> Result<(), Error> {
///     let account = WabaId::new("102290129340398");
///     let mut templates = client.waba(account).templates(&TemplateFilter::default());
///     while let Some(template) = templates.next().await {
///         println!("{}", template?.name);
///     }
///     Ok(())
/// }
/// ```
#[must_use = "nothing is requested before the first item is asked for"]
pub struct Paged<'a, T>(Pin<Box<dyn Stream<Item = Result<T, Error>> + Send + 'a>>);

/// Position in a list.
enum Position {
    Page { number: usize, after: Option<String> },
    End,
}

#[derive(Deserialize)]
struct Page {
    data: Items,
    paging: Option<Paging>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Items {
    List(Vec<Value>),
    /// The list of groups has a name: `{"groups": [..]}`.
    Named(BTreeMap<String, Vec<Value>>),
}

#[derive(Deserialize)]
struct Paging {
    cursors: Option<Cursors>,
    /// URL of the next page. It only tells that there is one, because a URL of a response must not get the token.
    next: Option<String>,
}

#[derive(Deserialize)]
struct Cursors {
    after: Option<String>,
}

impl<'a, T: DeserializeOwned + Send + 'a> Paged<'a, T> {
    /// Creates the list at `segments` with these query parameters.
    pub(crate) fn new(client: &'a Client, segments: Vec<String>, query: Vec<(&'static str, String)>) -> Self {
        let start = Position::Page { number: 1, after: None };
        let pages = stream::try_unfold(start, move |position| {
            let (segments, query) = (segments.clone(), query.clone());
            async move {
                let Position::Page { number, after } = position else { return Ok(None) };
                let segments: Vec<_> = segments.iter().map(String::as_str).collect();
                let mut request = client.endpoint(Method::GET, &segments).query("limit", PAGE);
                for (name, value) in &query {
                    request = request.query(name, value);
                }
                if let Some(after) = &after {
                    request = request.query("after", after);
                }
                let Page { data, paging } = request.send().await?;
                let after = paging.filter(|paging| paging.next.is_some()).and_then(|paging| paging.cursors?.after);
                let next = match after {
                    Some(_) if number == MAX_PAGES => return Err(Error::decode(200, None)),
                    Some(after) => Position::Page { number: number + 1, after: Some(after) },
                    None => Position::End,
                };
                let data = match data {
                    Items::List(items) => items,
                    Items::Named(lists) => lists.into_values().flatten().collect(),
                };
                let items =
                    data.into_iter().map(|item| serde_json::from_value(item).map_err(|_| Error::decode(200, None)));
                Ok(Some((stream::iter(items.collect::<Vec<_>>()), next)))
            }
        });
        Self(Box::pin(pages.try_flatten()))
    }
}

impl<T> Paged<'_, T> {
    /// Returns the next item, or none at the end of the list.
    ///
    /// # Errors
    ///
    /// An item is an error if the Graph API refuses the request, or if the response has another form. The list ends after an error.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|context| self.0.as_mut().poll_next(context)).await
    }

    /// Returns all items.
    ///
    /// # Errors
    ///
    /// Returns the first error of [`next`](Self::next).
    pub async fn all(self) -> Result<Vec<T>, Error> {
        self.0.try_collect().await
    }
}

impl<T> Stream for Paged<'_, T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl<T> fmt::Debug for Paged<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paged").finish_non_exhaustive()
    }
}
