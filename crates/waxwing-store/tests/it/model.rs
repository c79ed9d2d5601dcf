//! Random sequences of operations, compared with the model of the store.

use proptest::prelude::*;
use waxwing_store_contract::model::{Operation, RecordedOutcome, check_model};

fn operation() -> impl Strategy<Value = Operation> {
    // A pick counts from the newest claim: most operations use a recent claim, some use a claim that was lost long ago.
    let pick = || prop_oneof![4 => 0..2_usize, 1 => 0..20_usize];
    let outcome = prop_oneof![
        3 => Just(RecordedOutcome::Accepted),
        1 => Just(RecordedOutcome::Retry),
        1 => Just(RecordedOutcome::RetryUncounted),
        1 => Just(RecordedOutcome::Refused),
        1 => Just(RecordedOutcome::RefusedWithFallback),
        1 => Just(RecordedOutcome::DeadLetter),
        1 => Just(RecordedOutcome::InDoubt),
        1 => Just(RecordedOutcome::NotAttempted),
    ];
    prop_oneof![
        4 => (0..3_u8, 0..40_u8).prop_map(|(user, id)| Operation::Accept { user, id }),
        4 => (1..4_usize).prop_map(|limit| Operation::ClaimTurns { limit }),
        4 => (pick(), 0..4_u8, any::<bool>()).prop_map(|(turn, replies, send)| Operation::Commit { turn, replies, send }),
        1 => (pick(), 0..60_u64, any::<bool>())
            .prop_map(|(turn, seconds, failed)| Operation::Release { turn, seconds, failed }),
        1 => (pick(), 0..60_u64).prop_map(|(turn, seconds)| Operation::ReleaseInOutage { turn, seconds }),
        4 => Just(Operation::ClaimSends),
        6 => (pick(), outcome, 0..20_u64)
            .prop_map(|(send, outcome, seconds)| Operation::RecordOutcome { send, outcome, seconds }),
        2 => (pick(), any::<bool>(), any::<bool>())
            .prop_map(|(send, failed, fallback)| Operation::Status { send, failed, fallback }),
        1 => pick().prop_map(|send| Operation::Requeue { send }),
        3 => (1..40_u64).prop_map(|seconds| Operation::Pass { seconds }),
        1 => Just(Operation::ApplyRetention),
        1 => Just(Operation::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_does_what_the_model_does(operations in proptest::collection::vec(operation(), 1..120)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(check_model(operations));
    }
}
