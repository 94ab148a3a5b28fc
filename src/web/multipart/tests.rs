//! Forms as browsers, curl and attackers send them.

use proptest::prelude::*;

use super::*;

const TYPE: &str = "multipart/form-data; boundary=XX";

type Parts = Vec<(String, Option<String>, Vec<u8>)>;

/// Gives its bytes in pieces of these lengths, over and over.
struct Pieces<'a>(&'a [u8], Vec<usize>, usize);

impl Read for Pieces<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let piece = self.1.get(self.2 % self.1.len().max(1)).copied().unwrap_or(usize::MAX);
        self.2 += 1;
        let count = piece.min(self.0.len()).min(bytes.len());
        bytes[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn parse(kind: &str, source: impl Read) -> io::Result<Parts> {
    let mut form = Multipart::new(kind, source)?;
    let mut parts = Vec::new();
    while let Some(mut part) = form.next_part()? {
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes)?;
        parts.push((part.name, part.file_name, bytes));
    }
    Ok(parts)
}

fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let part = |(headers, content): &(&str, &[u8])| {
        [b"--XX\r\n", headers.as_bytes(), b"\r\n\r\n", content, b"\r\n"].concat()
    };
    [parts.iter().map(part).collect::<Vec<_>>().concat(), b"--XX--\r\n".to_vec()].concat()
}

/// The names of a part with this disposition.
fn names(disposition: &str) -> Option<(String, Option<String>)> {
    let body = form(&[(&format!("Content-Disposition: {disposition}"), b"x")]);
    parse(TYPE, &body[..]).ok()?.pop().map(|(name, file, _)| (name, file))
}

#[test]
fn fields_and_files_as_browsers_send_them() {
    let body = form(&[
        ("Content-Disposition: form-data; name=\"message\"", "Grüße\r\n".as_bytes()),
        (
            "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png",
            b"\r\n--X\r\n--",
        ),
        (
            "Content-Disposition: form-data; name=\"file\"; filename=\"\"\r\nContent-Type: application/octet-stream",
            b"",
        ),
    ]);
    let parts = parse(TYPE, &body[..]).unwrap();
    let file = |name: &str, content: &[u8]| ("file".to_owned(), Some(name.to_owned()), content.to_vec());
    let message = ("message".to_owned(), None, "Grüße\r\n".as_bytes().to_vec());
    assert_eq!(parts, [message, file("a.png", b"\r\n--X\r\n--"), file("", b"")]);
    // What is not read is skipped.
    let mut form = Multipart::new(TYPE, &body[..]).unwrap();
    let mut count = 0;
    while form.next_part().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 3);
    assert_eq!(parse(TYPE, &b"--XX--"[..]).unwrap(), []);
}

#[test]
fn names_of_files_come_in_many_ways() {
    let file = |rest: &str| names(&format!("form-data; name=\"f\"; {rest}"))?.1;
    for (rest, name) in [
        ("filename=\"a;b=c.txt\"", "a;b=c.txt"),
        ("filename=\"%22%0D%0A%41.txt\"", "\"\r\n%41.txt"),
        ("filename=\"a\\\"b.txt\"", "a\"b.txt"),
        ("filename=\"C:\\a\\b.txt\"", "C:\\a\\b.txt"),
        ("filename=\"a\\\"", "a\\"),
        ("filename=\"a\\\"; size=3", "a\\"),
        ("filename=plain.txt", "plain.txt"),
        ("filename=\"नमस्ते.txt\"", "नमस्ते.txt"),
        ("filename=\"fallback\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.txt", "naïve €.txt"),
        ("FileName=\"a\" ;", "a"),
    ] {
        assert_eq!(file(rest).as_deref(), Some(name), "{rest}");
    }
    assert_eq!(names("form-data; name=\"a%22b\""), Some(("a\"b".into(), None)));
    for wrong in [
        "form-data",
        "form-data; filename=\"a\"",
        "attachment; name=\"a\"",
        "form-data; name=\"a\"; name=\"b\"",
        "form-data; name=\"a",
        "form-data; name=\"a\" x",
        "form-data; name=\"a\"; filename*=latin-1''a",
        "form-data; name=\"a\"; filename*=UTF-8''%FF",
        "form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"",
        "form-data; name=\"a\"\nX: y",
        "form-data;\r\n name=\"a\"",
    ] {
        assert_eq!(names(wrong), None, "{wrong}");
    }
}

#[test]
fn what_is_no_form_is_refused() {
    for kind in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=a\u{e9}",
        "multipart/mixed; boundary=XX",
        "application/x-www-form-urlencoded; boundary=XX",
        &format!("multipart/form-data; boundary={}", "x".repeat(71)),
    ] {
        assert_eq!(Multipart::new(kind, io::empty()).err(), Some(MultipartError::ContentType), "{kind}");
    }
    for kind in ["Multipart/Form-Data; charset=utf-8; Boundary=\"XX\"", "multipart/form-data;boundary=XX"] {
        assert!(parse(kind, &b"--XX--\r\n"[..]).is_ok(), "{kind}");
    }
    let part = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx";
    for body in [
        String::new(),
        "--XX".into(),
        "--XX\r\n".into(),
        "\r\n--XX--\r\n".into(),
        "preamble\r\n--XX--\r\n".into(),
        "--XX--\r\nepilogue".into(),
        "--XX --\r\n".into(),
        part.into(),
        format!("{part}\r\n--XX"),
        format!("{part}\r\n--XX-"),
        format!("{part}\r\n--XXY\r\n"),
        format!("{part}\n--XX--\r\n"),
        format!("--XX\r\nA: {}\r\n\r\n\r\n--XX--\r\n", "x".repeat(HEADERS_MAX)),
        format!("--XX\r\n{}\r\n\r\n--XX--\r\n", "A: b\r\n".repeat(LINES_MAX + 1)),
    ] {
        let error = parse(TYPE, body.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{body:?}");
    }
    let many = form(&[("Content-Disposition: form-data; name=\"a\"", b"".as_slice()); PARTS_MAX + 1]);
    assert!(parse(TYPE, &many[..]).unwrap_err().to_string().contains("TooManyParts"));
    let long = form(&[("Content-Disposition: form-data; name=\"a\"", b"12345")]);
    let text = |limit| Multipart::new(TYPE, &long[..]).unwrap().next_part().unwrap().unwrap().text(limit);
    assert_eq!((text(5).unwrap(), text(4).unwrap_err().kind()), ("12345".into(), ErrorKind::FileTooLarge));
}

proptest! {
    #[test]
    fn any_split_of_reads_gives_the_same_parts(
        contents in prop::collection::vec(prop::collection::vec(prop::sample::select(&b"\r\n-Xa"[..]), 0..60), 0..4),
        pieces in prop::collection::vec(1..9usize, 1..6),
    ) {
        let whole = contents.iter().all(|content| !content.windows(6).any(|six| six == b"\r\n--XX"));
        prop_assume!(whole && contents.iter().all(|content| !content.starts_with(b"--XX")));
        let parts: Vec<(&str, &[u8])> =
            contents.iter().map(|content| ("Content-Disposition: form-data; name=\"a\"", &content[..])).collect();
        let body = form(&parts);
        let parsed = parse(TYPE, Pieces(&body, pieces, 0)).unwrap();
        let read: Vec<_> = parsed.into_iter().map(|(_, _, bytes)| bytes).collect();
        prop_assert_eq!(read, contents);
    }

    #[test]
    fn noise_is_refused_or_read_the_same_however_it_is_split(
        noise in prop::collection::vec(any::<u8>(), 0..8),
        at in 0..140usize,
        cut in 0..140usize,
        pieces in prop::collection::vec(1..20usize, 1..4),
    ) {
        let mut body = form(&[
            ("Content-Disposition: form-data; name=\"a\"; filename=\"b\"", b"content"),
            ("Content-Disposition: form-data; name=\"c\"", b"\r\n"),
        ]);
        body.splice(at.min(body.len())..at.min(body.len()), noise);
        body.truncate(body.len() - cut.saturating_sub(100));
        let once = parse(TYPE, &body[..]).map_err(|error| error.kind());
        let split = parse(TYPE, Pieces(&body, pieces, 0)).map_err(|error| error.kind());
        prop_assert_eq!(once, split);
    }

    #[test]
    fn a_boundary_is_found_where_it_is(noise in prop::collection::vec(prop::sample::select(&b"\r\n-ab"[..]), 0..80)) {
        for word in ["a", "ab", "abab", "aaab"] {
            let boundary = Boundary::new(word);
            let naive = noise.windows(boundary.needle.len()).position(|window| window == &boundary.needle[..]);
            prop_assert_eq!(boundary.find(&noise), naive);
        }
    }
}

#[test]
fn a_part_tells_where_it_lies() {
    let long = vec![b'x'; 300_000];
    let contents = [&b"The plan"[..], b"", &long, b"\r\n--X", b""];
    let parts =
        contents.map(|content| ("Content-Disposition: form-data; name=\"file\"; filename=\"a\"", content));
    let body = form(&parts);
    for pieces in [vec![], vec![1], vec![70_000, 3]] {
        let mut form = Multipart::new(TYPE, Pieces(&body, pieces, 0)).unwrap();
        for content in contents {
            let range = form.next_part().unwrap().unwrap().range().unwrap();
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            assert!(body[range] == *content);
        }
        assert!(form.next_part().unwrap().is_none());
    }
}
