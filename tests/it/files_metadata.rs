//! What real files tell beside their pictures, and what is left of it when they come back: looked at by other programs.

use crate::prelude::*;

/// Whether all of these are installed.
fn have(programs: &[&str]) -> bool {
    let there = |program: &&&str| {
        Command::new("which").arg(program).output().is_ok_and(|found| found.status.success())
    };
    let missing: Vec<_> = programs.iter().filter(|program| !there(program)).collect();
    if !missing.is_empty() {
        skip(&format!("{missing:?} are not installed"));
    }
    missing.is_empty()
}

#[track_caller]
fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A photo or film of each kind, 64 wide and 48 high as browsers show it (WebP as it lies, 48 wide), which tells where it was made, by what and by whom.
struct Telling {
    home: TempDir,
}

const KINDS: [(&str, &str); 7] = [
    ("a.jpg", "image/jpeg"),
    ("a.png", "image/png"),
    ("a.webp", "image/webp"),
    ("a.avif", "image/avif"),
    ("a.heic", "image/heic"),
    ("a.mp4", "video/mp4"),
    ("a.mov", "video/quicktime"),
];

impl Telling {
    fn make() -> Option<Self> {
        let programs =
            ["exiftool", "convert", "ffmpeg", "avifenc", "avifdec", "heif-enc", "heif-convert", "cwebp"];
        if !have(&programs) {
            return None;
        }
        let made = Self { home: TempDir::new() };
        let path = |name: &str| made.home.file(name);
        let base = ["-size", "48x64", "-seed", "3", "plasma:fractal", "-strip"];
        for name in ["a.jpg", "a.png", "a.webp", "small.jpg"] {
            run("convert", &[&base[..], &[&path(name)]].concat());
        }
        run("convert", &[&path("a.png"), "-rotate", "90", &path("turned.png")]);
        run("avifenc", &["-s", "10", &path("turned.png"), &path("a.avif")]);
        run("heif-enc", &["-q", "40", &path("turned.png"), "-o", &path("a.heic")]);
        for name in ["a.mp4", "a.mov"] {
            let film = [
                "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=1", "-pix_fmt",
                "yuv420p", "-metadata", "location=+48.8577+002.295/", "-metadata", "title=SECRET",
                "-metadata", "creation_time=2024-01-02T03:04:05Z", "-timecode", "11:22:33:04",
            ];
            run("ffmpeg", &[&film[..], &[&path(name)]].concat());
        }
        let small = format!("-ThumbnailImage<={}", path("small.jpg"));
        for (name, kind) in KINDS {
            let common =
                ["-overwrite_original", "-q", "-m", "-XMP:Creator=SECRET", "-XMP:GPSLatitude=48.858"];
            let photo = [
                "-Make=SECRET", "-GPSLatitude=48.858", "-GPSLatitudeRef=N",
                "-CreateDate=2024:01:02 03:04:05", "-UserComment=SECRET", "-OwnerName=SECRET",
                "-SerialNumber=SECRET",
            ];
            let jpeg =
                ["-Orientation#=6", "-IPTC:Keywords=SECRET", "-Comment=SECRET", "-MPImage2=SECRET", &small];
            let film =
                ["-Keys:Make=SECRET", "-Keys:GPSCoordinates=48.8,2.2", "-UserData:GPSCoordinates=48.8,2.2"];
            let own: &[&str] = match kind {
                "image/jpeg" => &[&photo[..], &jpeg].concat(),
                "image/png" | "image/webp" => {
                    &[&photo[..], &["-Orientation#=6", "-PNG:Comment=SECRET"]].concat()
                }
                "image/avif" | "image/heic" => &photo,
                _ => &film,
            };
            run("exiftool", &[&common[..], own, &[&path(name)]].concat());
        }
        Some(made)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.home.file(name)).unwrap()
    }

    /// What exiftool finds, but for what it computes and what the disk says.
    fn tags(&self, name: &str) -> String {
        let without = ["--ExifTool:all", "--File:all", "--System:all", "--Composite:all"];
        let all = ["-a", "-u", "-G1", "-s", "-ee3", "-all:all"];
        let path = self.home.file(name);
        String::from_utf8(run("exiftool", &[&all[..], &without, &[&path]].concat())).unwrap()
    }

    fn pixels(&self, name: &str) -> Vec<u8> {
        let (path, png) = (self.home.file(name), self.home.file(&format!("{name}.decoded.png")));
        match name.rsplit('.').next().unwrap() {
            "heic" => run("heif-convert", &[&path, &png]),
            "avif" => run("avifdec", &[&path, &png]),
            _ => return run("ffmpeg", &["-v", "error", "-i", &path, "-map", "0:v", "-f", "framemd5", "-"]),
        };
        run("convert", &[&png, "RGBA:-"])
    }
}

#[test]
fn who_loads_a_photo_learns_what_is_on_it_and_nothing_else() {
    let Some(made) = Telling::make() else { return };
    let home = TempDir::new();
    let server = Server::with(|settings| settings.data = Some(home.data_path().into()));
    let ann = server.member("ann");
    for (name, kind) in KINDS {
        let before = made.tags(name);
        assert!(before.contains("SECRET") && before.contains("48"), "{name}: {before}");
        let told = ann.upload(name, &made.bytes(name));
        assert_eq!(
            json!([told["type"], told["cleaned"], told["width"], told["height"]]),
            if kind == "image/webp" { json!([kind, true, 48, 64]) } else { json!([kind, true, 64, 48]) },
            "{name}"
        );
        let answer = ann.clone().get(&format!("/files/{}", told["id"])).expect(200);
        assert!(!answer.bytes.windows(6).any(|window| window == b"SECRET"), "{name}");
        let back = format!("back-{name}");
        fs::write(made.home.path().join(&back), &answer.bytes).unwrap();
        let after = made.tags(&back);
        for telling in [
            "GPS", "48.8", "48 deg", "2024", "11:22:33", "XMP", "IPTC", "Keys", "UserData", "ItemList",
            "Thumbnail", "Comment",
        ] {
            assert!(!after.contains(telling), "{name}, {telling}: {after}");
        }
        let exif: Vec<_> =
            after.lines().filter(|line| line.contains("[IFD") || line.contains("[ExifIFD")).collect();
        let turned = ["image/jpeg", "image/png", "image/webp"].contains(&kind);
        assert!(
            exif.len() == usize::from(turned) && exif.iter().all(|line| line.contains("Orientation")),
            "{name}: {after}"
        );
        assert!(made.pixels(name) == made.pixels(&back), "{name}");
    }
}

#[test]
fn a_browser_shows_photos_without_their_metadata() {
    let Some(made) = Telling::make() else { return };
    let Some((server, eve)) = Server::open().with_browser_member("eve", true) else { return };
    let ann = server.member("ann");
    for (name, _) in KINDS.iter().filter(|(name, _)| *name != "a.heic") {
        let told = ann.upload(name, &made.bytes(name));
        let id = told["id"].as_u64().unwrap();
        ann.say_with("/chat", "", &[id]);
        let film = told["type"].as_str().unwrap().starts_with("video");
        let size = eve.browser.execute(
            "const [address, film] = arguments;
             if (!film) { const image = new Image(); image.src = address;
                 return image.decode().then(() => [image.naturalWidth, image.naturalHeight], String); }
             const video = document.createElement('video'); video.src = address;
             return new Promise(done => {
                 video.onloadeddata = () => done([video.videoWidth, video.videoHeight]);
                 video.onerror = () => done(String(video.error?.message)); });",
            &json!([format!("/files/{id}"), film]),
        );
        assert_eq!(size, json!([told["width"], told["height"]]), "{name}");
    }
}
