//! From a place on the page as people see it to the page's own coordinates (ISO 32000-2 §8.3.2, §14.11.2).

/// Points to a millimetre.
const POINTS: f64 = 72.0 / 25.4;
/// A millimetre value that a page rounded may reach over the edge by this much, in points.
const TOLERANCE: f64 = 0.05;

/// A page's visible box and its rotation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageGeometry {
    /// Page number, from 1.
    pub number: u32,
    /// The crop box within the media box, in user space points: left, bottom, right, top.
    pub visible: [f64; 4],
    /// How far the page is turned clockwise for display: 0, 90, 180 or 270 degrees.
    pub rotation: u16,
}

/// A seal was placed beyond the edge of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the seal lies outside the page")]
pub struct SealOutsidePage;

impl PageGeometry {
    /// Width as displayed, in points.
    pub fn width_pt(&self) -> f64 {
        if self.is_turned() {
            self.visible[3] - self.visible[1]
        } else {
            self.visible[2] - self.visible[0]
        }
    }

    /// Height as displayed, in points.
    pub fn height_pt(&self) -> f64 {
        if self.is_turned() {
            self.visible[2] - self.visible[0]
        } else {
            self.visible[3] - self.visible[1]
        }
    }

    /// The rectangle in user space (left, bottom, right, top) of a box whose top left corner lies `x_mm`,
    /// `y_mm` from the top left corner of the page as displayed.
    pub fn rect(
        &self,
        x_mm: f64,
        y_mm: f64,
        width_mm: f64,
        height_mm: f64,
    ) -> Result<[f64; 4], SealOutsidePage> {
        let [x, y, w, h] = [x_mm, y_mm, width_mm, height_mm].map(|mm| mm * POINTS);
        let fits = |from: f64, length: f64, limit: f64| {
            from.is_finite() && from >= -TOLERANCE && from + length <= limit + TOLERANCE
        };
        if !fits(x, w, self.width_pt()) || !fits(y, h, self.height_pt()) {
            return Err(SealOutsidePage);
        }
        let [left, bottom, right, top] = self.visible;
        Ok(match self.rotation {
            90 => [left + y, bottom + x, left + y + h, bottom + x + w],
            180 => [right - x - w, bottom + y, right - x, bottom + y + h],
            270 => [right - y - h, top - x - w, right - y, top - x],
            _ => [left + x, top - y - h, left + x + w, top - y],
        })
    }

    fn is_turned(&self) -> bool {
        matches!(self.rotation, 90 | 270)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rotation: u16) -> PageGeometry {
        PageGeometry {
            number: 1,
            visible: [10.0, 20.0, 10.0 + 200.0, 20.0 + 400.0],
            rotation,
        }
    }

    #[test]
    fn a_corner_of_the_displayed_page_is_the_right_corner_of_user_space() {
        let mm = 25.4 / 72.0;
        // One point by two, ten points from the top left corner as displayed.
        let rect = |rotation| {
            page(rotation)
                .rect(10.0 * mm, 10.0 * mm, mm, 2.0 * mm)
                .unwrap()
                .map(f64::round)
        };
        assert_eq!(rect(0), [20.0, 408.0, 21.0, 410.0]);
        // Turned clockwise by 90°, the page's lower left corner shows at the top left.
        assert_eq!(rect(90), [20.0, 30.0, 22.0, 31.0]);
        assert_eq!(rect(180), [199.0, 30.0, 200.0, 32.0]);
        assert_eq!(rect(270), [198.0, 409.0, 200.0, 410.0]);
    }

    #[test]
    fn a_seal_beyond_the_edge_is_refused() {
        for (x, y) in [
            (-1.0, 0.0),
            (0.0, -1.0),
            (40.0, 0.0),
            (0.0, 120.0),
            (f64::NAN, 0.0),
            (f64::INFINITY, 0.0),
        ] {
            assert_eq!(
                page(0).rect(x, y, 40.0, 40.0),
                Err(SealOutsidePage),
                "{x} {y}"
            );
        }
        assert!(page(90).rect(100.0, 30.0, 40.0, 40.0).is_ok());
    }
}
