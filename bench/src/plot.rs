//! The plot of what verifying costs, as a table and a drawing for `docs/`.

use std::fmt::Write;
use std::io::Error;
use std::path::Path;

/// One measured file.
pub struct Point {
    pub signatures: usize,
    pub megabytes: usize,
    pub verify_seconds: f64,
    pub hash_seconds: f64,
}

/// Writes `verifying-cost.md` and `verifying-cost.svg`.
pub fn write(folder: &Path, points: &[Point], rounds: usize) -> Result<(), Error> {
    std::fs::write(folder.join("verifying-cost.md"), table(points, rounds))?;
    std::fs::write(folder.join("verifying-cost.svg"), drawing(points))
}

fn axes(points: &[Point]) -> (Vec<usize>, Vec<usize>) {
    let distinct = |of: fn(&Point) -> usize| {
        let mut values: Vec<usize> = points.iter().map(of).collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    (
        distinct(|point| point.signatures),
        distinct(|point| point.megabytes),
    )
}

fn at(points: &[Point], signatures: usize, megabytes: usize) -> Option<&Point> {
    points
        .iter()
        .find(|point| point.signatures == signatures && point.megabytes == megabytes)
}

fn table(points: &[Point], rounds: usize) -> String {
    let (signatures, sizes) = axes(points);
    let mut out = String::from(
        "# What verifying many signatures costs\n\n![Time over signatures and size](verifying-cost.svg)\n\n",
    );
    let _ = writeln!(
        out,
        "Written by `cargo xtask bench signatures --plot`: medians of {rounds} verifications in process of files with \
         RSA signatures over SHA-256, in milliseconds, and how many times one hash of the same file that is. \
         The file is read once for all its signatures; each further signature adds its own revision, not the file.\n"
    );
    let head: Vec<String> = signatures.iter().map(|count| format!("{count}")).collect();
    let _ = writeln!(out, "| MB \\ signatures | {} |", head.join(" | "));
    let _ = writeln!(out, "|---|{}", "---|".repeat(signatures.len()));
    for size in sizes {
        let cells: Vec<String> = signatures
            .iter()
            .map(|count| match at(points, *count, size) {
                Some(point) => format!(
                    "{:.1} ({:.2} ×)",
                    point.verify_seconds * 1000.0,
                    point.verify_seconds / point.hash_seconds
                ),
                None => "-".into(),
            })
            .collect();
        let _ = writeln!(out, "| {size} | {} |", cells.join(" | "));
    }
    out
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const MARGIN: f64 = 60.0;
const COLOURS: [&str; 6] = [
    "#b3261e", "#8a5a00", "#1b6e3c", "#1a4f9c", "#6a3d9a", "#444444",
];

/// Time (logarithmic) over signatures: a line for each size, dashed what one hash of the file takes.
fn drawing(points: &[Point]) -> String {
    let (signatures, sizes) = axes(points);
    let most = signatures.last().copied().unwrap_or(1) as f64;
    let seconds = points
        .iter()
        .flat_map(|point| [point.verify_seconds, point.hash_seconds]);
    let (low, high) = seconds.fold((f64::INFINITY, 0.0_f64), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let (low, high) = (low.log10().floor(), high.log10().ceil());
    let x = |count: usize| MARGIN + count as f64 / most * (WIDTH - 2.0 * MARGIN);
    let y = |value: f64| {
        HEIGHT - MARGIN - (value.log10() - low) / (high - low).max(1.0) * (HEIGHT - 2.0 * MARGIN)
    };
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    for decade in low as i32..=high as i32 {
        let value = 10f64.powi(decade);
        let _ = writeln!(
            out,
            "<path d=\"M{MARGIN} {0:.1}H{1:.1}\" stroke=\"#ddd\"/><text x=\"{2:.1}\" y=\"{3:.1}\" text-anchor=\"end\">{4} ms</text>",
            y(value),
            WIDTH - MARGIN,
            MARGIN - 6.0,
            y(value) + 4.0,
            value * 1000.0
        );
    }
    for count in &signatures {
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{count}</text>",
            x(*count),
            HEIGHT - MARGIN + 18.0
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">signatures</text>",
        WIDTH / 2.0,
        HEIGHT - 14.0
    );
    for (index, size) in sizes.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let line = |of: fn(&Point) -> f64| {
            let places = signatures
                .iter()
                .filter_map(|count| at(points, *count, *size))
                .map(|point| format!("{:.1},{:.1}", x(point.signatures), y(of(point))));
            places.collect::<Vec<_>>().join(" ")
        };
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n\
             <polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-dasharray=\"4 4\"/>",
            line(|point| point.verify_seconds),
            line(|point| point.hash_seconds)
        );
        if let Some(last) = signatures
            .last()
            .and_then(|count| at(points, *count, *size))
        {
            let _ = writeln!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{size} MB</text>",
                x(last.signatures) + 5.0,
                y(last.verify_seconds) + 4.0
            );
        }
    }
    let _ = writeln!(
        out,
        "<text x=\"{MARGIN}\" y=\"24\">verifying (line) and one hash of the file (dashed)</text>\n</svg>"
    );
    out
}
