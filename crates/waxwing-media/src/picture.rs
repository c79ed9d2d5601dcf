//! Conversion of pictures.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView, ImageDecoder, ImageFormat, ImageReader};

use crate::{Converted, Limits, MediaError};

/// Quality of JPEG files, from 1 to 100.
const QUALITY: u8 = 88;

/// Number of sizes that are tried until the result is small enough.
const MAX_TRIES: usize = 8;

/// Size of a decoded picture, in bytes per pixel, at most: RGBA with 16 bits each.
const BYTES_PER_PIXEL: u64 = 8;

/// Converts a picture. See [`crate::picture`].
pub(crate) fn picture(bytes: &[u8], limits: &Limits) -> Result<Converted, MediaError> {
    encode_within(decode(bytes, limits)?, limits.output_bytes)
}

/// Returns the picture with 8 bits for each color.
fn decode(bytes: &[u8], limits: &Limits) -> Result<DynamicImage, MediaError> {
    limits.check_input(bytes)?;
    let format = match crate::sniff(bytes) {
        Some("image/jpeg") => ImageFormat::Jpeg,
        Some("image/png") => ImageFormat::Png,
        Some("image/gif") => ImageFormat::Gif,
        Some("image/webp") => ImageFormat::WebP,
        Some("image/bmp") => ImageFormat::Bmp,
        Some("image/tiff") => ImageFormat::Tiff,
        _ => return Err(MediaError::Unsupported),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut memory = image::Limits::no_limits();
    let max_bytes = limits.pixels.saturating_mul(BYTES_PER_PIXEL);
    memory.max_alloc = Some(max_bytes);
    reader.limits(memory);
    let mut decoder = reader.into_decoder().map_err(reason)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.pixels || decoder.total_bytes() > max_bytes {
        return Err(MediaError::TooLarge);
    }
    // The result has no EXIF data, which tell how to turn the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let original = DynamicImage::from_decoder(decoder).map_err(reason)?;
    // The picture is turned after it has become smaller.
    let mut picture = if is_transparent(&original) {
        DynamicImage::ImageRgba8(original.into_rgba8())
    } else {
        DynamicImage::ImageRgb8(original.into_rgb8())
    };
    picture.apply_orientation(orientation);
    Ok(picture)
}

#[allow(clippy::needless_pass_by_value, reason = "the function is passed to map_err")]
fn reason(error: image::ImageError) -> MediaError {
    match error {
        image::ImageError::Limits(_) => MediaError::TooLarge,
        image::ImageError::Unsupported(_) => MediaError::Unsupported,
        _ => MediaError::Damaged,
    }
}

fn is_transparent(picture: &DynamicImage) -> bool {
    picture.color().has_alpha() && picture.pixels().any(|(_, _, pixel)| pixel.0[3] < u8::MAX)
}

/// Encodes a picture, smaller and smaller until it fits.
fn encode_within(mut picture: DynamicImage, max_bytes: usize) -> Result<Converted, MediaError> {
    for _ in 0..MAX_TRIES {
        let converted = encode(&picture)?;
        let len = converted.bytes.len();
        if len <= max_bytes {
            return Ok(converted);
        }
        #[allow(clippy::cast_precision_loss, reason = "an estimate is enough")]
        let factor = ((max_bytes as f64 / len as f64).sqrt() * 0.95).min(0.9);
        let (width, height) = (scaled(picture.width(), factor), scaled(picture.height(), factor));
        // Other ways of scaling take many times the memory of the picture.
        picture = picture.thumbnail_exact(width, height);
    }
    Err(MediaError::TooLarge)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the result is smaller than the length")]
fn scaled(length: u32, factor: f64) -> u32 {
    ((f64::from(length) * factor) as u32).max(1)
}

fn encode(picture: &DynamicImage) -> Result<Converted, MediaError> {
    let mut bytes = Vec::new();
    if picture.color().has_alpha() {
        let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
        picture.write_with_encoder(encoder).map_err(reason)?;
        return Ok(Converted::new("image/png", bytes));
    }
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY)).map_err(reason)?;
    Ok(Converted::new("image/jpeg", bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::needs_conversion;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    const FORMATS: [ImageFormat; 6] =
        [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff];

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A picture that no encoder makes small.
    fn noise(width: u32, height: u32) -> DynamicImage {
        let mut state = 1_u32;
        let mut byte = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        RgbImage::from_fn(width, height, |_, _| Rgb([byte(), byte(), byte()])).into()
    }

    fn color_at_start(converted: &Converted) -> [u8; 4] {
        image::load_from_memory(&converted.bytes).unwrap().to_rgba8().get_pixel(0, 0).0
    }

    #[test]
    fn opaque_pictures_of_each_format_become_jpeg_files() {
        let red = RgbImage::from_pixel(40, 20, Rgb([255, 0, 0])).into();
        for format in FORMATS {
            let converted = picture(&encoded(&red, format), &Limits::default()).unwrap();
            assert_eq!(converted.mime_type, "image/jpeg", "{format:?}");
            assert_eq!(crate::sniff(&converted.bytes), Some("image/jpeg"));
            let [r, g, b, _] = color_at_start(&converted);
            assert!(r > 240 && g < 20 && b < 20, "{format:?} has the color {r} {g} {b}");
        }
    }

    #[test]
    fn transparent_pictures_become_png_files() {
        let clear = RgbaImage::from_pixel(40, 20, Rgba([0, 0, 255, 0])).into();
        for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Tiff] {
            let converted = picture(&encoded(&clear, format), &Limits::default()).unwrap();
            assert_eq!((converted.mime_type, color_at_start(&converted)[3]), ("image/png", 0), "{format:?}");
        }
    }

    #[test]
    fn large_pictures_are_scaled_until_they_fit() {
        let mut limits = Limits { output_bytes: 20_000, ..Limits::default() };
        let png = encoded(&noise(300, 200), ImageFormat::Png);
        assert!(png.len() > 100_000);
        let converted = picture(&png, &limits).unwrap();
        let small = image::load_from_memory(&converted.bytes).unwrap();
        assert!(converted.bytes.len() <= 20_000 && small.width() > 60, "{} pixels wide", small.width());
        let ratio = f64::from(small.width()) / f64::from(small.height());
        assert!((1.4..1.6).contains(&ratio), "{ratio}");
        limits.output_bytes = 10;
        assert_eq!(picture(&png, &limits).unwrap_err(), MediaError::TooLarge);
    }

    #[test]
    fn a_bomb_is_refused_by_its_header() {
        // 40,000 x 40,000 pixels in one of the smallest PNG files there are: the header decides.
        let mut png = encoded(&noise(1, 1), ImageFormat::Png);
        png[16..24].copy_from_slice(&[0, 0, 0x9c, 0x40, 0, 0, 0x9c, 0x40]);
        let crc = crc(&png[12..29]);
        png[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(picture(&png, &Limits::default()).unwrap_err(), MediaError::TooLarge);
        let limits = Limits { input_bytes: png.len() - 1, ..Limits::default() };
        assert_eq!(picture(&png, &limits).unwrap_err(), MediaError::TooLarge);
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
        })
    }

    #[test]
    fn photos_are_turned_as_their_exif_data_say() {
        let picture_of = |width, height| -> Vec<u8> {
            let plain = encoded(&RgbImage::from_pixel(width, height, Rgb([9, 9, 9])).into(), ImageFormat::Jpeg);
            // Orientation 6: turn by 90 degrees.
            let exif = b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
            [&plain[..2], exif, &plain[2..]].concat()
        };
        let turned = picture(&picture_of(40, 20), &Limits::default()).unwrap();
        let turned = image::load_from_memory(&turned.bytes).unwrap();
        assert_eq!((turned.width(), turned.height()), (20, 40));
    }

    #[test]
    fn pictures_that_whatsapp_shows_need_no_conversion() {
        let deep = encoded(&DynamicImage::ImageRgb16(image::ImageBuffer::new(2, 2)), ImageFormat::Png);
        assert!(needs_conversion(&deep));
        assert!(!needs_conversion(&encoded(&noise(2, 2), ImageFormat::Png)));
        let converted = picture(&deep, &Limits::default()).unwrap();
        assert!(!needs_conversion(&converted.bytes));
        for format in [ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff] {
            assert!(needs_conversion(&encoded(&noise(2, 2), format)), "{format:?}");
        }
        assert!(!needs_conversion(b"%PDF-1.7"));
    }

    #[test]
    fn damaged_pictures_are_errors() {
        for format in FORMATS {
            let whole = encoded(&noise(40, 20), format);
            let found = picture(&whole[..whole.len() / 2], &Limits::default());
            // Decoders of JPEG and GIF files may show the first half.
            assert!(found.is_ok() || found == Err(MediaError::Damaged), "{format:?}: {found:?}");
        }
        assert_eq!(picture(b"BM", &Limits::default()), Err(MediaError::Unsupported));
        assert_eq!(picture(b"\0\0\0\x18ftypheic", &Limits::default()), Err(MediaError::Unsupported));
    }
}
