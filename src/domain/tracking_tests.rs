//! Golden sequences of the fold, and that arrival does not matter.

use proptest::prelude::*;

use super::*;
use crate::domain::shipping::ShipmentStatus::{self, *};

fn event(second: i64, status: ShipmentStatus) -> TrackingEvent {
    TrackingEvent {
        id: format!("{second:04}-{}", status.code()),
        at: UnixMillis(second * SECOND_MS),
        status: Some(status),
        is_partial: false,
        is_unknown: false,
        is_correction: false,
    }
}

fn sequence(statuses: &[ShipmentStatus]) -> Vec<TrackingEvent> {
    statuses.iter().enumerate().map(|(at, status)| event(10 * (at as i64 + 1), *status)).collect()
}

struct Golden {
    name: &'static str,
    events: Vec<TrackingEvent>,
    status: ShipmentStatus,
    attempts: i64,
    order: Option<OrderStatus>,
    disputed: bool,
    open: &'static [CaseKind],
}

fn golden(
    name: &'static str,
    statuses: &[ShipmentStatus],
    (status, attempts, order): (ShipmentStatus, i64, Option<OrderStatus>),
    open: &'static [CaseKind],
) -> Golden {
    let disputed = open.iter().any(|kind| matches!(kind, CaseKind::RtoAfterDelivery | CaseKind::Disputed));
    Golden { name, events: sequence(statuses), status, attempts, order, disputed, open }
}

#[rustfmt::skip]
fn golden_sequences() -> Vec<Golden> {
    use CaseKind::*;
    let delivered = Some(OrderStatus::Delivered);
    let out = Some(OrderStatus::OutForDelivery);
    let shipped = Some(OrderStatus::Shipped);
    let mut all = vec![
        golden("a failed attempt, then delivered", &[OutForDelivery, Undelivered, OutForDelivery, Delivered], (Delivered, 1, delivered), &[]),
        golden("a late scan after delivered is only shown", &[Delivered, OutForDelivery], (Delivered, 0, delivered), &[]),
        golden("delivered, then returned: a person decides", &[OutForDelivery, Delivered, RtoInitiated, RtoDelivered], (Delivered, 0, delivered), &[RtoAfterDelivery]),
        golden("lost, then delivered", &[InTransit, Lost, Delivered], (Delivered, 0, delivered), &[Revived]),
        golden("cancelled, then picked up", &[Pending, Cancelled, PickedUp], (PickedUp, 0, shipped), &[Revived]),
        golden("two failed attempts, then back", &[OutForDelivery, Undelivered, OutForDelivery, Undelivered, RtoInitiated], (RtoInitiated, 2, out), &[]),
        golden("a failed attempt waits for instructions", &[OutForDelivery, Undelivered], (Undelivered, 1, out), &[Ndr]),
        golden("once it moves, pending no longer applies", &[Pending, OnHold, Pending, OnHold], (OnHold, 0, None), &[]),
        golden("movement on the way back is only shown", &[RtoInitiated, InTransit, OutForDelivery, RtoDelivered], (RtoDelivered, 0, out), &[]),
        golden("delivered on the way back", &[InTransit, RtoInitiated, Delivered], (Delivered, 0, delivered), &[DeliveredDuringRto]),
        golden("news after a return has arrived", &[RtoInitiated, RtoDelivered, Undelivered], (RtoDelivered, 0, None), &[Disputed]),
        golden("said twice", &[Delivered, Delivered], (Delivered, 0, delivered), &[]),
    ];
    let mut one_second = golden("one second: the later on the way wins", &[], (Delivered, 0, delivered), &[]);
    one_second.events = vec![event(10, Delivered), event(10, OutForDelivery), event(10, InTransit)];
    all.push(one_second);
    all
}

#[test]
fn golden_sequences_end_where_they_should() {
    for golden in golden_sequences() {
        let folded = fold(Pending, &golden.events);
        let open: Vec<_> = folded.cases.iter().filter(|case| case.closed_at.is_none()).map(|case| case.kind).collect();
        assert_eq!(folded.status, golden.status, "{}", golden.name);
        assert_eq!(folded.attempts, golden.attempts, "{}", golden.name);
        assert_eq!(folded.order, golden.order, "{}", golden.name);
        assert_eq!(folded.is_disputed, golden.disputed, "{}", golden.name);
        assert_eq!(open, golden.open, "{}", golden.name);
    }
}

#[test]
fn a_correction_sets_the_state_closes_the_case_and_the_fold_goes_on() {
    let mut events = sequence(&[Delivered, RtoInitiated]);
    events.push(TrackingEvent { is_correction: true, id: "zz".into(), ..event(25, RtoInitiated) });
    let folded = fold(Pending, &events);
    assert_eq!(folded.status, RtoInitiated);
    assert!(!folded.is_disputed);
    assert!(folded.cases.iter().all(|case| case.closed_at.is_some()));
    events.push(event(30, RtoDelivered));
    assert_eq!(fold(Pending, &events).status, RtoDelivered, "and goes on from there");
}

#[test]
fn a_part_that_was_accepted_is_not_a_delivered_order() {
    let partial = TrackingEvent { is_partial: true, ..event(10, Delivered) };
    let folded = fold(Pending, &[partial]);
    assert_eq!((folded.status, folded.is_partial), (Delivered, true));
    assert_eq!(folded.order, Some(OrderStatus::OutForDelivery));
    assert_eq!(folded.cases[0].kind, CaseKind::PartialDelivery);
}

#[test]
fn an_unknown_code_changes_nothing_and_asks_a_person() {
    let unknown = TrackingEvent { status: None, is_unknown: true, ..event(20, InTransit) };
    let folded = fold(Pending, &[event(10, InTransit), unknown]);
    assert_eq!(folded.status, InTransit);
    assert_eq!(folded.cases[0].kind, CaseKind::UnknownCode);
}

#[test]
fn an_order_is_delivered_when_all_its_parcels_are() {
    let delivered = Some(OrderStatus::Delivered);
    assert_eq!(order_of_parcels(&[]), None);
    assert_eq!(order_of_parcels(&[delivered]), delivered);
    assert_eq!(order_of_parcels(&[delivered, delivered]), delivered);
    assert_eq!(order_of_parcels(&[delivered, None]), Some(OrderStatus::OutForDelivery));
    assert_eq!(order_of_parcels(&[Some(OrderStatus::Shipped), None]), Some(OrderStatus::Shipped));
}

#[test]
fn the_code_table_of_the_migration_is_the_enum() {
    let migration = include_str!("../../migrations/0005_shipping.sql");
    let start = migration.find("INSERT INTO case_kinds ").expect("the code table is filled");
    let statement = migration[start..].split(';').next().unwrap_or_default();
    let codes: Vec<_> = statement
        .lines()
        .flat_map(|line| line.split("--").next().unwrap_or("").split('\'').skip(1).step_by(2))
        .collect();
    assert_eq!(codes, CaseKind::TABLE.map(|(_, code)| code));
}

fn any_event() -> impl Strategy<Value = TrackingEvent> {
    (0..8_i64, 0..12_usize, 0..12_u8).prop_map(|(second, status, kind)| {
        let status = crate::domain::shipping::SHIPMENT_STATUSES[status].status;
        let correction = kind == 0;
        TrackingEvent {
            id: format!("{second}-{}-{kind}", status.code()),
            is_correction: correction,
            is_partial: kind == 1 && status == Delivered,
            is_unknown: kind == 2,
            status: (kind != 2).then_some(status),
            ..event(second, status)
        }
    })
}

proptest! {
    #[test]
    fn any_order_and_repetition_of_events_gives_the_same(
        (events, shuffled) in prop::collection::vec(any_event(), 0..14).prop_flat_map(|events| {
            let twice: Vec<_> = events.iter().chain(&events).cloned().collect();
            (Just(events), Just(twice).prop_shuffle())
        })
    ) {
        prop_assert_eq!(fold(Pending, &events), fold(Pending, &shuffled));
    }
}
