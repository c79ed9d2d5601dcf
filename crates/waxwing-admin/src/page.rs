//! Size of a page of a list.

use crate::error::AdminError;

/// Number of rows in a page, unless a request states it.
const PAGE: usize = 100;

/// Largest number of rows in a page.
const MAX_PAGE: usize = 1000;

/// Returns the number of rows for the limit that a request states.
pub(crate) fn page_size(limit: Option<usize>) -> Result<usize, AdminError> {
    let limit = limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(AdminError::Request(format!("limit must be between 1 and {MAX_PAGE}")));
    }
    Ok(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_between_one_and_a_thousand_rows() {
        for (limit, expected) in [(None, Some(100)), (Some(1), Some(1)), (Some(1000), Some(1000))] {
            assert_eq!(page_size(limit).ok(), expected);
        }
        for wrong in [0, 1001] {
            assert_eq!(page_size(Some(wrong)).unwrap_err().to_string(), "limit must be between 1 and 1000");
        }
    }
}
