//! JSON bodies. Reading one ends in a value or in a 400 that names the field, whatever was sent.
//!
//! Names may be written in snake_case or camelCase; a field that comes twice, in either spelling, is
//! refused, since nobody could say which one counts.

use std::cell::RefCell;
use std::fmt;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::domain::messages::EN;
use crate::domain::money::Minor;
use crate::error::{AppError, FieldError};
use crate::server::App;
use crate::server::api::answers::Problem;

/// Wrong fields that are named at once; a body made of nonsense is not answered at length.
const ERRORS_MAX: usize = 50;
/// Fields of one object. Ours have a dozen.
const FIELDS_MAX: usize = 200;

/// The object a request carries, every name in snake_case.
#[derive(Debug)]
pub struct Body(Map<String, Value>);

impl FromRequest<App> for Body {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let is_json = is_json(request.headers());
        let bytes = Bytes::from_request(request, app).await.map_err(|rejection| {
            let status = rejection.status();
            let sentence =
                if status == StatusCode::PAYLOAD_TOO_LARGE { EN.error_too_large } else { EN.error_unreadable };
            (status, axum::Json(Problem::sentence(sentence))).into_response()
        })?;
        if !is_json {
            return Err(AppError::invalid("Content-Type", EN.api_content_type).into_response());
        }
        Body::parse(&bytes).map_err(IntoResponse::into_response)
    }
}

/// A body that may be left out: then it is an object without fields.
pub struct OptionalBody(pub Body);

impl FromRequest<App> for OptionalBody {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let is_empty = axum::body::HttpBody::is_end_stream(request.body());
        if is_empty { Ok(Self(Body(Map::new()))) } else { Body::from_request(request, app).await.map(Self) }
    }
}

/// `application/json`, or a type that is JSON underneath, as `application/vnd.api+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = text.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

impl Body {
    /// Reads bytes as a JSON object.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when they are none, or a field comes twice.
    pub fn parse(bytes: &[u8]) -> Result<Body, AppError> {
        let malformed = |problem: &str| AppError::invalid("body", (EN.api_malformed)(problem));
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        let errors = RefCell::new(Vec::new());
        let mut json = serde_json::Deserializer::from_str(text);
        let value = Node { path: String::new(), errors: &errors }
            .deserialize(&mut json)
            .and_then(|value| json.end().map(|()| value))
            .map_err(|error| malformed(&error.to_string()))?;
        let fields = errors.into_inner();
        match value {
            Value::Object(object) if fields.is_empty() => Ok(Body(object)),
            Value::Object(_) => Err(AppError::Invalid { fields }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(malformed("something else was sent"))
            }
        }
    }

    /// Reads the fields; every one that is wrong is named.
    ///
    /// What the closure returns is only used when nothing was wrong, so it may fill gaps as it likes.
    ///
    /// # Errors
    /// [`AppError::Invalid`] with all wrong fields.
    pub fn read<T>(&self, read: impl FnOnce(&Fields<'_>) -> T) -> Result<T, AppError> {
        let errors = RefCell::new(Vec::new());
        let value = read(&Fields { object: &self.0, path: String::new(), errors: &errors });
        let fields = errors.into_inner();
        if fields.is_empty() { Ok(value) } else { Err(AppError::Invalid { fields }) }
    }
}

/// The fields of one object of a body.
pub struct Fields<'b> {
    object: &'b Map<String, Value>,
    path: String,
    errors: &'b RefCell<Vec<FieldError>>,
}

impl<'b> Fields<'b> {
    /// Says what is wrong with a field.
    pub fn wrong(&self, name: &str, message: impl Into<String>) {
        report(self.errors, joined(&self.path, name), message);
    }

    fn value(&self, name: &str) -> Option<&'b Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Whether a field was sent with a value.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// A text; empty when it was not sent.
    pub fn text(&self, name: &str) -> String {
        match self.value(name) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(_) => {
                self.wrong(name, EN.api_text);
                String::new()
            }
        }
    }

    /// A whole number that must be sent; neither `"2"` nor `2.0` is one.
    pub fn whole(&self, name: &str) -> i64 {
        match self.value(name) {
            None => self.wrong(name, EN.api_required),
            Some(value) => match value.as_i64() {
                Some(number) => return number,
                None => self.wrong(name, EN.api_whole),
            },
        }
        0
    }

    /// An amount in major units: a text, or a number that reads as one.
    pub fn amount(&self, name: &str) -> Option<Minor> {
        let amount = match self.value(name)? {
            Value::String(text) => Minor::parse_decimal(text),
            Value::Number(number) => Minor::parse_decimal(&number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        if amount.is_none() {
            self.wrong(name, EN.api_amount);
        }
        amount
    }

    /// An object that must be sent; for another value, what `or_else` says about it.
    pub fn object(&self, name: &str, or_else: impl FnOnce(&Value, &Self)) -> Option<Fields<'b>> {
        match self.value(name) {
            None => self.wrong(name, EN.api_required),
            Some(Value::Object(object)) => {
                return Some(Fields { object, path: joined(&self.path, name), errors: self.errors });
            }
            Some(other) => or_else(other, self),
        }
        None
    }

    /// A list of objects; `None` when it is missing or something else.
    pub fn list(&self, name: &str) -> Option<Vec<Fields<'b>>> {
        let Some(value) = self.value(name) else {
            self.wrong(name, EN.api_required);
            return None;
        };
        let path = joined(&self.path, name);
        let objects = value.as_array().and_then(|values| {
            let of = |(at, value): (usize, &'b Value)| {
                Some(Fields { object: value.as_object()?, path: format!("{path}[{at}]"), errors: self.errors })
            };
            values.iter().enumerate().map(of).collect::<Option<Vec<_>>>()
        });
        if objects.is_none() {
            self.wrong(name, EN.api_list);
        }
        objects
    }

    /// A list of texts that must be sent.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let Some(value) = self.value(name) else {
            self.wrong(name, EN.api_required);
            return Vec::new();
        };
        let texts = value.as_array().and_then(|values| {
            values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        texts.unwrap_or_else(|| {
            self.wrong(name, EN.api_texts);
            Vec::new()
        })
    }

    /// True or false, if it was sent.
    pub fn flag(&self, name: &str) -> Option<bool> {
        let flag = self.value(name)?.as_bool();
        if flag.is_none() {
            self.wrong(name, EN.api_flag);
        }
        flag
    }

    /// A text, if it was sent; an empty one was.
    pub fn new_text(&self, name: &str) -> Option<String> {
        self.has(name).then(|| self.text(name))
    }

    /// The texts of an object, whatever they are called, if it was sent.
    pub fn named_texts(&self, name: &str) -> Vec<(String, String)> {
        let object = self.has(name).then(|| self.object(name, |_, fields| fields.wrong(name, EN.api_object))).flatten();
        let Some(fields) = object else { return Vec::new() };
        fields.object.keys().map(|key| (key.clone(), fields.text(key))).collect()
    }

    /// Refuses every field but these: a change that would be left out in silence.
    pub fn only(&self, names: &[&str]) {
        for name in self.object.keys().filter(|name| !names.contains(&name.as_str())) {
            self.wrong(name, EN.api_unknown_field);
        }
    }
}

fn report(errors: &RefCell<Vec<FieldError>>, field: String, message: impl Into<String>) {
    let mut errors = errors.borrow_mut();
    if errors.len() < ERRORS_MAX {
        errors.push(FieldError::new(field, message));
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// `customerName` as `customer_name`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Reads any JSON value, knowing where in the body it is. serde_json's own limit of 128 levels holds.
struct Node<'a> {
    path: String,
    errors: &'a RefCell<Vec<FieldError>>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        let node = |at: usize| Node { path: format!("{}[{at}]", self.path), errors: self.errors };
        while let Some(value) = items.next_element_seed(node(values.len()))? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let name = snake_case(&name);
            let path = joined(&self.path, &name);
            let value = entries.next_value_seed(Node { path: path.clone(), errors: self.errors })?;
            if object.insert(name, value).is_some() {
                report(self.errors, path, EN.api_twice);
            }
        }
        if object.len() > FIELDS_MAX {
            return Err(A::Error::custom("an object has too many fields"));
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn wrong_fields(json: &str) -> Vec<String> {
        match Body::parse(json.as_bytes()) {
            Err(AppError::Invalid { fields }) => fields.into_iter().map(|error| error.field).collect(),
            other => panic!("{json}: {other:?}"),
        }
    }

    #[test]
    fn both_spellings_of_a_name_are_one_field_which_comes_once() {
        let body = Body::parse(br#"{"customerName": "A", "address": {"line1": "x", "pinCode": null}}"#).unwrap();
        assert_eq!(body.read(|fields| fields.text("customer_name")).unwrap(), "A");
        assert_eq!(wrong_fields(r#"{"customer_name": "A", "customerName": "B"}"#), ["customer_name"]);
        assert_eq!(wrong_fields(r#"{"items": [{}, {"unitPrice": 1, "unit_price": 2}]}"#), ["items[1].unit_price"]);
    }

    #[test]
    fn what_is_no_object_is_refused_as_a_whole() {
        for json in
            ["", "null", "[]", "5", "\"x\"", "{", "{} {}", "{\"a\":1e400}", "{\"a\":\"\\ud800\"}", "{\"a\":nan}"]
        {
            assert_eq!(wrong_fields(json), ["body"], "{json}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(wrong_fields(&deep), ["body"]);
        assert!(Body::parse(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn numbers_that_are_not_whole_and_amounts_that_are_none_are_named() {
        let body = Body::parse(br#"{"a": 2.0, "b": "2", "c": 99999999999999999999, "d": 1.234, "e": true, "f": 14.5}"#);
        let body = body.unwrap();
        let error = body.read(|fields| {
            for name in ["a", "b", "c", "missing"] {
                fields.whole(name);
            }
            for name in ["d", "e"] {
                assert_eq!(fields.amount(name), None);
            }
            assert_eq!(fields.amount("f"), Some(Minor(1_450)));
            assert_eq!(fields.amount("missing"), None);
        });
        let named: Vec<_> = match error {
            Err(AppError::Invalid { fields }) => fields.into_iter().map(|error| error.field).collect(),
            other => panic!("{other:?}"),
        };
        assert_eq!(named, ["a", "b", "c", "missing", "d", "e"]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Body::parse(&bytes);
        }
    }
}
