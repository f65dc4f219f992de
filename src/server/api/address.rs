//! What an address of the API says beside its route: ids in the path, filters and pages in the query.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, OriginalUri, Path};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use crate::domain::catalogue::Store;
use crate::domain::messages::EN;
use crate::error::AppError;
use crate::server::App;
use crate::server::api::answers::Listing;

/// Entries of a page unless the request says otherwise.
pub const PAGE_SIZE: i64 = 20;
/// Entries of a page at most; more are not refused, they are on the next page.
pub const PAGE_SIZE_MAX: i64 = 100;
/// The last page that can be asked for by its number.
const PAGE_MAX: i64 = 100_000;
/// Longest slug, id or reference, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// Ids from the path. One that cannot be read names nothing, which is a 404 and no mistake of form.
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Named<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let path = Path::<T>::from_request_parts(parts, app).await;
        path.map(|Path(ids)| Named(ids)).map_err(|_| AppError::not_found("Page"))
    }
}

/// Whether a text from outside can be the name of something; the database is not asked otherwise.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= NAME_BYTES_MAX && !text.chars().any(char::is_control)
}

/// Which page of a list.
#[derive(Clone, Copy, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Page, from 1.
    #[param(required = false, default = 1, minimum = 1)]
    pub page: i64,
    /// Entries per page; more than 100 are given as 100.
    #[param(required = false, default = 20, minimum = 1, maximum = 100)]
    pub page_size: i64,
}

/// The query of an address. Names it does not know are ignored.
pub struct Query {
    pairs: Vec<(String, String)>,
    uri: Uri,
}

impl FromRequestParts<App> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let OriginalUri(uri) = OriginalUri::from_request_parts(parts, app).await?;
        let query = uri.query().unwrap_or("");
        Ok(Query { pairs: form_urlencoded::parse(query.as_bytes()).into_owned().collect(), uri })
    }
}

impl Query {
    /// The last value of a filter, if it has one.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// The page that is wanted.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when page or size is no number from one on.
    pub fn paging(&self) -> Result<Paging, AppError> {
        let number = |name: &str, default: i64, max: i64| match self.get(name).map(str::parse::<i64>) {
            None => Ok(default),
            Some(Ok(number)) if (1..=max).contains(&number) => Ok(number),
            Some(_) => Err(AppError::invalid(name, (EN.api_between)(1, max))),
        };
        let page_size = number("page_size", PAGE_SIZE, i64::MAX)?.min(PAGE_SIZE_MAX);
        Ok(Paging { page: number("page", 1, PAGE_MAX)?, page_size })
    }

    /// A filter with a closed list of values, whose error names them.
    ///
    /// # Errors
    /// [`AppError::Invalid`] with the values there are.
    pub fn one_of<T: std::str::FromStr<Err = String>>(&self, name: &str) -> Result<Option<T>, AppError> {
        self.get(name).map(|text| text.parse().map_err(|message: String| AppError::invalid(name, message))).transpose()
    }

    /// The store a list is narrowed to, by slug or id.
    ///
    /// # Errors
    /// [`AppError::Invalid`] with the slugs there are.
    pub fn store<'s>(&self, stores: &'s [Store]) -> Result<Option<&'s Store>, AppError> {
        let Some(wanted) = self.get("store") else { return Ok(None) };
        let found = stores.iter().find(|store| store.slug == wanted || store.id.as_str() == wanted);
        found.map(Some).ok_or_else(|| {
            let slugs: Vec<_> = stores.iter().map(|store| store.slug.as_str()).collect();
            AppError::invalid("store", (EN.api_one_of)(&slugs.join(", ")))
        })
    }

    /// A page with the addresses of its neighbours, on the shop's own address.
    pub fn listing<T: ToSchema>(&self, paging: Paging, count: i64, site_url: &str, results: Vec<T>) -> Listing<T> {
        let link = |page: i64| Some(format!("{site_url}{}?{}", self.uri.path(), self.with_page(page)));
        let pages = (count + paging.page_size - 1) / paging.page_size;
        Listing {
            count,
            next: (paging.page < pages).then(|| link(paging.page + 1)).flatten(),
            previous: (paging.page > 1 && pages > 0).then(|| link((paging.page - 1).min(pages))).flatten(),
            results,
        }
    }

    fn with_page(&self, page: i64) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs.iter().filter(|(key, _)| key != "page"));
        query.append_pair("page", &page.to_string());
        query.finish()
    }
}
