"""Shiprocket-sdk 1.0.2: a login sent as a form, orders, AWBs, labels, pickups, cancellations, returns."""

from shiprocket import Courier, LabelsManifestsInvoice, Order, PickupAddress, ReturnOrder, Shipment, ShiprocketClient

from sandbox import parcel, refused

client = ShiprocketClient({"email": "api-user@example.com", "password": "sandbox-password"})
wrong = {"email": "api-user@example.com", "password": "wrong"}
assert refused(ShiprocketClient, wrong) is not None
courier, order, papers = Courier(client), Order(client), LabelsManifestsInvoice(client)


def read(answer, status=200):
    assert answer.status_code == status, f"{answer.url}: {answer.status_code} {answer.text}"
    return answer.json() if answer.text else None


places = read(PickupAddress(client).get_all_pickup_locations())["data"]["shipping_address"]
assert [place["pickup_location"] for place in places] == ["Primary", "Main Godown"]
lane = {"pickup_postcode": "560034", "delivery_postcode": "411045", "cod": 1, "weight": "0.5"}
offers = read(courier.check_courier_serviceability(lane))["data"]["available_courier_companies"]
assert any(offer["cod"] == 1 for offer in offers)
assert read(courier.check_courier_serviceability({**lane, "delivery_postcode": "190001"}))["status"] == 404

who = {"customer_name": "Asha", "address": "12 MG Road", "city": "Pune", "pincode": "411045",
       "state": "Maharashtra", "country": "India", "email": "asha@example.com", "phone": "9876543210"}
goods = {
    "order_date": "2026-11-21 12:00",
    "order_items": [{"name": "Saree", "sku": "S-1", "units": 1, "selling_price": "900"}],
    "sub_total": 900, "length": 10, "breadth": 15, "height": 5, "weight": 0.5,
}
wanted = {
    **goods, **{f"billing_{name}": value for name, value in who.items()}, "order_id": "SR-1",
    "pickup_location": "Primary", "billing_last_name": "", "shipping_is_billing": True, "payment_method": "COD",
}
made = read(order.create_custom_order(wanted))
assert made["status"] == "NEW"
assert read(order.create_custom_order(wanted))["order_id"] == made["order_id"], "a reference is an order"
assert "billing_phone" in read(order.create_custom_order({**wanted, "order_id": "SR-2", "billing_phone": "1"}), 422)["errors"]
shipment = made["shipment_id"]
awb = read(courier.genrate_awb_for_shipment({"shipment_id": shipment}))["response"]["data"]["awb_code"]
known = parcel("shiprocket", awb)
assert (known["reference"], known["cod"], known["status"]) == ("SR-1", 90000, "AWB ASSIGNED")
assert read(papers.generate_label({"shipment_id": [shipment]}))["label_created"] == 1
assert read(papers.generate_manifest({"shipment_id": [shipment]}))["manifest_url"]
assert read(papers.genrate_invoice({"ids": [made["order_id"]]}))["is_invoice_created"]
assert read(courier.request_for_shipment_pickup({"shipment_id": [shipment]}))["pickup_status"] == 1
assert read(Shipment(client).get_shipment_details(shipment))["data"]["awb"] == awb
assert read(order.get_specific_order_details(made["order_id"]))["data"]["status_code"] == 3

assert read(order.cancel_order({"ids": [made["order_id"]]}), 204) is None
assert read(order.get_specific_order_details(made["order_id"]))["data"]["status_code"] == 5

back = {**goods, **{f"pickup_{name}": value for name, value in who.items()}, "order_id": "SR-1-R",
        **{f"shipping_{name}": value for name, value in who.items()}, "payment_method": "PREPAID"}
assert read(ReturnOrder(client).create_return_order(back))["status_code"] == 21
