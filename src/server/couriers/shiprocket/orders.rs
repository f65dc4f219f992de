//! Shiprocket's orders: looked up by our reference or by its id, changed until a carrier has them.

use serde_json::{Value, json};

use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::shiprocket::wire::{self, KnownOrder};
use crate::server::couriers::shiprocket::{Shiprocket, booking, send};
use crate::server::couriers::{CourierError, Numbers, Parcel, scalar};

/// Rows of one page of a search.
const PAGE_ROWS: usize = 50;
/// Pages that are read before a search is given up.
const PAGES_MAX: usize = 4;

/// One page of orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Orders that could be read.
    pub orders: Vec<KnownOrder>,
    /// Whether there is another page.
    pub has_more: bool,
}

impl Shiprocket {
    /// An order by Shiprocket's id; `None` when it knows none.
    ///
    /// # Errors
    /// As every call.
    pub async fn order(
        &self,
        http: &Outbound,
        account: &Account,
        id: &str,
    ) -> Result<Option<KnownOrder>, CourierError> {
        read_order(&send(http, account, Ask::get("order", &["orders", "show", id])).await?)
    }

    /// A page of the account's orders, newest first, found by a text if there is one.
    ///
    /// # Errors
    /// As every call.
    pub async fn orders(
        &self,
        http: &Outbound,
        account: &Account,
        search: &str,
        page: usize,
    ) -> Result<Page, CourierError> {
        let mut ask = Ask::get("find", &["orders"]);
        ask.query = vec![("page", page.to_string()), ("per_page", PAGE_ROWS.to_string())];
        if !search.is_empty() {
            ask.query.push(("search", search.to_owned()));
        }
        read_page(&send(http, account, ask).await?)
    }

    /// The order that has our reference, exactly; `None` is proof that there is none.
    ///
    /// # Errors
    /// As every call, and [`CourierError::Unavailable`] when the search finds too much to be a proof.
    pub async fn order_of(
        &self,
        http: &Outbound,
        account: &Account,
        reference: &str,
    ) -> Result<Option<KnownOrder>, CourierError> {
        let reference = reference.trim();
        for page in 1..=PAGES_MAX {
            let Page { orders, has_more } = self.orders(http, account, reference, page).await?;
            let is_ours = |one: &&KnownOrder| one.booking.numbers.reference.as_deref() == Some(reference);
            let ours: Vec<&KnownOrder> = orders.iter().filter(is_ours).collect();
            // Of two with one reference the one that is alive counts.
            let found = ours.iter().find(|one| !one.is_dead).or(ours.first()).map(|one| (*one).clone());
            if found.is_some() || !has_more {
                return Ok(found);
            }
        }
        Err(CourierError::Unavailable {
            reason: "Shiprocket found too many orders to say which one is this.".to_owned(),
            retry_after_ms: None,
        })
    }

    /// What a shipment is called, by Shiprocket's id of it; `None` when it knows none.
    ///
    /// # Errors
    /// As every call.
    pub async fn shipment(
        &self,
        http: &Outbound,
        account: &Account,
        id: &str,
    ) -> Result<Option<Numbers>, CourierError> {
        let answer = send(http, account, Ask::get("shipment", &["shipments", id])).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        Ok(read_shipments(&answer)?.into_iter().next())
    }

    /// What the account's latest shipments are called.
    ///
    /// # Errors
    /// As every call.
    pub async fn shipments(&self, http: &Outbound, account: &Account) -> Result<Vec<Numbers>, CourierError> {
        read_shipments(&send(http, account, Ask::get("shipment", &["shipments"])).await?)
    }

    /// Puts what a parcel says now in place of what its order says.
    ///
    /// # Errors
    /// As every call; [`CourierError::Refused`] once a carrier has it.
    pub async fn update(&self, http: &Outbound, account: &Account, parcel: &Parcel) -> Result<(), CourierError> {
        let body = booking::order_body(parcel, account)?;
        wire::read_done(&send(http, account, Ask::post("update", &["orders", "update", "adhoc"], body)).await?)
    }

    /// Has orders picked up at another place, by its nickname.
    ///
    /// # Errors
    /// As every call.
    pub async fn change_pickup(
        &self,
        http: &Outbound,
        account: &Account,
        orders: &[String],
        place: &str,
    ) -> Result<(), CourierError> {
        let ids: Vec<Value> = orders.iter().map(|id| as_number(id)).collect();
        let body = json!({ "order_id": ids, "pickup_location": place });
        let ask = Ask {
            method: reqwest::Method::PATCH,
            ..Ask::post("change_pickup", &["orders", "address", "pickup"], body)
        };
        wire::read_done(&send(http, account, ask).await?)
    }

    /// Sends an order to where its parcel says now.
    ///
    /// # Errors
    /// As every call.
    pub async fn change_address(
        &self,
        http: &Outbound,
        account: &Account,
        order: &str,
        parcel: &Parcel,
    ) -> Result<(), CourierError> {
        let mut body = booking::recipient(parcel, account, "shipping")?;
        body.insert("order_id".to_owned(), as_number(order));
        let ask = Ask::post("change_address", &["orders", "address", "update"], Value::Object(body));
        wire::read_done(&send(http, account, ask).await?)
    }
}

/// An id of Shiprocket's as the number it documents; as text where it is none.
pub fn as_number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |number| json!(number))
}

/// Reads one order.
///
/// # Errors
/// Anything that is neither an order nor "not found".
pub fn read_order(answer: &Answer) -> Result<Option<KnownOrder>, CourierError> {
    if answer.status == 404 {
        return Ok(None);
    }
    let body = wire::json(answer)?;
    match row(&body["data"]) {
        Some(order) if answer.is_success() => Ok(Some(order)),
        Some(_) | None => Err(wire::failure(answer)),
    }
}

/// Reads a page of orders; a row that is none is left out.
///
/// # Errors
/// When there is no list.
pub fn read_page(answer: &Answer) -> Result<Page, CourierError> {
    let body = wire::json(answer)?;
    let Some(rows) = body["data"].as_array().filter(|_| answer.is_success()) else { return Err(wire::failure(answer)) };
    let orders: Vec<KnownOrder> = rows.iter().filter_map(row).collect();
    let pages = &body["meta"]["pagination"];
    let at = |field: &str| scalar::number(&pages[field]);
    let has_more = match (at("current_page"), at("total_pages")) {
        (Some(page), Some(pages)) => page < pages,
        (_, _) => rows.len() >= PAGE_ROWS,
    };
    // A row nobody can read may be the one that is looked for.
    if orders.len() < rows.len() {
        return Err(CourierError::Unreadable("Shiprocket's list has orders without an id.".to_owned()));
    }
    Ok(Page { orders, has_more })
}

/// Reads shipments, one or many; what has no id is left out.
///
/// # Errors
/// When there are none to read.
pub fn read_shipments(answer: &Answer) -> Result<Vec<Numbers>, CourierError> {
    let body = wire::json(answer)?;
    let rows: Vec<&Value> = match &body["data"] {
        Value::Array(rows) if answer.is_success() => rows.iter().collect(),
        row @ Value::Object(_) if answer.is_success() => vec![row],
        _ => return Err(wire::failure(answer)),
    };
    let numbers = |row: &&Value| {
        Some(Numbers {
            courier_shipment_id: Some(scalar::id(&row["id"])?),
            courier_order_id: scalar::id(&row["order_id"]),
            awb: scalar::id(&row["awb"]).or_else(|| scalar::id(&row["awb_code"])),
            ..Numbers::default()
        })
    };
    Ok(rows.iter().filter_map(numbers).collect())
}

/// An order of a list or alone. Its shipments are a list in the one case and one object in the other.
fn row(value: &Value) -> Option<KnownOrder> {
    let id = scalar::id(&value["id"])?;
    let shipments: Vec<&Value> = match &value["shipments"] {
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    };
    let awb_of = |shipment: &Value| scalar::id(&shipment["awb"]).or_else(|| scalar::id(&shipment["awb_code"]));
    let shipment = shipments.iter().find(|one| awb_of(one).is_some()).or(shipments.first());
    let shipment = shipment.copied().unwrap_or(&Value::Null);
    let mut order = wire::known(value, Some(id), scalar::id(&shipment["id"]));
    let numbers = &mut order.booking.numbers;
    numbers.awb = awb_of(shipment).or_else(|| scalar::id(&value["awb_data"]["awb"])).or_else(|| numbers.awb.take());
    order.booking.carrier_name = scalar::text(&shipment["courier"]).or_else(|| scalar::text(&shipment["courier_name"]));
    Some(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::couriers::shiprocket::tests::{account, answer, fixture, parcel};

    fn listed(reference: &str, status_code: i64) -> Value {
        json!({
            "id": 512640981, "channel_order_id": reference, "status": "NEW", "status_code": status_code, "total": "9000.00",
            "shipments": [{ "id": 509871223, "awb": "", "courier": "", "rto_delivered_date": "0000-00-00 00:00:00" }],
        })
    }

    #[test]
    fn an_order_is_read_alone_and_in_a_list() {
        let list = json!({ "data": [listed("WEB-20431", 1)], "meta": { "pagination": { "current_page": 1, "total_pages": 1 } } });
        let page = read_page(&answer(200, list.to_string())).expect("a page");
        assert!(!page.has_more);
        let numbers = &page.orders[0].booking.numbers;
        assert_eq!(numbers.reference.as_deref(), Some("WEB-20431"));
        assert_eq!(numbers.courier_order_id.as_deref(), Some("512640981"));
        assert_eq!(numbers.courier_shipment_id.as_deref(), Some("509871223"));
        assert_eq!(numbers.awb, None);
        let mut alone = listed("WEB-20431", 1);
        alone["shipments"] = json!({ "id": "509871223", "awb": 78300041200888_i64, "courier": "Xpress" });
        let order =
            read_order(&answer(200, json!({ "data": alone }).to_string())).expect("readable").expect("an order");
        assert_eq!(order.booking.numbers.awb.as_deref(), Some("78300041200888"));
        assert_eq!(order.booking.carrier_name.as_deref(), Some("Xpress"));
        assert!(!order.is_dead);
    }

    #[test]
    fn a_cancelled_order_is_dead_by_its_number_or_its_word() {
        for (code, label, is_dead) in [
            (json!(5), "CANCELED", true),
            (json!("5"), "", true),
            (Value::Null, "Cancelled", true),
            (json!(18), "x", false),
        ] {
            let body = json!({ "data": { "id": 1, "status_code": code, "status": label } }).to_string();
            assert_eq!(
                read_order(&answer(200, body)).expect("readable").expect("an order").is_dead,
                is_dead,
                "{label}"
            );
        }
    }

    #[test]
    fn a_page_tells_whether_there_is_another() {
        let page = |pagination: Value| {
            let rows: Vec<Value> = (0..50).map(|at| listed(&format!("WEB-{at}"), 1)).collect();
            let body = json!({ "data": rows, "meta": { "pagination": pagination } }).to_string();
            read_page(&answer(200, body)).expect("a page").has_more
        };
        assert!(page(json!({ "current_page": 1, "total_pages": "3" })));
        assert!(!page(json!({ "current_page": 3, "total_pages": 3 })));
        assert!(page(Value::Null), "a full page without a word");
    }

    #[test]
    fn only_an_empty_list_proves_that_there_is_no_order() {
        let none = Page { orders: Vec::new(), has_more: false };
        assert_eq!(read_page(&answer(200, r#"{"data":[],"meta":{}}"#)), Ok(none));
        for (status, body) in
            [(200, ""), (200, "{}"), (200, r#"{"data":{}}"#), (200, r#"{"data":[{}]}"#), (404, "<html>"), (200, "[]")]
        {
            assert!(read_page(&answer(status, body)).is_err(), "{status} {body}");
        }
        assert_eq!(read_order(&answer(404, fixture("track_404.json"))), Ok(None));
    }

    #[test]
    fn an_address_is_changed_in_fields_of_its_own() {
        let body = booking::recipient(&parcel(), &account(None), "shipping").expect("fields");
        assert_eq!(body["shipping_address"], "Flat 4, Kaveri Residency");
        assert_eq!(body["shipping_address_2"], "near water tank");
        assert_eq!((as_number("512640981"), as_number("x")), (json!(512640981), json!("x")));
    }
}
