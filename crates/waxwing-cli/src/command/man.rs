//! `waxwing man`.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::Cli;
use crate::output::print_line;

/// Print the manual page of the program, or write the pages of all commands.
#[derive(Debug, Args)]
pub(crate) struct ManPages {
    /// Directory for the pages of all commands, such as ~/.local/share/man/man1. Pages that exist there are replaced. The page of the program is
    /// printed if no directory is named.
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl ManPages {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let Some(dir) = self.dir else {
            let mut page = Vec::new();
            Man::new(Cli::command()).render(&mut page)?;
            return Ok(io::stdout().lock().write_all(&page)?);
        };
        let shown = dir.display();
        std::fs::create_dir_all(&dir).with_context(|| format!("the directory {shown} cannot be created"))?;
        clap_mangen::generate_to(Cli::command(), &dir)
            .with_context(|| format!("the pages cannot be written to {shown}"))?;
        print_line!("wrote the manual pages to {shown}");
        Ok(())
    }
}
