//! Anti-aliased drawing in fractions of the canvas: (0,0) is the top left, (1,1) the bottom right.
//! Widths and radii are fractions of the shorter side, so one program draws at every size.

use image::RgbImage;
use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Paint, Path, PathBuilder, Pixmap, Point, Rect,
    SpreadMode, Stroke, Transform,
};

/// Side of the square pictures that the generator hands out, in pixels.
pub const SIZE: u32 = 192;

/// Red, green, blue.
pub type Colour = [u8; 3];

/// A point in fractions of the canvas.
pub type Dot = (f32, f32);

/// A picture being drawn.
pub struct Canvas {
    pixmap: Pixmap,
    /// Turn of everything that is drawn, in radians, about the middle of the canvas.
    tilt: f32,
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
        Canvas { pixmap, tilt }
    }

    /// A canvas that starts as a copy of a picture of any size above 0.
    pub fn over(picture: &RgbImage) -> Canvas {
        let mut pixmap = Pixmap::new(picture.width().max(1), picture.height().max(1)).expect("sides of at least 1");
        for (to, from) in pixmap.data_mut().chunks_exact_mut(4).zip(picture.as_raw().chunks_exact(3)) {
            to.copy_from_slice(&[from[0], from[1], from[2], 255]);
        }
        Canvas { pixmap, tilt: 0.0 }
    }

    /// The drawing as a plain picture.
    pub fn picture(&self) -> RgbImage {
        let mut picture = RgbImage::new(self.pixmap.width(), self.pixmap.height());
        for (to, from) in picture.chunks_exact_mut(3).zip(self.pixmap.data().chunks_exact(4)) {
            to.copy_from_slice(&from[..3]);
        }
        picture
    }

    /// Where a point lands on the canvas after the tilt.
    pub fn place(&self, (x, y): Dot) -> Dot {
        turn((x, y), self.tilt)
    }

    fn unit(&self) -> f32 {
        self.pixmap.width().min(self.pixmap.height()) as f32
    }

    fn pixel(&self, dot: Dot) -> (f32, f32) {
        let (x, y) = self.place(dot);
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

    /// A filled polygon.
    pub fn polygon(&mut self, dots: &[Dot], colour: Colour) {
        self.fill_path(self.path(dots, true), colour);
    }

    /// The outline of a polygon.
    pub fn outline(&mut self, dots: &[Dot], width: f32, colour: Colour) {
        self.stroke_path(self.path(dots, true), width, colour);
    }

    /// Straight pieces from point to point.
    pub fn lines(&mut self, dots: &[Dot], width: f32, colour: Colour) {
        self.stroke_path(self.path(dots, false), width, colour);
    }

    /// One straight line.
    pub fn line(&mut self, from: Dot, to: Dot, width: f32, colour: Colour) {
        self.lines(&[from, to], width, colour);
    }

    /// A filled box.
    pub fn rect(&mut self, x: f32, y: f32, w: f32, h: f32, colour: Colour) {
        self.polygon(&corners(x, y, w, h), colour);
    }

    /// A filled circle.
    pub fn disc(&mut self, centre: Dot, radius: f32, colour: Colour) {
        let (x, y) = self.pixel(centre);
        self.fill_path(PathBuilder::from_circle(x, y, radius * self.unit()), colour);
    }

    /// The outline of a circle.
    pub fn ring(&mut self, centre: Dot, radius: f32, width: f32, colour: Colour) {
        let (x, y) = self.pixel(centre);
        self.stroke_path(PathBuilder::from_circle(x, y, radius * self.unit()), width, colour);
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

/// An area of a picture as a new picture of `width` x `height`, by bilinear sampling (made for enlarging).
pub fn resample(picture: &RgbImage, [x, y, w, h]: [f32; 4], width: u32, height: u32) -> RgbImage {
    // For each target column (row): the two source columns (rows) and the weight of the second, of 256.
    let taps = |from: f32, length: f32, size: u32, target: u32| -> Vec<(usize, usize, u32)> {
        let last = size as f32 - 1.0;
        let tap = |i: u32| {
            let at = ((from + length * (i as f32 + 0.5) / target as f32) * size as f32 - 0.5).clamp(0.0, last);
            (at as usize, (at as usize + 1).min(size as usize - 1), (at.fract() * 256.0) as u32)
        };
        (0..target).map(tap).collect()
    };
    let (columns, rows) = (taps(x, w, picture.width(), width), taps(y, h, picture.height(), height));
    let (raw, stride) = (picture.as_raw(), picture.width() as usize * 3);
    let mut bytes = Vec::with_capacity(width as usize * height as usize * 3);
    for (top, bottom, down) in rows {
        let (top, bottom) = (&raw[top * stride..][..stride], &raw[bottom * stride..][..stride]);
        for (left, right, along) in &columns {
            for channel in 0..3 {
                let (l, r) = (left * 3 + channel, right * 3 + channel);
                let upper = u32::from(top[l]) * (256 - along) + u32::from(top[r]) * along;
                let lower = u32::from(bottom[l]) * (256 - along) + u32::from(bottom[r]) * along;
                bytes.push(((upper * (256 - down) + lower * down + 32768) >> 16) as u8);
            }
        }
    }
    RgbImage::from_raw(width, height, bytes).expect("three bytes a pixel")
}

/// Turns a point about the middle of the canvas by `angle` radians.
pub fn turn((x, y): Dot, angle: f32) -> Dot {
    if angle == 0.0 {
        return (x, y);
    }
    let (sin, cos) = angle.sin_cos();
    let (dx, dy) = (x - 0.5, y - 0.5);
    (0.5 + dx * cos - dy * sin, 0.5 + dx * sin + dy * cos)
}

/// The four corners of a box, clockwise from the top left.
pub fn corners(x: f32, y: f32, w: f32, h: f32) -> [Dot; 4] {
    [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
}

/// Each digit as one run of straight strokes in a box of 1 x 1.
const STROKES: [&[Dot]; 10] = [
    &[(0.3, 0.0), (0.7, 0.0), (1.0, 0.25), (1.0, 0.75), (0.7, 1.0), (0.3, 1.0), (0.0, 0.75), (0.0, 0.25), (0.3, 0.0)],
    &[(0.15, 0.25), (0.55, 0.0), (0.55, 1.0)],
    &[(0.0, 0.2), (0.3, 0.0), (0.75, 0.0), (1.0, 0.25), (0.85, 0.5), (0.0, 1.0), (1.0, 1.0)],
    &[(0.0, 0.1), (0.4, 0.0), (0.9, 0.12), (0.9, 0.35), (0.4, 0.48), (1.0, 0.62), (0.95, 0.9), (0.5, 1.0), (0.0, 0.9)],
    &[(0.75, 1.0), (0.75, 0.0), (0.0, 0.68), (1.0, 0.68)],
    &[(0.95, 0.0), (0.12, 0.0), (0.05, 0.45), (0.6, 0.38), (1.0, 0.6), (0.9, 0.9), (0.5, 1.0), (0.0, 0.9)],
    &[
        (0.85, 0.0),
        (0.3, 0.15),
        (0.0, 0.6),
        (0.15, 0.95),
        (0.6, 1.0),
        (1.0, 0.8),
        (0.9, 0.52),
        (0.5, 0.45),
        (0.05, 0.6),
    ],
    &[(0.0, 0.0), (1.0, 0.0), (0.35, 1.0)],
    &[
        (0.5, 0.47),
        (0.1, 0.3),
        (0.15, 0.05),
        (0.5, 0.0),
        (0.85, 0.05),
        (0.9, 0.3),
        (0.5, 0.47),
        (0.0, 0.72),
        (0.15, 0.97),
        (0.5, 1.0),
        (0.85, 0.97),
        (1.0, 0.72),
        (0.5, 0.47),
    ],
    &[
        (0.15, 1.0),
        (0.7, 0.85),
        (1.0, 0.4),
        (0.85, 0.05),
        (0.4, 0.0),
        (0.0, 0.2),
        (0.1, 0.48),
        (0.5, 0.55),
        (0.95, 0.4),
    ],
];
