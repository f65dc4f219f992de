//! What the desk asks of Delhivery, in the words of the trait: offers, labels, pickups, answers to failed
//! attempts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::domain::time::UnixMillis;
use crate::server::couriers::account::Account;
use crate::server::couriers::delhivery::desk::{NdrAction, Paper};
use crate::server::couriers::delhivery::edit::waybill;
use crate::server::couriers::delhivery::lanes::{Ending, Lane, Service};
use crate::server::couriers::delhivery::wire::{Mode, street};
use crate::server::couriers::delhivery::{Delhivery, call_off};
use crate::server::couriers::files::{PAPER_BYTES_MAX, is_pdf};
use crate::server::couriers::http::Outbound;
use crate::server::couriers::{CourierError, NdrAnswer, Numbers, Pickup, Rate, RateQuestion};

const MODES: [Mode; 2] = [Mode::Surface, Mode::Express];

/// The services that go there, cheapest first. One whose price cannot be had is left out while the other
/// has one.
pub async fn offers(http: &Outbound, account: &Account, question: &RateQuestion) -> Result<Vec<Rate>, CourierError> {
    let offer = match Delhivery.serviceability(http, account, &question.to).await? {
        Service::None | Service::Embargo => return Ok(Vec::new()),
        Service::Offered(offer) => offer,
    };
    let takes_it = if question.is_cod { offer.cod } else { offer.prepaid };
    if !takes_it || offer.amount_max.is_some_and(|max| question.is_cod && question.declared_value > max) {
        return Ok(Vec::new());
    }
    let mut rates = Vec::with_capacity(MODES.len());
    let mut failure = None;
    for mode in MODES {
        match offer_of(http, account, question, mode, offer.cod).await {
            Ok(rate) => rates.push(rate),
            Err(error) => failure = Some(error),
        }
    }
    rates.sort_by_key(|rate| rate.cost);
    match failure {
        Some(error) if rates.is_empty() => Err(error),
        Some(_) | None => Ok(rates),
    }
}

async fn offer_of(
    http: &Outbound,
    account: &Account,
    question: &RateQuestion,
    mode: Mode,
    takes_cod: bool,
) -> Result<Rate, CourierError> {
    let lane = Lane {
        from: question.from.clone(),
        to: question.to.clone(),
        mode,
        weight_grams: question.weight_grams,
        is_cod: question.is_cod,
        ending: if question.is_return { Ending::Dto } else { Ending::Delivered },
    };
    let charges = Delhivery.charges(http, account, &lane).await?;
    // A price without a day is still a price.
    let days = Delhivery.expected_days(http, account, &lane.from, &lane.to, mode).await.unwrap_or_default();
    let rate = Rate {
        service_id: Some(mode.name().to_owned()),
        service: format!("Delhivery {}", mode.name()),
        cost: charges.total,
        min_days: None,
        max_days: None,
        days_text: String::new(),
        takes_cod,
        rating_hundredths: None,
        is_recommended: false,
    };
    Ok(rate.in_days(&days.map(|days| days.to_string()).unwrap_or_default()))
}

/// The label of a parcel: the PDF that came along, or else the one it is said to be at.
pub async fn label(http: &Outbound, account: &Account, numbers: &Numbers) -> Result<Vec<u8>, CourierError> {
    let parcels = std::slice::from_ref(numbers);
    let labels = Delhivery.labels(http, account, parcels, Paper::FourR).await?;
    let none = || CourierError::Refused("Delhivery has no label of this parcel.".to_owned());
    let label = labels.into_iter().next().unwrap_or_else(|| Err(none()))?;
    match (label.pdf_base64, label.link) {
        (Some(text), _) if text.len() / 4 * 3 <= PAPER_BYTES_MAX => {
            let bytes = STANDARD.decode(text.trim()).ok().filter(|bytes| is_pdf(bytes));
            bytes.ok_or_else(|| CourierError::Unreadable("What Delhivery gave as the label is no PDF.".to_owned()))
        }
        (_, Some(link)) => http.pdf(account, &link).await,
        (_, None) => Err(none()),
    }
}

/// One rider fetches everything at the pickup place, so that all parcels share one request.
pub async fn pickups(
    http: &Outbound,
    account: &Account,
    parcels: &[Numbers],
    at: UnixMillis,
) -> Result<Vec<Result<Pickup, CourierError>>, CourierError> {
    let count = i64::try_from(parcels.len()).unwrap_or(i64::MAX);
    let agreed = Delhivery.pickup(http, account, at, count).await?;
    // Of one that was there before nobody says for which hour.
    let scheduled_at = (!agreed.was_there).then_some(at);
    let pickup = Pickup { scheduled_at, reference: agreed.id };
    Ok(parcels.iter().map(|_| Ok(pickup.clone())).collect())
}

/// Tells Delhivery what to do. It takes an instruction at once and follows it later, or not: the next scan
/// says which.
pub async fn answer_ndr(
    http: &Outbound,
    account: &Account,
    numbers: &Numbers,
    answer: &NdrAnswer,
) -> Result<(), CourierError> {
    waybill(numbers)?;
    let action = match answer {
        NdrAnswer::GiveBack { .. } => return call_off("recall", http, account, numbers).await,
        NdrAnswer::Reattempt { day: Some(_), contact: Some(_), .. } => {
            return Err(CourierError::Refused(
                "Delhivery takes another day or other details, one at a time. Send the details first.".to_owned(),
            ));
        }
        NdrAnswer::Reattempt { day: Some(day), contact: None, .. } => NdrAction::Defer(day.clone()),
        NdrAnswer::Reattempt { day: None, contact: Some(contact), .. } => NdrAction::EditDetails {
            name: contact.name.clone(),
            address: street(&contact.address),
            phone: contact.phone.clone(),
        },
        NdrAnswer::Reattempt { day: None, contact: None, .. } => NdrAction::Reattempt,
    };
    Delhivery.instruct(http, account, &[(numbers.clone(), action)]).await.map(drop)
}
