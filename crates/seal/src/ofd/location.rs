//! Paths inside a package (ST_Loc, GB/T 33190-2016 §7.3): from the root with a leading slash, else from the
//! folder of the file that names them.

/// The entry that `location` names when it stands in the file `base`; `None` where it leads out of the package
/// or is no path.
#[must_use]
pub fn resolve(base: &str, location: &str) -> Option<String> {
    let location = location.trim();
    if location.is_empty() || location.contains(['\\', ':', '\0']) {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    let relative = match location.strip_prefix('/') {
        Some(rest) => rest,
        None => {
            parts.extend(base.split('/'));
            parts.pop();
            location
        }
    };
    for part in relative.split('/') {
        match part {
            "" => return None,
            "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/")).filter(|path| !path.is_empty())
}

/// `0 0 210 297`: four numbers (ST_Box), of which the last two are a size above zero.
#[must_use]
pub fn rectangle(text: &str) -> Option<[f64; 4]> {
    let numbers: Vec<f64> = text
        .split_ascii_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let numbers: [f64; 4] = numbers.try_into().ok()?;
    let sane = numbers
        .iter()
        .all(|number| number.is_finite() && number.abs() <= 1e6);
    (sane && numbers[2] > 0.0 && numbers[3] > 0.0).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_from_the_root_or_from_its_file() {
        let base = "Doc_0/Signs/Signatures.xml";
        for (location, path) in [
            ("/OFD.xml", Some("OFD.xml")),
            (
                "Sign_0/Signature.xml",
                Some("Doc_0/Signs/Sign_0/Signature.xml"),
            ),
            ("./../Document.xml", Some("Doc_0/Document.xml")),
            ("../../../x", None),
            ("/../x", None),
            ("a//b", None),
            ("a\\b", None),
            ("file:///etc/passwd", None),
            ("", None),
        ] {
            assert_eq!(resolve(base, location).as_deref(), path, "{location}");
        }
    }

    #[test]
    fn a_rectangle_has_four_numbers_and_a_size() {
        assert_eq!(rectangle(" 1 2.5 3 4"), Some([1.0, 2.5, 3.0, 4.0]));
        for text in [
            "1 2 3",
            "1 2 0 4",
            "1 2 3 -4",
            "a b c d",
            "1 2 3 inf",
            "1 2 3 4 5",
            "1 2 3 NaN",
        ] {
            assert_eq!(rectangle(text), None, "{text}");
        }
    }
}
