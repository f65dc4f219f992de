//! Which orders the list shows: its address, read and written.

use std::collections::HashMap;

use crate::domain::checkout::clean_line;
use crate::domain::orders::{DeskFilter, OrderAction, OrderStatus};
use crate::domain::whatsapp::percent_encode;
use crate::server::pages::admin::only_store;
use crate::server::visit::Visit;

const SEARCH_MAX_CHARS: usize = 100;

/// What the address asks for.
pub struct Asked {
    /// The orders to show.
    pub filter: DeskFilter,
    /// Reference of the order that is unfolded.
    pub open: String,
    /// What was just done to it.
    pub done: Option<OrderAction>,
}

/// Reads `?status=&q=&before=&open=&done=`. Nonsense is as good as nothing.
pub fn read(visit: &Visit, asked: &HashMap<String, String>) -> Asked {
    let text = |name: &str| asked.get(name).map(|typed| clean_line(typed)).unwrap_or_default();
    let filter = DeskFilter {
        store_id: only_store(visit).cloned(),
        status: text("status").parse().ok(),
        search: text("q").chars().take(SEARCH_MAX_CHARS).collect(),
        before: text("before").parse().ok(),
    };
    Asked { filter, open: text("open"), done: text("done").parse().ok() }
}

/// The address of the list with this filter.
pub fn href(status: Option<OrderStatus>, search: &str, before: Option<i64>) -> String {
    let mut parts = Vec::new();
    if let Some(status) = status {
        parts.push(format!("status={}", status.code()));
    }
    if !search.is_empty() {
        parts.push(format!("q={}", percent_encode(search)));
    }
    if let Some(before) = before {
        parts.push(format!("before={before}"));
    }
    if parts.is_empty() { "/admin/orders".to_owned() } else { format!("/admin/orders?{}", parts.join("&")) }
}

/// The address of the same list.
pub fn same(filter: &DeskFilter) -> String {
    href(filter.status, &filter.search, filter.before)
}

/// The same list with an order unfolded, after something was done to it.
pub fn after(filter: &DeskFilter, reference: &str, done: &str) -> String {
    let list = same(filter);
    let joint = if list.contains('?') { '&' } else { '?' };
    let reference = percent_encode(reference);
    format!("{list}{joint}open={reference}&done={}#order-{reference}", percent_encode(done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_only_what_is_asked() {
        assert_eq!(href(None, "", None), "/admin/orders");
        assert_eq!(
            href(Some(OrderStatus::OutForDelivery), "Asha & Co", Some(7)),
            "/admin/orders?status=out_for_delivery&q=Asha%20%26%20Co&before=7"
        );
    }

    #[test]
    fn after_a_change_the_list_is_the_same_and_its_order_unfolded() {
        let filter = DeskFilter { search: "x".to_owned(), ..DeskFilter::default() };
        assert_eq!(after(&filter, "LEG-1-A", "confirm"), "/admin/orders?q=x&open=LEG-1-A&done=confirm#order-LEG-1-A");
    }
}
