//! Lists of parcels for programs.

use crate::domain::ids::{CourierId, OrderId, ShipmentId, StoreId};
use crate::domain::shipping::{ShipmentStatus, SyncStatus};
use crate::server::db::paging::{Cut, Slice};
use crate::server::db::sql::Sql;
use crate::server::db::{Conn, Result};

/// Which parcels a list is about.
#[derive(Clone, Debug, Default)]
pub struct ShipmentFilter {
    /// Only of this store.
    pub store_id: Option<StoreId>,
    /// Only with this number.
    pub awb: Option<String>,
    /// Only in this state.
    pub status: Option<ShipmentStatus>,
    /// Only with a booking that stands so.
    pub sync_status: Option<SyncStatus>,
    /// Only of these accounts.
    pub couriers: Option<Vec<CourierId>>,
}

impl ShipmentFilter {
    fn push_to(&self, sql: &mut Sql) {
        if let Some(store) = &self.store_id {
            sql.push(" AND shipments.store_id = ").bind(store);
        }
        if let Some(awb) = &self.awb {
            sql.push(" AND shipments.awb = ").bind(awb.clone());
        }
        if let Some(status) = self.status {
            sql.push(" AND shipments.status = ").bind(status.code());
        }
        if let Some(sync) = self.sync_status {
            sql.push(" AND shipments.booking_state IN ").bind_list(sync.booking_states().map(|state| state.code()));
        }
        if let Some(couriers) = &self.couriers {
            sql.push(" AND shipments.courier_id IN ").bind_list(couriers);
        }
    }
}

/// A parcel of a list: itself, its order, its place.
pub type Listed = (ShipmentId, OrderId, i64);

/// A part of a list of parcels, newest booking first.
///
/// # Errors
/// When the database is away.
pub async fn list(conn: &mut Conn, filter: &ShipmentFilter, slice: &Slice<i64>) -> Result<Cut<Listed>> {
    let mut sql = Sql::new("SELECT shipments.id, shipments.order_id, shipments.seq FROM shipments WHERE 1 = 1");
    filter.push_to(&mut sql);
    slice.push_to(&mut sql, "shipments.seq");
    Ok(slice.cut(sql.fetch_all(conn).await?))
}

/// How many parcels a filter lets through.
///
/// # Errors
/// When the database is away.
pub async fn count(conn: &mut Conn, filter: &ShipmentFilter) -> Result<i64> {
    let mut sql = Sql::new("SELECT COUNT(*) FROM shipments WHERE 1 = 1");
    filter.push_to(&mut sql);
    Ok(sql.fetch_all::<(i64,)>(conn).await?.first().map_or(0, |row| row.0))
}
