//! How numbers and times are written, the same in the console, the pictures and the page.

use std::time::Duration;

/// `24,100`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 key`, `24,100 keys`.
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A length of time with three digits or so: `850 µs`, `310 ms`, `1.52 s`, `12.4 s`, `20 s`, `3 min 20 s`.
pub fn duration(ns: u64) -> String {
    let ms = ns as f64 / 1e6;
    match ns {
        0 => "0 s".into(),
        1..1_000 => format!("{ns} ns"),
        1_000..999_500 => format!("{:.0} µs", ns as f64 / 1e3),
        999_500..9_995_000 => format!("{ms:.2} ms"),
        9_995_000..999_500_000 => format!("{ms:.0} ms"),
        // What was planned is a round number, and reads better as one.
        1_000_000_000..120_000_000_000 if ns.is_multiple_of(1_000_000_000) => format!("{} s", ns / 1_000_000_000),
        999_500_000..9_995_000_000 => format!("{:.2} s", ms / 1e3),
        9_995_000_000..120_000_000_000 => format!("{:.1} s", ms / 1e3),
        _ => {
            let seconds = ns.div_euclid(1_000_000_000);
            match seconds % 60 {
                0 => format!("{} min", seconds / 60),
                rest => format!("{} min {rest} s", seconds / 60),
            }
        }
    }
}

/// [`duration`] of a [`Duration`].
pub fn duration_of(length: Duration) -> String {
    duration(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX))
}

/// A point in the run: `12.412 s`.
pub fn at(ns: u64) -> String {
    format!("{:.3} s", ns as f64 / 1e9)
}

/// A point in the run, to the microsecond: `12.412345 s`. Where order is the argument, milliseconds are too coarse.
pub fn at_exactly(ns: u64) -> String {
    format!("{:.6} s", ns as f64 / 1e9)
}

/// A latency in milliseconds without its unit: `0.31`, `8.1`, `1,204`.
pub fn millis(ms: f64) -> String {
    match ms {
        _ if !ms.is_finite() => "–".into(),
        _ if ms >= 99.95 => count(ms.round() as u64),
        _ if ms >= 0.995 => format!("{ms:.1}"),
        _ => format!("{ms:.2}"),
    }
}

/// A fraction as `98.2 %`. Rounded down: only everything is `100 %`, and only nothing is `0 %`.
pub fn percent(fraction: f64) -> String {
    match fraction {
        _ if !fraction.is_finite() => "–".into(),
        _ if fraction >= 1.0 => "100 %".into(),
        _ if fraction <= 0.0 => "0 %".into(),
        _ if fraction < 0.001 => "under 0.1 %".into(),
        _ => format!("{:.1} %", (fraction * 1000.0).floor() / 10.0),
    }
}

/// At most `length` characters, the last of them an ellipsis if something was left out.
pub fn clip(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let mut clipped: String = text.chars().take(length.saturating_sub(1)).collect();
    clipped.truncate(clipped.trim_end().len());
    clipped.push('…');
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(["0", "999", "1,000", "1,234,567"], [0, 999, 1000, 1_234_567].map(count).each_ref().map(|s| &**s));
        assert_eq!(plural(1, "key", "keys"), "1 key");
    }

    #[test]
    fn durations_keep_three_digits() {
        let cases = [
            (0, "0 s"),
            (999, "999 ns"),
            (850_000, "850 µs"),
            (1_234_000, "1.23 ms"),
            (310_000_000, "310 ms"),
            (999_600_000, "1.00 s"),
            (12_412_000_000, "12.4 s"),
            (20_000_000_000, "20 s"),
            (200_000_000_000, "3 min 20 s"),
            (3_600_000_000_000, "60 min"),
        ];
        for (ns, text) in cases {
            assert_eq!(duration(ns), text);
        }
    }

    #[test]
    fn almost_everything_is_not_everything() {
        assert_eq!(percent(0.99999), "99.9 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.00001), "under 0.1 %");
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("n1→n2 gone", 6), "n1→n2…");
        assert_eq!(clip("short", 6), "short");
    }
}
