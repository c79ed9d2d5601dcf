//! Tests of the phone page in a headless browser.
