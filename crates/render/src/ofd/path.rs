//! Path data (§9.1, AbbreviatedData): S, M, L, Q, B, A, C with absolute millimetres.

use tiny_skia::{Path, PathBuilder, Rect};

/// The path; `None` where it is empty or not written as the standard says.
pub(super) fn path(data: &str) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let mut tokens = data.split_ascii_whitespace().peekable();
    let mut at = [0f32; 2];
    let mut open = false;
    while let Some(token) = tokens.next() {
        let mut numbers = |count: usize| -> Option<Vec<f32>> {
            (0..count)
                .map(|_| {
                    let number: f32 = tokens.next()?.parse().ok()?;
                    (number.is_finite() && number.abs() < 1e6).then_some(number)
                })
                .collect()
        };
        match token {
            "S" | "M" => {
                let n = numbers(2)?;
                builder.move_to(n[0], n[1]);
                at = [n[0], n[1]];
                open = true;
                continue;
            }
            "C" => {
                if open {
                    builder.close();
                }
                continue;
            }
            _ if !open => return None,
            "L" => {
                let n = numbers(2)?;
                builder.line_to(n[0], n[1]);
                at = [n[0], n[1]];
            }
            "Q" => {
                let n = numbers(4)?;
                builder.quad_to(n[0], n[1], n[2], n[3]);
                at = [n[2], n[3]];
            }
            "B" => {
                let n = numbers(6)?;
                builder.cubic_to(n[0], n[1], n[2], n[3], n[4], n[5]);
                at = [n[4], n[5]];
            }
            "A" => {
                let n = numbers(7)?;
                arc(&mut builder, at, &n);
                at = [n[5], n[6]];
            }
            _ => return None,
        }
    }
    builder.finish()
}

/// A rectangle as a path.
pub(super) fn rectangle(x: f64, y: f64, width: f64, height: f64) -> Option<Path> {
    let rect = Rect::from_xywh(x as f32, y as f32, width as f32, height as f32)?;
    Some(PathBuilder::from_rect(rect))
}

/// An elliptical arc by cubics: radii, turn in degrees, large, sweep, end (the same as SVG's, appendix F.6).
fn arc(builder: &mut PathBuilder, from: [f32; 2], n: &[f32]) {
    let [x0, y0] = from.map(f64::from);
    let (mut rx, mut ry) = (f64::from(n[0]).abs(), f64::from(n[1]).abs());
    let (large, sweep) = (n[3] != 0.0, n[4] != 0.0);
    let (x1, y1) = (f64::from(n[5]), f64::from(n[6]));
    if rx == 0.0 || ry == 0.0 || (x0 == x1 && y0 == y1) {
        builder.line_to(n[5], n[6]);
        return;
    }
    let (sin, cos) = f64::from(n[2]).to_radians().sin_cos();
    let (dx, dy) = ((x0 - x1) / 2.0, (y0 - y1) / 2.0);
    let (xp, yp) = (cos * dx + sin * dy, -sin * dx + cos * dy);
    let reach = (xp / rx).powi(2) + (yp / ry).powi(2);
    if reach > 1.0 {
        rx *= reach.sqrt();
        ry *= reach.sqrt();
    }
    let below = (rx * yp).powi(2) + (ry * xp).powi(2);
    let root = (((rx * ry).powi(2) - below) / below).max(0.0).sqrt();
    let sign = if large == sweep { -1.0 } else { 1.0 };
    let (cxp, cyp) = (sign * root * rx * yp / ry, -sign * root * ry * xp / rx);
    let (cx, cy) = (
        cos * cxp - sin * cyp + (x0 + x1) / 2.0,
        sin * cxp + cos * cyp + (y0 + y1) / 2.0,
    );
    let start = ((yp - cyp) / ry).atan2((xp - cxp) / rx);
    let end = ((-yp - cyp) / ry).atan2((-xp - cxp) / rx);
    let mut turn = end - start;
    if sweep && turn < 0.0 {
        turn += std::f64::consts::TAU;
    } else if !sweep && turn > 0.0 {
        turn -= std::f64::consts::TAU;
    }
    let pieces = (turn.abs() / std::f64::consts::FRAC_PI_2).ceil().max(1.0);
    let step = turn / pieces;
    let k = 4.0 / 3.0 * (step / 4.0).tan();
    let point = |x: f64, y: f64| {
        let (x, y) = (x * rx, y * ry);
        (
            (cos * x - sin * y + cx) as f32,
            (sin * x + cos * y + cy) as f32,
        )
    };
    for piece in 0..pieces as u32 {
        let a = start + step * f64::from(piece);
        let b = a + step;
        let (c1, c2) = (
            point(a.cos() - k * a.sin(), a.sin() + k * a.cos()),
            point(b.cos() + k * b.sin(), b.sin() - k * b.cos()),
        );
        let to = point(b.cos(), b.sin());
        builder.cubic_to(c1.0, c1.1, c2.0, c2.1, to.0, to.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_data_is_read_as_the_standard_writes_it() {
        let bounds = |data| {
            let b = path(data).unwrap().compute_tight_bounds().unwrap();
            [b.left(), b.top(), b.right(), b.bottom()].map(|v| (v * 100.0).round() / 100.0)
        };
        assert_eq!(
            bounds("M 0 0 L 70 0 L 70 30 L 0 30 C"),
            [0.0, 0.0, 70.0, 30.0]
        );
        // Half a circle of radius 5 from left to right, over the upper side.
        assert_eq!(bounds("M 0 5 A 5 5 0 0 1 10 5"), [0.0, 0.0, 10.0, 5.0]);
        assert_eq!(bounds("M 0 0 B 0 10 10 10 10 0"), [0.0, 0.0, 10.0, 7.5]);
        for data in [
            "",
            "L 1 1",
            "M 0",
            "M 0 0 X",
            "M 0 0 L NaN 1",
            "M 0 0 L 1e9 1",
        ] {
            assert!(path(data).is_none(), "{data}");
        }
    }
}
