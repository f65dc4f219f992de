#!/usr/bin/env python3
"""A small client for the shop's REST API, and an order's whole way with it.

    make run                                                        # in another terminal
    export HARKARA_TOKEN=$(target/release/harkara token create --role admin --name example)
    python3 examples/harkara.py [http://127.0.0.1:3000]

Needs nothing but Python 3.9. Import `Shop` to use it in a program of your own.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any


class Refused(Exception):
    """The shop understood and said no. `status` is the HTTP status, `body` what it answered."""

    def __init__(self, status: int, body: dict[str, Any]):
        self.status, self.body = status, body
        details = f" {json.dumps(body['details'])}" if body.get("details") else ""
        allowed = f" (allowed now: {', '.join(body['allowed'])})" if body.get("allowed") else ""
        super().__init__(f"{status}: {body.get('error', 'no reason given')}{details}{allowed}")


class Shop:
    """Calls the API with a token. A write keeps its idempotency key while it is tried again, so that a
    lost answer never places a second order or books a second courier."""

    TRIES = 4

    def __init__(self, url: str, token: str, timeout: float = 30.0):
        self.api, self.token, self.timeout = url.rstrip("/") + "/api/v1/", token, timeout

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, key: str | None = None) -> Any:
        url = path if path.startswith("http") else self.api + path
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if method != "GET":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        for attempt in range(self.TRIES):
            request = urllib.request.Request(url, data=data, method=method, headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                    text = answer.read()
                    return json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                is_last = attempt + 1 == self.TRIES
                if error.code not in (429, 500, 502, 503, 504) or is_last:
                    try:
                        raise Refused(error.code, json.load(error)) from None
                    except json.JSONDecodeError:
                        raise Refused(error.code, {}) from None
                time.sleep(float(error.headers.get("Retry-After", 2**attempt)))
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                if attempt + 1 == self.TRIES:
                    raise
                time.sleep(2**attempt)
        raise AssertionError("unreachable")

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: dict[str, Any] | None = None, key: str | None = None) -> Any:
        return self.call("POST", path, body, key)

    def every(self, path: str) -> Iterator[dict[str, Any]]:
        """All entries of a list, page by page."""
        page = self.get(path)
        while True:
            yield from page["results"]
            if not page["next"]:
                return
            page = self.get(page["next"])


def walk(shop: Shop) -> dict[str, Any]:
    """Creates, confirms, ships and delivers one order of the Dhaka store."""
    variants = (variant for product in shop.every("products/?store=dhaka") for variant in product["variants"])
    variant = next(variant for variant in variants if (variant.get("stock_quantity") or 0) > 0)
    order = shop.post(
        "orders/",
        {
            "customer_name": "Rahima Begum",
            "customer_phone": "01712 345678",
            "payment_method": "cod",
            "address": {"line1": "House 3, Road 7", "city": "Dhaka", "pincode": "1209", "country": "BD"},
            "items": [{"variant": variant["id"], "quantity": 1, "unit_price": variant["price"]}],
        },
    )
    path = f"orders/{order['order_reference']}/"
    print("placed   ", order["order_reference"], order["total"], order["currency"])

    order = shop.post(path + "confirm/")
    print("confirmed", order["status"])

    shipment = shop.post(path + "shipments/", {"courier": "packzy"})
    print("booked   ", "AWB", shipment["awb"] or "pending", shipment["sync_status"])

    for action, before in (("ship", ("confirmed", "processing")), ("deliver", ("shipped", "out_for_delivery"))):
        order = shop.get(path)
        if order["status"] in before:
            try:
                order = shop.post(f"{path}{action}/")
            except Refused as refusal:
                # The courier was faster: what it has said counts.
                if refusal.status != 409:
                    raise
                order = shop.get(path)
        print(f"{action:9}", order["status"])

    for event in shop.every(path + "events/"):
        print("  ", event["at"], event["kind"], event["to_status"] or "")
    return order


def main() -> int:
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:3000"
    token = os.environ.get("HARKARA_TOKEN")
    if not token:
        print("Set HARKARA_TOKEN; the first lines of this file say how to make one.", file=sys.stderr)
        return 2
    try:
        order = walk(Shop(url, token))
    except Refused as refusal:
        print(f"The shop refused: {refusal}", file=sys.stderr)
        return 1
    except urllib.error.URLError as error:
        print(f"No shop answers at {url}: {error.reason}", file=sys.stderr)
        return 1
    return 0 if order["status"] == "delivered" else 1


if __name__ == "__main__":
    sys.exit(main())
