//! Stickers of agents.

use std::path::Path;

use waxwing_config::{Config, ConfigPurpose};

fn build(dir: &Path) -> Result<(), waxwing_config::InvalidConfig> {
    let text = "models.m = { provider = 'openai', model = 'm', api_key = 'sk-0123456789' }\n[agents.a]\nmodel = 'm'\n\
                stickers = { thanks = 'thanks.webp' }\n[numbers.n]\nphone_number_id = '1'\nagent = 'a'\n";
    let config = Config::parse(text, "w.toml", dir.into(), &|_: &str| None, ConfigPurpose::Serve)?;
    config.check_agents(waxwing::NetworkPolicy::default()).map(drop)
}

#[test]
fn a_missing_sticker_and_a_picture_of_another_type_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let problem = || build(dir.path()).unwrap_err().to_string();
    let error = problem();
    assert!(error.contains("agents.a.stickers.thanks: cannot use `thanks.webp`: No such file"), "{error}");
    let file = dir.path().join("thanks.webp");
    std::fs::write(&file, b"\x89PNG\r\n").unwrap();
    let error = problem();
    assert!(
        error.contains("w.toml:4:23: agents.a.stickers.thanks: cannot use `thanks.webp`: it is no WebP file"),
        "{error}"
    );
    std::fs::write(&file, b"RIFF....WEBPVP8 ....").unwrap();
    assert!(build(dir.path()).is_ok());
}
