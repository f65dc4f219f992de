//! `/api/docs`: the OpenAPI document for people, drawn from the document itself.

use axum::response::Response;
use leptos::prelude::*;
use serde_json::{Map, Value};

use crate::domain::messages::Messages;
use crate::server::api::openapi::{access_words, document};
use crate::server::http::routes::ROUTES;
use crate::server::pages::{Page, respond};
use crate::server::visit::Visit;

/// What a page of a list is called in the document, before the name of its entries.
const LISTING: &str = "Listing_";
const REFERENCE: &str = "#/components/schemas/";
/// The type of every error; it is shown once.
const PROBLEM: &str = "#/components/schemas/Problem";

/// `GET /api/docs`.
pub async fn show(visit: Visit) -> Response {
    let words = visit.words();
    let document: Value = serde_json::from_str(&document()).unwrap_or_default();
    respond(&visit, Page::new(words.docs_title), || {
        let groups = groups(&document);
        let contents: Vec<_> = groups.iter().map(|(tag, _)| (anchor(tag), tag.clone())).collect();
        view! {
            <div class="stack">
                <div class="stack-small prose">
                    <h1>{words.docs_title}</h1>
                    {prose(text(&document["info"], "description"))}
                    <p><a href="/api/v1/openapi.json">{words.docs_document}</a></p>
                </div>
                <nav aria-label=words.docs_contents>
                    <ul class="row">
                        {contents.into_iter().map(|(href, tag)| view! { <li><a href=format!("#{href}")>{tag}</a></li> }).collect_view()}
                        <li><a href="#types">{words.docs_types}</a></li>
                    </ul>
                </nav>
                {groups.into_iter().map(|(tag, operations)| group(&tag, operations, words)).collect_view()}
                <section class="stack" aria-labelledby="types">
                    <h2 id="types">{words.docs_types}</h2>
                    {types(&document, words)}
                </section>
            </div>
        }
        .into_any()
    })
}

struct Operation<'d> {
    method: String,
    path: &'d str,
    operation: &'d Value,
}

/// The operations by tag, in the order of `ROUTES`.
fn groups(document: &Value) -> Vec<(String, Vec<Operation<'_>>)> {
    let mut groups: Vec<(String, Vec<Operation<'_>>)> = Vec::new();
    for route in ROUTES {
        let operation = &document["paths"][route.path][route.method.to_lowercase()];
        let Some(tag) = operation["tags"][0].as_str() else { continue };
        let entry = Operation { method: route.method.to_owned(), path: route.path, operation };
        match groups.iter_mut().find(|(name, _)| name == tag) {
            Some((_, operations)) => operations.push(entry),
            None => groups.push((tag.to_owned(), vec![entry])),
        }
    }
    groups
}

fn group(tag: &str, operations: Vec<Operation<'_>>, words: &'static Messages) -> AnyView {
    let id = anchor(tag);
    view! {
        <section class="stack" aria-labelledby=id.clone()>
            <h2 id=id.clone()>{tag.to_owned()}</h2>
            {operations.iter().map(|operation| operation_view(operation, words)).collect_view()}
        </section>
    }
    .into_any()
}

fn operation_view(shown: &Operation<'_>, words: &'static Messages) -> AnyView {
    let operation = shown.operation;
    let id = text(operation, "operationId");
    let access = ROUTES
        .iter()
        .find(|route| route.path == shown.path && route.method == shown.method)
        .map(|route| access_words(route.access, words));
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let body =
        (!body.is_null()).then(|| view! { <div><dt>{words.docs_body}</dt><dd>{type_view(body, words)}</dd></div> });
    let (answers, errors) = answers(operation, words);
    view! {
        <article class="panel stack-small" aria-labelledby=id.clone()>
            <h3 id=id.clone()>{text(operation, "summary")}</h3>
            <p><code>{format!("{} {}", shown.method, shown.path)}</code></p>
            {prose(text(operation, "description"))}
            <dl>
                <div><dt>{words.docs_who}</dt><dd>{access}</dd></div>
                {body}
                {answers}
                <div><dt>{words.docs_errors}</dt><dd>{errors}</dd></div>
            </dl>
            {parameters(operation, words)}
        </article>
    }
    .into_any()
}

/// The answers that are more than a problem, and the statuses of those that are not.
fn answers(operation: &Value, words: &'static Messages) -> (Vec<AnyView>, String) {
    let (mut answers, mut errors) = (Vec::new(), Vec::new());
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let schema = &response["content"]["application/json"]["schema"];
        if schema["$ref"] == PROBLEM {
            errors.push(status.clone());
            continue;
        }
        let answer = view! {
            <div>
                <dt>{format!("{} {status}", words.docs_answer)}</dt>
                <dd>{text(response, "description")} " " {type_view(schema, words)}</dd>
            </div>
        };
        answers.push(answer.into_any());
    }
    (answers, errors.join(", "))
}

fn parameters(operation: &Value, words: &'static Messages) -> Option<AnyView> {
    let parameters = operation["parameters"].as_array().filter(|list| !list.is_empty())?;
    let rows = parameters.iter().map(|parameter| {
        let place = view! { {text(parameter, "in")} " · " {type_view(&parameter["schema"], words)} };
        let is_optional = parameter["required"] != true;
        row(&text(parameter, "name"), place.into_any(), is_optional, text(parameter, "description"), words)
    });
    Some(view! { <h4>{words.docs_parameters}</h4> <dl>{rows.collect_view()}</dl> }.into_any())
}

/// A parameter or field. A list and no table: on a phone a table would hide what it means.
fn row(name: &str, kind: AnyView, is_optional: bool, meaning: String, words: &'static Messages) -> AnyView {
    view! {
        <div>
            <dt>
                <code>{name.to_owned()}</code>
                " · "
                {kind}
                {is_optional.then(|| format!(" · {}", words.docs_optional))}
            </dt>
            <dd>{prose(meaning)}</dd>
        </div>
    }
    .into_any()
}

/// Every type, the pages of lists as one.
fn types(document: &Value, words: &'static Messages) -> Vec<AnyView> {
    let Some(schemas) = document["components"]["schemas"].as_object() else { return Vec::new() };
    let listing = schemas.iter().find(|(name, _)| name.starts_with(LISTING)).map(|(_, schema)| ("Listing", schema));
    let named = schemas.iter().filter(|(name, _)| !name.starts_with(LISTING));
    named
        .map(|(name, schema)| (name.as_str(), schema))
        .chain(listing)
        .map(|(name, schema)| type_section(name, schema, words))
        .collect()
}

fn type_section(name: &str, schema: &Value, words: &'static Messages) -> AnyView {
    let id = format!("type-{name}");
    let own = schema["allOf"].as_array().and_then(|parts| parts.iter().find(|part| part["properties"].is_object()));
    let base = schema["allOf"].as_array().and_then(|parts| parts.iter().find(|part| part["$ref"].is_string()));
    let fields = own.unwrap_or(schema);
    let base = base.map(|base| view! { <p>{words.docs_all_of} " " {type_view(base, words)}</p> });
    let choice = (schema["enum"].is_array() || schema["oneOf"].is_array())
        .then(|| view! { <p>{words.docs_one_of} " " {type_view(schema, words)}</p> });
    view! {
        <article class="panel stack-small" aria-labelledby=id.clone()>
            <h3 id=id.clone()>{name.to_owned()}</h3>
            {prose(text(schema, "description"))}
            {base}
            {choice}
            {fields["properties"].as_object().map(|properties| fields_view(fields, properties, words))}
        </article>
    }
    .into_any()
}

fn fields_view(schema: &Value, properties: &Map<String, Value>, words: &'static Messages) -> AnyView {
    // The document sorts properties by name; the required ones come in the order of the type.
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let optional = properties.keys().map(String::as_str).filter(|name| !required.contains(name));
    let rows = required.iter().copied().chain(optional).map(|name| {
        let property = &properties[name];
        row(name, type_view(property, words), !required.contains(&name), meaning(property), words)
    });
    view! { <dl>{rows.collect_view()}</dl> }.into_any()
}

/// The description of a field, which stands inside when the field may be null.
fn meaning(property: &Value) -> String {
    let inner = property["oneOf"].as_array().and_then(|all| all.iter().find(|one| one["description"].is_string()));
    text(if property["description"].is_string() { property } else { inner.unwrap_or(property) }, "description")
}

/// A type in words, named types as links.
fn type_view(schema: &Value, words: &'static Messages) -> AnyView {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix(REFERENCE)) {
        let link = |name: &str| view! { <a href=format!("#type-{name}")>{name.to_owned()}</a> };
        return match name.strip_prefix(LISTING) {
            Some(entry) => view! { {words.docs_page_of} " " {link(entry)} }.into_any(),
            None => link(name).into_any(),
        };
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> = values.iter().filter_map(Value::as_str).collect();
        return view! { <code>{values.join(", ")}</code> }.into_any();
    }
    if let Some(alternatives) = schema["oneOf"].as_array() {
        let parts = alternatives.iter().enumerate().map(|(at, one)| {
            let or = (at > 0).then(|| format!(" {} ", words.docs_or));
            view! { {or} {type_view(one, words)} }
        });
        return parts.collect_view().into_any();
    }
    if schema["type"] == "array" {
        return view! { {words.docs_list_of} " " {type_view(&schema["items"], words)} }.into_any();
    }
    let names: Vec<_> = match &schema["type"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    };
    let format = schema["format"].as_str().filter(|format| *format == "date-time");
    let mut shown = names.join(&format!(" {} ", words.docs_or));
    if let Some(format) = format {
        shown.push_str(&format!(" ({format})"));
    }
    (if shown.is_empty() { "object".to_owned() } else { shown }).into_any()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or("").to_owned()
}

fn anchor(tag: &str) -> String {
    tag.to_lowercase().replace(' ', "-")
}

/// A description in paragraphs: what stands between backticks is code.
fn prose(description: String) -> Vec<AnyView> {
    let paragraph = |text: &str| {
        let parts = text.split('`').enumerate().map(|(at, part)| match at % 2 {
            0 => part.to_owned().into_any(),
            _ => view! { <code>{part.to_owned()}</code> }.into_any(),
        });
        view! { <p>{parts.collect::<Vec<_>>()}</p> }.into_any()
    };
    description.split("\n\n").filter(|text| !text.is_empty()).map(paragraph).collect()
}
