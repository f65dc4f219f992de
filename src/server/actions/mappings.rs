//! Codes that a courier uses and nobody knows: seen, explained by the merchant, taken back, shared.
//!
//! Explaining a code changes what is known, and what was said with it in the past: the stored events are read
//! again at once as far as somebody can wait for it, and by a job from there on.

use crate::domain::checkout::clean_line;
use crate::domain::couriers::{Code, CourierAccount, Meaning};
use crate::domain::ids::{CourierId, StoreId};
use crate::domain::mappings::{CodeForm, CodeKey, OwnCode, PART_MAX, Reread, SharedCode, UnknownCode};
use crate::domain::messages::EN;
use crate::domain::shipping::Leg;
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::desk;
use crate::server::actions::rereading::{self, Mapping};
use crate::server::actions::tracking::Pen;
use crate::server::db::events::{self, Author, NewActivity};
use crate::server::db::is_unique;
use crate::server::db::mappings::{self as rows, NewCode};
use crate::server::db::write::Failure;

/// Unknown codes that are shown.
pub const SHOWN: i64 = 100;
/// Events that are read again while somebody waits.
const AT_ONCE: usize = 200;

/// Everything about codes that somebody may see.
#[derive(Clone, Debug)]
pub struct Codes {
    /// Codes that nobody knows, met last first.
    pub unknown: Vec<UnknownCode>,
    /// Codes that the merchant has explained, newest first.
    pub own: Vec<OwnCode>,
    /// The accounts.
    pub accounts: Vec<CourierAccount>,
}

/// The codes of a store or of all.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn codes(app: &App, only_store: Option<&StoreId>) -> Result<Codes, AppError> {
    let accounts = desk::accounts(app, only_store).await?;
    let mut conn = app.db.read().await?;
    let unknown = rows::unknown(&mut conn, only_store, SHOWN).await?;
    Ok(Codes { unknown, own: rows::own(&mut conn, only_store).await?, accounts })
}

/// What merchants have explained, as it is shared.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn shared(app: &App, only_store: Option<&StoreId>) -> Result<Vec<SharedCode>, AppError> {
    let codes = codes(app, only_store).await?;
    let provider = |own: &OwnCode| codes.accounts.iter().find(|one| one.id == own.key.courier).map(|one| one.provider);
    Ok(codes.own.iter().filter_map(|own| Some(SharedCode::of(provider(own)?, own))).collect())
}

/// What is to be changed about a code, whose, and what would come of it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The code.
    pub key: CodeKey,
    /// What it is to mean; `None` when what the merchant said is taken back.
    pub meaning: Option<Meaning>,
    /// The row to be taken back then.
    pub row: Option<String>,
    /// What would come of it.
    pub forecast: Reread,
    store: StoreId,
}

/// What would come of explaining a code. Nothing is changed.
///
/// # Errors
/// As [`assign`].
pub async fn plan_assignment(app: &App, actor: &Actor, form: &CodeForm) -> Result<Plan, AppError> {
    let (store, key, meaning) = read_form(app, actor, form).await?;
    let mapping = Mapping::today(app).await?.supposing(&key, Some(meaning));
    let forecast = rereading::forecast(app, &store, &mapping, Some(&key)).await?;
    Ok(Plan { key, meaning: Some(meaning), row: None, forecast, store })
}

/// What would come of taking back what the merchant said about a code. Nothing is changed.
///
/// # Errors
/// As [`remove`].
pub async fn plan_removal(app: &App, actor: &Actor, row: &str) -> Result<Plan, AppError> {
    let found = rows::own(&mut *app.db.read().await?, actor.only_store.as_ref()).await?;
    let missing = || AppError::not_found("Code");
    let own = found.into_iter().find(|own| own.id == row.trim()).ok_or_else(missing)?;
    let account = app.accounts.find(app, &own.key.courier).await?;
    let store = account.shown.store_id;
    actor.must_work_in(&store, "Code")?;
    let mapping = Mapping::today(app).await?.supposing(&own.key, None);
    let forecast = rereading::forecast(app, &store, &mapping, Some(&own.key)).await?;
    Ok(Plan { key: own.key, meaning: None, row: Some(own.id), forecast, store })
}

/// Explains a code: from now on it means this, and whatever was said with it is read again. Answers what has
/// come of it so far.
///
/// # Errors
/// [`AppError::NotFound`] for an account of another store, [`AppError::Invalid`] without a meaning,
/// [`AppError::Conflict`] when the courier's own table knows the code.
pub async fn assign(app: &App, actor: &Actor, form: &CodeForm) -> Result<Reread, AppError> {
    let (store, key, meaning) = read_form(app, actor, form).await?;
    let (pen, author) = (app.pen(), actor.author.clone());
    let new = NewCode { id: pen.chance.id(pen.now), store_id: store.clone(), key, meaning, author };
    app.db
        .write(move |conn| {
            let (pen, new) = (pen.clone(), new.clone());
            Box::pin(async move {
                const COLUMNS: &str = "courier_codes.courier_id, courier_codes.leg";
                rows::insert(conn, &new, pen.now).await.map_err(|error| {
                    let is_taken = is_unique(&error, "courier_codes_once", COLUMNS);
                    if is_taken { Failure::from(AppError::conflict(EN.code_taken)) } else { error.into() }
                })?;
                let done = activity(&pen, &new.store_id, "courier_code.assigned", &new.id, new.author.clone());
                events::insert_activity(conn, &done, pen.now).await?;
                Ok(rereading::enqueue(conn, &pen, &new.store_id).await?)
            })
        })
        .await?;
    rereading::go_on(app, &store, AT_ONCE).await
}

/// Takes back what the merchant said about a code; whatever was said with it is read again by the courier's
/// own table. Answers what has come of it so far.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such row, or it is another store's.
pub async fn remove(app: &App, actor: &Actor, row: &str) -> Result<Reread, AppError> {
    let plan = plan_removal(app, actor, row).await?;
    let (pen, author, store) = (app.pen(), actor.author.clone(), plan.store.clone());
    let row = plan.row.unwrap_or_default();
    app.db
        .write(move |conn| {
            let (pen, author, store, row) = (pen.clone(), author.clone(), store.clone(), row.clone());
            Box::pin(async move {
                if !rows::remove(conn, &row).await? {
                    return Err(AppError::not_found("Code").into());
                }
                let done = activity(&pen, &store, "courier_code.removed", &row, author);
                events::insert_activity(conn, &done, pen.now).await?;
                Ok(rereading::enqueue(conn, &pen, &store).await?)
            })
        })
        .await?;
    rereading::go_on(app, &plan.store, AT_ONCE).await
}

fn activity(pen: &Pen, store: &StoreId, action: &'static str, row: &str, author: Author) -> NewActivity {
    let (id, entity) = (pen.chance.id(pen.now), "courier_code");
    NewActivity { id, store_id: Some(store.clone()), action, entity, entity_id: row.to_owned(), author }
}

async fn read_form(app: &App, actor: &Actor, form: &CodeForm) -> Result<(StoreId, CodeKey, Meaning), AppError> {
    let all = app.accounts.all(app).await?;
    let account = all.iter().find(|account| account.shown.id.as_str() == form.courier.trim());
    let store = account.ok_or_else(|| AppError::not_found("Courier"))?.shown.store_id.clone();
    actor.must_work_in(&store, "Courier")?;
    let unreadable = || AppError::Unreadable { message: EN.error_unreadable.to_owned() };
    let leg = form.leg.parse::<Leg>().map_err(|_| unreadable())?;
    let [id_space, kind, text, number] =
        [&form.id_space, &form.kind, &form.text, &form.code].map(|part| clean_line(part));
    let code = Code { id_space, kind, text, code: number };
    let parts = [&code.id_space, &code.kind, &code.text, &code.code];
    if code == Code::default() || parts.iter().any(|part| part.chars().count() > PART_MAX) {
        return Err(unreadable());
    }
    let key = CodeKey { courier: CourierId::new(form.courier.trim()), leg, code };
    let meaning = Meaning::assigned(&form.meaning).ok_or_else(|| AppError::invalid("meaning", EN.code_choose))?;
    // What the table knows is not a merchant's to explain: stored events are not looked through for it.
    let mapping = Mapping::today(app).await?;
    let is_known = mapping.read(&key).is_some_and(|(read, _)| !read.is_unknown && read.courier_code_id.is_none());
    if is_known { Err(AppError::conflict(EN.code_known)) } else { Ok((store, key, meaning)) }
}
