//! Line charts (S4): at which point the line is highest or lowest.

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::action::{Action, two};
use super::canvas::Dot;
use super::scene::{Draft, Maker, Region};
use super::style::{COLOURS, Frame, Grid};
use super::truth::Truth;

/// "1st", "2nd" and so on, as answers and steps say it.
pub const PLACES: [&str; 8] = ["1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th"];

/// S4: at which point the line is highest or lowest. The step marks the point.
pub fn extreme(m: &mut Maker) -> Draft {
    let (least, most) = m.by_difficulty([(3, 4), (4, 6), (5, 8)]);
    let n = m.rng.random_range(least..=most);
    // Levels of which no two points share the outermost ones: the answer is never in doubt.
    let mut levels: Vec<usize> = (1..=9).collect();
    levels.shuffle(m.rng);
    levels.truncate(n);
    let highest = m.chance(0.5);
    let order = |i: &usize| if highest { levels[*i] } else { 10 - levels[*i] };
    let asked = (0..n).max_by_key(order).unwrap_or(0);
    let style = m.style();
    let colour = COLOURS.choose(m.rng).expect("not empty").0;
    // Many programs cut the axes to the values: the outermost points are near the picture's edges.
    let cut = m.chance(0.35);
    let [left, right, ceiling, floor] = if cut {
        let mut margin = || m.rng.random_range(0.01..0.08f32);
        [margin(), 1.0 - margin(), margin(), 1.0 - margin()]
    } else {
        [m.within(0.05..0.2), m.within(0.86..0.97), m.within(0.05..0.18), m.within(0.8..0.94)]
    };
    let (grid, discs) = (style.chart.grid != Grid::None, m.chance(0.65));
    let bare = style.chart.frame == Frame::None || cut;
    let thin = (style.line * 0.5).clamp(0.006, 0.016);
    let width = style.broad(0.02) * m.rng.random_range(0.9..1.4);
    // Room beside the first and the last point, of the room between two.
    let beside = if cut { m.rng.random_range(0.03..0.3) } else { m.within(0.04..0.6) };
    let place = (right - left) / (n as f32 - 1.0 + 2.0 * beside);
    // Where the axis begins and ends, in levels.
    let (base, top) = match (cut, levels.iter().min(), levels.iter().max()) {
        (true, Some(&least), Some(&most)) => {
            (least as f32 - m.rng.random_range(0.1..0.7), most as f32 + m.rng.random_range(0.1..0.7))
        }
        _ => (m.within(0.0..0.95), m.within(9.05..10.6)),
    };
    let height = |level: usize| (floor - ceiling) * (level as f32 - base) / (top - base);
    let dots: Vec<Dot> = (0..n).map(|i| (left + place * (i as f32 + beside), floor - height(levels[i]))).collect();

    let mut canvas = style.canvas();
    style.panel(&mut canvas, (left, ceiling), (right, floor));
    for dot in &dots {
        if grid {
            canvas.line((dot.0, ceiling), (dot.0, floor), thin, style.faint);
        }
        if !bare {
            canvas.line((dot.0, floor), (dot.0, floor + 0.03), thin, style.ink);
        }
    }
    if !bare {
        canvas.lines(&[(left, ceiling), (left, floor), (right, floor)], style.line * 0.7, style.ink);
        for (number, part) in ["0", "5", "10"].into_iter().zip([0.0, 0.5, 1.0]) {
            let y = floor + (ceiling - floor) * part;
            canvas.text(number, (left * 0.45, y.max(0.04)), style.chart.digits.min(left * 0.5), style.ink);
        }
    }
    canvas.lines(&dots, width, style.free_shade(colour));
    let size = if discs { width * m.rng.random_range(1.1..1.6) } else { width * 0.6 };
    dots.iter().for_each(|dot| canvas.disc(*dot, size.min(0.045), style.free_shade(colour)));

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
