//! Ordered items and amounts, as the checkout, an order's page and the list of orders show them.

use leptos::prelude::*;

use crate::domain::catalogue::option_label;
use crate::domain::checkout::QuoteLine;
use crate::domain::ids::BlobId;
use crate::domain::messages::Messages;
use crate::domain::money::{Currency, Minor};
use crate::domain::orders::{OrderItem, OrderMoney};
use crate::server::pages::parts::picture::{Urgency, picture};

/// What a compact line shows.
pub struct Line {
    /// Product name.
    pub name: String,
    /// Size and colour, possibly empty.
    pub label: String,
    /// Picture, if there is one.
    pub picture: Option<BlobId>,
    /// Pieces.
    pub quantity: i64,
    /// Price of the line.
    pub subtotal: Minor,
}

impl From<&QuoteLine> for Line {
    fn from(line: &QuoteLine) -> Line {
        Line {
            name: line.product_name.clone(),
            label: line.label(),
            picture: line.picture.clone(),
            quantity: line.quantity,
            subtotal: line.subtotal(),
        }
    }
}

impl From<&OrderItem> for Line {
    fn from(item: &OrderItem) -> Line {
        Line {
            name: item.product_name.clone(),
            label: option_label(&item.size, &item.color),
            picture: item.picture.clone(),
            quantity: item.quantity,
            subtotal: item.subtotal(),
        }
    }
}

/// A list of items with small pictures.
pub fn compact_lines(lines: impl IntoIterator<Item = Line>, currency: Currency) -> AnyView {
    let rows = lines
        .into_iter()
        .map(|line| {
            let label = (!line.label.is_empty()).then(|| view! { <span class="soft small">{line.label}</span> });
            view! {
                <li class="line-compact">
                    <span class="line-picture">{picture(line.picture.as_ref(), "", 112, Urgency::Lazy)}</span>
                    <span class="line-body">
                        <span>{line.name} " × " {line.quantity}</span>
                        {label}
                    </span>
                    <span class="number">{line.subtotal.display(currency)}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="lines">{rows}</ul> }.into_any()
}

/// The parts of an order's money that are not zero, and the total.
pub fn amounts(money: &OrderMoney, currency: Currency, words: &'static Messages) -> AnyView {
    let parts = [
        (words.money_goods, money.goods),
        (words.money_discount, Minor(-money.discount.0)),
        (words.money_shipping, money.shipping),
        (words.money_cod_fee, money.cod_fee),
        (words.money_giftwrap, money.giftwrap),
        (words.money_transaction, money.transaction),
    ];
    let is_plain = parts.iter().skip(1).all(|(_, amount)| *amount == Minor(0));
    let rows = parts
        .into_iter()
        .filter(|(_, amount)| !is_plain && *amount != Minor(0))
        .map(|(label, amount)| amount_row("", label, amount, currency))
        .collect_view();
    view! {
        <dl class="amounts">
            {rows}
            {amount_row("amounts-total", words.total, money.total(), currency)}
        </dl>
    }
    .into_any()
}

/// A label and an amount in an `amounts` list.
pub fn amount_row(class: &'static str, label: &'static str, amount: Minor, currency: Currency) -> AnyView {
    view! {
        <div class=class>
            <dt>{label}</dt>
            <dd>{amount.display(currency)}</dd>
        </div>
    }
    .into_any()
}
