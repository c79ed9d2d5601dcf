//! Agents and downloads that do not end, while all other agents and conversations are served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use waxwing_agent::{Agent, AgentError, Echo, Reply, agent_fn};
use waxwing_engine::{DownloadError, ReloadableConfig, SystemMessages};
use waxwing_types::PhoneNumberId;

use crate::support::{
    ANA, BEA, FakeGraph, Mail, Medium, NUMBER, Scene, Stage, TestEngine, mail, named_puppet, pass, post, puppet, text,
};

/// A number that is not stuck.
const OTHER: &str = "1000002";

fn user(nth: usize) -> String {
    format!("346000{nth:05}")
}

fn texts(users: std::ops::Range<usize>) -> Vec<Mail> {
    users.map(|nth| text(&user(nth), "hello")).collect()
}

fn picture(from: &str, id: &str) -> Mail {
    mail(from, "image", json!({ "id": id, "caption": "look" }))
}

#[tokio::test]
async fn a_stuck_agent_leaves_runs_to_other_agents() {
    let mut scene = Scene::new().await;
    scene.settings.max_runs = 10;
    let (agent, mut runs) = named_puppet("stuck");
    let builder = scene.builder(&scene.store).route(scene.route(NUMBER, agent)).route(scene.route(OTHER, Echo));
    let live = TestEngine::start(builder);
    post(&live.engine, &texts(0..30)).await;
    let mut stuck = Vec::new();
    for _ in 0..8 {
        stuck.push(runs.next().await);
    }
    for nth in 1..=3 {
        text(BEA, "hi").to(OTHER).post(&live.engine).await;
        assert_eq!(scene.graph.taken(nth).await[nth - 1], format!("{BEA}: echo hi"));
    }
    runs.none();
    // A run that ends makes way for another user of the same agent.
    stuck.pop().unwrap().reply("at last");
    runs.next().await;
    live.let_go();
}

#[tokio::test]
async fn a_flooded_number_leaves_runs_to_other_numbers_of_its_agent() {
    let mut scene = Scene::new().await;
    scene.settings.max_runs = 10;
    let (agent, mut runs) = puppet();
    let agent: Arc<dyn Agent> = Arc::new(agent);
    let route = |number| waxwing_engine::Route { agent: agent.clone(), ..scene.route(number, Echo) };
    let live = TestEngine::start(scene.builder(&scene.store).route(route(NUMBER)).route(route(OTHER)));
    post(&live.engine, &texts(0..30)).await;
    let mut stuck = Vec::new();
    for _ in 0..8 {
        stuck.push(runs.next().await);
    }
    text(BEA, "hi").to(OTHER).post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!(run.ctx.user_id(), BEA);
    live.let_go();
}

#[tokio::test]
async fn a_slow_download_holds_no_run() {
    let mut scene = Scene::new().await;
    scene.settings.max_runs = 1;
    scene.graph.has("slow", [Medium::Stalls]);
    let live = scene.live(Echo);
    picture(ANA, "slow").post(&live.engine).await;
    scene.graph.until("a download", |calls| !calls.downloads.is_empty()).await;
    live.hears(BEA, "hi").await;
    assert_eq!(scene.graph.taken(1).await, [format!("{BEA}: echo hi")]);
    live.let_go();
}

#[tokio::test(start_paused = true)]
async fn turns_wait_in_the_store_while_too_many_download_media() {
    let mut stage = Stage::new();
    stage.settings.media.max_downloads = 2;
    // The waits of a turn do not count as turns.
    stage.settings.loop_limit = 2;
    let graph = Arc::<FakeGraph>::default();
    for nth in 0..6 {
        graph.has(&format!("slow{nth}"), [Medium::Stalls]);
    }
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    for nth in 0..6 {
        picture(&user(nth), &format!("slow{nth}")).post(&engine).await;
    }
    // A download without content takes 10 s.
    pass(Duration::from_secs(9)).await;
    assert_eq!(graph.calls().downloads.len(), 2);
    // The later turns wait for half of their age at most.
    pass(Duration::from_mins(2)).await;
    assert_eq!((graph.calls().downloads.len(), graph.calls().taken.len()), (6, 6));
}

/// An agent that fails until the flag is set, and counts its runs.
fn failing(works: Arc<AtomicBool>, runs: Arc<AtomicUsize>) -> impl Agent {
    agent_fn("failing", move |_, _| {
        let (works, runs) = (works.clone(), runs.clone());
        async move {
            runs.fetch_add(1, Ordering::SeqCst);
            if works.load(Ordering::SeqCst) { Ok(Reply::text("back")) } else { Err(AgentError::retryable("down")) }
        }
    })
}

struct FailingFixture {
    stage: Stage,
    graph: Arc<FakeGraph>,
    engine: waxwing_engine::Engine,
    works: Arc<AtomicBool>,
    runs: Arc<AtomicUsize>,
    _workers: waxwing_engine::Workers,
}

impl FailingFixture {
    /// Five users wrote, and the agent failed for all.
    async fn new() -> Self {
        let mut stage = Stage::new();
        stage.settings.system_messages.standard.apology = "sorry".into();
        let (works, runs) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let graph = Arc::<FakeGraph>::default();
        let engine = stage.answered_by(failing(works.clone(), runs.clone()), graph.clone());
        let fixture = Self { _workers: engine.start(), stage, graph, engine, works, runs };
        post(&fixture.engine, &texts(0..5)).await;
        pass(Duration::from_millis(100)).await;
        assert_eq!(fixture.runs(), 5);
        fixture
    }

    fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }

    async fn taken(&self) -> Vec<String> {
        self.graph.taken(0).await
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_fails_in_all_conversations_is_paused_and_probed() {
    let fixture = FailingFixture::new().await;
    post(&fixture.engine, &texts(5..100)).await;
    pass(Duration::from_secs(1)).await;
    assert_eq!(fixture.runs(), 5, "nobody runs at first");
    assert!(fixture.graph.calls().typing.len() <= 5, "nobody waits for an answer in vain");
    pass(Duration::from_mins(5)).await;
    let probes = fixture.runs() - 5;
    assert!((20..=400).contains(&probes), "{probes} runs of 100 conversations in five minutes");
    fixture.works.store(true, Ordering::SeqCst);
    // A pause lasts for a minute at most, and a turn tries again within half a minute.
    pass(Duration::from_mins(3)).await;
    let apologies = fixture.taken().await.iter().filter(|sent| sent.ends_with("sorry")).count();
    let answers = fixture.taken().await.iter().filter(|sent| sent.ends_with("back")).count();
    let told = fixture.taken().await.iter().filter(|sent| sent.ends_with(&SystemMessages::default().outage)).count();
    assert!(told <= 100, "a user is told about the outage once");
    assert_eq!((answers + apologies, fixture.stage.outbox().await.len()), (100, 100 + told));
}

#[tokio::test(start_paused = true)]
async fn commands_work_while_an_agent_is_paused() {
    let fixture = FailingFixture::new().await;
    text(&user(9), "/new").post(&fixture.engine).await;
    pass(Duration::from_millis(100)).await;
    let new_session = SystemMessages::default().new_session;
    assert_eq!(fixture.taken().await, [format!("{}: {new_session}", user(9))]);
}

#[tokio::test(start_paused = true)]
async fn a_reload_ends_the_pause_of_an_agent() {
    let fixture = FailingFixture::new().await;
    fixture.engine.reload(
        ReloadableConfig::new(SystemMessages::default()).with_agent(PhoneNumberId::new(NUMBER), Arc::new(Echo)),
    );
    text(&user(9), "hi").post(&fixture.engine).await;
    pass(Duration::from_millis(100)).await;
    assert_eq!(fixture.taken().await, [format!("{}: echo hi", user(9))]);
}

#[tokio::test(start_paused = true)]
async fn users_of_an_agent_that_stays_broken_get_an_apology_in_time() {
    let fixture = FailingFixture::new().await;
    post(&fixture.engine, &texts(5..100)).await;
    pass(Duration::from_mins(14)).await;
    let apologized = |taken: Vec<String>| taken.into_iter().filter(|sent| sent.ends_with("sorry")).collect::<Vec<_>>();
    assert!(apologized(fixture.taken().await).len() < 90, "most users still wait for an answer");
    pass(Duration::from_mins(2)).await;
    let mut apologies = apologized(fixture.taken().await);
    apologies.sort();
    let expected: Vec<_> = (0..100).map(|nth| format!("{}: sorry", user(nth))).collect();
    assert_eq!(apologies, expected);
}

#[tokio::test]
async fn a_medium_that_is_not_found_twice_is_given_up() {
    let scene = Scene::new().await;
    let missing = || Medium::Fails(DownloadError::NotFound);
    scene.graph.has("gone", [missing()]);
    scene.graph.has("expired", [missing(), Medium::Bytes(b"a picture")]);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for (id, problem, downloads) in [("gone", Some("it could not be downloaded"), 2), ("expired", None, 4)] {
        picture(ANA, id).post(&live.engine).await;
        let run = runs.next().await;
        assert_eq!(run.turn.messages[0].media_problem.as_deref(), problem);
        assert_eq!(scene.graph.calls().downloads.len(), downloads);
        run.reply(Reply::none());
    }
}
