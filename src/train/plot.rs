//! The log of a run as one SVG: losses above, accuracies below, against what was seen.

use crate::error::{Error, Result};
use crate::train::batch::SHARE;
use plotters::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Points of one curve: what was seen (in millions), and the value.
type Curves = BTreeMap<String, Vec<(f64, f64)>>;

/// Not losses.
const COUNTERS: [&str; 6] = ["step", "seen", "seconds", "items", "norm", "dead"];
const WIDTH: u32 = 900;
const PANEL: u32 = 360;

/// Writes `log.svg` beside the log.
pub fn draw(log: &Path) -> Result<()> {
    let bytes = crate::input::read(log, u64::MAX - 1)?;
    let text = String::from_utf8_lossy(&bytes);
    let rows: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let panels: Vec<(&str, Curves)> = [("loss", losses(&rows)), ("accuracy with own drawings", accuracies(&rows))]
        .into_iter()
        .filter(|(_, curves)| curves.values().any(|points| points.len() > 1))
        .collect();
    if panels.is_empty() {
        return Ok(());
    }
    let path = log.with_extension("svg");
    let failed = |e: String| Error::data(format!("{} can't be drawn: {e}.", path.display()), "Check the disk.");
    let area = SVGBackend::new(&path, (WIDTH, PANEL * panels.len() as u32)).into_drawing_area();
    area.fill(&WHITE).map_err(|e| failed(e.to_string()))?;
    for (area, (title, curves)) in area.split_evenly((panels.len(), 1)).iter().zip(&panels) {
        panel(area, title, curves).map_err(|e| failed(e.to_string()))?;
    }
    area.present().map_err(|e| failed(e.to_string()))
}

fn losses(rows: &[Value]) -> Curves {
    let mut curves = Curves::new();
    for row in rows {
        for (name, value) in row.as_object().into_iter().flatten() {
            let other = COUNTERS.contains(&name.as_str()) || name.starts_with(SHARE);
            if let (false, Some(value)) = (other, drawable(value)) {
                curves.entry(name.clone()).or_default().push((seen(row), value));
            }
        }
    }
    curves
}

fn accuracies(rows: &[Value]) -> Curves {
    let mut curves = Curves::new();
    for row in rows {
        for (task_type, shares) in row["accuracy"].as_object().into_iter().flatten() {
            if let Some(own) = drawable(&shares[0]) {
                curves.entry(task_type.clone()).or_default().push((seen(row), own));
            }
        }
    }
    curves
}

fn seen(row: &Value) -> f64 {
    drawable(&row["seen"]).unwrap_or(0.0).max(0.0) / 1e6
}

/// A number that an axis has a place for.
fn drawable(value: &Value) -> Option<f64> {
    value.as_f64().filter(|value| value.abs() < 1e15)
}

fn panel<B: DrawingBackend>(
    area: &DrawingArea<B, plotters::coord::Shift>,
    title: &str,
    curves: &Curves,
) -> std::result::Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let points = || curves.values().flatten();
    let right = points().map(|p| p.0).fold(0.0, f64::max);
    let (low, high) = points().map(|p| p.1).fold((0.0, 0.0), |(low, high): (f64, f64), v| (low.min(v), high.max(v)));
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(44)
        .caption(title, ("sans-serif", 16))
        // An axis without a length has no ticks.
        .build_cartesian_2d(0.0..right.max(1e-6), low..(high * 1.05).max(low + 1e-6))?;
    chart.configure_mesh().x_desc("seen, millions").light_line_style(WHITE).draw()?;
    for (i, (name, points)) in curves.iter().enumerate() {
        let colour = Palette99::pick(i).to_rgba();
        chart
            .draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
    }
    chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.2)).draw()
}
