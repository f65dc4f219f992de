//! Giving a customer one thing for another: an order that goes out and one that comes back, made in one call.

use serde_json::{Map, Value, json};

use crate::domain::couriers::ParcelItem;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::shiprocket::returns::perhaps_ours;
use crate::server::couriers::shiprocket::wire::KnownOrder;
use crate::server::couriers::shiprocket::{Shiprocket, booking, send, wire};
use crate::server::couriers::{CourierError, Parcel, scalar};

/// A thing that comes back, and the one the customer gets for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swap {
    /// What comes back, and what it cost.
    pub given: ParcelItem,
    /// What goes out, as many as come back, at the same price.
    pub wanted: ParcelItem,
    /// HSN code of the thing, which Shiprocket requires here.
    pub hsn: String,
}

/// An exchange.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// What goes out: reference, customer, size and weight.
    pub out: &'a Parcel,
    /// What comes back, under a reference of its own.
    pub back: &'a Parcel,
    /// Thing by thing.
    pub swaps: &'a [Swap],
    /// Number, not nickname, of the seller's pickup place.
    pub place: &'a str,
    /// Number of the reason in Shiprocket's list.
    pub reason: &'a str,
}

/// Both orders of an exchange; each needs an AWB of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanged {
    /// The order that goes out.
    pub out: KnownOrder,
    /// The order that comes back; [`Shiprocket::assign_return_awb`] has it fetched.
    pub back: KnownOrder,
}

impl Shiprocket {
    /// Makes both orders of an exchange.
    ///
    /// # Errors
    /// As [`Shiprocket::create_return`].
    pub async fn create_exchange(
        &self,
        http: &Outbound,
        account: &Account,
        exchange: Exchange<'_>,
    ) -> Result<Exchanged, CourierError> {
        let body = body(account, exchange)?;
        read(&send(http, account, Ask::post("create_exchange", &["orders", "create", "exchange"], body)).await?)
    }
}

fn body(account: &Account, exchange: Exchange<'_>) -> Result<Value, CourierError> {
    let Exchange { out, back, swaps, place, reason } = exchange;
    let given = Parcel { items: swaps.iter().map(|swap| swap.given.clone()).collect(), ..back.clone() };
    let hsn: Vec<String> = swaps.iter().map(|swap| swap.hsn.clone()).collect();
    let (mut lines, total) = booking::coded_lines(&given, &hsn)?;
    for (line, swap) in lines.iter_mut().zip(swaps) {
        line["exchange_item_name"] = json!(swap.wanted.name);
        line["exchange_item_sku"] = json!(swap.wanted.sku);
    }
    let mut body = json!({
        "exchange_order_id": out.reference.trim(),
        "return_order_id": back.reference.trim(),
        "seller_pickup_location_id": place.trim(),
        "seller_shipping_location_id": place.trim(),
        "order_date": booking::local(out.ordered_at, "%Y-%m-%d"),
        "payment_method": "prepaid",
        "return_reason": reason.trim(),
        "order_items": lines,
        "total_discount": 0,
        "sub_total": booking::rupees(total)?,
    });
    if let Some(fields) = body.as_object_mut() {
        fields.extend(buyer(out, account, "buyer_shipping")?);
        fields.extend(buyer(back, account, "buyer_pickup")?);
        fields.extend(prefixed("exchange", booking::measures(out)?));
        fields.extend(prefixed("return", booking::measures(back)?));
    }
    Ok(body)
}

/// A customer, whose name is called a first name here.
fn buyer(parcel: &Parcel, account: &Account, prefix: &str) -> Result<Map<String, Value>, CourierError> {
    let fields = booking::recipient(parcel, account, prefix)?;
    Ok(fields.into_iter().map(|(name, value)| (name.replace("_customer_name", "_first_name"), value)).collect())
}

fn prefixed(prefix: &str, fields: Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
    fields.into_iter().map(move |(name, value)| (format!("{prefix}_{name}"), value))
}

/// Reads both orders of an exchange. One without the other is nothing that can be understood.
///
/// # Errors
/// Why there are none.
pub fn read(answer: &Answer) -> Result<Exchanged, CourierError> {
    let body = wire::json(answer)?;
    let order = |part: &str| {
        let order = &body["data"][part];
        let (id, shipment) = (scalar::id(&order["order_id"])?, scalar::id(&order["shipment_id"])?);
        Some(wire::known(order, Some(id), Some(shipment)))
    };
    match (order("forward_orders"), order("return_orders")) {
        (Some(out), Some(back)) if answer.is_success() => Ok(Exchanged { out, back }),
        (None, None) => Err(perhaps_ours(wire::failure(answer))),
        (_, _) => Err(CourierError::Unreadable("Shiprocket named half of an exchange.".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Minor;
    use crate::server::couriers::shiprocket::tests::{account, answer, fixture, parcel};

    fn swap() -> Swap {
        let item = |sku: &str| ParcelItem {
            sku: sku.to_owned(),
            name: format!("Kurta {sku}"),
            quantity: 1,
            unit_price: Minor(74_900),
        };
        Swap { given: item("KUR-M"), wanted: item("KUR-L"), hsn: "6211".to_owned() }
    }

    #[test]
    fn an_exchange_names_what_comes_back_and_what_goes_out() {
        let (out, back) = (parcel(), Parcel { reference: "R-WEB-20431".to_owned(), ..parcel() });
        let swaps = [swap()];
        let exchange = Exchange { out: &out, back: &back, swaps: &swaps, place: "5723", reason: "29" };
        let sent = body(&account(None), exchange).expect("a body");
        for (field, wanted) in [
            ("exchange_order_id", json!("WEB-20431")),
            ("return_order_id", json!("R-WEB-20431")),
            ("seller_pickup_location_id", json!("5723")),
            ("buyer_shipping_first_name", json!("Meera Tandale")),
            ("buyer_pickup_pincode", json!("411045")),
            ("sub_total", json!(749)),
        ] {
            assert_eq!(sent[field], wanted, "{field}");
        }
        for field in ["return_weight", "exchange_weight", "return_length", "exchange_height"] {
            assert!(sent[field].as_f64().is_some_and(|number| number > 0.0), "{field}");
        }
        let line = &sent["order_items"][0];
        assert_eq!(
            (&line["sku"], &line["exchange_item_sku"], &line["hsn"]),
            (&json!("KUR-M"), &json!("KUR-L"), &json!("6211"))
        );
        let nameless = [Swap { hsn: String::new(), ..swap() }];
        for swaps in [&[][..], &nameless] {
            assert!(matches!(body(&account(None), Exchange { swaps, ..exchange }), Err(CourierError::Refused(_))));
        }
    }

    #[test]
    fn an_exchange_is_two_orders_or_none() {
        let both = read(&answer(200, fixture("exchange_response.json"))).expect("two orders");
        let ids = |order: &KnownOrder| order.booking.numbers.courier_shipment_id.clone();
        assert_eq!((ids(&both.out).as_deref(), ids(&both.back).as_deref()), (Some("509930041"), Some("509930042")));
        let code = both.back.booking.heard.expect("a status").code;
        assert_eq!(code.code, "21", "it waits to be fetched");
        let half = r#"{"success":true,"data":{"forward_orders":{"order_id":1,"shipment_id":2}}}"#;
        assert!(matches!(read(&answer(200, half)), Err(CourierError::Unreadable(_))));
        let used = r#"{"message":"Oops!","errors":{"return_order_id":["The return order id has already been taken."]},"status_code":422}"#;
        assert!(matches!(read(&answer(422, used)), Err(CourierError::Unavailable { .. })), "it may be ours");
        let no = r#"{"message":"Oops! Invalid Data.","errors":{"sub_total":["Required."]},"status_code":422}"#;
        assert!(matches!(read(&answer(422, no)), Err(CourierError::Refused(_))));
    }
}
