//! What an address of the API says beside its route: ids in the path, filters and pages in the query.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, OriginalUri, Path};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use crate::domain::catalogue::Store;
use crate::domain::ids::looks_like_uuid;
use crate::domain::messages::EN;
use crate::error::AppError;
use crate::server::App;
use crate::server::api::answers::Listing;
use crate::server::db::paging::{Cut, PAGE_MAX, Part, Slice};

/// Entries of a page unless the request says otherwise.
pub const PAGE_SIZE: i64 = 20;
/// Entries of a page at most; more are not refused, they are on the next page.
pub const PAGE_SIZE_MAX: i64 = 100;
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

/// Which part of a long list, by the last entry seen.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameter; `Query::slice` reads it")]
pub struct Cursored {
    /// Empty for the newest entries, else what `next` or `previous` of an answer has. Costs the same
    /// however deep one is, and no entry is skipped or repeated because of new ones. `page` has no meaning
    /// then, and nothing is counted.
    cursor: Option<String>,
}

/// What a cursor can stand on.
pub trait CursorKey: Sized + std::fmt::Display {
    /// Reads it back.
    fn read(text: &str) -> Option<Self>;
}

impl CursorKey for i64 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl CursorKey for String {
    fn read(text: &str) -> Option<Self> {
        looks_like_uuid(text).then(|| text.to_owned())
    }
}

const PAGE: &str = "page";
const CURSOR: &str = "cursor";
const OLDER: &str = "older-";
const NEWER: &str = "newer-";

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
        Ok(Paging { page: number(PAGE, 1, PAGE_MAX)?, page_size })
    }

    /// Every value of a name, also those that stand in one, separated by commas.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let values = self.pairs.iter().filter(|(key, _)| key == name).flat_map(|(_, value)| value.split(','));
        values.map(str::trim).filter(|value| !value.is_empty()).collect()
    }

    /// Which part of a long list is wanted, by cursor or by page number.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a cursor no list has answered with, and as [`Query::paging`].
    pub fn slice<K: CursorKey>(&self) -> Result<Slice<K>, AppError> {
        let paging = self.paging()?;
        let size = paging.page_size;
        let Some((_, cursor)) = self.pairs.iter().rev().find(|(key, _)| key == CURSOR) else {
            return Ok(Slice { part: Part::Page(paging.page), size });
        };
        let part = match cursor.trim() {
            "" => Some(Part::Newest),
            text => match (text.strip_prefix(OLDER), text.strip_prefix(NEWER)) {
                (Some(key), _) => K::read(key).map(Part::Older),
                (None, Some(key)) => K::read(key).map(Part::Newer),
                (None, None) => None,
            },
        };
        let part = part.ok_or_else(|| AppError::invalid(CURSOR, EN.api_cursor))?;
        Ok(Slice { part, size })
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
        let link = |page: i64| Some(self.link(site_url, PAGE, &page.to_string()));
        let pages = (count + paging.page_size - 1) / paging.page_size;
        Listing {
            count: Some(count),
            next: (paging.page < pages).then(|| link(paging.page + 1)).flatten(),
            previous: (paging.page > 1 && pages > 0).then(|| link((paging.page - 1).min(pages))).flatten(),
            results,
        }
    }

    /// A part of a long list with the addresses of its neighbours: the keys of its first and last rows
    /// when it was asked for by cursor, else pages, for which `count` says how many entries there are.
    pub fn part<K: CursorKey, R, T: ToSchema>(
        &self,
        slice: &Slice<K>,
        found: (&Cut<R>, Option<i64>),
        key: impl Fn(&R) -> K,
        site_url: &str,
        results: Vec<T>,
    ) -> Listing<T> {
        let (cut, count) = found;
        if let Part::Page(page) = slice.part {
            return self.listing(Paging { page, page_size: slice.size }, count.unwrap_or(0), site_url, results);
        }
        let link = |direction: &str, row: Option<&R>| {
            row.map(|row| self.link(site_url, CURSOR, &format!("{direction}{}", key(row))))
        };
        Listing {
            count: None,
            next: link(OLDER, cut.rows.last().filter(|_| cut.has_older)),
            previous: link(NEWER, cut.rows.first().filter(|_| cut.has_newer)),
            results,
        }
    }

    /// This address with another page or cursor.
    fn link(&self, site_url: &str, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs.iter().filter(|(key, _)| key != PAGE && key != CURSOR));
        query.append_pair(name, value);
        format!("{site_url}{}?{}", self.uri.path(), query.finish())
    }
}
