//! Waiting for an expectation.

use std::panic::Location;

use crate::user::transcript::transcript;
use crate::user::{TestStep, User};
use crate::world::World;
use crate::world::users::EmulatedUser;

/// Outlook of an expectation after a look at the world.
pub(super) enum Outlook<T> {
    Met(T),
    Pending,
    /// The expectation can no longer be met, for this reason.
    Missed(String),
}

impl User {
    /// Waits until the emulator is idle and has no unconsumed message.
    pub(super) fn until_idle(&self, location: &'static Location<'static>, wanted: String) -> TestStep<()> {
        self.watch(location, wanted, "but webhooks or messages were still in transit", |handle, world| {
            let Some(user) = world.users.get(handle.id) else { return Outlook::Pending };
            match user.visible(user.cursor).next() {
                Some(entry) => Outlook::Missed(format!("got {}", entry.message)),
                None if world.is_idle() => Outlook::Met(()),
                None => Outlook::Pending,
            }
        })
    }

    /// Looks at the user after each change until the expectation is met, is missed, or times out.
    pub(super) fn until<T: 'static>(
        &self,
        location: &'static Location<'static>,
        wanted: String,
        mut look: impl FnMut(&mut EmulatedUser) -> Outlook<T> + Send + 'static,
    ) -> TestStep<T> {
        self.watch(location, wanted, "nothing came", move |handle, world| {
            world.users.get_mut(handle.id).map_or(Outlook::Pending, &mut look)
        })
    }

    /// Looks at the world after each change until the expectation is met, is missed, or times out.
    pub(super) fn watch<T: 'static>(
        &self,
        location: &'static Location<'static>,
        wanted: String,
        timed_out: &'static str,
        mut look: impl FnMut(&Self, &mut World) -> Outlook<T> + Send + 'static,
    ) -> TestStep<T> {
        let user = self.clone();
        TestStep::new(async move {
            let deadline = user.shared.settings.deadline;
            let found = user.shared.wait(|world| match look(&user, world) {
                Outlook::Met(found) => Some(Ok(found)),
                Outlook::Pending => None,
                Outlook::Missed(why) => Some(Err(why)),
            });
            match tokio::time::timeout(deadline, found).await {
                Ok(Ok(found)) => found,
                Ok(Err(why)) => user.fail(location, &format!("{wanted}, {why}")),
                Err(_) => user.fail(location, &format!("{wanted}, {timed_out} within {deadline:?}")),
            }
        })
    }

    /// Fails the test and prints the conversation.
    #[track_caller]
    pub(in crate::user) fn fail(&self, location: &Location<'_>, wanted: &str) -> ! {
        let (name, transcript) = {
            let world = self.shared.world();
            let name = world.users.get(self.id).map(EmulatedUser::label).unwrap_or_default();
            (name, transcript(&world, self.id))
        };
        panic!("{location}: {name} expected {wanted}\n{transcript}")
    }
}
