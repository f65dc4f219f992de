//! Whatever comes to the door for pushes.
#![no_main]

use std::sync::LazyLock;

use harkara_fuzz::shop::Shop;
use libfuzzer_sys::fuzz_target;

static SHOP: LazyLock<Shop> = LazyLock::new(Shop::open);

fuzz_target!(|data: &[u8]| SHOP.take(data));
