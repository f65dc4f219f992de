//! What must happen after a parcel has come to another state.

use crate::domain::ids::{ShipmentId, StoreId};
use crate::domain::time::UnixMillis;
use crate::domain::tracking::Folded;
use crate::server::actions::tracking::Pen;
use crate::server::db::jobs::outbox::NewEffect;
use crate::server::db::shipping::Shipment;

/// The effect that a parcel's new state promises.
pub struct Promise {
    id: String,
    store_id: StoreId,
    event_id: String,
    effect: String,
    shipment_id: ShipmentId,
}

impl Promise {
    /// The promise of the state that the parcel's events come to.
    pub fn new(pen: &Pen, parcel: &Shipment, folded: &Folded) -> Promise {
        Promise {
            id: pen.chance.id(pen.now),
            store_id: parcel.store_id.clone(),
            event_id: folded.status_event.clone().unwrap_or_default(),
            effect: format!("shipment.{}", folded.status.code()),
            shipment_id: parcel.id.clone(),
        }
    }

    /// As a row of the outbox.
    pub fn effect(&self, now: UnixMillis) -> NewEffect<'_> {
        NewEffect {
            id: &self.id,
            store_id: Some(self.store_id.as_str()),
            event_id: &self.event_id,
            effect: &self.effect,
            entity: "shipment",
            entity_id: self.shipment_id.as_str(),
            payload: "{}",
            run_at: now,
        }
    }
}
