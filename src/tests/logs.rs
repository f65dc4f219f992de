//! Logs tell what happened without telling on anybody.

use harkara::server::log::filter;

use crate::support::paper::Paper;
use crate::support::{self, hidden};

#[tokio::test]
async fn names_phones_addresses_and_secrets_never_reach_the_log() {
    let shop = support::shop().await;
    shop.demo().await;
    let paper = Paper::default();
    let listening = paper.listen(tracing::Level::DEBUG);
    let mut conn = shop.app.db.read().await.expect("a connection");
    let (slug, variant): (String, String) = sqlx::query_as(
        "SELECT products.slug, v.id FROM product_variants v JOIN products ON products.id = v.product_id
         WHERE v.stock_quantity > 5 ORDER BY v.id LIMIT 1",
    )
    .fetch_one(&mut *conn)
    .await
    .expect("a product");
    drop(conn);
    let mut browser = shop.browser();
    browser.post(&format!("/p/{slug}"), &[("variant", &variant), ("quantity", "1")]).await;
    let page = browser.get("/checkout").await;
    let (key, contents) = (hidden(&page.body, "key"), hidden(&page.body, "contents"));
    let mut fields = vec![
        ("key", key.as_str()),
        ("contents", contents.as_str()),
        ("name", "Zubeida Quill"),
        ("phone", "9812345670"),
    ];
    fields.extend([
        ("line1", "77 Xylophone Lane"),
        ("city", "Ooty"),
        ("pincode", "643001"),
        ("country", "IN"),
        ("payment_method", "cod"),
    ]);
    let placed = browser.post("/checkout", &fields).await;
    assert!(placed.location.starts_with("/o/"), "{}", placed.body);
    browser.get(&placed.location).await;
    browser.get("/?q=Zubeida+Quill").await;
    browser.post("/login", &[("email", "zubeida@example.com"), ("password", "Zq-secret-77")]).await;
    drop(listening);
    let log = paper.text();
    assert!(log.contains("/checkout") && log.contains("/o/{token}"), "requests are logged by their route: {log}");
    let token = placed.location.trim_start_matches("/o/").to_owned();
    for private in
        ["Zubeida", "zubeida", "9812345670", "Xylophone", "Ooty", "643001", "Zq-secret", token.as_str(), key.as_str()]
    {
        assert!(!log.contains(private), "{private} is in the log:\n{log}");
    }
    shop.close().await;
}

#[test]
fn what_speaks_of_addresses_is_heard_from_a_warning_on_whatever_level_is_asked_for() {
    for level in ["TRACE", "debug", " Info "] {
        let paper = Paper::default();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter(level).expect("a level"))
            .with_writer(paper.clone())
            .with_ansi(false)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "reqwest::connect", "starting https://courier.example/by_awb/1");
            tracing::debug!(target: "hyper_util::client", "connecting to courier.example");
            tracing::info!(target: "sqlx::query", "SELECT 1");
            tracing::warn!(target: "hyper::proto", "a warning of theirs");
            tracing::info!(target: "harkara::server", "a line of ours");
        });
        let log = paper.text();
        assert!(!log.contains("courier.example") && !log.contains("SELECT"), "{level}: {log}");
        assert!(log.contains("a warning of theirs") && log.contains("a line of ours"), "{level}: {log}");
    }
    let errors_alone = filter("ERROR").expect("a level").to_string();
    assert!(!errors_alone.contains("warn"), "{errors_alone}");
    for wrong in ["", "LOUD", "harkara=debug", "INFO,sqlx=trace"] {
        assert!(filter(wrong).is_err_and(|sentence| sentence.contains("LOG_LEVEL")), "{wrong}");
    }
}
