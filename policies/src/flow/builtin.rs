//! The flow and center files that are delivered with the program.

use catalog::Source;

/// A file beside this crate's sources, under the name that faults give it.
macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        [$(Source { name: $name, text: include_str!(concat!("../../", $name)) }),+]
    };
}

pub(crate) const FLOWS: [Source<'static>; 31] = files![
    "flows/F01.toml",
    "flows/F02.toml",
    "flows/F03.toml",
    "flows/F04.toml",
    "flows/F05.toml",
    "flows/F06.toml",
    "flows/F07.toml",
    "flows/F08.toml",
    "flows/F09.toml",
    "flows/F10.toml",
    "flows/F11.toml",
    "flows/F12.toml",
    "flows/F13.toml",
    "flows/F14.toml",
    "flows/F15.toml",
    "flows/F16.toml",
    "flows/F17.toml",
    "flows/F18.toml",
    "flows/F19.toml",
    "flows/F20.toml",
    "flows/F21.toml",
    "flows/F22.toml",
    "flows/F23.toml",
    "flows/F24.toml",
    "flows/F25.toml",
    "flows/F26.toml",
    "flows/F27.toml",
    "flows/F28.toml",
    "flows/F29.toml",
    "flows/F30.toml",
    "flows/F31.toml",
];

pub(crate) const CENTERS: [Source<'static>; 4] = files![
    "centers/city.toml",
    "centers/guoguan.toml",
    "centers/tielu.toml",
    "centers/zhongzhi.toml",
];
