//! Small whole files of every sort: what damage begins with.

use image::codecs::bmp::BmpEncoder;
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ExtendedColorType, Frame, ImageEncoder, RgbImage};
use omni_r1_web::config::ModelConfig;
use omni_r1_web::model::checkpoint::{Precision, write_tensors, write_weights};
use omni_r1_web::model::{Transformer, WeightSource};
use omni_r1_web::tokens::{Vocab, learn};
use omni_r1_web::vq::VqGan;
use safetensors::SafeTensors;
use std::sync::LazyLock;

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

pub fn file(path: &str) -> Vec<u8> {
    std::fs::read(format!("{ROOT}/{path}")).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn picture(side: u32) -> RgbImage {
    RgbImage::from_fn(side, side, |x, y| image::Rgb([(x * 16) as u8, (y * 16) as u8, ((x ^ y) * 9) as u8]))
}

/// The checksum of a PNG's chunks.
pub fn crc(bytes: &[u8]) -> u32 {
    static TABLE: LazyLock<[u32; 256]> = LazyLock::new(|| {
        std::array::from_fn(|byte| {
            (0..8).fold(byte as u32, |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
        })
    });
    !bytes.iter().fold(!0, |crc: u32, byte| crc >> 8 ^ TABLE[usize::from(crc as u8 ^ byte)])
}

fn chunk(name: &[u8; 4], contents: &[u8]) -> Vec<u8> {
    let named = [name, contents].concat();
    [&(contents.len() as u32).to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
}

/// A zlib stream that stores its bytes as they are.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let length = bytes.len() as u16;
    [&[0x78, 1, 1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes, &(b << 16 | a).to_be_bytes()].concat()
}

/// PNGs that the encoder doesn't write: with a palette of each depth and see-through entries, and animated.
fn png_by_hand() -> Vec<Vec<u8>> {
    const SIDE: u32 = 4;
    let of = |depth: u8, colour: u8, chunks: &[Vec<u8>]| {
        let header = [&SIDE.to_be_bytes()[..], &SIDE.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat();
        let header = chunk(b"IHDR", &header);
        [&b"\x89PNG\r\n\x1a\n"[..], &header, &chunks.concat(), &chunk(b"IEND", b"")].concat()
    };
    let rows = |bytes: usize| stored(&[vec![0], vec![0x1b; bytes]].concat().repeat(SIDE as usize));
    let palette = |depth: u8| {
        let entries = 1_usize << depth.min(4);
        let colours = chunk(b"PLTE", &vec![77; entries * 3]);
        let data = if depth == 8 {
            stored(&[0, 1, 2, 3, 4].repeat(SIDE as usize))
        } else {
            rows(usize::from(depth) * 4 / 8).clone()
        };
        of(depth, 3, &[colours, chunk(b"tRNS", &[0, 128]), chunk(b"IDAT", &data)])
    };
    let control = |number: u32| {
        let numbers = [number, SIDE, SIDE, 0, 0].map(u32::to_be_bytes).concat();
        chunk(b"fcTL", &[&numbers[..], &[0, 1, 0, 10, 0, 0]].concat())
    };
    let frame = rows(SIDE as usize * 3);
    let animated = [
        chunk(b"acTL", &[2_u32, 0].map(u32::to_be_bytes).concat()),
        control(0),
        chunk(b"IDAT", &frame),
        control(1),
        chunk(b"fdAT", &[&2_u32.to_be_bytes()[..], &frame].concat()),
    ];
    [2, 4, 8].map(palette).into_iter().chain([of(8, 2, &animated), of(16, 2, &[chunk(b"IDAT", &rows(24))])]).collect()
}

pub fn pngs() -> Vec<Vec<u8>> {
    let picture = DynamicImage::from(picture(8));
    let mut pictures = png_by_hand();
    for picture in [picture.clone(), picture.to_rgba8().into(), picture.to_luma8().into(), picture.to_rgba16().into()] {
        let mut bytes = Vec::new();
        picture.write_with_encoder(PngEncoder::new(&mut bytes)).expect("a small picture");
        pictures.push(bytes);
    }
    pictures.push(png_with_profile(&profile()));
    // A panorama, whose square would be a thousand times as large.
    let mut bytes = Vec::new();
    RgbImage::new(12_000, 1).write_with_encoder(PngEncoder::new(&mut bytes)).expect("a small picture");
    pictures.push(bytes);
    pictures
}

pub fn png_with_profile(profile: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(profile.to_vec()).expect("a place for profiles");
    encoder.write_image(&picture(2), 2, 2, ExtendedColorType::Rgb8).expect("a small picture");
    bytes
}

/// Of a colour space that is none of the usual ones.
pub fn profile() -> Vec<u8> {
    let fixed = |value: f32| ((value * 65536.0) as i32).to_be_bytes();
    let colour = |values: [f32; 3]| [b"XYZ \0\0\0\0".to_vec(), values.map(fixed).concat()].concat();
    let parts = [
        colour([0.6, 0.3, 0.0]),
        colour([0.2, 0.6, 0.1]),
        colour([0.15, 0.1, 0.7]),
        [b"para\0\0\0\0\0\x04\0\0".to_vec(), [2.4, 0.9, 0.05, 0.08, 0.04, 0.0, 0.0].map(fixed).concat()].concat(),
        b"curv\0\0\0\0\0\0\0\x01\x02\x33\0\0".to_vec(),
        b"curv\0\0\0\0\0\0\0\x03\0\0\x20\0\xff\xff\0\0".to_vec(),
    ];
    let mut bytes = vec![0; 128];
    bytes[16..24].copy_from_slice(b"RGB XYZ ");
    bytes.extend((parts.len() as u32).to_be_bytes());
    let begin = bytes.len() + 12 * parts.len();
    let mut at = begin;
    for (name, part) in [b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"].into_iter().zip(&parts) {
        bytes.extend([&name[..], &(at as u32).to_be_bytes(), &(part.len() as u32).to_be_bytes()].concat());
        at += part.len();
    }
    bytes.extend(parts.concat());
    bytes
}

pub fn jpegs() -> Vec<Vec<u8>> {
    let mut pictures = Vec::new();
    for picture in
        [DynamicImage::from(picture(16)), picture(24).into(), DynamicImage::from(picture(16)).to_luma8().into()]
    {
        let mut bytes = Vec::new();
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 80)).expect("a small picture");
        pictures.push(bytes);
    }
    pictures.push([&pictures[0][..], b"\0\0\0\x18ftypmp42\xff\xda\xff\xd8\xff", &[7; 40]].concat());
    pictures.extend(of_the_bank(b"\xff\xd8"));
    pictures
}

/// GIFs with one and with several frames, WebPs with and without losses, bitmaps.
pub fn others() -> Vec<Vec<u8>> {
    let (small, mut gif, mut webp, mut bmp) = (picture(8), Vec::new(), Vec::new(), Vec::new());
    let frames = [0, 1].map(|_| Frame::new(DynamicImage::from(small.clone()).to_rgba8()));
    GifEncoder::new(&mut gif).encode_frames(frames).expect("a small picture");
    small.write_with_encoder(WebPEncoder::new_lossless(&mut webp)).expect("a small picture");
    small.write_with_encoder(BmpEncoder::new(&mut bmp)).expect("a small picture");
    [gif, webp, bmp].into_iter().chain(of_the_bank(b"RIFF")).collect()
}

/// The smallest pictures of the bank that begin so.
fn of_the_bank(start: &[u8]) -> Vec<Vec<u8>> {
    let bank = file("data/bank.safetensors");
    let tensors = SafeTensors::deserialize(&bank).expect("the bank");
    let mut found: Vec<Vec<u8>> = tensors
        .tensors()
        .into_iter()
        .map(|(_, view)| view.data().to_vec())
        .filter(|data| data.starts_with(start))
        .collect();
    found.sort_by_key(Vec::len);
    found.truncate(2);
    found
}

/// A vocabulary of sixteen codes and few words.
pub fn tokenizer() -> Vec<u8> {
    let plan = learn::VocabularySizes { codes: 16, text_from: 90, total: 90 + 256 + 101 + 22, pieces: 8 };
    let texts: Vec<String> =
        (0..3).flat_map(|_| ["where is the fox?", "it is safe ZOOM(0.10,0.20,0.30,0.40)"]).map(String::from).collect();
    learn::to_text(&learn::learn(&plan, &texts, &["umbrella", "frozen", "shoes", "another"])).into_bytes()
}

/// Config and weights of a model that knows that vocabulary.
pub struct Model {
    pub config: ModelConfig,
    pub weights: Vec<u8>,
}

pub fn model() -> Model {
    let vocab = Vocab::from_json(&tokenizer()).expect("a vocabulary");
    let mut config = ModelConfig::preset("nano", vocab.size).expect("a preset");
    (config.hidden_size, config.intermediate_size, config.num_hidden_layers) = (16, 16, 1);
    (config.num_attention_heads, config.num_key_value_heads, config.max_position_embeddings) = (2, 1, 512);
    let vq = &mut config.vq_config;
    (vq.num_embeddings, vq.embed_dim, vq.latent_channels, vq.base_channels) = (16, 4, 4, 32);
    let (device, mut source) = (burn::tensor::Device::flex(), WeightSource::random(1));
    let transformer = Transformer::build(&config, &mut source, &device).expect("new weights");
    let vq = VqGan::build(&config.vq_config, &mut source, &device).expect("new weights");
    let weights: Vec<_> = transformer.weights().into_iter().chain(vq.weights()).collect();
    let weights = pollster::block_on(write_weights(&weights, Precision::F16)).expect("small weights");
    Model { config, weights }
}

/// A file of two small tensors.
pub fn tensors() -> Vec<u8> {
    let of = |name: &str, shape: [usize; 2]| {
        let values = (0..shape[0] * shape[1]).map(|i| i as f32).collect::<Vec<_>>();
        (name.to_string(), burn::tensor::TensorData::new(values, shape))
    };
    write_tensors(vec![of("a.weight", [3, 4]), of("b.weight", [1, 8])], Precision::F32).expect("small tensors")
}
