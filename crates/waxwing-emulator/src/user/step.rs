//! Steps of a test.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Expectation or action of a [`User`](crate::User), which runs when it is awaited.
///
/// A step borrows nothing, so several steps can be joined or spawned.
#[must_use = "a step runs only when it is awaited"]
pub struct TestStep<T>(Pin<Box<dyn Future<Output = T> + Send>>);

impl<T> TestStep<T> {
    pub(super) fn new(step: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Box::pin(step))
    }
}

impl<T> Future for TestStep<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.0.as_mut().poll(cx)
    }
}

impl<T> fmt::Debug for TestStep<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestStep")
    }
}
