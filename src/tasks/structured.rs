//! Structured pictures: bar charts (S1, S2, S3). Line charts are in `line_chart`, pies in `pie`.

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::action::{Action, two};
use super::canvas::{Canvas, Dot, corners};
use super::scene::{Draft, Maker};
use super::style::{Frame, Grid, Style, colour_names};
use super::truth::Truth;

/// An axis that counts from 0 in equal steps.
#[derive(Clone, Copy, Debug)]
struct Axis {
    /// The highest number that is written.
    top: u32,
    /// From one number to the next.
    step: u32,
    /// Values are multiples of this: numbers of the axis, or halfway between two.
    unit: u32,
}

impl Axis {
    fn sample(m: &mut Maker) -> Axis {
        let (step, unit) = *match m.difficulty {
            1 => [(1, 1)].choose(m.rng),
            2 => [(1, 1), (2, 1), (2, 2), (5, 5)].choose(m.rng),
            _ => [(1, 1), (2, 1), (5, 5), (10, 5), (10, 10), (20, 10)].choose(m.rng),
        }
        .expect("not empty");
        let most = match step {
            20 => 5,
            1 => 12,
            _ => 10,
        };
        let numbers =
            m.rng.random_range(if step == 20 { 3..=most } else { 4..=m.by_difficulty([8, 10, most]).min(most) });
        Axis { top: step * numbers, step, unit }
    }

    /// How many values above 0 a bar may have.
    fn levels(self) -> u32 {
        self.top / self.unit
    }
}

struct Bar {
    colour: &'static str,
    value: u32,
}

/// A chart of upright bars, all lengths in fractions of the canvas.
struct Chart {
    bars: Vec<Bar>,
    axis: Axis,
    /// How far the axis goes on above its highest number, in steps.
    headroom: f32,
    left: f32,
    right: f32,
    ceiling: f32,
    floor: f32,
    /// Width of a bar as a share of its place.
    fill: f32,
    style: Style,
}

impl Chart {
    /// `levels` are values in units of the axis.
    fn sample(m: &mut Maker, mut axis: Axis, levels: &[u32]) -> Chart {
        let highest = axis.unit * levels.iter().copied().max().unwrap_or(1);
        // Many programs cut the axis a little above the highest value.
        if m.chance(0.35) {
            axis.top = highest.div_ceil(axis.step) * axis.step;
        }
        let style = m.style();
        let colours = colour_names(m.rng, levels.len());
        let bars = colours.into_iter().zip(levels).map(|(colour, level)| Bar { colour, value: level * axis.unit });
        let look = style.chart;
        let upper = if look.title || look.legend { 0.12..0.2 } else { 0.03..0.14 };
        let lower = if look.names { 0.80..0.9 } else { 0.86..0.96 };
        let room = if look.digits < 0.05 { 0.09..0.2 } else { 0.12..0.22 };
        Chart {
            bars: bars.collect(),
            axis,
            headroom: if m.chance(0.4) { m.rng.random_range(0.0..1.1) } else { 0.0 },
            left: m.within(room),
            right: m.within(0.86..0.98),
            ceiling: m.within(upper),
            floor: m.within(lower),
            fill: m.within(0.4..0.95),
            style,
        }
    }

    fn height_of(&self, value: f32) -> f32 {
        let top = self.axis.top as f32 + self.headroom * self.axis.step as f32;
        self.floor - (self.floor - self.ceiling) * value / top
    }

    /// Left, top, width and height of a bar.
    fn area(&self, index: usize) -> [f32; 4] {
        let place = (self.right - self.left) / self.bars.len() as f32;
        let y = self.height_of(self.bars[index].value as f32);
        let x = self.left + place * (index as f32 + (1.0 - self.fill) / 2.0);
        [x, y, place * self.fill, self.floor - y]
    }

    fn draw(&self) -> Canvas {
        let mut canvas = self.style.canvas();
        self.style.panel(&mut canvas, (self.left, self.ceiling), (self.right, self.floor));
        self.draw_axis(&mut canvas);
        let style = &self.style;
        for (i, bar) in self.bars.iter().enumerate() {
            let [x, y, w, h] = self.area(i);
            canvas.rect(x, y, w, h, style.shade(bar.colour));
            if style.edge > 0.0 {
                canvas.outline(&corners(x, y, w, h), style.edge, style.ink);
            }
            if style.chart.names {
                let letter = char::from(b'A' + i as u8).to_string();
                canvas.text(&letter, (x + w / 2.0, self.floor + 0.055), style.chart.digits.min(0.06), style.ink);
            }
        }
        let [left, right] = [self.left, self.right].map(|x| ((x, self.ceiling), (x, self.floor)));
        let axis = [left.0, left.1, right.1];
        match style.chart.frame {
            Frame::None => {}
            Frame::Floor => canvas.line(left.1, right.1, style.line * 0.7, style.ink),
            Frame::Corner => canvas.lines(&axis, style.line * 0.7, style.ink),
            Frame::Box => canvas.outline(&[left.0, right.0, right.1, left.1], style.line * 0.6, style.ink),
        }
        canvas
    }

    /// Gridlines, ticks and numbers, the title and the legend.
    fn draw_axis(&self, canvas: &mut Canvas) {
        let (style, look) = (&self.style, self.style.chart);
        let thin = (style.line * 0.5).clamp(0.006, 0.016);
        let numbers = self.axis.top / self.axis.step;
        // Numbers that would touch each other are left out in turn.
        let room = (self.floor - self.ceiling) / numbers as f32;
        let every = (look.digits * 1.25 / room).ceil().max(1.0) as u32;
        for i in 0..=numbers {
            let y = self.height_of((i * self.axis.step) as f32);
            match look.grid {
                Grid::Full if i > 0 => canvas.line((self.left, y), (self.right, y), thin, style.faint),
                Grid::Dashed if i > 0 => canvas.dashes((self.left, y), (self.right, y), thin, style.faint),
                _ => {}
            }
            if look.ticks {
                canvas.line((self.left - 0.03, y), (self.left, y), thin, style.ink);
            }
            if i % every == 0 {
                let number = (i * self.axis.step).to_string();
                let x = self.left - 0.035 - look.digits * 0.42 * number.len() as f32;
                canvas.text(&number, (x.max(0.3 * look.digits * number.len() as f32), y), look.digits, style.ink);
            }
        }
        if look.title {
            canvas.text("Results", ((self.left + self.right) / 2.0, self.ceiling * 0.45), 0.055, style.ink);
        } else if look.legend {
            for (i, bar) in self.bars.iter().enumerate() {
                let x = self.left + 0.08 + (self.right - self.left - 0.1) * i as f32 / self.bars.len() as f32;
                canvas.rect(x - 0.05, self.ceiling * 0.45 - 0.02, 0.04, 0.04, style.shade(bar.colour));
                let letter = char::from(b'A' + i as u8).to_string();
                canvas.text(&letter, (x + 0.02, self.ceiling * 0.45), 0.045, style.ink);
            }
        }
    }

    /// The helper line from a bar's top to the axis, and the words before it.
    fn read_off(&self, canvas: &Canvas, index: usize) -> (String, Action) {
        let [x, y, w, _] = self.area(index);
        let ((x1, y1), (x2, y2)) = (canvas.place((x + w / 2.0, y)), canvas.place((self.left, y)));
        let action = Action::Line([two(x1), two(y1), two(x2), two(y2)]);
        (format!("{} is bar {}", self.bars[index].colour, index + 1), action)
    }

    /// The numbers of the axis near the tops of some bars, enlarged: at the picture's size they are too small.
    fn look_closer(&self, canvas: &Canvas, bars: &[usize]) -> (String, Action) {
        let ends: Vec<Dot> = bars.iter().map(|bar| canvas.place((self.left, self.area(*bar)[1]))).collect();
        let (low, high) = ends.iter().fold((1.0f32, 0.0f32), |(low, high), dot| (low.min(dot.1), high.max(dot.1)));
        let side = (high - low + 0.18).clamp(0.36, 0.98);
        let x = (ends[0].0 - side * 0.72).clamp(0.0, 1.0 - side);
        let y = ((low + high - side) / 2.0).clamp(0.0, 1.0 - side);
        ("read the axis there".to_string(), Action::Zoom(Action::fit([x, y, side, side])))
    }

    fn caption(&self) -> String {
        let bars: Vec<String> = self.bars.iter().map(|b| format!("{} {}", b.colour, b.value)).collect();
        format!("bars {}", bars.join(" "))
    }
}

fn bars(m: &mut Maker) -> usize {
    let (least, most) = m.by_difficulty([(2, 4), (3, 5), (4, 6)]);
    m.rng.random_range(least..=most)
}

/// S1: the value of one bar. The steps draw a line from the bar's top to the axis and enlarge its end.
pub fn value(m: &mut Maker) -> Draft {
    let axis = Axis::sample(m);
    let levels: Vec<u32> = (0..bars(m)).map(|_| m.rng.random_range(1..=axis.levels())).collect();
    let chart = Chart::sample(m, axis, &levels);
    let asked = m.rng.random_range(0..chart.bars.len());
    let Bar { colour, value } = chart.bars[asked];
    let canvas = chart.draw();
    Draft {
        picture: chart.style.finish(&canvas),
        slots: vec![("colour", colour.to_string())],
        steps: vec![chart.read_off(&canvas, asked), chart.look_closer(&canvas, &[asked])],
        answer: value.to_string(),
        caption: chart.caption(),
        truth: Truth::Number { value: f64::from(value) },
        state: None,
    }
}

/// S2: which bar is the tallest, shortest or second tallest. The step boxes it.
pub fn extreme(m: &mut Maker) -> Draft {
    let axis = Axis::sample(m);
    // All values differ, and the asked one clearly, so that the answer is never in doubt.
    let apart = (axis.levels() / 12).max(1);
    let mut all: Vec<u32> = (1..=axis.levels() / apart).map(|level| level * apart).collect();
    all.shuffle(m.rng);
    all.truncate(bars(m));
    let chart = Chart::sample(m, axis, &all);
    let mut order: Vec<usize> = (0..chart.bars.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(chart.bars[*i].value));
    let second = m.difficulty > 1 && m.chance(0.33);
    let (which, asked) = match (second, m.chance(0.5)) {
        (true, _) => ("second tallest", order[1]),
        (_, true) => ("tallest", order[0]),
        _ => ("shortest", order[order.len() - 1]),
    };
    let [x, y, w, h] = chart.area(asked);
    let canvas = chart.draw();
    let dots = corners(x, y, w, h).map(|dot| canvas.place(dot));
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

/// S3: how much taller one bar is than another. The steps draw a line from each bar's top to the axis, and
/// enlarge where they end.
pub fn difference(m: &mut Maker) -> Draft {
    let axis = Axis::sample(m);
    let n = bars(m);
    // Every difference is as likely as any other, and so is every place of the two bars.
    let more = m.rng.random_range(1..axis.levels());
    let low = m.rng.random_range(1..=axis.levels() - more);
    let mut values: Vec<u32> = vec![low + more, low];
    values.extend((2..n).map(|_| m.rng.random_range(1..=axis.levels())));
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(m.rng);
    let levels: Vec<u32> = order.iter().map(|i| values[*i]).collect();
    let chart = Chart::sample(m, axis, &levels);
    let [high, low] = [0, 1].map(|which| order.iter().position(|i| *i == which).unwrap_or(0));
    let canvas = chart.draw();
    let [one, other] = [high, low].map(|bar| chart.bars[bar].colour.to_string());
    let answer = more * axis.unit;
    Draft {
        picture: chart.style.finish(&canvas),
        slots: vec![("one", one), ("other", other)],
        steps: vec![
            chart.read_off(&canvas, high),
            chart.read_off(&canvas, low),
            chart.look_closer(&canvas, &[high, low]),
        ],
        answer: answer.to_string(),
        caption: chart.caption(),
        truth: Truth::Number { value: f64::from(answer) },
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
