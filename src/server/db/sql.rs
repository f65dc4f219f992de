//! A small builder for statements that are not known in full when the program is written.
//!
//! `sqlx::QueryBuilder<Any>` writes `?`, which PostgreSQL refuses; this one numbers `$n` there. SQLite
//! gets its `?`: `$n` is a name to it, names are looked up one by one, and a statement with 4,000 of them
//! takes a tenth of a second (measured), with `?` a millisecond. Text is only ever taken as
//! `&'static str`, so that no value can end up in the statement.

use std::cell::RefCell;

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Any, Arguments, AssertSqlSafe, Encode, FromRow, Type};

use crate::server::db::{Conn, Engine, Result};

/// Stands for a placeholder until the engine is known; no statement has it in its own text.
const PLACE: char = '\u{1}';

/// Values up to which lists are filled up.
const LIST_PADDED_MAX: usize = 2_048;
/// How many rows one statement writes. A statement for every number of rows would be read anew nearly every
/// time, which costs as much as running it; these few stay prepared.
const LOTS: [usize; 5] = [256, 64, 16, 4, 1];

/// A statement as it was sent, with its values: what the tests of plans have explained.
pub struct Sent {
    /// The text with the placeholders of the engine.
    pub text: String,
    /// The values.
    pub arguments: AnyArguments,
}

tokio::task_local! {
    static SENT: RefCell<Vec<Sent>>;
}

/// Runs something and answers every statement that it has sent through [`Sql`], beside what it returned.
pub async fn recorded<T>(work: impl Future<Output = T>) -> (T, Vec<Sent>) {
    SENT.scope(RefCell::new(Vec::new()), async {
        let returned = work.await;
        (returned, SENT.with(RefCell::take))
    })
    .await
}

/// A statement under construction.
pub struct Sql {
    text: String,
    arguments: AnyArguments,
    failed: Option<sqlx::Error>,
    is_planned_anew: bool,
}

impl Sql {
    /// Starts with a piece of SQL.
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), arguments: AnyArguments::default(), failed: None, is_planned_anew: false }
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
        self.text.push(PLACE);
        self
    }

    /// Appends a list in parentheses; an empty list becomes `(NULL)`, which nothing is in.
    ///
    /// The last value is repeated up to a power of two: lists of all lengths would be statements of their
    /// own each, which engines would have to read anew nearly every time.
    pub fn bind_list<'v, V>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self
    where
        V: Encode<'v, Any> + Type<Any>,
    {
        self.push("(");
        let mut count = 0_usize;
        for value in values {
            self.push(if count == 0 { "" } else { ", " }).bind(value);
            count += 1;
        }
        let last = self.arguments.values.0.last().cloned();
        match last.filter(|_| count > 0) {
            None => {
                self.push("NULL");
            }
            Some(last) => {
                for _ in count..count.next_power_of_two().min(LIST_PADDED_MAX.max(count)) {
                    self.push(", ").text.push(PLACE);
                    self.arguments.values.0.push(last.clone());
                }
            }
        }
        self.push(")")
    }

    /// Appends rows, each in parentheses, with commas between them.
    pub fn bind_rows<T>(&mut self, rows: &[T], row: impl Fn(&mut Sql, &T)) -> &mut Self {
        for (place, one) in rows.iter().enumerate() {
            self.push(if place == 0 { "(" } else { ", (" });
            row(self, one);
            self.push(")");
        }
        self
    }

    /// Has PostgreSQL plan it for its values each time: for statements whose best plan depends on them.
    pub fn planned_anew(mut self) -> Self {
        self.is_planned_anew = true;
        self
    }

    /// Runs it and returns how many rows it touched.
    ///
    /// # Errors
    /// What the database says.
    pub async fn execute(self, conn: &mut Conn) -> Result<u64> {
        let (text, arguments) = self.finish(conn)?;
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
        let is_kept = !self.is_planned_anew;
        let (text, arguments) = self.finish(conn)?;
        sqlx::query_as_with(AssertSqlSafe(text), arguments).persistent(is_kept).fetch_all(conn).await
    }

    fn finish(self, conn: &Conn) -> Result<(String, AnyArguments)> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let text = with_places(&self.text, Engine::of_conn(conn) == Engine::Postgres);
        // Outside of `recorded` there is nobody to tell, which costs a look.
        let _ = SENT.try_with(|sent| {
            let mut arguments = AnyArguments::default();
            arguments.values.0.clone_from(&self.arguments.values.0);
            sent.borrow_mut().push(Sent { text: text.clone(), arguments });
        });
        Ok((text, self.arguments))
    }
}

/// Writes rows between two pieces of SQL, `INSERT INTO … VALUES` and `ON CONFLICT …`, a lot after the other;
/// answers how many were written.
///
/// # Errors
/// What the database says.
pub async fn write_rows<T>(
    conn: &mut Conn,
    (head, tail): (&'static str, &'static str),
    rows: &[T],
    row: impl Fn(&mut Sql, &T),
) -> Result<u64> {
    let mut written = 0;
    for lot in lots(rows) {
        let mut sql = Sql::new(head);
        sql.push(" ").bind_rows(lot, &row).push(" ").push(tail);
        written += sql.execute(conn).await?;
    }
    Ok(written)
}

/// Cuts rows into lots of few sizes, the largest first.
pub fn lots<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let size = LOTS.into_iter().find(|size| *size <= rest.len())?;
        let (lot, others) = rest.split_at(size);
        rest = others;
        Some(lot)
    })
}

fn with_places(text: &str, is_numbered: bool) -> String {
    let mut pieces = text.split(PLACE);
    let mut written = pieces.next().unwrap_or("").to_owned();
    for (at, piece) in (1..).zip(pieces) {
        if is_numbered {
            written.push('$');
            written.push_str(&at.to_string());
        } else {
            written.push('?');
        }
        written.push_str(piece);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_gets_the_placeholders_it_is_quick_with() {
        let mut sql = Sql::new("SELECT id FROM orders WHERE seq < ");
        sql.bind(7_i64).push(" AND id IN ").bind_list(["a", "b"]).push(" OR id IN ").bind_list(Vec::<String>::new());
        assert_eq!(sql.arguments.values.0.len(), 3);
        let texts = [true, false].map(|is_numbered| with_places(&sql.text, is_numbered));
        assert_eq!(texts[0], "SELECT id FROM orders WHERE seq < $1 AND id IN ($2, $3) OR id IN (NULL)");
        assert_eq!(texts[1], "SELECT id FROM orders WHERE seq < ? AND id IN (?, ?) OR id IN (NULL)");
    }

    #[test]
    fn lists_have_few_lengths() {
        for (count, wanted) in [(1, 1), (2, 2), (3, 4), (65, 128), (1_025, 2_048), (2_049, 2_049)] {
            let mut sql = Sql::new("");
            sql.bind_list(0..count);
            assert_eq!(sql.arguments.values.0.len(), wanted, "{count}");
            assert_eq!(sql.text.matches(PLACE).count(), wanted, "{count}");
        }
    }

    #[test]
    fn lots_hold_every_row_once_and_have_few_sizes() {
        let sizes = |count: usize| lots(&vec![(); count]).map(<[()]>::len).collect::<Vec<_>>();
        assert_eq!(sizes(0), [0; 0]);
        assert_eq!(sizes(1), [1]);
        assert_eq!(sizes(500), [256, 64, 64, 64, 16, 16, 16, 4]);
        let rows: Vec<usize> = (0..1_007).collect();
        assert_eq!(lots(&rows).flatten().copied().collect::<Vec<_>>(), rows);
        assert!(lots(&rows).all(|lot| LOTS.contains(&lot.len())));
    }

    #[test]
    fn rows_stand_in_parentheses() {
        let mut sql = Sql::new("VALUES ");
        sql.bind_rows(&[1_i64, 2], |sql, one| {
            sql.bind(*one).push(", 'x'");
        });
        assert_eq!(with_places(&sql.text, true), "VALUES ($1, 'x'), ($2, 'x')");
    }
}
