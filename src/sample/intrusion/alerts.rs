//! What the products noticed, minutes or hours late.

use super::{CLOUD_IP, DROP_IP, DROP_NAME, Story};
use crate::sample::SampleError;
use crate::sample::cell::Cell;
use crate::sample::clock::Ticks;
use crate::sample::company::Device;
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

pub(super) fn tell(story: &mut Story<'_>) -> Result<(), SampleError> {
    let (victim, server) = (story.victim, story.server);
    let powershell = story.program("powershell.exe")?;
    let rundll = story.program("rundll32.exe")?;
    let psexec = story.program("PSEXESVC.exe")?;
    let sync = story.program("syncsvc.exe")?;

    let mail_id = Cell::text(story.facts.network_message_id.clone());
    let subject = story.scene.topic.subject.clone();
    raise(story, &PHISH, 538.5, 5.0, Vec::new(), |story, at| {
        let mail =
            [("EntityType", Cell::text("MailMessage")), ("NetworkMessageId", mail_id), ("EmailSubject", subject)];
        story.row("AlertEvidence", at, &[mail.as_slice(), &[role("Related")]].concat())
    })?;
    raise(story, &POWERSHELL, 13.3, 4.0, machine(victim), |story, at| process(story, at, victim, powershell))?;
    raise(story, &CREDENTIALS, 52.0, 3.0, machine(victim), |story, at| process(story, at, victim, rundll))?;
    raise(story, &MOVEMENT, 80.0, 9.0, machine(server), |story, at| process(story, at, server, psexec))?;
    raise(story, &UPLOAD, 250.0, 45.0, machine(server), |story, at| {
        process(story, at, server, sync)?;
        let ip = [
            ("EntityType", Cell::text("Ip")),
            ("RemoteIP", Cell::text(DROP_IP)),
            ("RemoteUrl", Cell::text(DROP_NAME)),
            ("AdditionalFields", Cell::json_text(format!("{{\"Address\":\"{DROP_IP}\",\"Type\":\"ip\",\"Role\":1}}"))),
        ];
        story.row("AlertEvidence", at, &[ip.as_slice(), &[role("Related")]].concat())
    })?;
    raise(story, &INBOX, 183.0, 300.0, Vec::new(), |story, at| {
        let ip = [("EntityType", Cell::text("Ip")), ("RemoteIP", Cell::text(CLOUD_IP)), role("Related")];
        story.row("AlertEvidence", at, &ip)
    })
}

/// An alert for what happened at a minute, received so many minutes later: its AlertInfo, the evidence common to all
/// alerts (the user and, if given, the machine), then what `more` adds.
fn raise<'w>(
    story: &mut Story<'w>,
    alert: &'static Alert,
    minute: f64,
    late: f64,
    machine: Vec<(&'static str, Cell)>,
    more: impl FnOnce(&mut Story<'w>, Ticks) -> Result<(), SampleError>,
) -> Result<(), SampleError> {
    let at = story.at(minute);
    let late = story.at(minute + late).minus(at);
    story.scene.topic = Topic { alert, ..Topic::draw(&mut story.scene.dice, 0, &[""], "") };
    let group = machine.iter().find(|(name, _)| *name == "MachineGroup").cloned();
    story.late_row("AlertInfo", at, late, &group.into_iter().collect::<Vec<_>>())?;
    if !machine.is_empty() {
        story.late_row("AlertEvidence", at, late, &machine)?;
    }
    let person = story.person;
    let user = [
        ("EntityType", Cell::text("User")),
        role("Impacted"),
        ("AccountName", person.account.name.clone()),
        ("AccountDomain", Cell::text("larkspur")),
        ("AccountSid", person.account.sid.clone()),
        ("AccountObjectId", person.account.object_id.clone()),
        ("AccountUpn", person.account.upn.clone()),
    ];
    story.late_row("AlertEvidence", at, late, &user)?;
    more(story, at)
}

fn role(role: &str) -> (&'static str, Cell) {
    ("EvidenceRole", Cell::text(role))
}

fn machine(device: &Device) -> Vec<(&'static str, Cell)> {
    let fields = format!(
        r#"{{"$id":"1","HostName":"{}","DnsDomain":"larkspur.example","LeadingHost":true,"Type":"host"}}"#,
        device.host
    );
    vec![
        ("EntityType", Cell::text("Machine")),
        role("Impacted"),
        ("DeviceId", device.id.clone()),
        ("DeviceName", device.name.clone()),
        ("LocalIP", device.ip.clone()),
        ("MachineGroup", device.group.clone()),
        ("AdditionalFields", Cell::json_text(fields)),
    ]
}

fn process<'w>(story: &mut Story<'w>, at: Ticks, device: &'w Device, program: &'w Program) -> Result<(), SampleError> {
    let folder = serde_json::from_slice::<String>(program.path.bytes()).unwrap_or_default();
    let folder = folder.rsplit_once('\\').map_or(String::new(), |(folder, _)| folder.to_owned());
    story.row(
        "AlertEvidence",
        at,
        &[
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
        ],
    )
}
