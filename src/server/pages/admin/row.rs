//! An order in the list: one line, which unfolds to what is needed to act on it.

use leptos::prelude::*;

use crate::domain::catalogue::{Store, option_label};
use crate::domain::messages::Messages;
use crate::domain::orders::{DeskOrder, Order, OrderAction, OrderItem, OrderStatus, ShipmentView, moves_from};
use crate::domain::shipping::BookingState;
use crate::domain::whatsapp;
use crate::server::pages::admin::busy_button;
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::pages::parts::lines::amounts;
use crate::server::pages::parts::status::{desk_status, shipment_class};
use crate::server::pages::parts::time::{local, machine, moment};
use crate::server::pages::parts::told::{Told, told_at};
use crate::server::pages::parts::tracking::history;

/// One order; `back` is the address its forms are sent to.
pub fn row(entry: &DeskOrder, is_open: bool, back: &str, told: Option<&Told>, words: &'static Messages) -> AnyView {
    let reference = &entry.order.reference;
    let cases = (!entry.cases.is_empty()).then(|| {
        let href = format!("/admin/orders/{reference}#cases");
        view! {
            <p class="notice notice-warn"><a href=href>{(words.desk_cases_open)(entry.cases.len())}</a></p>
        }
    });
    view! {
        <li id=format!("row-{reference}")>
            <details class="desk-row panel" id=format!("order-{reference}") open=is_open>
                {summary(entry, words)}
                <div class="desk-row-body">
                    {told_at(told, reference, words)}
                    {cases}
                    <div class="desk-columns">
                        <div class="stack">
                            {customer(&entry.order, words)}
                            {items(&entry.order, words)}
                        </div>
                        <div class="stack">
                            {acts(entry, back, words)}
                            {times(&entry.order, &entry.store, words)}
                            {history(entry, words)}
                        </div>
                    </div>
                </div>
            </details>
        </li>
    }
    .into_any()
}

fn summary(entry: &DeskOrder, words: &'static Messages) -> AnyView {
    let DeskOrder { order, store, .. } = entry;
    let parcel = entry.shipments.iter().find(|parcel| parcel.is_current).map(|parcel| parcel_chip(parcel, words));
    let cases = (!entry.cases.is_empty()).then(|| {
        view! { <span class="badge badge-warn">{icon(Icon::Warning)} {(words.desk_cases)(entry.cases.len())}</span> }
    });
    view! {
        <summary>
            <span class="desk-reference">{order.reference.clone()}</span>
            <span class="desk-customer">{order.customer_name.clone()}</span>
            <span class="desk-count soft">{(words.item_count)(order.item_count())}</span>
            <span class="desk-total number">{order.money.total().display(order.currency)}</span>
            <span class="desk-chips">{desk_status(order.status, words)} {parcel} {cases}</span>
            <time class="desk-time soft small" datetime=machine(order.created_at)>
                {local(order.created_at, store.country)}
            </time>
        </summary>
    }
    .into_any()
}

/// How the present parcel stands, in one badge.
pub fn parcel_chip(parcel: &ShipmentView, words: &'static Messages) -> AnyView {
    let (class, text) = match parcel.booking_state {
        BookingState::Refused => ("badge badge-bad", words.booking_refused),
        BookingState::Unknown => ("badge badge-warn", words.booking_unknown),
        BookingState::InFlight => ("badge", words.booking_in_flight),
        BookingState::Booked if parcel.awb.is_none() => ("badge badge-warn", words.booking_awb_pending),
        BookingState::Booked | BookingState::NotAsked => {
            (shipment_class(parcel.status), words.shipment_status(parcel.status))
        }
    };
    view! { <span class=class>{icon(Icon::Truck)} {text}</span> }.into_any()
}

/// Who ordered and where it goes.
pub fn customer(order: &Order, words: &'static Messages) -> AnyView {
    let email =
        (!order.customer_email.is_empty()).then(|| fact(words.field_email, order.customer_email.clone().into_any()));
    let note = (!order.note.is_empty())
        .then(|| fact(words.wa_note, view! { <span class="prose">{order.note.clone()}</span> }.into_any()));
    let number = order.customer_phone.as_str().to_owned();
    let phone = view! { <a class="number" href=format!("tel:{number}")>{number.clone()}</a> };
    let payment =
        format!("{}, {}", words.payment_method(order.payment_method), words.payment_status(order.payment_status));
    view! {
        <section class="stack-small">
            <h2 class="desk-title">{words.desk_customer}</h2>
            <dl class="facts">
                {fact(words.wa_name, order.customer_name.clone().into_any())}
                {fact(words.wa_phone, phone.into_any())}
                {email}
                {fact(words.wa_address, order.address.one_line().into_any())}
                {fact(words.wa_payment, payment.into_any())}
                {note}
            </dl>
        </section>
    }
    .into_any()
}

/// A line of a list of facts.
pub fn fact(label: &'static str, value: AnyView) -> AnyView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

/// What was ordered, with every line's sum.
pub fn items(order: &Order, words: &'static Messages) -> AnyView {
    let rows = order.items.iter().map(|item| item_row(item, order, words)).collect_view();
    view! {
        <section class="stack-small">
            <h2 class="desk-title">{words.order_items}</h2>
            <table class="desk-items">
                <thead>
                    <tr>
                        <th scope="col">{words.desk_item}</th>
                        <th scope="col" class="number wide">{words.desk_price}</th>
                        <th scope="col" class="number">{words.quantity}</th>
                        <th scope="col" class="number">{words.subtotal}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {amounts(&order.money, order.currency, words)}
        </section>
    }
    .into_any()
}

fn item_row(item: &OrderItem, order: &Order, words: &'static Messages) -> AnyView {
    let label = option_label(&item.size, &item.color);
    let detail = if label.is_empty() { item.sku.clone() } else { format!("{label} · {}", item.sku) };
    // Where there is no room for a column of prices.
    let each = (item.quantity > 1).then(|| {
        view! { <small class="narrow-only">{(words.price_each)(&item.unit_price.display(order.currency))}</small> }
    });
    view! {
        <tr>
            <td>{item.product_name.clone()} <small>{detail}</small> {each}</td>
            <td class="number wide">{item.unit_price.display(order.currency)}</td>
            <td class="number">{item.quantity}</td>
            <td class="number">{item.subtotal().display(order.currency)}</td>
        </tr>
    }
    .into_any()
}

fn times(order: &Order, store: &Store, words: &'static Messages) -> AnyView {
    view! {
        <dl class="facts">
            {fact(words.desk_created, moment(order.created_at, store.country))}
            {fact(words.desk_updated, moment(order.updated_at, store.country))}
            {fact(words.desk_store, store.name.clone().into_any())}
        </dl>
    }
    .into_any()
}

/// What can be done with it from the list.
fn acts(entry: &DeskOrder, back: &str, words: &'static Messages) -> AnyView {
    let order = &entry.order;
    view! {
        <section class="stack-small">
            <h2 class="desk-title">{words.desk_next}</h2>
            {confirm(order, back, words)}
            <div class="row">
                {contact(order, &entry.store, words)}
                <a class="button" href=format!("/admin/orders/{}", order.reference)>{words.desk_open}</a>
            </div>
            {status_menu(order, back, words)}
        </section>
    }
    .into_any()
}

/// The button that accepts a pending order and takes its stock.
pub fn confirm(order: &Order, back: &str, words: &'static Messages) -> AnyView {
    if order.status != OrderStatus::Pending {
        return ().into_any();
    }
    view! {
        <form id=format!("confirm-{}", order.reference) method="post" action=back.to_owned()>
            {names(order)}
            <input type="hidden" name="action" value=OrderAction::Confirm.code()/>
            {busy_button("button button-primary button-wide", words.desk_confirm, words.desk_confirming)}
        </form>
    }
    .into_any()
}

fn names(order: &Order) -> AnyView {
    view! {
        <input type="hidden" name="do" value="change"/>
        <input type="hidden" name="order" value=order.id.to_string()/>
        <input type="hidden" name="reference" value=order.reference.clone()/>
    }
    .into_any()
}

/// A chat with the customer, begun with the order's number.
pub fn contact(order: &Order, store: &Store, words: &'static Messages) -> AnyView {
    let text = (words.desk_wa_text)(&order.customer_name, &store.name, &order.reference);
    let href = whatsapp::link(Some(&order.customer_phone), &text);
    view! { <a class="button" href=href>{icon(Icon::Chat)} {words.desk_contact}</a> }.into_any()
}

/// The states the order can be brought to from where it is.
pub fn status_menu(order: &Order, back: &str, words: &'static Messages) -> AnyView {
    let options: Vec<_> = moves_from(order.status)
        .map(|row| view! { <option value=row.code>{words.action_leads_to(row.action)}</option> })
        .collect();
    if options.is_empty() {
        return view! { <p class="soft small">{words.desk_final}</p> }.into_any();
    }
    let id = format!("status-{}", order.reference);
    view! {
        <form class="field" id=format!("change-{}", order.reference) method="post" action=back.to_owned()>
            {names(order)}
            <label class="label" for=id.clone()>{words.desk_change_status}</label>
            <div class="desk-pair">
                <select class="input" id=id.clone() name="action" required>
                    <option value="" selected>{words.desk_choose}</option>
                    {options}
                </select>
                {busy_button("button", words.desk_change, words.desk_changing)}
            </div>
        </form>
    }
    .into_any()
}
