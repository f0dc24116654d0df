//! Natural scenes: stickers on photos. Where is it (N1), what is it (N2), is it there (N3), is it left
//! of the other (N4).

use image::imageops::huerotate;
use image::{Rgb, RgbImage, RgbaImage};
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::action::Action;
use super::canvas::{Canvas, Dot, SIZE, resample};
use super::scene::{Draft, Maker, Region, joined};
use super::style::{Style, Wear};
use super::truth::Truth;

/// A named sticker on the picture.
struct Thing {
    name: String,
    region: Region,
    /// The square round it, as actions write it.
    area: [f32; 4],
}

/// How a sticker is pasted.
struct Pose {
    centre: Dot,
    /// The longer side as a fraction of the picture.
    side: f32,
    /// Turn in radians.
    angle: f32,
    flip: bool,
    /// Factor on its brightness.
    light: f32,
}

/// A picture with `things`; the first is the one that questions ask for.
struct Scene {
    picture: RgbImage,
    things: Vec<Thing>,
}

impl Scene {
    /// With at least `least` things, 1 or 2.
    fn sample(m: &mut Maker, least: usize) -> Scene {
        let names = pick_names(m, 4);
        let wanted = match m.difficulty {
            1 => m.rng.random_range(least..=2),
            2 => m.rng.random_range(least..=3),
            _ => m.rng.random_range(2..=3),
        };
        let mut poses = place(m, wanted);
        // Round a large thing in the middle there may be no room for another.
        while poses.len() < least {
            poses = place(m, wanted);
        }
        let mut picture = backdrop(m);
        let shadow = m.rng.random_bool(0.25);
        let mut things = Vec::new();
        for ((region, pose), name) in poses.into_iter().zip(names) {
            let sticker = m.bank.sticker(m.split, &name, m.rng).expect("every name has a sticker");
            // Whoever else draws the thing gives it other colours: its shape must tell what it is.
            let recoloured = m.in_training(0.3).then(|| huerotate(sticker, m.rng.random_range(0..360)));
            let sticker = recoloured.as_ref().unwrap_or(sticker);
            if shadow {
                let (x, y) = pose.centre;
                paste(&mut picture, sticker, &Pose { centre: (x + 0.02, y + 0.025), ..pose }, Some(0.35));
            }
            let seen = paste(&mut picture, sticker, &pose, None);
            things.push(Thing { name, region, area: square_round(seen) });
        }
        Wear::sample(m.rng).apply(&mut picture);
        Scene { picture, things }
    }

    fn caption(&self) -> String {
        let mut things: Vec<&Thing> = self.things.iter().collect();
        things.sort_by_key(|thing| thing.region.0);
        let parts: Vec<String> =
            things.iter().map(|t| format!("{} {}", with_article(&t.name), t.region.in_step())).collect();
        joined(&parts)
    }

    fn draft(
        self,
        slots: Vec<(&'static str, String)>,
        steps: Vec<(String, Action)>,
        answer: &str,
        truth: Truth,
    ) -> Draft {
        let caption = self.caption();
        Draft { picture: self.picture, slots, steps, answer: answer.to_string(), caption, truth, state: None }
    }
}

/// N1: where a thing is. The steps box it and enlarge it.
pub fn find(m: &mut Maker) -> Draft {
    let scene = Scene::sample(m, 1);
    let Thing { name, region, area } = &scene.things[0];
    let steps = vec![
        (format!("{name} {}", region.in_step()), Action::Bbox(*area)),
        ("look closer there".to_string(), Action::Zoom(*area)),
    ];
    let (slots, region) = (vec![("name", name.clone())], *region);
    scene.draft(slots, steps, region.name(), Truth::Region { region: region.name().to_string() })
}

/// N2: what is in a region. The step names it and enlarges it: a small model reads a name better from the
/// question's picture than from a zoom that it imagines.
pub fn name(m: &mut Maker) -> Draft {
    let scene = Scene::sample(m, 1);
    let Thing { name, region, area } = &scene.things[0];
    let steps = vec![(format!("{name} {}, look closer", region.in_step()), Action::Zoom(*area))];
    let (slots, name) = (vec![("where", region.in_question().to_string())], name.clone());
    scene.draft(slots, steps, &name.clone(), Truth::Name { name })
}

/// N3: whether a thing is there. The step boxes it if it is.
pub fn presence(m: &mut Maker) -> Draft {
    let scene = Scene::sample(m, 1);
    let yes = m.rng.random_bool(0.5);
    let asked = if yes {
        scene.things[0].name.clone()
    } else {
        let others: Vec<String> = pick_names(m, 4);
        let absent = |name: &&String| scene.things.iter().all(|thing| thing.name != **name);
        others.iter().find(absent).expect("four names, at most three things").clone()
    };
    let box_it = |t: &Thing| (format!("{} {}", t.name, t.region.in_step()), Action::Bbox(t.area));
    let steps = if yes { vec![box_it(&scene.things[0])] } else { Vec::new() };
    let slots = vec![("a_name", with_article(&asked)), ("name", asked)];
    scene.draft(slots, steps, answer(yes), Truth::YesNo { yes })
}

/// N4: whether one thing is left of (right of, above, below) another. The steps box both.
pub fn relation(m: &mut Maker) -> Draft {
    let scene = Scene::sample(m, 2);
    let [one, other, ..] = &scene.things[..] else { unreachable!("a scene with two things was asked for") };
    let middle = |t: &Thing| (t.area[0] + t.area[2] / 2.0, t.area[1] + t.area[3] / 2.0);
    let (dx, dy) = (middle(other).0 - middle(one).0, middle(other).1 - middle(one).1);
    // Asked along the direction in which they clearly differ.
    let along = if dx.abs() > dy.abs() { dx } else { dy };
    let [before, after] = if dx.abs() > dy.abs() { ["left of", "right of"] } else { ["above", "below"] };
    let yes = m.rng.random_bool(0.5);
    let relation = if yes == (along > 0.0) { before } else { after };
    let word = |relation: &'static str| relation.trim_end_matches(" of");
    let seen = |t: &Thing| format!("{} {}", t.name, t.region.in_step());
    // Of both relations it is said whether they are true, then what was asked: the last word is what followed
    // the same word before. To go on with a sentence is easier than to compare.
    let [first, second] =
        [before, after].map(|relation| format!("{} {}", word(relation), answer((relation == before) == (along > 0.0))));
    let verdict = format!("{} {first}, {second}, is {} {}", one.name, word(relation), answer(yes));
    let steps =
        [(seen(one), Action::Bbox(one.area)), (format!("{}, {verdict}", seen(other)), Action::Bbox(other.area))];
    let slots = vec![("name", one.name.clone()), ("relation", relation.to_string()), ("other", other.name.clone())];
    scene.draft(slots, steps.to_vec(), answer(yes), Truth::YesNo { yes })
}

fn answer(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// "a fox", "an apple".
fn with_article(name: &str) -> String {
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {name}", if vowel { "an" } else { "a" })
}

/// Different names; the easier the item, the fewer it may choose from.
fn pick_names(m: &mut Maker, n: usize) -> Vec<String> {
    let all = m.bank.names();
    let few = [12, 20, all.len()][usize::from(m.difficulty.clamp(1, 3)) - 1].min(all.len());
    all[..few].choose_multiple(m.rng, n).cloned().collect()
}

/// Poses for up to `wanted` stickers that hide nothing of each other; the first one's region is uniform.
fn place(m: &mut Maker, wanted: usize) -> Vec<(Region, Pose)> {
    let first = Region(m.rng.random_range(0..9));
    let mut best: Vec<(Region, Pose)> = Vec::new();
    // Some first places leave no room for more: try others, and keep the fullest.
    for _ in 0..8 {
        let mut poses = vec![(first, pose(m, first))];
        let mut regions: Vec<usize> = (0..9).filter(|r| *r != first.0).collect();
        regions.shuffle(m.rng);
        for region in regions.into_iter().cycle().take(24).map(Region) {
            if poses.len() == wanted {
                break;
            }
            let new = pose(m, region);
            let clear = |(r, old): &(Region, Pose)| {
                let (dx, dy) = (new.centre.0 - old.centre.0, new.centre.1 - old.centre.1);
                *r != region && dx.abs().max(dy.abs()) > (new.side + old.side) * 0.48
            };
            if poses.iter().all(clear) {
                poses.push((region, new));
            }
        }
        if poses.len() > best.len() {
            best = poses;
        }
        if best.len() == wanted {
            break;
        }
    }
    best
}

/// A pose whose middle is well inside a region, all of the sticker on the picture.
fn pose(m: &mut Maker, region: Region) -> Pose {
    // 26 to 32, 24 to 29 or 22 to 27 of 64 pixels.
    let (low, high) = [(0.41, 0.50), (0.375, 0.45), (0.345, 0.42)][usize::from(m.difficulty.clamp(1, 3)) - 1];
    let side = m.within(low..high, low - 0.05..high);
    let half = side / 2.0 + 0.01;
    let mut along = |third: usize| match third {
        0 => m.rng.random_range(half.min(0.28)..0.285),
        1 => m.rng.random_range(0.38..0.62),
        _ => m.rng.random_range(0.715..(1.0 - half).max(0.72)),
    };
    let centre = (along(region.0 % 3), along(region.0 / 3));
    let turned = m.rng.random_bool(0.4);
    Pose {
        centre,
        side,
        angle: if turned { m.rng.random_range(-0.22..0.22) } else { 0.0 },
        flip: m.rng.random_bool(0.3),
        light: if m.rng.random_bool(0.3) { m.rng.random_range(0.8..1.12) } else { 1.0 },
    }
}

/// A background: a piece of a photo, or plain colour (more often where it should be easy).
fn backdrop(m: &mut Maker) -> RgbImage {
    let plain = [0.4, 0.2, 0.1][usize::from(m.difficulty.clamp(1, 3)) - 1];
    if m.rng.random_bool(plain) {
        return Style::sample(m.split, m.rng).canvas().picture();
    }
    let scene = m.bank.scene(m.split, m.rng).expect("a bank has scenes");
    let side = m.within(0.6..1.0, 0.3..1.0);
    let (x, y) = (m.rng.random_range(0.0..1.0 - side), m.rng.random_range(0.0..1.0 - side));
    let mut picture = resample(scene, [x, y, side, side], SIZE, SIZE);
    if m.rng.random_bool(0.5) {
        image::imageops::flip_horizontal_in_place(&mut picture);
    }
    if m.in_training(0.4) {
        picture = cluttered(&picture, m.rng);
    }
    if m.in_training(0.65) {
        grade(&mut picture, m.rng);
    }
    picture
}

/// Things of no name and any colour, so that a sticker isn't told from its ground by being colourful.
fn cluttered(picture: &RgbImage, rng: &mut ChaCha8Rng) -> RgbImage {
    let mut canvas = Canvas::over(picture);
    for _ in 0..rng.random_range(2..7) {
        let colour = [0; 3].map(|_| rng.random());
        let mut dot = || (rng.random_range(-0.1..1.1f32), rng.random_range(-0.1..1.1f32));
        let (from, to) = (dot(), dot());
        match rng.random_range(0..4) {
            0 => canvas.line(from, to, rng.random_range(0.02..0.1), colour),
            1 => canvas.ring(from, rng.random_range(0.08..0.4), rng.random_range(0.02..0.08), colour),
            2 => canvas.disc(from, rng.random_range(0.05..0.25), colour),
            _ => {
                let (w, h) = (rng.random_range(0.08..0.5), rng.random_range(0.08..0.5));
                canvas.rect(from.0 - w / 2.0, from.1 - h / 2.0, w, h, colour);
            }
        }
    }
    canvas.picture()
}

/// Other contrast, light and tint, so that training sees more than the bank's few cameras.
fn grade(picture: &mut RgbImage, rng: &mut ChaCha8Rng) {
    let tables = [0; 3].map(|_| {
        let (gain, middle) = (rng.random_range(0.7..1.8f32), rng.random_range(90.0..166.0f32));
        std::array::from_fn::<u8, 256, _>(|v| ((v as f32 - 128.0) * gain + middle) as u8)
    });
    for Rgb(pixel) in picture.pixels_mut() {
        pixel.iter_mut().zip(&tables).for_each(|(v, table)| *v = table[usize::from(*v)]);
    }
}

/// Pastes a sticker (or its shadow of the given strength); gives left, top, right and bottom of what can be seen.
fn paste(picture: &mut RgbImage, sticker: &RgbaImage, pose: &Pose, shadow: Option<f32>) -> [f32; 4] {
    let (w, h) = (sticker.width() as f32, sticker.height() as f32);
    let size = picture.width() as f32;
    let scale = w.max(h) / (pose.side * size);
    let (sin, cos) = pose.angle.sin_cos();
    let (cx, cy) = (pose.centre.0 * size, pose.centre.1 * size);
    let reach = pose.side * size * 0.75;
    let span = |c: f32| ((c - reach).max(0.0) as u32, (c + reach).min(size) as u32);
    let ((x0, x1), (y0, y1)) = (span(cx), span(cy));
    let mut seen = [1.0f32, 1.0, 0.0, 0.0];
    for y in y0..y1 {
        for x in x0..x1 {
            let (dx, dy) = ((x as f32 + 0.5 - cx) * scale, (y as f32 + 0.5 - cy) * scale);
            let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
            let Some([r, g, b, alpha]) = texel(sticker, (if pose.flip { -u } else { u }) + w / 2.0, v + h / 2.0) else {
                continue;
            };
            let Rgb(under) = picture.get_pixel_mut(x, y);
            for (ground, colour) in under.iter_mut().zip([r, g, b]) {
                *ground = match shadow {
                    Some(strength) => f32::from(*ground) * (1.0 - strength * alpha),
                    None => f32::from(*ground) * (1.0 - alpha) + (colour * pose.light).min(255.0 * alpha),
                } as u8;
            }
            if alpha > 0.3 {
                let (px, py) = (x as f32 / size, y as f32 / size);
                let step = 1.0 / size;
                seen = [seen[0].min(px), seen[1].min(py), seen[2].max(px + step), seen[3].max(py + step)];
            }
        }
    }
    seen
}

/// The sticker's colour (times its alpha, of 255) and alpha (of 1) at a point, bilinear; `None` where it is clear.
fn texel(sticker: &RgbaImage, u: f32, v: f32) -> Option<[f32; 4]> {
    let (w, h) = (sticker.width() as i32, sticker.height() as i32);
    let (u, v) = (u - 0.5, v - 0.5);
    let (left, top) = (u.floor() as i32, v.floor() as i32);
    if left < -1 || top < -1 || left >= w || top >= h {
        return None;
    }
    let (du, dv) = (u - left as f32, v - top as f32);
    let mut sum = [0.0f32; 4];
    for (x, y, weight) in [
        (left, top, (1.0 - du) * (1.0 - dv)),
        (left + 1, top, du * (1.0 - dv)),
        (left, top + 1, (1.0 - du) * dv),
        (left + 1, top + 1, du * dv),
    ] {
        if (0..w).contains(&x) && (0..h).contains(&y) {
            let [r, g, b, a] = sticker.get_pixel(x as u32, y as u32).0.map(f32::from);
            let share = weight * a / 255.0;
            sum = [sum[0] + r * share, sum[1] + g * share, sum[2] + b * share, sum[3] + share];
        }
    }
    (sum[3] > 0.004).then_some(sum)
}

/// A square with a small margin round what can be seen, inside the picture, as actions write it.
fn square_round([left, top, right, bottom]: [f32; 4]) -> [f32; 4] {
    let side = ((right - left).max(bottom - top) + 0.03).min(1.0);
    let from = |low: f32, high: f32| ((low + high - side) / 2.0).clamp(0.0, 1.0 - side);
    Action::fit([from(left, right), from(top, bottom), side, side])
}
