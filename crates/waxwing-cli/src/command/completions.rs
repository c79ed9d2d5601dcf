//! `waxwing completions`.

use std::io::{self, Write as _};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;

/// Print the completions of the commands and flags for a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
bash:        waxwing completions bash > ~/.local/share/bash-completion/completions/waxwing
zsh:         waxwing completions zsh > \"${fpath[1]}/_waxwing\"
fish:        waxwing completions fish > ~/.config/fish/completions/waxwing.fish
powershell:  waxwing completions powershell >> $PROFILE
elvish:      waxwing completions elvish >> ~/.config/elvish/rc.elv")]
pub(crate) struct Completions {
    /// Shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "waxwing", &mut script);
        Ok(io::stdout().lock().write_all(&script)?)
    }
}
