//! The seal that the tray shows, drawn for the size that is asked for.

/// The seal's red.
const RED: [u8; 3] = [0xC2, 0x1F, 0x30];
/// The dot on it when something stands in the way.
const AMBER: [u8; 3] = [0xF2, 0xA9, 0x00];

/// A round seal: a ring with a filled square in it, and a dot at the corner for attention. Alpha, red, green, blue for
/// each pixel, rows from the top.
pub fn seal(side: u16, attention: bool) -> Vec<u8> {
    let mut data = Vec::new();
    let unit = 1.0 / f64::from(side);
    for y in 0..side {
        for x in 0..side {
            let (x, y) = (
                (f64::from(x) + 0.5) * unit - 0.5,
                (f64::from(y) + 0.5) * unit - 0.5,
            );
            let from_middle = x.hypot(y);
            // How much of a pixel lies within a distance: a straight edge over one pixel's width.
            let within =
                |distance: f64, radius: f64| ((radius - distance) / unit + 0.5).clamp(0.0, 1.0);
            let ring = within(from_middle, 0.48) - within(from_middle, 0.38);
            let square = within(x.abs().max(y.abs()), 0.19);
            let dot = if attention {
                within((x - 0.3).hypot(y - 0.3), 0.2)
            } else {
                0.0
            };
            let red = ring.max(square);
            let mix =
                |of_red: u8, of_dot: u8| f64::from(of_red) * (1.0 - dot) + f64::from(of_dot) * dot;
            data.push((red.max(dot) * 255.0) as u8);
            data.extend((0..3).map(|channel| mix(RED[channel], AMBER[channel]) as u8));
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seal_is_round_and_its_dot_shows_that_something_stands_in_the_way() {
        let good = seal(16, false);
        assert_eq!(good.len(), 4 * 16 * 16);
        assert_eq!(good[0], 0, "the corner is clear");
        let middle = 4 * (8 * 16 + 8);
        assert_eq!(good[middle..middle + 4], [255, RED[0], RED[1], RED[2]]);
        let corner = 4 * (12 * 16 + 12);
        let dot = &seal(16, true)[corner..corner + 4];
        assert_eq!(dot, [255, AMBER[0], AMBER[1], AMBER[2]]);
    }
}
