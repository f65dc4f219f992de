//! Parts of the page that are fetched anew and merged into what is there. `region_stub.rs` is its twin
//! on the server.
//!
//! What a person has opened, typed or is standing on stays: nodes are changed in place and not
//! replaced. Three attributes of the server's HTML steer it: `id` says which element is which (a form
//! without one could become another form under a person's hands), `data-keep` that only the answer to a form may change this one, `data-busy` what a button says
//! while its form is on its way.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::prelude::{Closure, JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Document, DomParser, Element, Event, EventSource, EventTarget, FocusOptions, FormData, HtmlElement,
    HtmlFormElement, Node, RequestInit, Response, SupportedType, Url, UrlSearchParams, Window,
};

/// How long hints are gathered before the region is fetched.
const GATHER_MS: i32 = 300;
/// When to try again after hints were refused.
const AGAIN_MS: i32 = 15_000;

/// What brought the new HTML.
#[derive(Clone, Copy, PartialEq)]
enum Cause {
    /// A hint: the person did nothing.
    Hint,
    /// The answer to a form the person sent.
    Answer,
}

struct Live {
    id: String,
    hints: String,
    source: String,
    events: RefCell<Option<EventSource>>,
    /// A fetch is planned.
    planned: Cell<bool>,
    /// A fetch has to wait until nobody types.
    due: Cell<bool>,
    /// Forms on their way; hints wait for their answers.
    sending: Cell<u32>,
}

/// Keeps a region fresh for as long as the page lives.
pub fn keep_fresh(id: String, hints: String, source: String) {
    let (Some(document), Some(region)) = (document(), element(&id)) else { return };
    let live = Rc::new(Live {
        id,
        hints,
        source,
        events: RefCell::new(None),
        planned: Cell::new(false),
        due: Cell::new(false),
        sending: Cell::new(0),
    });
    let sender = Rc::clone(&live);
    listen(&region, "submit", move |event| sender.submit(&event));
    let left = Rc::clone(&live);
    listen(&region, "focusout", move |_| {
        if left.due.get() {
            left.plan();
        }
    });
    if live.hints.is_empty() {
        return;
    }
    let seen = Rc::clone(&live);
    listen(&document, "visibilitychange", move |_| seen.look());
    live.look();
}

/// Fetches the page anew and merges these elements of it.
pub fn refresh(ids: &'static [&'static str]) {
    spawn_local(async move {
        let Some(fetched) = fetch(&here(), None).await else { return };
        for id in ids {
            merge_by_id(&fetched.document, id, Cause::Hint);
        }
    });
}

impl Live {
    /// Hints are listened to only while somebody looks: browsers allow six connections to a shop.
    fn look(self: &Rc<Self>) {
        let is_hidden = document().is_none_or(|document| document.hidden());
        let mut events = self.events.borrow_mut();
        if is_hidden {
            if let Some(open) = events.take() {
                open.close();
            }
        } else if events.is_none() {
            *events = self.open();
        }
    }

    fn open(self: &Rc<Self>) -> Option<EventSource> {
        let events = EventSource::new(&self.hints).ok()?;
        // Whatever changed before the connection stood is seen by fetching once it does.
        for name in ["open", "hint"] {
            let live = Rc::clone(self);
            listen(&events, name, move |_| live.plan());
        }
        let live = Rc::clone(self);
        let source = events.clone();
        listen(&events, "error", move |_| {
            // A broken connection is opened again by the browser, a refused one is not.
            if source.ready_state() == EventSource::CLOSED && live.events.borrow_mut().take().is_some() {
                let live = Rc::clone(&live);
                after(AGAIN_MS, move || live.look());
            }
        });
        Some(events)
    }

    /// Fetches soon, once for all hints until then. Later hints do not put it off.
    fn plan(self: &Rc<Self>) {
        if self.planned.replace(true) {
            return;
        }
        let live = Rc::clone(self);
        after(GATHER_MS, move || {
            live.planned.set(false);
            spawn_local(async move { live.fetch().await });
        });
    }

    async fn fetch(self: Rc<Self>) {
        self.due.set(true);
        if self.is_occupied() {
            return;
        }
        let address = if self.source.is_empty() { here() } else { self.source.clone() };
        // What is missed now comes with the next hint.
        let Some(fetched) = fetch(&address, None).await else { return };
        if self.is_occupied() {
            return;
        }
        self.due.set(false);
        if path(&fetched.address) != path(&address) {
            go_to(&fetched.address);
        } else if fetched.is_whole {
            merge_by_id(&fetched.document, &self.id, Cause::Hint);
        }
    }

    /// Whether a change would disturb: somebody is typing, or the answer to a form is on its way.
    fn is_occupied(&self) -> bool {
        self.sending.get() > 0
            || element(&self.id)
                .zip(focused())
                .is_some_and(|(region, focused)| region.contains(Some(&focused)) && has_changed(&focused))
    }

    /// Sends a form and shows the answer in its place; the plain form is what remains when that fails.
    fn submit(self: &Rc<Self>, event: &Event) {
        let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        let Some(form) = form.filter(|form| form.get_attribute("method").as_deref() == Some("post")) else { return };
        let fields = FormData::new_with_form(&form).ok().map(JsValue::from);
        let body = fields.and_then(|fields| UrlSearchParams::new_with_str_sequence_sequence(&fields).ok());
        let Some(body) = body else { return };
        event.prevent_default();
        if form.has_attribute("aria-busy") {
            return;
        }
        set_busy(&form);
        self.sending.set(self.sending.get() + 1);
        let live = Rc::clone(self);
        spawn_local(async move {
            let address = form.get_attribute("action").unwrap_or_default();
            let fetched = fetch(&address, Some(&body)).await;
            live.sending.set(live.sending.get() - 1);
            match fetched {
                Some(fetched) if path(&fetched.address) == path(&here()) => live.show(&form, &fetched),
                Some(fetched) => go_to(&fetched.address),
                None => drop(form.submit()),
            }
        });
    }

    fn show(self: &Rc<Self>, form: &HtmlFormElement, fetched: &Fetched) {
        let row = form.closest("details[id]").ok().flatten().and_then(|row| id_of(&row));
        form.reset();
        if let Some(history) = window().and_then(|window| window.history().ok()) {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&fetched.address));
        }
        // A page that is something else altogether, such as a failure of ours, is shown whole.
        let id = if fetched.document.get_element_by_id(&self.id).is_some() { &self.id } else { "main" };
        merge_by_id(&fetched.document, id, Cause::Answer);
        // The button that had the focus may be gone.
        if focused().is_none_or(|focused| focused.local_name() == "body") {
            let summary = row.and_then(|row| element(&row)?.query_selector("summary").ok().flatten());
            focus(summary.or_else(|| element(&self.id)));
        }
        if self.due.get() {
            self.plan();
        }
    }
}

/// A page that was fetched.
struct Fetched {
    /// Its address after redirects.
    address: String,
    /// Whether it is the page and not a failure.
    is_whole: bool,
    document: Document,
}

async fn fetch(address: &str, body: Option<&UrlSearchParams>) -> Option<Fetched> {
    let init = RequestInit::new();
    if let Some(body) = body {
        init.set_method("POST");
        init.set_body(body);
    }
    let asked = window()?.fetch_with_str_and_init(address, &init);
    let response: Response = JsFuture::from(asked).await.ok()?.dyn_into().ok()?;
    let text = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
    let document = DomParser::new().ok()?.parse_from_string(&text, SupportedType::TextHtml).ok()?;
    Some(Fetched { address: response.url(), is_whole: response.ok(), document })
}

fn merge_by_id(fetched: &Document, id: &str, cause: Cause) {
    if let (Some(shown), Some(wanted)) = (element(id), fetched.get_element_by_id(id)) {
        merge(&shown, &wanted, cause);
    }
}

/// Makes an element like another one by as few changes as possible.
fn merge(shown: &Element, wanted: &Element, cause: Cause) {
    if shown.is_equal_node(Some(wanted)) {
        return;
    }
    merge_attributes(shown, wanted, cause);
    let ids: Vec<String> = children(wanted).filter_map(|node| id_of(&node)).collect();
    let mut at = shown.first_child();
    let mut next = wanted.first_child();
    while let Some(new) = next {
        next = new.next_sibling();
        // What is wanted no more goes first, so that what stays need not be moved.
        while let Some(gone) = at.clone().filter(|node| id_of(node).is_some_and(|id| !ids.contains(&id))) {
            at = gone.next_sibling();
            let _ = shown.remove_child(&gone);
        }
        let found = match id_of(&new) {
            Some(id) => children(shown).find(|node| id_of(node).as_ref() == Some(&id)),
            None => at.clone().filter(|node| node.node_name() == new.node_name() && id_of(node).is_none()),
        };
        let Some(old) = found else {
            let _ = shown.insert_before(&new, at.as_ref());
            continue;
        };
        if at.as_ref() == Some(&old) {
            at = old.next_sibling();
        } else {
            let _ = shown.insert_before(&old, at.as_ref());
        }
        merge_node(&old, &new, cause);
    }
    while let Some(gone) = at {
        at = gone.next_sibling();
        let _ = shown.remove_child(&gone);
    }
}

fn merge_node(old: &Node, new: &Node, cause: Cause) {
    match (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) {
        (Some(old), Some(new)) => {
            if cause == Cause::Answer || !old.has_attribute("data-keep") {
                merge(old, new, cause);
            }
        }
        _ => {
            if old.node_value() != new.node_value() {
                old.set_node_value(new.node_value().as_deref());
            }
        }
    }
}

fn merge_attributes(shown: &Element, wanted: &Element, cause: Cause) {
    // What a person has opened or closed is theirs.
    let is_theirs = |name: &str| name == "open" && (cause == Cause::Hint || !wanted.has_attribute("open"));
    for name in names(shown) {
        // Extensions of browsers put marks of their own on elements.
        if !wanted.has_attribute(&name) && !is_theirs(&name) && !name.starts_with("data-") {
            let _ = shown.remove_attribute(&name);
        }
    }
    for name in names(wanted) {
        let value = wanted.get_attribute(&name);
        if shown.get_attribute(&name) != value && !is_theirs(&name) {
            let _ = shown.set_attribute(&name, &value.unwrap_or_default());
        }
    }
}

fn names(element: &Element) -> Vec<String> {
    element.get_attribute_names().iter().filter_map(|name| name.as_string()).collect()
}

fn children(parent: &Node) -> impl Iterator<Item = Node> {
    std::iter::successors(parent.first_child(), Node::next_sibling)
}

/// The attribute and not the property: a form's `id`, `method` and so on are its field of that name
/// when it has one.
fn id_of(node: &Node) -> Option<String> {
    node.dyn_ref::<Element>()?.get_attribute("id")
}

/// Whether a field holds something else than the page came with.
fn has_changed(field: &Element) -> bool {
    let get = |name: &str| js_sys::Reflect::get(field, &JsValue::from_str(name)).unwrap_or_default();
    match field.local_name().as_str() {
        "select" => {
            let chosen = js_sys::Reflect::get_u32(&get("selectedOptions"), 0).unwrap_or_default();
            let is_default = js_sys::Reflect::get(&chosen, &JsValue::from_str("defaultSelected"));
            is_default.is_ok_and(|is_default| is_default == JsValue::FALSE)
        }
        "input" | "textarea" => get("value") != get("defaultValue") || get("checked") != get("defaultChecked"),
        _ => false,
    }
}

fn set_busy(form: &HtmlFormElement) {
    let _ = form.set_attribute("aria-busy", "true");
    if let Some(button) = form.query_selector("button[data-busy]").ok().flatten() {
        let _ = button.set_attribute("aria-busy", "true");
        button.set_text_content(button.get_attribute("data-busy").as_deref());
    }
}

fn window() -> Option<Window> {
    web_sys::window()
}

fn document() -> Option<Document> {
    window()?.document()
}

fn element(id: &str) -> Option<Element> {
    document()?.get_element_by_id(id)
}

fn focused() -> Option<Element> {
    document()?.active_element()
}

fn focus(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = element.focus_with_options(&options);
    }
}

fn here() -> String {
    window().and_then(|window| window.location().href().ok()).unwrap_or_default()
}

fn go_to(address: &str) {
    if let Some(window) = window() {
        let _ = window.location().assign(address);
    }
}

/// The path of an address, against the page's own.
fn path(address: &str) -> String {
    Url::new_with_base(address, &here()).map(|url| url.pathname()).unwrap_or_default()
}

fn listen(target: &EventTarget, name: &str, work: impl Fn(Event) + 'static) {
    let listener = Closure::<dyn Fn(Event)>::new(work);
    let _ = target.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
    // The listener lives as long as the page.
    listener.forget();
}

fn after(milliseconds: i32, work: impl FnOnce() + 'static) {
    let work = Closure::once_into_js(work);
    if let Some(window) = window() {
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(work.unchecked_ref(), milliseconds);
    }
}
