//! Division of recipients into requests.

use waxwing::store::MAX_RECIPIENTS_PER_CALL;

use super::list_file::Listed;

/// Largest size of the recipients of a request in bytes, unless one alone is larger. The server takes 2 MiB.
const MAX_BYTES: usize = 1536 * 1024;

/// Divides recipients into the parts that one request takes each, in their order.
pub(super) fn chunks(recipients: &[Listed]) -> serde_json::Result<Vec<&[Listed]>> {
    let (mut chunks, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (position, listed) in recipients.iter().enumerate() {
        let size = serde_json::to_vec(&listed.recipient)?.len();
        let is_full = position - start == MAX_RECIPIENTS_PER_CALL || bytes + size > MAX_BYTES;
        if is_full && position > start {
            chunks.push(&recipients[start..position]);
            (start, bytes) = (position, 0);
        }
        bytes += size;
    }
    chunks.push(&recipients[start..]);
    Ok(chunks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_admin::RecipientRequest;

    /// Checks the numbers of recipients in the requests for recipients with values of these lengths.
    #[track_caller]
    fn check(lengths: &[usize], expected: &[usize]) {
        let listed = |(line, length): (u64, &usize)| {
            let mut recipient = RecipientRequest::default();
            recipient.values.insert("1".to_owned(), "x".repeat(*length));
            Listed { line, recipient }
        };
        let recipients: Vec<_> = (0..).zip(lengths).map(listed).collect();
        let chunks = chunks(&recipients).unwrap();
        assert_eq!(chunks.iter().map(|chunk| chunk.len()).collect::<Vec<_>>(), expected);
        let lines = chunks.iter().flat_map(|chunk| chunk.iter().map(|listed| listed.line));
        assert_eq!(lines.collect::<Vec<_>>(), (0..lengths.len() as u64).collect::<Vec<_>>());
    }

    #[test]
    fn a_request_has_a_number_of_recipients_and_of_bytes() {
        check(&[1; 2_001], &[1_000, 1_000, 1]);
        check(&[1; 1_000], &[1_000]);
        check(&[4_000; 1_000], &[391, 391, 218]);
        check(&[10, 3_000_000, 10], &[1, 1, 1]);
    }
}
