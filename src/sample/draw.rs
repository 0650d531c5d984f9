//! What can be drawn anew for a row: numbers, hexadecimal digits, GUIDs, words.

use super::cell::push_text;
use super::dice::Dice;
use super::names::{CMDLET, DOCUMENT, SERVICE, WORD};
use super::process::process_id;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// One kind of draw, named in a template.
#[derive(Clone, Copy, Debug)]
pub(super) enum Draw {
    /// `n4`: a decimal number of so many digits.
    Digits(usize),
    /// `hex40`, `HEX8`: so many hexadecimal digits, lower or upper case.
    Hex(usize, bool),
    /// `guid`, `GUID`.
    Guid(bool),
    /// `port`: an ephemeral port.
    Port,
    /// `octet`: 1 to 254.
    Octet,
    /// `pid`: a process id.
    ProcessId,
    /// `doc`: a document's name without its ending.
    Document,
    /// `word`, `service`, `cmdlet`: one of a list.
    Word(&'static [&'static str]),
    /// `inventory.encoded`: a harmless script for `powershell -EncodedCommand`.
    Inventory,
}

impl Draw {
    /// The draw of a name; what follows a dot only tells one draw from another.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
        Some(match stem {
            "guid" => Self::Guid(false),
            "GUID" => Self::Guid(true),
            "port" => Self::Port,
            "octet" => Self::Octet,
            "pid" => Self::ProcessId,
            "doc" => Self::Document,
            "word" => Self::Word(WORD),
            "service" => Self::Word(SERVICE),
            "cmdlet" => Self::Word(CMDLET),
            "inventory" => Self::Inventory,
            _ => {
                let (letters, count) = stem.split_at(stem.find(|letter: char| letter.is_ascii_digit())?);
                let count = count.parse().ok()?;
                match letters {
                    "n" => Self::Digits(count),
                    "hex" => Self::Hex(count, false),
                    "HEX" => Self::Hex(count, true),
                    _ => return None,
                }
            }
        })
    }

    /// Appends one, as a JSON value.
    pub(super) fn write(self, dice: &mut Dice, out: &mut Vec<u8>) {
        match self {
            Self::Digits(count) => dice.digits(out, count),
            Self::Port => push_number(out, 49_152 + dice.below(16_384)),
            Self::Octet => push_number(out, 1 + dice.below(254)),
            Self::ProcessId => push_number(out, process_id(dice)),
            Self::Document => {
                let number = dice.below(4000);
                push_text(out, format!("{} {number}", DOCUMENT[dice.skewed(DOCUMENT.len())]).as_bytes());
            }
            Self::Word(words) => push_text(out, words[dice.skewed(words.len())].as_bytes()),
            Self::Inventory => {
                let class = ["ComputerSystem", "OperatingSystem", "LogicalDisk", "BIOS"][dice.skewed(4)];
                let depth = 2 + dice.below(4);
                push_text(
                    out,
                    encoded_command(&format!("Get-CimInstance Win32_{class} | ConvertTo-Json -Depth {depth}"))
                        .as_bytes(),
                );
            }
            Self::Hex(count, upper) => quoted(out, |out| dice.hex(out, count, upper)),
            Self::Guid(upper) => quoted(out, |out| dice.guid(out, upper)),
        }
    }
}

/// The draws that the compiled templates name. A row draws each at most once.
#[derive(Default)]
pub(super) struct Draws(Vec<(String, Draw)>);

impl Draws {
    /// The slot of a name, a new one if need be; nothing if the name is no draw's.
    pub(super) fn slot(&mut self, name: &str) -> Option<usize> {
        let known = self.0.iter().position(|(other, _)| other == name);
        known.or_else(|| {
            self.0.push((name.to_owned(), Draw::parse(name)?));
            Some(self.0.len() - 1)
        })
    }

    /// How many slots there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The draw of a slot.
    pub(super) fn at(&self, slot: usize) -> Draw {
        self.0[slot].1
    }
}

/// A script as `powershell.exe -EncodedCommand` takes it: base64 of UTF-16LE.
pub(super) fn encoded_command(script: &str) -> String {
    STANDARD.encode(script.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
}

fn push_number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(number.to_string().as_bytes());
}

fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}
