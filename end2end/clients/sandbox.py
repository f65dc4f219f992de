"""What the scripts share: the sandbox's control, and hosts that are led to it.

A client's own code stays as it was published. Where it knows one host only, `lead_here` changes the
address of what `requests` is about to send, and nothing else; a call to anywhere else is refused.
"""

import os

import requests

SANDBOX = os.environ["SANDBOX"]
HOSTS = {
    "https://apiv2.shiprocket.in": f"{SANDBOX}/shiprocket",
    "https://courier-api-sandbox.pathao.com": f"{SANDBOX}/pathao",
}


def lead_here():
    send = requests.Session.send

    def send_here(session, request, **options):
        for host, place in HOSTS.items():
            if request.url.startswith(host + "/"):
                request.url = place + request.url[len(host):]
        assert request.url.startswith(SANDBOX + "/"), f"a call to {request.url}"
        return send(session, request, **options)

    requests.Session.send = send_here


def control(path, body=None):
    address = f"{SANDBOX}/control/{path}"
    answer = requests.get(address) if body is None else requests.post(address, json=body)
    answer.raise_for_status()
    return answer.json()


def parcel(courier, awb):
    """The parcel as the courier knows it."""
    found = [one for one in control("parcels")["parcels"] if (one["courier"], one["awb"]) == (courier, str(awb))]
    assert len(found) == 1, f"{len(found)} parcels of {courier} are called {awb}"
    return found[0]


def tell(awb, status):
    control(f"parcels/{awb}/event", {"status": status, "message": "On command"})


def refused(call, *arguments, **named):
    """What a call that must fail says."""
    try:
        answer = call(*arguments, **named)
    except Exception as refusal:  # Each client has exceptions of its own.
        return str(refusal)
    raise AssertionError(f"not refused: {answer}")


lead_here()
