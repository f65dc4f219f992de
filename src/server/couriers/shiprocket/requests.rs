//! What the desk asks of Shiprocket, in the words of the trait: labels, manifests, pickups, answers to
//! failed attempts, goods that come back.

use crate::domain::time::UnixMillis;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::Outbound;
use crate::server::couriers::shiprocket::ndr::Instruction;
use crate::server::couriers::shiprocket::returns::Seller;
use crate::server::couriers::shiprocket::{Shiprocket, booking, pending};
use crate::server::couriers::{Booking, Contact, CourierError, NdrAnswer, Numbers, Parcel, Pickup};

/// Shiprocket's id of a shipment, by which papers are asked for.
fn shipment(numbers: &Numbers) -> Result<String, CourierError> {
    let none = || {
        CourierError::Refused(
            "Shiprocket's shipment id of this parcel is not known, for it was booked elsewhere. Use its panel."
                .to_owned(),
        )
    };
    numbers.courier_shipment_id.clone().ok_or_else(none)
}

/// The label of a parcel.
pub async fn label(http: &Outbound, account: &Account, numbers: &Numbers) -> Result<Vec<u8>, CourierError> {
    let shipment = shipment(numbers)?;
    let paper = Shiprocket.labels(http, account, std::slice::from_ref(&shipment)).await?;
    http.pdf(account, &paper.url).await
}

/// The manifest of parcels.
pub async fn manifest(http: &Outbound, account: &Account, parcels: &[Numbers]) -> Result<Vec<u8>, CourierError> {
    let shipments: Vec<String> = parcels.iter().map(shipment).collect::<Result<_, _>>()?;
    let orders: Vec<String> = parcels.iter().filter_map(|numbers| numbers.courier_order_id.clone()).collect();
    let paper = Shiprocket.manifest_of(http, account, &shipments, &orders).await?;
    http.pdf(account, &paper.url).await
}

/// A rider for each parcel.
pub async fn pickups(
    http: &Outbound,
    account: &Account,
    parcels: &[Numbers],
    at: UnixMillis,
) -> Vec<Result<Pickup, CourierError>> {
    let day = booking::local(at, "%Y-%m-%d");
    let mut agreed = Vec::with_capacity(parcels.len());
    for numbers in parcels {
        agreed.push(match shipment(numbers) {
            Ok(shipment) => Shiprocket
                .pickup(http, account, &shipment, Some(&day))
                .await
                .map(|pickup| Pickup { scheduled_at: pickup.scheduled_at, reference: pickup.token }),
            Err(error) => Err(error),
        });
    }
    agreed
}

/// Tells what to do after a failed attempt.
pub async fn answer_ndr(
    http: &Outbound,
    account: &Account,
    numbers: &Numbers,
    answer: &NdrAnswer,
) -> Result<(), CourierError> {
    let none = || CourierError::Refused("This parcel has no AWB yet, so nobody has tried to deliver it.".to_owned());
    let awb = numbers.awb.as_deref().ok_or_else(none)?;
    Shiprocket.instruct(http, account, awb, &Instruction::of(answer)?).await
}

/// Makes the order of a return and gets its AWB; without one it is booked, AWB pending.
pub async fn book_return(
    http: &Outbound,
    account: &Account,
    parcel: &Parcel,
    to: &Contact,
) -> Result<Booking, CourierError> {
    let (address, _) = booking::streets(&to.address);
    let seller = Seller {
        name: to.name.clone(),
        phone: booking::ten_digits(&to.phone)?,
        address,
        city: to.address.city.clone(),
        state: to.address.state.clone(),
        pincode: to.address.pincode.clone(),
    };
    let order = Shiprocket.create_return(http, account, parcel, &seller).await?.booking;
    match Shiprocket.assign_return_awb(http, account, &order.numbers, parcel.service_id.as_deref()).await {
        Ok(assigned) => Ok(Booking { heard: order.heard, ..assigned }),
        Err(error) => Ok(pending(order, &error)),
    }
}
