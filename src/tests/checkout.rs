//! Browsing, the cart and placing an order, as a browser without script does it.

use axum::http::StatusCode;

use crate::support::{self, Answer, Browser, Shop, hidden};

async fn demo_shop() -> Shop {
    let shop = support::shop().await;
    shop.demo().await;
    shop
}

async fn text(shop: &Shop, sql: &'static str) -> String {
    let mut conn = shop.app.db.read().await.expect("a connection");
    sqlx::query_scalar(sql).fetch_one(&mut *conn).await.expect("a text")
}

/// Slug and variant of something with at least two pieces in stock, per store.
async fn product(shop: &Shop, store: &str) -> (String, String) {
    let mut conn = shop.app.db.read().await.expect("a connection");
    sqlx::query_as(
        "SELECT products.slug, v.id FROM product_variants v JOIN products ON products.id = v.product_id
         JOIN stores ON stores.id = v.store_id WHERE v.stock_quantity >= 5 AND stores.slug = $1 ORDER BY v.sku LIMIT 1",
    )
    .bind(store)
    .fetch_one(&mut *conn)
    .await
    .expect("a product in stock")
}

async fn fill_cart(shop: &Shop, browser: &mut Browser<'_>, store: &str) {
    let (slug, variant) = product(shop, store).await;
    let added = browser.post(&format!("/p/{slug}"), &[("variant", &variant), ("quantity", "2")]).await;
    assert_eq!((added.status, added.location.as_str()), (StatusCode::SEE_OTHER, "/cart"), "{}", added.body);
}

fn fields<'f>(key: &'f str, contents: &'f str, name: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("key", key),
        ("contents", contents),
        ("name", name),
        ("phone", "098765 43210"),
        ("line1", "12 Park Road"),
        ("city", "Pune"),
        ("pincode", "411 001"),
        ("country", "IN"),
        ("payment_method", "cod"),
        ("note", "After 6 PM"),
    ]
}

async fn open_checkout(browser: &mut Browser<'_>) -> (String, String) {
    let page = browser.get("/checkout").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.headers["cache-control"], "no-store");
    (hidden(&page.body, "key"), hidden(&page.body, "contents"))
}

async fn place(browser: &mut Browser<'_>, key: &str, contents: &str) -> Answer {
    browser.post("/checkout", &fields(key, contents, "Asha Rao")).await
}

#[tokio::test]
async fn a_visitor_without_script_buys_something_and_whatsapp_has_the_order() {
    let shop = demo_shop().await;
    let mut browser = shop.browser();
    let home = browser.get("/").await;
    assert_eq!(home.status, StatusCode::OK);
    fill_cart(&shop, &mut browser, "mumbai").await;
    let (key, contents) = open_checkout(&mut browser).await;
    let placed = place(&mut browser, &key, &contents).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.body);
    assert!(placed.location.starts_with("/o/"), "{}", placed.location);
    assert!(browser.cookies.iter().all(|(name, _)| name != "cart"), "the cart is cleared");

    let page = browser.get(&placed.location).await;
    let reference = text(&shop, "SELECT reference FROM orders").await;
    assert!(page.body.contains(&reference));
    assert!(page.body.contains("https://wa.me/91"), "{}", page.body);
    assert!(page.body.contains("Asha%20Rao"), "the placing browser gets the full text");
    let message = text(&shop, "SELECT message FROM checkouts").await;
    assert!(message.contains(&reference) && message.contains("12 Park Road"), "{message}");

    let stranger = shop.browser().get(&placed.location).await;
    assert!(stranger.body.contains(&reference));
    for personal in ["Asha", "98765", "Park%20Road", "Park Road"] {
        assert!(!stranger.body.contains(personal), "{personal} is shown to a stranger");
    }
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM stock_movements WHERE reason <> 'initial'").await,
        0,
        "stock is untouched"
    );
    assert_eq!(
        shop.number("SELECT CAST(SUM(delta) AS BIGINT) FROM counter_deltas WHERE name = 'orders.pending'").await,
        1
    );
    assert_eq!(shop.number("SELECT COUNT(*) FROM outbox WHERE state = 'pending' AND effect = 'order.placed'").await, 1);
    shop.close().await;
}

#[tokio::test]
async fn the_same_form_sent_again_is_the_same_order() {
    let shop = demo_shop().await;
    let mut browser = shop.browser();
    fill_cart(&shop, &mut browser, "mumbai").await;
    let (key, contents) = open_checkout(&mut browser).await;
    let before = browser.cookies.clone();
    let first = place(&mut browser, &key, &contents).await;
    let after_clear = place(&mut browser, &key, &contents).await;
    assert_eq!(first.location, after_clear.location, "with the cart cleared");
    browser.cookies = before;
    let lost_answer = place(&mut browser, &key, &contents).await;
    assert_eq!(first.location, lost_answer.location, "with the cookies of before the answer");
    assert_eq!(shop.number("SELECT COUNT(*) FROM orders").await, 1);
    shop.close().await;
}

#[tokio::test]
async fn many_submits_at_once_are_one_order() {
    let shop = demo_shop().await;
    let mut browser = shop.browser();
    fill_cart(&shop, &mut browser, "mumbai").await;
    let (key, contents) = open_checkout(&mut browser).await;
    let submits = (0..16).map(|_| {
        let mut tab = shop.browser();
        tab.cookies = browser.cookies.clone();
        let (key, contents) = (key.clone(), contents.clone());
        async move { place(&mut tab, &key, &contents).await.location }
    });
    let locations = futures_util::future::join_all(submits).await;
    assert!(locations.iter().all(|location| location == &locations[0] && location.starts_with("/o/")), "{locations:?}");
    assert_eq!(shop.number("SELECT COUNT(*) FROM orders").await, 1);
    shop.close().await;
}

#[tokio::test]
async fn a_used_key_with_other_contents_says_so_and_offers_both_ways() {
    let shop = demo_shop().await;
    let mut browser = shop.browser();
    fill_cart(&shop, &mut browser, "mumbai").await;
    let (key, contents) = open_checkout(&mut browser).await;
    let with_cart = browser.cookies.clone();
    let first = place(&mut browser, &key, &contents).await;
    let reference = text(&shop, "SELECT reference FROM orders").await;
    browser.cookies = with_cart;

    let other = browser.post("/checkout", &fields(&key, &contents, "Somebody Else")).await;
    assert!(other.body.contains(&reference), "{}", other.body);
    assert!(other.body.contains(&first.location), "a way to the order");

    let again = browser.get("/checkout").await;
    assert_eq!(again.status, StatusCode::OK);
    assert!(again.body.contains(&reference) && again.body.contains("order_again"), "{}", again.body);

    let rotated = browser.post("/checkout", &[("action", "order_again"), ("key", &key)]).await;
    assert_eq!((rotated.status, rotated.location.as_str()), (StatusCode::SEE_OTHER, "/checkout"));
    let (fresh, contents) = open_checkout(&mut browser).await;
    assert_ne!(fresh, key);
    let second = place(&mut browser, &fresh, &contents).await;
    assert_ne!(second.location, first.location);
    assert_eq!(shop.number("SELECT COUNT(*) FROM orders").await, 2);

    let stranger = shop.browser().post("/checkout", &fields(&key, &contents, "A Stranger")).await;
    assert!(!stranger.body.contains(&first.location), "a key alone opens nobody's page");
    shop.close().await;
}

#[tokio::test]
async fn wrong_fields_are_named_and_nothing_typed_is_lost() {
    let shop = demo_shop().await;
    let mut browser = shop.browser();
    fill_cart(&shop, &mut browser, "dhaka").await;
    let (key, contents) = open_checkout(&mut browser).await;
    let typed = [
        ("key", key.as_str()),
        ("contents", contents.as_str()),
        ("name", "Rahim <b>Uddin</b>"),
        ("phone", "12345"),
        ("line1", ""),
        ("city", "Dhaka"),
        ("country", "BD"),
        ("payment_method", "gold"),
        ("note", "Ring & wait</textarea><script>"),
    ];
    let page = browser.post("/checkout", &typed).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in ["Rahim &lt;b&gt;Uddin&lt;/b&gt;", "12345", "Ring &amp; wait&lt;/textarea&gt;&lt;script&gt;", &key] {
        assert!(page.body.contains(kept), "{kept} is kept");
    }
    assert!(page.body.matches("aria-invalid=\"true\"").count() >= 2, "{}", page.body);
    assert_eq!(shop.number("SELECT COUNT(*) FROM checkouts").await, 0);
    shop.close().await;
}

#[tokio::test]
async fn a_price_that_changed_since_the_page_was_shown_is_not_charged() {
    let shop = demo_shop().await;
    let mut browser = shop.browser();
    fill_cart(&shop, &mut browser, "mumbai").await;
    let (key, contents) = open_checkout(&mut browser).await;
    shop.app
        .db
        .write(|conn| {
            Box::pin(async move {
                sqlx::query("UPDATE product_variants SET price_minor = price_minor + 100").execute(conn).await?;
                Ok(())
            })
        })
        .await
        .expect("a new price");
    let refused = place(&mut browser, &key, &contents).await;
    assert!(refused.status.is_client_error(), "{}", refused.status);
    assert_eq!(shop.number("SELECT COUNT(*) FROM orders").await, 0);
    let (key, contents) = open_checkout(&mut browser).await;
    assert_eq!(place(&mut browser, &key, &contents).await.status, StatusCode::SEE_OTHER);
    shop.close().await;
}

#[tokio::test]
async fn two_stores_in_one_cart_make_one_order_each_under_one_page() {
    let shop = demo_shop().await;
    let mut browser = shop.browser();
    fill_cart(&shop, &mut browser, "mumbai").await;
    fill_cart(&shop, &mut browser, "dhaka").await;
    let (key, contents) = open_checkout(&mut browser).await;
    let placed = place(&mut browser, &key, &contents).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.body);
    assert_eq!(shop.number("SELECT COUNT(*) FROM orders").await, 2);
    assert_eq!(shop.number("SELECT COUNT(DISTINCT currency) FROM orders").await, 2);
    assert_eq!(shop.number("SELECT COUNT(*) FROM checkouts").await, 1);
    let page = browser.get(&placed.location).await;
    assert!(page.body.contains("https://wa.me/91") && page.body.contains("https://wa.me/880"), "a link per store");
    shop.close().await;
}

#[tokio::test]
async fn a_cart_takes_only_what_is_sold_in_quantities_that_make_sense() {
    let shop = demo_shop().await;
    let mut browser = shop.browser();
    let (slug, variant) = product(&shop, "mumbai").await;
    for quantity in ["0", "-1", "1000000000", "99999999999999999999", "two", "", "1.5"] {
        let refused = browser.post(&format!("/p/{slug}"), &[("variant", &variant), ("quantity", quantity)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "quantity {quantity}");
    }
    for unknown in ["", "nothing", "0193e5c4-7a3b-7cde-8f01-23456789abcd"] {
        let refused = browser.post(&format!("/p/{slug}"), &[("variant", unknown), ("quantity", "1")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "variant {unknown}");
    }
    assert!(browser.cookies.is_empty(), "nothing was kept");
    shop.close().await;
}
