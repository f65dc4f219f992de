//! One of many orders, made from its number alone: whoever knows the number knows the order, without
//! asking the database.

use harkara::domain::customers::{Country, Phone};
use harkara::domain::orders::{OrderStatus, reference};
use harkara::domain::time::{DAY_MS, HOUR_MS, UnixMillis, sequence};

/// 2024-01-10T00:00:00Z and 2026-11-20T00:00:00Z: nearly three years.
const FIRST_MS: i64 = 1_704_844_800_000;
const LAST_MS: i64 = 1_795_132_800_000;
/// A customer orders so many times, on average.
const ORDERS_PER_CUSTOMER: u64 = 3;
/// Parcels are kept of the last tenth of the orders, and of so many at least.
const PARCELS_MIN: u64 = 10_000;
/// Every so many orders are hers.
const REGULAR_EVERY: u64 = 100;
/// The customer of one order in a hundred, at any time.
pub const REGULAR: &str = "Zubeida";
/// The family name of the oldest hundredth of the orders, and of no other.
pub const FORGOTTEN: &str = "Ketkar";

const FIRST_NAMES: [&str; 24] = [
    "Asha", "Rahim", "Nusrat", "Vikram", "Meera", "Imran", "Tania", "Anika", "Karim", "Priya", "Sunil", "Farhana",
    "Arjun", "Lakshmi", "Jamal", "Rubina", "Deepak", "Shirin", "Mohan", "Salma", "Kavita", "Habib", "Leela", "Tuhin",
];
const LAST_NAMES: [&str; 24] = [
    "Rao",
    "Uddin",
    "Jahan",
    "Joshi",
    "Patil",
    "Hossain",
    "Akter",
    "Rahman",
    "Mia",
    "Sharma",
    "Gupta",
    "Begum",
    "Singh",
    "Iyer",
    "Ahmed",
    "Khatun",
    "Verma",
    "Chowdhury",
    "Nair",
    "Islam",
    "Desai",
    "Sarkar",
    "Menon",
    "Das",
];
const CITIES: [[&str; 4]; 2] = [["Dhaka", "Chattogram", "Sylhet", "Khulna"], ["Mumbai", "Pune", "Nagpur", "Nashik"]];

/// Numbers that follow from a seed (SplitMix64).
pub struct Dice(u64);

impl Dice {
    /// The dice of a number and of what they are thrown for.
    pub fn of(number: u64, purpose: u64) -> Dice {
        Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ purpose.wrapping_mul(0xd1b5_4a32_d192_ed03))
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.number() % limit.max(1)
    }

    /// An identity made at an instant: a UUIDv7.
    pub fn id(&mut self, at: i64) -> String {
        let (high, low) = (self.number(), self.number());
        format!(
            "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
            at >> 16,
            at & 0xffff,
            high & 0xfff,
            0x8000 | (high >> 16 & 0x3fff),
            low & 0xffff_ffff_ffff
        )
    }

    /// 128 bits in 32 letters, as cart keys and page tokens are.
    pub fn token(&mut self) -> String {
        format!("{:016x}{:016x}", self.number(), self.number())
    }
}

/// An order, without its lines.
pub struct Made {
    /// Its number: 0 is the oldest.
    pub number: u64,
    /// Identity.
    pub id: String,
    /// Identity of its checkout.
    pub checkout_id: String,
    /// Key of its cart.
    pub key: String,
    /// Token of its page.
    pub token: String,
    /// When it was placed.
    pub at: i64,
    /// Newest-first order.
    pub seq: i64,
    /// Reference.
    pub reference: String,
    /// 0 is the store in Dhaka, 1 that in Mumbai.
    pub store: usize,
    /// Name of the customer.
    pub name: String,
    /// Phone of the customer.
    pub phone: Phone,
    /// City of the customer.
    pub city: &'static str,
    /// State.
    pub status: OrderStatus,
    /// Whether it was confirmed before it was cancelled.
    pub is_late_cancelled: bool,
    /// Whether a parcel is kept: only lately.
    pub has_parcel: bool,
}

impl Made {
    /// The order with a number, of so many.
    pub fn new(number: u64, count: u64) -> Made {
        let mut dice = Dice::of(number, 1);
        let spread = LAST_MS - FIRST_MS;
        let step = spread / i64::try_from(count).expect("a count");
        let at = FIRST_MS
            + i64::try_from(i128::from(spread) * i128::from(number) / i128::from(count)).expect("an instant")
            + i64::try_from(dice.below(u64::try_from(step).expect("a span"))).expect("a moment");
        let store = usize::from(dice.below(100) < 45);
        // A customer keeps name and phone.
        let mut person = Dice::of(dice.below(count / ORDERS_PER_CUSTOMER + 1), 2 + store as u64);
        let phone = phone(store, &mut person);
        let first = FIRST_NAMES[person.below(24) as usize];
        let first = if number % REGULAR_EVERY == REGULAR_EVERY / 2 { REGULAR } else { first };
        let last = LAST_NAMES[person.below(24) as usize];
        let last = if number < count / 100 { FORGOTTEN } else { last };
        let status = status(count - 1 - number, count, &mut dice);
        Made {
            number,
            id: dice.id(at),
            checkout_id: dice.id(at),
            key: dice.token(),
            token: dice.token(),
            at,
            seq: sequence(UnixMillis(at), dice.number()),
            reference: reference("LEG", UnixMillis(at), dice.number()),
            store,
            name: format!("{first} {last}"),
            phone,
            city: CITIES[store][dice.below(4) as usize],
            status,
            is_late_cancelled: dice.below(2) == 1,
            has_parcel: number + (count / 10).max(PARCELS_MIN) >= count,
        }
    }

    /// The states it went through, each with the hour after which it came.
    pub fn way(&self) -> Vec<(OrderStatus, i64)> {
        use OrderStatus::{Cancelled, Confirmed, Delivered, OutForDelivery, Pending, Processing, Refunded, Shipped};
        let states: &[OrderStatus] = match self.status {
            Pending => &[Pending],
            Confirmed => &[Pending, Confirmed],
            Processing => &[Pending, Confirmed, Processing],
            Shipped => &[Pending, Confirmed, Shipped],
            OutForDelivery => &[Pending, Confirmed, Shipped, OutForDelivery],
            Delivered => &[Pending, Confirmed, Shipped, Delivered],
            Cancelled if self.is_late_cancelled => &[Pending, Confirmed, Cancelled],
            Cancelled => &[Pending, Cancelled],
            Refunded => &[Pending, Confirmed, Shipped, Refunded],
        };
        states.iter().zip(0..).map(|(state, step)| (*state, self.at + step * 18 * HOUR_MS)).collect()
    }

    /// Whether its stock was taken.
    pub fn is_taken(&self) -> bool {
        self.status != OrderStatus::Pending && (self.status != OrderStatus::Cancelled || self.is_late_cancelled)
    }

    /// When something happened to it last.
    pub fn updated_at(&self) -> i64 {
        self.way().last().map_or(self.at, |(_, at)| *at)
    }
}

fn phone(store: usize, dice: &mut Dice) -> Phone {
    let (digits, home) = if store == 0 {
        (format!("01{}{:08}", 3 + dice.below(7), dice.below(100_000_000)), Country::BD)
    } else {
        (format!("{}{:09}", 6 + dice.below(4), dice.below(1_000_000_000)), Country::IN)
    };
    Phone::parse(&digits, home).expect("a phone")
}

/// Few are open, and those are the newest; `age` is how many orders are newer.
fn status(age: u64, count: u64, dice: &mut Dice) -> OrderStatus {
    // Thousandths of all orders, and at least so many as there are states.
    let share = age.saturating_mul(1_000) / count;
    match (share, dice.below(100)) {
        (0..=1, 0..=89) => OrderStatus::Pending,
        (2..=3, 0..=89) => OrderStatus::Confirmed,
        (4..=5, 0..=89) => OrderStatus::Processing,
        (6..=11, 0..=89) => OrderStatus::Shipped,
        (12..=14, 0..=89) => OrderStatus::OutForDelivery,
        (_, 90..=97) => OrderStatus::Cancelled,
        (_, 98..) => OrderStatus::Refunded,
        _ => OrderStatus::Delivered,
    }
}

/// How long after an instant something further is: far enough that no poll is ever due.
pub const NEVER_DUE_MS: i64 = LAST_MS + 100 * 365 * DAY_MS;
