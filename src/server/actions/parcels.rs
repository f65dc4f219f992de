//! Which parcel a courier means.

use std::collections::HashMap;

use crate::domain::couriers::Numbers;
use crate::domain::ids::CourierId;
use crate::server::db::shipping::Shipment;

/// Parcels by what their courier calls them.
#[derive(Default)]
pub struct Index<'d> {
    by_awb: HashMap<(&'d CourierId, &'d str), &'d Shipment>,
    by_reference: HashMap<(&'d CourierId, &'d str), &'d Shipment>,
    /// An order at the courier may hold several parcels.
    by_order: HashMap<(&'d CourierId, &'d str), Vec<&'d Shipment>>,
    by_code: HashMap<(&'d CourierId, &'d str), &'d Shipment>,
}

impl<'d> Index<'d> {
    /// An index of parcels.
    pub fn of(parcels: impl Iterator<Item = &'d Shipment>) -> Index<'d> {
        let mut index = Index::default();
        for parcel in parcels {
            let courier = &parcel.courier_id;
            if let Some(awb) = &parcel.awb {
                index.by_awb.insert((courier, awb), parcel);
            }
            if let Some(reference) = &parcel.our_reference {
                index.by_reference.insert((courier, reference), parcel);
            }
            if let Some(order) = &parcel.courier_order_id {
                index.by_order.entry((courier, order)).or_default().push(parcel);
            }
            if let Some(code) = &parcel.courier_tracking_code {
                index.by_code.insert((courier, code), parcel);
            }
        }
        index
    }

    /// The parcel a report is about: by AWB, else by our reference, by the courier's order if that holds
    /// one parcel, or by tracking code, unless the parcel found so has another AWB.
    pub fn find(&self, courier: &CourierId, numbers: &Numbers) -> Option<&'d Shipment> {
        let by_awb = || self.by_awb.get(&(courier, numbers.awb.as_deref()?)).copied();
        let fits = |one: &&'d Shipment| one.awb.is_none() || numbers.awb.is_none() || one.awb == numbers.awb;
        let by_reference = || self.by_reference.get(&(courier, numbers.reference.as_deref()?)).copied().filter(fits);
        let by_order = || match self.by_order.get(&(courier, numbers.courier_order_id.as_deref()?))?.as_slice() {
            [parcel] => Some(*parcel).filter(fits),
            _ => None,
        };
        let by_code = || self.by_code.get(&(courier, numbers.tracking_code.as_deref()?)).copied().filter(fits);
        by_awb().or_else(by_reference).or_else(by_order).or_else(by_code)
    }
}
