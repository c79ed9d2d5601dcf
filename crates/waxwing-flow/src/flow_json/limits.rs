//! Meta's limits of Flow JSON. Lengths are in UTF-16 units.
//!
//! <https://developers.facebook.com/docs/whatsapp/flows/reference/components>

/// Size of the whole JSON in bytes.
pub(super) const JSON_BYTES: usize = 10 * 1024 * 1024;
/// Components on a screen.
pub(super) const COMPONENTS: usize = 50;
/// Opt-ins on a screen.
pub(super) const OPT_INS: usize = 5;
/// Images on a screen.
pub(super) const IMAGES: usize = 3;
/// Size of an image in bytes before Base64. Meta recommends at most 300 kB; all data of a screen may have 1 MB.
pub(super) const IMAGE_BYTES: usize = 700 * 1024;
/// Heading, and subheading.
pub(super) const HEADING: usize = 80;
/// Body text.
pub(super) const BODY: usize = 4096;
/// Caption.
pub(super) const CAPTION: usize = 409;
/// Label of a text input, of a text area and of a dropdown.
pub(super) const TEXT_LABEL: usize = 20;
/// Label of radio buttons and of checkboxes.
pub(super) const GROUP_LABEL: usize = 30;
/// Label of a date picker.
pub(super) const DATE_LABEL: usize = 40;
/// Label of an opt-in.
pub(super) const OPT_IN_LABEL: usize = 120;
/// Label of a footer.
pub(super) const FOOTER_LABEL: usize = 35;
/// Help text of an input.
pub(super) const HELP: usize = 80;
/// Description of radio buttons and checkboxes, and of an option.
pub(super) const DESCRIPTION: usize = 300;
/// Title of an option.
pub(super) const OPTION_TITLE: usize = 30;
/// Options of radio buttons and of checkboxes.
pub(super) const GROUP_OPTIONS: usize = 20;
/// Options of a dropdown without images.
pub(super) const DROPDOWN_OPTIONS: usize = 200;
