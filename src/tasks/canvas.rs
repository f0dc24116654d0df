//! Anti-aliased drawing in fractions of the canvas: (0,0) is the top left, (1,1) the bottom right.
//! Widths and radii are fractions of the shorter side, so one program draws at every size.

use std::sync::Arc;

use ab_glyph::{Font as _, FontVec, OutlineCurve};
use image::RgbImage;
use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Paint, Path, PathBuilder, Pixmap, Point, Rect,
    SpreadMode, Stroke, Transform,
};

use super::digits::STROKES;
use super::lens::{View, tooth};
pub use super::plane::{Colour, Dot, corners, mixed, resample, turn};
use super::touch::{Fill, Touch};

/// Side of the square pictures that the generator hands out, in pixels.
pub const SIZE: u32 = 192;

/// A picture being drawn.
pub struct Canvas {
    pixmap: Pixmap,
    /// The empty sheet, where the touch lets it show through.
    sheet: Option<Pixmap>,
    /// What the sheet looks like on the whole.
    ground: Colour,
    /// Turn of everything that is drawn, in radians, about the middle of the canvas.
    tilt: f32,
    touch: Touch,
    /// Where the camera puts what is drawn.
    view: View,
    font: Option<Arc<FontVec>>,
}

fn paint(colour: Colour) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(colour[0], colour[1], colour[2], 255);
    paint
}

impl Canvas {
    /// A square canvas of `SIZE` pixels in one colour; what follows is turned by `tilt` radians.
    pub fn new(background: Colour, tilt: f32) -> Canvas {
        let mut pixmap = Pixmap::new(SIZE, SIZE).expect("SIZE is not 0");
        pixmap.fill(Color::from_rgba8(background[0], background[1], background[2], 255));
        Canvas {
            pixmap,
            sheet: None,
            ground: background,
            tilt,
            touch: Touch::default(),
            view: View::default(),
            font: None,
        }
    }

    /// From here on everything is drawn with this touch, and seen where the view puts it.
    pub fn take_up(&mut self, touch: Touch, view: View, font: Option<Arc<FontVec>>) {
        self.sheet = (touch.grain > 0.0).then(|| self.pixmap.clone());
        (self.touch, self.view, self.font) = (touch, view, font);
    }

    /// A canvas that starts as a copy of a picture of any size above 0.
    pub fn over(picture: &RgbImage) -> Canvas {
        let mut pixmap = Pixmap::new(picture.width().max(1), picture.height().max(1)).expect("sides of at least 1");
        for (to, from) in pixmap.data_mut().chunks_exact_mut(4).zip(picture.as_raw().chunks_exact(3)) {
            to.copy_from_slice(&[from[0], from[1], from[2], 255]);
        }
        Canvas {
            pixmap,
            sheet: None,
            ground: [255; 3],
            tilt: 0.0,
            touch: Touch::default(),
            view: View::default(),
            font: None,
        }
    }

    /// The drawing as a plain picture.
    pub fn picture(&self) -> RgbImage {
        let mut picture = RgbImage::new(self.pixmap.width(), self.pixmap.height());
        for (to, from) in picture.chunks_exact_mut(3).zip(self.pixmap.data().chunks_exact(4)) {
            to.copy_from_slice(&from[..3]);
        }
        if let Some(sheet) = &self.sheet {
            let (width, seed) = (self.pixmap.width(), self.touch.seed);
            let pixels = picture.chunks_exact_mut(3).zip(sheet.data().chunks_exact(4));
            for (i, (drawn, bare)) in (0u32..).zip(pixels) {
                if drawn == &bare[..3] {
                    continue;
                }
                let covers = tooth(i % width, i / width, seed, 1.0 - self.touch.grain);
                for (drawn, bare) in drawn.iter_mut().zip(bare) {
                    *drawn = (f32::from(*bare) + (f32::from(*drawn) - f32::from(*bare)) * covers) as u8;
                }
            }
        }
        picture
    }

    /// Where a point is seen: after the tilt, and through the camera.
    pub fn place(&self, dot: Dot) -> Dot {
        self.view.project(turn(dot, self.tilt))
    }

    fn unit(&self) -> f32 {
        self.pixmap.width().min(self.pixmap.height()) as f32
    }

    fn pixel(&self, dot: Dot) -> (f32, f32) {
        let (x, y) = turn(dot, self.tilt);
        (x * self.pixmap.width() as f32, y * self.pixmap.height() as f32)
    }

    fn path(&self, dots: &[Dot], closed: bool) -> Option<Path> {
        let mut builder = PathBuilder::new();
        for (i, dot) in dots.iter().enumerate() {
            let (x, y) = self.pixel(*dot);
            if i == 0 { builder.move_to(x, y) } else { builder.line_to(x, y) }
        }
        if closed {
            builder.close();
        }
        builder.finish()
    }

    fn fill_path(&mut self, path: Option<Path>, colour: Colour) {
        if let Some(path) = path {
            self.pixmap.fill_path(&path, &paint(colour), FillRule::Winding, Transform::identity(), None);
        }
    }

    fn stroke_path(&mut self, path: Option<Path>, width: f32, colour: Colour) {
        if let Some(path) = path {
            let stroke = Stroke {
                width: width * self.unit(),
                line_cap: LineCap::Round,
                line_join: LineJoin::Round,
                ..Stroke::default()
            };
            self.pixmap.stroke_path(&path, &paint(colour), &stroke, Transform::identity(), None);
        }
    }

    /// Fills the whole canvas with a soft change from one colour to another, left top to right bottom.
    pub fn wash(&mut self, from: Colour, to: Colour) {
        let (w, h) = (self.pixmap.width() as f32, self.pixmap.height() as f32);
        let stop = |at, c: Colour| GradientStop::new(at, Color::from_rgba8(c[0], c[1], c[2], 255));
        let shader = LinearGradient::new(
            Point::from_xy(0.0, 0.0),
            Point::from_xy(w, h),
            vec![stop(0.0, from), stop(1.0, to)],
            SpreadMode::Pad,
            Transform::identity(),
        );
        if let (Some(shader), Some(all)) = (shader, Rect::from_xywh(0.0, 0.0, w, h)) {
            let paint = Paint { shader, ..Paint::default() };
            self.pixmap.fill_rect(all, &paint, Transform::identity(), None);
        }
    }

    /// A filled polygon, as the touch fills it.
    pub fn polygon(&mut self, dots: &[Dot], colour: Colour) {
        let fill = self.touch.fill_of(dots);
        self.filled(dots, colour, fill);
    }

    fn filled(&mut self, dots: &[Dot], colour: Colour, fill: Fill) {
        let joined = Touch { gap: 0.0, ..self.touch };
        let outline = joined.strokes(dots, true).swap_remove(0);
        match fill {
            Fill::Solid => return self.fill_path(self.path(&outline, true), colour),
            Fill::Tinted(share) => self.fill_path(self.path(&outline, true), mixed(self.ground, colour, share)),
            Fill::Hatched { angle, pitch } => {
                for [from, to] in self.touch.hatching(dots, angle, pitch) {
                    self.stroke_path(self.path(&[from, to], false), self.touch.stroke * 0.8, colour);
                }
            }
            Fill::Outlined => {}
        }
        self.outline(dots, self.touch.stroke, colour);
    }

    /// A large ground, such as a floor: never hatched, and pale where the touch doesn't fill.
    pub fn area(&mut self, dots: &[Dot], colour: Colour) {
        let colour = if self.touch.fill == Fill::Solid { colour } else { mixed(self.ground, colour, 0.3) };
        self.fill_path(self.path(dots, true), colour);
    }

    /// The outline of a polygon.
    pub fn outline(&mut self, dots: &[Dot], width: f32, colour: Colour) {
        for stroke in self.touch.strokes(dots, true) {
            // An untouched outline is one closed path, so that its corners are joined.
            let closed = stroke.len() == dots.len() + 1;
            let stroke = if closed { &stroke[..dots.len()] } else { &stroke[..] };
            self.stroke_path(self.path(stroke, closed), width, colour);
        }
    }

    /// Straight pieces from point to point.
    pub fn lines(&mut self, dots: &[Dot], width: f32, colour: Colour) {
        for stroke in self.touch.strokes(dots, false) {
            self.stroke_path(self.path(&stroke, false), width, colour);
        }
    }

    /// One straight line.
    pub fn line(&mut self, from: Dot, to: Dot, width: f32, colour: Colour) {
        self.lines(&[from, to], width, colour);
    }

    /// A line of short strokes.
    pub fn dashes(&mut self, from: Dot, to: Dot, width: f32, colour: Colour) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let n = (dx.hypot(dy) / 0.035).ceil().max(1.0);
        for i in 0..n as usize {
            let at = |t: f32| (from.0 + dx * t / n, from.1 + dy * t / n);
            self.stroke_path(self.path(&[at(i as f32), at(i as f32 + 0.5)], false), width, colour);
        }
    }

    /// A filled box.
    pub fn rect(&mut self, x: f32, y: f32, w: f32, h: f32, colour: Colour) {
        self.polygon(&corners(x, y, w, h), colour);
    }

    /// A filled circle, as the touch fills it.
    pub fn disc(&mut self, centre: Dot, radius: f32, colour: Colour) {
        if self.touch.wobble == 0.0 && self.touch.fill == Fill::Solid {
            let (x, y) = self.pixel(centre);
            return self.fill_path(PathBuilder::from_circle(x, y, radius * self.unit()), colour);
        }
        let dots = self.touch.circle(centre, radius);
        let fill = self.touch.fill_of(&dots);
        self.filled(&dots, colour, fill);
    }

    /// A round piece of the ground over what was drawn.
    pub fn hole(&mut self, centre: Dot, radius: f32) {
        let (x, y) = self.pixel(centre);
        self.fill_path(PathBuilder::from_circle(x, y, radius * self.unit()), self.ground);
    }

    /// The outline of a circle.
    pub fn ring(&mut self, centre: Dot, radius: f32, width: f32, colour: Colour) {
        if self.touch.wobble == 0.0 {
            let (x, y) = self.pixel(centre);
            return self.stroke_path(PathBuilder::from_circle(x, y, radius * self.unit()), width, colour);
        }
        let dots = self.touch.circle(centre, radius);
        self.outline(&dots, width, colour);
    }

    /// Words in the sheet's font, their middle at `centre`, capitals `height` high. Without a font nothing is
    /// written but numbers, in plain strokes.
    pub fn text(&mut self, words: &str, centre: Dot, height: f32, colour: Colour) {
        let Some(font) = self.font.clone() else {
            if let Ok(value) = words.parse() {
                self.number(value, centre, height, 0.2 * height, colour);
            }
            return;
        };
        let tall = font.outline(font.glyph_id('H')).map_or(1.0, |outline| outline.bounds.height().abs().max(1.0));
        let scale = height / tall;
        let width: f32 = words.chars().map(|c| font.h_advance_unscaled(font.glyph_id(c)) * scale).sum();
        let mut builder = PathBuilder::new();
        let mut left = centre.0 - width / 2.0;
        let base = centre.1 + height / 2.0;
        for c in words.chars() {
            let glyph = font.glyph_id(c);
            let put = |p: ab_glyph::Point| self.pixel((left + p.x * scale, base - p.y * scale));
            trace(&mut builder, font.outline(glyph).map_or(Vec::new(), |outline| outline.curves), put);
            left += font.h_advance_unscaled(glyph) * scale;
        }
        self.fill_path(builder.finish(), colour);
    }

    /// A whole number in plain strokes, its middle at `centre`, `height` high.
    pub fn number(&mut self, value: u32, centre: Dot, height: f32, width: f32, colour: Colour) {
        let digits = value.to_string();
        let step = height * 0.8;
        let left = centre.0 - step * (digits.len() as f32 - 1.0) / 2.0;
        for (i, digit) in digits.bytes().enumerate() {
            let dots: Vec<Dot> = STROKES[(digit - b'0') as usize]
                .iter()
                .map(|(x, y)| (left + step * i as f32 + (x - 0.5) * height * 0.55, centre.1 + (y - 0.5) * height))
                .collect();
            self.lines(&dots, width, colour);
        }
    }
}

/// Adds a glyph's curves to a path.
fn trace(builder: &mut PathBuilder, curves: Vec<OutlineCurve>, put: impl Fn(ab_glyph::Point) -> (f32, f32)) {
    let mut pen = None;
    for curve in curves {
        let (from, to) = match &curve {
            OutlineCurve::Line(from, to) | OutlineCurve::Quad(from, _, to) | OutlineCurve::Cubic(from, _, _, to) => {
                (*from, *to)
            }
        };
        if pen != Some(from) {
            let (x, y) = put(from);
            builder.move_to(x, y);
        }
        let (x, y) = put(to);
        match curve {
            OutlineCurve::Line(..) => builder.line_to(x, y),
            OutlineCurve::Quad(_, c, _) => {
                let (cx, cy) = put(c);
                builder.quad_to(cx, cy, x, y);
            }
            OutlineCurve::Cubic(_, c, d, _) => {
                let ((cx, cy), (dx, dy)) = (put(c), put(d));
                builder.cubic_to(cx, cy, dx, dy, x, y);
            }
        }
        pen = Some(to);
    }
}
