//! Whether couriers go somewhere, and for how much.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::messages::EN;
use crate::domain::money::Minor;
use crate::domain::rates::Rate;
use crate::error::AppError;
use crate::server::actions::rates::{self, Offered, Wanted};
use crate::server::api::address::Query;
use crate::server::api::answers::{Problem, private};
use crate::server::api::caller::Sight;
use crate::server::db::catalogue;
use crate::server::visit::Visit;

/// Weight of a parcel nobody has weighed, in grams.
const WEIGHT_GRAMS: i64 = 500;
const WEIGHT_GRAMS_MAX: i64 = 100_000;

/// What is asked.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and documents the parameters; `Query` reads them")]
pub struct RateFilters {
    /// Postcode of who gets it, six digits.
    pincode: String,
    /// Slug or id of a store; all stores without one.
    store: Option<String>,
    /// Weight in grams, 500 without one.
    weight_grams: Option<i64>,
    /// Whether the rider collects money; yes without a word.
    cod: Option<bool>,
    /// What it is worth, in major units.
    value: Option<String>,
}

/// Who carries a parcel there.
#[derive(Serialize, ToSchema)]
pub struct Serviceability {
    /// Whether anybody does.
    pub serviceable: bool,
    /// Every service that does, cheapest first.
    pub rates: Vec<RateAnswer>,
    /// Why an account could not say, one sentence each.
    pub problems: Vec<String>,
}

/// A service.
#[derive(Serialize, ToSchema)]
#[schema(as = Rate)]
pub struct RateAnswer {
    /// Slug of the courier account.
    pub courier: String,
    /// What the service is booked by, as `service_id` of a shipment.
    #[schema(required = true)]
    pub courier_id: Option<String>,
    /// Its name.
    pub courier_name: String,
    /// What it costs in all, in the currency of the store.
    pub rate: String,
    /// Days until it is delivered, at least.
    #[schema(required = true)]
    pub min_days: Option<i64>,
    /// Days until it is delivered, at most.
    #[schema(required = true)]
    pub max_days: Option<i64>,
    /// The days in the courier's words.
    pub estimated_delivery_days: String,
    /// Whether it collects money.
    pub cod: bool,
    /// How well it does, from `0.00` to `5.00`.
    #[schema(required = true)]
    pub rating: Option<String>,
    /// Older than 15 minutes, because the courier did not answer just now.
    pub approximate: bool,
}

fn answer(offered: &Offered, rate: &Rate) -> RateAnswer {
    RateAnswer {
        courier: offered.account.slug.clone(),
        courier_id: rate.service_id.clone(),
        courier_name: rate.service.clone(),
        rate: rate.cost.decimal(),
        min_days: rate.min_days,
        max_days: rate.max_days,
        estimated_delivery_days: rate.days_text.clone(),
        cod: rate.takes_cod,
        rating: rate.rating_hundredths.map(|rating| Minor(rating).decimal()),
        approximate: offered.offers.is_approximate,
    }
}

fn wanted(query: &Query) -> Result<Wanted, AppError> {
    let pincode = query.get("pincode").unwrap_or_default();
    if pincode.len() != 6 || pincode.starts_with('0') || !pincode.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AppError::invalid("pincode", (EN.pincode_wrong)(6)));
    }
    let between = || AppError::invalid("weight_grams", (EN.api_between)(1, WEIGHT_GRAMS_MAX));
    let weight_grams = match query.get("weight_grams") {
        None => WEIGHT_GRAMS,
        Some(text) => text.parse().ok().filter(|grams| (1..=WEIGHT_GRAMS_MAX).contains(grams)).ok_or_else(between)?,
    };
    let is_cod = match query.get("cod") {
        None | Some("true" | "1") => true,
        Some("false" | "0") => false,
        Some(_) => return Err(AppError::invalid("cod", (EN.api_one_of)("true, false"))),
    };
    let value = match query.get("value") {
        None => Minor(0),
        Some(text) => Minor::parse_decimal(text)
            .filter(|value| value.0 >= 0)
            .ok_or_else(|| AppError::invalid("value", EN.api_amount))?,
    };
    Ok(Wanted { pincode: pincode.to_owned(), weight_grams, is_cod, value })
}

/// Ask whether and for how much couriers go to a postcode
///
/// Accounts that have a pickup postcode and can be asked. Answers serve for 15 minutes. Somebody who has
/// not signed in is answered about a few postcodes a minute.
#[utoipa::path(
    get, path = "/api/v1/shipping/check-serviceability/", tag = "Shipping", operation_id = "check_serviceability",
    params(RateFilters),
    responses(
        (status = 200, description = "Who carries a parcel there.", body = Serviceability),
        (status = 409, description = "Nobody can be asked, or nobody answered.", body = Problem)
    )
)]
pub async fn check(visit: Visit, query: Query) -> Result<Response, AppError> {
    let wanted = wanted(&query)?;
    let stores = catalogue::stores(&mut *visit.app.db.read().await?).await?;
    let asked = query.store(&stores)?.map(|store| store.id.clone());
    let own = match Sight::of(visit.identity.as_ref()) {
        Sight::Store(own) => Some(own),
        Sight::Nothing | Sight::Own(_) => {
            visit.app.limits.rates(&visit.client_ip.to_string())?;
            None
        }
        Sight::Everything => None,
    };
    let is_asked = |store: &crate::domain::ids::StoreId| {
        asked.as_ref().is_none_or(|asked| asked == store) && own.as_ref().is_none_or(|own| own == store)
    };
    let offered = rates::offered(&visit.app, &wanted, is_asked).await?;
    if offered.is_empty() {
        return Err(AppError::conflict(EN.rates_nobody));
    }
    let problems: Vec<String> = offered.iter().filter_map(|one| one.offers.problem.clone()).collect();
    if problems.len() == offered.len() {
        return Err(AppError::conflict(problems.join(" ")));
    }
    let mut found: Vec<(Minor, RateAnswer)> =
        offered.iter().flat_map(|one| one.offers.rates.iter().map(|rate| (rate.cost, answer(one, rate)))).collect();
    found.sort_by_key(|(cost, _)| *cost);
    let rates: Vec<RateAnswer> = found.into_iter().map(|(_, rate)| rate).collect();
    Ok(private(StatusCode::OK, &Serviceability { serviceable: !rates.is_empty(), rates, problems }))
}
