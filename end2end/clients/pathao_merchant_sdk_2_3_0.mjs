// pathao-merchant-sdk 2.3.0: logins, places, stores, prices, orders, one and many.
import assert from "node:assert/strict";

import { DeliveryType, ItemType, PathaoApiService } from "pathao-merchant-sdk";

import { control, parcel, tell } from "./sandbox.mjs";

const keys = {
  clientId: "sandbox-client",
  clientSecret: "sandbox-client-secret",
  username: "merchant@example.com",
  password: "sandbox-password",
};
const pathao = PathaoApiService.sandbox(keys);
// Wrong keys are not tried: refused with a 401, this client waits for its own login for ever.

const city = (await pathao.getCities()).data.data[0].city_id;
const zone = (await pathao.getZones(city)).data.data[0].zone_id;
assert.ok((await pathao.getAreas(zone)).data.data.every((area) => area.home_delivery_available));
const stores = await pathao.getStoresAll();
assert.equal(stores.length, 2);
const lane = {
  store_id: stores[0].store_id,
  item_type: ItemType.PARCEL,
  delivery_type: DeliveryType.NORMAL,
  item_weight: 0.5,
  recipient_city: city,
  recipient_zone: zone,
};
assert.equal((await pathao.calculatePrice(lane)).data.final_price, 80);

const order = {
  ...lane,
  merchant_order_id: "JS-1",
  recipient_name: "Zubeida Quill",
  recipient_phone: "01712345678",
  recipient_address: "House 3, Road 7, Dhanmondi, Dhaka",
  item_quantity: 1,
  amount_to_collect: 1250,
};
const { data: placed } = await pathao.createOrder(order);
const known = await parcel("pathao", placed.consignment_id);
assert.deepEqual([known.reference, known.cod, placed.order_status], ["JS-1", 125_000, "Pending"]);
await tell(placed.consignment_id, "in-transit");
assert.equal((await pathao.getOrderStatus(placed.consignment_id)).data.order_status_slug, "In_Transit");
await assert.rejects(pathao.getOrderStatus("DD0"), { status: 404 });
await assert.rejects(pathao.createOrder({ ...order, recipient_address: "Dhaka" }), (refusal) => {
  assert.equal(refusal.status, 422);
  return Boolean(refusal.errors.recipient_address);
});

// A token that the courier stops taking costs a login and nothing else.
await control("faults", "pathao/info=401x1");
assert.equal((await pathao.getOrderStatus(placed.consignment_id)).data.consignment_id, placed.consignment_id);

const before = (await control("parcels")).parcels.length;
const many = await pathao.createBulkOrder([2, 3].map((number) => ({ ...order, merchant_order_id: `JS-${number}` })));
assert.equal(many.code, 202);
assert.equal((await control("parcels")).parcels.length, before + 2);
