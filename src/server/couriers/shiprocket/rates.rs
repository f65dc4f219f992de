//! Which carriers bring a parcel somewhere, for how much, by when.

use serde_json::Value;

use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::shiprocket::{booking, send, wire};
use crate::server::couriers::{CourierError, Rate, RateQuestion, scalar};

/// A rating is from 0 to 5.
const RATING_MAX: f64 = 5.0;

/// The carriers that take such a parcel, cheapest first; none where nobody goes.
///
/// # Errors
/// As every call.
pub async fn offers(http: &Outbound, account: &Account, question: &RateQuestion) -> Result<Vec<Rate>, CourierError> {
    let answer = send(http, account, ask(question)).await?;
    read_rates(&answer, question.is_cod)
}

/// The slash at the end is part of the address.
fn ask(question: &RateQuestion) -> Ask {
    let flag = |set: bool| if set { "1".to_owned() } else { "0".to_owned() };
    let mut ask = Ask::get("rates", &["courier", "serviceability", ""]);
    ask.query = vec![
        ("pickup_postcode", question.from.trim().to_owned()),
        ("delivery_postcode", question.to.trim().to_owned()),
        ("cod", flag(question.is_cod)),
        ("weight", booking::kilograms(question.weight_grams.max(1)).to_string()),
    ];
    if question.declared_value.0 > 0 {
        ask.query.push(("declared_value", question.declared_value.decimal()));
    }
    if question.is_return {
        ask.query.push(("is_return", flag(true)));
    }
    ask
}

/// Reads the offers, within India and abroad. Carriers that are blocked, and for a COD parcel those that
/// collect no money, are in the answer and left out here.
///
/// # Errors
/// When it is no list of offers.
pub fn read_rates(answer: &Answer, is_cod: bool) -> Result<Vec<Rate>, CourierError> {
    let body = wire::json(answer)?;
    let data = &body["data"];
    let (rows, is_local) = match (&data["available_courier_companies"], data) {
        (Value::Array(rows), _) => (rows, false),
        (_, Value::Array(rows)) => (rows, true),
        // Nobody goes there: a 404 inside a 200.
        _ if answer.is_success() && scalar::number(&body["status"]) == Some(404) => return Ok(Vec::new()),
        _ => return Err(wire::failure(answer)),
    };
    if !answer.is_success() {
        return Err(wire::failure(answer));
    }
    let recommended = ["recommended_courier_company_id", "shiprocket_recommended_courier_id"];
    let recommended = recommended.iter().find_map(|field| scalar::id(&data[*field]));
    let rates = rows.iter().filter_map(|row| read_rate(row, recommended.as_deref()));
    let mut rates: Vec<Rate> = rates.filter(|rate| is_local || !is_cod || rate.takes_cod).collect();
    rates.sort_by_key(|rate| rate.cost);
    Ok(rates)
}

fn read_rate(row: &Value, recommended: Option<&str>) -> Option<Rate> {
    // Abroad the rate is an object with the amount in it.
    let costs = [&row["rate"]["rate"], &row["rate"], &row["rates"]];
    if scalar::number(&row["blocked"]).is_some_and(|blocked| blocked != 0) {
        return None;
    }
    let service_id = scalar::id(&row["courier_company_id"]);
    let rating = scalar::text(&row["rating"]).and_then(|rating| rating.parse::<f64>().ok());
    let rate = Rate {
        service: scalar::text(&row["courier_name"])?,
        cost: costs.into_iter().find_map(scalar::amount)?,
        min_days: None,
        max_days: None,
        days_text: String::new(),
        takes_cod: scalar::number(&row["cod"]) == Some(1),
        rating_hundredths: rating.map(|rating| (rating.clamp(0.0, RATING_MAX) * 100.0).round() as i64),
        is_recommended: service_id.is_some() && service_id.as_deref() == recommended,
        service_id,
    };
    Some(rate.in_days(&scalar::text(&row["estimated_delivery_days"]).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Minor;
    use crate::server::couriers::shiprocket::tests::{answer, fixture};

    #[test]
    fn offers_are_read_cheapest_first_and_those_without_cod_are_left_out() {
        let recorded = answer(200, fixture("serviceability_response.json"));
        let cod = read_rates(&recorded, true).expect("offers");
        assert_eq!(cod.iter().map(|rate| rate.service_id.as_deref()).collect::<Vec<_>>(), [Some("24")]);
        let rate = &cod[0];
        assert_eq!((rate.cost, rate.min_days, rate.max_days), (Minor(8_437), Some(4), Some(4)));
        assert_eq!((rate.rating_hundredths, rate.is_recommended), (Some(410), true));
        let prepaid = read_rates(&recorded, false).expect("offers");
        assert_eq!(prepaid.iter().map(|rate| rate.cost).collect::<Vec<_>>(), [Minor(8_437), Minor(13_100)]);
        assert!(!prepaid[1].is_recommended);
    }

    #[test]
    fn where_nobody_goes_there_are_no_offers() {
        assert_eq!(read_rates(&answer(200, fixture("serviceability_not_serviceable.json")), true), Ok(Vec::new()));
        let missing = read_rates(&answer(422, fixture("serviceability_422.json")), true);
        assert!(matches!(&missing, Err(CourierError::Refused(sentence)) if sentence.contains("delivery postcode")));
        for body in ["", "{}", "[]", r#"{"status":200,"data":{}}"#] {
            assert!(read_rates(&answer(200, body), true).is_err(), "{body}");
        }
    }

    #[test]
    fn riders_of_the_same_town_are_a_list_of_another_shape() {
        let rates = read_rates(&answer(200, fixture("serviceability_hyperlocal_array.json")), true).expect("offers");
        assert_eq!((rates.len(), rates[0].cost, rates[0].service_id.clone()), (1, Minor(34_530), None));
    }

    #[test]
    fn abroad_the_rate_is_an_object_and_the_days_are_a_range() {
        let rates = read_rates(&answer(200, fixture("international_serviceability.json")), false).expect("offers");
        let read: Vec<_> = rates.iter().map(|rate| (rate.cost, rate.min_days, rate.max_days)).collect();
        assert_eq!(read, [(Minor(112_500), Some(10), Some(12)), (Minor(231_050), Some(4), Some(6))]);
        assert_eq!((rates[0].service_id.as_deref(), rates[1].is_recommended), (Some("301"), true));
    }

    #[test]
    fn the_question_is_asked_in_kilograms_with_a_slash_at_its_end() {
        let question = RateQuestion {
            from: "560034".to_owned(),
            to: " 411045 ".to_owned(),
            weight_grams: 800,
            is_cod: true,
            declared_value: Minor(0),
            is_return: false,
        };
        let ask = ask(&question);
        assert_eq!(ask.path.join("/"), "courier/serviceability/");
        let query: Vec<String> = ask.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(query.join("&"), "pickup_postcode=560034&delivery_postcode=411045&cod=1&weight=0.8");
    }
}
