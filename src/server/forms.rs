//! Plain HTML forms. Reading one never fails with more than a sentence, whatever was sent.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use crate::error::AppError;
use crate::server::App;

/// The fields of a form body, in the order they were sent.
pub struct Fields(Vec<(String, String)>);

impl FromRequest<App> for Fields {
    type Rejection = AppError;

    async fn from_request(request: Request, app: &App) -> Result<Self, AppError> {
        let is_form = request.headers().get(CONTENT_TYPE).is_some_and(|value| {
            value.to_str().is_ok_and(|text| {
                text.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
            })
        });
        let body = Bytes::from_request(request, app)
            .await
            .map_err(|_| AppError::Unreadable { message: crate::domain::messages::EN.error_too_large.to_owned() })?;
        if !is_form && !body.is_empty() {
            return Err(AppError::Unreadable { message: crate::domain::messages::EN.error_not_a_form.to_owned() });
        }
        Ok(Fields::parse(&body))
    }
}

impl Fields {
    /// Reads a body; bytes that are no UTF-8 become the replacement character.
    pub fn parse(body: &[u8]) -> Self {
        Fields(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The first value of a field, empty when it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every value of a field, in the order they were sent.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The fields as a struct of texts; fields it does not know are ignored.
    ///
    /// # Errors
    /// [`AppError::Unreadable`] when the struct wants something else than text.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, AppError> {
        let mut object = serde_json::Map::new();
        for (key, value) in &self.0 {
            object.entry(key.clone()).or_insert_with(|| value.clone().into());
        }
        serde_json::from_value(object.into())
            .map_err(|_| AppError::Unreadable { message: crate::domain::messages::EN.error_unreadable.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::checkout::CheckoutForm;

    #[test]
    fn the_first_of_repeated_fields_counts_and_bad_bytes_do_not_fail() {
        let fields = Fields::parse(b"name=A&name=B&phone=%FF%00&x");
        assert_eq!(fields.get("name"), "A");
        assert_eq!(fields.get("missing"), "");
        assert_eq!(fields.all("name").collect::<Vec<_>>(), ["A", "B"]);
        let form: CheckoutForm = fields.read().unwrap();
        assert_eq!(form.name, "A");
        assert_eq!(form.phone, "\u{fffd}\0");
    }
}
