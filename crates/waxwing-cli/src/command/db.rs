//! `waxwing db`.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use waxwing::Database;
use waxwing::store::{BackupError, BackupManifest, HeldWork, Restored, SqliteFiles, Verification};

use crate::database_flags::DatabaseFlags;
use crate::output::{OutputFlags, print_line};
use crate::time::time;

/// Back up, restore and check the database with the received media.
#[derive(Debug, Args)]
pub(crate) struct Db {
    #[command(subcommand)]
    command: DbCommand,
}

#[derive(Debug, Subcommand)]
enum DbCommand {
    /// Write a backup: a directory with the database, the received media and a manifest. A server can run meanwhile.
    Backup(BackupArgs),
    /// Restore a backup to a place without a database. No server may use that place.
    Restore(RestoreArgs),
    /// Check the database or a backup, and name each fault. Nothing is changed, and a server can run meanwhile.
    Verify(VerifyArgs),
    /// Seal all content with the current storage key, also after a change of the key. No server may use the database. A killed command can be
    /// repeated.
    Encrypt(ResealArgs),
    /// Store all content plain again. The storage key must be among the previous ones, and no current one may be set. No server may use the
    /// database.
    Decrypt(ResealArgs),
}

#[derive(Debug, Args)]
struct BackupArgs {
    /// Directory to write. Its parent must exist.
    backup: PathBuf,

    /// Replace an earlier backup of this name.
    #[arg(long)]
    overwrite: bool,

    #[command(flatten)]
    output: OutputFlags,

    #[command(flatten)]
    database: DatabaseFlags,
}

#[derive(Debug, Args)]
struct RestoreArgs {
    /// Directory of the backup.
    backup: PathBuf,

    /// Where to restore the database, instead of the configured place, such as `sqlite://restored.db`.
    #[arg(long, value_name = "URL")]
    to: Option<String>,

    /// Answer and send what was pending at the time of the backup. Use it only if no server has used the database since, as when a database
    /// moves to another machine.
    #[arg(long)]
    keep_pending: bool,

    #[command(flatten)]
    output: OutputFlags,

    #[command(flatten)]
    database: DatabaseFlags,
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// Directory of a backup. Default: the configured database.
    backup: Option<PathBuf>,

    #[command(flatten)]
    output: OutputFlags,

    #[command(flatten)]
    database: DatabaseFlags,
}

#[derive(Debug, Args)]
struct ResealArgs {
    #[command(flatten)]
    output: OutputFlags,

    #[command(flatten)]
    database: DatabaseFlags,
}

impl Db {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            DbCommand::Backup(backup) => backup.run().await,
            DbCommand::Restore(restore) => restore.run().await,
            DbCommand::Verify(verify) => verify.run().await,
            DbCommand::Encrypt(args) => args.encrypt().await,
            DbCommand::Decrypt(args) => args.decrypt().await,
        }
    }
}

impl BackupArgs {
    async fn run(self) -> anyhow::Result<()> {
        let files = files(&self.database.database()?);
        let (backup, overwrite) = (self.backup.clone(), self.overwrite);
        let manifest = blocking(move || files.back_up(&backup, overwrite)).await.context("no backup written")?;
        self.output.print(&manifest, |manifest| print_manifest(&self.backup.display().to_string(), manifest))
    }
}

impl RestoreArgs {
    async fn run(self) -> anyhow::Result<()> {
        let configured = self.database.database()?;
        let database = match &self.to {
            Some(url) => Database::parse(url)?.storage_keys(configured.keys().clone()),
            None => configured,
        };
        let files = files(&database);
        let (backup, keep_pending) = (self.backup, self.keep_pending);
        let restored = blocking(move || files.restore(&backup, keep_pending)).await.context("nothing restored")?;
        self.output.print(&restored, |restored| print_restored(&database, restored, keep_pending))
    }
}

impl VerifyArgs {
    async fn run(self) -> anyhow::Result<()> {
        let (name, verification) = if let Some(backup) = self.backup {
            let name = format!("backup {}", backup.display());
            (name, blocking(move || SqliteFiles::verify_backup(&backup)).await)
        } else {
            let database = self.database.database()?;
            let files = files(&database);
            (format!("database {database}"), blocking(move || files.verify()).await)
        };
        let verification = verification.with_context(|| format!("{name} cannot be checked"))?;
        self.output.print(&verification, |verification| print_verification(&name, verification))?;
        match verification.faults.len() {
            0 => Ok(()),
            1 => bail!("1 fault found"),
            faults => bail!("{faults} faults found"),
        }
    }
}

impl ResealArgs {
    async fn encrypt(self) -> anyhow::Result<()> {
        let database = self.database.database()?;
        let Some(key) = database.keys().current() else {
            bail!(
                "no storage key is set; set WAXWING_STORAGE_KEY, for example to the output of `openssl rand -base64 32`"
            );
        };
        check_exists(&database)?;
        let done = database.reseal().await?;
        self.output.print(&done, |done| {
            print_line!(
                "{database} is sealed with the storage key {}: {} content keys wrapped again, {} values sealed, file compacted. \
                 Earlier storage keys are needed for older backups only; remove WAXWING_STORAGE_PREVIOUS_KEYS",
                key.id(),
                done.keys,
                done.values
            );
        })
    }

    async fn decrypt(self) -> anyhow::Result<()> {
        let database = self.database.database()?;
        if let Some(key) = database.keys().current() {
            bail!(
                "the storage key {} is set; move it to WAXWING_STORAGE_PREVIOUS_KEYS, so that no content is sealed again",
                key.id()
            );
        }
        check_exists(&database)?;
        let done = database.reseal().await?;
        self.output.print(&done, |done| {
            print_line!("{database} is plain: {} values opened, content keys removed, file compacted", done.values);
        })
    }
}

/// Refuses to create a database.
fn check_exists(database: &Database) -> anyhow::Result<()> {
    if database.exists() { Ok(()) } else { bail!("{database} does not exist; name the database with DATABASE_URL") }
}

/// Returns the files of a database.
fn files(database: &Database) -> SqliteFiles {
    SqliteFiles::new(database.path(), database.kept_media_dir()).storage_keys(database.keys().clone())
}

/// Runs file operations on a thread for blocking work.
async fn blocking<T: Send + 'static>(
    operation: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> anyhow::Result<T> {
    Ok(tokio::task::spawn_blocking(operation).await??)
}

fn print_manifest(name: &str, manifest: &BackupManifest) {
    let rows = |table: &str| manifest.rows.get(table).copied().unwrap_or_default();
    print_line!(
        "backup {name} written: {} bytes with {} conversations, {} entries of the conversation log and {} sent messages, {} received \
         media",
        manifest.database.bytes,
        rows("conversation"),
        rows("entry"),
        rows("outbox"),
        manifest.media.len()
    );
    if manifest.missing_media > 0 {
        print_line!("{} received media are not kept any more", manifest.missing_media);
    }
}

fn print_restored(database: &Database, restored: &Restored, keep_pending: bool) {
    let Restored { manifest, held, .. } = restored;
    print_line!("database {database} restored as it was at {}", time(manifest.created_at));
    print_line!("messages, opt-outs, handoffs and erasures of users after that time are not in it");
    if keep_pending {
        print_line!("the next server answers and sends what was pending");
        return;
    }
    let HeldWork { outgoing, unanswered, campaigns, scheduled, .. } = *held;
    let fact = |count: u64, fact: &str| {
        if count > 0 {
            print_line!("{count} {fact}");
        }
    };
    fact(
        outgoing,
        "messages to users may have been sent: see waxwing outbox list --state dead_letter; requeue sends one",
    );
    fact(
        unanswered,
        "messages of users may have been answered: they are in the history, and no agent answers them now",
    );
    fact(campaigns, "campaigns are paused: see waxwing campaigns list; a resumed one may send a message again");
    fact(scheduled, "scheduled messages may have been sent: they are not sent again");
}

fn print_verification(name: &str, verification: &Verification) {
    for fault in &verification.faults {
        print_line!("{fault}");
    }
    if verification.faults.is_empty() {
        print_line!("{name} has no faults; {} received media were checked", verification.media);
    }
}
