//! From the workstation to the servers, with an administrator's credentials.

use super::delivery::connection;
use super::{NEW_ACCOUNT, Story};
use crate::sample::SampleError;
use crate::sample::cell::Cell;
use crate::sample::clock::Ticks;
use crate::sample::company::Device;
use crate::sample::process::{Level, Process};

/// Ends with a shell on the file server.
pub(super) fn tell<'w>(story: &mut Story<'w>, intruder: &Process<'w>) -> Result<Process<'w>, SampleError> {
    let shell = psexec(story, intruder)?;
    wmi(story, intruder)?;
    remote_desktop(story, intruder)?;
    new_account(story, &shell)?;
    Ok(shell)
}

/// A logon of the administrator on a server, from the victim's device.
fn logon<'w>(
    story: &mut Story<'w>,
    device: &'w Device,
    kind: &str,
    success: bool,
    at: Ticks,
) -> Result<(), SampleError> {
    let (victim, admin) = (story.victim, story.admin);
    let lsass = story.running("lsass.exe", device, None)?;
    story.on(device, &lsass);
    let port = story.scene.dice.between(49_152, 65_000);
    let number = story.scene.dice.digits_text(9);
    story.row(
        "DeviceLogonEvents",
        at,
        &[
            ("ActionType", Cell::text(if success { "LogonSuccess" } else { "LogonFailed" })),
            ("LogonType", Cell::text(kind)),
            ("AccountName", admin.account.name.clone()),
            ("AccountDomain", Cell::text("larkspur")),
            ("AccountSid", if success { admin.account.sid.clone() } else { Cell::null() }),
            ("RemoteIP", victim.ip.clone()),
            ("RemoteDeviceName", victim.short.clone()),
            ("RemotePort", Cell::json(port)),
            ("RemoteIPType", Cell::text("Private")),
            ("Protocol", Cell::text("NTLM")),
            ("FailureReason", if success { Cell::null() } else { Cell::text("InvalidUserNameOrPassword") }),
            ("IsLocalAdmin", if success { Cell::json(true) } else { Cell::null() }),
            ("LogonId", if success { Cell::json(number) } else { Cell::null() }),
            ("AdditionalFields", Cell::text(r#"{"IsLocalLogon":false}"#)),
        ],
    )
}

/// The same as the domain controller saw it.
fn validation(story: &mut Story<'_>, device: &Device, at: Ticks) -> Result<(), SampleError> {
    let (victim, admin, controller) = (story.victim, story.admin, story.scene.controller);
    let fields = format!(
        concat!(
            r#"{{"Count":"1","FROM.DEVICE":"{}","TO.DEVICE":"SRV-DC01","TARGET_OBJECT.DEVICE":"{}","#,
            r#""ACTOR.ACCOUNT":"Jun Tanaka (admin)"}}"#
        ),
        victim.host.to_uppercase(),
        device.host.to_uppercase()
    );
    let columns = [
        ("Application", Cell::text("Active Directory")),
        ("ActionType", Cell::text("LogonSuccess")),
        ("LogonType", Cell::text("Credentials validation")),
        ("Protocol", Cell::text("Ntlm")),
        ("AccountDisplayName", admin.display.clone()),
        ("AccountUpn", admin.account.upn.clone()),
        ("AccountName", admin.account.name.clone()),
        ("AccountSid", admin.account.sid.clone()),
        ("AccountObjectId", admin.account.object_id.clone()),
        ("IPAddress", victim.ip.clone()),
        ("DeviceName", victim.name.clone()),
        ("DestinationDeviceName", controller.name.clone()),
        ("TargetDeviceName", device.name.clone()),
        ("UncommonForUser", Cell::json(r#"["DeviceName"]"#)),
        ("LastSeenForUser", Cell::json(r#"{"DeviceName":-1}"#)),
        ("AdditionalFields", Cell::json(fields)),
    ];
    story.row("IdentityLogonEvents", at, &columns)
}

fn psexec<'w>(story: &mut Story<'w>, intruder: &Process<'w>) -> Result<Process<'w>, SampleError> {
    let (victim, server) = (story.victim, story.server);
    let time = story.at(80.0);
    story.step(time, "T1021.002", "PsExec, under another name, starts a shell on srv-file01 as adm-jtanaka");
    let command =
        "C:\\Users\\Public\\ps64.exe -accepteula \\\\srv-file01 -u LARKSPUR\\adm-jtanaka -p ******** -s cmd.exe";
    let tool = story.start(victim, intruder, "ps64.exe", command, time, |_| {})?;
    story.on(victim, &tool);
    let smb = connection("", &server.address, 445, &mut story.scene.dice);
    story.row("DeviceNetworkEvents", time.plus(Ticks(3_000_000)), &smb)?;
    logon(story, server, "Network", true, time.plus(Ticks(4_000_000)))?;
    validation(story, server, time.plus(Ticks(4_000_000)))?;
    let kernel = story.running("ntoskrnl.exe", server, None)?;
    story.on(server, &kernel);
    story.file("psexesvc.exe");
    story.row(
        "DeviceFileEvents",
        time.plus(Ticks(6_000_000)),
        &[
            ("ActionType", Cell::text("FileCreated")),
            ("FileName", Cell::text("PSEXESVC.exe")),
            ("FolderPath", Cell::text("C:\\Windows\\PSEXESVC.exe")),
            ("RequestProtocol", Cell::text("Smb")),
            ("ShareName", Cell::text("ADMIN$")),
            ("RequestSourceIP", victim.ip.clone()),
            ("RequestSourcePort", Cell::json(50_112)),
            ("AdditionalFields", Cell::text(r#"{"FileType":"PortableExecutable"}"#)),
        ],
    )?;
    let services = story.running("services.exe", server, None)?;
    story.on(server, &services);
    story.row(
        "DeviceRegistryEvents",
        time.plus(Ticks(7_000_000)),
        &[
            ("ActionType", Cell::text("RegistryValueSet")),
            ("RegistryKey", Cell::text("HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\PSEXESVC")),
            ("RegistryValueName", Cell::text("ImagePath")),
            ("RegistryValueType", Cell::text("ExpandString")),
            ("RegistryValueData", Cell::text("%SystemRoot%\\PSEXESVC.exe")),
        ],
    )?;
    let fields = concat!(
        r#"{"ServiceName":"PSEXESVC","ServiceAccount":"LocalSystem","#,
        r#""ServiceStartType":"demand start","ServiceType":"user mode service"}"#
    );
    let admin = story.admin;
    story.row(
        "DeviceEvents",
        time.plus(Ticks(7_100_000)),
        &[
            ("ActionType", Cell::text("ServiceInstalled")),
            ("AccountName", admin.account.name.clone()),
            ("AccountDomain", Cell::text("larkspur")),
            ("AccountSid", admin.account.sid.clone()),
            ("AdditionalFields", Cell::text(fields)),
        ],
    )?;
    let (device, ip) = (victim.short.clone(), victim.ip.clone());
    let remote = |process: &mut Process<'w>| {
        process.remote = Cell::json(true);
        process.remote_device = device;
        process.remote_ip = ip;
    };
    let service = "C:\\Windows\\PSEXESVC.exe";
    let service = story.start(server, &services, "PSEXESVC.exe", service, time.plus(Ticks(8_000_000)), remote)?;
    story.start(server, &service, "cmd.exe", "\"cmd.exe\"", time.plus(Ticks(9_000_000)), |_| {})
}

fn wmi<'w>(story: &mut Story<'w>, intruder: &Process<'w>) -> Result<(), SampleError> {
    let (victim, server, admin) = (story.victim, story.second_server, story.admin);
    let time = story.at(95.0);
    story.step(time, "T1047", format!("WMI starts a command on {}", server.host));
    let ordered = "cmd.exe /c vssadmin list shadows > C:\\Windows\\Temp\\v.txt";
    let command = format!("wmic.exe /node:{} process call create \"{ordered}\"", server.host);
    story.start(victim, intruder, "wmic.exe", &command, time, |_| {})?;
    logon(story, server, "Network", true, time.plus(Ticks(5_000_000)))?;
    let host = story.running("wmiprvse.exe", server, None)?;
    let as_admin = |process: &mut Process<'w>| {
        process.account = &admin.account;
        process.level = Level::High;
    };
    let shell = story.start(server, &host, "cmd.exe", ordered, time.plus(Ticks(8_000_000)), as_admin)?;
    story.on(server, &host);
    story.row(
        "DeviceEvents",
        time.plus(Ticks(8_200_000)),
        &[
            ("ActionType", Cell::text("ProcessCreatedUsingWmiQuery")),
            ("FileName", Cell::text("cmd.exe")),
            ("FolderPath", Cell::text("C:\\Windows\\System32\\cmd.exe")),
            ("AccountName", admin.account.name.clone()),
            ("AccountDomain", Cell::text("larkspur")),
            ("AccountSid", admin.account.sid.clone()),
            ("LocalIP", server.ip.clone()),
            ("RemoteIP", victim.ip.clone()),
            ("ProcessId", shell.id.clone()),
            ("ProcessCommandLine", shell.command.clone()),
            (
                "AdditionalFields",
                Cell::text(r#"{"InitiatingProcess":{},"ClientMachine":"FIN-WS-0142","IsRemoteMachine":true}"#),
            ),
        ],
    )
}

fn remote_desktop<'w>(story: &mut Story<'w>, intruder: &Process<'w>) -> Result<(), SampleError> {
    let (victim, server) = (story.victim, story.server);
    let time = story.at(110.0);
    story.step(time, "T1021.001", "a remote desktop on srv-file01, from a workstation of Finance");
    let client = story.start(victim, intruder, "mstsc.exe", "mstsc.exe /v:srv-file01 /admin", time, |_| {})?;
    story.on(victim, &client);
    let rdp = connection("", &server.address, 3389, &mut story.scene.dice);
    story.row("DeviceNetworkEvents", time.plus(Ticks::SECOND), &rdp)?;
    logon(story, server, "RemoteInteractive", false, time.plus(Ticks::seconds(4)))?;
    logon(story, server, "RemoteInteractive", false, time.plus(Ticks::seconds(9)))?;
    logon(story, server, "RemoteInteractive", true, time.plus(Ticks::seconds(15)))?;
    validation(story, server, time.plus(Ticks::seconds(15)))
}

fn new_account<'w>(story: &mut Story<'w>, shell: &Process<'w>) -> Result<(), SampleError> {
    let (server, admin, controller) = (story.server, story.admin, story.scene.controller);
    let time = story.at(148.0);
    story.step(time, "T1136.002", format!("the account {NEW_ACCOUNT} is made"));
    story.start(server, shell, "net.exe", &format!("net user {NEW_ACCOUNT} ******** /add /domain"), time, |_| {})?;
    let time = story.at(149.0);
    story.step(time, "T1098", format!("{NEW_ACCOUNT} becomes a member of Domain Admins"));
    let command = format!("net group \"Domain Admins\" {NEW_ACCOUNT} /add /domain");
    story.start(server, shell, "net.exe", &command, time, |_| {})?;
    let fields = format!(
        concat!(
            r#"{{"Count":"1","ACTOR.ACCOUNT":"Jun Tanaka (admin)","TO.GROUP":"Domain Admins","#,
            r#""TARGET_OBJECT.USER":"{}","TO.DEVICE":"SRV-DC01"}}"#
        ),
        NEW_ACCOUNT
    );
    story.row(
        "IdentityDirectoryEvents",
        time.plus(Ticks::SECOND),
        &[
            ("ActionType", Cell::text("Group Membership changed")),
            ("TargetAccountUpn", Cell::text(format!("{NEW_ACCOUNT}@larkspur.example"))),
            ("TargetAccountDisplayName", Cell::text(NEW_ACCOUNT)),
            ("DestinationDeviceName", controller.name.clone()),
            ("DestinationIPAddress", controller.ip.clone()),
            ("AccountDisplayName", admin.display.clone()),
            ("AccountUpn", admin.account.upn.clone()),
            ("AccountName", admin.account.name.clone()),
            ("AccountSid", admin.account.sid.clone()),
            ("AccountObjectId", admin.account.object_id.clone()),
            ("DeviceName", server.name.clone()),
            ("IPAddress", server.ip.clone()),
            ("AdditionalFields", Cell::json(fields)),
        ],
    )
}
