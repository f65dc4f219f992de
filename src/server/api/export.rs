//! `orders/export.csv`: the orders of a list as a table for a spreadsheet, read and sent piece by piece.

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};

use crate::domain::catalogue::Store;
use crate::domain::orders::Order;
use crate::error::AppError;
use crate::server::App;
use crate::server::api::address::Query;
use crate::server::api::answers::instant;
use crate::server::api::order_lists::{OrderFilters, narrowed};
use crate::server::db::order_list::{self, OrderFilter};
use crate::server::db::paging::{Part, Slice};
use crate::server::visit::Visit;

/// Orders read at a time: no reader is held for long, however many there are.
const PIECE: i64 = 200;
const COLUMNS: &str = "order_reference,store,status,payment_status,payment_method,customer_name,customer_phone,\
    customer_email,line1,line2,landmark,city,state,pincode,country,items,item_count,subtotal,discount,shipping,total,\
    currency,created_at,updated_at\r\n";

/// Export orders as CSV
///
/// Newest first, with the filters of the list. Texts that a spreadsheet would take for a formula begin with
/// an apostrophe.
#[utoipa::path(
    get, path = "/api/v1/orders/export.csv", tag = "Orders", operation_id = "export_orders", params(OrderFilters),
    responses((status = 200, description = "The table.", content_type = "text/csv", body = String))
)]
pub async fn export(visit: Visit, query: Query) -> Result<Response, AppError> {
    let filter = narrowed(&visit, &mut *visit.app.db.read().await?, &query, OrderFilter::default()).await?;
    let head = Bytes::from_static(COLUMNS.as_bytes());
    let body = match filter {
        None => Body::from(head),
        Some(filter) => {
            let pieces = stream::unfold((visit.app.clone(), filter, Some(Part::Newest)), next_piece);
            let first = stream::once(async move { Ok::<_, AppError>(head) });
            // Fused: compression asks once more after the end.
            Body::from_stream(first.chain(pieces).fuse())
        }
    };
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"orders.csv\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, body).into_response())
}

type Place = (App, OrderFilter, Option<Part<i64>>);

/// The rows after a place. A failure ends the answer unfinished, which clients notice.
async fn next_piece((app, filter, place): Place) -> Option<(Result<Bytes, AppError>, Place)> {
    let part = place?;
    let read = async {
        let mut conn = app.db.read().await?;
        Ok::<_, AppError>(order_list::list(&mut conn, &filter, &[], &Slice { part, size: PIECE }).await?)
    };
    match read.await {
        Err(error) => Some((Err(error), (app, filter, None))),
        Ok(cut) => {
            let last = cut.rows.last().filter(|_| cut.has_older).map(|(_, _, seq)| Part::Older(*seq));
            let text: String = cut.rows.iter().map(|(store, order, _)| row(store, order)).collect();
            Some((Ok(Bytes::from(text)), (app, filter, last)))
        }
    }
}

fn row(store: &Store, order: &Order) -> String {
    let (address, money) = (&order.address, &order.money);
    let items: Vec<String> =
        order.items.iter().map(|item| format!("{} × {} ({})", item.quantity, item.product_name, item.sku)).collect();
    let fields = [
        order.reference.clone(),
        store.slug.clone(),
        order.status.code().to_owned(),
        order.payment_status.code().to_owned(),
        order.payment_method.code().to_owned(),
        order.customer_name.clone(),
        order.customer_phone.as_str().to_owned(),
        order.customer_email.clone(),
        address.line1.clone(),
        address.line2.clone(),
        address.landmark.clone(),
        address.city.clone(),
        address.state.clone(),
        address.pincode.clone(),
        address.country.code().to_owned(),
        items.join("; "),
        order.item_count().to_string(),
        money.goods.decimal(),
        money.discount.decimal(),
        money.shipping.decimal(),
        money.total().decimal(),
        order.currency.code().to_owned(),
        instant(order.created_at),
        instant(order.updated_at),
    ];
    let fields: Vec<String> = fields.iter().map(|field| cell(field)).collect();
    format!("{}\r\n", fields.join(","))
}

/// A cell by RFC 4180. What begins like a formula is one to spreadsheets, even between quotes; a phone
/// with its plus is a number to them and harmless.
fn cell(text: &str) -> String {
    let is_number = text.strip_prefix('+').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r', '\'']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_keep_what_they_say_and_are_no_formulas() {
        for (text, written) in [
            ("Asha", "Asha"),
            ("12, Park \"Road\"", "\"12, Park \"\"Road\"\"\""),
            ("=HYPERLINK(1)", "\"'=HYPERLINK(1)\""),
            ("-2+3", "\"'-2+3\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("+919876543210", "+919876543210"),
            ("+1+1", "\"'+1+1\""),
        ] {
            assert_eq!(cell(text), written, "{text}");
        }
    }
}
