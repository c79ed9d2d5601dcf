//! Pairing of messages with matchers in any order.

use crate::matcher::Matcher;
use crate::message::ChatMessage;

/// Assigns a different matcher to each message. Returns the indices of the matchers, or `None` if there is no such assignment.
///
/// The algorithm is the augmenting path algorithm for bipartite matching.
pub(super) fn pair(matchers: &[Matcher], messages: &[&ChatMessage]) -> Option<Vec<usize>> {
    let fits: Vec<Vec<bool>> =
        messages.iter().map(|message| matchers.iter().map(|matcher| matcher.matches(message)).collect()).collect();
    let mut assigned = vec![None; matchers.len()];
    let is_complete =
        (0..messages.len()).all(|message| assign(&fits, message, &mut assigned, &mut vec![false; matchers.len()]));
    let matcher_of = |message| assigned.iter().position(|assigned| *assigned == Some(message));
    if is_complete { (0..messages.len()).map(matcher_of).collect() } else { None }
}

/// Assigns a matcher to a message. Reassigns the messages that are in the way.
fn assign(fits: &[Vec<bool>], message: usize, assigned: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for matcher in 0..assigned.len() {
        if !fits[message][matcher] || std::mem::replace(&mut tried[matcher], true) {
            continue;
        }
        if assigned[matcher].is_none_or(|other| assign(fits, other, assigned, tried)) {
            assigned[matcher] = Some(message);
            return true;
        }
    }
    false
}
