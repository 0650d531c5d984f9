//! What the products noticed, minutes or hours late.

use super::{CLOUD_IP, DROP_IP, DROP_NAME, Story};
use crate::sample::SampleError;
use crate::sample::cell::Cell;
use crate::sample::clock::Ticks;
use crate::sample::company::{DOMAIN, Device};
use crate::sample::program::Program;
use crate::sample::topic::{Alert, Topic};

const ENDPOINT: &str = "Microsoft Defender for Endpoint";
const OFFICE: &str = "Microsoft Defender for Office 365";
const CLOUD: &str = "Microsoft Cloud App Security";

static PHISH: Alert = Alert {
    title: "Email messages containing malicious URL removed after delivery",
    category: "InitialAccess",
    severity: "Informational",
    service: OFFICE,
    detection: OFFICE,
    techniques: "[\"Phishing (T1566)\",\"Spearphishing Link (T1566.002)\"]",
};
static POWERSHELL: Alert = Alert {
    title: "Suspicious PowerShell command line",
    category: "Execution",
    severity: "Medium",
    service: ENDPOINT,
    detection: "EDR",
    techniques: "[\"Command and Scripting Interpreter (T1059)\",\"PowerShell (T1059.001)\"]",
};
static CREDENTIALS: Alert = Alert {
    title: "Sensitive credential memory read",
    category: "CredentialAccess",
    severity: "High",
    service: ENDPOINT,
    detection: "EDR",
    techniques: "[\"OS Credential Dumping (T1003)\",\"LSASS Memory (T1003.001)\"]",
};
static MOVEMENT: Alert = Alert {
    title: "Suspicious remote activity with PsExec",
    category: "LateralMovement",
    severity: "Medium",
    service: ENDPOINT,
    detection: "EDR",
    techniques: "[\"Remote Services (T1021)\",\"SMB/Windows Admin Shares (T1021.002)\"]",
};
static UPLOAD: Alert = Alert {
    title: "Possible data exfiltration with a renamed sync tool",
    category: "Exfiltration",
    severity: "High",
    service: ENDPOINT,
    detection: "EDR",
    techniques: "[\"Exfiltration Over Web Service (T1567)\",\"Exfiltration to Cloud Storage (T1567.002)\"]",
};
static INBOX: Alert = Alert {
    title: "Suspicious inbox manipulation rule",
    category: "DefenseEvasion",
    severity: "High",
    service: CLOUD,
    detection: "Cloud App Security",
    techniques: "[\"Email Hiding Rules (T1564.008)\"]",
};

/// When something happened and how much later the alert came.
#[derive(Clone, Copy)]
struct When {
    at: Ticks,
    late: Ticks,
}

pub(super) fn tell(story: &mut Story<'_>) -> Result<(), SampleError> {
    let (victim, server) = (story.victim, story.server);
    let powershell = story.program("powershell.exe")?;
    let rundll = story.program("rundll32.exe")?;
    let psexec = story.program("PSEXESVC.exe")?;
    let sync = story.program("syncsvc.exe")?;

    let mail = [
        ("EntityType", Cell::text("MailMessage")),
        role("Related"),
        ("NetworkMessageId", story.scene.topic.id.clone()),
        ("EmailSubject", story.scene.topic.subject.clone()),
    ];
    let when = raise(story, &PHISH, 538.5, 1.0, &[])?;
    story.late_row("AlertEvidence", when.at, when.late, &mail)?;

    let when = raise(story, &POWERSHELL, 13.3, 4.0, &machine(victim))?;
    process(story, when, victim, powershell)?;
    let when = raise(story, &CREDENTIALS, 52.0, 3.0, &machine(victim))?;
    process(story, when, victim, rundll)?;
    let when = raise(story, &MOVEMENT, 80.0, 9.0, &machine(server))?;
    process(story, when, server, psexec)?;

    let when = raise(story, &UPLOAD, 250.0, 45.0, &machine(server))?;
    process(story, when, server, sync)?;
    address(story, when, DROP_IP, DROP_NAME)?;

    let when = raise(story, &INBOX, 183.0, 300.0, &[])?;
    address(story, when, CLOUD_IP, "")
}

/// An alert for what happened at a minute, received so many minutes later: its AlertInfo, and the evidence that all
/// alerts have, the machine (if there is one) and the user.
fn raise(
    story: &mut Story<'_>,
    alert: &'static Alert,
    minute: f64,
    late: f64,
    machine: &[(&str, Cell)],
) -> Result<When, SampleError> {
    let at = story.at(minute);
    let late = story.at(minute + late).minus(at);
    story.scene.topic = Topic { alert, ..Topic::draw(&mut story.scene.dice, 0, &[""], "") };
    let group: Vec<_> = machine.iter().filter(|(name, _)| *name == "MachineGroup").cloned().collect();
    story.late_row("AlertInfo", at, late, &group)?;
    if !machine.is_empty() {
        story.late_row("AlertEvidence", at, late, machine)?;
    }
    let account = &story.person.account;
    let user = [
        ("EntityType", Cell::text("User")),
        role("Impacted"),
        ("AccountName", account.name.clone()),
        ("AccountDomain", account.domain.clone()),
        ("AccountSid", account.sid.clone()),
        ("AccountObjectId", account.object_id.clone()),
        ("AccountUpn", account.upn.clone()),
    ];
    story.late_row("AlertEvidence", at, late, &user)?;
    Ok(When { at, late })
}

fn role(role: &str) -> (&'static str, Cell) {
    ("EvidenceRole", Cell::text(role))
}

fn machine(device: &Device) -> Vec<(&'static str, Cell)> {
    let host = &device.host;
    let fields =
        format!(r#"{{"$id":"1","HostName":"{host}","DnsDomain":"{DOMAIN}","LeadingHost":true,"Type":"host"}}"#);
    vec![
        ("EntityType", Cell::text("Machine")),
        role("Impacted"),
        ("DeviceId", device.id.clone()),
        ("DeviceName", device.name.clone()),
        ("LocalIP", device.ip.clone()),
        ("MachineGroup", device.group.clone()),
        ("AdditionalFields", Cell::text(fields)),
    ]
}

fn process(story: &mut Story<'_>, when: When, device: &Device, program: &Program) -> Result<(), SampleError> {
    let path = program.path.as_text();
    let folder = path.rsplit_once('\\').map_or("", |(folder, _)| folder);
    let columns = [
        ("EntityType", Cell::text("Process")),
        role("Related"),
        ("DeviceId", device.id.clone()),
        ("DeviceName", device.name.clone()),
        ("MachineGroup", device.group.clone()),
        ("FileName", program.file.clone()),
        ("FolderPath", Cell::text(folder)),
        ("FileSize", program.size.clone()),
        ("SHA1", program.hashes.sha1.clone()),
        ("SHA256", program.hashes.sha256.clone()),
    ];
    story.late_row("AlertEvidence", when.at, when.late, &columns)
}

fn address(story: &mut Story<'_>, when: When, ip: &str, name: &str) -> Result<(), SampleError> {
    let columns = [
        ("EntityType", Cell::text("Ip")),
        role("Related"),
        ("RemoteIP", Cell::text(ip)),
        ("RemoteUrl", if name.is_empty() { Cell::null() } else { Cell::text(name) }),
        ("AdditionalFields", Cell::text(format!(r#"{{"Address":"{ip}","Type":"ip","Role":1}}"#))),
    ];
    story.late_row("AlertEvidence", when.at, when.late, &columns)
}
