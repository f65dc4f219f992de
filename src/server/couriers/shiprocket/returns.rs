//! Bringing goods back from a customer, and the ways that do a whole booking in one call.

use serde_json::{Value, json};

use crate::domain::time::UnixMillis;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::shiprocket::wire::KnownOrder;
use crate::server::couriers::shiprocket::{ASSIGN, Shiprocket, ask_for_awb, booking, scans, send, wire};
use crate::server::couriers::{Booking, CourierError, Numbers, Parcel, scalar};

/// What is asked for besides the AWB when everything is done in one call.
pub const STEPS: [&str; 3] = ["request_pickup", "print_label", "generate_manifest"];

/// Where goods come back to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seller {
    /// Who gets them.
    pub name: String,
    /// Phone of ten digits.
    pub phone: String,
    /// House and street.
    pub address: String,
    /// Town.
    pub city: String,
    /// State.
    pub state: String,
    /// PIN code of six digits.
    pub pincode: String,
}

/// What a booking in one call has come to, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedAtOnce {
    /// The order, with an AWB if that step went well.
    pub booking: Booking,
    /// Why there is no AWB.
    pub awb_refused: Option<String>,
    /// Where the label is.
    pub label_url: Option<String>,
    /// Where the manifest is.
    pub manifest_url: Option<String>,
    /// When the rider comes.
    pub pickup_at: Option<UnixMillis>,
}

impl Shiprocket {
    /// Makes an order, gets its AWB, label, pickup and manifest in one call. Where only the order was
    /// made, [`Courier::assign_awb`](crate::server::couriers::Courier::assign_awb) takes the next step.
    ///
    /// # Errors
    /// As booking.
    pub async fn book_at_once(
        &self,
        http: &Outbound,
        account: &Account,
        parcel: &Parcel,
    ) -> Result<BookedAtOnce, CourierError> {
        let mut body = booking::order_body(parcel, account)?;
        for step in STEPS {
            body[step] = json!(true);
        }
        if let Some(carrier) = &parcel.service_id {
            body["courier_id"] = json!(carrier);
        }
        let path = ["shipments", "create", "forward-shipment"];
        read_at_once(&send(http, account, Ask::post("book_at_once", &path, body)).await?)
    }

    /// Makes the order of a return: `parcel` is what the customer gives back, with a reference of its own.
    /// [`Shiprocket::assign_return_awb`] has it fetched.
    ///
    /// # Errors
    /// As booking; a reference that was used before is [`CourierError::Unavailable`], for it may be ours.
    pub async fn create_return(
        &self,
        http: &Outbound,
        account: &Account,
        parcel: &Parcel,
        seller: &Seller,
    ) -> Result<KnownOrder, CourierError> {
        let body = return_body(parcel, account, seller)?;
        read_return(&send(http, account, Ask::post("create_return", &["orders", "create", "return"], body)).await?)
    }

    /// Gets an AWB for the shipment of a return.
    ///
    /// # Errors
    /// As [`Courier::assign_awb`](crate::server::couriers::Courier::assign_awb).
    pub async fn assign_return_awb(
        &self,
        http: &Outbound,
        account: &Account,
        numbers: &Numbers,
        carrier: Option<&str>,
    ) -> Result<Booking, CourierError> {
        self.assign(http, account, numbers, ask_for_awb(&ASSIGN, numbers, carrier, true)?).await
    }

    /// Makes the order of a return and has it fetched in one call.
    ///
    /// # Errors
    /// As [`Shiprocket::create_return`].
    pub async fn return_at_once(
        &self,
        http: &Outbound,
        account: &Account,
        parcel: &Parcel,
        seller: &Seller,
    ) -> Result<BookedAtOnce, CourierError> {
        let mut body = return_body(parcel, account, seller)?;
        body["request_pickup"] = json!(true);
        let path = ["shipments", "create", "return-shipment"];
        read_at_once(&send(http, account, Ask::post("return_at_once", &path, body)).await?)
    }
}

/// The body of `orders/create/return`: the customer is where it is fetched, the seller where it goes.
fn return_body(parcel: &Parcel, account: &Account, seller: &Seller) -> Result<Value, CourierError> {
    let total = parcel.declared_value;
    let mut body = json!({
        "order_id": parcel.reference.trim(),
        "order_date": booking::local(parcel.ordered_at, "%Y-%m-%d"),
        "pickup_isd_code": "91",
        "shipping_isd_code": "91",
        "shipping_customer_name": seller.name,
        "shipping_last_name": "",
        "shipping_address": seller.address,
        "shipping_address_2": "",
        "shipping_city": seller.city,
        "shipping_state": seller.state,
        "shipping_country": "India",
        "shipping_pincode": seller.pincode,
        "shipping_email": account.credential("email").trim(),
        "shipping_phone": seller.phone,
        "order_items": booking::lines(parcel, total)?,
        "payment_method": "PREPAID",
        "total_discount": "0",
        "sub_total": booking::rupees(total)?,
    });
    if let Some(fields) = body.as_object_mut() {
        fields.extend(booking::recipient(parcel, account, "pickup")?);
        fields.extend(booking::measures(parcel)?);
    }
    Ok(body)
}

fn read_return(answer: &Answer) -> Result<KnownOrder, CourierError> {
    wire::read_created(answer).map_err(perhaps_ours)
}

/// A return's reference that is used already may have been used by us.
pub fn perhaps_ours(error: CourierError) -> CourierError {
    match error {
        CourierError::Refused(reason) if reason.to_lowercase().contains("already been taken") => {
            CourierError::Unavailable {
                reason: "Shiprocket already has a return with this reference; it has to be looked up.".to_owned(),
                retry_after_ms: None,
            }
        }
        other => other,
    }
}

/// Reads a booking in one call. Each step has a flag of its own.
pub fn read_at_once(answer: &Answer) -> Result<BookedAtOnce, CourierError> {
    let body = wire::json(answer)?;
    let payload = &body["payload"];
    let (order, shipment) = (scalar::id(&payload["order_id"]), scalar::id(&payload["shipment_id"]));
    if !answer.is_success() || scalar::number(&body["status"]) != Some(1) || order.is_none() || shipment.is_none() {
        return Err(wire::failure(answer));
    }
    let is_done = |step: &str| scalar::number(&payload[step]) == Some(1);
    let url = |step: &str, field: &str| scalar::text(&payload[field]).filter(|_| is_done(step));
    let awb = scalar::id(&payload["awb_code"]).filter(|_| is_done("awb_generated"));
    let awb_refused = awb.is_none().then(|| {
        let said = scalar::text(&payload["awb_assign_error"]).unwrap_or_default();
        if said.is_empty() { "Shiprocket gave no AWB and no reason.".to_owned() } else { scalar::words(&said) }
    });
    let numbers = Numbers { awb, courier_order_id: order, courier_shipment_id: shipment, ..Numbers::default() };
    let carrier_name = scalar::text(&payload["courier_name"]);
    Ok(BookedAtOnce {
        booking: Booking { numbers, carrier_name, ..Booking::default() },
        awb_refused,
        label_url: url("label_generated", "label_url"),
        manifest_url: url("manifest_generated", "manifest_url"),
        pickup_at: scans::time(&payload["pickup_scheduled_date"]).filter(|_| is_done("pickup_generated")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Minor;
    use crate::server::couriers::shiprocket::status;
    use crate::server::couriers::shiprocket::tests::{account, answer, fixture, parcel, recorded};

    #[test]
    fn each_step_of_a_booking_in_one_call_is_read_by_itself() {
        let all = read_at_once(&answer(200, fixture("forward_shipment_response.json"))).expect("booked");
        assert_eq!(all.booking.numbers.awb.as_deref(), Some("78300041200917"));
        assert!(all.label_url.is_some() && all.manifest_url.is_some() && all.pickup_at.is_some());
        assert_eq!(all.awb_refused, None);
        let half = read_at_once(&answer(200, fixture("forward_shipment_failed_at_awb.json"))).expect("an order");
        let ids =
            (half.booking.numbers.courier_order_id.as_deref(), half.booking.numbers.courier_shipment_id.as_deref());
        assert_eq!(ids, (Some("512641009"), Some("509871251")), "the AWB can be asked for again");
        assert_eq!(half.booking.numbers.awb, None);
        assert!(half.awb_refused.expect("a reason").starts_with("Insufficient amount"));
        let none = read_at_once(&answer(200, fixture("forward_shipment_failed_at_pickup_location.json")));
        assert!(
            matches!(&none, Err(CourierError::Refused(sentence)) if sentence.contains("Oops! Invalid Data")),
            "{none:?}"
        );
        let wanted = recorded("forward_shipment_request.json");
        for step in STEPS {
            assert_eq!(wanted[step], true, "{step} is a field of the call");
        }
    }

    #[test]
    fn the_recorded_return_is_built_the_customer_gives_and_the_seller_gets() {
        let seller = Seller {
            name: "Demo Store".to_owned(),
            phone: "9000000001".to_owned(),
            address: "No 3, Mill Street".to_owned(),
            city: "Bengaluru".to_owned(),
            state: "Karnataka".to_owned(),
            pincode: "560034".to_owned(),
        };
        let items = vec![crate::domain::couriers::ParcelItem { quantity: 1, ..parcel().items[0].clone() }];
        let given = Parcel { items, declared_value: Minor(74_900), reference: "R-WEB-20431".to_owned(), ..parcel() };
        let body = return_body(&given, &account(None), &seller).expect("a body");
        let wanted = recorded("return_create_request.json");
        for field in [
            "order_id",
            "pickup_city",
            "pickup_phone",
            "pickup_address",
            "shipping_city",
            "shipping_address",
            "payment_method",
            "sub_total",
        ] {
            assert_eq!(body[field], wanted[field], "{field}");
        }
        assert_eq!(scalar::text(&body["shipping_pincode"]), scalar::text(&wanted["shipping_pincode"]));
        assert_eq!(body["order_items"][0]["sku"], wanted["order_items"][0]["sku"]);
    }

    #[test]
    fn a_return_is_an_order_of_its_own_and_a_used_reference_may_be_ours() {
        let order = read_return(&answer(200, fixture("return_create_response.json"))).expect("an order");
        assert_eq!(order.booking.numbers.courier_shipment_id.as_deref(), Some("509930031"));
        let code = order.booking.heard.expect("a status").code;
        assert_eq!((code.id_space.as_str(), code.code.as_str()), (status::ORDER, "21"));
        let used =
            r#"{"message":"Invalid","errors":{"order_id":["The order id has already been taken."]},"status_code":422}"#;
        assert!(matches!(read_return(&answer(422, used)), Err(CourierError::Unavailable { .. })));
    }
}
