//! Flags of commands that read or change data.

use waxwing_admin::AdminClient;

use crate::database_flags::DatabaseFlags;
use crate::output::OutputFlags;

/// Names the database, and the form of the output.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct AdminFlags {
    #[command(flatten)]
    output: OutputFlags,

    #[command(flatten)]
    database: DatabaseFlags,
}

impl AdminFlags {
    /// Opens the database, or connects to the server that uses it. Returns the form of the output with the client.
    pub(crate) async fn client(self) -> anyhow::Result<(AdminClient, OutputFlags)> {
        Ok((self.database.client().await?, self.output))
    }
}
