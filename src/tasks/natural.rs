//! Natural scenes: stickers on photos. Where is it (N1), what is it (N2), is it there (N3), is it left
//! of the other (N4).

use image::imageops::huerotate;
use image::{Rgb, RgbImage, RgbaImage};
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::action::Action;
use super::bank::is_ink;
use super::camera::View;
use super::canvas::{Canvas, Colour, Dot, SIZE, corners, mixed, resample};
use super::scene::{Draft, Maker, Region, joined};
use super::style::Style;
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
        let names = pick_names(m, 5);
        let most = m.by_difficulty([2, 3, 4]);
        let wanted = m.rng.random_range(least..=most);
        let mut style = m.style();
        let mut poses = place(m, wanted);
        // Round a large thing in the middle there may be no room for another.
        while poses.len() < least {
            poses = place(m, wanted);
        }
        // A view that moves a thing into another region would leave the answer in doubt.
        if poses.iter().any(|(region, pose)| !well_inside(*region, style.shot.view.project(pose.centre))) {
            style.shot.view = View::default();
        }
        let mut picture = backdrop(m, &style);
        let shadow = m.chance(0.25);
        let mut things = Vec::new();
        for ((region, pose), name) in poses.into_iter().zip(names) {
            let sticker = m.bank.sticker(m.split, &name, m.rng).expect("every name has a sticker");
            let dressed = dressed(sticker, &style, m.rng);
            let sticker = dressed.as_ref().unwrap_or(sticker);
            if shadow {
                let (x, y) = pose.centre;
                paste(&mut picture, sticker, &Pose { centre: (x + 0.02, y + 0.025), ..pose }, Some(0.35));
            }
            let [left, top, right, bottom] = paste(&mut picture, sticker, &pose, None);
            let seen = corners(left, top, right - left, bottom - top).map(|dot| style.shot.view.project(dot));
            things.push(Thing { name, region, area: square_round(bounds(&seen)) });
        }
        Scene { picture: style.taken(picture), things }
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
        let others: Vec<String> = pick_names(m, 5);
        let absent = |name: &&String| scene.things.iter().all(|thing| thing.name != **name);
        others.iter().find(absent).expect("five names, at most four things").clone()
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

/// Whether a point is in a region, and not near its border.
fn well_inside(region: Region, (x, y): Dot) -> bool {
    [(-0.02, -0.02), (0.02, 0.02)].iter().all(|(dx, dy)| Region::of((x + dx, y + dy)) == region)
}

/// Left, top, right and bottom of some points, inside of the picture.
fn bounds(dots: &[Dot]) -> [f32; 4] {
    let by = |pick: fn(&Dot) -> f32, best: fn(f32, f32) -> f32, start: f32| dots.iter().map(pick).fold(start, best);
    [by(|d| d.0, f32::min, 1.0), by(|d| d.1, f32::min, 1.0), by(|d| d.0, f32::max, 0.0), by(|d| d.1, f32::max, 0.0)]
}

/// A sticker in other clothes: whoever else draws the thing gives it other colours, so its shape must tell what it
/// is. `None` as it is.
fn dressed(sticker: &RgbaImage, style: &Style, rng: &mut ChaCha8Rng) -> Option<RgbaImage> {
    if is_ink(sticker) {
        // Black on anything may not show: an ink of the sheet's, or a rim of the other brightness.
        let colour = if rng.random_bool(0.5) { style.ink } else { *style.palette.choose(rng).expect("six colours") };
        let coloured = painted(sticker, colour);
        let light = colour.iter().map(|c| u32::from(*c)).sum::<u32>() > 380;
        return Some(haloed(&coloured, if light { [30; 3] } else { [245; 3] }));
    }
    match rng.random_range(0..20) {
        0..=3 => Some(huerotate(sticker, rng.random_range(0..360))),
        4 | 5 => Some(inked(sticker, style.ink)),
        6 | 7 => Some(haloed(sticker, if rng.random_bool(0.7) { [255; 3] } else { style.ink })),
        _ => None,
    }
}

/// In shades between an ink and white.
fn inked(sticker: &RgbaImage, ink: Colour) -> RgbaImage {
    let mut inked = sticker.clone();
    for pixel in inked.pixels_mut() {
        let [r, g, b, a] = pixel.0;
        let light = (f32::from(r) * 0.3 + f32::from(g) * 0.6 + f32::from(b) * 0.1) / 255.0;
        let [r, g, b] = mixed(ink, [255; 3], light);
        pixel.0 = [r, g, b, a];
    }
    inked
}

/// All of it in one colour.
fn painted(sticker: &RgbaImage, [r, g, b]: Colour) -> RgbaImage {
    let mut painted = sticker.clone();
    painted.pixels_mut().for_each(|pixel| pixel.0 = [r, g, b, pixel.0[3]]);
    painted
}

/// With a rim round it, as cut out of paper.
fn haloed(sticker: &RgbaImage, rim: Colour) -> RgbaImage {
    const RIM: u32 = 4;
    let (w, h) = sticker.dimensions();
    let mut haloed = RgbaImage::new(w + 2 * RIM, h + 2 * RIM);
    let [r, g, b] = rim;
    for (x, y, _) in sticker.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[3] > 100) {
        for (dx, dy) in [(0, RIM), (RIM, 0), (2 * RIM, RIM), (RIM, 2 * RIM), (1, 1), (7, 1), (1, 7), (7, 7)] {
            haloed.put_pixel(x + dx, y + dy, image::Rgba([r, g, b, 255]));
        }
    }
    image::imageops::overlay(&mut haloed, sticker, RIM.into(), RIM.into());
    haloed
}

/// Different names; the easier the item, the fewer it may choose from.
fn pick_names(m: &mut Maker, n: usize) -> Vec<String> {
    let all = m.bank.names();
    // By one hand alone is for lessons, and for models that know the first names.
    let few = if m.hand.is_some() { [12, 20, 28] } else { [40, 80, all.len()] };
    let few = m.by_difficulty(few).min(all.len());
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
    // 22 to 32, 18 to 29 or 14 to 27 of 64 pixels.
    let side = m.within(m.by_difficulty([0.34..0.50, 0.28..0.45, 0.22..0.42]));
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

/// A background: a piece of a photo, or the style's sheet (more often where it should be easy).
fn backdrop(m: &mut Maker, style: &Style) -> RgbImage {
    if m.chance(m.by_difficulty([0.45, 0.3, 0.2])) {
        let sheet = style.canvas().picture();
        return if m.chance(0.2) { cluttered(&sheet, m.rng) } else { sheet };
    }
    let scene = m.bank.scene(m.split, m.rng).expect("a bank has scenes");
    let side = m.within(0.3..1.0);
    let (x, y) = (m.rng.random_range(0.0..1.0 - side), m.rng.random_range(0.0..1.0 - side));
    let mut picture = resample(scene, [x, y, side, side], SIZE, SIZE);
    if m.chance(0.5) {
        image::imageops::flip_horizontal_in_place(&mut picture);
    }
    if m.chance(0.25) {
        picture = cluttered(&picture, m.rng);
    }
    if m.chance(0.5) {
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
