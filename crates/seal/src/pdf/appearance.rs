//! What widgets show: form XObjects with the seal's picture, whole or in part, turned as the page wants it.

use std::collections::HashMap;

use super::object::{Dictionary, Object, Reference};
use super::pages::{self, Rect};
use super::placement::Part;
use super::writer::Writer;
use crate::VectorPicture;

/// Form XObjects: one for each part and turn of the picture, whose drawing is written once.
pub(super) struct Appearances<'p> {
    picture: &'p VectorPicture,
    /// With a single widget the drawing is its appearance.
    single: bool,
    drawing: Option<Reference>,
    made: HashMap<([u64; 4], u16), Reference>,
}

impl<'p> Appearances<'p> {
    pub fn new(picture: &'p VectorPicture, single: bool) -> Self {
        Self {
            picture,
            single,
            drawing: None,
            made: HashMap::new(),
        }
    }

    pub fn of(&mut self, writer: &mut Writer<'_, '_, '_>, part: Part, rotation: u16) -> Reference {
        let key = [part.left, part.top, part.right, part.bottom].map(f64::to_bits);
        if let Some(known) = self.made.get(&(key, rotation)) {
            return *known;
        }
        let (width, height) = (
            self.picture.width_mm * pages::POINTS_PER_MM,
            self.picture.height_mm * pages::POINTS_PER_MM,
        );
        // The part is counted from the top, the picture's own space from the bottom.
        let shown = Rect::new(
            part.left * width,
            (1.0 - part.bottom) * height,
            part.right * width,
            (1.0 - part.top) * height,
        );
        let reference;
        if self.single {
            reference = writer.new_number();
            let dictionary = form_x_object(&shown, rotation, Dictionary::default());
            writer.stream(reference, dictionary, &self.picture.content);
        } else {
            let drawing = *self.drawing.get_or_insert_with(|| {
                let drawing = writer.new_number();
                let whole = Rect::new(0.0, 0.0, width, height);
                let dictionary = form_x_object(&whole, 0, Dictionary::default());
                writer.stream(drawing, dictionary, &self.picture.content);
                drawing
            });
            reference = writer.new_number();
            let (mut named, mut resources) = (Dictionary::default(), Dictionary::default());
            named.set("S", Object::Reference(drawing));
            resources.set("XObject", Object::Dictionary(named));
            writer.stream(
                reference,
                form_x_object(&shown, rotation, resources),
                b"/S Do",
            );
        }
        self.made.insert((key, rotation), reference);
        reference
    }
}

fn form_x_object(shown: &Rect, rotation: u16, resources: Dictionary) -> Dictionary {
    // The page turns clockwise for display, so the picture is turned back; the viewer fits the turned
    // box into the widget's rectangle (§12.5.5, algorithm of appearance streams).
    let matrix: [i64; 6] = match rotation {
        90 => [0, 1, -1, 0, 0, 0],
        180 => [-1, 0, 0, -1, 0, 0],
        270 => [0, -1, 1, 0, 0, 0],
        _ => [1, 0, 0, 1, 0, 0],
    };
    let mut dictionary = Dictionary::default();
    dictionary.set("Type", Object::name("XObject"));
    dictionary.set("Subtype", Object::name("Form"));
    dictionary.set("FormType", Object::Integer(1));
    let corners = [shown.x0, shown.y0, shown.x1, shown.y1];
    dictionary.set("BBox", Object::Array(corners.map(Object::Real).to_vec()));
    dictionary.set(
        "Matrix",
        Object::Array(matrix.map(Object::Integer).to_vec()),
    );
    dictionary.set("Resources", Object::Dictionary(resources));
    dictionary
}
