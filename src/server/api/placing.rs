//! `POST orders/`: placing an order, by a guest or by somebody who has signed in, once per key.
//!
//! The key is the client's own reference if it sends one, else its `Idempotency-Key`, each mixed with
//! who sent it. It becomes the key of the checkout, which is unique in the database: however many
//! copies of a request arrive at once, one order comes of it. The order itself is what a repeated
//! request is compared with and answered from, so that this outlives any table of kept answers.

use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::domain::checkout::{
    CART_LINES_MAX, Cart, CartKey, CheckoutDetails, CheckoutForm, PlacedCheckout, Postcode, QUANTITY_MAX, Quote,
    clean_line,
};
use crate::domain::customers::Country;
use crate::domain::ids::{VariantId, uuid_bytes, uuid_text};
use crate::domain::messages::EN;
use crate::domain::money::{Currency, Minor};
use crate::domain::payments::PaymentMethod;
use crate::error::{AppError, FieldError};
use crate::server::actions::orders::{self, PlaceOrder};
use crate::server::api::answers::{Problem, private};
use crate::server::api::body::{Body, Fields};
use crate::server::api::caller::scope;
use crate::server::api::keys::{self, Key};
use crate::server::api::orders::{OrderAnswer, order_answer, order_answers};
use crate::server::db::catalogue;
use crate::server::secrets;
use crate::server::visit::Visit;

/// Longest reference a client can make, in characters.
const REFERENCE_MAX: usize = 100;

/// An order to place. Names may be in camelCase too; fields the shop decides itself are ignored.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewOrder {
    /// The client's own name for this order: the same one never places two. The shop makes the
    /// reference that people see.
    #[schema(required = false, max_length = 100)]
    pub order_reference: String,
    /// Name of the customer.
    #[schema(max_length = 100)]
    pub customer_name: String,
    /// Mobile number, as people of the store's country write it, or with its country code.
    pub customer_phone: String,
    /// E-mail of the customer.
    #[schema(required = false)]
    pub customer_email: String,
    /// Where it goes.
    pub address: NewAddress,
    /// How to pay; `whatsapp` is: as agreed in the chat, and what counts when nothing is said.
    #[schema(value_type = Option<PaymentMethod>)]
    pub payment_method: PaymentMethod,
    /// Note to the merchant.
    #[schema(required = false, max_length = 500)]
    pub notes: String,
    /// What is ordered; all of one store.
    #[schema(min_items = 1, max_items = 40)]
    pub items: Vec<NewItem>,
}

/// Where an order is to go.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct NewAddress {
    /// House, street, area.
    #[schema(max_length = 200)]
    pub line1: String,
    /// More of it.
    #[schema(required = false, max_length = 200)]
    pub line2: String,
    /// A place nearby a rider knows.
    #[schema(required = false, max_length = 200)]
    pub landmark: String,
    /// Town or city.
    #[schema(max_length = 100)]
    pub city: String,
    /// State or district.
    #[schema(required = false, max_length = 100)]
    pub state: String,
    /// Postcode: six digits in India, four in Bangladesh.
    #[schema(required = false)]
    pub pincode: String,
    /// Country; the store's when it is left out.
    pub country: Option<Country>,
}

/// A line of an order to place.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewItem {
    /// Id of the variant.
    #[schema(value_type = String)]
    pub variant: VariantId,
    /// Pieces.
    #[schema(minimum = 1, maximum = 999)]
    pub quantity: i64,
    /// What the client takes for the price of one piece. It decides nothing: another price than the
    /// shop's is answered with 409 `price_changed`.
    #[schema(value_type = Option<String>)]
    pub unit_price: Option<Minor>,
}

/// A placed order, for whoever placed it.
#[derive(Serialize, ToSchema)]
pub struct PlacedOrder {
    #[serde(flatten)]
    order: OrderAnswer,
    /// Secret of its page, `/o/{token}`, where the customer sends it by WhatsApp and follows it.
    token: String,
}

/// Why an order was not placed. Nothing was changed.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum NotPlaced {
    /// A price is another one.
    PriceChanged(PriceChanged),
    /// There is less in stock.
    Shortage(Shortage),
    /// The reference or key has placed something else.
    Reused(Problem),
}

/// A price is not what the client took it for.
#[derive(Serialize, ToSchema)]
pub struct PriceChanged {
    /// Always `price_changed`.
    error: String,
    /// The same for people.
    message: String,
    /// Items with another price.
    items: Vec<PriceNow>,
}

/// The price of a variant now.
#[derive(Serialize, ToSchema)]
pub struct PriceNow {
    /// Id of the variant.
    variant: String,
    /// Price of one piece in major units.
    unit_price: String,
    /// Its currency.
    currency: Currency,
}

/// Less is in stock than was wanted.
#[derive(Serialize, ToSchema)]
pub struct Shortage {
    /// `Insufficient stock. Available: 5`, for the first such item.
    error: String,
    /// Items of which there are too few.
    items: Vec<Available>,
}

/// The stock of a variant now.
#[derive(Serialize, ToSchema)]
pub struct Available {
    /// Id of the variant.
    variant: String,
    /// Pieces in stock.
    available: i64,
}

/// Place an order
///
/// Guests may, too. Prices are the shop's; stock is checked here and taken when the merchant confirms.
#[utoipa::path(
    post, path = "/api/v1/orders/", tag = "Orders", operation_id = "place_order", request_body = NewOrder,
    responses(
        (status = 201, description = "Placed now, or by the same request before.", body = PlacedOrder),
        (status = 409, description = "Not placed.", body = NotPlaced),
    )
)]
pub async fn create(visit: Visit, method: Method, headers: HeaderMap, body: Body) -> Result<Response, AppError> {
    let order = body.read(read_order)?;
    let header = keys::header(&headers)?;
    let content = serde_json::to_string(&order).unwrap_or_default();
    let kept = header.map(|text| Key::new(&visit, text, &method, &format!("orders {content}")));
    if let Some(kept) = &kept {
        // The same request goes on: the order it placed is found below, as it is now.
        kept.before(&visit).await?;
    }
    let key = checkout_key(&visit, &order, header);
    let outcome = match orders::placed_before(&visit.app, &key).await? {
        Some(placed) => Outcome::Again(placed),
        None => place(&visit, &key, &order).await?,
    };
    let (placed, is_new) = match outcome {
        Outcome::New(placed) => (placed, true),
        Outcome::Again(placed) if is_same(&placed, &order) => (placed, false),
        Outcome::Again(_) => return Err(keys::reused(&visit)),
        Outcome::Refused(refusal) => return Ok(private(StatusCode::CONFLICT, &refusal)),
    };
    let (store, saved) = placed.orders.first().ok_or(AppError::Internal)?;
    if let Some(kept) = kept {
        // The id alone: personal data stays in the order.
        kept.keep(&visit.app, StatusCode::CREATED, &json!({ "id": saved.id })).await;
    }
    let shown = if is_new {
        order_answer(store, saved, &[])
    } else {
        let mut conn = visit.app.db.read().await?;
        order_answers(&mut conn, std::iter::once((store, saved))).await?.pop().ok_or(AppError::Internal)?
    };
    let answer = PlacedOrder { order: shown, token: placed.token.clone() };
    let mut response = private(StatusCode::CREATED, &answer);
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/orders/{}/", saved.id)) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(if is_new { response } else { keys::replayed(response) })
}

enum Outcome {
    New(PlacedCheckout),
    Again(PlacedCheckout),
    Refused(NotPlaced),
}

fn read_order(fields: &Fields<'_>) -> NewOrder {
    let order_reference = clean_line(&fields.text("order_reference"));
    if order_reference.chars().count() > REFERENCE_MAX {
        fields.wrong("order_reference", (EN.too_long)(REFERENCE_MAX));
    }
    let method = fields.text("payment_method");
    let payment_method = if method.is_empty() { Ok(PaymentMethod::Whatsapp) } else { method.parse() };
    NewOrder {
        order_reference,
        customer_name: fields.text("customer_name"),
        customer_phone: fields.text("customer_phone"),
        customer_email: fields.text("customer_email"),
        address: read_address(fields),
        payment_method: payment_method.unwrap_or_else(|message| {
            fields.wrong("payment_method", message);
            PaymentMethod::Whatsapp
        }),
        notes: fields.text("notes"),
        items: read_items(fields),
    }
}

/// An address in one text cannot be taken apart safely: what is a city in it, nobody can say.
fn read_address(fields: &Fields<'_>) -> NewAddress {
    let address = fields.object("address", |other, fields| match other {
        Value::String(_) => fields.wrong("address.line1", EN.api_address_text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            fields.wrong("address", EN.api_object);
        }
    });
    let Some(address) = address else { return NewAddress::default() };
    let code = address.text("country");
    let country = Country::from_code(&code);
    if country.is_none() && !code.is_empty() {
        address.wrong("country", (EN.api_one_of)(&Country::ALL.map(Country::code).join(", ")));
    }
    NewAddress {
        line1: address.text("line1"),
        line2: address.text("line2"),
        landmark: address.text("landmark"),
        city: address.text("city"),
        state: address.text("state"),
        pincode: address.text("pincode"),
        country,
    }
}

fn read_items(fields: &Fields<'_>) -> Vec<NewItem> {
    let Some(items) = fields.list("items") else { return Vec::new() };
    if items.is_empty() || items.len() > CART_LINES_MAX {
        fields.wrong("items", (EN.api_items)(CART_LINES_MAX));
        return Vec::new();
    }
    let item = |item: &Fields<'_>| {
        let text = item.text("variant");
        let variant = uuid_bytes(text.trim()).map(|id| uuid_text(&id));
        if variant.is_none() {
            item.wrong("variant", if item.has("variant") { EN.api_variant_unknown } else { EN.api_required });
        }
        let is_sent = item.has("quantity");
        let quantity = item.whole("quantity");
        if is_sent && !(1..=QUANTITY_MAX).contains(&quantity) {
            item.wrong("quantity", (EN.api_between)(1, QUANTITY_MAX));
        }
        NewItem {
            variant: VariantId::new(variant.unwrap_or_default()),
            quantity,
            unit_price: item.amount("unit_price"),
        }
    };
    items.iter().map(item).collect()
}

fn checkout_key(visit: &Visit, order: &NewOrder, header: Option<&str>) -> CartKey {
    let scope = scope(visit.identity.as_ref());
    let named = match header {
        _ if !order.order_reference.is_empty() => format!("{scope}\nreference\n{}", order.order_reference),
        Some(text) => format!("{scope}\nkey\n{text}"),
        None => return visit.fresh_key(),
    };
    CartKey::parse(&secrets::digest(named.as_bytes())[..32]).unwrap_or_else(|| visit.fresh_key())
}

async fn place(visit: &Visit, key: &CartKey, order: &NewOrder) -> Result<Outcome, AppError> {
    let cart = cart(key, &order.items)?;
    let quote = catalogue::quote(&mut *visit.app.db.read().await?, &cart).await?;
    let details = check(order, &quote).map_err(|fields| AppError::Invalid { fields })?;
    if let Some(refusal) = refusal(order, &quote) {
        return Ok(Outcome::Refused(refusal));
    }
    let user_id = visit.identity.as_ref().and_then(|identity| identity.user_id.clone());
    let place =
        PlaceOrder { key: key.clone(), details, quote, user_id, author: visit.author(), site_url: visit.site_url() };
    let made = orders::place(&visit.app, place, visit.words()).await;
    let placed = async || orders::placed_before(&visit.app, key).await?.ok_or(AppError::Internal);
    match made {
        Ok(_) => Ok(Outcome::New(placed().await?)),
        // Another request with this key was faster.
        Err(AppError::OrderedAlready { .. }) => Ok(Outcome::Again(placed().await?)),
        Err(error) => Err(error),
    }
}

/// The items as a cart: one line per variant, so that its stock is looked at once.
fn cart(key: &CartKey, items: &[NewItem]) -> Result<Cart, AppError> {
    let mut cart = Cart::new(key.clone());
    for (at, item) in items.iter().enumerate() {
        let added = cart.add(item.variant.clone(), item.quantity);
        added.map_err(|_| AppError::invalid(&format!("items[{at}].quantity"), (EN.api_between)(1, QUANTITY_MAX)))?;
    }
    Ok(cart)
}

/// Checks what needs the catalogue, and the customer's details by the rules of the checkout form.
fn check(order: &NewOrder, quote: &Quote) -> Result<CheckoutDetails, Vec<FieldError>> {
    let mut errors = Vec::new();
    let first = quote.stores.first();
    for (at, item) in order.items.iter().enumerate() {
        let sold_here = first.is_some_and(|part| part.lines.iter().any(|line| line.variant_id == item.variant));
        if quote.gone.contains(&item.variant) {
            errors.push(FieldError::new(format!("items[{at}].variant"), EN.api_variant_unknown));
        } else if !sold_here {
            errors.push(FieldError::new(format!("items[{at}].variant"), EN.api_one_store));
        }
    }
    let details = form(order, quote.country()).parse(Postcode::Optional, &EN);
    match details {
        Ok(details) if errors.is_empty() => Ok(details),
        Ok(_) => Err(errors),
        Err(wrong) => {
            errors.extend(wrong.into_iter().map(|error| FieldError::new(api_name(&error.field), error.message)));
            Err(errors)
        }
    }
}

fn form(order: &NewOrder, home: Country) -> CheckoutForm {
    let address = &order.address;
    CheckoutForm {
        name: order.customer_name.clone(),
        phone: order.customer_phone.clone(),
        email: order.customer_email.clone(),
        line1: address.line1.clone(),
        line2: address.line2.clone(),
        landmark: address.landmark.clone(),
        city: address.city.clone(),
        state: address.state.clone(),
        pincode: address.pincode.clone(),
        country: address.country.unwrap_or(home).code().to_owned(),
        payment_method: order.payment_method.code().to_owned(),
        note: order.notes.clone(),
        ..CheckoutForm::default()
    }
}

/// What the API calls a field of the form.
pub fn api_name(field: &str) -> String {
    match field {
        "name" | "phone" | "email" => format!("customer_{field}"),
        "line1" | "line2" | "landmark" | "city" | "state" | "pincode" | "country" => format!("address.{field}"),
        "note" => "notes".to_owned(),
        other => other.to_owned(),
    }
}

fn refusal(order: &NewOrder, quote: &Quote) -> Option<NotPlaced> {
    let is_other = |variant: &VariantId, price: Minor| {
        order.items.iter().any(|item| item.variant == *variant && item.unit_price.is_some_and(|sent| sent != price))
    };
    let currency = quote.country().currency();
    let prices = quote.lines().filter(|line| is_other(&line.variant_id, line.unit_price)).map(|line| PriceNow {
        variant: line.variant_id.to_string(),
        unit_price: line.unit_price.decimal(),
        currency,
    });
    let prices: Vec<_> = prices.collect();
    if !prices.is_empty() {
        let (error, message) = ("price_changed".to_owned(), EN.api_price_changed.to_owned());
        return Some(NotPlaced::PriceChanged(PriceChanged { error, message, items: prices }));
    }
    let first = quote.short_lines().next()?.available;
    let items = quote
        .short_lines()
        .map(|line| Available { variant: line.variant_id.to_string(), available: line.available })
        .collect();
    Some(NotPlaced::Shortage(Shortage { error: (EN.api_short)(first), items }))
}

/// Whether a request says what the order says that was placed under its key.
fn is_same(placed: &PlacedCheckout, order: &NewOrder) -> bool {
    let [(store, saved)] = placed.orders.as_slice() else { return false };
    let Ok(details) = form(order, store.country).parse(Postcode::Optional, &EN) else { return false };
    let Ok(cart) = cart(&CartKey::from_bytes([0; 16]), &order.items) else { return false };
    let same_lines = cart.lines.len() == saved.items.len()
        && cart
            .lines
            .iter()
            .zip(&saved.items)
            .all(|(line, item)| line.variant_id == item.variant_id && line.quantity == item.quantity);
    let price_of = |item: &NewItem| saved.items.iter().find(|line| line.variant_id == item.variant);
    let same_prices = order
        .items
        .iter()
        .all(|item| item.unit_price.is_none() || item.unit_price == price_of(item).map(|line| line.unit_price));
    same_lines
        && same_prices
        && details.name == saved.customer_name
        && details.phone == saved.customer_phone
        && details.email == saved.customer_email
        && details.address == saved.address
        && details.payment_method == saved.payment_method
        && details.note == saved.note
}
