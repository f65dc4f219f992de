//! Every visible string, one struct per language. English first; a page never writes its own words.

use crate::domain::alerts::{AlertKind, Seen};
use crate::domain::couriers::{Meaning, WebhookMode};
use crate::domain::orders::{OrderAction, OrderStatus};
use crate::domain::payments::{PaymentMethod, PaymentStatus};
use crate::domain::shipping::{BookingState, Leg, ShipmentStatus};
use crate::domain::tracking::CaseKind;
use crate::domain::webhooks::Finding;

macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident: $kind:ty = $english:expr;)+) => {
        /// The words of one language.
        pub struct Messages {
            $($(#[$doc])* pub $name: $kind,)+
        }

        /// English.
        pub static EN: Messages = Messages { $($name: $english,)+ };
    };
}

type Text = &'static str;

messages! {
    /// Language code for `<html lang>`.
    language: Text = "en";

    // ---- form errors ----
    /// A country the shop does not know.
    country_unknown: Text = "Choose India or Bangladesh.";
    /// A text above its limit in characters.
    too_long: fn(usize) -> String = |max| format!("Please use at most {max} characters.");
    /// No name.
    name_missing: Text = "Please tell us your name.";
    /// No first address line.
    line1_missing: Text = "Please give house, street and area.";
    /// No city.
    city_missing: Text = "Please give your town or city.";
    /// An e-mail address that cannot be one.
    email_wrong: Text = "This e-mail address does not look right. You can leave it empty.";
    /// No postcode where one is needed.
    pincode_missing: Text = "Please give the 6-digit pincode, so that a courier can find you.";
    /// A postcode with the wrong number of digits.
    pincode_wrong: fn(usize) -> String = |digits| format!("The postcode must have {digits} digits.");
    /// No phone.
    phone_missing: Text = "Please give your mobile number.";
    /// A phone that is not a mobile number.
    phone_wrong: Text = "This does not look like a mobile number. Example: 98765 43210 or 01712 345678.";
    /// No payment method.
    payment_method_missing: Text = "Choose how you would like to pay.";

    // ---- the WhatsApp message ----
    /// Greeting with the store's name.
    wa_hello: fn(&str) -> String = |store| format!("Hello {store}! I would like to order:");
    /// Label of the reference.
    wa_order: Text = "Order";
    /// Label of the total.
    wa_total: Text = "Total";
    /// Label of the name.
    wa_name: Text = "Name";
    /// Label of the phone.
    wa_phone: Text = "Phone";
    /// Label of the address.
    wa_address: Text = "Address";
    /// Label of the payment method.
    wa_payment: Text = "Payment";
    /// Label of the note.
    wa_note: Text = "Note";
    /// Lines that did not fit.
    wa_more: fn(usize) -> String = |count| format!("… and {count} more");
    /// Text with the reference alone.
    wa_about: fn(&str, &str) -> String = |store, reference| format!("Hello {store}! I am writing about my order {reference}.");
    /// Says that the order is not saved yet.
    wa_unsaved: Text = "The shop could not save this order yet, so I am sending it here.";
    /// Label of the key of an unsaved order.
    wa_key: Text = "Key";

    // ---- payment methods ----
    /// Cash on delivery.
    payment_cod: Text = "Cash on delivery";
    /// Agreed in the chat.
    payment_whatsapp: Text = "Agree in WhatsApp";

    // ---- errors a person may see ----
    /// Nothing at this address.
    error_not_found: Text = "We could not find that.";
    /// Needs a login.
    error_sign_in: Text = "Authentication required";
    /// Signed in, but not allowed.
    error_forbidden: Text = "Insufficient permissions";
    /// Too many attempts.
    error_too_many: fn(u64) -> String = |seconds| format!("Too many attempts. Please wait {seconds} seconds and try again.");
    /// Our fault.
    error_internal: Text = "Something went wrong on our side, and nothing was changed. Please try again.";
    /// The request could not be read.
    error_unreadable: Text = "The request could not be read.";
    /// No connection to the shop.
    error_unreachable: Text = "The shop cannot be reached just now.";
    /// The cart was ordered before.
    ordered_already: fn(&str) -> String = |reference| format!("You ordered this already: {reference}");
    /// Something in the request is wrong.
    error_invalid: Text = "Validation failed";
    /// A body above the limit.
    error_too_large: Text = "That is too much to send at once.";
    /// A body that is no form.
    error_not_a_form: Text = "This address takes a form.";
    /// A request that took longer than it may.
    error_too_slow: Text = "This took too long. Please try again in a moment.";
    /// A write that came from another site.
    error_cross_site: Text = "This request came from another site and was refused.";
    /// A path that takes another method.
    error_method: Text = "This address does not take that kind of request.";
    /// A password outside the limits.
    password_length: Text = "The password must have 8 to 200 characters.";
    /// An address that has an account.
    email_taken: Text = "There is an account with this e-mail address.";
    /// A seller without a store.
    store_missing: Text = "A seller needs a store.";
    /// A store that does not exist.
    store_unknown: Text = "There is no store with this name.";
    /// A stock outside the limits.
    stock_range: Text = "The stock must be from 0 to 1000000.";
    /// The cart or a price changed since the page was shown.
    cart_changed: Text = "Your cart or a price has changed since this page was shown. Please look at it again.";
    /// A line that wants more than is in stock.
    cart_short: fn(&str, i64) -> String = |product, available| match available {
        0 => format!("{product} is sold out. Please take it out of your cart."),
        left => format!("Only {left} of {product} are left. Please change the quantity in your cart."),
    };
    /// Nothing to order.
    cart_empty: Text = "Your cart is empty.";
    /// A form without a usable key.
    key_missing: Text = "This form is not complete. Please open the checkout again.";
    /// A quantity outside the limits.
    cart_quantity: Text = "Please choose a quantity from 1 to 999.";
    /// A full cart.
    cart_full: Text = "The cart is full: it holds 40 different items.";
    /// An item that is not sold.
    cart_unknown: Text = "This item is not sold here any more.";
    /// Wrong e-mail or password.
    login_wrong: Text = "E-mail or password is wrong.";

    // ---- every shop page ----
    /// Name of the shop's software, shown as the shop's name until a merchant sets one.
    shop_name: Text = "Harkara";
    /// One line under the name, for search engines and the footer.
    shop_promise: Text = "Order on WhatsApp, follow the parcel to your door.";
    /// First link of every page.
    skip_to_content: Text = "Skip to content";
    /// Label of the search box.
    search_label: Text = "Search the shop";
    /// Grey text in the search box.
    search_placeholder: Text = "Sarees, honey, kurtas…";
    /// Button of the search box.
    search_button: Text = "Search";
    /// Label of the links at the top.
    nav_main: Text = "Shop";
    /// Link to the cart.
    nav_cart: Text = "Cart";
    /// The cart link read aloud.
    nav_cart_count: fn(i64) -> String = |count| match count {
        0 => "Cart, empty".to_owned(),
        1 => "Cart, 1 item".to_owned(),
        more => format!("Cart, {more} items"),
    };
    /// Link to the login page.
    nav_log_in: Text = "Log in";
    /// Button that logs out.
    nav_log_out: Text = "Log out";
    /// Link to the own orders.
    nav_orders: Text = "My orders";
    /// Foot of the page: how ordering works.
    footer_how: Text = "No app and no account needed: fill your cart, send the order in WhatsApp, and the shop takes it from there.";
    /// Foot of the page: link to everything.
    footer_catalogue: Text = "All products";

    // ---- the catalogue ----
    /// Heading of the first page.
    home_heading: Text = "Made nearby, sent to your door";
    /// What the shop is, under the heading.
    home_intro: Text = "Fill your cart, send it in WhatsApp, and talk to the people who pack your parcel.";
    /// Heading of everything.
    home_all: Text = "All products";
    /// Heading of a search.
    home_results: fn(&str) -> String = |search| format!("Results for “{search}”");
    /// How many products were found.
    home_count: fn(i64) -> String = |count| match count {
        1 => "1 product".to_owned(),
        more => format!("{more} products"),
    };
    /// Label of the category links.
    home_categories: Text = "Categories";
    /// The link that shows every category.
    home_every_category: Text = "Everything";
    /// Heading when nothing was found.
    home_empty: Text = "Nothing found";
    /// What to do when nothing was found.
    home_empty_hint: Text = "Try another word, or look through everything we have.";
    /// Link that drops search and category.
    home_show_all: Text = "Show all products";
    /// Label of the page links.
    pages_label: Text = "Pages";
    /// Link to the page before.
    pages_previous: Text = "Previous";
    /// Link to the page after.
    pages_next: Text = "Next";
    /// Where one is.
    pages_at: fn(i64, i64) -> String = |page, pages| format!("Page {page} of {pages}");
    /// A price that is the lowest of several.
    price_from: fn(&str) -> String = |price| format!("From {price}");
    /// Nothing left.
    sold_out: Text = "Sold out";
    /// Enough left.
    in_stock: Text = "In stock";
    /// Few left.
    only_left: fn(i64) -> String = |count| format!("Only {count} left");
    /// Who sells it.
    sold_by: fn(&str) -> String = |store| format!("Sold by {store}");

    // ---- the product page ----
    /// Label of the links above the product.
    product_trail: Text = "You are here";
    /// Label of the choices.
    product_choose: Text = "Choose";
    /// Label of the quantity.
    quantity: Text = "Quantity";
    /// Button of the product page.
    add_to_cart: Text = "Add to cart";
    /// Shown instead of the form when nothing is left.
    product_gone: Text = "This is sold out just now. Have a look at the rest of the shop.";
    /// Heading of the description.
    product_about: Text = "About this product";
    /// Heading of the facts.
    product_facts: Text = "Good to know";
    /// A promise beside the button.
    product_promise_price: Text = "The price includes tax";
    /// A promise beside the button.
    product_promise_chat: Text = "You order in WhatsApp, with a real person";
    /// A promise beside the button.
    product_promise_follow: Text = "You get a page to follow your parcel";
    /// Weight of one piece in grams.
    product_weight: fn(i64) -> String = |grams| match grams {
        light if light < 1_000 => format!("Weight {light} g"),
        heavy => format!("Weight {}.{} kg", heavy / 1_000, heavy % 1_000 / 100),
    };

    // ---- the cart ----
    /// Heading of the cart.
    cart_heading: Text = "Your cart";
    /// Heading of an empty cart.
    cart_empty_heading: Text = "Your cart is empty";
    /// What to do about it.
    cart_empty_hint: Text = "Everything you add waits here, also without an account.";
    /// Link back to the catalogue.
    cart_keep_shopping: Text = "Keep shopping";
    /// Above the link to what was ordered last, in an empty cart.
    cart_ordered_hint: Text = "Your last order is saved. Its page shows how it is going.";
    /// Link to the shop from an empty cart.
    cart_start: Text = "Look around the shop";
    /// Quantity of a line, for screen readers.
    cart_quantity_of: fn(&str) -> String = |name| format!("Quantity of {name}");
    /// Button that saves a quantity.
    cart_update: Text = "Update";
    /// The same, for screen readers.
    cart_update_of: fn(&str) -> String = |name| format!("Update the quantity of {name}");
    /// Button that takes a line out.
    cart_remove: Text = "Remove";
    /// The same, for screen readers.
    cart_remove_of: fn(&str) -> String = |name| format!("Remove {name}");
    /// Price of one piece.
    price_each: fn(&str) -> String = |price| format!("{price} each");
    /// A line that wants more than there is.
    cart_line_short: fn(i64) -> String = |left| match left {
        left if left < 1 => "Sold out just now. Please remove it.".to_owned(),
        left => format!("Only {left} left. Please lower the quantity."),
    };
    /// A line whose variant is not sold any more.
    cart_gone: Text = "One item is not sold here any more. Please remove it.";
    /// Sum of a store's lines.
    subtotal: Text = "Subtotal";
    /// Sum of an order.
    total: Text = "Total";
    /// More than one store in the cart.
    cart_several_stores: Text = "Your cart has items of several shops. Each shop gets its own order and sends its own parcel.";
    /// What the subtotal leaves out.
    cart_delivery_note: Text = "Tax included. The shop tells you the delivery charge in WhatsApp before it sends anything.";
    /// Button of the cart.
    cart_checkout: Text = "Checkout via WhatsApp";
    /// Lines are short or gone.
    cart_needs_care: Text = "Some items need your attention before you order.";

    // ---- the checkout ----
    /// Heading of the checkout.
    checkout_heading: Text = "Checkout";
    /// Link back to the cart.
    checkout_edit_cart: Text = "Change cart";
    /// Heading of the list of what is ordered.
    checkout_summary: Text = "Your order";
    /// Heading of the first group of fields.
    checkout_you: Text = "About you";
    /// Heading of the second group of fields.
    checkout_address: Text = "Where should it go?";
    /// Heading of the third group of fields.
    checkout_payment: Text = "How would you like to pay?";
    /// Says what the marks mean.
    checkout_required_note: Text = "Everything is needed unless it says optional.";
    /// Mark of a field that may be left out.
    optional: Text = "optional";
    /// Full name.
    field_name: Text = "Full name";
    /// Mobile number.
    field_phone: Text = "Mobile number";
    /// Help for the mobile number.
    field_phone_hint: Text = "The one you use with WhatsApp; the courier calls it too.";
    /// E-mail.
    field_email: Text = "E-mail";
    /// First line of the address.
    field_line1: Text = "House, street and area";
    /// Second line of the address.
    field_line2: Text = "Flat, floor, building";
    /// Landmark.
    field_landmark: Text = "Landmark";
    /// Help for the landmark.
    field_landmark_hint: Text = "A place nearby that a rider knows.";
    /// Town.
    field_city: Text = "Town or city";
    /// State.
    field_state: Text = "State or district";
    /// Postcode.
    field_pincode: Text = "Pincode or postcode";
    /// Help for the postcode.
    field_pincode_hint: Text = "6 digits in India, 4 digits in Bangladesh.";
    /// Country.
    field_country: Text = "Country";
    /// Note to the shop.
    field_note: Text = "Note to the shop";
    /// What cash on delivery means.
    payment_cod_hint: Text = "Pay the courier when the parcel arrives.";
    /// What agreeing in the chat means.
    payment_whatsapp_hint: Text = "UPI, bKash, bank transfer: agree on it in the chat.";
    /// Button of the checkout and of the order page.
    checkout_send: Text = "Send Order via WhatsApp";
    /// The button while the order is being saved.
    checkout_saving: Text = "Saving Order...";
    /// What the button does.
    checkout_send_hint: Text = "We save your order first, then WhatsApp opens with it written out. Nothing is paid here.";
    /// Heading above the list of wrong fields.
    form_errors: fn(usize) -> String = |count| match count {
        1 => "Please check one field".to_owned(),
        more => format!("Please check {more} fields"),
    };
    /// Heading above a sentence about the whole form.
    form_notice: Text = "Your order is not saved yet";
    /// Heading of the page or panel when saving failed.
    unsaved_heading: Text = "The shop could not save your order just now";
    /// What to do when saving failed.
    unsaved_hint: Text = "Nothing is lost: your cart and everything you typed are kept. Send the order in WhatsApp, or try again. It will not be ordered twice.";
    /// Link that opens WhatsApp with the unsaved order.
    unsaved_send: fn(&str) -> String = |store| format!("Send it to {store} in WhatsApp");
    /// Button that tries to save again.
    try_again: Text = "Try again";
    /// An order kept by the browser was saved after all.
    resent_saved: Text = "Your order is saved now";
    /// Link to that order.
    resent_view: Text = "View order";
    /// An order kept by the browser cannot be saved as it was.
    resent_refused: Text = "Your last order is not saved yet, and something in it has changed. Please look at it again.";
    /// Link to the checkout.
    resent_checkout: Text = "Go to checkout";

    // ---- ordered already ----
    /// What it means.
    already_hint: Text = "This cart was sent as an order before, so we did not order it a second time.";
    /// Link to the order.
    already_view: Text = "View this order";
    /// Button that lets the same cart be ordered again.
    already_again: Text = "Order again";
    /// What ordering again means.
    already_again_hint: Text = "Ordering again makes a new, second order of what is in your cart now.";

    // ---- the order's page ----
    /// Title and heading for the browser that placed it.
    order_saved: Text = "Order saved";
    /// One step is left.
    order_one_step: Text = "One step left: press the button and send the message that WhatsApp shows you.";
    /// One step is left, for several stores.
    order_steps: fn(usize) -> String = |count| format!("Your order went to {count} shops. Send each of them its message in WhatsApp.");
    /// Heading for everybody else.
    order_heading: fn(&str) -> String = |reference| format!("Order {reference}");
    /// Label of the reference.
    order_reference: Text = "Order number";
    /// Label of the state.
    order_status: Text = "Status";
    /// Label of the day.
    order_placed_at: Text = "Placed";
    /// Label of the town it goes to.
    order_goes_to: Text = "Goes to";
    /// Label of the way to pay.
    order_payment: Text = "Payment";
    /// Heading of the lines.
    order_items: Text = "What was ordered";
    /// Button for somebody who did not place it.
    order_ask: Text = "Ask about this order in WhatsApp";
    /// Heading of what comes now.
    order_next: Text = "What happens next";
    /// First step.
    order_next_send: Text = "You send the message in WhatsApp, so that the shop can answer you there.";
    /// Second step.
    order_next_confirm: Text = "The shop confirms your order and the delivery charge.";
    /// Third step.
    order_next_follow: Text = "Keep this page: it shows where your parcel is.";
    /// Amount taken off.
    money_discount: Text = "Discount";
    /// Delivery charge.
    money_shipping: Text = "Delivery";
    /// Charge for paying at the door.
    money_cod_fee: Text = "Cash on delivery charge";
    /// Gift wrap.
    money_giftwrap: Text = "Gift wrap";
    /// Transaction charge.
    money_transaction: Text = "Transaction charge";
    /// Sum of the goods.
    money_goods: Text = "Goods";

    // ---- states of an order ----
    /// Saved, not confirmed.
    status_pending: Text = "Waiting for the shop";
    /// Accepted.
    status_confirmed: Text = "Confirmed";
    /// A courier is booked.
    status_processing: Text = "Being packed";
    /// On its way.
    status_shipped: Text = "On its way";
    /// With the rider.
    status_out_for_delivery: Text = "Out for delivery";
    /// Handed over.
    status_delivered: Text = "Delivered";
    /// Called off.
    status_cancelled: Text = "Cancelled";
    /// Money given back.
    status_refunded: Text = "Refunded";

    // ---- login and account ----
    /// Heading of the login page.
    login_heading: Text = "Log in";
    /// Who needs it.
    login_hint: Text = "You do not need an account to order. Log in to see your orders, or to work here.";
    /// Heading above what was wrong.
    login_failed: Text = "You are not logged in";
    /// Password.
    field_password: Text = "Password";
    /// Heading of the own orders.
    account_heading: Text = "My orders";
    /// No orders yet.
    account_empty: Text = "You have not ordered anything yet with this account.";
    /// Pieces in an order.
    item_count: fn(i64) -> String = |count| match count {
        1 => "1 item".to_owned(),
        more => format!("{more} items"),
    };

    // ---- pages that say no ----
    /// Title of a page that is not there.
    problem_not_found: Text = "This page is not here";
    /// What to do then.
    problem_not_found_hint: Text = "The link may be old, or a letter is missing. Everything else is still where it was.";
    /// Title of a page that needs a login.
    problem_sign_in: Text = "Please log in first";
    /// What to do then.
    problem_sign_in_hint: Text = "This page is only for people who are logged in.";
    /// Title of a page that is not for this person.
    problem_forbidden: Text = "This page is not for you";
    /// What to do then.
    problem_forbidden_hint: Text = "Your account may not see it. If it should, ask the owner of the shop.";
    /// Title after too many attempts.
    problem_too_many: Text = "One moment, please";
    /// Title of a request that cannot be read or done.
    problem_refused: Text = "That did not work";
    /// What to do then.
    problem_refused_hint: Text = "Go back, check what you typed, and send it again.";
    /// Title of our own failures.
    problem_internal: Text = "Something broke on our side";
    /// What to do then.
    problem_internal_hint: Text = "Please try again in a minute. Your cart is safe.";
    /// The number a person can tell us.
    problem_number: fn(&str) -> String = |id| format!("If you write to us about it, name this number: {id}");
    /// Way on from every such page.
    problem_home: Text = "Go to the shop";

    // ---- following an order ----
    /// Foot of the page: link to the form that finds an order.
    track_link: Text = "Track an order";
    /// Heading of the form.
    track_heading: Text = "Where is my order?";
    /// What is needed.
    track_hint: Text = "You need the order number and the phone the order was placed with.";
    /// Where the order number is.
    track_reference_hint: Text = "It is in your WhatsApp message and looks like LEG-1AB2CD-EFGH23.";
    /// Label of the end of the phone.
    track_last4: Text = "Last four digits of the phone";
    /// Help for it.
    track_last4_hint: Text = "Of the mobile number you gave with the order.";
    /// Button of the form.
    track_button: Text = "Show my order";
    /// Heading above a miss.
    track_failed: Text = "We could not find this order";
    /// Way back to the form.
    track_another: Text = "Look for another order";
    /// Who carries the parcel.
    track_courier: Text = "Courier";
    /// The courier's number.
    track_awb: Text = "AWB";
    /// A second number of the courier.
    track_code: Text = "Tracking code";
    /// State of the parcel.
    track_parcel: Text = "Parcel";
    /// The day it should arrive.
    track_expected: Text = "Expected";
    /// Heading of what happened.
    track_timeline: Text = "What has happened";
    /// Label of the five stations.
    track_progress: Text = "Progress";
    /// First station.
    station_placed: Text = "Placed";
    /// Second station.
    station_confirmed: Text = "Confirmed";
    /// Third station.
    station_shipped: Text = "On its way";
    /// Fourth station.
    station_out: Text = "Out for delivery";
    /// Last station.
    station_delivered: Text = "Delivered";
    /// The order was placed.
    event_placed: Text = "Order placed";
    /// A note of the shop.
    event_note: Text = "Note";
    /// The order was changed.
    event_edited: Text = "Changed";
    /// A code nobody knows.
    step_unknown: fn(&str) -> String = |code| format!("Unknown code “{code}”");
    /// A state a person set.
    step_correction: Text = "corrected by hand";

    // ---- the merchant's desk ----
    /// Beside the name of the shop.
    desk_name: Text = "Desk";
    /// Label of the desk's pages.
    desk_nav: Text = "Desk";
    /// Heading of the desk's login.
    login_desk: Text = "Log in to the desk";
    /// Who it is for.
    login_desk_hint: Text = "For the people who confirm, pack and send the orders.";
    /// Link to the shop.
    desk_shop: Text = "Shop";
    /// Orders.
    desk_orders: Text = "Orders";
    /// Couriers.
    desk_couriers: Text = "Couriers";
    /// Pushes of couriers.
    desk_webhooks: Text = "Webhooks";
    /// Some accounts are test accounts.
    desk_test_mode: fn(&str) -> String = |names| format!("Test mode: {names}. Parcels booked there do not travel and cost nothing.");
    /// Mark of a test account.
    desk_test: Text = "Test";
    /// A test account in a list.
    desk_test_account: fn(&str) -> String = |name| format!("{name} – test");
    /// Heading above a refusal.
    desk_refused: Text = "That did not work";
    /// Label of the states above a list.
    desk_states: Text = "Show";
    /// Every state.
    desk_all: Text = "All";
    /// Label of the search.
    desk_search: Text = "Search orders";
    /// Grey text in the search.
    desk_search_placeholder: Text = "Number, name, phone or AWB";
    /// No orders at all.
    desk_none: Text = "No orders yet";
    /// What to do then.
    desk_none_hint: Text = "New orders appear here by themselves.";
    /// What to do when nothing was found.
    desk_none_found_hint: Text = "No order matches. Try another state, or less of the number.";
    /// Link to older entries.
    desk_older: Text = "Older";
    /// Link to the newest entries.
    desk_newest: Text = "Newest";
    /// An order was changed.
    desk_done: fn(&str, &str) -> String = |reference, what| format!("{reference}: {what}");
    /// Open questions, as a badge.
    desk_cases: fn(usize) -> String = |count| match count {
        1 => "1 question".to_owned(),
        more => format!("{more} questions"),
    };
    /// Open questions, as a heading.
    desk_cases_open: fn(usize) -> String = |count| match count {
        1 => "One open question".to_owned(),
        more => format!("{more} open questions"),
    };
    /// Who ordered.
    desk_customer: Text = "Customer";
    /// A line of the order.
    desk_item: Text = "Item";
    /// Price of one piece.
    desk_price: Text = "Price";
    /// When it was placed.
    desk_created: Text = "Created";
    /// When it last changed.
    desk_updated: Text = "Updated";
    /// Whose order it is.
    desk_store: Text = "Store";
    /// With whom it is sent.
    desk_courier: Text = "Courier";
    /// Heading of what can be done.
    desk_next: Text = "What next";
    /// Accepts an order.
    desk_confirm: Text = "Confirm Order & Reduce Stock";
    /// The same while it is under way.
    desk_confirming: Text = "Confirming…";
    /// A chat with the customer.
    desk_contact: Text = "Contact on WhatsApp";
    /// How that chat begins: customer, store, order.
    desk_wa_text: fn(&str, &str, &str) -> String = |customer, store, reference| format!("Hello {customer}, this is {store} about your order {reference}.");
    /// Link to everything about an order.
    desk_open: Text = "Open order";
    /// Way back to the list.
    desk_all_orders: Text = "All orders";
    /// Link to the page the customer sees.
    desk_customer_page: Text = "What the customer sees";
    /// Label of the menu.
    desk_change_status: Text = "Change status";
    /// Nothing chosen yet.
    desk_choose: Text = "Choose…";
    /// Button of the menu.
    desk_change: Text = "Change";
    /// The same while it is under way.
    desk_changing: Text = "Changing…";
    /// No change is possible.
    desk_final: Text = "This state is final.";
    /// A button while its form is on its way.
    desk_saving: Text = "Saving…";
    /// Leaves a form.
    desk_cancel: Text = "Cancel";
    /// A note to a change.
    desk_note: Text = "Note";
    /// Heading of what happened.
    desk_timeline: Text = "Timeline";
    /// Asked to come back.
    desk_recalled: Text = "Asked back";

    // ---- what was done ----
    /// The order has another state.
    done_change: Text = "Saved.";
    /// A courier was asked.
    done_book: Text = "The courier was asked. How it stands is below.";
    /// A parcel was written down.
    done_attach: Text = "The parcel is added.";
    /// A number was written down.
    done_awb: Text = "The AWB is saved.";
    /// An AWB that was pending came.
    done_ask_awb: Text = "The AWB is there.";
    /// A label was fetched.
    done_label: Text = "The label is here.";
    /// A rider was asked for.
    done_pickup: Text = "A pickup is asked for.";
    /// A failed attempt was answered.
    done_ndr: Text = "The courier is told what to do.";
    /// It was handed over.
    done_hand_over: Text = "Handed over to the courier.";
    /// A booking was called off.
    done_void: Text = "The booking is called off.";
    /// A parcel was asked back.
    done_recall: Text = "The courier was asked to bring it back.";
    /// A courier was asked where it is.
    done_check: Text = "The courier was asked. This is what it says.";
    /// A state was set by hand.
    done_correct: Text = "The state is corrected.";
    /// A question was settled.
    done_close_case: Text = "The question is settled.";
    /// An account was saved.
    done_courier: Text = "The courier account is saved.";
    /// Confirmed.
    action_confirmed: Text = "confirmed, and its stock is taken.";
    /// Being packed.
    action_processed: Text = "in processing.";
    /// Shipped.
    action_shipped: Text = "handed over to the courier.";
    /// With the rider.
    action_sent_out: Text = "out for delivery.";
    /// Delivered.
    action_delivered: Text = "delivered.";
    /// Cancelled.
    action_cancelled: Text = "cancelled; stock that was taken is back.";
    /// Asked back.
    action_recalled: Text = "asked back. It is cancelled when the parcel has returned.";
    /// Refunded.
    action_refunded: Text = "refunded.";
    /// Menu entry that asks a parcel back.
    action_recall: Text = "Ask the parcel back (cancel on return)";

    // ---- parcels on the desk ----
    /// Heading of the forms that make one.
    parcel_new: Text = "Shipment";
    /// No courier account.
    parcel_no_courier: Text = "No courier is set up for this store. An admin adds one under Couriers.";
    /// Label of the choice.
    parcel_courier: Text = "Courier";
    /// Books a courier.
    parcel_create: Text = "Create shipment";
    /// The same while it is under way.
    parcel_creating: Text = "Booking…";
    /// What it does.
    parcel_create_hint: Text = "Books the parcel with the courier. It is never booked twice.";
    /// Asks for prices.
    offers_ask: Text = "Compare services and prices";
    /// Heading of the prices.
    offers_heading: Text = "Services and prices";
    /// Nobody goes there.
    offers_none: fn(&str) -> String = |courier| format!("{courier} does not carry such a parcel to this postcode.");
    /// Prices that are old.
    offers_approximate: Text = "Approximate: the courier did not answer just now, so these are its latest prices.";
    /// Of the offers the cheapest.
    offers_cheapest: Text = "Cheapest";
    /// Of the offers the fastest.
    offers_fastest: Text = "Fastest";
    /// Of the offers the best rated.
    offers_best_rated: Text = "Best rated";
    /// The offer the courier recommends.
    offers_recommended: Text = "Recommended";
    /// How long it takes.
    offers_days: fn(&str) -> String = |days| if days == "1" { "1 day".to_owned() } else { format!("{days} days") };
    /// Books this offer.
    offers_book: Text = "Book this";
    /// Unfolds the form for a parcel booked elsewhere.
    parcel_attach: Text = "Booked elsewhere? Add its AWB";
    /// Label of the number.
    parcel_awb: Text = "AWB or consignment number";
    /// Button of that form.
    parcel_attach_button: Text = "Add shipment";
    /// Button that saves a number.
    parcel_awb_button: Text = "Save AWB";
    /// An earlier booking.
    parcel_released: Text = "Replaced";
    /// Unfolds the timeline of a parcel.
    parcel_steps: fn(usize) -> String = |count| match count {
        1 => "1 event".to_owned(),
        more => format!("{more} events"),
    };
    /// Failed attempts.
    parcel_attempts: Text = "Failed attempts";
    /// What the rider collects.
    parcel_collects: Text = "To collect";
    /// When the courier was last asked.
    parcel_asked: Text = "Last asked";
    /// Delivered in part.
    parcel_partly: Text = "Only in part";
    /// The courier's word.
    parcel_raw: Text = "In its words";
    /// Who carries it for an aggregator.
    parcel_carrier: Text = "Carried by";
    /// Our reference there.
    parcel_reference: Text = "Our reference";
    /// News after an end.
    parcel_disputed: Text = "The courier said something else after it had ended. Please find out, then correct the state.";
    /// The courier has taken it.
    parcel_hand_over: Text = "Handed over";
    /// Asks where it is.
    parcel_check: Text = "Check status";
    /// The same while it is under way.
    parcel_checking: Text = "Asking…";
    /// Unfolds calling off.
    parcel_void: Text = "Call this booking off";
    /// What calling off does.
    parcel_void_hint: fn(&str) -> String = |courier| format!("{courier} is told to cancel it.");
    /// What the merchant says where no call exists.
    parcel_void_attest: fn(&str) -> String = |courier| format!("I have cancelled it at {courier} myself. It cannot be cancelled from here.");
    /// Button that calls off.
    parcel_void_button: Text = "Call off";
    /// The same while it is under way.
    parcel_voiding: Text = "Calling off…";
    /// Unfolds asking back.
    parcel_recall: Text = "Ask the parcel back";
    /// Why.
    parcel_recall_reason: Text = "Reason";
    /// Button that asks back.
    parcel_recall_button: Text = "Ask back";
    /// Unfolds correcting.
    parcel_correct: Text = "Correct the state";
    /// What that means.
    parcel_correct_hint: Text = "Your word wins over what the courier has said until now. Later news counts again.";
    /// Button that corrects.
    parcel_correct_button: Text = "Correct";
    /// Being booked.
    booking_in_flight: Text = "Being booked";
    /// The same as a sentence.
    booking_in_flight_hint: fn(&str) -> String = |courier| format!("{courier} is being asked. This page shows the answer by itself.");
    /// Nobody knows.
    booking_unknown: Text = "Being looked up";
    /// The same as a sentence.
    booking_unknown_hint: fn(&str) -> String = |courier| format!("No clear answer came from {courier}. We look the parcel up before anything is tried again, so it cannot be booked twice.");
    /// The courier said no.
    booking_refused: Text = "Refused";
    /// The same as a sentence.
    booking_refused_hint: fn(&str) -> String = |courier| format!("{courier} did not take it:");
    /// Booked without a number.
    booking_awb_pending: Text = "Booked, AWB pending";
    /// The same as a sentence.
    booking_awb_pending_hint: fn(&str) -> String = |courier| format!("{courier} has it, but has not told its number yet. It comes with the first news; you can also type it in.");
    /// The same where the courier can be asked for the number.
    booking_awb_asked_hint: fn(&str) -> String = |courier| format!("{courier} has it, but has given it no AWB yet. It is asked again by itself; you can also ask now, or type the AWB in. It is not booked a second time.");
    /// Fetches the label.
    parcel_label: Text = "Get the label";
    /// The same while it is under way.
    parcel_label_busy: Text = "Drawing…";
    /// Opens the label.
    parcel_label_open: Text = "Label (PDF)";
    /// Asks for a rider.
    parcel_pickup: Text = "Ask for a pickup";
    /// The day of it.
    parcel_pickup_day: Text = "Day (optional)";
    /// When the rider comes.
    parcel_pickup_at: Text = "Pickup";
    /// When the courier was told what to do after a failed attempt.
    parcel_ndr_at: Text = "Failed attempt answered";
    /// Unfolds the answer to a failed attempt.
    parcel_ndr: Text = "Answer the failed attempt";
    /// What to do.
    parcel_ndr_answer: Text = "What should the courier do?";
    /// Try again.
    parcel_ndr_again: Text = "Try again";
    /// Bring it back.
    parcel_ndr_back: Text = "Bring it back; the order is cancelled when it has returned";
    /// The day of the next attempt.
    parcel_ndr_day: Text = "On this day (optional)";
    /// Another phone.
    parcel_ndr_phone: Text = "Another phone (optional)";
    /// Another address.
    parcel_ndr_address: Text = "Other house, street and area (optional)";
    /// Another landmark.
    parcel_ndr_landmark: Text = "Landmark (optional)";
    /// A note for the rider.
    parcel_ndr_note: Text = "Note for the courier (optional)";
    /// Sends the answer.
    parcel_ndr_button: Text = "Tell the courier";
    /// Asks for the number.
    parcel_ask_awb: Text = "Ask for the AWB again";

    // ---- parcels that wait for a courier ----
    /// Title.
    handover_heading: Text = "Handover";
    /// What the page is for.
    handover_hint: Text = "Booked parcels that no courier has fetched yet. Choose some, then print and call the courier.";
    /// Nothing waits.
    handover_nothing: Text = "No booked parcel waits for a courier.";
    /// Fetches labels.
    handover_labels: Text = "Get the labels";
    /// Makes a manifest.
    handover_manifest: Text = "Make the manifest";
    /// Labels were fetched.
    handover_labelled: Text = "The labels are here.";
    /// A manifest was made.
    handover_manifested: Text = "The manifest is made; it is below.";
    /// Heading of the manifests.
    handover_manifests: Text = "Manifests";
    /// Parcels on one.
    handover_parcels: fn(i64) -> String = |count| match count {
        1 => "1 parcel".to_owned(),
        more => format!("{more} parcels"),
    };

    // ---- open questions ----
    /// Label of the answer.
    case_resolution: Text = "What did you decide? (optional)";
    /// Settles it.
    case_close: Text = "Settled";
    /// A failed attempt.
    case_ndr: (Text, Text) = ("Delivery failed", "The courier waits for instructions. Call the customer, then tell the courier.");
    /// News after an end.
    case_disputed: (Text, Text) = ("The courier contradicts itself", "There was news after the parcel had ended. Ask the courier and correct the state.");
    /// Comes back after delivery.
    case_rto_after_delivery: (Text, Text) = ("Coming back after delivery", "It was reported delivered, and now it comes back. Ask the customer and the courier.");
    /// Delivered while coming back.
    case_delivered_during_rto: (Text, Text) = ("Delivered while coming back", "It was on its way back and is reported delivered. Ask the customer.");
    /// Moves after an end.
    case_revived: (Text, Text) = ("Moving again", "It was cancelled or lost, and now it moves. Decide what becomes of the order.");
    /// Two parcels of one order.
    case_two_live_parcels: (Text, Text) = ("Two parcels of one order", "An earlier booking moves beside the one that replaced it. Stop one of them at the courier.");
    /// Nobody knows whether it is booked.
    case_booking_unknown: (Text, Text) = ("Is it booked?", "The courier gives no clear answer. Look in its panel, and if the parcel is there, type its AWB in.");
    /// Delivered in part.
    case_partial_delivery: (Text, Text) = ("Only a part was accepted", "Find out what comes back, and how much was paid.");
    /// A code nobody knows.
    case_unknown_code: (Text, Text) = ("An unknown code", "The courier used a code we do not know. The state was left as it is. Say what the code means, or correct the state of this parcel alone.");
    /// Nothing for days.
    case_no_movement: (Text, Text) = ("No news for days", "Ask the courier where the parcel is.");
    /// Cash that does not add up.
    case_cod_difference: (Text, Text) = ("The cash does not add up", "What the courier paid out is not what it collected.");

    // ---- codes of couriers ----
    /// Heading.
    codes_heading: Text = "Courier codes";
    /// What the page is for.
    codes_hint: Text = "Couriers say where a parcel is by codes of their own. A code that we do not know changes nothing until you say what it means.";
    /// Heading of the codes nobody knows.
    codes_unknown: Text = "Not known yet";
    /// There are none.
    codes_unknown_none: Text = "Every code that came is known.";
    /// Heading of the codes the merchant has explained.
    codes_own: Text = "Explained by you";
    /// There are none.
    codes_own_none: Text = "Nothing was explained yet.";
    /// How often it was met.
    code_times: fn(i64) -> String = |times| match times {
        1 => "Met once".to_owned(),
        more => format!("Met {more} times"),
    };
    /// Fact: when it was first met.
    code_first: Text = "First";
    /// Fact: when it was last met.
    code_last: Text = "Last";
    /// Fact: a parcel that has it.
    code_example: Text = "Example";
    /// Fact: the courier's own words.
    code_words: Text = "Its words";
    /// Label of the choice.
    code_means: Text = "What does it mean?";
    /// Nothing chosen yet.
    code_choose_first: Text = "Choose…";
    /// It says nothing about the state.
    code_nothing: Text = "Known, changes nothing";
    /// Delivered in part.
    code_partly: Text = "Partly delivered";
    /// Not known.
    code_unknown: Text = "Unknown";
    /// Shows what would come of it.
    code_preview: Text = "See what would change";
    /// The same, for screen readers.
    code_preview_of: fn(&str) -> String = |code| format!("See what would change if “{code}” means this");
    /// Heading of what would come of it.
    code_plan: fn(&str, &str, &str) -> String = |courier, code, meaning| format!("“{code}” of {courier} means: {meaning}");
    /// Heading of what would come of taking it back.
    code_plan_removal: fn(&str, &str) -> String = |courier, code| format!("“{code}” of {courier} is no longer explained");
    /// What would come of it: events, parcels, parcels that move, orders.
    code_forecast: fn(usize, usize, usize, usize) -> String = |events, parcels, moved, orders| {
        if events == 0 {
            return "Nothing that was said so far is read differently.".to_owned();
        }
        let said = if events == 1 { "One event is".to_owned() } else { format!("{events} events are") };
        let of = if parcels == 1 { "one parcel".to_owned() } else { format!("{parcels} parcels") };
        let moved = match moved {
            0 => "none of them changes its state".to_owned(),
            1 => "one changes its state".to_owned(),
            more => format!("{more} change their state"),
        };
        let orders = match orders {
            0 => String::new(),
            1 => " One order is brought forward.".to_owned(),
            more => format!(" {more} orders are brought forward."),
        };
        format!("{said} read differently, of {of}; {moved}.{orders}")
    };
    /// There are more than were worked out.
    code_forecast_more: Text = "There are more than were worked out here; they follow the same rules.";
    /// What stays as it is whatever a code means.
    code_rules: Text = "Delivered and returned parcels stay as they are, and so do states that you have set by hand. Orders never go back. Nobody is told the same thing twice.";
    /// Saves what it means.
    code_save: Text = "Save this meaning";
    /// Takes it back.
    code_remove_now: Text = "Take it back";
    /// Leaves things as they are.
    code_cancel: Text = "Leave it";
    /// Opens what would come of taking it back.
    code_remove: Text = "Take back…";
    /// The same, for screen readers.
    code_remove_of: fn(&str) -> String = |code| format!("Take back what you said about “{code}”");
    /// Saved: events, parcels that moved.
    code_saved: fn(usize, usize) -> String = |events, moved| match (events, moved) {
        (0, _) => "Saved.".to_owned(),
        (events, moved) => format!("Saved. Events read again: {events}. Parcels that changed their state: {moved}."),
    };
    /// The rest follows.
    code_saved_more: Text = "The rest follows by itself.";
    /// No meaning was chosen.
    code_choose: Text = "Choose what it means.";
    /// The courier's table knows it.
    code_known: Text = "This code is in the courier's table already.";
    /// Somebody was quicker.
    code_taken: Text = "Somebody has just explained this code. Please look again.";
    /// Which way the parcel goes.
    leg_forward: Text = "to the customer";
    /// Which way the parcel goes.
    leg_return: Text = "back from the customer";
    /// Who has explained it, and when follows.
    code_by: fn(&str) -> String = |author| format!("Explained by {author}");
    /// Downloads what was explained.
    codes_export: Text = "Download as JSON";
    /// What it is good for.
    codes_export_hint: Text = "To share: it names couriers and codes, and nothing of your shop.";
    /// Link from elsewhere: how many there are.
    codes_link: fn(usize) -> String = |count| match count {
        0 => "Courier codes".to_owned(),
        1 => "Courier codes: one is not known".to_owned(),
        more => format!("Courier codes: {more} are not known"),
    };
    /// Link from an open question.
    case_unknown_code_link: Text = "Say what the code means";

    // ---- asking couriers about everything ----
    /// Heading.
    check_heading: Text = "Delivery status";
    /// What it does.
    check_hint: Text = "Asks the couriers about every parcel on its way. They also tell us by themselves; this is for when you do not want to wait.";
    /// Button.
    check_button: Text = "Check Delivery Status";
    /// The same while it is under way.
    check_starting: Text = "Starting…";
    /// How far it is.
    check_progress: fn(i64, i64) -> String = |done, total| format!("Asked for {done} of {total}");
    /// Loads the page again.
    check_refresh: Text = "Refresh";
    /// Through.
    check_finished: Text = "Finished.";
    /// Broken off.
    check_stopped: Text = "Stopped.";
    /// What came of it: checked, updated, failed.
    check_summary: fn(i64, i64, i64) -> String = |checked, updated, failed| format!("Checked {checked}, updated {updated}, failed {failed}.");
    /// Unfolds what came of each.
    check_lines: Text = "One by one";

    // ---- courier accounts ----
    /// What the page is for.
    courier_hint: Text = "Each store has its own accounts. Keys are stored sealed and never shown again.";
    /// No accounts.
    courier_none: Text = "No couriers yet";
    /// What to do then.
    courier_none_hint: Text = "Add one below. Without any, orders can still be confirmed and sent by hand.";
    /// Adds an account.
    courier_add: fn(&str) -> String = |courier| format!("New account: {courier}");
    /// Changes an account.
    courier_edit: Text = "Edit";
    /// The same, for screen readers and as a heading.
    courier_edit_of: fn(&str) -> String = |name| format!("Edit {name}");
    /// Used.
    courier_enabled: Text = "On";
    /// Not used.
    courier_disabled: Text = "Off";
    /// It did not answer and is left alone for so many seconds.
    courier_left_alone: fn(i64) -> String = |seconds| format!("It has not answered lately. It is called again in {seconds} s; until then bookings wait.");
    /// Which courier it is with.
    courier_provider: Text = "Courier";
    /// Its name in addresses.
    courier_slug_label: Text = "Name in the API";
    /// Its name for people.
    courier_name_label: Text = "Name";
    /// Its keys.
    courier_credentials: Text = "Keys";
    /// Before the day they were set.
    courier_set: Text = "Set on";
    /// Never set.
    courier_not_set: Text = "Not set";
    /// Beside an empty field of something that is set.
    courier_keep: fn(&str) -> String = |day| format!("Set on {day}. Leave empty to keep it.");
    /// The secret of its pushes.
    courier_secret: Text = "Webhook secret";
    /// How its pushes prove where they come from.
    courier_webhook_mode: Text = "Webhook secret is sent as";
    /// Name of the header or parameter.
    courier_webhook_name: Text = "Header or parameter";
    /// When that is needed.
    courier_webhook_name_hint: Text = "Only for a named header, a query parameter or a signature.";
    /// Where its API is.
    courier_base_url_label: Text = "API address";
    /// When that is needed.
    courier_base_url_hint: Text = "Leave empty for the courier's own.";
    /// Where it picks up.
    courier_pickup: Text = "Pickup place at the courier";
    /// Postcode of that.
    courier_pickup_pincode: Text = "Postcode of the pickup place";
    /// Switch.
    courier_enable: Text = "Use this account";
    /// Switch.
    courier_test: Text = "Test mode: this account does not send real parcels";
    /// Button of the form.
    courier_save: Text = "Save courier";
    /// A key of an API.
    credential_api_key: Text = "API key";
    /// Another one.
    credential_secret_key: Text = "Secret key";
    /// A login.
    credential_email: Text = "E-mail";
    /// A token.
    credential_token: Text = "API token";
    /// As a named header.
    webhook_mode_header: Text = "a header";
    /// As a bearer token.
    webhook_mode_bearer: Text = "Authorization: Bearer";
    /// As a query parameter.
    webhook_mode_query: Text = "a query parameter";
    /// As a signature.
    webhook_mode_hmac: Text = "a signature (HMAC-SHA256)";
    /// Not at all.
    webhook_mode_none: Text = "it sends none";

    // ---- what is going wrong ----
    /// Name of the place that says it.
    alerts_label: Text = "What is going wrong";
    /// Since when, in minutes.
    alert_since: fn(i64) -> String = |minutes| match minutes {
        0 => "Since just now.".to_owned(),
        1 => "For a minute.".to_owned(),
        2..=119 => format!("For {minutes} minutes."),
        _ => format!("For {} hours.", minutes / 60),
    };
    /// Bookings and tracking fail.
    alert_sync_failures: fn(i64, i64) -> String = |failed, all| format!("{failed} of {all} calls to couriers have failed in the last 15 minutes.");
    /// What to do then.
    alert_sync_failures_do: Text = "Bookings and tracking are tried again by themselves. Look whether the courier has a disturbance, and whether the keys of its account are still right.";
    /// A courier takes long to answer.
    alert_slow_courier: fn(i64) -> String = |count| format!("A courier has taken more than 10 seconds to answer {count} times in the last 15 minutes.");
    /// What to do then.
    alert_slow_courier_do: Text = "Orders come in as always; booking takes longer. If it stays so, ask the courier.";
    /// Work waits.
    alert_long_queue: fn(i64) -> String = |count| format!("{count} tasks have been waiting for more than a minute.");
    /// What to do then.
    alert_long_queue_do: Text = "Nothing is lost; tracking is behind. If the number grows, look at the log of the program and at the load of its machine.";
    /// Pushes go wrong.
    alert_webhook_errors: fn(i64) -> String = |count| format!("{count} pushes of couriers have gone wrong in the last 15 minutes.");
    /// What to do then.
    alert_webhook_errors_do: Text = "Look why they were turned away. Mostly the secret at the courier is another one than here. Pushes that were laid aside can be replayed.";

    // ---- pushes of couriers ----
    /// What the page is for.
    webhook_hint: Text = "What couriers have told us, as it came in.";
    /// Whose clock the page follows.
    webhook_zone: fn(&str) -> String = |zone| format!("Times are of {zone}.");
    /// Above the address.
    webhook_address: Text = "Paste this webhook address at the courier:";
    /// Before the time of the last push.
    webhook_last: Text = "Last push";
    /// Never pushed.
    webhook_never: Text = "No push yet";
    /// Changes we had to find out ourselves.
    webhook_unannounced: fn(i64) -> String = |count| match count {
        1 => "One change was not announced by a push. Is the address set at the courier?".to_owned(),
        more => format!("{more} changes were not announced by a push. Is the address set at the courier?"),
    };
    /// Heading of the list.
    webhook_pushes: Text = "Pushes";
    /// Nothing there.
    webhook_none: Text = "Nothing here";
    /// What that means.
    webhook_none_hint: Text = "Pushes appear here by themselves.";
    /// How often it was tried.
    webhook_attempts: fn(i64) -> String = |count| format!("tried {count} times");
    /// Reads it once more.
    webhook_replay: Text = "Replay";
    /// The same, for screen readers.
    webhook_replay_of: fn(&str) -> String = |awb| format!("Replay the push about {awb}");
    /// The same while it is under way.
    webhook_replaying: Text = "Queueing…";
    /// It will be read once more.
    webhook_replayed: Text = "The push is in the queue and is read once more.";
    /// Heading of what was turned away.
    webhook_refused: Text = "Turned away";
    /// What that means.
    webhook_refused_hint: Text = "Calls that did not prove where they came from. Nothing of them was stored.";
    /// Column.
    webhook_when: Text = "When";
    /// Column.
    webhook_why: Text = "Why";
    /// Column.
    webhook_route: Text = "Address";
    /// Column.
    webhook_from: Text = "From";
    /// Column.
    webhook_times: Text = "Times";
    /// State of a push.
    push_queued: Text = "Waiting";
    /// State of a push.
    push_applied: Text = "Applied";
    /// State of a push.
    push_ignored: Text = "No effect";
    /// State of a push.
    push_unmatched: Text = "No such parcel";
    /// State of a push.
    push_dead: Text = "Failed";
    /// Why a push was turned away.
    verdict_bad_secret: Text = "Wrong secret";
    /// Why a push was turned away.
    verdict_missing_secret: Text = "No secret sent";
    /// Why a push was turned away.
    verdict_no_secret: Text = "No secret is set here";
    /// Why a push was turned away.
    verdict_unknown: Text = "Unknown address";
    /// Why a push was turned away.
    verdict_disabled: Text = "The account is off";
    /// Why a push was turned away.
    verdict_expired: Text = "Too old";
    /// Why a push was turned away.
    verdict_too_large: Text = "Too large";
    /// Why a push was turned away.
    verdict_too_many: Text = "Too many at once";

    // ---- what is wrong with webhooks ----
    /// The shop does not know its own address.
    hook_no_site_url: Text = "HARKARA_SITE_URL is not set, so the shop can only guess its address. Set it to the address at which the internet reaches the shop, such as https://shop.example.com.";
    /// Not https.
    hook_not_https: Text = "The shop's address does not start with https://. Couriers push names and phones: put a certificate in front of it and change HARKARA_SITE_URL.";
    /// A host that nobody outside knows.
    hook_not_public: fn(&str) -> String = |host| format!("Couriers cannot reach “{host}”: it is a name or an address of this network alone. Set HARKARA_SITE_URL to a public address.");
    /// Words that the courier's form refuses.
    hook_banned: fn(&str) -> String = |words| format!("Shiprocket's form refuses this address, because “{words}” occurs in it. Use another domain or subdomain for HARKARA_SITE_URL; any that leads to the shop will do.");
    /// Off.
    hook_disabled: Text = "The account is switched off, so its pushes are turned away.";
    /// No secret.
    hook_no_secret: Text = "No secret is set here, so every push is turned away. Set one in the courier's settings, and the same one at the courier.";
    /// Sends none.
    hook_no_mode: Text = "This account is said to send no webhooks: its parcels are only asked for, now and then. If the courier can push, choose how it sends its secret.";
    /// Never pushed.
    hook_never: Text = "No push has come yet. If the courier has the address already, let its panel send a test.";
    /// Turned away lately: why, how many.
    hook_refused: fn(&str, i64) -> String = |why, count| match count {
        1 => format!("One push was turned away in the last day: {why}."),
        more => format!("{more} pushes were turned away in the last day: {why}."),
    };
    /// What to do about a wrong secret.
    hook_refused_secret: Text = "Type the same secret here and at the courier.";
    /// What to do when no secret came.
    hook_refused_missing: Text = "The courier sends no secret, or in another place: compare how it is sent here and there.";
    /// One was believed since.
    hook_refused_over: Text = "Pushes were taken again since then.";
    /// Addresses that are nobody's.
    hook_strangers: fn(i64) -> String = |count| format!("{count} calls in the last day went to webhook addresses that are nobody's. If one of them was a courier's, an old address is still set there.");
    /// A probe was answered otherwise: which, status.
    hook_status: fn(&str, u16) -> String = |probe, status| match status {
        300..=399 => format!("{probe} is answered with {status}, and couriers do not follow: set HARKARA_SITE_URL to where it leads."),
        401 | 403 => format!("{probe} is answered with {status}. Something in front of the shop asks for a login, or takes away the header or parameter with the secret."),
        404 => format!("{probe} is answered with 404: another program answers at this address, or the path is cut off on the way."),
        429 => format!("{probe} is answered with 429: too many refused pushes came from here. Try again in a minute."),
        500.. => format!("{probe} is answered with {status}. Does the shop run, and does the proxy in front of it lead there?"),
        _ => format!("{probe} is answered with {status}, where couriers want 200."),
    };
    /// The certificate is not believed.
    hook_no_trust: fn(&str) -> String = |why| format!("The certificate is not believed ({why}). Renew it, and serve the whole chain with the certificates in between.");
    /// Nobody answered: which probe, why.
    hook_no_answer: fn(&str, &str) -> String = |probe, why| format!("There is no answer to {probe} ({why}). Look at the domain's address, the firewall, and whether the shop runs.");
    /// The clocks differ, in seconds.
    hook_skew: fn(i64) -> String = |seconds| format!("The clock behind the address is {} s {} this machine's. Signatures with a time are refused then: let both follow a time server.", seconds.abs(), if seconds < 0 { "behind" } else { "ahead of" });
    /// Our own push was believed.
    hook_believed: Text = "A test push with the account's secret came through and was believed. It was not stored.";
    /// Not tried.
    hook_not_tried: fn(&str) -> String = |probe| format!("Not tried: {probe}. Something else has to be mended first.");

    // ---- states on the desk ----
    /// Saved.
    desk_pending: Text = "Pending";
    /// Accepted.
    desk_confirmed: Text = "Confirmed";
    /// A courier is booked.
    desk_processing: Text = "Processing";
    /// On its way.
    desk_shipped: Text = "Shipped";
    /// Paid.
    paid: Text = "paid";
    /// Not paid.
    unpaid: Text = "not paid yet";
    /// The payment failed.
    payment_failed: Text = "payment failed";
    /// A part was given back.
    partly_refunded: Text = "partly refunded";
    /// All was given back.
    refunded: Text = "refunded";
    /// The rider will collect.
    cod_due: Text = "to be collected";
    /// The rider has collected.
    cod_collected: Text = "collected";
    /// The courier has paid out.
    cod_remitted: Text = "paid out by the courier";
    /// The customer did it.
    author_customer: Text = "customer";
    /// Staff did it.
    author_user: Text = "staff";
    /// A program did it.
    author_token: Text = "by API";
    /// A courier's news did it.
    author_courier: Text = "the order, by the courier's news";
    /// The shop did it by itself.
    author_system: Text = "automatic";
    /// Heard by a push.
    source_webhook: Text = "pushed";
    /// Heard by asking.
    source_poll: Text = "asked";
    /// Said by staff.
    source_manual: Text = "by hand";
    /// From the sandbox.
    source_sandbox: Text = "sandbox";

    // ---- what the REST API says ----
    /// A body that is not announced as JSON.
    api_content_type: Text = "Send JSON with the header Content-Type: application/json.";
    /// A body that is no JSON object.
    api_malformed: fn(&str) -> String = |problem| format!("This is not a JSON object: {problem}.");
    /// A field that was given twice.
    api_twice: Text = "This field is given twice.";
    /// A field that is missing.
    api_required: Text = "This field is required.";
    /// A field that takes a text.
    api_text: Text = "This must be a text.";
    /// A field that takes a whole number.
    api_whole: Text = "This must be a whole number.";
    /// A field that takes an amount.
    api_amount: Text = "This must be an amount with at most two decimals, for example \"1499.00\".";
    /// A field that takes an object.
    api_object: Text = "This must be an object.";
    /// A field that takes a list of objects.
    api_list: Text = "This must be a list of objects.";
    /// A field that cannot be changed here.
    api_unknown_field: Text = "There is no such field here.";
    /// A value outside a closed list.
    api_one_of: fn(&str) -> String = |allowed| format!("This must be one of {allowed}.");
    /// What 429 means, for the document.
    api_too_many: Text = "Too many requests; the header Retry-After says how many seconds to wait.";
    /// A cursor from nowhere.
    api_cursor: Text = "This must be a cursor that this list has answered with, or empty for the newest entries.";
    /// A cursor with an order of its own.
    api_cursor_order: Text = "A cursor goes by the order newest first; leave one of the two out.";
    /// A value that is neither true nor false.
    api_flag: Text = "This must be true or false.";
    /// A list of texts that is none.
    api_texts: Text = "This must be a list of texts.";
    /// A bulk change of nothing or too much.
    api_orders_count: fn(usize) -> String = |max| format!("Name 1 to {max} orders.");
    /// An order without a parcel that could be asked about.
    check_no_parcel: Text = "This order has no parcel on its way to ask about.";
    /// A state that no action leads to.
    api_status_start: Text = "No order can be brought back to pending.";
    /// A state together with other changes.
    api_status_alone: Text = "Change the state by itself: one request, one change.";
    /// An edit of nothing.
    api_nothing_to_change: Text = "Nothing to change was sent.";
    /// An account to add under a slug that is taken.
    api_courier_taken: Text = "This store has a courier with this slug already; change it with PATCH.";
    /// A slug that several stores use.
    api_courier_ambiguous: Text = "Several stores have a courier with this slug: add ?store= with the store's slug.";
    /// A job that cannot be tried again.
    job_not_dead: Text = "Only a job that was given up can be tried again, and only while the same work is not queued already.";
    /// A job that cannot be taken out.
    job_not_waiting: Text = "Only a job that waits or was given up can be taken out.";
    /// An edit of the customer that comes too late.
    order_edit_late: Text = "Name, phone and address can be changed until a courier has the parcel; a note always.";
    /// An order that cannot be put away.
    order_archive_open: Text = "Only an order that is pending, delivered, cancelled or refunded can be deleted: the others hold stock or a parcel.";
    /// What came of one order of a bulk change, when it worked.
    bulk_done: fn(&str) -> String = |status| format!("The order is {status}.");
    /// What came of one order of a bulk change, when there is none.
    bulk_missing: Text = "There is no such order.";
    /// A number outside its limits.
    api_between: fn(i64, i64) -> String = |low, high| format!("This must be a whole number from {low} to {high}.");
    /// An address in one text.
    api_address_text: Text = "Send the address as an object, with line1 and city in it.";
    /// No items, or too many.
    api_items: fn(usize) -> String = |max| format!("An order has 1 to {max} items.");
    /// A variant nobody sells.
    api_variant_unknown: Text = "There is no such variant.";
    /// Variants of several stores.
    api_one_store: Text = "All items of one order must be of the same store.";
    /// A price that is not the shop's.
    api_price_changed: Text = "A price is not what was sent. Nothing was ordered.";
    /// Less in stock than wanted.
    api_short: fn(i64) -> String = |available| format!("Insufficient stock. Available: {available}");
    /// There is less in stock than the order needs: product and pieces left.
    stock_short: fn(&str, i64) -> String = |product, available| format!("{product}: Insufficient stock. Available: {available}");
    /// A move the state does not allow; the present state.
    order_move_refused: fn(&str) -> String = |status| format!("This is not possible while the order is {status}.");
    /// A customer may not do this.
    order_live_parcel: Text = "A parcel of this order may still be with the courier. Void the shipment first, then cancel the order.";
    /// No parcel can be asked back.
    order_no_parcel: Text = "There is no parcel on its way that could be asked back.";
    /// A parcel for an order that was not accepted.
    shipment_not_confirmed: Text = "Confirm the order first: a pending order takes no shipment.";
    /// A parcel for an order that is over.
    shipment_over: fn(&str) -> String = |status| format!("An order that is {status} takes no new shipment.");
    /// A second live booking.
    shipment_live: Text = "This order has a live shipment already. Void it before you book another one.";
    /// The account is not the store's, or switched off.
    courier_unknown: Text = "There is no such courier account for this store, or it is switched off.";
    /// The courier is booked by hand.
    courier_by_hand: Text = "This courier is booked by hand. Enter the AWB that you got from it.";
    /// The account's store is not one.
    courier_store: Text = "Choose the store this account belongs to.";
    /// A courier this version does not speak to.
    courier_unsupported: Text = "This version does not speak to that courier yet. Add it as “manual” and book by hand.";
    /// No name.
    courier_name: Text = "Give the account a name of at most 60 characters.";
    /// A slug that is none.
    courier_slug: Text = "The short name has small letters, digits and hyphens only.";
    /// The slug is taken.
    courier_slug_taken: Text = "This store has another account with this short name.";
    /// An address that is none.
    courier_base_url: Text = "The address must start with https://.";
    /// It waits already, or its body is gone.
    push_not_replayed: Text = "This push waits already, or its content was deleted with age.";
    /// It could not be applied, for reasons of ours.
    push_failed: Text = "It could not be applied. The reason is in the log.";
    /// Its account is gone.
    push_no_account: Text = "Its courier account is archived or not spoken to any more.";
    /// Its body is gone.
    push_body_gone: Text = "Its content was deleted with age, or sealed with another key.";
    /// Tried, and the courier has none.
    booking_given_up: Text = "The courier could not be reached several times and has no such booking. Nothing is booked; please try again.";
    /// No AWB where one is needed.
    awb_needed: Text = "Enter the AWB: letters, digits and hyphens.";
    /// The AWB is another parcel's.
    awb_taken: Text = "This AWB belongs to another shipment of this courier account.";
    /// The AWB is known already.
    awb_known: Text = "This shipment has its AWB already.";
    /// The courier cannot cancel by call.
    void_by_hand: Text = "This courier cannot cancel by a call. Cancel the parcel in its panel, then confirm here that you did.";
    /// Too late to void.
    void_too_late: Text = "The parcel is on its way already; it can only be asked back.";
    /// No AWB is pending.
    awb_not_pending: Text = "This shipment is not booked with an AWB still to come.";
    /// The courier was asked and still has none.
    awb_still_none: Text = "The courier has given no AWB yet.";
    /// A courier's limits: its name and what it cannot do.
    courier_cannot: fn(&str, &str) -> String = |courier, what| format!("{courier} cannot {what}.");
    /// An account without a pickup postcode: its name.
    rates_no_pickup: fn(&str) -> String = |courier| format!("{courier} needs the pickup postcode of its account before it can be asked for prices.");
    /// A courier that takes too long to tell prices.
    rates_slow: Text = "It took too long.";
    /// No account can be asked for prices.
    rates_nobody: Text = "No courier account can be asked whether it goes there.";
    /// Of a courier that draws no labels.
    cannot_label: Text = "draw labels; print them in its own panel";
    /// Of a courier that makes no manifests.
    cannot_manifest: Text = "make manifests";
    /// Of a courier that is not asked for riders.
    cannot_pickup: Text = "be asked for a pickup by a call";
    /// Of a courier that is not told what to do after a failed attempt.
    cannot_ndr: Text = "be told by a call what to do after a failed attempt; call it, or use its panel";
    /// A paper for a parcel without a number.
    paper_needs_awb: Text = "Only a booked shipment with an AWB has papers.";
    /// A number of parcels that no paper has.
    paper_count: fn(usize) -> String = |max| format!("Name 1 to {max} shipments.");
    /// Parcels of several accounts on one paper.
    paper_one_account: Text = "All shipments must be with the same courier account.";
    /// A parcel that the courier has already.
    paper_too_late: Text = "The courier has this parcel already.";
    /// A day that cannot be.
    pickup_day: Text = "Give a day within the next two weeks, such as 2026-11-22.";
    /// Nothing to answer.
    ndr_none: Text = "No delivery attempt of this shipment has failed, or it has gone on since.";
    /// Of a courier that gives no AWB on demand.
    cannot_assign_awb: Text = "be asked for an AWB; it comes with the courier's first news, or type it in";
    /// Nothing to void.
    void_nothing: Text = "This shipment is not live any more.";
    /// Nobody knows yet.
    void_unknown: Text = "It is not known yet whether the courier has this booking. It is being looked up; please try again in a minute.";
    /// The courier cannot take a parcel back by call.
    recall_by_hand: Text = "This courier cannot be asked by a call. Ask it in its panel; the tracking will show the return.";
    /// The courier cannot be asked.
    check_by_hand: Text = "This courier cannot be asked for a status. Correct the shipment by hand.";
    /// Asked, and nothing new.
    check_same: fn(&str) -> String = |status| format!("No news: {status}.");
    /// Asked, and there is news.
    check_changed: fn(&str) -> String = |status| format!("Updated: {status}.");
    /// A refused booking has no news.
    sync_nothing: Text = "The courier refused this booking; there is nothing to ask.";
    /// What a question about a booking has brought: how it stands, and its AWB.
    sync_booking: fn(BookingState, Option<&str>) -> String = |state, awb| match (state, awb) {
        (BookingState::Booked, Some(awb)) => format!("Booked: AWB {awb}."),
        (BookingState::Booked, None) => "Booked; the AWB is pending.".to_owned(),
        (BookingState::Refused, _) => "The courier refused the booking.".to_owned(),
        (BookingState::InFlight | BookingState::Unknown | BookingState::NotAsked, _) => {
            "Still unclear whether the courier has it.".to_owned()
        }
    };
    /// The courier did not answer well.
    courier_failed: fn(&str) -> String = |reason| format!("The courier did not answer as expected: {reason}");
    /// One sentence for every miss on the tracking page.
    track_miss: Text = "We found no order with this reference and these digits. Please check both.";
    /// An idempotency key that cannot be one.
    api_key_wrong: fn(usize) -> String = |max| format!("An idempotency key has 1 to {max} visible ASCII characters.");
    /// An idempotency key that came back with something else.
    api_key_reused: Text = "This idempotency key was used for another request. Nothing was changed; send a new key.";

    // ---- the pages about the REST API ----
    /// Title.
    docs_title: Text = "REST API";
    /// Leads to the document for programs.
    docs_document: Text = "The same as an OpenAPI 3.1 document";
    /// Contents list.
    docs_contents: Text = "Contents";
    /// Section of the types.
    docs_types: Text = "Types";
    /// Who may ask: anybody.
    docs_public: Text = "Anybody.";
    /// Who may ask: signed in.
    docs_signed_in: Text = "Signed in.";
    /// Who may ask: sellers and above.
    docs_seller: Text = "Sellers (own store), staff, admins.";
    /// Who may ask: staff and above.
    docs_staff: Text = "Staff and admins.";
    /// Who may ask: admins.
    docs_admin: Text = "Admins.";
    /// Table of parameters.
    docs_parameters: Text = "Parameters";
    /// Body of a request.
    docs_body: Text = "Body";
    /// What is answered.
    docs_answer: Text = "Answer";
    /// Statuses that are answered with a problem.
    docs_errors: Text = "Errors";
    /// Who may ask.
    docs_who: Text = "For";
    /// Beside a field that may be left out.
    docs_optional: Text = "optional";
    /// Before the values there are.
    docs_one_of: Text = "One of:";
    /// Before the type of a list's entries.
    docs_list_of: Text = "list of";
    /// Before the type of a page's entries.
    docs_page_of: Text = "Listing of";
    /// Between alternatives.
    docs_or: Text = "or";
    /// Before a type whose fields all belong to another one too.
    docs_all_of: Text = "All fields of";
}

impl Messages {
    /// The words of a language code; English when there is no translation yet.
    pub fn of(_language: &str) -> &'static Messages {
        &EN
    }

    /// What is going wrong.
    pub fn alert_what(&self, kind: AlertKind, seen: Seen) -> String {
        match kind {
            AlertKind::SyncFailures => (self.alert_sync_failures)(seen.count, seen.of),
            AlertKind::SlowCourier => (self.alert_slow_courier)(seen.count),
            AlertKind::LongQueue => (self.alert_long_queue)(seen.count),
            AlertKind::WebhookErrors => (self.alert_webhook_errors)(seen.count),
        }
    }

    /// What to do about it.
    pub fn alert_do(&self, kind: AlertKind) -> Text {
        match kind {
            AlertKind::SyncFailures => self.alert_sync_failures_do,
            AlertKind::SlowCourier => self.alert_slow_courier_do,
            AlertKind::LongQueue => self.alert_long_queue_do,
            AlertKind::WebhookErrors => self.alert_webhook_errors_do,
        }
    }

    /// The name of a payment method.
    pub fn payment_method(&self, method: PaymentMethod) -> Text {
        match method {
            PaymentMethod::Cod => self.payment_cod,
            PaymentMethod::Whatsapp => self.payment_whatsapp,
        }
    }

    /// The name of an order's state.
    pub fn order_status(&self, status: OrderStatus) -> Text {
        match status {
            OrderStatus::Pending => self.status_pending,
            OrderStatus::Confirmed => self.status_confirmed,
            OrderStatus::Processing => self.status_processing,
            OrderStatus::Shipped => self.status_shipped,
            OrderStatus::OutForDelivery => self.status_out_for_delivery,
            OrderStatus::Delivered => self.status_delivered,
            OrderStatus::Cancelled => self.status_cancelled,
            OrderStatus::Refunded => self.status_refunded,
        }
    }

    /// The name of an order's state on the desk.
    pub fn desk_status(&self, status: OrderStatus) -> Text {
        match status {
            OrderStatus::Pending => self.desk_pending,
            OrderStatus::Confirmed => self.desk_confirmed,
            OrderStatus::Processing => self.desk_processing,
            OrderStatus::Shipped => self.desk_shipped,
            OrderStatus::OutForDelivery => self.status_out_for_delivery,
            OrderStatus::Delivered => self.status_delivered,
            OrderStatus::Cancelled => self.status_cancelled,
            OrderStatus::Refunded => self.status_refunded,
        }
    }

    /// What a code means.
    pub fn meaning(&self, meaning: Meaning) -> Text {
        match meaning {
            Meaning::Is(status) => self.shipment_status(status),
            Meaning::PartlyDelivered => self.code_partly,
            Meaning::Nothing => self.code_nothing,
            Meaning::Unknown => self.code_unknown,
        }
    }

    /// Which way a parcel goes.
    pub fn leg(&self, leg: Leg) -> Text {
        match leg {
            Leg::Forward => self.leg_forward,
            Leg::Return => self.leg_return,
        }
    }

    /// The name of a parcel's state. English is in the table of states, whose names are the keys of
    /// translations.
    pub fn shipment_status(&self, status: ShipmentStatus) -> Text {
        status.label_key()
    }

    /// Whether an order is paid.
    pub fn payment_status(&self, status: PaymentStatus) -> Text {
        match status {
            PaymentStatus::Pending => self.unpaid,
            PaymentStatus::Paid => self.paid,
            PaymentStatus::Failed => self.payment_failed,
            PaymentStatus::PartiallyRefunded => self.partly_refunded,
            PaymentStatus::Refunded => self.refunded,
            PaymentStatus::CodDue => self.cod_due,
            PaymentStatus::CodCollected => self.cod_collected,
            PaymentStatus::CodRemitted => self.cod_remitted,
        }
    }

    /// A station of an order's way.
    pub fn station(&self, status: OrderStatus) -> Text {
        match status {
            OrderStatus::Pending => self.station_placed,
            OrderStatus::Confirmed | OrderStatus::Processing => self.station_confirmed,
            OrderStatus::Shipped => self.station_shipped,
            OrderStatus::OutForDelivery => self.station_out,
            OrderStatus::Delivered => self.station_delivered,
            OrderStatus::Cancelled => self.status_cancelled,
            OrderStatus::Refunded => self.status_refunded,
        }
    }

    /// What an action leads to, as an entry of the status menu.
    pub fn action_leads_to(&self, action: OrderAction) -> Text {
        match action.of_table().to {
            Some(status) => self.desk_status(status),
            None => self.action_recall,
        }
    }

    /// What an action has made of an order.
    pub fn action_done(&self, action: OrderAction) -> Text {
        match action {
            OrderAction::Confirm => self.action_confirmed,
            OrderAction::Process => self.action_processed,
            OrderAction::Ship => self.action_shipped,
            OrderAction::SendOut => self.action_sent_out,
            OrderAction::Deliver => self.action_delivered,
            OrderAction::Cancel => self.action_cancelled,
            OrderAction::Recall => self.action_recalled,
            OrderAction::Refund => self.action_refunded,
        }
    }

    /// An open question: what it is, and what to do.
    pub fn case(&self, kind: CaseKind) -> (Text, Text) {
        match kind {
            CaseKind::Ndr => self.case_ndr,
            CaseKind::Disputed => self.case_disputed,
            CaseKind::RtoAfterDelivery => self.case_rto_after_delivery,
            CaseKind::DeliveredDuringRto => self.case_delivered_during_rto,
            CaseKind::Revived => self.case_revived,
            CaseKind::TwoLiveParcels => self.case_two_live_parcels,
            CaseKind::BookingUnknown => self.case_booking_unknown,
            CaseKind::PartialDelivery => self.case_partial_delivery,
            CaseKind::UnknownCode => self.case_unknown_code,
            CaseKind::NoMovement => self.case_no_movement,
            CaseKind::CodDifference => self.case_cod_difference,
        }
    }

    /// Who did something, by the code of `author_kinds`.
    pub fn author(&self, kind: &str) -> Text {
        match kind {
            "customer" => self.author_customer,
            "user" => self.author_user,
            "token" => self.author_token,
            "courier" => self.author_courier,
            _ => self.author_system,
        }
    }

    /// Where news come from, by the code of `event_sources`.
    pub fn source(&self, code: &str) -> Text {
        match code {
            "webhook" => self.source_webhook,
            "poll" | "observation" => self.source_poll,
            "manual" => self.source_manual,
            "sandbox" => self.source_sandbox,
            _ => "",
        }
    }

    /// The state of a push, by the code of `webhook_states`.
    pub fn push_state(&self, code: &str) -> Text {
        match code {
            "queued" => self.push_queued,
            "applied" => self.push_applied,
            "unmatched" => self.push_unmatched,
            "dead" => self.push_dead,
            _ => self.push_ignored,
        }
    }

    /// Something to know about webhooks, with what to do.
    pub fn finding(&self, finding: &Finding) -> String {
        match finding {
            Finding::NoSiteUrl => self.hook_no_site_url.to_owned(),
            Finding::NotHttps => self.hook_not_https.to_owned(),
            Finding::NotPublic(host) => (self.hook_not_public)(host),
            Finding::BannedWords(words) => (self.hook_banned)(&words.join("”, “")),
            Finding::Disabled => self.hook_disabled.to_owned(),
            Finding::NoSecret => self.hook_no_secret.to_owned(),
            Finding::NoMode => self.hook_no_mode.to_owned(),
            Finding::NeverPushed => self.hook_never.to_owned(),
            Finding::Unannounced(count) => (self.webhook_unannounced)(*count),
            Finding::Refused(verdict, count, is_over) => self.refused(verdict, *count, *is_over),
            Finding::Strangers(count) => (self.hook_strangers)(*count),
            Finding::WrongStatus(probe, status) => (self.hook_status)(probe.name(), *status),
            Finding::NoTrust(why) => (self.hook_no_trust)(why),
            Finding::NoAnswer(probe, why) => (self.hook_no_answer)(probe.name(), why),
            Finding::ClockSkew(seconds) => (self.hook_skew)(*seconds),
            Finding::Believed => self.hook_believed.to_owned(),
            Finding::NotTried(probe) => (self.hook_not_tried)(probe.name()),
        }
    }

    fn refused(&self, verdict: &str, count: i64, is_over: bool) -> String {
        let what_to_do = match verdict {
            _ if is_over => self.hook_refused_over,
            "bad_secret" => self.hook_refused_secret,
            "missing_secret" => self.hook_refused_missing,
            _ => "",
        };
        let said = (self.hook_refused)(&self.verdict(verdict).to_lowercase(), count);
        format!("{said} {what_to_do}").trim_end().to_owned()
    }

    /// Why a push was turned away, by the code of `webhook_verdicts`.
    pub fn verdict(&self, code: &str) -> Text {
        match code {
            "bad_secret" => self.verdict_bad_secret,
            "missing_secret" => self.verdict_missing_secret,
            "no_secret_configured" => self.verdict_no_secret,
            "disabled_account" => self.verdict_disabled,
            "expired" => self.verdict_expired,
            "too_large" => self.verdict_too_large,
            "too_many" => self.verdict_too_many,
            _ => self.verdict_unknown,
        }
    }

    /// The label of a courier's credential, by its name in the capabilities.
    pub fn credential(&self, name: &str) -> String {
        match name {
            "api_key" => self.credential_api_key.to_owned(),
            "secret_key" => self.credential_secret_key.to_owned(),
            "email" => self.credential_email.to_owned(),
            "password" => self.field_password.to_owned(),
            "token" | "api_token" => self.credential_token.to_owned(),
            other => {
                let mut words = other.replace('_', " ");
                words.get_mut(..1).map(str::make_ascii_uppercase);
                words
            }
        }
    }

    /// How a courier sends its secret.
    pub fn webhook_mode(&self, mode: WebhookMode) -> Text {
        match mode {
            WebhookMode::Header => self.webhook_mode_header,
            WebhookMode::Bearer => self.webhook_mode_bearer,
            WebhookMode::Query => self.webhook_mode_query,
            WebhookMode::Hmac => self.webhook_mode_hmac,
            WebhookMode::None => self.webhook_mode_none,
        }
    }
}
