//! A small builder for statements that are not known in full when the program is written.
//!
//! `sqlx::QueryBuilder<Any>` writes `?`, which PostgreSQL refuses; this one numbers `$n`. Text is
//! only ever taken as `&'static str`, so that no value can end up in the statement.

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Any, Arguments, AssertSqlSafe, Encode, FromRow, Type};

use crate::server::db::{Conn, Result};

/// A statement under construction.
pub struct Sql {
    text: String,
    arguments: AnyArguments,
    failed: Option<sqlx::Error>,
}

impl Sql {
    /// Starts with a piece of SQL.
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), arguments: AnyArguments::default(), failed: None }
    }

    /// Appends a piece of SQL.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a placeholder and its value.
    pub fn bind<'v, V>(&mut self, value: V) -> &mut Self
    where
        V: Encode<'v, Any> + Type<Any>,
    {
        if let Err(error) = self.arguments.add(value) {
            self.failed = Some(sqlx::Error::Encode(error));
        }
        self.text.push_str(&format!("${}", self.arguments.len()));
        self
    }

    /// Appends `($1, $2, …)`; an empty list becomes `(NULL)`, which nothing is in.
    pub fn bind_list<'v, V>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self
    where
        V: Encode<'v, Any> + Type<Any>,
    {
        self.push("(");
        let mut separator = "";
        for value in values {
            self.push(separator).bind(value);
            separator = ", ";
        }
        if separator.is_empty() {
            self.push("NULL");
        }
        self.push(")")
    }

    /// Runs it and returns how many rows it touched.
    ///
    /// # Errors
    /// What the database says.
    pub async fn execute(self, conn: &mut Conn) -> Result<u64> {
        let (text, arguments) = self.finish()?;
        Ok(sqlx::query_with(AssertSqlSafe(text), arguments).execute(conn).await?.rows_affected())
    }

    /// Runs it and reads every row.
    ///
    /// # Errors
    /// What the database says.
    pub async fn fetch_all<T>(self, conn: &mut Conn) -> Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, AnyRow> + Send + Unpin,
    {
        let (text, arguments) = self.finish()?;
        sqlx::query_as_with(AssertSqlSafe(text), arguments).fetch_all(conn).await
    }

    fn finish(self) -> Result<(String, AnyArguments)> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok((self.text, self.arguments)),
        }
    }
}
