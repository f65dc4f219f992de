"""steadfast-courier 1.1.3: orders, one and many, statuses, returns, balance, payouts, police stations."""

from steadfast_courier import SteadfastCourier

from sandbox import SANDBOX, control, parcel, refused, tell

ADDRESS = f"{SANDBOX}/packzy/api/v1"
ORDER = {
    "recipient_name": "Zubeida Quill",
    "recipient_phone": "01712345678",
    "recipient_address": "House 3, Road 7, Dhanmondi, Dhaka",
    "cod_amount": 1250.5,
    "note": "Call before",
}
client = SteadfastCourier("sandbox-api-key", "sandbox-secret-key", ADDRESS)
stranger = SteadfastCourier("sandbox-api-key", "wrong", ADDRESS)

assert "Unauthorized" in refused(stranger.balance().get_current_balance)
assert client.balance().get_current_balance() == {"status": 200, "current_balance": 0}
assert client.police_station().get_police_stations()

placed = client.order().place_order({**ORDER, "invoice": "SF-1"})
consignment = placed["consignment"]
assert (placed["status"], consignment["status"], consignment["cod_amount"]) == (200, "in_review", 1250.5)
awb = consignment["consignment_id"]
known = parcel("packzy", awb)
assert (known["reference"], known["cod"], known["status"]) == ("SF-1", 125050, "in_review")
assert refused(client.order().place_order, {**ORDER, "invoice": "SF-1"}), "an invoice is used once"

many = client.order().place_bulk_orders([{**ORDER, "invoice": invoice} for invoice in ("SF-1", "SF-2", "SF-3")])
assert [row["status"] for row in many] == ["error", "success", "success"]
assert parcel("packzy", many[2]["consignment_id"])["reference"] == "SF-3"

status = client.status()
for answer in (
    status.get_status_by_consignment_id(awb),
    status.get_status_by_invoice("SF-1"),
    status.get_status_by_tracking_code(consignment["tracking_code"]),
):
    assert answer == {"status": 200, "delivery_status": "in_review"}
assert refused(status.get_status_by_consignment_id, 1)
tell(awb, "delivered")
assert status.get_status_by_consignment_id(awb)["delivery_status"] == "delivered"

asked_back = client.return_api().create_return_request({"invoice": "SF-2", "reason": "Customer refused"})
assert asked_back["status"] == "pending"
assert client.return_api().get_return_request(asked_back["id"])["consignment_id"] == asked_back["consignment_id"]
assert len(client.return_api().get_return_requests()) == 1
control("clock", {"advance_seconds": 20 * 86400})
assert parcel("packzy", many[1]["consignment_id"])["status"] == "cancelled"
payments = client.payment().get_payments()
assert client.payment().get_payment(payments[0]["id"])["consignments"]
