//! Real files, made and read by other programs: what exiftool sees after cleaning, and that decoders see the same pixels.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, process};

use super::{Dimensions, FileType, examine, sniff};

/// Of exiftool, which are no metadata: what it computes, and what is of the file itself and its structure.
const GROUPS: [&str; 8] = [
    "--ExifTool:all", "--File:all", "--System:all", "--Composite:all", "--ICC_Profile:all", "--JFIF:all",
    "--PNG:all", "--GIF:all",
];
/// What action cameras, phones and editors leave, as exiftool writes it.
const SECRETS: [&str; 12] = [
    "-overwrite_original", "-q", "-m", "-Orientation#=6", "-GPSLatitude=48.858", "-GPSLatitudeRef=N",
    "-Make=SECRET", "-XMP:Creator=SECRET", "-IPTC:Keywords=SECRET", "-Comment=SECRET",
    "-XMP:GPSLongitude=2.29", "-CreateDate=2024:01:02 03:04:05",
];

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("snug-media-{}-{name}", process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Whether all of these are installed. Says loudly where not; fails in continuous integration.
fn have(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| {
        let found = env::split_paths(&env::var_os("PATH").unwrap_or_default())
            .any(|folder| folder.join(program).is_file());
        !found
    });
    let Some(missing) = missing else { return true };
    assert!(env::var_os("CI").is_none(), "{missing} is not installed");
    let _ = writeln!(
        io::stderr(),
        "SKIPPED: metadata is not checked by other programs: {missing} is not installed"
    );
    false
}

fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).output().expect("an installed program");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {error}");
    output.stdout
}

/// Writes the file without its metadata beside it.
fn clean(path: &str, kind: FileType) -> (String, Option<Dimensions>) {
    let mut source = File::open(path).expect("a file");
    let head = fs::read(path).expect("a file");
    assert_eq!(sniff(&head), kind);
    let examined = examine(kind, &mut source).unwrap_or_else(|error| panic!("{path}: {error:?}"));
    let extension = Path::new(path).extension().unwrap_or_default().to_string_lossy().into_owned();
    let out = format!("{path}.clean.{extension}");
    examined.plan.write(&mut source, &mut File::create(&out).expect("a file")).expect("writes");
    let bytes = fs::read(&out).expect("a file");
    assert!(!bytes.windows(6).any(|window| window == b"SECRET"), "{out}");
    (out, examined.dimensions)
}

/// What exiftool finds, a line each.
fn tags(path: &str, also_without: &[&str]) -> Vec<String> {
    let all = [&["-G1", "-s", "-a", "-u", "-ee3", "-all:all"], &GROUPS[..], also_without, &[path]].concat();
    let text = String::from_utf8(run("exiftool", &all)).expect("text");
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn pixels(path: &str) -> Vec<u8> {
    run("convert", &[path, "-coalesce", "RGBA:-"])
}

const SIZE: Dimensions = Dimensions { width: 64, height: 48 };

#[test]
fn photos_keep_orientation_and_colours_alone() {
    if !have(&["exiftool", "convert", "cwebp"]) {
        return;
    }
    let folder = Folder::new("photos");
    let thumbnail = folder.file("thumbnail.jpg");
    run("convert", &["-size", "32x24", "plasma:red-blue", &thumbnail]);
    let profile = folder.file("p.icc");
    fs::write(&profile, icc()).expect("a profile");
    for (name, kind, ways) in [
        ("a.jpg", FileType::Jpeg, &["-interlace", "none"][..]),
        ("progressive.jpg", FileType::Jpeg, &["-interlace", "line", "-quality", "91"]),
        ("cmyk.jpg", FileType::Jpeg, &["-colorspace", "CMYK"]),
        ("restarts.jpg", FileType::Jpeg, &["-define", "jpeg:restart-interval=2"]),
        ("a.png", FileType::Png, &["-define", "png:exclude-chunks=date,time"]),
        ("palette.png", FileType::Png, &["-colors", "12", "-interlace", "PNG"]),
        ("a.webp", FileType::WebP, &["-quality", "80"]),
        ("lossless.webp", FileType::WebP, &["-define", "webp:lossless=true", "-alpha", "set"]),
    ] {
        let path = folder.file(name);
        let base = ["-size", "48x64", "-seed", "3", "plasma:fractal", "-strip"];
        run("convert", &[&base, ways, &[&path]].concat());
        let colours = format!("-ICC_Profile<={profile}");
        let small = format!("-ThumbnailImage<={thumbnail}");
        run("exiftool", &[&SECRETS[..], &[&colours, &small, &path]].concat());
        if kind == FileType::Jpeg {
            fs::OpenOptions::new()
                .append(true)
                .open(&path)
                .and_then(|mut file| file.write_all(b"\0SECRET film"))
                .expect("a film");
        }
        assert!(tags(&path, &[]).iter().any(|line| line.contains("SECRET")), "{name}");
        let (out, dimensions) = clean(&path, kind);
        let left = tags(&out, &["--RIFF:all", "--Adobe:all"]);
        assert_eq!(left, ["[IFD0] Orientation : Rotate 90 CW"], "{name}");
        let shown = if kind == FileType::WebP { Dimensions { width: 48, height: 64 } } else { SIZE };
        assert_eq!(dimensions, Some(shown), "{name}");
        assert_eq!(pixels(&out), pixels(&path), "{name}");
        let text =
            String::from_utf8(run("exiftool", &["-G1", "-ICC_Profile:ProfileDescription", "-warning", &out]));
        let text = text.expect("text");
        assert!(text.contains("PIXELS profile"), "{name}: {text}");
        assert!(!text.contains("[ExifTool]"), "{name}: {text}");
    }
}

/// The least that exiftool takes: a header, and a description.
fn icc() -> Vec<u8> {
    let description = [&b"desc\0\0\0\0\0\0\0\x0fPIXELS profile\0"[..], &[0; 79]].concat();
    let length = 128 + 4 + 12 + description.len();
    let mut profile = vec![0; 128];
    profile[..4].copy_from_slice(&u32::try_from(length).expect("small").to_be_bytes());
    profile[8..24].copy_from_slice(b"\x02\x10\0\0mntrRGB XYZ ");
    profile[36..40].copy_from_slice(b"acsp");
    let size = u32::try_from(description.len()).expect("small").to_be_bytes();
    [&profile, &b"\0\0\0\x01desc\0\0\0\x90"[..], &size, &description].concat()
}

#[test]
fn moving_pictures_still_move() {
    if !have(&["exiftool", "convert", "webpmux", "img2webp"]) {
        return;
    }
    let folder = Folder::new("moving");
    let (gif, webp, frame) = (folder.file("a.gif"), folder.file("a.webp"), folder.file("f.png"));
    let frames = ["-size", "64x48", "-delay", "7", "-loop", "3", "xc:red", "plasma:", "xc:blue"];
    run("convert", &[&frames[..], &["-comment", "SECRET", &gif]].concat());
    run("exiftool", &["-overwrite_original", "-q", "-XMP:Creator=SECRET", &gif]);
    run("convert", &["-size", "64x48", "plasma:", &frame]);
    run("img2webp", &["-loop", "2", "-lossy", &frame, "-lossless", &thumb(&folder), &frame, "-o", &webp]);
    run("exiftool", &["-overwrite_original", "-q", "-XMP:Creator=SECRET", "-EXIF:Make=SECRET", &webp]);
    let (out, dimensions) = clean(&gif, FileType::Gif);
    assert_eq!((dimensions, tags(&out, &[])), (Some(SIZE), vec![]));
    assert_eq!(pixels(&out), pixels(&gif));
    let loops = run("exiftool", &["-GIF:AnimationIterations", "-GIF:FrameCount", "-s3", &out]);
    assert_eq!(loops, run("exiftool", &["-GIF:AnimationIterations", "-GIF:FrameCount", "-s3", &gif]));
    let (out, dimensions) = clean(&webp, FileType::WebP);
    assert_eq!((dimensions, tags(&out, &["--RIFF:all"])), (Some(SIZE), vec![]));
    let info = |path: &str| {
        let text = String::from_utf8(run("webpmux", &["-info", path])).expect("text");
        text.lines()
            .filter(|line| line.contains("64") || line.contains("oop"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(info(&out), info(&webp));
    assert!(info(&out).len() > 3, "{:?}", info(&out));
}

fn thumb(folder: &Folder) -> String {
    let path = folder.file("g.png");
    run("convert", &["-size", "64x48", "xc:blue", &path]);
    path
}

#[test]
fn pictures_in_boxes_keep_their_pixels() {
    if !have(&["exiftool", "convert", "avifenc", "avifdec", "heif-enc", "heif-convert"]) {
        return;
    }
    let folder = Folder::new("boxes");
    let png = folder.file("a.png");
    run("convert", &["-size", "48x64", "-seed", "3", "plasma:fractal", &png]);
    let (avif, heic) = (folder.file("a.avif"), folder.file("a.heic"));
    run("avifenc", &["--irot", "1", "-s", "10", &png, &avif]);
    let with_exif = folder.file("b.jpg");
    run("convert", &[&png, "-rotate", "90", &with_exif]);
    run("exiftool", &["-overwrite_original", "-q", "-EXIF:Make=SECRET", "-GPSLatitude=48.858", &with_exif]);
    run("heif-enc", &["-q", "40", &with_exif, "-o", &heic]);
    for (path, kind, decode) in [(avif, FileType::Avif, "avifdec"), (heic, FileType::Heic, "heif-convert")] {
        run(
            "exiftool",
            &[
                "-overwrite_original", "-q", "-EXIF:Make=SECRET", "-GPSLatitude=48.858",
                "-XMP:Creator=SECRET", &path,
            ],
        );
        assert!(tags(&path, &[]).iter().any(|line| line.contains("SECRET")), "{path}");
        let (out, dimensions) = clean(&path, kind);
        assert_eq!(dimensions, Some(SIZE), "{path}");
        let about = |line: &&String| !line.contains("[Meta]") && !line.contains("[QuickTime]");
        assert_eq!(tags(&out, &[]).iter().filter(about).collect::<Vec<_>>(), Vec::<&String>::new(), "{path}");
        let decoded = [&path, &out].map(|path| {
            let png = format!("{path}.png");
            run(decode, &[path, &png]);
            pixels(&png)
        });
        assert!(decoded[0] == decoded[1], "{path}");
    }
}

#[test]
fn films_play_as_before_without_place_and_time() {
    if !have(&["exiftool", "ffmpeg"]) {
        return;
    }
    let folder = Folder::new("films");
    let subtitles = folder.file("place.srt");
    fs::write(&subtitles, "1\n00:00:00,000 --> 00:00:01,000\nSECRET GPS(2.29,48.85)\n").expect("a file");
    for (name, kind, ways) in [
        ("a.mp4", FileType::Mp4, &["-c:s", "mov_text"][..]),
        ("fast.mp4", FileType::Mp4, &["-c:s", "mov_text", "-movflags", "+faststart"]),
        ("a.mov", FileType::Mov, &["-c:s", "mov_text", "-timecode", "11:22:33:04"]),
        ("a.m4a", FileType::M4a, &["-vn", "-sn"]),
        ("pieces.mp4", FileType::Mp4, &["-sn", "-movflags", "+frag_keyframe+empty_moov"]),
    ] {
        let path = folder.file(name);
        let inputs = [
            "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=2", "-f", "lavfi",
            "-i", "sine=duration=2", "-i", &subtitles,
        ];
        let wanted = [
            "-pix_fmt", "yuv420p", "-c:a", "aac", "-metadata", "title=SECRET", "-metadata",
            "location=+48.8577+002.295/", "-metadata", "creation_time=2024-01-02T03:04:05Z", "-metadata:s:a",
            "handler_name=SECRET",
        ];
        run("ffmpeg", &[&inputs[..], &wanted, ways, &[&path]].concat());
        if name != "pieces.mp4" {
            run(
                "exiftool",
                &[
                    "-overwrite_original", "-q", "-XMP:Creator=SECRET", "-Keys:Make=SECRET",
                    "-Keys:GPSCoordinates=48.8,2.2", &path,
                ],
            );
        }
        let (out, dimensions) = clean(&path, kind);
        assert_eq!(dimensions, (kind != FileType::M4a).then_some(SIZE), "{name}");
        for line in tags(&out, &[]) {
            let telling = [
                "48.8", "GPS", "2024", "SECRET", "11:22:33", "Lavf", "Lavc", "XMP", "[Keys]", "[ItemList]",
                "[UserData]",
            ];
            assert!(!telling.iter().any(|word| line.contains(word)), "{name}: {line}");
        }
        let decoded = [&path, &out].map(|path| {
            run("ffmpeg", &["-v", "error", "-i", path, "-map", "0:v?", "-map", "0:a", "-f", "framemd5", "-"])
        });
        assert!(decoded[0] == decoded[1], "{name}");
        assert!(decoded[0].len() > 500, "{name}");
    }
}
