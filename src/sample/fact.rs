//! The facts a template can name, each with how it is written. A fact is a JSON value.

use super::cell::{Cell, push_text};
use super::clock::{Ticks, push_time};
use super::company::TENANT;
use super::dice::fingerprint;
use super::process::Level;
use super::program::Hashes;
use super::scene::Scene;

/// Appends one fact of a scene.
pub(super) type Fact = fn(&mut Scene<'_>, &mut Vec<u8>);

/// The fact of a name.
pub(super) fn named(name: &str) -> Option<Fact> {
    CELLS.iter().chain(WORKED_OUT).find(|(known, _)| *known == name).map(|(_, fact)| *fact)
}

/// Facts that are a cell of the scene already.
macro_rules! cells {
    ($($name:literal = $first:ident $(. $rest:ident)*;)*) => {
        &[$(($name, |scene, out| out.extend_from_slice(scene.$first $(. $rest)*.bytes()))),*]
    };
}

static CELLS: &[(&str, Fact)] = cells! {
    "device.name" = device.name;
    "device.short" = device.short;
    "device.id" = device.id;
    "device.ip" = device.ip;
    "device.public_ip" = device.public_ip;
    "device.gateway" = device.gateway;
    "device.mac" = device.mac;
    "device.group" = device.group;
    "device.aad" = device.aad;
    "device.uuid" = device.uuid;
    "device.adapter" = device.adapter;
    "device.platform" = device.platform;
    "device.version" = device.version;
    "device.build" = device.build;
    "device.distribution" = device.distribution;
    "device.vendor" = device.vendor;
    "device.model" = device.model;
    "device.type" = device.kind;
    "device.join" = device.join;
    "device.joined" = device.joined;
    "device.client" = device.client;
    "device.tag" = device.tag;
    "device.app_guard" = device.app_guard;
    "posix" = device.posix;
    "peer.name" = peer.name;
    "peer.short" = peer.short;
    "peer.ip" = peer.ip;
    "peer.mac" = peer.mac;
    "peer.account" = peer.account.name;
    "peer.sid" = peer.account.sid;
    "dc.name" = controller.name;
    "dc.short" = controller.short;
    "dc.ip" = controller.ip;
    "jump.name" = jump.name;
    "jump.short" = jump.short;
    "jump.ip" = jump.ip;
    "user.sam" = user.account.name;
    "user.sid" = user.account.sid;
    "user.upn" = user.account.upn;
    "user.object_id" = user.account.object_id;
    "user.given" = user.given;
    "user.surname" = user.surname;
    "user.display" = user.display;
    "user.mail" = user.mail;
    "user.department" = user.department;
    "other.object_id" = other.account.object_id;
    "other.display" = other.display;
    "other.mail" = other.mail;
    "admin.sam" = admin.account.name;
    "admin.sid" = admin.account.sid;
    "admin.upn" = admin.account.upn;
    "admin.object_id" = admin.account.object_id;
    "admin.display" = admin.display;
    "actor.file" = actor.program.file;
    "actor.path" = actor.program.lower_path;
    "actor.size" = actor.program.size;
    "actor.sha1" = actor.program.hashes.sha1;
    "actor.sha256" = actor.program.hashes.sha256;
    "actor.md5" = actor.program.hashes.md5;
    "actor.company" = actor.program.company;
    "actor.product" = actor.program.product;
    "actor.version" = actor.program.version;
    "actor.internal" = actor.program.original;
    "actor.original" = actor.program.original;
    "actor.description" = actor.program.description;
    "actor.account.name" = actor.account.name;
    "actor.account.domain" = actor.account.domain;
    "actor.account.sid" = actor.account.sid;
    "actor.account.upn" = actor.account.upn;
    "actor.account.object_id" = actor.account.object_id;
    "actor.command" = actor.command;
    "actor.id" = actor.id;
    "actor.unique" = actor.unique;
    "actor.session" = actor.session;
    "actor.remote" = actor.remote;
    "actor.remote_device" = actor.remote_device;
    "actor.remote_ip" = actor.remote_ip;
    "actor.parent.file" = actor.parent.file;
    "actor.parent.id" = actor.parent_id;
    "process.file" = process.program.file;
    "process.path" = process.program.path;
    "process.size" = process.program.size;
    "process.sha1" = process.program.hashes.sha1;
    "process.sha256" = process.program.hashes.sha256;
    "process.md5" = process.program.hashes.md5;
    "process.company" = process.program.company;
    "process.product" = process.program.product;
    "process.version" = process.program.version;
    "process.internal" = process.program.original;
    "process.original" = process.program.original;
    "process.description" = process.program.description;
    "process.account.name" = process.account.name;
    "process.account.domain" = process.account.domain;
    "process.account.sid" = process.account.sid;
    "process.account.upn" = process.account.upn;
    "process.account.object_id" = process.account.object_id;
    "process.id" = process.id;
    "process.unique" = process.unique;
    "process.session" = process.session;
    "process.remote" = process.remote;
    "process.remote_device" = process.remote_device;
    "process.remote_ip" = process.remote_ip;
    "mail.id" = topic.id;
    "mail.internet_id" = topic.internet_id;
    "mail.subject" = topic.subject;
    "mail.cluster" = topic.cluster;
    "mail.size" = topic.size;
    "mail.report" = topic.report;
    "mail.number" = topic.number;
    "alert.id" = topic.alert_id;
};

/// Facts that take a step more.
static WORKED_OUT: &[(&str, Fact)] = &[
    ("time", |scene, out| push_time(out, scene.at)),
    ("time.whole", |scene, out| push_time(out, scene.at.cut(0))),
    ("tenant", |_, out| push_text(out, TENANT.as_bytes())),
    ("report", |scene, out| push_number(out, 1000 + scene.dice.below(200_000))),
    ("report.snapshot", |scene, out| push_number(out, 639_000_000_000_000_000 + scene.dice.below(999_999_999_999_999))),
    ("report.text", |scene, out| push_hex(scene, out, 64)),
    ("actor.created", |scene, out| push_sensor_time(scene, out, scene.actor.created)),
    ("actor.parent.created", |scene, out| push_sensor_time(scene, out, scene.actor.parent_created)),
    ("process.created", |scene, out| push_sensor_time(scene, out, scene.process.created)),
    ("actor.integrity", |scene, out| out.extend_from_slice(integrity(scene.actor.level))),
    ("actor.elevation", |scene, out| out.extend_from_slice(elevation(scene.actor.level))),
    ("actor.logon", |scene, out| push_number(out, logon(scene.actor.level))),
    ("actor.signature", |scene, out| out.extend_from_slice(signature(&scene.actor.program.company).0)),
    ("actor.signer", |scene, out| out.extend_from_slice(signature(&scene.actor.program.company).1)),
    ("process.integrity", |scene, out| out.extend_from_slice(integrity(scene.process.level))),
    ("process.elevation", |scene, out| out.extend_from_slice(elevation(scene.process.level))),
    ("process.logon", |scene, out| push_number(out, logon(scene.process.level))),
    ("file.sha1", |scene, out| out.extend_from_slice(Hashes::from_fingerprint(scene.file).sha1.bytes())),
    ("file.sha256", |scene, out| out.extend_from_slice(Hashes::from_fingerprint(scene.file).sha256.bytes())),
    ("file.md5", |scene, out| out.extend_from_slice(Hashes::from_fingerprint(scene.file).md5.bytes())),
    ("file.size", |scene, out| push_number(out, 4096 + scene.file % 3_000_000)),
    ("site.name", |scene, out| push_text(out, scene.site.as_bytes())),
    ("site.ip", |scene, out| push_public_address(out, fingerprint(scene.site.as_bytes()))),
    ("cloud.ip", |scene, out| {
        let address = scene.dice.below(60);
        push_public_address(out, address);
    }),
    ("home.ip", |scene, out| push_public_address(out, fingerprint(scene.user.sam.as_bytes()))),
    ("evil.ip", |scene, out| {
        let octet = 100 + scene.dice.below(150);
        push_text(out, format!("203.0.113.{octet}").as_bytes());
    }),
    ("partner.domain", |scene, out| push_text(out, scene.partner.0.as_bytes())),
    ("partner.name", |scene, out| push_text(out, scene.partner.1.as_bytes())),
    ("partner.sender", |scene, out| push_text(out, format!("accounts@{}", scene.partner.0).as_bytes())),
    ("partner.ip", |scene, out| push_public_address(out, fingerprint(scene.partner.0.as_bytes()))),
    ("mail.site", |scene, out| push_text(out, format!("links.{}", scene.partner.0).as_bytes())),
    ("alert.title", |scene, out| push_text(out, scene.topic.alert.title.as_bytes())),
    ("alert.category", |scene, out| push_text(out, scene.topic.alert.category.as_bytes())),
    ("alert.severity", |scene, out| push_text(out, scene.topic.alert.severity.as_bytes())),
    ("alert.service", |scene, out| push_text(out, scene.topic.alert.service.as_bytes())),
    ("alert.detection", |scene, out| push_text(out, scene.topic.alert.detection.as_bytes())),
    ("alert.techniques", |scene, out| push_text(out, scene.topic.alert.techniques.as_bytes())),
];

fn push_number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(number.to_string().as_bytes());
}

fn push_hex(scene: &mut Scene<'_>, out: &mut Vec<u8>, count: usize) {
    out.push(b'"');
    scene.dice.hex(out, count, false);
    out.push(b'"');
}

/// The Windows sensor keeps seven digits, the others six.
fn push_sensor_time(scene: &Scene<'_>, out: &mut Vec<u8>, time: Ticks) {
    push_time(out, if scene.device.is_windows() { time } else { time.cut(6) });
}

/// An address of a large provider; equal numbers give equal addresses.
fn push_public_address(out: &mut Vec<u8>, number: u64) {
    let net = ["13.107", "20.190", "52.96", "104.18"][(number % 4) as usize];
    push_text(out, format!("{net}.{}.{}", number / 4 % 250 + 1, number / 1000 % 250 + 1).as_bytes());
}

fn integrity(level: Level) -> &'static [u8] {
    match level {
        Level::Medium => b"\"Medium\"",
        Level::High => b"\"High\"",
        Level::System => b"\"System\"",
        Level::Posix => b"null",
    }
}

fn elevation(level: Level) -> &'static [u8] {
    match level {
        Level::Medium => b"\"TokenElevationTypeLimited\"",
        Level::High => b"\"TokenElevationTypeFull\"",
        Level::System => b"\"TokenElevationTypeDefault\"",
        Level::Posix => b"\"None\"",
    }
}

fn logon(level: Level) -> u64 {
    match level {
        Level::Medium => 381_204,
        Level::High => 381_066,
        Level::System => 999,
        Level::Posix => 0,
    }
}

/// `SignatureStatus` and `SignerType`, by who made the program.
fn signature(company: &Cell) -> (&'static [u8], &'static [u8]) {
    match company.bytes() {
        b"\"Microsoft Corporation\"" => (b"\"Valid\"", b"\"OsVendor\""),
        b"null" => (b"\"Unknown\"", b"\"Unknown\""),
        _ => (b"\"Valid\"", b"\"ThirdParty\""),
    }
}
