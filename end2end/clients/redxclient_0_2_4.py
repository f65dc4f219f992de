"""redxclient 0.2.4: areas, pickup stores, parcels and their ways."""

from redxclient import RedXAPIClient

from sandbox import SANDBOX, parcel, refused, tell

ADDRESS = f"{SANDBOX}/redx/v1.0.0-beta"
client = RedXAPIClient("sandbox-redx-token", ADDRESS)
assert "401" in refused(RedXAPIClient("wrong", ADDRESS).get_areas)

assert len({area.zone_id for area in client.get_areas()}) == 2
areas = client.get_areas({"post_code": 1209})
assert [area.name for area in areas] == ["Dhanmondi"]
assert client.get_areas({"zone_id": 7})[0].district_name == "Chattogram"

assert [store.name for store in client.get_pickup_stores()] == ["Demo Store", "Main Godown"]
new = {"name": "Second shop", "address": "House 9", "phone": "01712345678", "area_id": areas[0].id}
made = client.create_pickup_store(new)
assert client.get_pickup_store_details(made).name == "Second shop"
assert "404" in refused(client.get_pickup_store_details, 1)

wanted = {
    "customer_name": "Zubeida Quill",
    "customer_phone": "01712345678",
    "customer_address": "House 3, Road 7",
    "delivery_area": areas[0].name,
    "delivery_area_id": areas[0].id,
    "merchant_invoice_id": "RX-1",
    "cash_collection_amount": "1250",
    "parcel_weight": 500,
    "value": 1250,
    "is_closed_box": False,
    "parcel_details_json": [{"name": "Saree", "category": "Clothing", "value": 1250}],
}
awb = client.create_parcel(wanted)
known = parcel("redx", awb)
assert (known["reference"], known["cod"], known["status"]) == ("RX-1", 125000, "pickup-pending")
details = client.get_parcel_details(awb)
assert (details.status, details.cash_collection_amount) == ("pickup-pending", 1250)
assert details.pickup_location.name == "Demo Store"
tell(awb, "delivered")
assert client.get_parcel_details(awb).status == "delivered"
way = client.track_percel(awb)
assert len(way) == 2 and way[0].message_en == "On command" and way[0].time >= way[1].time
assert "404" in refused(client.track_percel, "nothing")
assert refused(client.create_parcel, {**wanted, "delivery_area_id": 1})
