// medusa-shiprocket-fulfillment-sbl 0.0.31, its client: rates, an order with its AWB, label, tracking,
// cancellation, return, and a token that ends on the way.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

import { control, parcel, tell } from "./sandbox.mjs";

const require = createRequire(import.meta.url);
const Client = require("medusa-shiprocket-fulfillment-sbl/providers/shiprocket/client").default;

const login = { email: "api-user@example.com", password: "sandbox-password", pickup_location: "Primary" };
const shiprocket = new Client(login);
await assert.rejects(new Client({ ...login, password: "wrong" }).getPickupLocations());

assert.deepEqual(await shiprocket.getPickupLocationNames(), ["Primary", "Main Godown"]);
const lane = { pickup_postcode: "560034", delivery_postcode: "411045", weight: 0.5, cod: 1 };
assert.ok((await shiprocket.calculate(lane)) > 0);
assert.ok((await shiprocket.calculate({ ...lane, cod: 0, delivery_tier: "express" })) > 0);
await assert.rejects(shiprocket.calculate({ ...lane, delivery_postcode: "190001" }));

const home = {
  first_name: "Asha", last_name: "Rao", address_1: "12 MG Road", city: "Pune", province: "Maharashtra",
  postal_code: "411045", country_code: "IN", phone: "9876543210",
};
const variant = { id: "v1", sku: "S-1", weight: 500, length: 20, width: 15, height: 5 };
const order = {
  id: "order_1", display_id: 1001, email: "asha@example.com", created_at: "2026-11-21T06:00:00Z",
  shipping_address: home, billing_address: home,
  items: [{ id: "line_1", unit_price: 900, variant }],
};
const items = [{ line_item_id: "line_1", title: "Saree", quantity: 1 }];
const booked = await shiprocket.create({ id: "ful_1" }, items, order, "COD", { fulfillmentId: "ful_1" });
const known = await parcel("shiprocket", booked.awb);
assert.deepEqual([known.reference, known.cod, known.status], ["1001_1", 90_000, "AWB ASSIGNED"]);

assert.match(await shiprocket.generateLabel({ shipment_id: booked.shipment_id }), /^http.*\.pdf$/);
await tell(booked.awb, "PICKED UP");
const { tracking_data: tracked } = await shiprocket.getTrackingInfo(booked.awb);
assert.deepEqual([tracked.track_status, tracked.shipment_track[0].current_status], [1, "PICKED UP"]);
await assert.rejects(shiprocket.getTrackingInfo("1"));
await assert.rejects(shiprocket.cancel(booked.order_id), "it is on its way");

await control("faults", "shiprocket/track_awb=401x1");
assert.ok((await shiprocket.getTrackingInfo(booked.awb)).tracking_data, "a new login is all it takes");

const other = await shiprocket.create({ id: "ful_2" }, items, { ...order, display_id: 1002 }, "Prepaid", {
  fulfillmentId: "ful_2",
});
await shiprocket.cancel(other.order_id);
await control("clock", { advance_seconds: 7_200 });
assert.equal((await parcel("shiprocket", other.awb)).status, "CANCELED");

const back = await shiprocket.createReturn({
  id: "ret_1", email: "asha@example.com", pickup_address: home, sub_total: 900,
  items: [{ title: "Saree", sku: "S-1", quantity: 1, unit_price: 900, line_item_id: "line_1", variant }],
});
assert.equal(back.status_code, 21);
