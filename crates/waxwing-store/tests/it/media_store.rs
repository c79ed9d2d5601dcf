//! The media store in a directory.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use waxwing_store::{DirectoryMediaStore, MediaHash, MediaStore};

const KIB: usize = 1024;

/// A directory for a store, and one for the files of callers.
struct Scene {
    dir: TempDir,
    next: std::cell::Cell<usize>,
}

impl Scene {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), next: 0.into() }
    }

    fn media(&self) -> PathBuf {
        self.dir.path().join("media")
    }

    async fn open(&self, max_bytes: usize) -> DirectoryMediaStore {
        DirectoryMediaStore::open(self.media(), max_bytes as u64).await.unwrap()
    }

    /// Returns the path of a file that does not exist.
    fn path(&self) -> PathBuf {
        self.next.set(self.next.get() + 1);
        self.dir.path().join(self.next.get().to_string())
    }

    /// Puts content, and removes the file of the caller.
    async fn put(&self, store: &DirectoryMediaStore, content: &[u8]) -> bool {
        let file = self.path();
        std::fs::write(&file, content).unwrap();
        let is_kept = store.put(MediaHash::of(content), &file).await.unwrap();
        std::fs::remove_file(file).unwrap();
        is_kept
    }

    /// Returns whether content is kept, after a comparison of what the store returns.
    async fn has(&self, store: &DirectoryMediaStore, content: &[u8]) -> bool {
        let file = self.path();
        let Some(len) = store.get(MediaHash::of(content), &file).await.unwrap() else {
            assert!(!file.exists());
            return false;
        };
        assert_eq!(std::fs::read(file).unwrap(), content);
        assert_eq!(len, content.len() as u64);
        true
    }

    fn kept_file(&self, content: &[u8]) -> PathBuf {
        self.media().join(MediaHash::of(content).to_string())
    }

    /// Returns the names in the directory of the store.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.media()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

/// Sets the time of the last use of a file to some seconds ago.
fn age(file: &Path, seconds: u64) {
    let file = std::fs::File::options().write(true).open(file).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
}

#[tokio::test]
async fn content_is_kept_once_until_it_is_deleted() {
    let scene = Scene::new();
    let store = scene.open(100 * KIB).await;
    assert!(!scene.has(&store, b"a picture").await);
    for _ in 0..2 {
        assert!(scene.put(&store, b"a picture").await);
        assert!(scene.has(&store, b"a picture").await);
    }
    scene.put(&store, b"").await;
    assert!(scene.has(&store, b"").await);
    assert_eq!(scene.names().len(), 2);
    let mut expected = [MediaHash::of(b""), MediaHash::of(b"a picture")];
    let mut listed = store.list().await.unwrap();
    expected.sort();
    listed.sort();
    assert_eq!(listed, expected);
    for _ in 0..2 {
        store.delete(MediaHash::of(b"a picture")).await.unwrap();
    }
    assert!(!scene.has(&store, b"a picture").await);
    assert_eq!(store.list().await.unwrap(), [MediaHash::of(b"")]);
}

#[tokio::test]
async fn content_outlives_the_process_and_its_file() {
    let scene = Scene::new();
    let store = scene.open(100 * KIB).await;
    scene.put(&store, b"a picture").await;
    let file = scene.path();
    store.get(MediaHash::of(b"a picture"), &file).await.unwrap();
    drop(store);
    // A killed process leaves an incomplete file.
    std::fs::write(scene.media().join("0.part"), "a pic").unwrap();
    let store = scene.open(100 * KIB).await;
    assert_eq!(scene.names(), [MediaHash::of(b"a picture").to_string()]);
    assert!(scene.has(&store, b"a picture").await);
    store.delete(MediaHash::of(b"a picture")).await.unwrap();
    assert_eq!(std::fs::read(file).unwrap(), b"a picture", "the file of a reader stays");
}

#[tokio::test]
async fn damaged_content_is_not_returned() {
    let damage: [&[u8]; 3] = [b"a p", b"A picture", b"a picture and more"];
    for damaged in damage {
        let scene = Scene::new();
        let mut store = scene.open(100 * KIB).await;
        scene.put(&store, b"a picture").await;
        for is_restarted in [false, true] {
            assert!(scene.has(&store, b"a picture").await);
            // The damage is found in the process that has read the file before, and in the next one.
            std::fs::write(scene.kept_file(b"a picture"), damaged).unwrap();
            if is_restarted {
                store = scene.open(100 * KIB).await;
            }
            assert!(!scene.has(&store, b"a picture").await, "{damaged:?}");
            assert!(scene.names().is_empty(), "the damaged file is removed");
            scene.put(&store, b"a picture").await;
        }
        assert!(scene.has(&store, b"a picture").await, "content that is put again is sound");
    }
}

#[tokio::test]
async fn a_file_that_disappears_is_forgotten() {
    let scene = Scene::new();
    let store = scene.open(100 * KIB).await;
    scene.put(&store, b"a picture").await;
    std::fs::remove_file(scene.kept_file(b"a picture")).unwrap();
    assert!(!scene.has(&store, b"a picture").await);
    assert!(store.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_used_least_recently_makes_room() {
    let scene = Scene::new();
    let content = |n: u8| vec![n; 10 * KIB];
    let store = scene.open(40 * KIB).await;
    for n in 0..4 {
        scene.put(&store, &content(n)).await;
    }
    drop(store);
    (0..4).for_each(|n| age(&scene.kept_file(&content(n)), 100 - u64::from(n)));
    let store = scene.open(40 * KIB).await;
    assert!(scene.has(&store, &content(0)).await, "a read is a use");
    scene.put(&store, &content(4)).await;
    let mut kept = Vec::new();
    for n in 0..5 {
        if scene.has(&store, &content(n)).await {
            kept.push(n);
        }
    }
    assert_eq!(kept, [0, 3, 4]);
    assert_eq!(scene.names().len(), 3);
    drop(store);
    let store = scene.open(15 * KIB).await;
    assert_eq!(store.list().await.unwrap().len(), 1, "a lower limit applies at the start");
    assert!(!scene.put(&store, &content(5).repeat(2)).await, "content above the limit is not kept");
    assert_eq!(scene.names().len(), 1);
}

#[tokio::test]
async fn the_number_of_small_files_is_bounded() {
    let scene = Scene::new();
    let store = scene.open(40 * KIB).await;
    for n in 0..50_u8 {
        scene.put(&store, &[n]).await;
    }
    assert!(scene.names().len() <= 10, "each file counts with 4 KiB");
    assert!(scene.has(&store, &[49]).await);
}

#[cfg(unix)]
#[tokio::test]
async fn other_users_cannot_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let scene = Scene::new();
    std::fs::create_dir(scene.media()).unwrap();
    std::fs::set_permissions(scene.media(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let store = scene.open(40 * KIB).await;
    scene.put(&store, b"a picture").await;
    assert_eq!((mode(&scene.media()), mode(&scene.kept_file(b"a picture"))), (0o700, 0o600));
}

#[tokio::test]
async fn concurrent_calls_agree() {
    let scene = Scene::new();
    let store = scene.open(100 * KIB).await;
    let hash = MediaHash::of(b"a picture");
    let calls = (0..32).map(|nth| {
        let (store, file, into) = (store.clone(), scene.path(), scene.path());
        tokio::spawn(async move {
            std::fs::write(&file, "a picture").unwrap();
            assert!(store.put(hash, &file).await.unwrap());
            if nth % 4 == 3 {
                store.delete(hash).await.unwrap();
            } else if store.get(hash, &into).await.unwrap().is_some() {
                assert_eq!(std::fs::read(into).unwrap(), b"a picture");
            }
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
    scene.put(&store, b"a picture").await;
    assert!(scene.has(&store, b"a picture").await);
    assert_eq!(scene.names().len(), 1);
}
