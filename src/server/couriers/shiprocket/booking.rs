//! The body of an order for Shiprocket: names, phones, lines, money, sizes, as it wants them.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::domain::customers::{Address, Country, Phone};
use crate::domain::money::{Currency, Minor};
use crate::domain::time::{MINUTE_MS, UnixMillis};
use crate::server::couriers::account::Account;
use crate::server::couriers::{CourierError, Parcel, scalar};

/// Longest reference, in characters.
pub const REFERENCE_CHARACTERS_MAX: usize = 50;
/// The pickup place of an account that names none.
const USUAL_PICKUP: &str = "Primary";
const CITY_CHARACTERS_MAX: usize = 30;
/// Names, addresses and notes have no documented limit; a column of theirs is not longer than this.
const TEXT_CHARACTERS_MAX: usize = 190;
/// Sides have to be longer than half a centimetre.
const SIDE_MM_MIN: i64 = 6;
/// The line for what is paid beside the goods.
const CHARGES_SKU: &str = "DELIVERY";

fn refused(sentence: impl Into<String>) -> CourierError {
    CourierError::Refused(sentence.into())
}

/// The body of `orders/create/adhoc`.
///
/// # Errors
/// [`CourierError::Refused`] for what Shiprocket cannot carry.
pub fn order_body(parcel: &Parcel, account: &Account) -> Result<Value, CourierError> {
    let reference = reference(parcel)?;
    if parcel.currency != Currency::INR {
        return Err(refused("Shiprocket collects rupees only."));
    }
    let is_cod = parcel.cod_amount.0 > 0;
    let total = if is_cod { parcel.cod_amount } else { parcel.declared_value };
    let mut body = json!({
        "order_id": reference,
        "order_date": local(parcel.ordered_at, "%Y-%m-%d %H:%M"),
        "pickup_location": pickup_location(account),
        "comment": scalar::line(&parcel.note, TEXT_CHARACTERS_MAX),
        "billing_isd_code": "91",
        "shipping_is_billing": true,
        "order_items": lines(parcel, total)?,
        "payment_method": if is_cod { "COD" } else { "Prepaid" },
        // Everything is in the lines already, so that nothing is added or taken off a second time.
        "shipping_charges": 0,
        "giftwrap_charges": 0,
        "transaction_charges": 0,
        "total_discount": 0,
        "sub_total": rupees(total)?,
    });
    let fields = body.as_object_mut().ok_or_else(|| refused("This parcel cannot be written down."))?;
    fields.extend(recipient(parcel, account, "billing")?);
    fields.extend(measures(parcel)?);
    if let Some(channel) = scalar::id(&account.settings["channel_id"]) {
        fields.insert("channel_id".to_owned(), json!(channel));
    }
    Ok(body)
}

/// The reference of a parcel.
///
/// # Errors
/// [`CourierError::Refused`] for one that Shiprocket does not take.
pub fn reference(parcel: &Parcel) -> Result<&str, CourierError> {
    match parcel.reference.trim() {
        reference if (1..=REFERENCE_CHARACTERS_MAX).contains(&reference.chars().count()) => Ok(reference),
        _ => Err(refused("Shiprocket takes references of at most 50 characters.")),
    }
}

/// The nickname of the pickup place.
pub fn pickup_location(account: &Account) -> &str {
    account.shown.pickup_location.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(USUAL_PICKUP)
}

/// Who gets the parcel, or gives it back, in fields of a prefix.
///
/// # Errors
/// [`CourierError::Refused`] for anybody outside India.
pub fn recipient(parcel: &Parcel, account: &Account, prefix: &str) -> Result<Map<String, Value>, CourierError> {
    let address = &parcel.address;
    let pincode = address.pincode.trim();
    if address.country != Country::IN || pincode.len() != 6 || !pincode.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused("Shiprocket delivers to Indian addresses with a PIN code of 6 digits."));
    }
    let line = |text: &str| scalar::line(text, TEXT_CHARACTERS_MAX);
    let (first, second) = streets(address);
    // An e-mail address is required, and customers here often have none: the merchant's own is true.
    let email = if parcel.email.trim().is_empty() { account.credential("email").trim() } else { parcel.email.trim() };
    let fields = [
        ("customer_name", line(&parcel.name)),
        ("last_name", String::new()),
        ("address", first),
        ("address_2", second),
        ("city", scalar::line(&address.city, CITY_CHARACTERS_MAX)),
        ("pincode", pincode.to_owned()),
        ("state", line(&address.state)),
        ("country", "India".to_owned()),
        ("email", email.to_owned()),
        ("phone", ten_digits(&parcel.phone)?),
    ];
    Ok(fields.map(|(name, value)| (format!("{prefix}_{name}"), json!(value))).into_iter().collect())
}

/// House and street, and the rest of where it is.
pub fn streets(address: &Address) -> (String, String) {
    let line = |text: &str| scalar::line(text, TEXT_CHARACTERS_MAX);
    let landmark = match line(&address.landmark) {
        landmark if landmark.is_empty() => landmark,
        landmark => format!("near {landmark}"),
    };
    let second: Vec<String> = [line(&address.line2), landmark].into_iter().filter(|part| !part.is_empty()).collect();
    (line(&address.line1), line(&second.join(", ")))
}

/// Ten digits, without country code.
///
/// # Errors
/// [`CourierError::Refused`] for a phone of another country.
pub fn ten_digits(phone: &Phone) -> Result<String, CourierError> {
    match phone.as_str().strip_prefix("+91") {
        Some(digits) => Ok(digits.to_owned()),
        None => Err(refused("Shiprocket delivers to Indian mobile numbers only.")),
    }
}

/// Centimetres and kilograms.
pub fn measures(parcel: &Parcel) -> Result<Map<String, Value>, CourierError> {
    let size = &parcel.size;
    if parcel.weight_grams <= 0 || size.length_mm <= 0 || size.width_mm <= 0 || size.height_mm <= 0 {
        return Err(refused("Shiprocket wants the weight and the size of the parcel."));
    }
    let tenth = |mm: i64| json!(mm.max(SIDE_MM_MIN) as f64 / 10.0);
    let fields = [
        ("length", tenth(size.length_mm)),
        ("breadth", tenth(size.width_mm)),
        ("height", tenth(size.height_mm)),
        ("weight", kilograms(parcel.weight_grams)),
    ];
    Ok(fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
}

/// Grams as kilograms.
pub fn kilograms(grams: i64) -> Value {
    json!(grams as f64 / 1_000.0)
}

/// One line of an order.
struct Line {
    sku: String,
    name: String,
    units: i64,
    price: Minor,
}

/// The lines, which add up to what is collected to the paisa: what is paid beside the goods is a line of
/// its own, and what was taken off is taken off the lines. SKUs occur once.
pub fn lines(parcel: &Parcel, total: Minor) -> Result<Vec<Value>, CourierError> {
    let mut lines: Vec<Line> = Vec::with_capacity(parcel.items.len() + 1);
    for item in parcel.items.iter().filter(|item| item.quantity > 0 && item.unit_price.0 >= 0) {
        let name = scalar::line(&item.name, TEXT_CHARACTERS_MAX);
        lines.push(Line { sku: item.sku.trim().to_owned(), name, units: item.quantity, price: item.unit_price });
    }
    let goods = worth(lines.iter().map(|line| (line.price, line.units)))?;
    if lines.is_empty() {
        let name = match scalar::line(&parcel.contents, TEXT_CHARACTERS_MAX) {
            contents if contents.is_empty() => "Goods".to_owned(),
            contents => contents,
        };
        lines.push(Line { sku: "GOODS".to_owned(), name, units: 1, price: total });
    } else if total > goods {
        let name = "Delivery and other charges".to_owned();
        lines.push(Line { sku: CHARGES_SKU.to_owned(), name, units: 1, price: Minor(total.0 - goods.0) });
    } else {
        take_off(&mut lines, goods.0 - total.0.max(0));
    }
    let mut used = HashSet::new();
    lines.iter().enumerate().map(|(at, line)| written(line, at, &mut used)).collect()
}

/// The lines of things that cost what they cost, each with its HSN code, and what they add up to.
///
/// # Errors
/// [`CourierError::Refused`] for nothing at all, and for a thing without its code.
pub fn coded_lines(parcel: &Parcel, hsn: &[String]) -> Result<(Vec<Value>, Minor), CourierError> {
    let items = &parcel.items;
    let is_whole = items.iter().all(|item| item.quantity > 0 && item.unit_price.0 >= 0);
    let is_coded = hsn.len() == items.len() && hsn.iter().all(|code| !code.trim().is_empty());
    if items.is_empty() || !is_whole || !is_coded {
        return Err(refused("Shiprocket wants one piece at least, and the HSN code of every thing."));
    }
    let total = worth(items.iter().map(|item| (item.unit_price, item.quantity)))?;
    let mut lines = lines(parcel, total)?;
    for (line, hsn) in lines.iter_mut().zip(hsn) {
        line["hsn"] = json!(hsn.trim());
    }
    Ok((lines, total))
}

/// What so many pieces at such prices add up to.
fn worth(mut prices: impl Iterator<Item = (Minor, i64)>) -> Result<Minor, CourierError> {
    let sum = prices.try_fold(Minor(0), |sum, (price, pieces)| price.times(pieces).and_then(|more| sum.plus(more)));
    sum.ok_or_else(|| refused("Shiprocket cannot collect this amount."))
}

/// Takes an amount off the lines. One that cannot be divided by its pieces becomes a single piece.
fn take_off(lines: &mut [Line], mut amount: i64) {
    for line in lines.iter_mut().rev() {
        let price = line.price.0 * line.units;
        let off = amount.min(price);
        if off == 0 {
            continue;
        }
        amount -= off;
        if (price - off) % line.units == 0 {
            line.price = Minor((price - off) / line.units);
        } else {
            line.name = scalar::line(&format!("{} × {}", line.units, line.name), TEXT_CHARACTERS_MAX);
            line.price = Minor(price - off);
            line.units = 1;
        }
    }
}

fn written(line: &Line, at: usize, used: &mut HashSet<String>) -> Result<Value, CourierError> {
    let base = if line.sku.is_empty() { format!("ITEM-{}", at + 1) } else { line.sku.clone() };
    let mut sku = base.clone();
    let mut copy = 2;
    while !used.insert(sku.to_lowercase()) {
        sku = format!("{base}-{copy}");
        copy += 1;
    }
    Ok(json!({
        "name": line.name,
        "sku": sku,
        "units": line.units,
        "selling_price": rupees(line.price)?,
        "discount": 0,
        "tax": 0,
    }))
}

/// An amount as a JSON number of rupees. The nearest double prints as the decimal it came from, for
/// every amount a parcel can have.
pub fn rupees(amount: Minor) -> Result<Value, CourierError> {
    const MINOR_MAX: i64 = 1_000_000_000_000;
    match amount.0 {
        0..=MINOR_MAX if amount.0 % 100 == 0 => Ok(json!(amount.0 / 100)),
        0..=MINOR_MAX => Ok(json!(amount.0 as f64 / 100.0)),
        _ => Err(refused("Shiprocket cannot collect this amount.")),
    }
}

/// An instant in Indian time.
pub fn local(at: UnixMillis, form: &str) -> String {
    let local = at.plus(Country::IN.utc_offset_minutes() * MINUTE_MS);
    jiff::Timestamp::from_millisecond(local.0).map(|at| at.strftime(form).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::couriers::{ParcelItem, ParcelSize};
    use crate::server::couriers::shiprocket::tests::{account, parcel, recorded};

    fn item(sku: &str, quantity: i64, price: i64) -> ParcelItem {
        ParcelItem { sku: sku.to_owned(), name: format!("Thing {sku}"), quantity, unit_price: Minor(price) }
    }

    fn is_refused(body: Result<Value, CourierError>) -> bool {
        matches!(body, Err(CourierError::Refused(_)))
    }

    /// What the lines of a body add up to, in paise.
    fn sum(body: &Value) -> i64 {
        let price = |line: &Value| {
            let price = scalar::amount(&line["selling_price"]).expect("a price").0;
            price * line["units"].as_i64().expect("units")
        };
        body["order_items"].as_array().expect("lines").iter().map(price).sum()
    }

    #[test]
    fn the_recorded_order_is_built() {
        let recorded = recorded("create_adhoc_request_cod_strings.json");
        let body = order_body(&parcel(), &account(None)).expect("a body");
        for field in ["order_id", "order_date", "pickup_location", "payment_method", "sub_total", "shipping_is_billing"]
        {
            assert_eq!(body[field], recorded[field], "{field}");
        }
        for field in ["pincode", "city", "state", "country", "email", "phone", "address"] {
            let field = format!("billing_{field}");
            assert_eq!(body[&field], recorded[&field], "{field}");
        }
        for field in ["length", "breadth", "height", "weight"] {
            assert_eq!(body[field].as_f64(), recorded[field].as_f64(), "{field}");
        }
        let line = |body: &Value, at: usize| {
            let line = &body["order_items"][at];
            (line["sku"].clone(), line["units"].clone(), scalar::amount(&line["selling_price"]))
        };
        assert_eq!((line(&body, 0), line(&body, 1)), (line(&recorded, 0), line(&recorded, 1)));
        for required in ["billing_customer_name", "order_items"] {
            assert!(!body[required].is_null(), "{required}");
        }
    }

    #[test]
    fn a_sku_occurs_once_in_an_order() {
        let items =
            vec![item("A", 1, 100), item("a", 1, 100), item("", 1, 100), item("A-2", 1, 100), item("A", 1, 100)];
        let body = order_body(&Parcel { items, cod_amount: Minor(500), ..parcel() }, &account(None)).expect("a body");
        let lines = body["order_items"].as_array().expect("lines");
        let skus: HashSet<String> =
            lines.iter().map(|line| line["sku"].as_str().expect("a SKU").to_lowercase()).collect();
        assert_eq!(skus.len(), 5, "{skus:?}");
        assert!(skus.contains("a") && skus.contains("item-3"), "{skus:?}");
    }

    #[test]
    fn what_is_collected_is_the_order_total_whatever_was_added_or_taken_off() {
        let items = vec![item("A", 2, 99_900), item("B", 3, 10_001)];
        for total in [229_803, 239_803, 219_804, 200_000, 30_004, 1] {
            let cod = Parcel { items: items.clone(), cod_amount: Minor(total), ..parcel() };
            let body = order_body(&cod, &account(None)).expect("a body");
            assert_eq!(sum(&body), total, "{body}");
            assert_eq!(scalar::amount(&body["sub_total"]), Some(Minor(total)));
            for charge in ["shipping_charges", "giftwrap_charges", "transaction_charges", "total_discount"] {
                assert_eq!(body[charge], 0, "nothing is counted twice");
            }
            assert_eq!(body["payment_method"], "COD");
        }
        let prepaid = Parcel { cod_amount: Minor(0), declared_value: Minor(184_850), ..parcel() };
        let body = order_body(&prepaid, &account(None)).expect("a body");
        assert_eq!(
            (body["payment_method"].as_str(), body["sub_total"].to_string()),
            (Some("Prepaid"), "1848.5".to_owned())
        );
        let unlisted = Parcel { items: Vec::new(), ..parcel() };
        let body = order_body(&unlisted, &account(None)).expect("a body");
        assert_eq!((sum(&body), body["order_items"][0]["name"].as_str()), (184_850, Some(parcel().contents.as_str())));
    }

    #[test]
    fn a_phone_has_ten_digits_without_country_code() {
        assert_eq!(order_body(&parcel(), &account(None)).expect("a body")["billing_phone"], "9000000411");
        let phone = Phone::parse("01700000043", Country::BD).expect("a phone");
        assert!(is_refused(order_body(&Parcel { phone, ..parcel() }, &account(None))));
    }

    #[test]
    fn sizes_are_centimetres_and_weights_kilograms() {
        let size = ParcelSize { length_mm: 255, width_mm: 3, height_mm: 10 };
        let body = order_body(&Parcel { size, weight_grams: 1_250, ..parcel() }, &account(None)).expect("a body");
        let read = ["length", "breadth", "height", "weight"].map(|field| body[field].as_f64().expect("a number"));
        assert_eq!(read, [25.5, 0.6, 1.0, 1.25], "no side is shorter than Shiprocket takes");
        assert!(is_refused(order_body(&Parcel { weight_grams: 0, ..parcel() }, &account(None))));
    }

    #[test]
    fn what_shiprocket_cannot_carry_is_refused_before_it_is_asked() {
        let mut abroad = parcel();
        abroad.address.country = Country::BD;
        let mut nowhere = parcel();
        nowhere.address.pincode = "4110".to_owned();
        let long = Parcel { reference: "x".repeat(51), ..parcel() };
        let taka = Parcel { currency: Currency::BDT, ..parcel() };
        for wrong in [abroad, nowhere, long, taka] {
            assert!(is_refused(order_body(&wrong, &account(None))), "{wrong:?}");
        }
        assert!(order_body(&Parcel { reference: "x".repeat(50), ..parcel() }, &account(None)).is_ok());
    }

    #[test]
    fn what_is_missing_has_a_true_value_in_its_place() {
        let mut bare = account(None);
        bare.shown.pickup_location = None;
        let body = order_body(&Parcel { email: String::new(), ..parcel() }, &bare).expect("a body");
        assert_eq!(body["billing_email"], "api-user@example.in");
        assert_eq!(body["pickup_location"], "Primary");
        assert!(body.get("channel_id").is_none());
        bare.settings = json!({ "channel_id": 91231 });
        assert_eq!(order_body(&parcel(), &bare).expect("a body")["channel_id"], "91231");
        let mut long = parcel();
        long.address.city = "Thiruvananthapuram Corporation Area".to_owned();
        let body = order_body(&long, &bare).expect("a body");
        assert_eq!(body["billing_city"].as_str().map(|city| city.chars().count()), Some(30));
    }

    proptest! {
        #[test]
        fn lines_add_up_to_the_paisa(
            prices in prop::collection::vec((1_i64..6, 1_i64..500_000), 1..6),
            total in 1_i64..5_000_000,
        ) {
            let items = prices.iter().map(|(quantity, price)| item("S", *quantity, *price)).collect();
            let cod = Parcel { items, cod_amount: Minor(total), ..parcel() };
            prop_assert_eq!(sum(&order_body(&cod, &account(None)).expect("a body")), total);
        }
    }
}
