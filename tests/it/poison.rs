//! Message that crashes the process that answers it.

use std::path::Path;

use waxwing_tests::PoisonTest;

/// Number of crashes for a poison message. Two crashes together with other runs start the isolation of all these runs. Three crashes of the
/// isolated run identify the poison message.
const DEATHS: u32 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_given_up_with_an_apology_and_nobody_else_suffers() {
    let program = Path::new(env!("CARGO_BIN_EXE_waxwing-slow-echo"));
    let poison = PoisonTest { program, doses: 2, seed: 1 };
    let (report, deaths) = poison.run().await;
    println!("{poison:?}\n{report}");
    assert_eq!(deaths, [DEATHS; 2]);
    assert_eq!((report.answered, report.dead_letters), (report.acknowledged, 2), "{report}");
}
