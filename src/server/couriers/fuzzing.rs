//! Everything that reads what couriers send, courier by courier: for the targets of `fuzz/`, and for the
//! tests that spoil recorded bodies.

use std::hint::black_box;

use crate::domain::couriers::Provider;
use crate::server::couriers::http::Answer;
use crate::server::couriers::{
    CourierError, Numbers, Push, Report, delhivery, generic, of, packzy, pathao, redx, shiprocket,
};

/// The reference and the AWBs that readers are told were asked for.
pub const REFERENCE: &str = "HK-1";
/// As many as one question names.
const AWBS: [&str; 3] = ["78300041200888", "58110020045521", "1"];

/// Lets everything read an answer that a courier could be taken for the sender of, and its body as a push;
/// answers what was said of parcels.
pub fn read_everything(provider: Provider, answer: &Answer) -> Vec<Report> {
    let mut reports = match provider {
        Provider::Delhivery => delhivery(answer),
        Provider::Generic => generic(answer),
        Provider::Packzy => packzy(answer),
        Provider::Pathao => pathao(answer),
        Provider::Redx => redx(answer),
        Provider::Shiprocket => shiprocket(answer),
        Provider::Manual => Vec::new(),
    };
    if let Some(Ok(Push::Parcels { reports: pushed, .. })) = of(provider).map(|courier| courier.read_push(&answer.body))
    {
        reports.extend(pushed);
    }
    reports
}

/// Whether a reason is a sentence that staff can read.
pub fn is_readable(reason: &str) -> bool {
    (10..400).contains(&reason.chars().count()) && reason.ends_with('.') && !reason.chars().any(char::is_control)
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn told<E>(reports: Result<Vec<Result<Report, CourierError>>, E>) -> impl Iterator<Item = Report> {
    reports.into_iter().flatten().flatten()
}

fn delhivery(answer: &Answer) -> Vec<Report> {
    black_box(delhivery::wire::read_bookings(answer, &texts(&[REFERENCE]))).ok();
    black_box((delhivery::edit::read(answer).ok(), delhivery::desk::read_balance(answer).ok()));
    let reports = delhivery::track::read(answer).unwrap_or_default();
    let asked = Numbers { awb: Some(AWBS[1].to_owned()), ..Numbers::default() };
    black_box(delhivery::track::sorted_out(&asked, &reports)).ok();
    black_box(delhivery::track::booking(reports.clone(), REFERENCE)).ok();
    reports
}

fn generic(answer: &Answer) -> Vec<Report> {
    use generic::wire::{read_booking, read_done, read_found, read_tracked};
    black_box((read_booking(answer, REFERENCE).ok(), read_found(answer, REFERENCE).ok(), read_done(answer).ok()));
    let asked = Numbers { reference: Some(REFERENCE.to_owned()), ..Numbers::default() };
    told(read_tracked(answer, &[asked])).collect()
}

fn packzy(answer: &Answer) -> Vec<Report> {
    use packzy::ledger::{read_payout, read_payouts, read_stations};
    use packzy::wire::{read_balance, read_booking, read_bulk, read_return, read_returns, read_status};
    black_box((read_booking(answer).ok(), read_bulk(answer).ok(), read_balance(answer).ok()));
    black_box((read_return(answer).ok(), read_returns(answer).ok()));
    black_box((read_payout(answer).ok(), read_payouts(answer).ok(), read_stations(answer).ok()));
    let heard = read_status(answer).ok().flatten().map(Ok);
    heard.into_iter().map(|heard| Report { numbers: Numbers::default(), heard, expected_delivery_at: None }).collect()
}

fn pathao(answer: &Answer) -> Vec<Report> {
    use pathao::wire::{read_booking, read_bulk, read_done, read_info, read_places, read_price};
    black_box((read_booking(answer).ok(), read_bulk(answer).ok(), read_done(answer).ok(), read_price(answer).ok()));
    black_box(["city", "zone", "area", "store"].map(|what| read_places(answer, what).ok()));
    read_info(answer).into_iter().collect()
}

fn redx(answer: &Answer) -> Vec<Report> {
    use redx::wire::{read_booking, read_charge, read_done, read_info, read_messages, read_places, read_store};
    black_box((read_booking(answer, REFERENCE).ok(), read_messages(answer).ok(), read_done(answer).ok()));
    black_box((read_places(answer, "areas").ok(), read_store(answer).ok(), read_charge(answer).ok()));
    read_info(answer).into_iter().collect()
}

fn shiprocket(answer: &Answer) -> Vec<Report> {
    use shiprocket::{exchange, orders, papers, rates, returns, tracking, wire};
    black_box((wire::read_created(answer).ok(), wire::read_assigned(answer).ok(), wire::read_done(answer).ok()));
    black_box((orders::read_order(answer).ok(), orders::read_page(answer).ok(), orders::read_shipments(answer).ok()));
    black_box((papers::read_paper(answer, Some("label_created"), "label_url").ok(), papers::read_pickup(answer).ok()));
    black_box((rates::read_rates(answer, true).ok(), exchange::read(answer).ok(), returns::read_at_once(answer).ok()));
    let mut reports: Vec<Report> = tracking::read_one(answer).into_iter().collect();
    reports.extend(tracking::read_by_order(answer).unwrap_or_default());
    reports.extend(told(tracking::read_many(answer, &texts(&AWBS))));
    reports
}
