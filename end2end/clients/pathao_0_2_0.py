"""pathao 0.2.0: login and its renewal, places, stores, prices, orders, one and many."""

from pathao import PathaoClient

from sandbox import control, parcel, refused, tell

KEYS = {
    "client_id": "sandbox-client",
    "client_secret": "sandbox-client-secret",
    "username": "merchant@example.com",
    "password": "sandbox-password",
}
client = PathaoClient(**KEYS)
assert "401" in refused(PathaoClient(**{**KEYS, "password": "wrong"}).get_access_token)
first = client.get_access_token()
client.refresh_token()
assert client.get_access_token() != first and client.is_token_valid()

city = client.locations.get_city_by_name("Dhaka").city_id
zone = client.locations.get_zones(city).data[0].zone_id
area = client.locations.get_areas(zone).data[0]
assert area.area_id and area.home_delivery_available
stores = client.stores.list()
store = stores.data[0]
assert (stores.total, stores.last_page, store.is_default_store) == (2, 1, True)
lane = {"store_id": store.store_id, "item_type": 2, "delivery_type": 48, "item_weight": 0.5,
        "recipient_city": city, "recipient_zone": zone}
assert client.prices.calculate(**lane).final_price == 80

order = {
    **lane,
    "merchant_order_id": "PY-1",
    "recipient_name": "Zubeida Quill",
    "recipient_phone": "01712345678",
    "recipient_address": "House 3, Road 7, Dhanmondi, Dhaka",
    "item_quantity": 1,
    "amount_to_collect": 1250,
    "item_description": "Cotton saree",
}
placed = client.orders.create(**order)
assert (placed.order_status, placed.delivery_fee) == ("Pending", 80.0)
known = parcel("pathao", placed.consignment_id)
assert (known["reference"], known["cod"]) == ("PY-1", 125000)
assert client.orders.get_info(placed.consignment_id).order_status == "Pending"
tell(placed.consignment_id, "assigned-for-delivery")
assert client.orders.get_info(placed.consignment_id).order_status_slug == "Assigned_for_Delivery"
assert refused(client.orders.get_info, "DD0")
assert refused(client.orders.create, **{**order, "store_id": 7}), "a store that is somebody else's"

before = len(control("parcels")["parcels"])
many = client.orders.create_bulk([{**order, "merchant_order_id": f"PY-{number}"} for number in (2, 3)])
assert (many.code, many.data) == (202, True)
assert len(control("parcels")["parcels"]) == before + 2
