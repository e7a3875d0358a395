//! A picture in memory, with the few strokes that charts need. Lengths are in points: two pixels each, so that pictures
//! are crisp on dense screens and in print.

use super::PictureError;
use crate::palette::{Color, PAPER};
use plotters::{
    backend::BitMapBackend,
    coord::Shift,
    drawing::{DrawingArea, IntoDrawingArea},
    element::{Circle, PathElement, Polygon, Rectangle},
    style::{
        Color as _, FontStyle, IntoFont, RGBColor, ShapeStyle, TextStyle, register_font,
        text_anchor::{HPos, Pos, VPos},
    },
};
use std::{fs::File, io::BufWriter, path::Path};

/// Pixels a point.
const SCALE: f64 = 2.0;

/// The font lies in the program, because a bare machine has none, and a picture should look the same everywhere.
/// It is DejaVu Sans, cut down to Latin, Greek, arrows and signs; its licence lies beside it.
static FONT: &[u8] = include_bytes!("../../assets/DejaVuSans.ttf");
const FAMILY: &str = "whitewater";

/// Where a text lies relative to its point: `(x, y)` is its left, centre or right edge, vertically always its middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Center,
    Right,
}

/// The forms of points, told apart without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    Dot,
    Triangle,
    Square,
    Diamond,
}

impl Marker {
    /// The marker of a function, by its position among the functions.
    pub fn of(position: usize) -> Marker {
        [Marker::Dot, Marker::Triangle, Marker::Square, Marker::Diamond][position % 4]
    }
}

/// A picture being drawn.
pub struct Canvas<'a> {
    area: DrawingArea<BitMapBackend<'a>, Shift>,
}

type Drawn = Result<(), PictureError>;

/// Draws a picture of `width` × `height` points and writes it to `path` as a PNG.
pub fn paint(path: &Path, width: u32, height: u32, draw: impl FnOnce(&Canvas) -> Drawn) -> Drawn {
    register_font(FAMILY, FontStyle::Normal, FONT)
        .map_err(|_| PictureError::Draw("the embedded font cannot be read".into()))?;
    let (width, height) = (width * SCALE as u32, height * SCALE as u32);
    let mut pixels = vec![0; width as usize * height as usize * 3];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        area.fill(&rgb(PAPER)).map_err(PictureError::draw)?;
        let canvas = Canvas { area };
        draw(&canvas)?;
        canvas.area.present().map_err(PictureError::draw)?;
    }
    encode(path, width, height, &pixels).map_err(|source| PictureError::Write { path: path.to_owned(), source })
}

fn encode(path: &Path, width: u32, height: u32, pixels: &[u8]) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()
}

fn rgb(color: Color) -> RGBColor {
    RGBColor(color.0, color.1, color.2)
}

fn px(value: f64) -> i32 {
    (value * SCALE).round() as i32
}

fn at(x: f64, y: f64) -> (i32, i32) {
    (px(x), px(y))
}

fn fill(color: Color, alpha: f64) -> ShapeStyle {
    rgb(color).mix(alpha).filled()
}

fn stroke(color: Color, width: f64) -> ShapeStyle {
    rgb(color).stroke_width(px(width).max(1) as u32)
}

impl Canvas<'_> {
    /// A filled rectangle, at least half a point wide, so that even the shortest thing is seen.
    pub fn rect(&self, (left, top): (f64, f64), (right, bottom): (f64, f64), color: Color, alpha: f64) -> Drawn {
        let (left, top, right, bottom) = (px(left), px(top), px(right), px(bottom));
        // The backend fills up to the last pixel, which it leaves out.
        let shape = Rectangle::new([(left, top), (right.max(left + 1), bottom.max(top + 1))], fill(color, alpha));
        self.area.draw(&shape).map_err(PictureError::draw)
    }

    /// The edge of a rectangle.
    pub fn frame(&self, (left, top): (f64, f64), (right, bottom): (f64, f64), color: Color, width: f64) -> Drawn {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        self.line(&corners, color, width)
    }

    /// A broken line through points.
    pub fn line(&self, points: &[(f64, f64)], color: Color, width: f64) -> Drawn {
        let points: Vec<_> = points.iter().map(|&(x, y)| at(x, y)).collect();
        self.area.draw(&PathElement::new(points, stroke(color, width))).map_err(PictureError::draw)
    }

    /// A broken line through points, in dashes of the first length with gaps of the second.
    pub fn dashes(&self, points: &[(f64, f64)], (on, off): (f64, f64), color: Color, width: f64) -> Drawn {
        let (mut dash, mut rest, mut is_on) = (points.first().copied().into_iter().collect::<Vec<_>>(), on, true);
        for pair in points.windows(2) {
            let (mut from, to) = (pair[0], pair[1]);
            loop {
                let length = (to.0 - from.0).hypot(to.1 - from.1);
                if length < rest {
                    rest -= length;
                    dash.push(to);
                    break;
                }
                let part = rest / length;
                from = (from.0 + part * (to.0 - from.0), from.1 + part * (to.1 - from.1));
                dash.push(from);
                if is_on {
                    self.line(&dash, color, width)?;
                }
                (dash, is_on) = (vec![from], !is_on);
                rest = if is_on { on } else { off };
            }
        }
        if is_on && dash.len() > 1 { self.line(&dash, color, width) } else { Ok(()) }
    }

    /// A filled shape.
    pub fn polygon(&self, points: &[(f64, f64)], color: Color, alpha: f64) -> Drawn {
        let points: Vec<_> = points.iter().map(|&(x, y)| at(x, y)).collect();
        self.area.draw(&Polygon::new(points, fill(color, alpha))).map_err(PictureError::draw)
    }

    /// Diagonal stripes over a rectangle.
    pub fn hatch(&self, (left, top): (f64, f64), (right, bottom): (f64, f64), color: Color) -> Drawn {
        let height = bottom - top;
        let mut x = left - height;
        while x < right {
            // From the lower edge at x to the upper edge at x + height, cut at the sides.
            let (from, to) = (x.max(left), (x + height).min(right));
            if to > from {
                self.line(&[(from, bottom - (from - x)), (to, bottom - (to - x))], color, 1.5)?;
            }
            x += 5.0;
        }
        Ok(())
    }

    /// A point of a scatter.
    pub fn marker(&self, marker: Marker, x: f64, y: f64, radius: f64, color: Color, alpha: f64) -> Drawn {
        let r = radius;
        match marker {
            Marker::Dot => {
                let circle = Circle::new(at(x, y), px(r).max(1), fill(color, alpha));
                self.area.draw(&circle).map_err(PictureError::draw)
            }
            Marker::Triangle => {
                let points = [(x, y - 1.2 * r), (x + 1.1 * r, y + 0.9 * r), (x - 1.1 * r, y + 0.9 * r)];
                self.polygon(&points, color, alpha)
            }
            Marker::Square => self.rect((x - 0.9 * r, y - 0.9 * r), (x + 0.9 * r, y + 0.9 * r), color, alpha),
            Marker::Diamond => {
                let r = 1.25 * r;
                self.polygon(&[(x, y - r), (x + r, y), (x, y + r), (x - r, y)], color, alpha)
            }
        }
    }

    /// A line of text of this size.
    pub fn text(&self, text: &str, (x, y): (f64, f64), size: f64, color: Color, align: Align) -> Drawn {
        let color = rgb(color);
        let style = text_style(size).color(&color);
        let (width, _) = self.area.estimate_text_size(text, &style).map_err(PictureError::draw)?;
        let left = match align {
            Align::Left => px(x),
            Align::Center => px(x) - width as i32 / 2,
            Align::Right => px(x) - width as i32,
        };
        // The backend puts the baseline half a size below this; capitals of this font are 0.62 sizes high.
        let top = px(y - size * 0.19);
        self.area.draw_text(text, &style, (left, top)).map_err(PictureError::draw)
    }

    /// The width of a text.
    pub fn text_width(&self, text: &str, size: f64) -> f64 {
        self.area.estimate_text_size(text, &text_style(size)).map_or(0.0, |(width, _)| f64::from(width) / SCALE)
    }

    /// As much of a text as fits, with an ellipsis, or nothing if not even a few letters do.
    pub fn fitting(&self, text: &str, size: f64, width: f64) -> Option<String> {
        if self.text_width(text, size) <= width {
            return Some(text.to_owned());
        }
        // A letter of this font is rarely narrower than a third of its size.
        let most = ((width / size * 3.0).max(0.0) as usize).min(text.chars().count());
        (4..most).rev().map(|length| crate::text::clip(text, length)).find(|text| self.text_width(text, size) <= width)
    }
}

fn text_style(size: f64) -> TextStyle<'static> {
    TextStyle::from((FAMILY, size * SCALE).into_font()).pos(Pos::new(HPos::Left, VPos::Top))
}
