//! Amounts beside each other as bars that begin at zero, the largest first as they come.

use maud::{Markup, html};

use super::{readable, top_of};
use crate::escape::{Escaped, cut};
use crate::language::Said;
use crate::viewer::Viewer;

const WIDTH: f64 = 640.0;
const ROW: f64 = 26.0;
const NAMES: f64 = 250.0;
const VALUES: f64 = 60.0;
/// With sentences behind the bars.
const WIDTH_TOLD: f64 = 1_240.0;
/// Longer sentences are cut in the drawing; the table has them whole.
const SAID_COLUMNS_MAX: usize = 84;
const TOP: f64 = 6.0;
/// Bars of one chart; the table has all.
const BARS_MAX: usize = 24;
/// Wider names are cut in the drawing; the table has them whole.
const NAME_COLUMNS_MAX: usize = 32;

const TABLE: Said = Said("数据表", "The figures");
const EMPTY: Said = Said("该时段没有数据。", "There is nothing in this time.");
const WHAT: Said = Said("项目", "What");
const MORE: Said = Said(
    "图中未列出的见数据表。",
    "The table has those that are not drawn.",
);

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it shows.
    pub name: String,
    /// How much.
    pub value: f64,
    /// A sentence behind the bar and in the table, or nothing.
    pub said: String,
}

/// A chart of bars.
#[derive(Clone, Debug)]
pub struct Bars {
    /// For the page's own references; unique on it.
    pub id: &'static str,
    /// What the chart is called.
    pub title: String,
    /// What it says in a sentence, for those who do not see it.
    pub said: String,
    /// Of the values.
    pub unit: String,
    /// In the order in which they are shown; at most 24 are drawn.
    pub bars: Vec<Bar>,
}

impl Bars {
    /// The chart with its table.
    #[must_use]
    pub fn render(&self, viewer: &Viewer) -> Markup {
        self.linked(viewer, &[])
    }

    /// The same, each bar with the address that it leads to, where it leads anywhere.
    #[must_use]
    pub fn linked(&self, viewer: &Viewer, links: &[Option<String>]) -> Markup {
        let to = |nth: usize| links.get(nth).and_then(Option::as_deref);
        let (title, desc) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        let heading = super::heading(&self.title, &self.unit);
        if self.bars.is_empty() {
            return html! { figure.chart { (heading) p.faint { (viewer.say(EMPTY)) } } };
        }
        let drawn = self.bars.len().min(BARS_MAX);
        let height = TOP * 2.0 + ROW * drawn as f64;
        let is_told = self.bars.iter().any(|bar| !bar.said.is_empty());
        let width = if is_told { WIDTH_TOLD } else { WIDTH };
        // A picture holds nothing that can be followed.
        let leads = (0..drawn).any(|nth| to(nth).is_some());
        let role = if leads { "group" } else { "img" };
        html! {
            figure.chart {
                (heading)
                svg class=[is_told.then_some("told")] viewBox={ "0 0 " (width) " " (height) }
                    role=(role)
                    aria-labelledby={ (title) " " (desc) } {
                    title id=(title) { (Escaped(&self.title)) }
                    desc id=(desc) { (Escaped(&self.said)) }
                    line.grid x1=(NAMES) x2=(NAMES) y1="0" y2=(height) {}
                    @for (nth, bar) in self.bars.iter().take(BARS_MAX).enumerate() {
                        (self.bar(nth, bar, to(nth)))
                    }
                }
                @if drawn < self.bars.len() { p.faint { (viewer.say(MORE)) } }
                (self.table(viewer, to))
            }
        }
    }

    fn top(&self) -> f64 {
        top_of(self.bars.iter().map(|bar| bar.value).fold(0.0, f64::max))
    }

    fn bar(&self, nth: usize, bar: &Bar, to: Option<&str>) -> Markup {
        let y = TOP + ROW * nth as f64;
        let part = (bar.value / self.top()).clamp(0.0, 1.0);
        let width = (WIDTH - NAMES - VALUES) * part;
        let end = NAMES + width;
        let name = cut(&bar.name, NAME_COLUMNS_MAX);
        html! {
            @if let Some(to) = to {
                a href=(to) { (label(y, &name)) }
            } @else { (label(y, &name)) }
            rect.bar x=(NAMES) y=(y + 4.0) width=(format!("{width:.1}")) height=(ROW - 8.0) {}
            text.tick.after x=(format!("{:.1}", end + 6.0)) y=(y + 17.0) { (readable(bar.value)) }
            @if !bar.said.is_empty() {
                text.tick.after x=(WIDTH + 10.0) y=(y + 17.0) {
                    (Escaped(&cut(&bar.said, SAID_COLUMNS_MAX)))
                }
            }
        }
    }

    fn table<'l>(&self, viewer: &Viewer, to: impl Fn(usize) -> Option<&'l str>) -> Markup {
        let label = format!("{} ({})", self.title, self.unit);
        html! {
            details {
                summary { (viewer.say(TABLE)) }
                div.wide tabindex="0" role="region" aria-label=(Escaped(&label)) {
                    table {
                        caption { (Escaped(&label)) }
                        thead { tr {
                            th scope="col" { (viewer.say(WHAT)) }
                            th scope="col" { (Escaped(&self.unit)) }
                        } }
                        tbody { @for (nth, bar) in self.bars.iter().enumerate() {
                            tr {
                                th scope="row" {
                                    @if let Some(to) = to(nth) {
                                        a href=(to) { (Escaped(&bar.name)) }
                                    } @else { (Escaped(&bar.name)) }
                                    @if !bar.said.is_empty() {
                                        br; span.faint { (Escaped(&bar.said)) }
                                    }
                                }
                                td.number { (readable(bar.value)) }
                            }
                        } }
                    }
                }
            }
        }
    }
}

fn label(y: f64, name: &str) -> Markup {
    html! { text.tick.upright x=(NAMES - 8.0) y=(y + 17.0) { (Escaped(name)) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::viewer;
    use crate::language::Language;

    #[test]
    fn a_bar_is_as_long_as_its_value_and_begins_at_zero() {
        let bar = |name: &str, value| Bar {
            name: name.to_owned(),
            value,
            said: String::new(),
        };
        let chart = Bars {
            id: "refusals",
            title: "Refusals".to_owned(),
            said: "By reason".to_owned(),
            unit: "count".to_owned(),
            bars: vec![bar("<a>", 50.0), bar("b", 25.0), bar("c", 0.0)],
        };
        let page = chart.render(&viewer(Language::English, &[])).into_string();
        for width in ["330.0", "165.0", "0.0"] {
            assert!(page.contains(&format!("width=\"{width}\"")), "{width}");
        }
        assert!(page.contains("&lt;a&gt;") && !page.contains("<a>"));
        assert!(!page.contains("class=\"told\""));
        let mut told = chart.clone();
        told.bars[0].said = "<why>".to_owned();
        let page = told.render(&viewer(Language::English, &[])).into_string();
        let (drawing, _) = page.split_once("</svg>").expect("is drawn");
        assert!(drawing.contains("class=\"told\"") && drawing.contains("&lt;why&gt;"));
        let none = Bars {
            bars: Vec::new(),
            ..chart
        };
        let page = none.render(&viewer(Language::Chinese, &[])).into_string();
        assert!(page.contains("没有数据") && !page.contains("<svg"));
    }

    #[test]
    fn a_bar_leads_where_it_is_told() {
        let bar = |name: &str| Bar {
            name: name.to_owned(),
            value: 1.0,
            said: String::new(),
        };
        let chart = Bars {
            id: "linked",
            title: String::new(),
            said: String::new(),
            unit: String::new(),
            bars: vec![bar("a"), bar("b")],
        };
        let links = [None, Some("/use?x=\"1\"&y=2".to_owned())];
        let page = chart.linked(&viewer(Language::English, &[]), &links);
        let page = page.into_string();
        let to = "href=\"/use?x=&quot;1&quot;&amp;y=2\"";
        assert_eq!(
            page.matches(to).count(),
            2,
            "drawn, and in the table: {page}"
        );
        assert_eq!(page.matches("<a ").count(), 2);
    }

    #[test]
    fn more_bars_than_can_be_drawn_are_in_the_table() {
        let bar = |n: usize| Bar {
            name: format!("code-{n}"),
            value: 1.0,
            said: String::new(),
        };
        let chart = Bars {
            id: "many",
            title: String::new(),
            said: String::new(),
            unit: String::new(),
            bars: (0..BARS_MAX + 2).map(bar).collect(),
        };
        let page = chart.render(&viewer(Language::English, &[])).into_string();
        assert_eq!(page.matches("<rect").count(), BARS_MAX);
        assert_eq!(page.matches("<tr>").count(), BARS_MAX + 3);
    }
}
