//! Pictures of the demo agent.
//!
//! Limits protect the memory from small files that decode to huge pictures.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader, ImageResult, Limits, Rgb, RgbImage};

/// Longest side of an incoming picture, in pixels.
const MAX_SIDE: u32 = 8_192;
/// Most memory for decoding a picture, in bytes.
const MAX_ALLOCATION: u64 = 256 * 1024 * 1024;
/// Longest side of an outgoing picture. A PNG of this size stays below the limit of the channel.
const MAX_SIDE_OUT: u32 = 1_024;

/// Mirrors a picture from left to right. Returns a PNG, and the original width and height in pixels.
pub(super) fn mirror(bytes: &[u8]) -> ImageResult<(Vec<u8>, u32, u32)> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOCATION);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits);
    let picture = reader.decode()?;
    let (width, height) = (picture.width(), picture.height());
    let small = if width.max(height) > MAX_SIDE_OUT { picture.thumbnail(MAX_SIDE_OUT, MAX_SIDE_OUT) } else { picture };
    Ok((png(&small.fliph().into_rgb8().into())?, width, height))
}

/// Paints a sunset as PNG. Each seed gives another picture.
pub(super) fn sunset(seed: u32) -> ImageResult<Vec<u8>> {
    let (width, height) = (480, 320);
    let sun = (100 + seed % 280, 120 + (seed >> 8) % 80, 30 + (seed >> 16) % 25);
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let inside = x.abs_diff(sun.0).pow(2) + y.abs_diff(sun.1).pow(2) < sun.2.pow(2);
        let shade = |from: u32, to: u32| u8::try_from((from * (height - y) + to * y) / height).unwrap_or(u8::MAX);
        match (y > 230, inside) {
            (true, _) => Rgb([20, shade(60, 90), shade(120, 160)]),
            (false, true) => Rgb([255, 225, 130]),
            (false, false) => Rgb([shade(60, 255), shade(40, 140), shade(120, 60)]),
        }
    });
    png(&picture.into())
}

fn png(picture: &DynamicImage) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_is_too_wide_is_refused() {
        let wide = png(&RgbImage::new(MAX_SIDE + 1, 1).into()).unwrap();
        assert!(matches!(mirror(&wide), Err(image::ImageError::Limits(_))));
    }
}
