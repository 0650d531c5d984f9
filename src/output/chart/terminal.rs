//! Charts in a terminal: each character is two by four dots of braille.
//!
//! Series are told apart by colour; without colours each of several has a letter of its own, where dots would all be alike.

use std::convert::Infallible;

use plotters::drawing::IntoDrawingArea;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};
use unicode_width::UnicodeWidthChar;

use super::kind::Kind;
use super::model::Chart;
use super::paint::{self, Look, MARK, PALETTE, Trouble};

/// Dots of a character, across and down.
const CELL: (i32, i32) = (2, 4);
/// Lines of a usual chart, without its title and legend.
const USUAL_LINES: i32 = 18;
/// No chart is drawn on fewer columns.
const NARROWEST: usize = 24;
/// Bars that lie, one a line: about as many as a screen has.
const MOST_BARS: usize = 40;
/// Letters of series where there are no colours.
const LETTERS: [char; 20] =
    ['*', 'o', '+', 'x', '#', '@', '%', '&', '=', '~', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
/// Colours of series by ECMA-48, the ones that are readable on light and dark first.
const COLORS: [u8; 20] = [36, 33, 32, 31, 35, 34, 96, 93, 92, 91, 95, 94, 36, 33, 32, 31, 35, 34, 96, 93];
/// Ends a colour.
const RESET: &str = "\x1b[0m";
/// A marked value.
const MARKED: char = '◆';

/// The look of a terminal.
fn look() -> Look {
    Look { letter: CELL, font: 4.0, stroke: 1, round: false, lying: true, grid: false, most_bars: MOST_BARS }
}

/// The chart as lines of text, in at most `width` columns.
///
/// # Errors
/// [`Trouble`], if there are too few columns.
pub(super) fn draw(chart: &Chart, width: usize, color: bool) -> Result<String, Trouble> {
    if width < NARROWEST {
        return Err(Trouble(format!("a chart needs {NARROWEST} columns")));
    }
    let (look, across) = (look(), i32::try_from(width).unwrap_or(1000).min(400) * CELL.0);
    let height = paint::height(chart, &look, across, USUAL_LINES * CELL.1);
    let lines = usize::try_from(height / CELL.1).unwrap_or(1).max(1);
    let mut canvas = Canvas::new(width.min(400), lines);
    paint::paint(&(&mut canvas).into_drawing_area(), chart, &look)?;
    // The bars of a pie have their names beside them.
    Ok(canvas.text(color, chart.series.len() > 1 && chart.kind != Kind::Pie))
}

/// What a character shows.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    /// Braille dots.
    dots: u8,
    letter: Option<char>,
    /// The right half of a wide letter.
    covered: bool,
    paint: Paint,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Paint {
    #[default]
    Ink,
    Series(usize),
    Mark,
}

impl Paint {
    fn of(color: BackendColor) -> Self {
        let is = |known: &plotters::style::RGBColor| (known.0, known.1, known.2) == color.rgb;
        match PALETTE.iter().position(is) {
            Some(series) => Self::Series(series),
            None if is(&MARK) => Self::Mark,
            None => Self::Ink,
        }
    }

    fn code(self) -> Option<u8> {
        match self {
            Self::Ink => None,
            Self::Series(series) => Some(COLORS[series % COLORS.len()]),
            Self::Mark => Some(91),
        }
    }
}

/// A field of characters.
struct Canvas {
    width: usize,
    cells: Vec<Cell>,
}

impl Canvas {
    fn new(width: usize, lines: usize) -> Self {
        Self { width, cells: vec![Cell::default(); width * lines] }
    }

    /// The character that holds a dot.
    fn cell(&mut self, (x, y): BackendCoord) -> Option<&mut Cell> {
        let (across, down) = (usize::try_from(x.div_euclid(CELL.0)).ok()?, usize::try_from(y.div_euclid(CELL.1)).ok()?);
        let place = (across < self.width).then(|| down.checked_mul(self.width)?.checked_add(across))??;
        self.cells.get_mut(place)
    }

    fn dot(&mut self, (x, y): BackendCoord, color: BackendColor) {
        const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        if let Some(cell) = self.cell((x, y)) {
            cell.dots |= DOTS[y.rem_euclid(CELL.1) as usize][x.rem_euclid(CELL.0) as usize];
            cell.paint = Paint::of(color);
        }
    }

    /// All lines; `letters` if several series must be told apart without colour.
    fn text(&self, color: bool, several: bool) -> String {
        let mut text = String::new();
        for line in self.cells.chunks(self.width.max(1)) {
            let end = line.iter().rposition(|cell| cell.dots != 0 || cell.letter.is_some()).map_or(0, |last| last + 1);
            let mut painted = Paint::Ink;
            for cell in line[..end].iter().filter(|cell| !cell.covered) {
                if color && cell.paint != painted {
                    text.push_str(&cell.paint.code().map_or_else(|| RESET.to_owned(), |code| format!("\x1b[{code}m")));
                    painted = cell.paint;
                }
                text.push(sign(cell, !color && several));
            }
            if painted != Paint::Ink {
                text.push_str(RESET);
            }
            text.push('\n');
        }
        text
    }
}

/// What a character shows.
fn sign(cell: &Cell, letters: bool) -> char {
    match (cell.letter, cell.paint) {
        (Some(letter), _) => letter,
        (None, _) if cell.dots == 0 => ' ',
        (None, Paint::Mark) => MARKED,
        (None, Paint::Series(series)) if letters => LETTERS[series % LETTERS.len()],
        _ => char::from_u32(0x2800 + u32::from(cell.dots)).unwrap_or(' '),
    }
}

type Done = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for &mut Canvas {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let lines = self.cells.len() / self.width.max(1);
        let pixels = |count: usize, each: i32| u32::try_from(count * each.unsigned_abs() as usize).unwrap_or(u32::MAX);
        (pixels(self.width, CELL.0), pixels(lines, CELL.1))
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Done {
        if color.alpha > 0.0 {
            self.dot(point, color);
        }
        Ok(())
    }

    /// Bresenham's line; the library's has soft edges, which dots cannot show.
    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Done {
        let (across, down) = ((to.0 - from.0).abs(), -(to.1 - from.1).abs());
        let step = ((to.0 - from.0).signum(), (to.1 - from.1).signum());
        let (mut at, mut error) = (from, across + down);
        loop {
            self.dot(at, style.color());
            if at == to {
                return Ok(());
            }
            let twice = 2 * error;
            if twice >= down {
                error += down;
                at.0 += step.0;
            }
            if twice <= across {
                error += across;
                at.1 += step.1;
            }
        }
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, _fill: bool) -> Done {
        for y in from.1..=to.1 {
            for x in from.0..=to.0 {
                self.dot((x, y), style.color());
            }
        }
        Ok(())
    }

    /// A circle is a dot.
    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, _: u32, style: &S, _fill: bool) -> Done {
        self.dot(center, style.color());
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Done {
        let wide = text.chars().map(columns).sum::<i32>() * CELL.0;
        let anchor = style.anchor();
        let left = match anchor.h_pos {
            HPos::Left => x,
            HPos::Center => x - wide / 2,
            HPos::Right => x - wide,
        };
        let top = match anchor.v_pos {
            VPos::Top | VPos::Center => y,
            VPos::Bottom => y - CELL.1,
        };
        let (mut at, paint) = (left.div_euclid(CELL.0) * CELL.0, Paint::of(style.color()));
        for letter in text.chars() {
            let columns = columns(letter);
            for (place, covered) in (0..columns).zip([false, true]) {
                if let Some(cell) = self.cell((at + place * CELL.0, top)) {
                    *cell = Cell { dots: 0, letter: Some(letter), covered, paint };
                }
            }
            at += columns * CELL.0;
        }
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        _: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let wide = text.chars().map(columns).sum::<i32>() * CELL.0;
        Ok((wide.unsigned_abs(), CELL.1.unsigned_abs()))
    }
}

/// The columns of a letter. Marks that stand over others have none, and are not shown.
fn columns(letter: char) -> i32 {
    i32::try_from(letter.width().unwrap_or(0)).unwrap_or(1)
}
