//! Structured pictures: bar charts (S1, S2, S3). Line charts are in `line_chart`, pies in `pie`.

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::action::{Action, two};
use super::canvas::{Canvas, Dot};
use super::scene::{Draft, Maker};
use super::style::{Style, colour_names};
use super::truth::Truth;

struct Bar {
    colour: &'static str,
    value: u32,
}

/// A chart of upright bars over an axis that counts from 0 to `top`, all in fractions of the canvas.
struct Chart {
    bars: Vec<Bar>,
    top: u32,
    /// How far the axis goes on above `top`, in values.
    headroom: f32,
    /// A number stands at every `labels`-th value.
    labels: u32,
    grid: bool,
    left: f32,
    right: f32,
    ceiling: f32,
    floor: f32,
    /// Width of a bar as a share of its place.
    fill: f32,
    boxed: bool,
    /// Height of the axis' numbers.
    digits: f32,
    /// Factor on the width of gridlines and ticks.
    thinner: f32,
    /// Whether the axes are drawn.
    axes: bool,
    style: Style,
}

impl Chart {
    fn sample(m: &mut Maker, top: u32, values: Vec<u32>) -> Chart {
        // Many programs cut the axis a little above the highest value.
        let cut = m.in_training(0.4);
        let top = if cut { values.iter().copied().max().unwrap_or(top) } else { top };
        let headroom = if cut { m.rng.random_range(0.0..1.1) } else { 0.0 };
        let colours = colour_names(m.rng, values.len());
        let bars = colours.into_iter().zip(values).map(|(colour, value)| Bar { colour, value }).collect();
        Chart {
            bars,
            top,
            headroom,
            labels: if top > 6 { 2 } else { *[1, 2].choose(m.rng).expect("not empty") },
            grid: m.difficulty < 3 || m.rng.random_bool(0.7),
            left: m.within(0.16..0.21, 0.10..0.21),
            right: m.within(0.90..0.97, 0.90..0.99),
            ceiling: m.within(0.06..0.12, 0.03..0.14),
            floor: m.within(0.88..0.95, 0.88..0.97),
            fill: m.within(0.62..0.88, 0.45..0.92),
            boxed: m.rng.random_bool(0.3),
            digits: m.unless_tested(0.1, 0.05..0.105),
            thinner: m.unless_tested(1.0, 0.3..1.0),
            axes: !m.in_training(0.2),
            style: Style::sample(m.split, m.rng),
        }
    }

    fn height_of(&self, value: u32) -> f32 {
        self.floor - (self.floor - self.ceiling) * value as f32 / (self.top as f32 + self.headroom)
    }

    /// Left, top, width and height of a bar.
    fn area(&self, index: usize) -> [f32; 4] {
        let place = (self.right - self.left) / self.bars.len() as f32;
        let y = self.height_of(self.bars[index].value);
        let x = self.left + place * (index as f32 + (1.0 - self.fill) / 2.0);
        [x, y, place * self.fill, self.floor - y]
    }

    fn draw(&self) -> Canvas {
        let style = &self.style;
        let mut canvas = style.canvas();
        style.panel(&mut canvas, (self.left, self.ceiling), (self.right, self.floor));
        for value in 1..=self.top {
            let y = self.height_of(value);
            if self.grid {
                canvas.line((self.left, y), (self.right, y), 0.018 * self.thinner, style.faint);
            }
            canvas.line((self.left - 0.03, y), (self.left, y), 0.020 * self.thinner, style.ink);
        }
        for value in (0..=self.top).step_by(self.labels as usize) {
            // Large enough to be read at 64 pixels.
            let x = self.left - 0.055 - 0.3 * self.digits;
            canvas.number(value, (x, self.height_of(value)), self.digits, 0.24 * self.digits, style.ink);
        }
        for (i, bar) in self.bars.iter().enumerate() {
            let [x, y, w, h] = self.area(i);
            canvas.rect(x, y, w, h, style.shade(bar.colour));
            if style.edge > 0.0 {
                canvas.outline(&super::canvas::corners(x, y, w, h), style.edge, style.ink);
            }
        }
        let axis = [(self.left, self.ceiling), (self.left, self.floor), (self.right, self.floor)];
        if self.axes {
            canvas.lines(&axis, style.line * 0.7, style.ink);
        }
        if self.boxed {
            let rest = [axis[0], (self.right, self.ceiling), axis[2]];
            canvas.lines(&rest, style.line * 0.5, style.ink);
        }
        canvas
    }

    /// The helper line from a bar's top to the axis, and the words before it.
    fn read_off(&self, canvas: &Canvas, index: usize) -> (String, Action) {
        let [x, y, w, _] = self.area(index);
        let ((x1, y1), (x2, y2)) = (canvas.place((x + w / 2.0, y)), canvas.place((self.left, y)));
        let action = Action::Line([two(x1), two(y1), two(x2), two(y2)]);
        (format!("{} is bar {}", self.bars[index].colour, index + 1), action)
    }

    fn caption(&self) -> String {
        let bars: Vec<String> = self.bars.iter().map(|b| format!("{} {}", b.colour, b.value)).collect();
        format!("bars {}", bars.join(" "))
    }
}

/// The highest value on the axis.
fn highest(m: &mut Maker) -> u32 {
    match m.difficulty {
        1 => 6,
        2 => 8,
        _ => m.rng.random_range(5..=8),
    }
}

fn bars(m: &mut Maker) -> usize {
    let (least, most) = [(3, 3), (3, 4), (4, 5)][usize::from(m.difficulty.clamp(1, 3)) - 1];
    m.rng.random_range(least..=most)
}

/// S1: the value of one bar. The step draws a line from the bar's top to the axis.
pub fn value(m: &mut Maker) -> Draft {
    let top = highest(m);
    let values = (0..bars(m)).map(|_| m.rng.random_range(1..=top)).collect();
    let chart = Chart::sample(m, top, values);
    let asked = m.rng.random_range(0..chart.bars.len());
    let Bar { colour, value } = chart.bars[asked];
    let canvas = chart.draw();
    Draft {
        picture: chart.style.finish(&canvas),
        slots: vec![("colour", colour.to_string())],
        steps: vec![chart.read_off(&canvas, asked)],
        answer: value.to_string(),
        caption: chart.caption(),
        truth: Truth::Number { value: f64::from(value) },
        state: None,
    }
}

/// S2: which bar is the tallest, shortest or second tallest. The step boxes it.
pub fn extreme(m: &mut Maker) -> Draft {
    // All values differ, so that the answer is never in doubt.
    let top = highest(m);
    let mut all: Vec<u32> = (1..=top).collect();
    all.shuffle(m.rng);
    all.truncate(bars(m));
    let chart = Chart::sample(m, top, all);
    let mut order: Vec<usize> = (0..chart.bars.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(chart.bars[*i].value));
    let second = m.difficulty > 1 && m.rng.random_bool(0.33);
    let (which, asked) = match (second, m.rng.random_bool(0.5)) {
        (true, _) => ("second tallest", order[1]),
        (_, true) => ("tallest", order[0]),
        _ => ("shortest", order[order.len() - 1]),
    };
    let [x, y, w, h] = chart.area(asked);
    let canvas = chart.draw();
    let dots = super::canvas::corners(x, y, w, h).map(|dot| canvas.place(dot));
    let colour = chart.bars[asked].colour;
    let word = which.split(' ').next().unwrap_or(which);
    Draft {
        picture: chart.style.finish(&canvas),
        slots: vec![("which", which.to_string())],
        steps: vec![(format!("{word} is bar {}", asked + 1), Action::Bbox(around(&dots, 0.0)))],
        answer: colour.to_string(),
        caption: chart.caption(),
        truth: Truth::Colour { colour: colour.to_string() },
        state: None,
    }
}

/// S3: how much taller one bar is than another. The steps draw a line from each bar's top to the axis.
pub fn difference(m: &mut Maker) -> Draft {
    let top = highest(m);
    let n = bars(m);
    // Every difference is as likely as any other, and so is every place of the two bars.
    let more = m.rng.random_range(1..top);
    let low = m.rng.random_range(1..=top - more);
    let mut values: Vec<u32> = vec![low + more, low];
    values.extend((2..n).map(|_| m.rng.random_range(1..=top)));
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(m.rng);
    let chart = Chart::sample(m, top, order.iter().map(|i| values[*i]).collect());
    let [high, low] = [0, 1].map(|which| order.iter().position(|i| *i == which).unwrap_or(0));
    let canvas = chart.draw();
    let [one, other] = [high, low].map(|bar| chart.bars[bar].colour.to_string());
    Draft {
        picture: chart.style.finish(&canvas),
        slots: vec![("one", one), ("other", other)],
        steps: vec![chart.read_off(&canvas, high), chart.read_off(&canvas, low)],
        answer: more.to_string(),
        caption: chart.caption(),
        truth: Truth::Number { value: f64::from(more) },
        state: None,
    }
}

/// The upright box round some points with a margin, as actions write it.
pub fn around(dots: &[Dot], margin: f32) -> [f32; 4] {
    let low = dots.iter().fold((1.0f32, 1.0f32), |a, d| (a.0.min(d.0), a.1.min(d.1)));
    let high = dots.iter().fold((0.0f32, 0.0f32), |a, d| (a.0.max(d.0), a.1.max(d.1)));
    let (x, y) = ((low.0 - margin).max(0.0), (low.1 - margin).max(0.0));
    Action::fit([x, y, high.0 + margin - x, high.1 + margin - y])
}
