//! One row: from the place in its table to its `properties`.

use super::cell::{Cell, push_ascii};
use super::clock::{Moment, Ticks};
use super::dice::{Dice, fingerprint};
use super::plan::Slice;
use super::quirk::{NON_ASCII, Quirk, UNKNOWN_COLUMN};
use super::scene::Scene;
use super::shape::{Kind, Shape};
use super::table::{TABLES, Topics};
use super::template::Form;
use super::world::World;

/// Makes the ordinary rows of slices. One of them serves one thread.
pub(super) struct RowMaker<'w> {
    world: &'w World,
    scene: Scene<'w>,
    columns: Vec<Vec<Cell>>,
    /// The row last made.
    pub(super) properties: Vec<u8>,
}

impl<'w> RowMaker<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        let columns = world.shapes.iter().map(Shape::blank).collect();
        Self { world, scene: world.scene(), columns, properties: Vec::new() }
    }

    /// Prepares for the rows of a slice. What they hold depends on the slice alone.
    pub(super) fn start(&mut self, slice: &Slice) {
        self.scene.dice = Dice::new(self.world.seed, &[3, slice.table as u64, slice.first]);
    }

    /// Makes the slice's row of an index into [`RowMaker::properties`]. A quirk that the table has no place for is
    /// taken back.
    pub(super) fn make(&mut self, slice: &Slice, index: u64, quirk: &mut Option<Quirk>) -> Moment {
        let shape = &self.world.shapes[slice.table];
        let table = &TABLES[slice.table];
        let ordinal = slice.first + index;
        let kind = &shape.kinds[self.scene.dice.weighted(&shape.weights)];
        let topic = self.topic(slice, ordinal);
        let Moment { at, received } = self.moment(slice, index, topic);
        let digits = if *quirk == Some(Quirk::FractionDigits) { Quirk::FractionDigits.form(ordinal) } else { 7 };
        self.scene.next_row();
        self.scene.at = at.cut(table.digits.min(digits));
        self.world.stage(&mut self.scene, kind);
        if !self.scene.device.is_windows() {
            self.scene.at = self.scene.at.cut(6);
        }
        if let Some(number) = topic {
            self.world.stage_topic(&mut self.scene, number);
        }
        for (cell, template) in self.columns[slice.table].iter_mut().zip(&kind.cells) {
            match template {
                Some(template) => template.render(&mut self.scene, &[], cell.renew()),
                None => cell.set(b"null"),
            }
        }
        if let Some(column) = shape.file_name {
            self.scene.file = fingerprint(self.columns[slice.table][column].bytes());
        }
        if let Some(bent) = *quirk
            && !self.bend(slice.table, kind, bent, ordinal)
        {
            *quirk = None;
        }
        self.render(slice.table, *quirk);
        Moment { at: self.scene.at, received }
    }

    fn render(&mut self, table: usize, quirk: Option<Quirk>) {
        self.properties.clear();
        self.world.shapes[table].row.render(&mut self.scene, &self.columns[table], &mut self.properties);
        match quirk {
            Some(Quirk::UnknownColumn) => {
                self.properties.pop();
                self.properties.extend_from_slice(UNKNOWN_COLUMN);
                self.properties.push(b'}');
            }
            Some(Quirk::EscapedNonAscii) => {
                let raw = std::mem::take(&mut self.properties);
                push_ascii(&mut self.properties, &raw);
            }
            _ => {}
        }
    }

    /// The number of the mail or alert that the row is about.
    fn topic(&mut self, slice: &Slice, ordinal: u64) -> Option<u64> {
        match TABLES[slice.table].topic {
            Topics::None => None,
            Topics::Mail { leads: true } | Topics::Alert { leads: true } => Some(ordinal),
            _ if slice.leaders.is_empty() => Some(u64::from(u32::MAX) + ordinal),
            _ => Some(slice.leaders.start + self.scene.dice.below(slice.leaders.end - slice.leaders.start)),
        }
    }

    /// When the row happened and was received. Receipts of a slice are spread evenly over its window; the event was
    /// seconds to minutes before, up to 28 hours for an alert. A mail and what is about it happen at one time.
    fn moment(&mut self, slice: &Slice, index: u64, topic: Option<u64>) -> Moment {
        let window = slice.window;
        let lag = Ticks(self.scene.dice.between(Ticks::SECOND.0, 437 * Ticks::SECOND.0));
        let Some(number) = topic else {
            let step = window.length.0 / i64::try_from(slice.rows).unwrap_or(i64::MAX).max(1);
            let start = i64::try_from(index).unwrap_or(0) * step;
            let received = window.start.plus(Ticks(start + self.scene.dice.between(0, step.max(1))));
            return Moment { at: received.minus(lag), received };
        };
        let mut dice = Dice::new(self.world.seed, &[4, number]);
        let point = window.start.plus(Ticks(dice.between(0, window.length.0)));
        match TABLES[slice.table].topic {
            Topics::Alert { .. } => {
                let late = [120, 400, 3_000, 20_000, 100_596][dice.skewed(5)];
                Moment { at: point.minus(Ticks::seconds(late + dice.between(0, 60))), received: point }
            }
            _ => {
                let last = window.end().minus(Ticks(1));
                Moment { at: point, received: point.plus(lag).min(last) }
            }
        }
    }

    /// Bends cells as a quirk wants them; says whether the table has what it takes.
    fn bend(&mut self, table: usize, kind: &Kind, quirk: Quirk, ordinal: u64) -> bool {
        let shape = &self.world.shapes[table];
        let guid = self.scene.dice.guid_text();
        match quirk {
            Quirk::FieldsOtherForm | Quirk::FieldsNothing => {
                let Some(column) = shape.fields else { return false };
                let cell = &mut self.columns[table][column];
                if quirk == Quirk::FieldsNothing {
                    let nothings: [&[u8]; 5] = [b"null", b"\"\"", b"\"{}\"", b"\"[]\"", b"{}"];
                    cell.set(nothings[quirk.form(ordinal) as usize % nothings.len()]);
                    return true;
                }
                let nothing = matches!(cell.bytes(), b"null" | b"\"\"");
                match &kind.cells[column] {
                    Some(template) if !nothing => {
                        let form = if template.form == Form::Json { Form::JsonText } else { Form::Json };
                        template.render_as(form, &mut self.scene, &[], cell.renew());
                    }
                    // Nothing has no other form: something takes its place.
                    _ if shape.forms[column] == Form::Json => cell.set(b"\"{\\\"Sample\\\":1}\""),
                    _ => cell.set(b"{\"Sample\":1}"),
                }
            }
            Quirk::MisfitBool if shape.has_actor => self.scene.actor.remote = Cell::text(guid),
            Quirk::MisfitLong if shape.has_actor => self.scene.actor.session = Cell::text(guid),
            Quirk::NumberAsText if shape.has_actor => self.scene.actor.id = Cell::text("0"),
            Quirk::MisfitBool | Quirk::MisfitLong | Quirk::NumberAsText => return false,
            Quirk::RawNonAscii | Quirk::EscapedNonAscii => {
                let Some(column) = shape.columns.iter().position(|name| *name == "ProcessCommandLine") else {
                    return false;
                };
                if self.columns[table][column] == Cell::null() {
                    return false;
                }
                self.columns[table][column].append(NON_ASCII);
            }
            Quirk::UnknownCategory => return TABLES[table].name == "DeviceEvents",
            _ => {}
        }
        true
    }
}
