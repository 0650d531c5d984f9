//! Charts as pictures: SVG, and PNG with a font of its own, since a server may have none.

use std::io::Write as _;
use std::sync::OnceLock;

use epaint_default_fonts::UBUNTU_LIGHT;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use plotters::drawing::IntoDrawingArea;
use plotters::prelude::{BitMapBackend, SVGBackend};
use plotters::style::{FontStyle, WHITE, register_font};

use super::model::Chart;
use super::paint::{self, Look, Trouble, font};

/// Pixels across.
const WIDTH: u32 = 960;
/// Pixels down, without title and legend.
const USUAL_HEIGHT: i32 = 480;
/// No picture is higher.
const HIGHEST: u32 = 8000;

fn look() -> Look {
    Look { letter: (8, 18), font: 16.0, stroke: 2, round: true, lying: false, grid: true, most_bars: 200 }
}

fn height(chart: &Chart) -> u32 {
    // Texts are measured with the font that they are drawn with.
    has_font();
    let height = paint::height(chart, &look(), WIDTH as i32, USUAL_HEIGHT);
    u32::try_from(height).unwrap_or(1).clamp(40, HIGHEST)
}

/// Pixels around what is drawn.
const MARGIN: u32 = 16;

/// Makes the font known to plotters, once; false if that failed.
fn has_font() -> bool {
    static DONE: OnceLock<bool> = OnceLock::new();
    *DONE.get_or_init(|| register_font(font(), FontStyle::Normal, UBUNTU_LIGHT).is_ok())
}

fn draw<DB: plotters::prelude::DrawingBackend>(backend: DB, chart: &Chart) -> Result<(), Trouble> {
    if !has_font() {
        return Err(Trouble("the font for charts cannot be read".to_owned()));
    }
    let trouble = |error: String| Trouble(error);
    let root = backend.into_drawing_area();
    root.fill(&WHITE).map_err(|error| trouble(error.to_string()))?;
    paint::paint(&root.margin(MARGIN, MARGIN, MARGIN, MARGIN), chart, &look())?;
    root.present().map_err(|error| trouble(error.to_string()))
}

/// The chart as an SVG document that needs nothing from outside.
///
/// # Errors
/// [`Trouble`], if plotters refuses; likely a defect.
pub(super) fn svg(chart: &Chart) -> Result<String, Trouble> {
    let mut text = String::new();
    draw(SVGBackend::with_string(&mut text, (WIDTH, height(chart) + 2 * MARGIN)), chart)?;
    Ok(text)
}

/// The chart as a PNG file.
///
/// # Errors
/// As for [`svg`].
pub(super) fn png(chart: &Chart) -> Result<Vec<u8>, Trouble> {
    let size = (WIDTH, height(chart) + 2 * MARGIN);
    let mut pixels = vec![0; size.0 as usize * size.1 as usize * 3];
    draw(BitMapBackend::with_buffer(&mut pixels, size), chart)?;
    encode(&pixels, size).map_err(|error| Trouble(error.to_string()))
}

/// Pixels of three bytes as PNG: a header, one compressed chunk, an end. Lines are not filtered: large faces of one colour pack well.
fn encode(pixels: &[u8], (width, height): (u32, u32)) -> std::io::Result<Vec<u8>> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    for line in pixels.chunks(width as usize * 3) {
        packed.write_all(&[0])?;
        packed.write_all(line)?;
    }
    // Eight bits a channel, three channels, no interlacing.
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(b"IHDR", &header, &mut file);
    chunk(b"IDAT", &packed.finish()?, &mut file);
    chunk(b"IEND", &[], &mut file);
    Ok(file)
}

fn chunk(kind: &[u8; 4], data: &[u8], file: &mut Vec<u8>) {
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(data);
    file.extend_from_slice(&u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    file.extend_from_slice(kind);
    file.extend_from_slice(data);
    file.extend_from_slice(&sum.sum().to_be_bytes());
}
