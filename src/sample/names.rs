//! Words the company is made of: people, partners, sites, documents. Lists only.
//!
//! Names of the company, its partners and the intruder end in `.example`; the company reaches the internet from
//! 192.0.2.0/24, and everything evil lives in 198.51.100.0/24 and 203.0.113.0/24 (the documentation ranges of
//! RFC 5737), so that nothing here can be mistaken for somebody's real address.

/// Given names, as displayed and as they stand in account names.
pub(super) const GIVEN: &[(&str, &str)] = &[
    ("Mira", "mira"), ("Jun", "jun"), ("Zoë", "zoe"), ("Aisha", "aisha"), ("Tomasz", "tomasz"), ("Priya", "priya"),
    ("Lars", "lars"), ("José", "jose"), ("Hannah", "hannah"), ("Kwame", "kwame"), ("Ines", "ines"),
    ("Björn", "bjorn"),
    ("Chloe", "chloe"), ("Dmitri", "dmitri"), ("Emeka", "emeka"), ("Freya", "freya"), ("Giulia", "giulia"),
    ("Hiro", "hiro"), ("Ivana", "ivana"), ("Jakub", "jakub"), ("Karin", "karin"), ("Liam", "liam"), ("Maïa", "maia"),
    ("Noor", "noor"), ("Oskar", "oskar"), ("Paula", "paula"), ("Quentin", "quentin"), ("Ruth", "ruth"),
    ("Sanjay", "sanjay"), ("Tove", "tove"), ("Ursula", "ursula"), ("Viktor", "viktor"), ("Wren", "wren"),
    ("Xiomara", "xiomara"), ("Yusuf", "yusuf"), ("Zsófia", "zsofia"), ("Alba", "alba"), ("Bram", "bram"),
    ("Cora", "cora"), ("Dara", "dara"),
];

/// Surnames, likewise.
pub(super) const SURNAME: &[(&str, &str)] = &[
    ("Okafor", "okafor"), ("Lindqvist", "lindqvist"), ("Álvarez", "alvarez"), ("Tanaka", "tanaka"),
    ("Nowak", "nowak"), ("Menon", "menon"), ("Fischer", "fischer"), ("Groß", "gross"), ("Mensah", "mensah"),
    ("Costa", "costa"), ("Dubois", "dubois"), ("Eriksen", "eriksen"), ("Ferrari", "ferrari"), ("Hughes", "hughes"),
    ("Ivanova", "ivanova"), ("Jansen", "jansen"), ("Kovács", "kovacs"), ("Larsen", "larsen"), ("Moreau", "moreau"),
    ("Novák", "novak"), ("Osei", "osei"), ("Petrov", "petrov"), ("Quinn", "quinn"), ("Rossi", "rossi"),
    ("Sato", "sato"), ("Taylor", "taylor"), ("Ueda", "ueda"), ("Vogel", "vogel"), ("Walsh", "walsh"),
    ("Yilmaz", "yilmaz"),
    ("Zimmer", "zimmer"), ("Abbott", "abbott"), ("Bauer", "bauer"), ("Carvalho", "carvalho"), ("Demir", "demir"),
    ("Edwards", "edwards"), ("Fontaine", "fontaine"), ("Grant", "grant"), ("Haddad", "haddad"), ("Ito", "ito"),
    ("Jensen", "jensen"), ("Kaya", "kaya"), ("Lopez", "lopez"), ("Müller", "mueller"), ("Nielsen", "nielsen"),
    ("Owens", "owens"), ("Pereira", "pereira"), ("Reid", "reid"), ("Schmidt", "schmidt"), ("Thomsen", "thomsen"),
    ("Urban", "urban"), ("Varga", "varga"), ("Weber", "weber"), ("Young", "young"), ("Zhang", "zhang"),
    ("Adeyemi", "adeyemi"), ("Brandt", "brandt"), ("Clarke", "clarke"), ("Dahl", "dahl"), ("Evans", "evans"),
];

/// Departments, and how device names abbreviate them.
pub(super) const DEPARTMENT: &[(&str, &str)] = &[
    ("Finance", "fin"), ("Engineering", "eng"), ("Sales", "sal"), ("Operations", "ops"), ("People", "hr"),
    ("Legal", "leg"),
];

/// Companies the company writes with: domain and name.
pub(super) const PARTNER: &[(&str, &str)] = &[
    ("tidewater-tools.example", "Tidewater Tools"), ("alpine-optics.example", "Alpine Optics"),
    ("brightwell-audit.example", "Brightwell Audit"), ("corvid-logistics.example", "Corvid Logistics"),
    ("dunmore-supplies.example", "Dunmore Supplies"), ("eastgate-travel.example", "Eastgate Travel"),
    ("fernhill-press.example", "Fernhill Press"), ("glasswork.example", "Glasswork"),
    ("hearthside.example", "Hearthside"),
    ("ironbridge-steel.example", "Ironbridge Steel"), ("juniper-labs.example", "Juniper Labs"),
    ("kestrel-insurance.example", "Kestrel Insurance"), ("lanternfish.example", "Lanternfish"),
    ("meridian-payroll.example", "Meridian Payroll"), ("northlight.example", "Northlight Design"),
    ("oakfield-legal.example", "Oakfield Legal"), ("pinewood-it.example", "Pinewood IT"),
    ("quarryside.example", "Quarryside"),
    ("redfern-bank.example", "Redfern Bank"), ("saltmarsh.example", "Saltmarsh Foods"),
];

/// Sites the company's devices talk to, the busiest first.
pub(super) const SITE: &[&str] = &[
    "login.microsoftonline.com", "outlook.office.com", "graph.microsoft.com", "www.bing.com", "ctldl.windowsupdate.com",
    "settings-win.data.microsoft.com", "www.google.com", "larkspur.sharepoint.com", "edge.microsoft.com",
    "officeclient.microsoft.com", "config.teams.microsoft.com", "www.linkedin.com", "www.youtube.com", "github.com",
    "fonts.gstatic.com", "update.googleapis.com", "cdn.jsdelivr.net", "en.wikipedia.org", "stackoverflow.com",
    "news.ycombinator.com", "pypi.org", "crl3.digicert.com", "ocsp.digicert.com", "zoom.us", "www.reuters.com",
    "www.bbc.co.uk", "weather.metoffice.gov.uk", "maps.googleapis.com", "portal.meridian-payroll.example",
    "www.alpine-optics.example", "files.corvid-logistics.example", "cdn.glasswork.example",
    "www.tidewater-tools.example", "booking.eastgate-travel.example", "app.northlight.example",
    "status.pinewood-it.example", "www.redfern-bank.example", "static.hearthside.example",
    "api.lanternfish.example", "docs.juniper-labs.example",
];

/// Words for folders, scripts, services of no importance.
pub(super) const WORD: &[&str] = &[
    "harbor", "lantern", "copper", "meadow", "signal", "ledger", "quartz", "willow", "beacon", "cobalt", "ember",
    "falcon", "granite", "indigo", "juniper", "kepler", "lumen", "marble", "nimbus", "orchid", "pixel", "quill",
    "raven", "saffron", "timber", "umbra", "velvet", "walnut", "yarrow", "zephyr", "archive", "catalog", "invoice",
    "payroll", "reports", "research",
];

/// Documents; a number is added.
pub(super) const DOCUMENT: &[&str] = &[
    "Q3 forecast", "Budget 2027", "Reisekosten März", "Contract draft", "Meeting notes", "Price list",
    "Overdue invoices", "Staff rota", "Test report", "Calibration sheet", "Données clients", "Board pack", "Roadmap",
    "Purchase order", "Delivery note", "Risk register", "Onboarding plan", "Übersicht Lager",
    "Site survey", "Quality manual",
];

/// Windows services.
pub(super) const SERVICE: &[&str] = &[
    "Schedule", "wuauserv", "BITS", "Winmgmt", "ProfSvc", "Themes", "UserManager", "gpsvc", "iphlpsvc", "LanmanServer",
    "DsmSvc", "wlidsvc", "Appinfo", "UsoSvc", "InstallService", "WpnService", "lfsvc", "DoSvc", "W32Time", "SysMain",
];

/// What the inventory scripts run.
pub(super) const CMDLET: &[&str] = &[
    "Get-CimInstance", "Get-ItemProperty", "Get-Service", "Get-HotFix", "Get-NetAdapter", "Test-Path", "Get-ChildItem",
    "ConvertTo-Json", "Get-MpComputerStatus", "Get-ScheduledTask", "Get-LocalGroupMember", "Get-WinEvent", "Out-File",
];

/// Subjects of mail of no importance.
pub(super) const SUBJECT: &[&str] = &[
    "Meeting on Thursday", "Quote", "[Ticket] Printer on floor 2", "Delivery confirmation", "Minutes and actions",
    "Invoice for September", "Détection d’un écart de stock", "Re-order of filters", "Agenda", "Travel booking",
    "Signed contract", "Timesheet reminder", "Preise für Linsen", "Lunch?", "Question about the calibration sheet",
];
