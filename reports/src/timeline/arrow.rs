//! Arrows between bars: from what comes before to what comes after.

use super::Text;
use harness::checker::Precedence;

/// Length of an arrow's head.
const HEAD: f64 = 8.0;
/// Half the width of an arrow's head.
const HEAD_HALF: f64 = 3.6;
/// Straight pieces that make up a curve.
const PIECES: u32 = 20;

/// An arrow, laid out.
#[derive(Debug)]
pub struct Arrow {
    /// By what the one comes before the other; none: over what is left out.
    pub by: Option<Precedence>,
    /// Why, in words.
    pub because: String,
    /// What is written on it.
    pub label: Option<Text>,
    /// The curve, as a broken line that ends behind the head.
    pub points: Vec<(f64, f64)>,
    /// The head.
    pub head: [(f64, f64); 3],
}

impl Arrow {
    /// Along the curve of these control points: a Bézier curve of whatever degree.
    pub fn along(curve: &[(f64, f64)], by: Option<Precedence>, because: String, label: Option<Text>) -> Arrow {
        let pieces = if curve.len() > 2 { PIECES } else { 1 };
        let mut points: Vec<_> = (0..=pieces).map(|piece| on(curve, f64::from(piece) / f64::from(pieces))).collect();
        let tip = points.pop().unwrap_or_default();
        // The head points where the curve comes from over its own length, lest a bend at the very end turn it aside.
        while points.len() > 1 && points.last().is_some_and(|last| (tip.0 - last.0).hypot(tip.1 - last.1) < HEAD) {
            points.pop();
        }
        let last = points.last().copied().unwrap_or(tip);
        let length = (tip.0 - last.0).hypot(tip.1 - last.1).max(0.001);
        let (along, across) = ((tip.0 - last.0) / length, (tip.1 - last.1) / length);
        let neck = (tip.0 - HEAD * along, tip.1 - HEAD * across);
        if length > HEAD {
            points.push(neck);
        }
        let side = |half: f64| (neck.0 - half * across, neck.1 + half * along);
        Arrow { by, because, label, points, head: [side(HEAD_HALF), tip, side(-HEAD_HALF)] }
    }
}

/// A point on a Bézier curve (de Casteljau).
fn on(curve: &[(f64, f64)], part: f64) -> (f64, f64) {
    let mut points = curve.to_vec();
    while points.len() > 1 {
        let between = |pair: &[(f64, f64)]| {
            let mix = |one: f64, other: f64| one + part * (other - one);
            (mix(pair[0].0, pair[1].0), mix(pair[0].1, pair[1].1))
        };
        points = points.windows(2).map(between).collect();
    }
    points.first().copied().unwrap_or_default()
}

/// The control points of a curve between two points that keeps this far to the right of the straight way.
pub fn bent(from: (f64, f64), to: (f64, f64), aside: f64) -> Vec<(f64, f64)> {
    if aside == 0.0 {
        return vec![from, to];
    }
    let (along, down) = (to.0 - from.0, to.1 - from.1);
    // It never turns back in height. Half of the way to the middle control point is the way to the curve.
    let most = down.abs() / 5.0;
    let aside = 2.0 * aside.clamp(-most, most) / along.hypot(down).max(0.001);
    let middle = ((from.0 + to.0) / 2.0 - aside * down, (from.1 + to.1) / 2.0 + aside * along);
    vec![from, middle, to]
}

/// Where a curve crosses this height; the end that is nearer to it if it does not.
pub fn crossing(curve: &[(f64, f64)], height: f64) -> f64 {
    let (mut before, mut behind) = (0.0, 1.0);
    let is_down = on(curve, 0.0).1 < on(curve, 1.0).1;
    for _ in 0..PIECES {
        let middle = (before + behind) / 2.0;
        if (on(curve, middle).1 < height) == is_down { before = middle } else { behind = middle }
    }
    on(curve, behind).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_keeps_aside_and_its_head_ends_at_its_last_point() {
        let (from, to) = ((10.0, 10.0), (10.0, 110.0));
        let curve = bent(from, to, 8.0);
        let arrow = Arrow::along(&curve, Some(Precedence::Rw), String::new(), None);
        assert_eq!((arrow.points[0], arrow.head[1]), (from, to));
        // Who goes down has the left of the picture to his right.
        assert!((crossing(&curve, 60.0) - 2.0).abs() < 0.1);
        assert!((crossing(&bent(to, from, 8.0), 60.0) - 18.0).abs() < 0.1);
        assert!((crossing(&bent(from, (110.0, 110.0), 0.0), 35.0) - 35.0).abs() < 0.1);
    }

    #[test]
    fn an_arrow_from_a_point_to_itself_is_still_one() {
        let arrow = Arrow::along(&[(5.0, 5.0), (5.0, 5.0)], None, String::new(), None);
        assert!(arrow.head.iter().chain(&arrow.points).all(|point| point.0.is_finite() && point.1.is_finite()));
    }
}
