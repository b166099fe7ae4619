//! 手绘签名: strokes of a pen as vectors, each filled to the pen's width.

use crate::SealDrawing;
use crate::path::{Segment, circle};

/// Most strokes of a signature.
const MAX_STROKES: usize = 200;
/// Most points of all strokes, as they come and as they are kept.
const MAX_POINTS: usize = 8000;
/// Half the pen's width in millimetres.
const RADIUS: f64 = 0.35;
/// Points that lie this close to the line between their neighbours are left out, in millimetres.
const TOLERANCE: f64 = 0.04;
/// Blue-black, so that a copy in black shows as one.
const INK: [u8; 3] = [0x10, 0x20, 0x60];

/// Why strokes are no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrokesError {
    /// Nothing was drawn.
    #[error("nothing was drawn")]
    Empty,
    /// More strokes or points than a signature has.
    #[error("a signature has at most {MAX_STROKES} strokes and {MAX_POINTS} points")]
    TooMany,
    /// A side that no signature has, or a point outside.
    #[error("a signature is 10 to 90 mm wide and 5 to 60 mm high, and all of it lies inside")]
    Size,
}

/// Draws strokes; points are millimetres from the top left corner.
///
/// # Errors
/// [`StrokesError`].
pub fn strokes(
    strokes: &[Vec<[f64; 2]>],
    width_mm: u32,
    height_mm: u32,
) -> Result<SealDrawing, StrokesError> {
    if !(10..=90).contains(&width_mm) || !(5..=60).contains(&height_mm) {
        return Err(StrokesError::Size);
    }
    let points: usize = strokes.iter().map(Vec::len).sum();
    if points == 0 {
        return Err(StrokesError::Empty);
    }
    if strokes.len() > MAX_STROKES || points > MAX_POINTS {
        return Err(StrokesError::TooMany);
    }
    let (width, height) = (f64::from(width_mm), f64::from(height_mm));
    let inside = |[x, y]: &[f64; 2]| {
        (RADIUS..=width - RADIUS).contains(x) && (RADIUS..=height - RADIUS).contains(y)
    };
    if !strokes.iter().flatten().all(inside) {
        return Err(StrokesError::Size);
    }
    let mut shapes = Vec::new();
    for stroke in strokes {
        let line = simplified(stroke, TOLERANCE);
        // A round end at each point, and a bar between two: filled one by one, so that none cuts into another.
        shapes.extend(line.iter().map(|point| circle(*point, RADIUS, true)));
        shapes.extend(line.windows(2).filter_map(|pair| bar(pair[0], pair[1])));
    }
    Ok(SealDrawing::new(width, height, &shapes).with_ink(INK))
}

fn bar(from: [f64; 2], to: [f64; 2]) -> Option<Vec<Segment>> {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let long = dx.hypot(dy);
    if long < 1e-6 {
        return None;
    }
    let (nx, ny) = (-dy / long * RADIUS, dx / long * RADIUS);
    Some(vec![
        Segment::Move([from[0] + nx, from[1] + ny]),
        Segment::Line([to[0] + nx, to[1] + ny]),
        Segment::Line([to[0] - nx, to[1] - ny]),
        Segment::Line([from[0] - nx, from[1] - ny]),
        Segment::Close,
    ])
}

/// Ramer–Douglas–Peucker: both ends stay, and what lies further from the line than the tolerance.
pub(crate) fn simplified(line: &[[f64; 2]], tolerance: f64) -> Vec<[f64; 2]> {
    if line.len() < 3 {
        return line.to_vec();
    }
    let mut keep = vec![false; line.len()];
    keep[0] = true;
    keep[line.len() - 1] = true;
    let mut open = vec![(0, line.len() - 1)];
    while let Some((first, last)) = open.pop() {
        let farthest = (first + 1..last)
            .map(|at| (at, distance(line[at], line[first], line[last])))
            .max_by(|one, other| one.1.total_cmp(&other.1));
        if let Some((at, far)) = farthest
            && far > tolerance
        {
            keep[at] = true;
            open.push((first, at));
            open.push((at, last));
        }
    }
    line.iter()
        .zip(keep)
        .filter_map(|(point, keep)| keep.then_some(*point))
        .collect()
}

fn distance(point: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let (px, py) = (point[0] - from[0], point[1] - from[1]);
    let long = dx.hypot(dy);
    if long < 1e-9 {
        return px.hypot(py);
    }
    ((dx * py - dy * px) / long).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_drawn_and_what_is_none_is_refused() {
        let drawn = strokes(
            &[
                vec![[5.0, 5.0], [20.0, 12.0], [35.0, 6.0]],
                vec![[10.0, 15.0]],
            ],
            40,
            20,
        );
        let drawing = drawn.unwrap();
        assert!(drawing.svg().contains("#102060"));
        assert_eq!(SealDrawing::from_json(&drawing.to_json()), Some(drawing));
        assert_eq!(strokes(&[], 40, 20), Err(StrokesError::Empty));
        assert_eq!(
            strokes(&[vec![[41.0, 5.0]]], 40, 20),
            Err(StrokesError::Size)
        );
        assert_eq!(
            strokes(&[vec![[f64::NAN, 5.0]]], 40, 20),
            Err(StrokesError::Size)
        );
        assert_eq!(
            strokes(&[vec![[5.0, 5.0]; MAX_POINTS + 1]], 40, 20),
            Err(StrokesError::TooMany)
        );
    }

    #[test]
    fn points_on_a_line_are_left_out() {
        let line: Vec<[f64; 2]> = (0..100).map(|at| [f64::from(at), 1.0]).collect();
        assert_eq!(simplified(&line, 0.01), [[0.0, 1.0], [99.0, 1.0]]);
    }
}
