//! Templates of an agent.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use waxwing_agent::{Media, MediaKind};
use waxwing_llm::conversation::ApprovedTemplate;
use waxwing_llm::{Tool, conversation};
use waxwing_media::{HEAD, UNKNOWN_TYPE};

use crate::description::Description;
use crate::key_path::child;
use crate::report::ProblemReport;
use crate::sections::{LlmAgentSection, TemplateButtonName, TemplateSection};

/// Largest size of the file of a header, in bytes.
const MAX_HEADER: u64 = 16 << 20;

/// Media of the headers of templates, by the names of the templates.
pub(in crate::build) type Headers = BTreeMap<String, Media>;

/// Reads the files of the headers. Reports files that no header takes.
pub(in crate::build) fn headers(description: &Description, report: &mut ProblemReport<'_>) -> Headers {
    let mut headers = Headers::new();
    for (name, section) in description.file.templates.iter() {
        let Some(file) = &section.header_file else { continue };
        match header(&description.dir.join(file)) {
            Ok(media) => {
                headers.insert(name.to_owned(), media);
            }
            Err(error) => {
                let path = child(&child("templates", name), "header_file");
                report.error(&path, format!("cannot use `{file}`: {error}"));
            }
        }
    }
    headers
}

/// Returns the tool that sends the templates of an agent, if the agent has templates.
pub(super) fn tool(section: &LlmAgentSection, description: &Description, headers: &Headers) -> Option<Arc<dyn Tool>> {
    let mut templates = Vec::new();
    for name in &section.templates {
        let template = template(name, description.file.templates.get(name)?);
        templates.push(headers.get(name).cloned().into_iter().fold(template, ApprovedTemplate::header));
    }
    (!templates.is_empty()).then(|| Arc::new(conversation::send_template(templates)) as Arc<dyn Tool>)
}

fn template(alias: &str, section: &TemplateSection) -> ApprovedTemplate {
    let name = section.name.as_deref().unwrap_or(alias);
    let mut template = ApprovedTemplate::new(name, &section.language).alias(alias).description(&section.description);
    if let Some(text) = &section.header_text {
        template = template.header_text(text);
    }
    template = section.values.iter().fold(template, ApprovedTemplate::value);
    for (name, description) in &section.named_values {
        template = template.named_value(name, description);
    }
    for button in &section.buttons {
        let (index, description) = (button.index, &button.description);
        template = match button.kind {
            TemplateButtonName::Url => template.button_url(index, description),
            TemplateButtonName::Code => template.button_code(index, description),
            TemplateButtonName::Payload => template.button_payload(index, description),
        };
    }
    template
}

/// Reads the medium of a header.
fn header(path: &Path) -> io::Result<Media> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_HEADER + 1).read_to_end(&mut bytes)?;
    if bytes.is_empty() || bytes.len() as u64 > MAX_HEADER {
        return Err(io::Error::other("it must have 1 byte to 16 MiB"));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stated = waxwing_media::type_of_name(&name).unwrap_or(UNKNOWN_TYPE);
    let mime_type = waxwing_media::true_type(stated, &bytes[..bytes.len().min(HEAD)], false);
    let kind = match mime_type.split('/').next() {
        Some("image") => MediaKind::Image,
        Some("video") => MediaKind::Video,
        Some("audio") => return Err(io::Error::other("it is audio; use an image, a video or a document")),
        _ if mime_type == UNKNOWN_TYPE => return Err(io::Error::other("its type is unknown; use a PDF")),
        _ => MediaKind::Document,
    };
    Ok(Media::new(kind, mime_type, bytes).with_filename(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_header_is_that_of_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let check = |bytes: &[u8], expected: Result<MediaKind, &str>| {
            let path = dir.path().join("header.bin");
            std::fs::write(&path, bytes).unwrap();
            let found = header(&path).map_err(|error| error.to_string());
            match expected {
                Ok(kind) => assert_eq!(found.map(|media| media.kind()), Ok(kind)),
                Err(part) => assert!(found.as_ref().is_err_and(|error| error.contains(part)), "{found:?}"),
            }
        };
        check(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Ok(MediaKind::Image));
        check(b"%PDF-1.7\n", Ok(MediaKind::Document));
        check(b"plain text", Ok(MediaKind::Document));
        check(b"\0\x01\x02", Err("its type is unknown"));
        check(b"ID3\x04\0\0\0\0\0\0", Err("it is audio"));
        check(b"", Err("1 byte to 16 MiB"));
        assert!(header(&dir.path().join("missing.png")).is_err());
    }
}
