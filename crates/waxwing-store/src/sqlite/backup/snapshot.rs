//! Copy of a database as it is at one moment.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

use crate::sqlite::connection::connect_read_only;
use crate::sqlite::fault::Fault;
use crate::sqlite::schema;
use crate::sqlite::tables::{entry_media, meta};
use crate::{BackupError, Error, MediaHash, private_files};

/// Content of a snapshot.
pub(super) struct Snapshot {
    pub(super) schema: u32,
    pub(super) graph_host: Option<String>,
    /// Number of rows of each table.
    pub(super) rows: BTreeMap<String, u64>,
    /// The media of messages.
    pub(super) media: Vec<MediaHash>,
}

/// Copies a database to a path at which no file exists, and flushes the copy.
pub(super) fn write(database: &Path, target: &Path) -> Result<(), BackupError> {
    // SQLite fills an empty file, and leaves its permissions.
    let file = private_files::options().create_new(true).open(target).map_err(BackupError::of(target))?;
    vacuum_into(database, target).map_err(Error::from)?;
    file.sync_all().map_err(BackupError::of(target))
}

fn vacuum_into(database: &Path, target: &Path) -> Result<(), Fault> {
    let conn = connect_read_only(database)?;
    let Some(target) = target.to_str() else {
        let reason = "the path of a backup must be valid UTF-8";
        return Err(Fault::Refused(Error::Database(reason.into())));
    };
    conn.execute("VACUUM INTO ?1", [target])?;
    Ok(())
}

/// Returns the content of a snapshot.
pub(super) fn describe(snapshot: &Path) -> Result<Snapshot, BackupError> {
    let read = |conn: &Connection| {
        Ok::<_, Fault>(Snapshot {
            schema: schema::version(conn)?,
            graph_host: meta::get(conn, "graph_host")?,
            rows: count_rows(conn)?,
            media: entry_media::all(conn)?,
        })
    };
    let conn = connect_read_only(snapshot).map_err(Error::from)?;
    Ok(read(&conn).map_err(Error::from)?)
}

/// Returns the number of rows of each table.
pub(super) fn count_rows(conn: &Connection) -> Result<BTreeMap<String, u64>, Fault> {
    let mut statement =
        conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")?;
    let names: Vec<String> = statement.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut rows = BTreeMap::new();
    for name in names {
        let sql = format!("SELECT count(*) FROM \"{}\"", name.replace('"', "\"\""));
        let count: i64 = conn.query_row(&sql, (), |row| row.get(0))?;
        rows.insert(name, count.unsigned_abs());
    }
    Ok(rows)
}
