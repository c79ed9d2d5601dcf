//! Tests of recordings from end to end.

use std::f32::consts::PI;
use std::time::Duration;

use super::*;
use crate::sniff;

/// Returns a WAV file with a second of a tone of 440 Hz.
#[allow(clippy::cast_precision_loss, reason = "test values are small")]
fn tone(rate: u32, channels: u16) -> Vec<u8> {
    let samples = (0..rate).flat_map(|n| {
        let sample = pcm::to_i16(0.5 * (2.0 * PI * 440.0 * n as f32 / rate as f32).sin());
        std::iter::repeat_n(sample.to_le_bytes(), channels.into()).flatten()
    });
    let data: Vec<u8> = samples.collect();
    let block = channels * 2;
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0".to_vec();
    file.extend_from_slice(&channels.to_le_bytes());
    file.extend_from_slice(&rate.to_le_bytes());
    file.extend_from_slice(&(rate * u32::from(block)).to_le_bytes());
    file.extend_from_slice(&block.to_le_bytes());
    file.extend_from_slice(b"\x10\0data");
    file.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
    [file, data].concat()
}

/// Returns the samples of a WAV file that this crate wrote.
fn samples(wav: &[u8]) -> Vec<f32> {
    wav[44..].chunks_exact(2).map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0).collect()
}

/// Checks that the samples are a second of the tone, at 16 kHz.
#[track_caller]
fn check_tone(samples: &[f32]) {
    assert_eq!(samples.len(), 16_000);
    let middle = &samples[2_000..14_000];
    let crossings = middle.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    assert!((328..=332).contains(&crossings), "the tone has {crossings} waves in 750 ms");
    let loudest = middle.iter().fold(0.0, |a: f32, b| a.max(b.abs()));
    assert!((0.35..0.65).contains(&loudest), "the loudest sample is {loudest}");
}

#[test]
fn a_wav_file_becomes_a_voice_note_and_again_a_wav_file() {
    let limits = Limits::default();
    for (rate, channels) in [(16_000, 1), (48_000, 2), (44_100, 1), (22_050, 2), (96_000, 1), (8_000, 1)] {
        let note = voice_note(&tone(rate, channels), "audio/wav", &limits).unwrap();
        assert_eq!((note.mime_type, sniff(&note.bytes)), (OGG_OPUS, Some(OGG_OPUS)));
        assert!(note.bytes.len() < 10_000, "{rate}: {} bytes", note.bytes.len());
        let back = wav(&note.bytes, note.mime_type, &limits).unwrap();
        assert_eq!((back.mime_type, sniff(&back.bytes)), ("audio/wav", Some("audio/wav")));
        check_tone(&samples(&back.bytes));
    }
}

#[test]
fn an_mp3_file_becomes_a_voice_note() {
    let limits = Limits::default();
    let files: [&[u8]; 2] = [
        include_bytes!("../../tests/fixtures/tone-24000-mono.mp3"),
        include_bytes!("../../tests/fixtures/tone-44100-stereo.mp3"),
    ];
    for file in files {
        let note = voice_note(file, "audio/mpeg", &limits).unwrap();
        assert_eq!((note.mime_type, sniff(&note.bytes)), (OGG_OPUS, Some(OGG_OPUS)));
        check_tone(&samples(&wav(&note.bytes, note.mime_type, &limits).unwrap().bytes));
        check_tone(&samples(&wav(file, "audio/mpeg", &limits).unwrap().bytes));
        // A file that ends early counts up to its end.
        let half = wav(&file[..file.len() / 2], "audio/mpeg", &limits).unwrap();
        assert!((6_000..10_000).contains(&samples(&half.bytes).len()), "{}", samples(&half.bytes).len());
        let short = Limits { recording: Duration::ZERO, ..Limits::default() };
        assert_eq!(voice_note(file, "audio/mpeg", &short).unwrap_err(), MediaError::TooLarge);
    }
    assert_eq!(voice_note(b"ID3\x04\0\0\0\0\0\0", "audio/mpeg", &limits).unwrap_err(), MediaError::Damaged);
}

#[test]
fn raw_samples_are_read_as_their_type_says() {
    let limits = Limits::default();
    let note = voice_note(&tone(24_000, 1)[44..], "audio/L16;codec=pcm;rate=24000", &limits).unwrap();
    check_tone(&samples(&wav(&note.bytes, "audio/ogg", &limits).unwrap().bytes));
}

#[test]
fn a_wav_file_of_unknown_size_is_read_to_its_end() {
    for size in [u32::MAX, 0] {
        let mut file = tone(16_000, 1);
        file[40..44].copy_from_slice(&size.to_le_bytes());
        check_tone(&samples(&wav(&file, "audio/wav", &Limits::default()).unwrap().bytes));
    }
}

#[test]
fn a_cut_voice_note_is_read_as_far_as_it_goes() {
    let limits = Limits::default();
    let note = voice_note(&[tone(16_000, 1), vec![0; 320_000]].concat(), "audio/wav", &limits).unwrap();
    assert_eq!(wav(&note.bytes[..60], OGG_OPUS, &limits).unwrap_err(), MediaError::Damaged);
    let whole = wav(&note.bytes, OGG_OPUS, &limits).unwrap();
    check_tone(&samples(&whole.bytes));
}

#[test]
fn limits_hold() {
    let limits = Limits { recording: Duration::from_millis(500), ..Limits::default() };
    // Lengths are counted in whole seconds.
    let long = [tone(16_000, 1), vec![0; 64_000]].concat();
    let mut long = long;
    long[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(voice_note(&long, "audio/wav", &limits).unwrap_err(), MediaError::TooLarge);
    let note = voice_note(&long, "audio/wav", &Limits::default()).unwrap();
    assert_eq!(wav(&note.bytes, OGG_OPUS, &limits).unwrap_err(), MediaError::TooLarge);
    let limits = Limits { output_bytes: 1000, ..Limits::default() };
    assert_eq!(voice_note(&long, "audio/wav", &limits).unwrap_err(), MediaError::TooLarge);
    assert_eq!(wav(&note.bytes, OGG_OPUS, &limits).unwrap_err(), MediaError::TooLarge);
    let limits = Limits { time: Duration::ZERO, ..Limits::default() };
    assert_eq!(voice_note(&long, "audio/wav", &limits).unwrap_err(), MediaError::TooSlow);
    assert_eq!(wav(&note.bytes, OGG_OPUS, &limits).unwrap_err(), MediaError::TooSlow);
}
