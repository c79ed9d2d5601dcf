//! `waxwing completions` and `waxwing man`.

use tokio::process::Command;
use waxwing_tests::{ServerProcess, TestEnv};

#[tokio::test]
async fn each_shell_gets_completions_with_all_commands() {
    let env = TestEnv::new().await;
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let printed = env.run(&["completions", shell]).output().await;
        assert_eq!(printed.code, Some(0), "{}", printed.stderr);
        for part in ["conversations", "fresh", "database-url"] {
            assert!(printed.stdout.contains(part), "{shell} {part}");
        }
    }
    let unknown = env.run(&["completions", "tcsh"]).output().await;
    assert!(unknown.code == Some(2) && unknown.stderr.contains("powershell"), "{}", unknown.stderr);
}

#[tokio::test]
async fn bash_completes_commands_and_flags() {
    let env = TestEnv::new().await;
    let script = env.run(&["completions", "bash"]).output().await.stdout;
    std::fs::write(env.path("completions"), script).unwrap();
    let complete = async |words: &str, last: &str, previous: &str| {
        let words = format!(
            "source {}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _waxwing waxwing '{last}' {previous}; echo \"${{COMPREPLY[@]}}\"",
            env.path("completions").display()
        );
        let mut bash = Command::new("bash");
        bash.args(["-c", &words]);
        let ended = ServerProcess::spawn(bash).wait().await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout
    };
    assert_eq!(complete("waxwing com", "com", "waxwing").await, "commands completions");
    assert_eq!(complete("waxwing dev --fre", "--fre", "dev").await, "--fresh");
}

#[tokio::test]
async fn manual_pages_have_commands_flags_and_variables() {
    let env = TestEnv::new().await;
    let page = env.run(&["man"]).output().await;
    assert!(page.code == Some(0) && page.stdout.contains(".TH waxwing 1"), "{}", page.stderr);
    let written = env.run(&["man", "man1"]).output().await;
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    assert_eq!(written.stdout, "wrote the manual pages to man1");
    let read = |name: &str| std::fs::read_to_string(env.path("man1").join(name)).unwrap();
    assert!(read("waxwing.1").contains("waxwing\\-dev(1)"), "{}", read("waxwing.1"));
    let dev = read("waxwing-dev.1");
    assert!(dev.contains("\\-\\-fresh") && dev.contains("WAXWING_EMULATOR_PORT"), "{dev}");
    assert!(read("waxwing-config-check.1").contains("waxwing.toml"));
}
