//! How much there was at each hour of the week, as a map of 7 by 24 cells. A cell says its number,
//! so that nobody has to read a shade.

use maud::{Markup, html};

use crate::escape::Escaped;
use crate::language::Said;
use crate::viewer::Viewer;

const LEFT: u32 = 56;
const TOP: u32 = 20;
const CELL: u32 = 26;
const HOURS: u32 = 24;
/// Shades of a cell that is not empty.
const SHADES: u64 = 4;

const TABLE: Said = Said("数据表", "The figures");
const DAY: Said = Said("星期", "Weekday");
const WEEKDAYS: [Said; 7] = [
    Said("周一", "Mon"),
    Said("周二", "Tue"),
    Said("周三", "Wed"),
    Said("周四", "Thu"),
    Said("周五", "Fri"),
    Said("周六", "Sat"),
    Said("周日", "Sun"),
];

/// A map of a week.
#[derive(Clone, Debug)]
pub struct Heat {
    /// For the page's own references; unique on it.
    pub id: &'static str,
    /// What it is called.
    pub title: String,
    /// What it says in a sentence, for those who do not see it.
    pub said: String,
    /// Of the values.
    pub unit: String,
    /// By weekday, Monday first, and hour.
    pub cells: [[u64; 24]; 7],
}

impl Heat {
    /// The map with its table.
    #[must_use]
    pub fn render(&self, viewer: &Viewer) -> Markup {
        let (title, desc) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        let (width, height) = (LEFT + HOURS * CELL, TOP + 7 * CELL);
        html! {
            figure.chart {
                figcaption { strong { (Escaped(&self.title)) } " (" (Escaped(&self.unit)) ")" }
                svg viewBox={ "0 0 " (width) " " (height) } role="img"
                    aria-labelledby={ (title) " " (desc) } {
                    title id=(title) { (Escaped(&self.title)) }
                    desc id=(desc) { (Escaped(&self.said)) }
                    @for hour in 0..HOURS {
                        text.heat-text x=(LEFT + hour * CELL + CELL / 2) y=(TOP - 6) { (hour) }
                    }
                    @for (row, (day, cells)) in (0_u32..).zip(WEEKDAYS.iter().zip(&self.cells)) {
                        text.heat-text x=(LEFT / 2) y=(TOP + row * CELL + 17) { (viewer.say(*day)) }
                        @for (hour, value) in (0_u32..).zip(cells) {
                            (self.cell(LEFT + hour * CELL, TOP + row * CELL, *value))
                        }
                    }
                }
                (self.table(viewer))
            }
        }
    }

    fn cell(&self, x: u32, y: u32, value: u64) -> Markup {
        let side = CELL - 2;
        html! {
            rect class={ "heat heat-" (self.shade(value)) }
                x=(x) y=(y) width=(side) height=(side) {}
            @if value > 0 {
                text.heat-text x=(x + CELL / 2 - 1) y=(y + 16) { (short(value)) }
            }
        }
    }

    /// 0 for nothing, then by the part of the highest.
    fn shade(&self, value: u64) -> u64 {
        let highest = self.cells.iter().flatten().copied().max().unwrap_or(0);
        value.saturating_mul(SHADES).div_ceil(highest.max(1))
    }

    fn table(&self, viewer: &Viewer) -> Markup {
        let label = format!("{} ({})", self.title, self.unit);
        html! {
            details {
                summary { (viewer.say(TABLE)) }
                div.wide tabindex="0" role="region" aria-label=(Escaped(&label)) {
                    table {
                        caption { (Escaped(&label)) }
                        thead { tr {
                            th scope="col" { (viewer.say(DAY)) }
                            @for hour in 0..HOURS { th scope="col" { (hour) } }
                        } }
                        tbody { @for (day, cells) in WEEKDAYS.iter().zip(&self.cells) { tr {
                            th scope="row" { (viewer.say(*day)) }
                            @for value in cells { td.number { (value) } }
                        } } }
                    }
                }
            }
        }
    }
}

/// A number in a cell; the table has it whole.
fn short(value: u64) -> String {
    match value {
        0..1_000 => value.to_string(),
        1_000..1_000_000 => format!("{}k", value / 1_000),
        _ => format!("{}M", value / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::viewer;
    use crate::language::Language;

    #[test]
    fn every_cell_says_its_number_and_the_table_has_all() {
        let mut cells = [[0; 24]; 7];
        cells[0][9] = 4;
        cells[6][23] = 12_345;
        let heat = Heat {
            id: "week",
            title: "<b>".to_owned(),
            said: "said".to_owned(),
            unit: "次".to_owned(),
            cells,
        };
        for language in [Language::Chinese, Language::English] {
            let page = heat.render(&viewer(language, &[])).into_string();
            assert!(!page.contains("<b>") && page.contains("&lt;b&gt;"));
            assert_eq!(page.matches("class=\"heat heat-").count(), 7 * 24);
            assert_eq!(page.matches("heat-4").count(), 1, "the highest");
            assert_eq!(page.matches("heat-1").count(), 1, "little is not nothing");
            assert!(page.contains(">12k<") && page.contains(">12345<"));
            assert!(page.contains(language.say(WEEKDAYS[6])));
        }
    }
}
