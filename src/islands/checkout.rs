//! Placing an order without leaving the page, and saving later what could not be saved.
//!
//! The checkout form is a plain one, rendered by the server and not compiled to WebAssembly; this
//! code listens to it. So nothing typed is lost when the network is, and the key in the form makes
//! any number of repetitions one order.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::domain::checkout::CheckoutForm;
use crate::domain::messages::Messages;
use crate::domain::whatsapp::{self, UnsavedPart};
use crate::error::{AppError, FieldError};
use crate::islands::browser::{self, Typed};
use crate::islands::panel::{Link, Panel, panel_view};
use crate::islands::region;
use crate::server_fns::checkout::place_order;

/// The id of the form this code listens to.
pub const FORM_ID: &str = "checkout-form";
/// The id of the form's button.
pub const BUTTON_ID: &str = "checkout-send";

/// The id of the form that orders a used cart again. A page with it says already that the cart is
/// ordered, and sending it again would empty the cart under the customer's hands.
pub const AGAIN_ID: &str = "order-again";

/// The id of the link to the cart, which counts what is in it.
pub const CART_LINK_ID: &str = "cart-link";

/// The id of what the cart's page shows.
pub const CART_ID: &str = "cart";

/// Where the browser keeps an order that could not be saved.
const UNSAVED_KEY: &str = "harkara.unsent";
/// Tells the server to look into it: a week.
const UNSAVED_COOKIE: &str = "unsent=1; path=/; SameSite=Lax; max-age=604800";
const UNSAVED_COOKIE_GONE: &str = "unsent=; path=/; SameSite=Lax; max-age=0";
/// How long a save may take before WhatsApp is offered instead.
const SAVE_TIMEOUT_MS: i32 = 20_000;
/// Where the focus goes when there is something to say.
const PANEL_ID: &str = "form-errors";

/// The words of the page. They are looked up at each use and not passed around, so that the compiler
/// sees which ones are used and leaves the rest out of the wasm (about 10 kB compressed).
fn words() -> &'static Messages {
    Messages::of("en")
}

/// One form being sent.
#[derive(Clone, Copy)]
struct Desk {
    parts: StoredValue<Vec<UnsavedPart>>,
    panel: RwSignal<Option<Panel>>,
    saving: RwSignal<bool>,
    /// Counts the saves, so that the answer of an abandoned one does not disturb the next.
    attempt: RwSignal<u32>,
}

/// What the checkout form has to say as a whole, and with script its sending. It stands at the top
/// of the form.
#[island]
pub fn OrderDesk(
    /// What the server has to say about the form.
    says: Option<Panel>,
    /// What is ordered, by store; the text of an unsaved order lists it.
    parts: Vec<UnsavedPart>,
) -> impl IntoView {
    let desk = Desk {
        parts: StoredValue::new(parts),
        panel: RwSignal::new(says),
        saving: RwSignal::new(false),
        attempt: RwSignal::new(0),
    };
    Effect::new(move |_| {
        browser::on_submit(FORM_ID, move |typed| {
            if let Some(attempt) = desk.start() {
                spawn_local(desk.save(typed, attempt));
            }
        });
        browser::reload_when_restored();
    });
    panel_view(PANEL_ID, "group", desk.panel)
}

impl Desk {
    /// Starts a save: one at a time, the old messages gone. `None` while another is under way.
    fn start(self) -> Option<u32> {
        if self.saving.get_untracked() {
            return None;
        }
        self.saving.set(true);
        self.panel.set(None);
        browser::show_field_errors(FORM_ID, &[]);
        browser::set_button(BUTTON_ID, words().checkout_saving, true);
        self.attempt.update(|attempt| *attempt += 1);
        Some(self.attempt.get_untracked())
    }

    /// Ends a save that did not lead to an order.
    fn stop(self, panel: Option<Panel>) {
        self.saving.set(false);
        self.panel.set(panel);
        browser::set_button(BUTTON_ID, words().checkout_send, false);
        browser::focus_soon(PANEL_ID);
    }

    async fn save(self, typed: Typed, attempt: u32) {
        let form = read_form(&typed);
        let late = typed.clone();
        browser::after(SAVE_TIMEOUT_MS, move || {
            if self.is_at(attempt) && self.saving.get_untracked() {
                self.offer_whatsapp(&late);
            }
        });
        match place_order(form).await {
            // Also when the answer comes after the offer above: the order is saved.
            Ok(placed) => {
                forget_unsaved();
                browser::go_to(&format!("/o/{}", placed.token));
            }
            Err(error) if self.is_at(attempt) => self.refuse(error, &typed),
            Err(_) => {}
        }
    }

    fn is_at(self, attempt: u32) -> bool {
        self.attempt.get_untracked() == attempt
    }

    fn refuse(self, error: AppError, typed: &Typed) {
        match error {
            AppError::OrderedAlready { .. } => browser::go_to("/checkout"),
            AppError::Invalid { fields } => {
                let fields = in_form_order(fields);
                browser::show_field_errors(FORM_ID, &fields);
                self.stop(errors_panel(&fields));
            }
            AppError::Unreachable | AppError::Internal => self.offer_whatsapp(typed),
            // The server shows the form again with the cart as it is now and everything typed.
            AppError::Conflict { .. } | AppError::InsufficientStock { .. } | AppError::KeyReused { .. } => {
                browser::send_plainly(FORM_ID)
            }
            AppError::TooMany { .. }
            | AppError::Unreadable { .. }
            | AppError::NotFound { .. }
            | AppError::SignInRequired
            | AppError::Forbidden => self.stop(Some(notice_panel(error.sentence()))),
        }
    }

    /// Keeps the order in the browser for the next visit and offers to send it in WhatsApp.
    fn offer_whatsapp(self, typed: &Typed) {
        if browser::keep(UNSAVED_KEY, &typed.json()) {
            browser::set_cookie(UNSAVED_COOKIE);
        }
        let form = read_form(typed);
        self.stop(Some(self.parts.with_value(|parts| unsaved_panel(&form, parts))));
    }
}

fn read_form(typed: &Typed) -> CheckoutForm {
    CheckoutForm {
        key: typed.get("key"),
        contents: typed.get("contents"),
        name: typed.get("name"),
        phone: typed.get("phone"),
        email: typed.get("email"),
        line1: typed.get("line1"),
        line2: typed.get("line2"),
        landmark: typed.get("landmark"),
        city: typed.get("city"),
        state: typed.get("state"),
        pincode: typed.get("pincode"),
        country: typed.get("country"),
        payment_method: typed.get("payment_method"),
        note: typed.get("note"),
    }
}

/// The wrong fields in the order of the page, which the list at the top follows.
pub fn in_form_order(mut errors: Vec<FieldError>) -> Vec<FieldError> {
    const ORDER: [&str; 12] = [
        "name",
        "phone",
        "email",
        "line1",
        "line2",
        "landmark",
        "city",
        "state",
        "pincode",
        "country",
        "payment_method",
        "note",
    ];
    errors.sort_by_key(|error| ORDER.iter().position(|name| *name == error.field));
    errors
}

/// The list of wrong fields, each a link to its field; nothing without errors.
pub fn errors_panel(errors: &[FieldError]) -> Option<Panel> {
    (!errors.is_empty()).then(|| Panel {
        class: "notice notice-bad".to_owned(),
        title: (words().form_errors)(errors.len()),
        sentence: String::new(),
        links: errors.iter().map(|error| Link::plain(format!("#field-{}", error.field), &error.message)).collect(),
        button: String::new(),
    })
}

/// A sentence about the whole form, such as a changed price, with a way to the cart.
pub fn notice_panel(sentence: String) -> Panel {
    Panel {
        class: "notice notice-warn".to_owned(),
        title: words().form_notice.to_owned(),
        sentence,
        links: vec![Link::plain("/cart".to_owned(), words().checkout_edit_cart)],
        button: String::new(),
    }
}

/// What to do when the shop could not save the order: send it in WhatsApp, or try again. Each store
/// gets the lines that are its own, under the same key.
pub fn unsaved_panel(form: &CheckoutForm, parts: &[UnsavedPart]) -> Panel {
    let links = parts.iter().map(|part| Link {
        class: "button button-whatsapp".to_owned(),
        href: whatsapp::link(Some(&part.phone), &whatsapp::unsaved_text(form, part, words())),
        label: (words().unsaved_send)(&part.store_name),
    });
    Panel {
        class: "notice notice-bad".to_owned(),
        title: words().unsaved_heading.to_owned(),
        sentence: words().unsaved_hint.to_owned(),
        links: links.collect(),
        button: words().try_again.to_owned(),
    }
}

fn forget_unsaved() {
    browser::forget(UNSAVED_KEY);
    browser::set_cookie(UNSAVED_COOKIE_GONE);
}

/// Saves the order that could not be saved on an earlier visit, with the same key, and says so.
#[island]
pub fn ResendUnsent() -> impl IntoView {
    let panel = RwSignal::new(None);
    Effect::new(move |_| {
        spawn_local(async move {
            if let Some(told) = resend().await {
                forget_unsaved();
                match told.links.iter().find(|link| link.href.starts_with("/o/")) {
                    // The checkout still asks for what is ordered now; this is where it leads.
                    Some(order) if browser::exists(FORM_ID) => browser::go_to(&order.href),
                    _ => {
                        panel.set(Some(told));
                        // The page came with the cart that has just been ordered.
                        region::refresh(&[CART_LINK_ID, CART_ID]);
                    }
                }
            }
        });
    });
    view! { <div class="page-width resent" role="status">{panel_view("resent", "group", panel)}</div> }
}

/// What came of it; `None` when the next page shall try again.
async fn resend() -> Option<Panel> {
    let kept = browser::kept(UNSAVED_KEY).and_then(|json| Typed::from_json(&json));
    let Some(typed) = kept.filter(|_| !browser::exists(AGAIN_ID)) else {
        forget_unsaved();
        return None;
    };
    let view = |token: String| Link::plain(format!("/o/{token}"), words().resent_view);
    let (class, title, sentence, link) = match place_order(read_form(&typed)).await {
        // One number a line: they are not to be broken, and several do not fit a phone.
        Ok(placed) => {
            ("notice notice-good", words().resent_saved, placed.references.join("\n"), Some(view(placed.token)))
        }
        Err(AppError::OrderedAlready { reference, token }) => {
            ("notice notice-good", words().resent_saved, reference.replace(", ", "\n"), token.map(view))
        }
        Err(AppError::Unreachable | AppError::Internal | AppError::TooMany { .. }) => return None,
        // The cart or a price has changed since: only the customer can say what to do.
        Err(
            AppError::Conflict { .. }
            | AppError::KeyReused { .. }
            | AppError::InsufficientStock { .. }
            | AppError::Invalid { .. }
            | AppError::Unreadable { .. }
            | AppError::NotFound { .. }
            | AppError::SignInRequired
            | AppError::Forbidden,
        ) => {
            let checkout = Link::plain("/checkout".to_owned(), words().resent_checkout);
            ("notice notice-warn", words().resent_refused, String::new(), Some(checkout))
        }
    };
    Some(Panel {
        class: class.to_owned(),
        title: title.to_owned(),
        sentence,
        links: link.into_iter().collect(),
        button: String::new(),
    })
}
