//! Which part of a long list is read: by page number, which people like, or by a key of the last row
//! seen, which costs the same on the first page and on the ten-thousandth.

use sqlx::{Any, Encode, Type};

use crate::server::db::sql::Sql;

/// The last page that can be asked for by its number.
pub const PAGE_MAX: i64 = 100_000;

/// A part of a list that is newest first, by a key that falls from row to row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<K> {
    /// The page with a number, from 1.
    Page(i64),
    /// From the newest on.
    Newest,
    /// What comes after the row with this key.
    Older(K),
    /// What comes before the row with this key.
    Newer(K),
}

/// A part with its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice<K> {
    /// Which.
    pub part: Part<K>,
    /// Rows of it.
    pub size: i64,
}

/// What was read, newest first.
#[derive(Clone, Debug)]
pub struct Cut<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are newer ones than these; by page number nobody looked.
    pub has_newer: bool,
    /// Whether there are older ones than these; by page number nobody looked.
    pub has_older: bool,
}

impl<T> Cut<T> {
    /// No rows, and none around them.
    pub fn nothing() -> Self {
        Cut { rows: Vec::new(), has_newer: false, has_older: false }
    }
}

impl<K> Slice<K>
where
    K: Clone + for<'v> Encode<'v, Any> + Type<Any>,
{
    /// Appends the condition, the order and the limit; the statement must have a WHERE.
    pub fn push_to(&self, sql: &mut Sql, key: &'static str) {
        let descends = !matches!(self.part, Part::Newer(_));
        match &self.part {
            Part::Page(_) | Part::Newest => {}
            Part::Older(at) => {
                sql.push(" AND ").push(key).push(" < ").bind(at.clone());
            }
            Part::Newer(at) => {
                sql.push(" AND ").push(key).push(" > ").bind(at.clone());
            }
        }
        sql.push(" ORDER BY ").push(key).push(if descends { " DESC" } else { "" });
        self.push_limit(sql);
    }

    /// Appends the limit alone, for a statement with an order of its own.
    pub fn push_limit(&self, sql: &mut Sql) {
        match &self.part {
            Part::Page(number) => {
                let skipped = number.clamp(&1, &PAGE_MAX).saturating_sub(1).saturating_mul(self.size);
                sql.push(" LIMIT ").bind(self.size).push(" OFFSET ").bind(skipped);
            }
            // One more than asked for says whether there are more.
            Part::Newest | Part::Older(_) | Part::Newer(_) => {
                sql.push(" LIMIT ").bind(self.size.saturating_add(1));
            }
        }
    }

    /// What the statement has brought, put into the order of the list.
    pub fn cut<T>(&self, mut rows: Vec<T>) -> Cut<T> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let has_more = rows.len() > size;
        rows.truncate(size);
        match self.part {
            Part::Page(_) => Cut { rows, has_newer: false, has_older: false },
            Part::Newest => Cut { rows, has_newer: false, has_older: has_more },
            Part::Older(_) => Cut { rows, has_newer: true, has_older: has_more },
            Part::Newer(_) => {
                rows.reverse();
                Cut { rows, has_newer: has_more, has_older: true }
            }
        }
    }
}
