//! A path in millimetres with y downwards, kept as SVG path data: `M`, `L`, `C`, `Z`, absolute.

use std::fmt::Write as _;

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Segment {
    Move([f64; 2]),
    Line([f64; 2]),
    Cubic([f64; 6]),
    Close,
}

/// Writes path data with micrometre precision.
pub(crate) fn write(segments: &[Segment]) -> String {
    let mut d = String::new();
    for segment in segments {
        let (letter, numbers): (char, &[f64]) = match segment {
            Segment::Move(point) => ('M', point),
            Segment::Line(point) => ('L', point),
            Segment::Cubic(points) => ('C', points),
            Segment::Close => ('Z', &[]),
        };
        d.push(letter);
        for (at, number) in numbers.iter().enumerate() {
            if at > 0 {
                d.push(' ');
            }
            d.push_str(&decimal(*number));
        }
    }
    d
}

/// Reads what [`write`] writes. `None` for anything else.
pub(crate) fn read(d: &str) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut rest = d;
    while let Some(letter) = rest.chars().next() {
        let end = rest[1..]
            .find(['M', 'L', 'C', 'Z'])
            .map_or(rest.len(), |at| at + 1);
        let numbers: Vec<f64> = rest[1..end]
            .split(' ')
            .filter(|n| !n.is_empty())
            .map(str::parse)
            .collect::<Result<_, _>>()
            .ok()?;
        if numbers.iter().any(|number| !number.is_finite()) {
            return None;
        }
        segments.push(match (letter, &numbers[..]) {
            ('M', [x, y]) => Segment::Move([*x, *y]),
            ('L', [x, y]) => Segment::Line([*x, *y]),
            ('C', [a, b, c, d, e, f]) => Segment::Cubic([*a, *b, *c, *d, *e, *f]),
            ('Z', []) => Segment::Close,
            _ => return None,
        });
        rest = &rest[end..];
    }
    Some(segments)
}

/// Three decimals at most, no trailing zeros, no negative zero.
pub(crate) fn decimal(number: f64) -> String {
    let mut text = String::new();
    let _ = write!(text, "{number:.3}");
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    if trimmed == "-0" {
        "0".to_owned()
    } else {
        trimmed.to_owned()
    }
}

/// A full circle as four cubic arcs; `clockwise` chooses the direction.
pub(crate) fn circle(center: [f64; 2], radius: f64, clockwise: bool) -> Vec<Segment> {
    // The usual constant for a quarter circle by one cubic: error below 0.03 % of the radius.
    let k = radius * 0.552_284_75;
    let sign = if clockwise { 1.0 } else { -1.0 };
    let at = |x: f64, y: f64| [center[0] + x * sign, center[1] + y];
    let quarter = |a: [f64; 2], b: [f64; 2], end: [f64; 2]| {
        Segment::Cubic([a[0], a[1], b[0], b[1], end[0], end[1]])
    };
    vec![
        Segment::Move(at(0.0, -radius)),
        quarter(at(k, -radius), at(radius, -k), at(radius, 0.0)),
        quarter(at(radius, k), at(k, radius), at(0.0, radius)),
        quarter(at(-k, radius), at(-radius, k), at(-radius, 0.0)),
        quarter(at(-radius, -k), at(-k, -radius), at(0.0, -radius)),
        Segment::Close,
    ]
}

/// A five-pointed star, one point up.
pub(crate) fn star(center: [f64; 2], radius: f64) -> Vec<Segment> {
    // The inner corners of a regular pentagram lie at 1/φ² of the radius.
    let inner = radius * 0.381_966;
    let mut segments = Vec::with_capacity(11);
    for corner in 0..10 {
        let angle = std::f64::consts::PI * f64::from(corner) / 5.0;
        let reach = if corner % 2 == 0 { radius } else { inner };
        let point = [
            center[0] + reach * angle.sin(),
            center[1] - reach * angle.cos(),
        ];
        segments.push(if corner == 0 {
            Segment::Move(point)
        } else {
            Segment::Line(point)
        });
    }
    segments.push(Segment::Close);
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_data_reads_back_as_it_was_written() {
        let segments = [circle([20.0, 20.0], 19.5, true), star([20.0, 20.0], 7.0)].concat();
        let text = write(&segments);
        assert_eq!(write(&read(&text).unwrap()), text);
        assert!(text.starts_with("M20 0.5C"));
    }

    #[test]
    fn what_is_no_path_data_is_refused() {
        for text in [
            "M1", "M1 2L", "X", "M1 NaN", "M1 inf", "Mé 1", "C1 2 3", "Z1", "<script>",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
