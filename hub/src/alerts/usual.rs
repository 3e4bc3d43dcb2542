//! What is usual, and how far from it something is: median and median distance, which a few wild
//! values do not move.

/// Scales the median distance so that it compares with a standard deviation.
const SCALE: f64 = 1.4826;

/// A sample in two numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Values in it.
    pub sample: usize,
    /// Their median.
    pub median: f64,
    /// The median of their distances from it.
    pub mad: f64,
}

impl Spread {
    /// Of a sample of at least `least` values.
    #[must_use]
    pub fn of(values: &[u32], least: u32) -> Option<Self> {
        let enough = usize::try_from(least).unwrap_or(usize::MAX);
        if values.is_empty() || values.len() < enough {
            return None;
        }
        let mut values: Vec<f64> = values.iter().copied().map(f64::from).collect();
        let median = median(&mut values)?;
        let mut distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
        let mad = self::median(&mut distances)?;
        Some(Self {
            sample: values.len(),
            median,
            mad,
        })
    }

    /// What is above it stands out. Where all are alike the distance counts as `floor`.
    #[must_use]
    pub fn bound(&self, deviations: u32, floor: u32) -> f64 {
        let distance = (SCALE * self.mad).max(f64::from(floor));
        self.median + f64::from(deviations) * distance
    }
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(middle.checked_sub(1)?)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wild_value_does_not_move_what_is_usual() {
        let spread = Spread::of(&[10, 11, 9, 10, 12, 8, 10, 5_000], 5).expect("is enough");
        assert_eq!((spread.sample, spread.median, spread.mad), (8, 10.0, 1.0));
        let bound = spread.bound(5, 1);
        assert!((17.0..18.0).contains(&bound), "{bound}");
    }

    #[test]
    fn where_all_are_alike_the_floor_counts() {
        let spread = Spread::of(&[4; 30], 20).expect("is enough");
        assert_eq!((spread.median, spread.mad), (4.0, 0.0));
        assert_eq!(spread.bound(5, 2), 14.0);
    }

    #[test]
    fn too_little_says_nothing() {
        assert_eq!(Spread::of(&[1, 2, 3, 4], 5), None);
        assert_eq!(Spread::of(&[], 0), None);
        let even = Spread::of(&[1, 2, 3, 4], 4).expect("is enough");
        assert_eq!(even.median, 2.5);
    }
}
