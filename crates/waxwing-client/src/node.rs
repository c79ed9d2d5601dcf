//! Object of the Graph API, which its id names.

use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use waxwing_types::Address;

use crate::paging::Paged;
use crate::request::SuccessResponse;
use crate::{Client, Error, Request};

/// Object of the Graph API, such as a number, an account or a flow.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    pub(crate) client: &'a Client,
    id: String,
}

impl<'a> Node<'a> {
    /// Returns the object with an id.
    pub(crate) fn new(client: &'a Client, id: impl Into<String>) -> Self {
        Self { client, id: id.into() }
    }

    /// Creates a request to the object, or to the endpoint at `path` below it.
    pub(crate) fn request(&self, method: Method, path: &[&str]) -> Request {
        self.client.endpoint(method, &[&[self.id.as_str()], path].concat())
    }

    /// Reads the fields of the object that a query names.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &[&str], fields: &str) -> Result<T, Error> {
        self.request(Method::GET, path).query("fields", fields).send().await
    }

    /// Posts a body to an endpoint of the object that answers with nothing but success.
    pub(crate) async fn post(&self, path: &[&str], body: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        self.request(Method::POST, path).json(body).send::<SuccessResponse>().await?.check()
    }

    /// Deletes the object, or what is at `path` below it.
    pub(crate) async fn delete(&self, path: &[&str]) -> Result<(), Error> {
        self.request(Method::DELETE, path).send::<SuccessResponse>().await?.check()
    }

    /// Lists what is at `name` below the object.
    pub(crate) fn list<T>(&self, name: &str, query: Vec<(&'static str, String)>) -> Paged<'a, T>
    where
        T: DeserializeOwned + Send + 'a,
    {
        Paged::new(self.client, vec![self.id.clone(), name.to_owned()], query)
    }
}

/// Returns the fields that name a user in a list of users. A group is no user.
pub(crate) fn user_fields(user: &Address) -> Result<Value, Error> {
    match user {
        Address::Phone(id) => Ok(json!({ "user": id })),
        Address::Bsuid(id) => Ok(json!({ "user_id": id })),
        Address::Group(_) => Err(not_a_user()),
    }
}

/// Returns the body of a request about one user, with the fields that name the user.
pub(crate) fn recipient_fields(user: &Address) -> Result<Value, Error> {
    match user {
        Address::Phone(id) => Ok(json!({ "messaging_product": "whatsapp", "to": id })),
        Address::Bsuid(id) => Ok(json!({ "messaging_product": "whatsapp", "recipient": id })),
        Address::Group(_) => Err(not_a_user()),
    }
}

/// Returns the error for a group in place of a user.
pub(crate) fn not_a_user() -> Error {
    Error::invalid("a group is named in place of a user; name a user")
}
