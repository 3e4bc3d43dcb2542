//! Breaks a generated world in one place, for tests and the demo: a missing file, a wrong trailer
//! count, a repeated line, a cut character, an unknown code. It refuses to touch anything but the
//! local systems of the sample world.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use time::Date;

use super::calendar::compact;
use super::node::Node;
use super::{WorldError, store};

/// Byte ranges of the account file, counted from zero.
const GR_NUMBER: std::ops::Range<usize> = 21..39;
const GR_NAME: std::ops::Range<usize> = 41..71;
const GR_STATUS: usize = 80;
const GR_BALANCE: std::ops::Range<usize> = 99..113;
const TRAILER_COUNT: std::ops::Range<usize> = 1..11;
const TRAILER_TOTAL: std::ops::Range<usize> = 11..27;
/// First byte of a GB18030 character; nothing follows it at the end of a field.
const LEAD_BYTE: u8 = 0xb0;
/// No center knows this status.
const UNKNOWN_STATUS: &str = "8";

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> WorldError + use<> {
    let path = path.to_owned();
    move |source| WorldError::File { path, source }
}

/// Removes the railway's daily files of `today`, so that only yesterday's remain; returns how many.
pub fn age_file(tielu_home: &Path, today: Date) -> Result<usize, WorldError> {
    let folder = tielu_home.join(store::DROP);
    let mut removed = 0;
    for kind in store::DAILY {
        for path in files_of(&folder, &format!("{kind}{}", compact(today)))? {
            fs::remove_file(&path).map_err(file_error(&path))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Makes the trailer of the newest account file count one line too many; returns the file.
pub fn wrong_trailer_count(tielu_home: &Path) -> Result<PathBuf, WorldError> {
    let path = newest_accounts(tielu_home)?;
    let mut lines = lines_of(&path)?;
    let missing = WorldError::Missing { path: path.clone() };
    let trailer = lines
        .iter_mut()
        .rev()
        .find(|line| line.first() == Some(&b'T'));
    let count = trailer
        .and_then(|line| line.get_mut(TRAILER_COUNT))
        .ok_or(missing)?;
    let wrong = String::from_utf8_lossy(count).parse::<u64>().unwrap_or(0) + 1;
    count.copy_from_slice(format!("{wrong:010}").as_bytes());
    save(&path, &lines)?;
    Ok(path)
}

/// Repeats one person's account line and makes the trailer agree; returns the file.
pub fn duplicate_line(tielu_home: &Path, number: &str) -> Result<PathBuf, WorldError> {
    let path = newest_accounts(tielu_home)?;
    let missing = || WorldError::Missing { path: path.clone() };
    let mut lines = lines_of(&path)?;
    let at = position_of(&lines, number).ok_or_else(missing)?;
    let line = lines.get(at).cloned().ok_or_else(missing)?;
    let amount = line.get(GR_BALANCE).map_or(0, amount_of);
    lines.insert(at, line);
    let trailer = lines
        .iter_mut()
        .rev()
        .find(|line| line.first() == Some(&b'T'));
    let trailer = trailer.ok_or_else(missing)?;
    let count = trailer.get(TRAILER_COUNT).map_or(0, amount_of) + 1;
    let total = trailer.get(TRAILER_TOTAL).map_or(0, amount_of) + amount;
    let sign = if total < 0 { '-' } else { '+' };
    *trailer = format!("T{count:010}{:015}{sign}\r", total.unsigned_abs()).into_bytes();
    save(&path, &lines)?;
    Ok(path)
}

/// Digits with an optional sign behind them; what is neither counts as zero.
fn amount_of(bytes: &[u8]) -> i64 {
    let text = String::from_utf8_lossy(bytes);
    let digits = text.trim_end_matches(['+', '-']).parse().unwrap_or(0);
    if text.ends_with('-') {
        0_i64.saturating_sub(digits)
    } else {
        digits
    }
}

/// Ends the name on one person's account line in the middle of a character; returns the file.
pub fn cut_character(tielu_home: &Path, number: &str) -> Result<PathBuf, WorldError> {
    change_account(tielu_home, number, |line| {
        // The lead byte stands last: nothing within the field can complete it.
        if let Some(last) = line.get_mut(GR_NAME).and_then(<[u8]>::last_mut) {
            *last = LEAD_BYTE;
        }
    })
}

/// Gives one person's railway account a status that nobody knows; returns the file.
pub fn unknown_code_in_file(tielu_home: &Path, number: &str) -> Result<PathBuf, WorldError> {
    change_account(tielu_home, number, |line| {
        if let (Some(status), Some(code)) = (line.get_mut(GR_STATUS), UNKNOWN_STATUS.bytes().next())
        {
            *status = code;
        }
    })
}

/// Gives the accounts of one person a status that nobody knows, in a center that keeps a database;
/// returns how many rows changed.
pub fn unknown_code_in_database(node: Node, home: &Path, number: &str) -> Result<u64, WorldError> {
    let place = store::database(node).ok_or_else(|| WorldError::Missing { path: home.into() })?;
    let path = home.join(place);
    let sql = match node {
        Node::Guoguan => "UPDATE GRZHXX SET GRZHZT = '08' WHERE UPPER(TRIM(ZJHM)) = ?1",
        _ => "UPDATE INDIACC SET INDIACCSTATE = '8' WHERE TRIM(CERTINUM) = ?1",
    };
    // A thread of its own: the caller may be inside a runtime, where another must not block.
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let changed = store::runtime(&path)?.block_on(update(&path, sql, number));
            changed.map_err(|source| WorldError::Database {
                path: path.clone(),
                source,
            })
        });
        worker
            .join()
            .map_err(|_| WorldError::WriterStopped { node })?
    })
}

async fn update(path: &Path, sql: &'static str, number: &str) -> Result<u64, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .disable_statement_logging();
    let mut db = SqliteConnection::connect_with(&options).await?;
    let changed = sqlx::query(sql)
        .bind(number.to_owned())
        .execute(&mut db)
        .await?
        .rows_affected();
    db.close().await?;
    Ok(changed)
}

fn files_of(folder: &Path, start: &str) -> Result<Vec<PathBuf>, WorldError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(file_error(folder))? {
        let entry = entry.map_err(file_error(folder))?;
        if entry.file_name().to_string_lossy().starts_with(start) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn newest_accounts(tielu_home: &Path) -> Result<PathBuf, WorldError> {
    let folder = tielu_home.join(store::DROP);
    files_of(&folder, "GR")?
        .pop()
        .ok_or(WorldError::Missing { path: folder })
}

fn lines_of(path: &Path) -> Result<Vec<Vec<u8>>, WorldError> {
    let bytes = fs::read(path).map_err(file_error(path))?;
    Ok(bytes
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect())
}

fn save(path: &Path, lines: &[Vec<u8>]) -> Result<(), WorldError> {
    fs::write(path, lines.join(&b'\n')).map_err(file_error(path))
}

fn position_of(lines: &[Vec<u8>], number: &str) -> Option<usize> {
    let wanted = format!("{number:18}");
    lines
        .iter()
        .position(|line| line.get(GR_NUMBER) == Some(wanted.as_bytes()))
}

fn change_account(
    tielu_home: &Path,
    number: &str,
    change: impl FnOnce(&mut Vec<u8>),
) -> Result<PathBuf, WorldError> {
    let path = newest_accounts(tielu_home)?;
    let mut lines = lines_of(&path)?;
    let line = position_of(&lines, number).and_then(|at| lines.get_mut(at));
    change(line.ok_or_else(|| WorldError::Missing { path: path.clone() })?);
    save(&path, &lines)?;
    Ok(path)
}
