//! Text of office files.

mod archive;
mod docx;
mod number_format;
mod output;
mod workbook;
mod xlsx;
mod xml;

pub(crate) use docx::docx;
pub(crate) use xlsx::xlsx;

#[cfg(test)]
mod test_zip;
