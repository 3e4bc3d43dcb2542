//! How a trouble is written down.

/// Samples of a test and when it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// From one sample to the next.
    pub(super) interval: &'static str,
    /// The same in seconds.
    pub(super) seconds: u32,
    samples: u32,
    /// When the firing alerts are looked at.
    pub(super) looked_at: &'static str,
}

/// An hour; most alerts ring within it.
pub(super) const SHORT: Step = Step {
    interval: "1m",
    seconds: 60,
    samples: 70,
    looked_at: "1h",
};
/// Fifty hours.
pub(super) const LONG: Step = Step {
    interval: "5m",
    seconds: 300,
    samples: 620,
    looked_at: "50h",
};

impl Step {
    /// The values as `promtool` reads them. `= 5` stays, `+ 5` grows by 5 a minute, `now` is the
    /// moment, `late 5` is 0 until five minutes before it is looked at, and then 5.
    pub(super) fn values(self, values: &str) -> String {
        let (samples, minutes) = (self.samples, self.seconds / 60);
        match values.split_once(' ') {
            Some(("=", value)) => format!("{value}+0x{samples}"),
            Some(("+", value)) => {
                let each: u32 = value.parse().expect("is a number");
                format!("0+{}x{samples}", each * minutes)
            }
            Some(("late", value)) => {
                let before = samples - 15;
                format!("0+0x{before} {value}+0x15")
            }
            _ if values == "now" => format!("1+{}x{samples}", self.seconds),
            _ => panic!("`{values}` says nothing"),
        }
    }
}

/// What is wrong, and the alert that says so.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) alert: &'static str,
    /// Series in place of the healthy ones of the same name and labels; none where the values are
    /// empty.
    pub(super) changes: &'static [(&'static str, &'static str)],
    pub(super) step: Step,
}

/// A trouble that rings within the hour.
pub(super) const fn soon(
    alert: &'static str,
    changes: &'static [(&'static str, &'static str)],
) -> Trouble {
    Trouble {
        alert,
        changes,
        step: SHORT,
    }
}

/// A trouble that rings after days.
pub(super) const fn late(
    alert: &'static str,
    changes: &'static [(&'static str, &'static str)],
) -> Trouble {
    Trouble {
        alert,
        changes,
        step: LONG,
    }
}
