//! Pictures as people have them: from phones, from cameras with profiles, cut off, and made to break things.

use super::super::profile::tests::{P3, SRGB, profile, srgb_curve};
use super::*;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgb};

fn photo() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/photos/coffee.jpg")).expect("a photo")
}

fn refused(bytes: &[u8]) -> Error {
    decode_picture(bytes).map(|picture| picture.dimensions()).expect_err("a picture that can't be used")
}

#[test]
fn what_follows_the_end_of_a_jpeg_is_no_part_of_it() {
    let whole = decode_picture(&photo()).unwrap();
    // The video of a motion photo, in which the bytes of any mark may stand.
    let motion = [&photo()[..], b"\0\0\0\x18ftypmp42", &[0xff, 0xda, 1, 2, 0xff, 0xd8, 0xff], &[7; 900]].concat();
    assert!(decode_picture(&motion).unwrap() == whole);
}

#[test]
fn a_jpeg_may_lack_its_end_mark_but_no_rows() {
    let (photo, whole) = (photo(), decode_picture(&photo()).unwrap());
    assert_eq!(photo[photo.len() - 2..], [0xff, 0xd9]);
    assert!(decode_picture(&photo[..photo.len() - 2]).unwrap() == whole);
    for tenths in 1..10 {
        let cut = refused(&photo[..photo.len() * tenths / 10]);
        assert!(cut.to_string().contains("damaged"), "{tenths} tenths: {cut}");
    }
}

/// The checksum of a PNG's chunks.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

fn chunk(name: &[u8; 4], contents: &[u8]) -> Vec<u8> {
    let named = [name, contents].concat();
    [&(contents.len() as u32).to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
}

/// A picture of one pixel with this palette.
fn indexed(palette: &[u8]) -> Vec<u8> {
    let header = [&1_u32.to_be_bytes()[..], &1_u32.to_be_bytes(), &[8, 3, 0, 0, 0]].concat();
    let row = [0x78, 0x01, 0x01, 2, 0, 0xfd, 0xff, 0, 0, 0, 2, 0, 1];
    let chunks = [chunk(b"IHDR", &header), chunk(b"PLTE", palette), chunk(b"IDAT", &row), chunk(b"IEND", b"")];
    [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat()
}

#[test]
fn a_palette_has_whole_entries() {
    assert_eq!(decode_picture(&indexed(&[9, 8, 7])).unwrap().get_pixel(0, 0).0, [9, 8, 7]);
    for length in [0, 1, 2, 4, 5, 770, 771] {
        assert_eq!(refused(&indexed(&vec![9; length])).code(), "picture", "{length}");
    }
}

#[test]
fn a_decoder_that_panics_costs_its_picture_alone() {
    assert!(guarded(&photo(), decode).is_ok());
    let refused = guarded(&photo(), |_| panic!("a fault of the decoder")).err().expect("no picture");
    assert_eq!(refused.code(), "picture");
}

#[test]
fn what_would_take_too_much_memory_is_refused_by_its_header() {
    let header = |width: u32, height: u32| {
        let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
        [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), &chunk(b"IDAT", &[]), &chunk(b"IEND", b"")].concat()
    };
    for (width, height) in [(11_000, 11_000), (12_001, 1), (1, 12_001), (u32::MAX >> 1, 1)] {
        let error = refused(&header(width, height));
        assert!(error.to_string().contains("too large"), "{width} x {height}: {error}");
    }
    assert!(refused(&header(8_000, 8_000)).to_string().contains("damaged"), "only its pixels are missing");
}

#[test]
fn colours_are_those_that_the_profile_means() {
    let with_profile = |colours| {
        let mut bytes = Vec::new();
        let mut encoder = PngEncoder::new(&mut bytes);
        encoder.set_icc_profile(profile(colours, &srgb_curve())).expect("a place for profiles");
        encoder.write_image(&[200, 100, 50], 1, 1, ExtendedColorType::Rgb8).unwrap();
        *decode_picture(&bytes).unwrap().get_pixel(0, 0)
    };
    assert_eq!(with_profile(SRGB), Rgb([200, 100, 50]));
    let [r, g, b] = with_profile(P3).0;
    assert!(r.abs_diff(215) <= 2 && g.abs_diff(93) <= 2 && b.abs_diff(31) <= 2, "{r} {g} {b}");
}
