//! Values over time as lines, at most four of them, each told by its own stroke as well as its
//! colour. A step without a value is a gap, never a zero; one that is not over yet is no whole one.

use std::fmt::Write as _;
use std::ops::Range;

use maud::{Markup, html};

use super::{readable, steps_to};
use crate::escape::Escaped;
use crate::language::Said;
use crate::viewer::Viewer;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 30.0;
/// A lone value.
const DOT: f64 = 3.5;
/// Lines of one chart: so many strokes can be told apart.
const LINES_MAX: usize = 4;
/// Steps of one chart.
const STEPS_MAX: usize = 400;
/// Labels under the axis.
const LABELS: usize = 6;

const TABLE: Said = Said("数据表", "The figures");
const TIME: Said = Said("时间", "Time");
const EMPTY: Said = Said("该时段没有数据。", "There is nothing in this time.");
const RUNNING: Said = Said("（未完）", "(not over yet)");
const RUNNING_SAID: Said = Said(
    "阴影中的时段尚未结束，以虚线画出。",
    "What is shaded is not over yet, and drawn as dots.",
);

/// One line.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it shows.
    pub name: String,
    /// A value for each step; none where nothing is known.
    pub values: Vec<Option<f64>>,
}

/// A chart of lines.
#[derive(Clone, Debug)]
pub struct Lines {
    /// For the page's own references; unique on it.
    pub id: &'static str,
    /// What the chart is called.
    pub title: String,
    /// What it says in a sentence, for those who do not see it.
    pub said: String,
    /// Of the values.
    pub unit: String,
    /// What each step is called, oldest first; more than 400 are not drawn.
    pub steps: Vec<String>,
    /// At most four are drawn.
    pub lines: Vec<Line>,
}

impl Lines {
    /// The chart with its table.
    #[must_use]
    pub fn render(&self, viewer: &Viewer) -> Markup {
        self.render_until(viewer, usize::MAX)
    }

    /// The same, of which only the first `whole` steps are over.
    #[must_use]
    pub fn render_until(&self, viewer: &Viewer, whole: usize) -> Markup {
        let whole = whole.min(self.count());
        let (title, desc) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        let heading = super::heading(&self.title, &self.unit);
        if self.is_empty() {
            return html! { figure.chart { (heading) p.faint { (viewer.say(EMPTY)) } } };
        }
        html! {
            figure.chart {
                (heading)
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img"
                    aria-labelledby={ (title) " " (desc) } {
                    title id=(title) { (Escaped(&self.title)) }
                    desc id=(desc) { (Escaped(&self.said)) }
                    (self.shade(whole))
                    (self.axes())
                    @for (nth, line) in self.drawn() {
                        (self.dots(nth, line))
                        path class={ "line line-" (nth) } d=(self.path(line, 0..whole)) {}
                        @if whole < self.count() {
                            path class={ "line line-" (nth) " running" }
                                d=(self.path(line, whole.saturating_sub(1)..self.count())) {}
                        }
                    }
                }
                (self.legend())
                @if whole < self.count() { p.faint { (viewer.say(RUNNING_SAID)) } }
                (self.table(viewer, whole))
            }
        }
    }

    fn drawn(&self) -> impl Iterator<Item = (usize, &Line)> {
        self.lines.iter().take(LINES_MAX).enumerate()
    }

    fn count(&self) -> usize {
        self.steps.len().min(STEPS_MAX)
    }

    fn is_empty(&self) -> bool {
        let mut values = self.lines.iter().flat_map(|line| &line.values);
        self.count() == 0 || values.all(Option::is_none)
    }

    /// Steps of the upright axis: how large, and how many.
    fn parts(&self) -> (f64, u32) {
        let values = || self.drawn().flat_map(|(_, line)| &line.values).flatten();
        let are_counts = values().all(|value| value.fract() == 0.0);
        steps_to(values().copied().fold(0.0, f64::max), are_counts)
    }

    fn top(&self) -> f64 {
        let (step, parts) = self.parts();
        step * f64::from(parts)
    }

    /// Behind the steps that are not over.
    fn shade(&self, whole: usize) -> Markup {
        let from = self.x(whole.saturating_sub(1));
        html! { @if whole < self.count() {
            rect.shade x=(format!("{from:.1}")) y=(TOP)
                width=(format!("{:.1}", WIDTH - RIGHT - from)) height=(HEIGHT - TOP - BOTTOM) {}
        } }
    }

    fn x(&self, step: usize) -> f64 {
        let last = self.count().saturating_sub(1).max(1);
        LEFT + (WIDTH - LEFT - RIGHT) * step as f64 / last as f64
    }

    fn y(&self, value: f64) -> f64 {
        let part = (value / self.top()).clamp(0.0, 1.0);
        HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part
    }

    fn axes(&self) -> Markup {
        let every = self.count().div_ceil(LABELS).max(1);
        let (step, parts) = self.parts();
        let labels = self.steps.iter().take(self.count()).enumerate();
        html! {
            @for part in 0..=parts {
                @let value = step * f64::from(part);
                @let y = format!("{:.1}", self.y(value));
                line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y) y2=(y) {}
                text.tick.upright x=(LEFT - 6.0) y=(y) dy="4" { (readable(value)) }
            }
            @for (nth, label) in labels.filter(|(nth, _)| nth % every == 0) {
                text.tick x=(format!("{:.1}", self.x(nth))) y=(HEIGHT - 10.0) { (Escaped(label)) }
            }
        }
    }

    /// Each run of known values is a line of its own; a lone one is a dot.
    fn path(&self, line: &Line, steps: Range<usize>) -> String {
        let mut path = String::new();
        let mut is_drawing = false;
        for step in steps {
            let Some(value) = line.values.get(step).copied().flatten() else {
                is_drawing = false;
                continue;
            };
            let (x, y) = (self.x(step), self.y(value));
            let letter = if is_drawing { 'L' } else { 'M' };
            // Writing to a text does not fail.
            let _ = write!(path, "{letter}{x:.1} {y:.1}");
            if !is_drawing {
                path.push_str("h0.1");
            }
            is_drawing = true;
        }
        path
    }

    /// Values with a gap on either side: a stroke of dashes would not show them.
    fn dots(&self, nth: usize, line: &Line) -> Markup {
        let at = |step: usize| line.values.get(step).copied().flatten();
        let is_lone = |step: &usize| {
            let before = step.checked_sub(1).and_then(at);
            before.is_none() && at(step + 1).is_none()
        };
        let lone = (0..self.count()).filter(is_lone);
        let lone = lone.filter_map(|step| Some((step, at(step)?)));
        html! { @for (step, value) in lone {
            circle class={ "dot dot-" (nth) } r=(DOT)
                cx=(format!("{:.1}", self.x(step))) cy=(format!("{:.1}", self.y(value))) {}
        } }
    }

    fn legend(&self) -> Markup {
        html! {
            ul.legend {
                @for (nth, line) in self.drawn() {
                    li {
                        svg.key viewBox="0 0 28 8" aria-hidden="true" {
                            path class={ "line line-" (nth) } d="M0 4H28" {}
                        }
                        (Escaped(&line.name))
                    }
                }
            }
        }
    }

    fn table(&self, viewer: &Viewer, whole: usize) -> Markup {
        let known = |step: usize| {
            let value = |line: &Line| line.values.get(step).copied().flatten();
            self.lines.iter().map(value).collect::<Vec<_>>()
        };
        let steps = self.steps.iter().take(self.count()).enumerate();
        let rows = steps.map(|(step, label)| (step >= whole, label, known(step)));
        let label = format!("{} ({})", self.title, self.unit);
        html! {
            details {
                summary { (viewer.say(TABLE)) }
                div.wide tabindex="0" role="region" aria-label=(Escaped(&label)) {
                    table {
                        caption { (Escaped(&label)) }
                        thead { tr {
                            th scope="col" { (viewer.say(TIME)) }
                            @for line in &self.lines { th scope="col" { (Escaped(&line.name)) } }
                        } }
                        tbody {
                            @for (is_running, label, values) in rows {
                                tr {
                                    th scope="row" {
                                        (Escaped(label))
                                        @if is_running { " " (viewer.say(RUNNING)) }
                                    }
                                    @for value in values {
                                        td.number { (value.map_or("–".to_owned(), readable)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::viewer;
    use crate::language::Language;

    fn chart(values: Vec<Option<f64>>) -> Lines {
        Lines {
            id: "rate",
            title: "<Rate>".to_owned(),
            said: "Questions a minute".to_owned(),
            unit: "1/min".to_owned(),
            steps: (0..values.len()).map(|n| format!("09:{n:02}")).collect(),
            lines: vec![Line {
                name: "answered".to_owned(),
                values,
            }],
        }
    }

    #[test]
    fn what_is_not_known_is_a_gap_and_no_zero() {
        let chart = chart(vec![Some(10.0), None, Some(5.0), Some(0.0)]);
        let page = chart.render(&viewer(Language::English, &[])).into_string();
        let path = chart.path(&chart.lines[0], 0..4);
        assert_eq!(path.matches('M').count(), 2, "{path}");
        assert_eq!(
            page.matches("class=\"dot dot-0\"").count(),
            1,
            "the lone ten"
        );
        assert_eq!(path.matches('L').count(), 1, "{path}");
        assert!(path.starts_with("M56.0 14.0"), "the highest is at the top");
        assert!(path.ends_with("L628.0 190.0"), "zero is at the bottom");
        assert!(page.contains("<td class=\"number\">–</td>"));
        assert!(page.contains("&lt;Rate&gt;") && !page.contains("<Rate>"));
        for part in [
            "<title id=\"rate-title\">",
            "<desc id=\"rate-desc\">",
            "1/min",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("style="));
    }

    #[test]
    fn counts_have_whole_ticks_and_a_day_that_runs_is_no_whole_one() {
        let chart = chart(vec![Some(4.0), Some(5.0), Some(1.0)]);
        let viewer = viewer(Language::English, &[]);
        let page = chart.render_until(&viewer, 2).into_string();
        for tick in ["0", "1", "2", "3", "4", "5"] {
            assert!(page.contains(&format!("dy=\"4\">{tick}</text>")), "{tick}");
        }
        assert!(!page.contains("1.25"));
        assert_eq!(page.matches("line-0 running").count(), 1);
        assert_eq!(page.matches("(not over yet)").count(), 1);
        assert!(page.contains("class=\"shade\"") && page.contains("drawn as dots"));
        let whole = chart.render(&viewer).into_string();
        assert!(!whole.contains("running") && !whole.contains("shade"));
    }

    #[test]
    fn a_chart_of_nothing_says_so() {
        let page = chart(vec![None, None]).render(&viewer(Language::Chinese, &[]));
        let page = page.into_string();
        assert!(page.contains("没有数据") && !page.contains("<svg"));
    }
}
