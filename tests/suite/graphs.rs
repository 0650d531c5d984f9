//! Graph operators over blobs: hunts as they are written over exposure graphs and logons, and searches that must be left in time.

use std::time::{Duration, Instant};

use huntql::engine::{Answer, ErrorKind, QueryOptions};

use crate::kql::told;
use crate::lake::{Lake, record};

/// A vulnerable machine that faces the internet, and what can be reached from it.
fn exposure() -> Lake {
    let lake = Lake::new();
    let node = |id: &str, label: &str, category: &str, raw: &str| {
        let event = format!(
            r#"{{"NodeId":"{id}","NodeLabel":"{label}","NodeName":"{id}.corp","Categories":["{category}"],"NodeProperties":{{"rawData":{raw}}}}}"#
        );
        record("ExposureGraphNodes", &event) + "\n"
    };
    let nodes = [
        node(
            "vm-1",
            "microsoft.compute/virtualmachines",
            "virtual_machine",
            r#"{"exposedToInternet":true,"vulnerableToRCE":{"max_cvss":9.8}}"#,
        ),
        node("vm-2", "microsoft.compute/virtualmachines", "virtual_machine", r#"{"vulnerableToRCE":{"max_cvss":7.5}}"#),
        node("app-id", "managedidentity", "identity", "{}"),
        node("adm", "user", "identity", r#"{"isAdmin":true}"#),
        node("vault", "microsoft.keyvault/vaults", "secret_store", r#"{"criticalityLevel":{"criticalityLevel":0}}"#),
        node(
            "lake",
            "microsoft.storage/storageaccounts",
            "data_store",
            r#"{"criticalityLevel":{"criticalityLevel":3}}"#,
        ),
    ];
    lake.blob("ExposureGraphNodes", "2026-07-18T14", nodes.concat());
    let edge = |id: u32, source: &str, label: &str, target: &str| {
        let event = format!(
            r#"{{"EdgeId":"e{id}","EdgeLabel":"{label}","SourceNodeId":"{source}","TargetNodeId":"{target}","SourceNodeName":"{source}.corp","TargetNodeName":"{target}.corp"}}"#
        );
        record("ExposureGraphEdges", &event) + "\n"
    };
    let edges = [
        edge(1, "vm-1", "can authenticate as", "app-id"),
        edge(2, "app-id", "has permissions to", "vault"),
        edge(3, "app-id", "has permissions to", "lake"),
        edge(4, "vm-2", "can authenticate as", "adm"),
        edge(5, "adm", "has permissions to", "vault"),
        edge(6, "vm-1", "routes traffic to", "vm-2"),
        edge(7, "vm-2", "runs on", "unlisted"),
    ];
    lake.blob("ExposureGraphEdges", "2026-07-18T14", edges.concat());
    lake
}

#[tokio::test(flavor = "multi_thread")]
async fn ways_from_the_internet_to_what_is_critical_are_found() {
    let lake = exposure();
    let engine = lake.engine().await;
    let hunt = r#"
        let Doors = ExposureGraphNodes
            | where isnotnull(NodeProperties.rawData.exposedToInternet) and todouble(NodeProperties.rawData.vulnerableToRCE.max_cvss) > 9
            | project NodeId;
        ExposureGraphEdges
        | where EdgeLabel in ("can authenticate as", "has permissions to", "routes traffic to")
        | make-graph SourceNodeId --> TargetNodeId with ExposureGraphNodes on NodeId
        | graph-match cycles=none (door)-[step*1..4]->(asset)
            where door.NodeId in (Doors)
              and toint(asset.NodeProperties.rawData.criticalityLevel.criticalityLevel) == 0
              and all(inner_nodes(step), NodeLabel != "user" or tobool(NodeProperties.rawData.isAdmin))
            project Door = door.NodeName, Asset = asset.NodeName, Steps = map(step, EdgeLabel), Through = map(inner_nodes(step), NodeName)
        | sort by array_length(Steps) asc"#;
    assert_eq!(
        told(&engine, hunt).await.unwrap(),
        "Door, Asset, Steps, Through\n\
         {\"Door\":\"vm-1.corp\",\"Asset\":\"vault.corp\",\"Steps\":[\"can authenticate as\",\"has permissions to\"],\"Through\":[\"app-id.corp\"]}\n\
         {\"Door\":\"vm-1.corp\",\"Asset\":\"vault.corp\",\"Steps\":[\"routes traffic to\",\"can authenticate as\",\"has permissions to\"],\"Through\":[\"vm-2.corp\",\"adm.corp\"]}\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_can_be_reached_by_how_many_is_told() {
    let lake = exposure();
    let engine = lake.engine().await;
    let hunt = r#"
        ExposureGraphEdges
        | make-graph SourceNodeId --> TargetNodeId with ExposureGraphNodes on NodeId
        | graph-shortest-paths (door)-[way*1..5]->(asset)
            where door.Categories has "virtual_machine" and set_has_element(asset.Categories, "secret_store")
            project door.NodeId, asset.NodeId, Hops = array_length(way), Doors = node_degree_in(asset)
        | sort by door_NodeId asc"#;
    assert_eq!(
        told(&engine, hunt).await.unwrap(),
        "door_NodeId, asset_NodeId, Hops, Doors\n\
         {\"door_NodeId\":\"vm-1\",\"asset_NodeId\":\"vault\",\"Hops\":2,\"Doors\":2}\n\
         {\"door_NodeId\":\"vm-2\",\"asset_NodeId\":\"vault\",\"Hops\":2,\"Doors\":2}\n"
    );
    let nodes = r#"
        ExposureGraphEdges
        | make-graph SourceNodeId --> TargetNodeId with ExposureGraphNodes on NodeId
        | graph-to-table nodes | where isempty(NodeLabel) | project NodeId, NodeName"#;
    assert_eq!(told(&engine, nodes).await.unwrap(), "NodeId, NodeName\n{\"NodeId\":\"unlisted\",\"NodeName\":\"\"}\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_hop_from_host_to_host_are_found() {
    let lake = Lake::new();
    let logon = |minute: u32, from: &str, to: &str, account: &str| {
        let event = format!(
            r#"{{"Timestamp":"2026-07-18T14:{minute:02}:00Z","DeviceName":"{to}","RemoteDeviceName":"{from}","AccountName":"{account}","LogonType":"RemoteInteractive","ActionType":"LogonSuccess"}}"#
        );
        record("DeviceLogonEvents", &event) + "\n"
    };
    let logons = [
        logon(1, "ws-1", "ws-2", "bob"),
        logon(9, "ws-2", "srv-1", "adm-bob"),
        logon(17, "srv-1", "dc-1", "adm-bob"),
        logon(3, "srv-1", "dc-1", "svc"),
        logon(30, "ws-3", "srv-1", "eve"),
    ];
    lake.blob("DeviceLogonEvents", "2026-07-18T14", logons.concat());
    let engine = lake.engine().await;
    let hunt = r#"
        DeviceLogonEvents
        | where LogonType == "RemoteInteractive" and isnotempty(RemoteDeviceName)
        | make-graph RemoteDeviceName --> DeviceName with_node_id=Host
        | graph-match (a)-[one]->(b)-[two]->(c)-[three]->(d)
            where d.Host startswith "dc" and one.Timestamp < two.Timestamp and two.Timestamp < three.Timestamp
              and three.Timestamp - one.Timestamp < 30m
            project Start = a.Host, Way = strcat_array(pack_array(b.Host, c.Host, d.Host), " > "), two.AccountName, Took = three.Timestamp - one.Timestamp"#;
    assert_eq!(
        told(&engine, hunt).await.unwrap(),
        "Start, Way, two_AccountName, Took\n\
         {\"Start\":\"ws-1\",\"Way\":\"ws-2 > srv-1 > dc-1\",\"two_AccountName\":\"adm-bob\",\"Took\":\"00:16:00\"}\n"
    );
}

/// Every node has an edge to every other: the paths are more than anybody can wait for.
const DENSE: &str = "let N = range a from 1 to 60 step 1 | extend k = 1;
    N | join kind=inner (N | project b = a, k) on k | where a != b | make-graph a --> b with_node_id=n";

#[tokio::test(flavor = "multi_thread")]
async fn a_search_without_end_ends_at_the_time_limit() {
    let engine = Lake::new().engine().await;
    for search in [
        "graph-match (x)-[e*2..30]->(y) where x.n == 1 and y.n == 1 and any(e, b == -1) project x.n",
        "graph-match (x)-[e*1..40]->(y)-[f]->(z) where x.n == 1 and z.n == 2 project x.n | count",
        "graph-shortest-paths output=all (x)-[e*9..9]->(y) project x.n | count",
    ] {
        let options = QueryOptions { timeout: Some(Duration::from_millis(400)), ..QueryOptions::default() };
        let started = Instant::now();
        let answers = engine.kql_with(&format!("{DENSE} | {search}"), &options).await;
        let error = match answers {
            Ok(mut answers) => match answers.next().await {
                Ok(Some(mut answer)) => Answer::collect(&mut answer).await.expect_err("too long"),
                Ok(None) => panic!("no answer"),
                Err(error) => error,
            },
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(started.elapsed() < Duration::from_secs(10), "{search}: {:?}", started.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_matches_of_many_come_at_once() {
    let engine = Lake::new().engine().await;
    let text = format!("{DENSE} | graph-match (x)-[e*1..20]->(y) project x.n | take 3 | count");
    assert_eq!(told(&engine, &text).await.unwrap(), "Count\n{\"Count\":3}\n");
}
