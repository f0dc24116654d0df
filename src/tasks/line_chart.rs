//! Line charts (S4): at which point the line is highest or lowest.

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::action::{Action, two};
use super::canvas::Dot;
use super::scene::{Draft, Maker, Region};
use super::style::{COLOURS, Style};
use super::truth::Truth;

/// "1st", "2nd" and so on, as answers and steps say it.
pub const PLACES: [&str; 6] = ["1st", "2nd", "3rd", "4th", "5th", "6th"];

/// S4: at which point the line is highest or lowest. The step marks the point.
pub fn extreme(m: &mut Maker) -> Draft {
    let n = [3, 4, m.rng.random_range(5..=6)][usize::from(m.difficulty.clamp(1, 3)) - 1];
    // Levels of which no two points share the outermost ones: the answer is never in doubt.
    let mut levels: Vec<usize> = (1..=7).collect();
    levels.shuffle(m.rng);
    levels.truncate(n);
    let highest = m.rng.random_bool(0.5);
    let order = |i: &usize| if highest { levels[*i] } else { 8 - levels[*i] };
    let asked = (0..n).max_by_key(order).unwrap_or(0);
    let style = Style::sample(m.split, m.rng);
    let colour = COLOURS.choose(m.rng).expect("not empty").0;
    // Many programs cut the axes to the values: the outermost points are near the picture's edges.
    let cut = m.in_training(0.45);
    let [left, right, ceiling, floor] = if cut {
        let mut margin = || m.rng.random_range(0.01..0.08f32);
        [margin(), 1.0 - margin(), margin(), 1.0 - margin()]
    } else {
        [
            m.within(0.10..0.16, 0.03..0.16),
            m.within(0.90..0.95, 0.88..0.98),
            m.within(0.10..0.15, 0.03..0.15),
            m.within(0.86..0.92, 0.84..0.96),
        ]
    };
    let (grid, discs) = (m.rng.random_bool(0.5), m.rng.random_bool(0.7));
    let bare = m.in_training(0.3);
    let thinner = m.unless_tested(1.0, 0.25..1.0);
    // Room beside the first and the last point, of the room between two.
    let beside = if cut { m.rng.random_range(0.03..0.3) } else { m.unless_tested(0.5, 0.04..0.6) };
    let place = (right - left) / (n as f32 - 1.0 + 2.0 * beside);
    // Where the axis begins and ends, in levels.
    let (base, top) = match (cut, levels.iter().min(), levels.iter().max()) {
        (true, Some(&least), Some(&most)) => {
            (least as f32 - m.rng.random_range(0.1..0.7), most as f32 + m.rng.random_range(0.1..0.7))
        }
        _ => (m.unless_tested(0.0, 0.0..0.95), m.unless_tested(7.4, 7.05..8.4)),
    };
    let height = |level: usize| (floor - ceiling) * (level as f32 - base) / (top - base);
    let dots: Vec<Dot> = (0..n).map(|i| (left + place * (i as f32 + beside), floor - height(levels[i]))).collect();

    let mut canvas = style.canvas();
    style.panel(&mut canvas, (left, ceiling), (right, floor));
    for dot in &dots {
        if grid {
            canvas.line((dot.0, ceiling), (dot.0, floor), 0.016 * thinner, style.faint);
        }
        if !bare {
            canvas.line((dot.0, floor), (dot.0, floor + 0.03), 0.022 * thinner, style.ink);
        }
    }
    if !bare {
        canvas.lines(&[(left, ceiling), (left, floor), (right, floor)], style.line * 0.7, style.ink);
    }
    canvas.lines(&dots, 0.042 * thinner, style.shade(colour));
    let size = if discs { 0.05 * thinner } else { 0.034 };
    dots.iter().for_each(|dot| canvas.disc(*dot, size, style.shade(colour)));

    let which = if highest { "highest" } else { "lowest" };
    let (x, y) = canvas.place(dots[asked]);
    let heights: Vec<String> = levels.iter().map(usize::to_string).collect();
    Draft {
        picture: style.finish(&canvas),
        slots: vec![("which", which.to_string())],
        // The words say roughly where; which point that is, the drawing shows.
        steps: vec![(
            format!("{which} is {}", Region::of((x, y)).in_step()),
            Action::Mark { x: two(x), y: two(y), id: 1 },
        )],
        answer: PLACES[asked].to_string(),
        caption: format!("a {colour} line at {}", heights.join(" ")),
        truth: Truth::Place { place: asked as u32 + 1 },
        state: None,
    }
}
