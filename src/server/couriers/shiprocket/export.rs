//! Parcels for other countries, which have paths of their own.
//!
//! They are paid before they go, and carry what customs want to know. That the merchant may send them (KYC, bank
//! details) is settled in Shiprocket's panel.

use serde_json::{Value, json};

use crate::domain::money::Currency;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Ask, Outbound};
use crate::server::couriers::shiprocket::papers::{self, Paper};
use crate::server::couriers::shiprocket::returns::{BookedAtOnce, STEPS, read_at_once};
use crate::server::couriers::shiprocket::wire::KnownOrder;
use crate::server::couriers::shiprocket::{Shiprocket, ask_for_awb, booking, rates, send, wire};
use crate::server::couriers::{Booking, CourierError, Numbers, Parcel, Rate};

/// Why something is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A sample that is not for sale.
    Sample,
    /// A gift.
    Gift,
    /// It was sold.
    Sale,
}

impl Reason {
    /// `reasonOfExport` and `purpose_of_shipment`, which count differently.
    fn numbers(self) -> (i64, i64) {
        match self {
            Reason::Sample => (1, 1),
            Reason::Gift => (2, 0),
            Reason::Sale => (3, 2),
        }
    }
}

/// Who gets it, in another country.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// Who gets it.
    pub name: String,
    /// Digits of the phone, without the country's code.
    pub phone: String,
    /// The country's code: `+31`.
    pub dial: String,
    /// E-mail address.
    pub email: String,
    /// House and street.
    pub address: String,
    /// Town.
    pub city: String,
    /// State or province.
    pub state: String,
    /// Postcode, as that country writes it.
    pub postcode: String,
    /// English name of the country, not its code.
    pub country: String,
}

/// A parcel for another country. Amounts are rupees.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    /// Reference, things, size and weight; its customer and address are not used.
    pub parcel: &'a Parcel,
    /// Where it goes.
    pub to: &'a Destination,
    /// HSN code of each thing, in their order.
    pub hsn: &'a [String],
    /// Why.
    pub reason: Reason,
}

impl Shiprocket {
    /// Makes the order of a parcel for another country.
    ///
    /// # Errors
    /// As [`Shiprocket::create`].
    pub async fn create_export(
        &self,
        http: &Outbound,
        account: &Account,
        export: Export<'_>,
    ) -> Result<KnownOrder, CourierError> {
        let path = ["international", "orders", "create", "adhoc"];
        self.make(http, account, export.parcel, Ask::post("book", &path, body(account, export)?)).await
    }

    /// Changes everything of such an order but its reference, until it has an AWB.
    ///
    /// # Errors
    /// As every call.
    pub async fn update_export(
        &self,
        http: &Outbound,
        account: &Account,
        export: Export<'_>,
    ) -> Result<(), CourierError> {
        let path = ["international", "orders", "update", "adhoc"];
        wire::read_done(&send(http, account, Ask::post("update_order", &path, body(account, export)?)).await?)
    }

    /// Makes such an order, gets its AWB, label, pickup and manifest in one call.
    ///
    /// # Errors
    /// As booking.
    pub async fn export_at_once(
        &self,
        http: &Outbound,
        account: &Account,
        export: Export<'_>,
    ) -> Result<BookedAtOnce, CourierError> {
        let path = ["international", "shipments", "create", "forward-shipment"];
        let mut body = body(account, export)?;
        for step in STEPS {
            body[step] = json!(true);
        }
        read_at_once(&send(http, account, Ask::post("book_at_once", &path, body)).await?)
    }

    /// The carriers that take a parcel to a country, cheapest first; none where nobody goes.
    ///
    /// # Errors
    /// As every call.
    pub async fn export_rates(
        &self,
        http: &Outbound,
        account: &Account,
        export: Export<'_>,
    ) -> Result<Vec<Rate>, CourierError> {
        let pickup = account.shown.pickup_pincode.as_deref().unwrap_or_default();
        let mut ask = Ask::get("rates", &["international", "courier", "serviceability"]);
        // Without the postcode of the pickup it is refused with a sentence that names no field.
        ask.query = vec![
            ("pickup_postcode", pickup.trim().to_owned()),
            ("delivery_country", export.to.country.trim().to_owned()),
            ("delivery_postcode", export.to.postcode.trim().to_owned()),
            ("weight", booking::kilograms(export.parcel.weight_grams.max(1)).to_string()),
            ("cod", "0".to_owned()),
        ];
        rates::read_rates(&send(http, account, ask).await?, false)
    }

    /// Gets an AWB for such an order, from a carrier that was offered.
    ///
    /// # Errors
    /// As [`Courier::assign_awb`](crate::server::couriers::Courier::assign_awb).
    pub async fn assign_export_awb(
        &self,
        http: &Outbound,
        account: &Account,
        numbers: &Numbers,
        carrier: Option<&str>,
    ) -> Result<Booking, CourierError> {
        let path = ["international", "courier", "assign", "awb"];
        self.assign(http, account, numbers, ask_for_awb(&path, numbers, carrier, false)?).await
    }

    /// The manifest of such shipments. Their labels come from where the others come from.
    ///
    /// # Errors
    /// As every call.
    pub async fn export_manifest(
        &self,
        http: &Outbound,
        account: &Account,
        shipments: &[String],
    ) -> Result<Paper, CourierError> {
        let body = json!({ "shipment_id": papers::numbers(shipments) });
        let ask = papers::drawn(Ask::post("manifest", &["international", "manifests", "generate"], body));
        papers::read_paper(&send(http, account, ask).await?, Some("status"), "manifest_url")
    }
}

fn body(account: &Account, export: Export<'_>) -> Result<Value, CourierError> {
    let Export { parcel, to, hsn, reason } = export;
    let no = |sentence: &str| Err(CourierError::Refused(sentence.to_owned()));
    let reference = booking::reference(parcel)?;
    if parcel.currency != Currency::INR || parcel.cod_amount.0 > 0 {
        return no("Parcels for other countries are paid before, in rupees.");
    }
    let country = to.country.trim();
    if country.len() < 4 || country.eq_ignore_ascii_case("india") {
        return no("Shiprocket wants the English name of another country.");
    }
    let (lines, total) = booking::coded_lines(parcel, hsn)?;
    let (reason_of_export, purpose) = reason.numbers();
    let mut body = json!({
        "order_id": reference,
        "order_date": booking::local(parcel.ordered_at, "%Y-%m-%d %H:%M"),
        "pickup_location": booking::pickup_location(account),
        "isd_code": to.dial.trim(),
        // What is said of billing alone is not taken for where it goes, whatever this says.
        "shipping_is_billing": false,
        "order_items": lines,
        "payment_method": "Prepaid",
        "currency": "INR",
        "reasonOfExport": reason_of_export,
        "purpose_of_shipment": purpose,
        "Terms_Of_Invoice": "FOB",
        "igstPaymentStatus": "A",
        "commodity": true,
        "shipping_charges": 0,
        "total_discount": 0,
        "sub_total": booking::rupees(total)?,
    });
    for prefix in ["billing", "shipping"] {
        for (name, value) in [
            ("customer_name", &to.name),
            ("address", &to.address),
            ("city", &to.city),
            ("state", &to.state),
            ("pincode", &to.postcode),
            ("country", &to.country),
            ("email", &to.email),
            ("phone", &to.phone),
        ] {
            body[format!("{prefix}_{name}")] = json!(value.trim());
        }
    }
    if let Some(fields) = body.as_object_mut() {
        fields.extend(booking::measures(parcel)?);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Minor;
    use crate::server::couriers::shiprocket::tests::{account, parcel};

    fn destination() -> Destination {
        Destination {
            name: "Saskia de Wit".to_owned(),
            phone: "612345678".to_owned(),
            dial: "+31".to_owned(),
            email: "saskia@example.com".to_owned(),
            address: "Prinsengracht 1".to_owned(),
            city: "Amsterdam".to_owned(),
            state: "Noord-Holland".to_owned(),
            postcode: "1015 CJ".to_owned(),
            country: "Netherlands".to_owned(),
        }
    }

    #[test]
    fn a_parcel_for_another_country_says_where_it_goes_what_it_is_and_why() {
        let prepaid = Parcel { cod_amount: Minor(0), ..parcel() };
        let (to, hsn) = (destination(), ["6211".to_owned(), "6214".to_owned()]);
        let export = Export { parcel: &prepaid, to: &to, hsn: &hsn, reason: Reason::Sale };
        let sent = body(&account(None), export).expect("a body");
        for (field, wanted) in [
            ("shipping_country", json!("Netherlands")),
            ("shipping_pincode", json!("1015 CJ")),
            ("isd_code", json!("+31")),
            ("payment_method", json!("Prepaid")),
            ("currency", json!("INR")),
            ("reasonOfExport", json!(3)),
            ("purpose_of_shipment", json!(2)),
            ("sub_total", json!(1848.5)),
        ] {
            assert_eq!(sent[field], wanted, "{field}");
        }
        assert_eq!((&sent["order_items"][1]["hsn"], sent["weight"].as_f64()), (&json!("6214"), Some(0.8)));

        let (indian, coded) = (
            Destination { country: "India".to_owned(), ..destination() },
            Destination { country: "NL".to_owned(), ..destination() },
        );
        let on_delivery = parcel();
        for wrong in [
            Export { to: &indian, ..export },
            Export { to: &coded, ..export },
            Export { hsn: &hsn[..1], ..export },
            Export { parcel: &on_delivery, ..export },
        ] {
            assert!(matches!(body(&account(None), wrong), Err(CourierError::Refused(_))), "{wrong:?}");
        }
    }
}
