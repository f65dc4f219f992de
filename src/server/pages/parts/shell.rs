//! The document around every page: head, header, main, footer, and the script where it is needed.

use leptos::prelude::*;

use crate::domain::messages::Messages;
use crate::domain::staff::Access;
use crate::islands::checkout::{CART_LINK_ID, ResendUnsent};
use crate::server::assets;
use crate::server::pages::parts::alerts::alerts;
use crate::server::pages::parts::desk_header::desk_header;
use crate::server::pages::parts::icons::{Icon, icon, mark};
use crate::server::pages::{Frame, Page, render};
use crate::server::visit::Visit;

/// Loads the wasm and wakes every island. It does what leptos' own script does for islands without
/// nested contexts, and gives hydration the three globals it reads.
const WAKE_ISLANDS: &str = "globalThis.__RESOLVED_RESOURCES=[];globalThis.__SERIALIZED_ERRORS=[];\
     globalThis.__INCOMPLETE_CHUNKS=[];import(JS).then(async m=>{await m.default({module_or_path:WASM});m.hydrate();\
     for(const e of document.querySelectorAll('leptos-island'))m[e.dataset.component]?.(e)})";

/// Under `make dev`: reloads the page when the server was built anew.
const RELOAD_WHEN_REBUILT: &str = "setInterval(async()=>{try{const b=(await fetch('/healthz',{cache:'no-store'}))\
     .headers.get('x-boot-id');if(b&&b!==BOOT)location.reload()}catch{}},1000)";

/// The whole document with a page's HTML in it.
pub fn document(visit: &Visit, page: &Page, body: &str) -> String {
    let words = visit.words();
    let (header, footer) = match page.frame {
        Frame::Shop => (render(visit, || header(visit, page, words)), render(visit, || footer(words))),
        Frame::Desk(tab) => (render(visit, || desk_header(visit, tab, words)), String::new()),
    };
    let unsent = if visit.unsent() && page.frame == Frame::Shop {
        render(visit, || view! { <ResendUnsent/> }.into_any())
    } else {
        String::new()
    };
    let alerts = match page.frame {
        Frame::Shop => String::new(),
        Frame::Desk(_) => render(visit, || alerts(visit, words)),
    };
    let needs_script = [body, &unsent].iter().any(|html| html.contains("<leptos-island"));
    let head = head(visit, page, needs_script, words);
    format!(
        "<!DOCTYPE html><html lang=\"{language}\"><head>{head}</head><body>{header}\
         <main class=\"site-main\" id=\"main\" tabindex=\"-1\">{alerts}{unsent}<div class=\"page-width\">{body}</div></main>\
         {footer}</body></html>",
        language = words.language,
    )
}

fn head(visit: &Visit, page: &Page, needs_script: bool, words: &'static Messages) -> String {
    let title = if page.title == words.shop_name {
        escape(&page.title)
    } else {
        format!("{} – {}", escape(&page.title), words.shop_name)
    };
    let description = escape(if page.description.is_empty() { words.shop_promise } else { &page.description });
    let refresh = page
        .refresh_seconds
        .map(|seconds| format!("<noscript><meta http-equiv=\"refresh\" content=\"{seconds}\"></noscript>"));
    let robots = if page.indexable { "" } else { "<meta name=\"robots\" content=\"noindex\">" };
    format!(
        "<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><meta name=\"description\" content=\"{description}\">{robots}{refresh}\
         <meta property=\"og:title\" content=\"{title}\"><meta property=\"og:description\" content=\"{description}\">\
         <meta name=\"theme-color\" content=\"#fffdf9\" media=\"(prefers-color-scheme: light)\">\
         <meta name=\"theme-color\" content=\"#1f1915\" media=\"(prefers-color-scheme: dark)\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"stylesheet\" href=\"{css}\"><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">{scripts}",
        css = assets::css_path(),
        refresh = refresh.unwrap_or_default(),
        scripts = scripts(visit, needs_script),
    )
}

fn scripts(visit: &Visit, needs_script: bool) -> String {
    let nonce = &visit.nonce;
    let mut html = String::new();
    if let (true, Some((js, wasm))) = (needs_script, assets::script_paths()) {
        let script = WAKE_ISLANDS.replace("JS", &format!("'{js}'")).replace("WASM", &format!("'{wasm}'"));
        html.push_str(&format!(
            "<link rel=\"modulepreload\" href=\"{js}\"><link rel=\"preload\" href=\"{wasm}\" as=\"fetch\" \
             type=\"application/wasm\" crossorigin><script type=\"module\" nonce=\"{nonce}\">{script}</script>"
        ));
    }
    if visit.app.config.dev {
        let script = RELOAD_WHEN_REBUILT.replace("BOOT", &format!("'{}'", visit.app.boot_id));
        html.push_str(&format!("<script type=\"module\" nonce=\"{nonce}\">{script}</script>"));
    }
    html
}

fn header(visit: &Visit, page: &Page, words: &'static Messages) -> AnyView {
    let count = visit.cart().map_or(0, |cart| cart.item_count());
    let badge = (count > 0).then(|| view! { <span class="cart-count" aria-hidden="true">{count.min(999)}</span> });
    view! {
        <header class="site-header">
            <a class="skip-link" href="#main">{words.skip_to_content}</a>
            <div class="page-width site-header-row">
                <a class="brand" href="/">{mark()} {words.shop_name}</a>
                <nav class="site-nav" aria-label=words.nav_main>
                    {account_links(visit, words)}
                    <a class="site-nav-link" id=CART_LINK_ID href="/cart" aria-label=(words.nav_cart_count)(count)>
                        {icon(Icon::Bag)} <span class="label-wide">{words.nav_cart}</span> {badge}
                    </a>
                </nav>
                {search(page, words)}
            </div>
        </header>
    }
    .into_any()
}

fn search(page: &Page, words: &'static Messages) -> AnyView {
    view! {
        <form class="search" role="search" action="/" method="get">
            <label class="visually-hidden" for="search">{words.search_label}</label>
            <input class="input" id="search" type="search" name="q" placeholder=words.search_placeholder autocomplete="off"
                maxlength="100" value=page.search.clone()/>
            <button class="search-button" type="submit" aria-label=words.search_button>{icon(Icon::Search)}</button>
        </form>
    }
    .into_any()
}

fn account_links(visit: &Visit, words: &'static Messages) -> AnyView {
    let Some(identity) = &visit.identity else {
        return nav_link("/login", Icon::Person, words.nav_log_in);
    };
    // Who works here has come for the desk; a phone has no room for both.
    let own = if Access::Seller.allows(Some(identity.role)) {
        nav_link("/admin/orders", Icon::List, words.desk_name)
    } else {
        nav_link("/account/orders", Icon::Person, words.nav_orders)
    };
    view! {
        {own}
        <form action="/logout" method="post">
            <button class="site-nav-link" type="submit" aria-label=words.nav_log_out>
                {icon(Icon::Leave)} <span class="label-wide">{words.nav_log_out}</span>
            </button>
        </form>
    }
    .into_any()
}

fn nav_link(href: &'static str, drawing: Icon, label: &'static str) -> AnyView {
    view! {
        <a class="site-nav-link" href=href aria-label=label>{icon(drawing)} <span class="label-wide">{label}</span></a>
    }
    .into_any()
}

fn footer(words: &'static Messages) -> AnyView {
    view! {
        <footer class="site-footer">
            <div class="page-width site-footer-row">
                <p>{words.footer_how}</p>
                <ul class="row">
                    <li><a href="/">{words.footer_catalogue}</a></li>
                    <li><a href="/cart">{words.nav_cart}</a></li>
                    <li><a href="/track">{words.track_link}</a></li>
                </ul>
            </div>
        </footer>
    }
    .into_any()
}

/// Text made safe for HTML, also inside a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_leave_its_place() {
        assert_eq!(escape("<b> \"A&B's\""), "&lt;b&gt; &quot;A&amp;B&#39;s&quot;");
    }
}
