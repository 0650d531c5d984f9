//! What rows of several tables are about together: a mail, or an alert.
//!
//! Mail number 17 has the same `NetworkMessageId`, sender and recipient in EmailEvents, EmailUrlInfo and
//! UrlClickEvents, and alert number 3 the same `AlertId` and title in AlertInfo and AlertEvidence, so that joins find
//! each other.

use super::cell::Cell;
use super::dice::Dice;

/// A mail or an alert.
#[derive(Clone)]
pub(super) struct Topic {
    pub(super) number: Cell,
    /// `NetworkMessageId`.
    pub(super) id: Cell,
    pub(super) internet_id: Cell,
    pub(super) subject: Cell,
    pub(super) cluster: Cell,
    pub(super) size: Cell,
    /// The part of `ReportId` that all rows of the mail share.
    pub(super) report: Cell,
    pub(super) alert_id: Cell,
    pub(super) alert: &'static Alert,
}

/// What every alert of one kind says.
pub(super) struct Alert {
    pub(super) title: &'static str,
    pub(super) category: &'static str,
    pub(super) severity: &'static str,
    pub(super) service: &'static str,
    pub(super) detection: &'static str,
    /// JSON text, or nothing.
    pub(super) techniques: &'static str,
}

impl Topic {
    /// Draws a mail and an alert; a row tells of one of them.
    pub(super) fn draw(dice: &mut Dice, number: u64, subjects: &[&str], domain: &str) -> Self {
        let id = dice.guid_text();
        Self {
            number: Cell::json(number),
            internet_id: Cell::text(format!("<{}@mail.{domain}>", dice.guid_text())),
            subject: Cell::text(format!("{} {}", subjects[dice.skewed(subjects.len())], number % 997)),
            cluster: Cell::json(dice.below(4_000_000_000)),
            size: Cell::json(9_000 + dice.below(400_000)),
            report: Cell::text(format!("{id}-{}", dice.digits_text(19))),
            id: Cell::text(id),
            alert_id: Cell::text(format!("da{}_{}", dice.digits_text(18), dice.between(-2_000_000_000, 2_000_000_000))),
            alert: &ALERTS[dice.skewed(ALERTS.len())],
        }
    }
}

impl Default for Topic {
    fn default() -> Self {
        Self::draw(&mut Dice::new(0, &[]), 0, &[""], super::company::DOMAIN)
    }
}

const ENDPOINT: &str = "Microsoft Defender for Endpoint";
const OFFICE: &str = "Microsoft Defender for Office 365";
const IDENTITY: &str = "AAD Identity Protection";

const fn alert(
    title: &'static str,
    category: &'static str,
    severity: &'static str,
    service: &'static str,
    detection: &'static str,
    techniques: &'static str,
) -> Alert {
    Alert { title, category, severity, service, detection, techniques }
}

/// Alerts of no importance; one title begins like JSON and is none.
static ALERTS: &[Alert] = &[
    alert("'Lodi' unwanted software was prevented", "DefenseEvasion", "Informational", ENDPOINT, "Antivirus", ""),
    alert("Email reported by user as junk", "InitialAccess", "Low", OFFICE, OFFICE, "[\"Phishing (T1566)\"]"),
    alert("Atypical travel", "InitialAccess", "Low", IDENTITY, IDENTITY, ""),
    alert("[SOC][MDE] User bypassed a SmartScreen warning", "InitialAccess", "Low", ENDPOINT, "Custom detection", ""),
    alert(
        "Unfamiliar sign-in properties",
        "InitialAccess",
        "Medium",
        IDENTITY,
        IDENTITY,
        "[\"Valid Accounts (T1078)\"]",
    ),
];
