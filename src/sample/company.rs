//! The made-up company, Larkspur Instruments: its people and its devices, drawn once from the seed.
//!
//! The first person, the first workstation, the first server and the first administrator are the same for every
//! seed: the intrusion happens to them.

use super::cell::Cell;
use super::dice::Dice;
use super::names::{DEPARTMENT, GIVEN, SURNAME};

/// The company's mail and Active Directory domain.
pub(super) const DOMAIN: &str = "larkspur.example";
/// The company's tenant.
pub(super) const TENANT: &str = "5b0e7f1c-2d34-4c8e-9a61-7f3d0c9be214";
const DOMAIN_SID: &str = "S-1-5-21-1204771560-2873911023-1185093362";
const PEOPLE: usize = 240;
const ADMINS: usize = 4;

/// What a device is used as.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    Workstation,
    Server,
    DomainController,
    /// An administrator's workstation; only from here are servers administered.
    Jump,
    Linux,
    Mac,
}

/// An account, as the Device* tables name it.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) name: Cell,
    pub(super) domain: Cell,
    pub(super) sid: Cell,
    pub(super) upn: Cell,
    pub(super) object_id: Cell,
}

impl Account {
    fn local(name: &str, domain: &str, sid: Cell) -> Self {
        Self { name: Cell::text(name), domain: Cell::text(domain), sid, upn: Cell::null(), object_id: Cell::null() }
    }
}

/// A person with an account in the domain.
pub(super) struct Person {
    pub(super) account: Account,
    /// The account name as plain text: `mira.okafor`.
    pub(super) sam: String,
    pub(super) given: Cell,
    pub(super) surname: Cell,
    pub(super) display: Cell,
    pub(super) mail: Cell,
    pub(super) department: Cell,
}

/// A device with a sensor.
pub(super) struct Device {
    pub(super) role: Role,
    /// The person whose device it is, as an index of [`Company::people`].
    pub(super) owner: usize,
    /// The host name as plain text: `fin-ws-0142`.
    pub(super) host: String,
    /// The private address as plain text.
    pub(super) address: String,
    pub(super) name: Cell,
    pub(super) short: Cell,
    pub(super) id: Cell,
    pub(super) ip: Cell,
    pub(super) public_ip: Cell,
    pub(super) gateway: Cell,
    pub(super) mac: Cell,
    pub(super) group: Cell,
    pub(super) aad: Cell,
    pub(super) uuid: Cell,
    pub(super) adapter: Cell,
    pub(super) platform: Cell,
    pub(super) version: Cell,
    pub(super) build: Cell,
    pub(super) distribution: Cell,
    pub(super) vendor: Cell,
    pub(super) model: Cell,
    pub(super) kind: Cell,
    pub(super) join: Cell,
    pub(super) joined: Cell,
    pub(super) client: Cell,
    pub(super) tag: Cell,
    /// Windows devices say "", the others null.
    pub(super) app_guard: Cell,
    /// The computer account.
    pub(super) account: Account,
    pub(super) root: Account,
    /// What the Linux and macOS sensors put into `AdditionalFields`.
    pub(super) posix: Cell,
}

impl Device {
    /// Whether the Windows sensor reports, with seven fractional digits; the others have six.
    pub(super) fn is_windows(&self) -> bool {
        !matches!(self.role, Role::Linux | Role::Mac)
    }
}

/// People, devices, and the accounts every Windows device has.
pub(super) struct Company {
    pub(super) people: Vec<Person>,
    pub(super) admins: Vec<Person>,
    pub(super) devices: Vec<Device>,
    pub(super) system: Account,
    pub(super) network_service: Account,
}

impl Company {
    /// Draws the company.
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, &[1]);
        let people = (0..PEOPLE)
            .map(|at| {
                let given = GIVEN[at % GIVEN.len()];
                let surname = SURNAME[(at * 7 + at / GIVEN.len()) % SURNAME.len()];
                person(&mut dice, at, given, surname, "")
            })
            .collect();
        let admins =
            (0..ADMINS).map(|at| person(&mut dice, PEOPLE + at, GIVEN[at + 1], SURNAME[at + 3], "adm-")).collect();
        Self {
            people,
            admins,
            devices: devices(&mut dice),
            system: Account::local("system", "nt authority", Cell::text("S-1-5-18")),
            network_service: Account::local("network service", "nt authority", Cell::text("S-1-5-20")),
        }
    }

    /// The first device of a role. Every role has one.
    pub(super) fn first(&self, role: Role) -> &Device {
        self.devices.iter().find(|device| device.role == role).unwrap_or(&self.devices[0])
    }
}

fn person(dice: &mut Dice, at: usize, given: (&str, &str), surname: (&str, &str), prefix: &str) -> Person {
    let sam = if prefix.is_empty() {
        format!("{}.{}", given.1, surname.1)
    } else {
        format!("{prefix}{}{}", &given.1[..1], surname.1)
    };
    let mail = format!("{sam}@{DOMAIN}");
    let account = Account {
        name: Cell::text(&sam),
        domain: Cell::text("larkspur"),
        sid: Cell::text(format!("{DOMAIN_SID}-{}", 1200 + at)),
        upn: Cell::text(&mail),
        object_id: Cell::text(dice.guid_text()),
    };
    let department = if prefix.is_empty() { DEPARTMENT[at % DEPARTMENT.len()].0 } else { "IT" };
    let note = if prefix.is_empty() { "" } else { " (admin)" };
    Person {
        account,
        sam,
        given: Cell::text(given.0),
        surname: Cell::text(surname.0),
        display: Cell::text(format!("{} {}{note}", given.0, surname.0)),
        mail: Cell::text(mail),
        department: Cell::text(department),
    }
}

fn devices(dice: &mut Dice) -> Vec<Device> {
    let workstations = (0..220).map(|at| {
        let department = DEPARTMENT[at % DEPARTMENT.len()].1;
        (
            Role::Workstation,
            format!("{department}-ws-{:04}", 142 + at),
            format!("10.20.{}.{}", 14 + at / 200, 42 + at % 200),
        )
    });
    let servers = (0..24).map(|at| {
        let job = ["file", "sql", "web", "app", "print", "mgmt"][at % 6];
        (Role::Server, format!("srv-{job}{:02}", at / 6 + 1), format!("10.20.1.{}", 21 + at))
    });
    let controllers =
        (0..2).map(|at| (Role::DomainController, format!("srv-dc{:02}", at + 1), format!("10.20.1.{}", 10 + at)));
    let jumps = (0..3).map(|at| (Role::Jump, format!("adm-ws-{:02}", at + 1), format!("10.20.2.{}", 11 + at)));
    let linux = (0..12).map(|at| (Role::Linux, format!("lnx-{:02}", at + 1), format!("10.20.3.{}", 11 + at)));
    let macs = (0..10).map(|at| (Role::Mac, format!("mac-{:02}", at + 1), format!("10.20.16.{}", 11 + at)));
    workstations
        .chain(servers)
        .chain(controllers)
        .chain(jumps)
        .chain(linux)
        .chain(macs)
        .enumerate()
        .map(|(at, (role, host, address))| device(dice, at, role, host, address))
        .collect()
}

fn device(dice: &mut Dice, at: usize, role: Role, host: String, address: String) -> Device {
    let windows = !matches!(role, Role::Linux | Role::Mac);
    let (platform, version, build, vendor, model, kind, group) = match role {
        Role::Workstation => {
            ("Windows11", "10.0", Cell::json(26100), "Dell Inc.", "Latitude 5450", "Workstation", "Workstations")
        }
        Role::Jump => ("Windows11", "10.0", Cell::json(26100), "Lenovo", "ThinkPad T14", "Workstation", "Tier 0"),
        Role::Server => {
            ("WindowsServer2022", "10.0", Cell::json(20348), "VMware, Inc.", "VMware7,1", "Server", "Servers")
        }
        Role::DomainController => {
            ("WindowsServer2022", "10.0", Cell::json(20348), "VMware, Inc.", "VMware7,1", "Server", "Tier 0")
        }
        Role::Linux => ("Linux", "12.11", Cell::null(), "", "", "Server", "Linux Servers"),
        Role::Mac => ("macOS", "26.1", Cell::null(), "Apple", "MacBookPro18,3", "Workstation", "Macs"),
    };
    let gateway = address.rsplit_once('.').map_or(String::new(), |(net, _)| format!("{net}.1"));
    let mac = [0, 1, 2].map(|_| dice.hex_text(2).to_uppercase()).join("-");
    Device {
        role,
        owner: at % PEOPLE,
        name: Cell::text(if windows { format!("{host}.{DOMAIN}") } else { host.clone() }),
        short: Cell::text(&host),
        id: Cell::text(dice.hex_text(40)),
        ip: Cell::text(&address),
        public_ip: Cell::text(if role == Role::Server { "192.0.2.18" } else { "192.0.2.17" }),
        gateway: Cell::text(gateway),
        mac: Cell::text(format!("02-00-5E-{mac}")),
        group: Cell::text(group),
        aad: Cell::text(dice.guid_text()),
        uuid: Cell::text(dice.guid_text()),
        adapter: Cell::text(dice.guid_text().to_uppercase()),
        platform: Cell::text(platform),
        version: Cell::text(version),
        build,
        distribution: Cell::text(if role == Role::Linux { "Debian" } else { platform }),
        vendor: Cell::text(vendor),
        model: Cell::text(model),
        kind: Cell::text(kind),
        join: if role == Role::Linux { Cell::null() } else { Cell::text("Hybrid Azure AD Join") },
        joined: Cell::json(role != Role::Linux),
        client: Cell::text(if windows { "10.8798.26100.1882" } else { "101.25082.0012" }),
        tag: if role == Role::Mac { Cell::text("mac") } else { Cell::null() },
        app_guard: if windows { Cell::text("") } else { Cell::null() },
        account: Account::local(&format!("{host}$"), "larkspur", Cell::text(format!("{DOMAIN_SID}-{}", 3000 + at))),
        root: Account::local("root", &host, if role == Role::Mac { Cell::text("S-1-5-18") } else { Cell::null() }),
        posix: posix(&host),
        host,
        address,
    }
}

fn posix(host: &str) -> Cell {
    let group = r#"{"Name":"root","PosixGroupId":0}"#;
    let user =
        format!(r#"{{"Name":"root","DomainName":"{host}","LogonId":0,"PosixUserId":0,"PrimaryPosixGroup":{group}}}"#);
    let fields: String = include_str!("data/posix.json").lines().collect();
    Cell::json(fields.replace("USER", &user).replace("GROUP", group))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn nobody_shares_a_name_or_an_address() {
        let company = Company::new(1);
        let sams: HashSet<_> = company.people.iter().chain(&company.admins).map(|person| &person.sam).collect();
        assert_eq!(sams.len(), PEOPLE + ADMINS);
        let addresses: HashSet<_> = company.devices.iter().map(|device| &device.address).collect();
        let hosts: HashSet<_> = company.devices.iter().map(|device| &device.host).collect();
        assert_eq!((addresses.len(), hosts.len()), (company.devices.len(), company.devices.len()));
    }

    #[test]
    fn the_intrusion_finds_its_place_under_any_seed() {
        for seed in [0, 1, 99] {
            let company = Company::new(seed);
            assert_eq!(company.people[0].sam, "mira.okafor");
            assert_eq!(company.admins[0].sam, "adm-jtanaka");
            assert_eq!(company.first(Role::Workstation).host, "fin-ws-0142");
            assert_eq!(company.first(Role::Server).host, "srv-file01");
        }
    }
}
