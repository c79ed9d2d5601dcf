//! Files from strangers: no function panics, and all results are within the limits.

use std::time::Duration;

use proptest::prelude::*;
use waxwing_media::{
    Limits, audio_file, canonical_type, document_text, file_name, needs_conversion, picture, sniff, voice_note, wav,
};

/// Starts of files, so that random bytes reach the decoders.
const STARTS: [&[u8]; 15] = [
    b"",
    b"\xff\xd8\xff\xe0\0\x10JFIF",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x04\0\0\0\x04\x08\x02\0\0\0",
    b"GIF89a\x04\0\x04\0\xf0\0\0",
    b"RIFF\x40\0\0\0WEBPVP8L",
    b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x04\0\0\0\x04\0\0\0\x01\0\x18\0\0\0\0\0",
    b"II*\0\x08\0\0\0\x02\0",
    b"RIFF\x40\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80>\0\0\0}\0\0\x02\0\x10\0data",
    b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x01\0\0",
    b"PK\x03\x04\x14\0\0\0\x08\0",
    b"PK\x05\x06\0\0\0\0\x01\0\x01\0",
    b"\xff\xfe",
    b"\xff\xf3\x84\xc4\0",
    b"\x1b$B",
    b"%PDF-1.7",
];

fn small() -> Limits {
    Limits {
        pixels: 10_000,
        unpacked_bytes: 10_000,
        text_bytes: 1_000,
        output_bytes: 100_000,
        recording: Duration::from_secs(2),
        ..Limits::default()
    }
}

fn convert(bytes: &[u8], mime_type: &str) {
    let limits = small();
    let _ = (sniff(bytes), needs_conversion(bytes));
    if let Ok(text) = document_text(bytes, &limits) {
        assert!(text.text.len() <= limits.text_bytes);
    }
    for converted in [
        picture(bytes, &limits),
        voice_note(bytes, mime_type, &limits),
        audio_file(bytes, mime_type, &limits),
        wav(bytes, mime_type, &limits),
    ]
    .into_iter()
    .flatten()
    {
        assert!(converted.bytes.len() <= limits.output_bytes, "{converted:?}");
        assert_eq!(sniff(&converted.bytes), Some(converted.mime_type));
    }
}

/// Real files, to be damaged.
fn files() -> Vec<Vec<u8>> {
    let limits = Limits::default();
    let samples: Vec<u8> = (0..16_000_u32).map(|n| n.wrapping_mul(n).to_le_bytes()[1]).collect();
    let note = voice_note(&samples, "audio/pcm;rate=16000", &limits).expect("a real file").bytes;
    let wide = audio_file(&samples, "audio/pcm;rate=48000", &limits).expect("a real file").bytes;
    let wav = wav(&note, "audio/ogg", &limits).expect("a real file").bytes;
    // A bitmap of 8 x 8 pixels, and what becomes of it.
    let mut bitmap = b"BM\xf6\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x08\0\0\0\x08\0\0\0\x01\0\x18\0".to_vec();
    bitmap.resize(54, 0);
    bitmap.extend((0..192_u8).map(|n| n.wrapping_mul(37)));
    let jpeg = picture(&bitmap, &limits).expect("a real file").bytes;
    let mp3 = include_bytes!("fixtures/tone-24000-mono.mp3").to_vec();
    vec![note, wide, wav, bitmap, jpeg, mp3]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn random_files_are_harmless(start in 0..STARTS.len(), rest in prop::collection::vec(any::<u8>(), 0..600), mime_type in "(audio/pcm;rate=[0-9]{0,11}|.{0,20})") {
        convert(&[STARTS[start], &rest].concat(), &mime_type);
    }

    #[test]
    fn names_and_types_are_harmless(name in ".{0,40}", mime_type in "(image/png|text/plain|application/pdf|.{0,40})") {
        let named = file_name(&name, &mime_type);
        prop_assert!(named.len() <= name.len() + 10, "{named}");
        prop_assert_eq!(file_name(&named, &mime_type), named.clone());
        prop_assert_eq!(canonical_type(&canonical_type(&mime_type)), canonical_type(&mime_type));
    }
}

#[test]
fn damaged_files_are_harmless() {
    let files = files();
    let rounds = std::env::var("WAXWING_MEDIA_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(12);
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or_default() % below
    };
    for _ in 0..rounds {
        for file in &files {
            let mut damaged = file.clone();
            for _ in 0..=random(8) {
                let at = random(damaged.len());
                damaged[at] = random(256).to_le_bytes()[0];
            }
            damaged.truncate(damaged.len() - random(damaged.len() / 2));
            convert(&damaged, "");
        }
    }
}
