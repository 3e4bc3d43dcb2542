//! A file that is sealed by itself: its digest stands beside it, in the form of `sha256sum`. A file
//! that was copied half way, or emptied, may well be a sound one that says less.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use catalog::Digest;

use super::{FolderError, FolderFile, SealFault, read_bytes, unreadable};

/// Where the digest of a file stands: `vetoes.toml.sha256` beside `vetoes.toml`.
#[must_use]
pub fn digest_beside(file: &Path) -> PathBuf {
    with_ending(file, ".sha256")
}

/// Reads a file and holds it against the digest beside it. What is used are the bytes that were
/// compared.
///
/// # Errors
/// Either cannot be read, or they do not belong together.
pub fn read_sealed_file(file: &Path) -> Result<FolderFile, FolderError> {
    let beside = digest_beside(file);
    let bytes = read_bytes(file)?;
    if !beside.exists() {
        return Err(SealFault::DigestMissing(beside).into());
    }
    let line = String::from_utf8(read_bytes(&beside)?).unwrap_or_default();
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let listed = line.trim_end().split_once(' ').and_then(|(digest, rest)| {
        let is_named = rest.strip_prefix([' ', '*']) == Some(&*name);
        is_named.then(|| digest.parse::<Digest>().ok())?
    });
    if listed != Some(Digest::of(&bytes)) {
        return Err(SealFault::FileDiffers(file.to_owned()).into());
    }
    let no_text = |_| io::Error::from(io::ErrorKind::InvalidData);
    let text = String::from_utf8(bytes).map_err(no_text);
    Ok(FolderFile {
        name: file.display().to_string(),
        text: text.map_err(unreadable(file))?,
    })
}

/// Writes the digest beside a file; whoever seals has validated it.
///
/// # Errors
/// The file cannot be read, or the digest cannot be written.
pub fn seal_file(file: &Path) -> Result<(), FolderError> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let line = format!("{}  {name}\n", Digest::of(&read_bytes(file)?));
    let unfinished = with_ending(file, ".sha256.unfinished");
    let beside = digest_beside(file);
    let write = || -> io::Result<()> {
        let mut written = fs::File::create(&unfinished)?;
        written.write_all(line.as_bytes())?;
        written.sync_all()?;
        fs::rename(&unfinished, &beside)
    };
    write().map_err(unreadable(&beside))
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut path = OsString::from(file);
    path.push(ending);
    PathBuf::from(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_with_its_own_digest_beside_it_and_no_other_way() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("abc");
        fs::write(&file, "abc").expect("is written");
        let said = |file: &Path| match read_sealed_file(file) {
            Ok(read) => read.source().text.to_owned(),
            Err(fault) => fault.to_string(),
        };
        assert!(said(&file).contains("abc.sha256` is missing"));
        seal_file(&file).expect("is sealed");
        let beside = fs::read_to_string(digest_beside(&file)).expect("is there");
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(beside, format!("{digest}  abc\n"), "as sha256sum writes it");
        assert_eq!(said(&file), "abc");
        // As a copy that stopped leaves it, and emptied.
        for text in ["ab", ""] {
            fs::write(&file, text).expect("is written");
            assert!(said(&file).contains("is another than"), "{text}");
        }
        fs::write(&file, "abc").expect("is written");
        for line in ["", digest, &format!("{digest}  abd\n"), "0  abc\n"] {
            fs::write(digest_beside(&file), line).expect("is written");
            assert!(said(&file).contains("is another than"), "{line}");
        }
        assert!(said(&folder.path().join("none")).contains("cannot be read"));
    }
}
