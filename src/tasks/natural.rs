//! Natural scenes: stickers on photos. Where is it (N1), what is it (N2), is it there (N3), is it left
//! of the other (N4).

use image::{Rgb, RgbImage};
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::action::Action;
use super::canvas::{Canvas, Dot, SIZE, corners, resample};
use super::lens::View;
use super::scene::{Draft, Maker, Region, joined};
use super::sticker::{Pose, dressed, paste};
use super::style::Style;
use super::truth::Truth;

/// A named sticker on the picture.
struct Thing {
    name: String,
    region: Region,
    /// The square round it, as actions write it.
    area: [f32; 4],
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

/// A square with a small margin round what can be seen, inside the picture, as actions write it.
fn square_round([left, top, right, bottom]: [f32; 4]) -> [f32; 4] {
    let side = ((right - left).max(bottom - top) + 0.03).min(1.0);
    let from = |low: f32, high: f32| ((low + high - side) / 2.0).clamp(0.0, 1.0 - side);
    Action::fit([from(left, right), from(top, bottom), side, side])
}
