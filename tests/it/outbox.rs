//! What becomes of messages that Meta does not take.

use serde_json::Value;
use waxwing_simulator::Outcome;
use waxwing_tests::Scene;

async fn outbox(scene: &Scene, arguments: &[&str]) -> Vec<Value> {
    let ended = scene.run(&[&["outbox", "list", "--json"], arguments].concat()).output().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn what_meta_refuses_for_now_is_tried_again_in_order() {
    let scene = Scene::new().await;
    let ana = scene.sim.user("+34600000000");
    let (_server, _) = scene.serve("echo").set("WAXWING_RETRY_CAP", "50ms").start().await;
    for outcome in [Outcome::Error { code: 131_056, http: 400 }, Outcome::Error { code: 131_016, http: 500 }] {
        scene.sim.next_send(outcome);
    }
    ana.says("one").await;
    ana.says("two").await;
    ana.expect_text("echo one").await;
    ana.expect_text("echo two").await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn what_meta_never_takes_is_listed_and_can_be_queued_again() {
    let scene = Scene::new().await;
    let ana = scene.sim.user("+34600000000");
    let (mut server, _) = scene.serve("echo").start().await;
    scene.sim.next_send(Outcome::Error { code: 131_047, http: 400 });
    ana.says("one").await;
    server.logged("a message was given up").await;
    ana.says("two").await;
    ana.expect_text("echo two").await;

    let dead = outbox(&scene, &["--state", "dead"]).await;
    let [row] = &dead[..] else { panic!("{dead:?}") };
    assert_eq!((&row["code"], &row["attempts"], &row["kind"]), (&131_047.into(), &1.into(), &"text".into()));
    let id = row["id"].to_string();
    let requeued = scene.run(&["outbox", "requeue", &id]).output().await;
    assert_eq!(requeued.code, Some(0), "{}", requeued.stderr);
    ana.expect_text("echo one").await;
    assert!(outbox(&scene, &["--state", "dead"]).await.is_empty());

    let again = scene.run(&["outbox", "requeue", &id]).output().await;
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("not possible while the row is"), "{}", again.stderr);
    let unknown = scene.run(&["outbox", "requeue", "999"]).output().await;
    assert!(unknown.code == Some(1) && unknown.stderr.contains("no such row"), "{}", unknown.stderr);
}

#[tokio::test]
async fn statuses_move_the_rows_and_the_list_works_without_a_server() {
    let scene = Scene::new().await;
    let ana = scene.sim.user("+34600000000");
    let (server, _) = scene.serve("echo").start().await;
    ana.says("one").await;
    ana.expect_text("echo one").await;
    scene.sim.next_send(Outcome::AcceptThenFail { code: 131_026 });
    ana.says("two").await;
    ana.says("three").await;
    ana.expect_text("echo three").await;
    ana.reads_all();
    scene.sim.expect_settled().await;
    assert_eq!(server.terminate().await.code, Some(0));
    let states: Vec<_> =
        outbox(&scene, &[]).await.iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!(states, ["read", "failed", "read"]);
    let failed = outbox(&scene, &["--state", "failed"]).await;
    assert_eq!(failed[0]["code"], 131_026);
}

#[tokio::test]
async fn a_list_without_a_database_says_so() {
    let scene = Scene::new().await;
    let ended = scene.run(&["outbox", "list"]).output().await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("there is no database at test.db"), "{}", ended.stderr);
    assert!(!scene.path("test.db").exists());
}
