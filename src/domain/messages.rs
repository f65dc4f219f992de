//! Every visible string, one struct per language. English first; a page never writes its own words.

use crate::domain::orders::OrderStatus;
use crate::domain::payments::PaymentMethod;

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
}
