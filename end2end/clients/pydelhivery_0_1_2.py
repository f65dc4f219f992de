"""pydelhivery 0.1.2: pincodes, warehouses, prices, parcels, labels, pickups, tracking, cancellations.

As published its client cannot be imported, because it looks for models where they no longer are, and its
`create_order` reads a variable before it is set. So the models are named where they are looked for, and a
parcel is created from the package's own request, by its own address, headers and reading of the answer.
"""

import os
from datetime import datetime, timedelta

from sandbox import SANDBOX, control, parcel, refused, tell

os.environ.update(DELHIVERY_API_BASE_URL=f"{SANDBOX}/delhivery", DELHIVERY_AUTH_TOKEN="sandbox-delhivery-token",
                  PYDELHIVERY_LOGGING="CRITICAL")

import requests
from pydelhivery.models import DelhiveryModels, ShippingCostModel, ShippingCreateRequest, Tracking

for module in (ShippingCostModel, ShippingCreateRequest, Tracking):
    for name, model in vars(module).items():
        if name.startswith("Delhivery"):
            setattr(DelhiveryModels, name, model)

from pydelhivery.DelhiveryApis import DelhiveryIntegration
from pydelhivery.models.DelhiveryModels import (
    DelhiveryCMUCreateRequest, DelhiveryCMUCreateResponse, DelhiveryOrderTrackingRequest,
    DelhiveryPackingSlipRequest, DelhiveryPickupLocation, DelhiveryPickupRequest, DelhiveryShipment,
    DelhiveryShippingCostRequest,
)
from pydelhivery.models.WareHouseModels import DelhiveryWarehouseCreateRequest, DelhiveryWarehouseUpdateRequest

client = DelhiveryIntegration()
assert client.check_pincode_serviceability("411045").supports_cod
assert refused(client.check_pincode_serviceability, "990001") == "Pincode not serviceable"
client.auth_token = "wrong"
assert "401" in refused(client.check_pincode_serviceability, "411045")
client.auth_token = "sandbox-delhivery-token"

home = {"address": "12 MG Road", "city": "Pune", "pin": "411045"}
warehouse = DelhiveryWarehouseCreateRequest(
    name="Pune Godown", registered_name="Demo", phone="9876543210", email="asha@example.com", **home,
    **{f"return_{name}": value for name, value in home.items()}, return_state="Maharashtra",
)
assert client.create_warehouse(warehouse)
assert "400" in refused(client.create_warehouse, warehouse), "a name is used once"
change = DelhiveryWarehouseUpdateRequest(name="Pune Godown", phone="9876543211", address="14 MG Road")
assert client.update_warehouse(change)
lane = DelhiveryShippingCostRequest(md="S", cgm=800, o_pin=560034, d_pin=411045, ss="Delivered", pt="COD")
price = client.calculate_shipping_cost(lane)
assert price.total_amount == price.gross_amount + price.tax_data.IGST > price.charge_COD > 0


def create(reference, place="Pune Godown"):
    shipment = DelhiveryShipment(
        name="Asha", add="12 MG Road", pin="411045", city="Pune", state="Maharashtra", phone="9876543210",
        order=reference, payment_mode="COD", cod_amount="900.50", shipping_mode="Surface", weight="800",
    )
    wanted = DelhiveryCMUCreateRequest(shipments=[shipment], pickup_location=DelhiveryPickupLocation(name=place))
    address = f"{client.base_url}/api/cmu/create.json"
    answer = requests.post(address, headers=client._get_headers(), data=wanted.build_payload())
    created = client._parse_response(answer, DelhiveryCMUCreateResponse)
    created.raise_for_failure(answer)
    return created.waybills[0]


awb = create("DL-1")
known = parcel("delhivery", awb)
assert (known["reference"], known["cod"], known["status"]) == ("DL-1", 90050, "UD/Manifested/X-UCI")
assert "Duplicate order id" in refused(create, "DL-1")
assert refused(create, "DL-2", "pune godown"), "a warehouse is known by its exact name"

assert client.generate_shipping_label(DelhiveryPackingSlipRequest(waybill=awb, pdf=True)).first_pdf_link
assert refused(client.generate_shipping_label, DelhiveryPackingSlipRequest(waybill="1", pdf=True))
tomorrow = datetime.now() + timedelta(days=2)
pickup = DelhiveryPickupRequest(pickup_time="16:30:00", pickup_date=tomorrow.strftime("%Y-%m-%d"),
                                pickup_location="Pune Godown", expected_package_count=1)
assert client.schedule_pickup(pickup).pickup_id

asked = DelhiveryOrderTrackingRequest(waybills=[awb])
assert client.track_orders(asked).latest_status == "Manifested"
tell(awb, "UD/Dispatched/X-DDD3FD")
tracked = client.track_orders(asked)
assert tracked.latest_status == "Dispatched" and tracked.latest_scan.StatusCode == "X-DDD3FD"
assert tracked.first_shipment.CODAmount == 900.5

other = create("DL-3")
client.cancelShipment(other)
control("clock", {"advance_seconds": 300})
assert parcel("delhivery", other)["status"] == "UD/Not Picked/DTUP-210"
assert client.track_orders(DelhiveryOrderTrackingRequest(waybills=[other])).latest_status == "Not Picked"
