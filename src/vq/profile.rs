//! Colour profiles (ICC.1:2022) of RGB pictures whose colours are a matrix and three curves: Display P3 of
//! phones, Adobe RGB and ProPhoto of cameras, and what screens are measured as. Others (tables, CMYK, greys)
//! are left as they are.

use image::RgbImage;

/// XYZ at the profiles' white (D50) to linear sRGB, by Bradford's adaptation.
const TO_SRGB: [[f32; 3]; 3] =
    [[3.133_856, -1.616_867, -0.490_615], [-0.978_768, 1.916_142, 0.033_454], [0.071_945, -0.228_991, 1.405_243]];

/// Steps of the table that encodes linear values.
const STEPS: usize = 4096;

/// How the numbers of a picture become light.
pub struct Profile {
    /// Linear values of each number, a colour a table.
    curves: [Vec<f32>; 3],
    /// Linear values of this profile to those of sRGB.
    matrix: [[f32; 3]; 3],
}

impl Profile {
    /// Reads the bytes of a profile; None if it isn't of this sort, or says the same as sRGB.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.get(16..20)? != b"RGB " || bytes.get(20..24)? != b"XYZ " {
            return None;
        }
        let [red, green, blue] = [b"rXYZ", b"gXYZ", b"bXYZ"].map(|name| tag(bytes, name).and_then(colour));
        let [red, green, blue] = [red?, green?, blue?];
        let curves = [b"rTRC", b"gTRC", b"bTRC"].map(|name| tag(bytes, name).and_then(curve));
        let [r, g, b] = curves;
        let product = |row: [f32; 3], column: [f32; 3]| row.iter().zip(column).map(|(a, b)| a * b).sum::<f32>();
        let matrix = TO_SRGB.map(|row| [red, green, blue].map(|column| product(row, column)));
        let profile = Self { curves: [r?, g?, b?], matrix };
        let numbers = profile.matrix.iter().flatten().chain(profile.curves.iter().flatten());
        (numbers.into_iter().all(|number| number.is_finite()) && !profile.is_srgb()).then_some(profile)
    }

    /// Turns the numbers of a picture into those of sRGB.
    pub fn to_srgb(&self, picture: &mut RgbImage) {
        let encode = encoding();
        for pixel in picture.chunks_exact_mut(3) {
            pixel.copy_from_slice(&self.convert([pixel[0], pixel[1], pixel[2]], &encode));
        }
    }

    fn convert(&self, pixel: [u8; 3], encode: &[u8]) -> [u8; 3] {
        let linear: [f32; 3] = std::array::from_fn(|colour| self.curves[colour][usize::from(pixel[colour])]);
        self.matrix.map(|row| {
            let light = row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2];
            encode[(light.clamp(0.0, 1.0) * STEPS as f32).round() as usize]
        })
    }

    /// Whether no colour changes by more than rounding explains.
    fn is_srgb(&self) -> bool {
        const LEVELS: [u8; 6] = [0, 40, 90, 140, 200, 255];
        let encode = encoding();
        let colours =
            LEVELS.into_iter().flat_map(|r| LEVELS.map(|g| [r, g])).flat_map(|[r, g]| LEVELS.map(|b| [r, g, b]));
        colours.into_iter().all(|colour| {
            self.convert(colour, &encode).into_iter().zip(colour).all(|(new, old)| new.abs_diff(old) <= 2)
        })
    }
}

/// sRGB's numbers of linear values `0..=STEPS`.
fn encoding() -> Vec<u8> {
    let encode = |light: f32| if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (0..=STEPS).map(|step| (encode(step as f32 / STEPS as f32) * 255.0).round() as u8).collect()
}

/// The contents of a tag: its type's name, four bytes of nothing, values.
fn tag<'a>(bytes: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    const MOST_TAGS: usize = 200;
    let count = number(bytes, 128)?.min(MOST_TAGS as u32) as usize;
    let entries = bytes.get(132..)?.chunks_exact(12).take(count);
    let entry = entries.into_iter().find(|entry| entry.starts_with(name))?;
    let (from, length) = (number(entry, 4)? as usize, number(entry, 8)? as usize);
    bytes.get(from..from.checked_add(length)?)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// s15Fixed16.
fn fixed(bytes: &[u8], at: usize) -> Option<f32> {
    Some(number(bytes, at)? as i32 as f32 / 65536.0)
}

/// X, Y and Z.
fn colour(tag: &[u8]) -> Option<[f32; 3]> {
    (tag.get(..4)? == b"XYZ ").then_some(())?;
    Some([fixed(tag, 8)?, fixed(tag, 12)?, fixed(tag, 16)?])
}

/// A curve's values at each of the 256 levels.
fn sampled(curve: &dyn Fn(f32) -> f32) -> Vec<f32> {
    (0..256).map(|i| curve(i as f32 / 255.0).clamp(0.0, 1.0)).collect()
}

/// The linear value of each number.
fn curve(tag: &[u8]) -> Option<Vec<f32>> {
    match tag.get(..4)? {
        b"curv" => match number(tag, 8)? as usize {
            0 => Some(sampled(&|x| x)),
            1 => {
                let gamma = f32::from(u16::from_be_bytes(tag.get(12..14)?.try_into().ok()?)) / 256.0;
                Some(sampled(&|x| x.powf(gamma)))
            }
            count => {
                let values = tag.get(12..12_usize.checked_add(count.checked_mul(2)?)?)?;
                let value = |i: usize| f32::from(u16::from_be_bytes([values[2 * i], values[2 * i + 1]])) / 65535.0;
                Some(sampled(&|x| {
                    let place = x * (count - 1) as f32;
                    let below = (place as usize).min(count - 2);
                    value(below) + (value(below + 1) - value(below)) * (place - below as f32)
                }))
            }
        },
        b"para" => parametric(tag),
        _ => None,
    }
}

/// `parametricCurveType`, functions 0 to 4.
fn parametric(tag: &[u8]) -> Option<Vec<f32>> {
    let function = u16::from_be_bytes(tag.get(8..10)?.try_into().ok()?);
    let parameter = |i: usize| fixed(tag, 12 + 4 * i);
    let g = parameter(0)?;
    let power = |base: f32| base.max(0.0).powf(g);
    if function == 0 {
        return Some(sampled(&power));
    }
    let (a, b) = (parameter(1)?, parameter(2)?);
    // Below `from` the curve is the line `slope x + foot`, above `power + lift`.
    let (from, slope, foot, lift) = match function {
        1 => (-b / a, 0.0, 0.0, 0.0),
        2 => (-b / a, 0.0, parameter(3)?, parameter(3)?),
        3 => (parameter(4)?, parameter(3)?, 0.0, 0.0),
        4 => (parameter(4)?, parameter(3)?, parameter(6)?, parameter(5)?),
        _ => return None,
    };
    Some(sampled(&|x| if x >= from { power(a * x + b) + lift } else { slope * x + foot }))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A profile of these colours (X, Y, Z each) and one curve.
    pub fn profile(colours: [[f32; 3]; 3], curve: &[u8]) -> Vec<u8> {
        let fixed = |value: f32| ((value * 65536.0).round() as i32).to_be_bytes();
        let colour = |values: [f32; 3]| [b"XYZ \0\0\0\0".to_vec(), values.map(fixed).concat()].concat();
        let parts: Vec<Vec<u8>> = colours.into_iter().map(colour).chain([curve.to_vec()]).collect();
        let names: [(&[u8; 4], usize); 6] =
            [(b"rXYZ", 0), (b"gXYZ", 1), (b"bXYZ", 2), (b"rTRC", 3), (b"gTRC", 3), (b"bTRC", 3)];
        let mut bytes = vec![0; 128];
        bytes[16..24].copy_from_slice(b"RGB XYZ ");
        bytes.extend((names.len() as u32).to_be_bytes());
        let begin = bytes.len() + 12 * names.len();
        let start = |part: usize| begin + parts[..part].iter().map(Vec::len).sum::<usize>();
        for (name, part) in names {
            bytes.extend(name);
            bytes.extend((start(part) as u32).to_be_bytes());
            bytes.extend((parts[part].len() as u32).to_be_bytes());
        }
        bytes.extend(parts.concat());
        bytes
    }

    pub const SRGB: [[f32; 3]; 3] = [
        [0.436_065_7, 0.222_488_4, 0.013_916],
        [0.385_147_1, 0.716_873_2, 0.097_076_4],
        [0.143_066_4, 0.060_607_9, 0.714_096_1],
    ];
    /// Of Apple's Display P3.
    pub const P3: [[f32; 3]; 3] = [
        [0.515_121_5, 0.241_195_7, -0.001_052_9],
        [0.291_977, 0.692_245_5, 0.041_885_4],
        [0.157_104_5, 0.066_574_1, 0.784_073],
    ];

    /// sRGB's own curve as a parametric one.
    pub fn srgb_curve() -> Vec<u8> {
        let fixed = |value: f32| ((value * 65536.0).round() as i32).to_be_bytes();
        let numbers = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045].map(fixed).concat();
        [b"para\0\0\0\0\0\x03\0\0".to_vec(), numbers].concat()
    }

    #[test]
    fn srgb_is_no_change_and_p3_is() {
        assert!(Profile::read(&profile(SRGB, &srgb_curve())).is_none());
        let p3 = Profile::read(&profile(P3, &srgb_curve())).expect("another space");
        let mut picture = RgbImage::from_pixel(1, 1, image::Rgb([128, 128, 128]));
        p3.to_srgb(&mut picture);
        assert!(picture.get_pixel(0, 0).0.iter().all(|c| c.abs_diff(128) <= 1), "{picture:?}");
        // By the matrices of CSS Color 4.
        picture.put_pixel(0, 0, image::Rgb([200, 100, 50]));
        p3.to_srgb(&mut picture);
        let off = picture.get_pixel(0, 0).0.iter().zip([215_u8, 93, 31]).map(|(a, b)| a.abs_diff(b)).max();
        assert!(off.is_some_and(|off| off <= 2), "{picture:?}");
    }

    #[test]
    fn curves_of_every_sort_are_read() {
        let values = |tag: &[u8]| curve(tag).expect("a curve");
        assert_eq!(values(b"curv\0\0\0\0\0\0\0\0")[51], 0.2);
        assert!((values(b"curv\0\0\0\0\0\0\0\x01\x02\0")[51] - 0.04).abs() < 1e-6);
        let table = values(b"curv\0\0\0\0\0\0\0\x03\0\0\x40\0\xff\xff");
        assert!(table[0] == 0.0 && (table[255] - 1.0).abs() < 1e-6 && (table[51] - 0.1).abs() < 1e-3, "{table:?}");
        assert!((values(&srgb_curve())[10] - 10.0 / 255.0 / 12.92).abs() < 1e-5);
        for broken in [&b"curv\0\0\0\0\xff\xff\xff\xff"[..], b"para\0\0\0\0\0\x09\0\0\0\0\0\0", b"text", b""] {
            assert!(curve(broken).is_none());
        }
    }
}
