#!/usr/bin/env bash
# An order's whole way by curl: create, confirm, ship, deliver. Needs curl and jq.
#
#   make run                                                        # in another terminal
#   export HARKARA_TOKEN=$(target/release/harkara token create --role admin --name example)
#   examples/walk.sh [http://127.0.0.1:3000]
set -euo pipefail

SHOP=${1:-http://127.0.0.1:3000}
API=$SHOP/api/v1
: "${HARKARA_TOKEN:?Make a token first; the lines above say how.}"

# call METHOD PATH [JSON] — prints the answer's JSON, or what the shop said was wrong.
call() {
  local answer status
  answer=$(curl -sS -w '\n%{http_code}' -X "$1" "$API/$2" \
    -H "Authorization: Bearer $HARKARA_TOKEN" \
    -H "Idempotency-Key: walk-$RUN-$1-${2//\//-}" \
    ${3:+-H 'Content-Type: application/json' -d "$3"})
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  if [ "$status" -ge 400 ]; then
    echo "$1 $2: $status $(jq -c '{error, details, allowed}' <<<"$answer")" >&2
    return 1
  fi
  printf '%s\n' "$answer"
}

# One key per request and run: sent again after a lost answer, a request has its effect once.
RUN=$(date +%s)-$$

variant=$(call GET 'products/?store=dhaka&page_size=100' |
  jq -er '[.results[].variants[] | select((.stock_quantity // 0) > 0)][0].id')

order=$(call POST orders/ "$(jq -n --arg variant "$variant" '{
  customer_name: "Rahima Begum", customer_phone: "01712 345678", payment_method: "cod",
  address: {line1: "House 3, Road 7", city: "Dhaka", pincode: "1209", country: "BD"},
  items: [{variant: $variant, quantity: 1}]}')")
reference=$(jq -r .order_reference <<<"$order")
echo "placed    $reference  $(jq -r '.total + " " + .currency' <<<"$order")  $SHOP/o/$(jq -r .token <<<"$order")"

status() { jq -r '.status' <<<"$order"; }

order=$(call POST "orders/$reference/confirm/")
echo "confirmed $reference  $(status)"

shipment=$(call POST "orders/$reference/shipments/" '{"courier": "packzy"}')
echo "booked    $reference  AWB $(jq -r '.awb // "pending"' <<<"$shipment")  $(jq -r .sync_status <<<"$shipment")"

# The demo's courier moves parcels by itself: it may be further already, which is no mistake.
order=$(call GET "orders/$reference/")
if [[ $(status) =~ ^(confirmed|processing)$ ]]; then
  order=$(call POST "orders/$reference/ship/" || call GET "orders/$reference/")
fi
echo "shipped   $reference  $(status)"

if [ "$(status)" != delivered ]; then
  order=$(call POST "orders/$reference/deliver/" || call GET "orders/$reference/")
fi
echo "delivered $reference  $(status)"

call GET "orders/$reference/events/" | jq -r '.results[] | "  \(.at)  \(.kind)  \(.to_status // "")"'
[ "$(status)" = delivered ]
