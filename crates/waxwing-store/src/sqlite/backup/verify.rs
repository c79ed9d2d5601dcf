//! Checks that change nothing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use super::{DATABASE, FORMAT, MANIFEST, MEDIA, copy, missing, snapshot};
use crate::sqlite::connection::connect_read_only;
use crate::sqlite::fault::Fault;
use crate::sqlite::schema;
use crate::sqlite::tables::meta;
use crate::{BackupError, BackupManifest, Error, MediaHash, StoreFault, Verification};

/// Number of faults of one kind that are named.
const MAX_FAULTS: usize = 100;

/// Largest manifest in bytes: more than the most media that a directory keeps by default.
const MAX_MANIFEST: u64 = 64 * 1024 * 1024;

/// Checks a database that a server may use, and its received media.
pub(super) fn live(path: &Path, media: &Path) -> Result<Verification, BackupError> {
    let (mut faults, _) = database(path)?;
    let mut checked = 0;
    let entries = match fs::read_dir(media) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Verification { faults, media: 0 }),
        entries => entries.map_err(BackupError::of(media))?,
    };
    for entry in entries {
        let entry = entry.map_err(BackupError::of(media))?;
        let Some(hash) = MediaHash::parse(&entry.file_name().to_string_lossy()) else { continue };
        match hash_of(&entry.path())? {
            // Retention may remove the file at any time.
            None => continue,
            Some(found) if found != hash => faults.push(changed(hash)),
            Some(_) => {}
        }
        checked += 1;
    }
    Ok(Verification { faults, media: checked })
}

/// Checks a backup. Returns its manifest with the result.
pub(super) fn backup(path: &Path) -> Result<(BackupManifest, Verification), BackupError> {
    let manifest = read_manifest(path)?;
    let mut faults = Vec::new();
    if manifest.format != FORMAT {
        faults.push(format!("the format of the backup is {}; this program reads {FORMAT}", manifest.format));
        return Ok((manifest, Verification { faults, media: 0 }));
    }
    let copy = path.join(DATABASE);
    match copy::describe(&copy) {
        Ok(found) if found == manifest.database => {
            let (found, rows) = database(&copy)?;
            faults.extend(found);
            if rows.is_some_and(|rows| rows != manifest.rows) {
                faults.push("the numbers of rows in the manifest are not those of the database".into());
            }
        }
        Ok(found) if found.bytes != manifest.database.bytes => {
            let (bytes, expected) = (found.bytes, manifest.database.bytes);
            faults.push(format!("{DATABASE} has {bytes} bytes instead of {expected}"));
        }
        Ok(_) => faults.push(format!("the content of {DATABASE} has changed since the backup")),
        Err(BackupError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            faults.push(format!("{DATABASE} is missing"));
        }
        Err(error) => return Err(error),
    }
    faults.extend(media_of(path, &manifest)?);
    let media = u64::try_from(manifest.media.len()).unwrap_or(u64::MAX);
    Ok((manifest, Verification { faults, media }))
}

/// Checks the media of a backup.
fn media_of(path: &Path, manifest: &BackupManifest) -> Result<Vec<String>, BackupError> {
    let mut faults = Vec::new();
    for medium in &manifest.media {
        let Some(expected) = MediaHash::parse(&medium.sha256) else {
            faults.push("the manifest has a medium without a valid hash".into());
            continue;
        };
        match hash_of(&path.join(MEDIA).join(&medium.sha256))? {
            None => faults.push(format!("the medium {expected} is missing")),
            Some(found) if found != expected => faults.push(changed(expected)),
            Some(_) => {}
        }
    }
    Ok(faults)
}

fn changed(medium: MediaHash) -> String {
    format!("the content of the medium {medium} has changed")
}

fn read_manifest(backup: &Path) -> Result<BackupManifest, BackupError> {
    if !backup.try_exists().map_err(BackupError::of(backup))? {
        return Err(BackupError::Missing { path: backup.to_owned() });
    }
    let path = backup.join(MANIFEST);
    let not_a_backup = |_| BackupError::NotABackup { path: backup.to_owned() };
    let file = File::open(&path).map_err(not_a_backup)?;
    let mut json = Vec::new();
    file.take(MAX_MANIFEST).read_to_end(&mut json).map_err(BackupError::of(&path))?;
    serde_json::from_slice(&json).map_err(|error| {
        // The message of the parser may contain text of the file.
        let place = format!("manifest.json is damaged in line {}", error.line());
        BackupError::Faulty { faults: vec![place] }
    })
}

/// Returns the hash of a file, or none if it does not exist.
fn hash_of(path: &Path) -> Result<Option<MediaHash>, BackupError> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        file => {
            let file = file.map_err(BackupError::of(path))?;
            MediaHash::of_reader(file).map(Some).map_err(BackupError::of(path))
        }
    }
}

/// Number of rows of each table.
type Rows = BTreeMap<String, u64>;

/// Checks a database file: its structure, its references, and its schema. Returns the faults, and the numbers of rows if it can be read.
fn database(path: &Path) -> Result<(Vec<String>, Option<Rows>), BackupError> {
    // An open would report a missing file as a fault of SQLite.
    fs::metadata(path).map_err(|error| missing(path, error))?;
    let mut faults = Vec::new();
    let checked = connect_read_only(path).and_then(|conn| {
        // A transaction makes all reads consistent.
        let tx = conn.unchecked_transaction()?;
        check(&tx, &mut faults)
    });
    match checked {
        Ok(rows) => Ok((faults, rows)),
        Err(Fault::Sql(error)) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            faults.push("the file is not an SQLite database".into());
            Ok((faults, None))
        }
        Err(fault) if fault.storage() == Some(StoreFault::Integrity) => {
            faults.push(format!("the structure of the database is damaged: {fault}"));
            Ok((faults, None))
        }
        Err(fault) => Err(Error::from(fault).into()),
    }
}

fn check(conn: &Connection, faults: &mut Vec<String>) -> Result<Option<Rows>, Fault> {
    let (found, newest) = (schema::version(conn)?, schema::newest());
    if found == 0 {
        faults.push("the file is not a database of Waxwing".into());
        return Ok(None);
    }
    let limit = i64::try_from(MAX_FAULTS).unwrap_or(i64::MAX);
    let mut statement = conn.prepare(&format!("PRAGMA integrity_check({limit})"))?;
    let damages = statement.query_map((), |row| row.get::<_, String>(0))?;
    for damage in damages {
        let damage = damage?;
        if damage != "ok" {
            faults.push(format!("the structure of the database is damaged: {damage}"));
        }
    }
    if found > newest {
        faults.push(format!("the schema version {found} is newer than this program, which knows {newest}; upgrade it"));
        return Ok(None);
    }
    let mut statement = conn.prepare("PRAGMA foreign_key_check")?;
    let dangling = statement.query_map((), |row| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(format!("a row of the table {table} refers to a row of {parent} that does not exist"))
    })?;
    for fault in dangling.take(MAX_FAULTS) {
        faults.push(fault?);
    }
    if found == newest {
        faults.extend(schema::differences(conn)?);
    }
    if meta::get(conn, "namespace")?.is_none() {
        faults.push("the database has no namespace for the tokens of its messages".into());
    }
    snapshot::count_rows(conn).map(Some)
}
