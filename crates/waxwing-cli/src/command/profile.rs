//! `waxwing profile`.

use std::fmt;

use clap::{Args, Subcommand};
use serde_json::json;
use waxwing::client::BusinessProfile;

use crate::number_flags::{NumberFlags, explained};
use crate::output::print_line;

/// Show and change the business profile that users see.
#[derive(Debug, Args)]
pub(crate) struct Profile {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the profile.
    Show {
        #[command(flatten)]
        flags: NumberFlags,
    },
    /// Change the parts of the profile that are given.
    Set(Box<SetArgs>),
}

#[derive(Args)]
struct SetArgs {
    /// Text below the name, at most 139 characters.
    #[arg(long, value_name = "TEXT")]
    about: Option<String>,

    /// Address, at most 256 characters.
    #[arg(long, value_name = "TEXT")]
    address: Option<String>,

    /// Description, at most 512 characters.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// Email address, at most 128 characters.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,

    /// Meta's name of the industry, such as RESTAURANT.
    #[arg(long, value_name = "NAME")]
    vertical: Option<String>,

    /// Web page. Repeat the flag for a second one; both replace the former pages.
    #[arg(long, value_name = "URL")]
    website: Vec<String>,

    #[command(flatten)]
    flags: NumberFlags,
}

impl SetArgs {
    fn profile(&self) -> BusinessProfile {
        let mut profile = BusinessProfile::default();
        profile.about.clone_from(&self.about);
        profile.address.clone_from(&self.address);
        profile.description.clone_from(&self.description);
        profile.email.clone_from(&self.email);
        profile.vertical.clone_from(&self.vertical);
        self.website.iter().fold(profile, BusinessProfile::website)
    }
}

impl fmt::Debug for SetArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetArgs").finish_non_exhaustive()
    }
}

impl Profile {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let (flags, change) = match self.command {
            Command::Show { flags } => (flags, None),
            Command::Set(set) => {
                let profile = set.profile();
                anyhow::ensure!(
                    profile != BusinessProfile::default(),
                    "nothing to change; give a part such as --about"
                );
                (set.flags, Some(profile))
            }
        };
        let number = flags.open()?;
        if let Some(profile) = change {
            number.number().set_profile(&profile).await.map_err(|error| explained(&error))?;
        }
        let profile = number.number().profile().await.map_err(|error| explained(&error))?;
        let shown = json!({
            "about": profile.about,
            "address": profile.address,
            "description": profile.description,
            "email": profile.email,
            "vertical": profile.vertical,
            "websites": profile.websites,
            "profile_picture_url": profile.profile_picture_url,
        });
        number.output.print(&shown, |shown| {
            for (name, value) in shown.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
                let list =
                    value.as_array().map(|items| items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>());
                let text = list.map(|items| items.join(", ")).or_else(|| value.as_str().map(str::to_owned));
                print_line!("{name}: {}", text.unwrap_or_default());
            }
        })
    }
}
