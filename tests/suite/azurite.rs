//! Azure's emulator, Azurite: the questions of a local folder asked of a storage account, with requests counted from outside.
//!
//! Needs node and the npm package `azurite`; where they are not, the tests say so and do nothing, unless `AZURITE_REQUIRED` is set, as
//! `.ci/run` does. `AZURITE_MAIN` names the program, else it is looked for where `.ci/run` puts it.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use http::{Method, Request};
use huntql::engine::{Engine, EngineOptions};
use huntql::hunt::shipped;
use huntql::sample::{SampleOptions, write_sample};
use huntql::source::{StoreOption, StoreOptions};
use object_store::ClientOptions;
use object_store::azure::{AzureAccessKey, AzureAuthorizer, AzureCredential};
use object_store::client::{HttpClient, HttpConnector, ReqwestConnector};

use crate::lake::{answers, ask, blob_name, record};
use crate::secrets::{self, AZURE_KEY as KEY, Folder, WRONG_KEY};

const ACCOUNT: &str = "devstoreaccount1";

/// A running emulator; gone with the test.
pub struct Azurite {
    process: Child,
    port: u16,
    client: HttpClient,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Drop for Azurite {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where the program is, or why it is not.
fn program() -> Result<PathBuf, String> {
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !node.is_ok_and(|status| status.success()) {
        return Err("node is not there".to_owned());
    }
    let main = std::env::var_os("AZURITE_MAIN").map(PathBuf::from).or_else(|| {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
        Some(cache.join("huntql/azurite/node_modules/azurite/dist/src/blob/main.js"))
    });
    main.filter(|main| main.is_file()).ok_or_else(|| "the npm package azurite is not there".to_owned())
}

impl Azurite {
    /// Starts one, or says why not.
    pub async fn start() -> Option<Self> {
        let main = match program() {
            Ok(main) => main,
            Err(reason) if std::env::var_os("AZURITE_REQUIRED").is_some() => {
                panic!("Azurite is required, and {reason}")
            }
            Err(reason) => {
                eprintln!("skipped: {reason}");
                return None;
            }
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Command::new("node")
            .arg(main)
            .args(["--skipApiVersionCheck", "--inMemoryPersistence", "--disableTelemetry", "--blobHost", "127.0.0.1"])
            .args(["--blobPort", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let output = BufReader::new(process.stdout.take().unwrap());
        let log = Arc::clone(&requests);
        std::thread::spawn(move || {
            let request = |line: &str| Some(line.split('"').nth(1)?.to_owned());
            output.lines().map_while(Result::ok).for_each(|line| log.lock().unwrap().extend(request(&line)));
        });
        let client = ReqwestConnector::default().connect(&ClientOptions::new().with_allow_http(true)).unwrap();
        let azurite = Self { process, port, client, requests };
        for _ in 0..900 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(azurite);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("Azurite did not start");
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/{ACCOUNT}", self.port)
    }

    /// A signed request of the service's REST interface.
    async fn put(&self, path_and_query: &str, headers: &[(&str, &str)], body: Vec<u8>) {
        let mut request = Request::builder()
            .method(Method::PUT)
            .uri(format!("{}/{path_and_query}", self.endpoint()))
            .header("Content-Length", body.len());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.into()).unwrap();
        let credential = AzureCredential::AccessKey(AzureAccessKey::try_new(KEY).unwrap());
        AzureAuthorizer::new(&credential, ACCOUNT).authorize(&mut request);
        let response = self.client.execute(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().bytes().await.unwrap();
        assert!(status.is_success(), "{path_and_query}: {status} {}", String::from_utf8_lossy(&body));
    }

    pub async fn container(&self, name: &str) {
        self.put(&format!("{name}?restype=container"), &[], Vec::new()).await;
    }

    /// Makes an append blob of these blocks, as the streaming API does.
    pub async fn append_blob(&self, path: &str, blocks: &[&[u8]]) {
        self.put(&escaped(path), &[("x-ms-blob-type", "AppendBlob")], Vec::new()).await;
        for block in blocks {
            self.append(path, block).await;
        }
    }

    async fn block_blob(&self, path: &str, bytes: &[u8]) {
        self.put(&escaped(path), &[("x-ms-blob-type", "BlockBlob")], bytes.to_vec()).await;
    }

    pub async fn append(&self, path: &str, block: &[u8]) {
        self.put(&format!("{}?comp=appendblock", escaped(path)), &[], block.to_vec()).await;
    }

    /// Copies the containers that lie in a folder, one blob a file.
    pub async fn upload(&self, folder: &Path) {
        let mut containers: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        containers.sort();
        for container in containers {
            self.container(container.file_name().unwrap().to_str().unwrap()).await;
            let mut files = Vec::new();
            gather(&container, &mut files);
            let upload = |file: PathBuf| async move {
                let name = file.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                let bytes = std::fs::read(&file).unwrap();
                let blocks: Vec<&[u8]> = bytes.chunks(1 << 20).collect();
                self.append_blob(&name, &blocks).await;
            };
            futures::stream::iter(files).for_each_concurrent(8, upload).await;
        }
    }

    /// Options of a source in the account.
    pub fn options(&self, source: &str) -> EngineOptions {
        let given = [
            format!("azure_storage_account_name={ACCOUNT}"),
            format!("azure_storage_account_key={KEY}"),
            format!("azure_storage_endpoint={}", self.endpoint()),
        ];
        let given = given.iter().map(|text| StoreOption::parse(text).unwrap()).collect();
        EngineOptions {
            sources: vec![source.to_owned()],
            stores: StoreOptions { given, ..StoreOptions::default() },
            ..EngineOptions::default()
        }
    }

    /// A signature that lets read and list in all containers.
    fn account_sas(&self) -> String {
        let script = format!(
            "const text = '{ACCOUNT}\\nrl\\nb\\nsco\\n\\n2099-01-01T00:00:00Z\\n\\n\\n2018-11-09\\n';\
             const signature = require('crypto').createHmac('sha256', Buffer.from('{KEY}', 'base64')).update(text).digest('base64');\
             console.log('sv=2018-11-09&ss=b&srt=sco&sp=rl&se=2099-01-01T00%3A00%3A00Z&sig=' + encodeURIComponent(signature));"
        );
        let output = Command::new("node").args(["-e", &script]).output().unwrap();
        let sas = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        let signature = sas.split_once("&sig=").unwrap().1;
        secrets::add(signature);
        secrets::add(&percent_encoding::percent_decode_str(signature).decode_utf8_lossy());
        sas
    }

    pub async fn engine(&self, source: &str) -> Engine {
        Engine::builder().options(self.options(source)).build().await.unwrap()
    }

    /// The requests since the last call, as the emulator logs them.
    async fn logged(&self) -> Vec<String> {
        // The log is written after the answer is sent.
        tokio::time::sleep(Duration::from_millis(300)).await;
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

fn escaped(path: &str) -> String {
    path.replace('=', "%3D")
}

pub fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { gather(&path, files) } else { files.push(path) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_account_answers_as_the_folder_does() {
    let Some(azurite) = Azurite::start().await else { return };
    let folder = Folder::new();
    let options = SampleOptions { hours: 6, rows: 4000, hub_dumps: false, ..SampleOptions::default() };
    write_sample(folder.path(), &options, &|_| {}).unwrap();
    let blobs = folder.path().join("blobs");
    azurite.upload(&blobs).await;
    azurite.container("other-things").await;
    azurite.append_blob("other-things/readme.json", &[b"{}"]).await;

    let local = EngineOptions {
        sources: vec![blobs.to_str().unwrap().to_owned()],
        now: Some(options.end),
        ..EngineOptions::default()
    };
    let local = Engine::builder().options(local).build().await.unwrap();
    let account =
        EngineOptions { now: Some(options.end), ..azurite.options("https://devstoreaccount1.blob.core.windows.net/") };
    let account = Engine::builder().options(account).build().await.unwrap();
    let names = |engine: &Engine| {
        let engine = engine.clone();
        async move {
            let tables = engine.tables().await.unwrap();
            tables.into_iter().map(|table| (table.name, table.blobs, table.bytes)).collect::<Vec<_>>()
        }
    };
    assert_eq!(names(&local).await, names(&account).await);
    let mut found = 0;
    for hunt in shipped() {
        let hunt = hunt.unwrap();
        let (here, there) = (answers(&local, &hunt).await, answers(&account, &hunt).await);
        assert_eq!(here, there, "{}", hunt.key);
        found += here.lines().filter(|line| !line.is_empty()).count();
    }
    assert!(found > 50, "{found} rows");
    let tenants = "SELECT \"TenantId\", count(*) AS n FROM DeviceProcessEvents GROUP BY 1 ORDER BY 1";
    assert_eq!(ask(&local, tenants).await.unwrap().jsonl, ask(&account, tenants).await.unwrap().jsonl);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn containers_are_named_in_every_way_and_sas_will_do() {
    let Some(azurite) = Azurite::start().await else { return };
    let line = record("DeviceInfo", r#"{"Timestamp":"2026-07-18T14:08:00Z","DeviceName":"d"}"#) + "\n";
    let path = blob_name("DeviceInfo", "2026-07-18T14");
    azurite.container(path.split('/').next().unwrap()).await;
    azurite.append_blob(&path, &[line.as_bytes(), line.as_bytes()]).await;
    let container = "insights-logs-advancedhunting-deviceinfo";
    let sources = [
        format!("az://{container}"),
        format!("az://{container}/tenantId=8d1ea7a6-d8a1-4f1d-9c2a-6b8f2f0a3b1c/y=2026"),
        format!("az://{}", &path),
        format!("abfss://{container}@devstoreaccount1.dfs.core.windows.net/"),
        format!("https://devstoreaccount1.blob.core.windows.net/{container}"),
        "az://".to_owned(),
    ];
    for source in sources {
        let engine = azurite.engine(&source).await;
        let outcome = ask(&engine, "SELECT count(*) AS n, min(\"_File\") AS f FROM DeviceInfo").await.unwrap();
        assert!(outcome.jsonl.starts_with(r#"{"n":2,"#), "{source}: {}", outcome.jsonl);
        assert!(outcome.jsonl.contains(container), "{source}: {}", outcome.jsonl);
        assert!(
            outcome.counters.requests > 0 && outcome.counters.bytes_fetched > 0,
            "{source}: {:?}",
            outcome.counters
        );
    }
    let wrong = azurite.options("az://nothing-there");
    let engine = Engine::builder().options(wrong).build().await.unwrap();
    let error = ask(&engine, "SELECT count(*) FROM DeviceInfo").await.unwrap_err().to_string();
    let expected = "'az://nothing-there' cannot be listed: The specified container does not exist (ContainerNotFound)";
    assert_eq!(error, expected);

    let sas = azurite.account_sas();
    let mut options = azurite.options(&format!("https://devstoreaccount1.blob.core.windows.net/?{sas}"));
    options.stores.given.retain(|option| option.name == "azure_storage_endpoint");
    let engine = Engine::builder().options(options).build().await.unwrap();
    let outcome = ask(&engine, "SELECT count(*) AS n FROM DeviceInfo").await.unwrap();
    assert_eq!(outcome.jsonl.trim(), r#"{"n":2}"#);

    let mut options = azurite.options("az://");
    let wrong = StoreOption::parse("azure_storage_account_key=c2VjcmV0").unwrap();
    options.stores.given.retain(|option| option.name != wrong.name);
    options.stores.given.push(wrong);
    let engine = Engine::builder().options(options).build().await.unwrap();
    let error = ask(&engine, "SELECT count(*) FROM DeviceInfo").await.unwrap_err().to_string();
    assert!(
        error.starts_with("'az:' cannot be listed: ") || error.starts_with("'az://' cannot be listed: "),
        "{error}"
    );
    assert!(error.contains("403") && error.contains("it needs a key, a token, or a SAS"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_blob_that_grows_is_read_in_whole_lines() {
    let Some(azurite) = Azurite::start().await else { return };
    let line = |number: usize| {
        record("DeviceInfo", &format!(r#"{{"Timestamp":"2026-07-18T14:08:00Z","ReportId":{number}}}"#)) + "\n"
    };
    let path = blob_name("DeviceInfo", "2026-07-18T14");
    azurite.container(path.split('/').next().unwrap()).await;
    azurite.append_blob(&path, &[line(1).as_bytes()]).await;
    let engine = azurite.engine("az://").await;
    let count =
        || async { ask(&engine, "SELECT count(*) AS n, sum(ReportId) AS s FROM DeviceInfo").await.unwrap().jsonl };
    assert_eq!(count().await.trim(), r#"{"n":1,"s":1}"#);
    // The listing of three seconds ago still holds; the blob has another ETag by now.
    let cut = line(2);
    let (half, rest) = cut.split_at(50);
    azurite.append(&path, half.as_bytes()).await;
    assert_eq!(count().await.trim(), r#"{"n":1,"s":1}"#);
    tokio::time::sleep(Duration::from_millis(3200)).await;
    assert_eq!(count().await.trim(), r#"{"n":1,"s":1}"#);
    azurite.append(&path, rest.as_bytes()).await;
    tokio::time::sleep(Duration::from_millis(3200)).await;
    assert_eq!(count().await.trim(), r#"{"n":2,"s":3}"#);
    // Made anew, it is another blob.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    azurite.append_blob(&path, &[(line(8) + &line(9) + &line(10)).as_bytes()]).await;
    let error = ask(&engine, "SELECT count(*) AS n FROM DeviceInfo").await.unwrap_err().to_string();
    assert!(error.contains("was replaced by another blob"), "{error}");
    tokio::time::sleep(Duration::from_millis(3200)).await;
    assert_eq!(count().await.trim(), r#"{"n":3,"s":27}"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_of_a_month_lists_and_opens_only_what_it_needs() {
    let Some(azurite) = Azurite::start().await else { return };
    const TABLES: [&str; 12] = [
        "DeviceEvents",
        "DeviceFileEvents",
        "DeviceImageLoadEvents",
        "DeviceInfo",
        "DeviceLogonEvents",
        "DeviceNetworkEvents",
        "DeviceProcessEvents",
        "DeviceRegistryEvents",
        "EmailEvents",
        "IdentityLogonEvents",
        "CloudAppEvents",
        "AlertInfo",
    ];
    let mut blobs = Vec::new();
    for table in TABLES {
        azurite.container(blob_name(table, "2026-07-18T14").split('/').next().unwrap()).await;
        for hour in 0..720 {
            let day = format!("2026-09-{:02}T{:02}", hour / 24 + 1, hour % 24);
            let event = format!(r#"{{"Timestamp":"{day}:30:00Z","ReportId":"{hour}"}}"#);
            blobs.push((blob_name(table, &day), record(table, &event) + "\n"));
        }
    }
    let azurite = &azurite;
    let upload = |(path, line): (String, String)| async move { azurite.block_blob(&path, line.as_bytes()).await };
    futures::stream::iter(blobs).for_each_concurrent(16, upload).await;

    let mut options = azurite.options("az://");
    options.late_slack = Duration::ZERO;
    options.early_slack = Duration::ZERO;
    let engine = Engine::builder().options(options).build().await.unwrap();
    azurite.logged().await;
    let sql = "SELECT count(*) AS n FROM DeviceProcessEvents \
               WHERE Timestamp >= TIMESTAMP '2026-09-17T13:01:00Z' AND Timestamp < TIMESTAMP '2026-09-17T13:59:00Z'";
    let outcome = ask(&engine, sql).await.unwrap();
    assert_eq!(outcome.jsonl.trim(), r#"{"n":1}"#);
    let requests = azurite.logged().await;
    let lists = requests.iter().filter(|request| request.contains("comp=list")).count();
    let reads = requests.len() - lists;
    assert_eq!(reads, 1, "{requests:#?}");
    assert!(lists <= 5, "{requests:#?}");
    assert_eq!(outcome.counters.requests, requests.len() as u64, "{requests:#?}");
}

/// What is said of stores whose credentials are good, wrong, or of another account, in every place where something is said or kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_shown() {
    let Some(azurite) = Azurite::start().await else { return };
    let (home, container) = (Folder::new(), "insights-logs-advancedhunting-deviceinfo");
    let line = record("DeviceInfo", r#"{"Timestamp":"2026-07-18T14:08:00Z","DeviceName":"d"}"#) + "\n";
    azurite.container(container).await;
    azurite.append_blob(&blob_name("DeviceInfo", "2026-07-18T14"), &[line.as_bytes(), b"{broken\n"]).await;
    std::fs::write(home.path().join("hunt.sql"), "SELECT * FROM DeviceInfo").unwrap();
    let run = |key: &str, script: &str, arguments: &[&str]| {
        let mut child = secrets::huntql()
            .args(arguments)
            .current_dir(home.path())
            .env("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT)
            .env("AZURE_STORAGE_ACCOUNT_KEY", key)
            .env_remove("AZURE_STORAGE_SAS_KEY")
            .env("AZURE_STORAGE_ENDPOINT", azurite.endpoint())
            .env("HOME", home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = secrets::checked(child.wait_with_output().unwrap());
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let sas = format!("https://{ACCOUNT}.blob.core.windows.net/{container}?sv=2024-01-01&sig={WRONG_KEY}&sp=rl");
    let good = format!("https://{ACCOUNT}.blob.core.windows.net/{container}?{}", azurite.account_sas());
    let source = format!("az://{container}");
    let option = format!("azure_storage_token@other={WRONG_KEY}");
    let mut told = String::new();
    for key in [KEY, WRONG_KEY] {
        for place in [source.as_str(), &sas, &good] {
            let all = |more: &[&str]| {
                run(key, "", &[&["--source", place, "--cache-dir", "cache", "--cache-limit", "1MB"], more].concat())
            };
            told += &all(&["query", "-c", "EXPLAIN ANALYZE SELECT * FROM DeviceInfo"]);
            told += &all(&["query", "-c", "EXPLAIN VERBOSE SELECT * FROM DeviceInfo"]);
            told += &all(&["--stats", "query", "-c", "SELECT * FROM information_schema.df_settings"]);
            told += &all(&["query", "-c", "SELECT * FROM information_schema.tables"]);
            told += &all(&["query", "-c", "SELECT *, \"_File\" FROM DeviceInfo"]);
            told += &all(&["query", "--dry-run", "-c", "DeviceInfo"]);
            told += &all(&["query", "-c", "SELECT * FROM huntql.rejects"]);
            told += &all(&["inspect", "--format", "json"]);
            told += &all(&["inspect", "--rejects"]);
            told += &all(&["tables", "--rows"]);
            told += &all(&["config"]);
            told += &all(&["run", "hunt.sql", "--results", "results", "--format", "jsonl", "--report", "report.html"]);
            told += &all(&["export", "--table", "DeviceInfo", "--overwrite", "--to", "rows.parquet"]);
            let script = format!(".open {place}\n.sources\n.tables\nSELECT count(*) FROM DeviceInfo;\n");
            told += &run(key, &script, &["shell"]);
        }
        told += &run(key, "", &["--source", &source, "--store", &option, "config"]);
        told += &run(key, "", &["--source", &source, "--store", WRONG_KEY, "config"]);
    }
    let said = ["PT1H.json", "AuthorizationFailure", "no store knows the option whose name stands before the ="];
    assert!(told.len() > 10_000 && said.iter().all(|words| told.contains(words)), "{told}");
    assert!(!told.contains("error: External error"), "{told}");
    for file in ["report.html", "rows.parquet", "results/summary.json"] {
        assert!(home.path().join(file).is_file(), "{file} was not written");
    }
}
