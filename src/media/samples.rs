//! Files for tests, as small as their formats allow. Whatever must go contains `SECRET`, whatever must stay `PIXELS`; all are 48 wide and 32
//! high as they are shown, which the orientation has turned, but for WebP.

use super::FileType;
use super::png::crc;

/// A file with everything that must go.
pub(super) struct Sample {
    pub(super) kind: FileType,
    pub(super) bytes: Vec<u8>,
}

pub(super) fn all() -> Vec<Sample> {
    let samples = [
        (FileType::Jpeg, jpeg()),
        (FileType::Png, png()),
        (FileType::Gif, gif()),
        (FileType::WebP, webp()),
        (FileType::WebP, webp_animation()),
        (FileType::Avif, avif()),
        (FileType::Mp4, film(b"ftypisom\0\0\x02\0mp42")),
        (FileType::Mov, film(b"ftypqt  \0\0\0\0qt  ")),
    ];
    samples.into_iter().map(|(kind, bytes)| Sample { kind, bytes }).collect()
}

/// Exif of a camera whose place is secret, with orientation 6.
pub(super) fn exif() -> Vec<u8> {
    let tags = b"\0\x02\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\x01\x0f\0\x02\0\0\0\x07\0\0\0\x26\0\0\0\0SECRET\0";
    [b"MM\0*\0\0\0\x08", &tags[..]].concat()
}

pub(super) fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).expect("a segment's length");
    [&[0xff, marker], &length.to_be_bytes()[..], content].concat()
}

pub(super) fn jpeg() -> Vec<u8> {
    [
        b"\xff\xd8".to_vec(),
        segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x02SECRET"),
        segment(0xe0, b"JFXX\0\x10SECRET"),
        segment(0xe1, &[b"Exif\0\0", &exif()[..]].concat()),
        segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0SECRET"),
        segment(0xe2, b"ICC_PROFILE\0\x01\x01PIXELS"),
        segment(0xe2, b"MPF\0SECRET"),
        segment(0xed, b"Photoshop 3.0\08BIMSECRET"),
        segment(0xee, b"Adobe\0d\0\0\0\0\x01SECRET"),
        segment(0xfe, b"<script>SECRET"),
        segment(0xdb, b"PIXELS"),
        segment(0xc2, b"\x08\0\x30\0\x20\x01PIXELS"),
        b"SECRET between\xff\xff".to_vec(),
        segment(0xda, b"PIXELS"),
        b"PIXELS\xff\0PIXELS\xff\xd0PIXELS".to_vec(),
        segment(0xfe, b"SECRET"),
        segment(0xda, b"PIXELS"),
        b"PIXELS\xff\xd9\xff\xd8SECRET".to_vec(),
    ]
    .concat()
}

pub(super) fn png_chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("a chunk's length").to_be_bytes();
    let checked = [&name, content].concat();
    [&length, &checked[..], &crc(&checked).to_be_bytes()].concat()
}

fn png() -> Vec<u8> {
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        png_chunk(*b"IHDR", b"\0\0\0\x20\0\0\0\x30\x08\x06\0\0\0"),
        png_chunk(*b"iCCP", b"PIXELS"),
        png_chunk(*b"eXIf", &exif()),
        png_chunk(*b"tEXt", b"Comment\0SECRET"),
        png_chunk(*b"zTXt", b"SECRET"),
        png_chunk(*b"iTXt", b"XML:com.adobe.xmp\0SECRET"),
        png_chunk(*b"IDAT", b"PIXELS"),
        png_chunk(*b"tIME", b"SECRET!"),
        png_chunk(*b"prVt", b"SECRET"),
        png_chunk(*b"IEND", b""),
        b"SECRET".to_vec(),
    ]
    .concat()
}

fn gif() -> Vec<u8> {
    let parts: [&[u8]; 11] = [
        b"GIF89a\x30\0\x20\0\x80\0\0\0\0\0PIX",
        b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0",
        b"\x21\xfe\x06SECRET\x06SECRET\0",
        b"\x21\xff\x0bXMP DataXMP\x06SECRET\0",
        b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\x06SECRET\0",
        b"\x21\x01\x0c0123456789ab\x06SECRET\0",
        b"\x21\xf9\x04\0\x0a\0\0\0",
        b"\x2c\0\0\0\0\x30\0\x20\0\0\x02\x06PIXELS\0",
        b"\x2c\0\0\0\0\x30\0\x20\0\x80ELSPIX\x02\x06PIXELS\0",
        b"\x3b",
        b"SECRET",
    ];
    parts.concat()
}

fn webp_chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("a chunk's length").to_le_bytes();
    [&name[..], &length, content, &b"\0"[..content.len() % 2]].concat()
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    [webp_chunk(*b"RIFF", &[b"WEBP", &chunks.concat()[..]].concat()), b"SECRET".to_vec()].concat()
}

fn webp() -> Vec<u8> {
    riff(&[
        webp_chunk(*b"VP8X", b"\x2c\0\0\0\x2f\0\0\x1f\0\0"),
        webp_chunk(*b"ICCP", b"PIXELS!"),
        webp_chunk(*b"VP8 ", b"\0\0\0\x9d\x01\x2a\x30\0\x20\0PIXELS!"),
        webp_chunk(*b"EXIF", &exif()),
        webp_chunk(*b"XMP ", b"SECRET"),
        webp_chunk(*b"PRVT", b"SECRET!"),
    ])
}

fn webp_animation() -> Vec<u8> {
    let frame = [
        b"\0\0\0\0\0\0\x2f\0\0\x1f\0\0\x0a\0\0\0".to_vec(),
        webp_chunk(*b"ALPH", b"PIXELS"),
        webp_chunk(*b"PRVT", b"SECRET!"),
        webp_chunk(*b"VP8L", b"\x2f\x2f\xc0\x07\0PIXELS!"),
        webp_chunk(*b"PRVT", b"SECRET!"),
    ];
    riff(&[
        webp_chunk(*b"VP8X", b"\x06\0\0\0\x2f\0\0\x1f\0\0"),
        webp_chunk(*b"ANIM", b"\0\0\0\0\0\0"),
        webp_chunk(*b"ANMF", &frame.concat()),
        webp_chunk(*b"XMP ", b"SECRET"),
    ])
}

/// A box, whose content begins with its name.
pub(super) fn boxed(content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let length = u32::try_from(content.len() + 4).expect("a box's length");
    [&length.to_be_bytes(), &content[..]].concat()
}

/// The whole box, with its items' places counted from `data`.
fn avif_meta(data: u32) -> Vec<u8> {
    let info = |id: u8, rest: &[u8]| boxed(&[b"infe\x02\0\0\0\0", &[id], b"\0\0", rest]);
    let place = |id: u8, method: u8, offset: u32, length: u8| {
        [&[0, id, 0, method, 0, 0, 0, 1], &offset.to_be_bytes()[..], &[0, 0, 0, length]].concat()
    };
    let places =
        [place(1, 0, data, 6), place(2, 0, data + 6, 10), place(3, 0, data + 16, 6), place(4, 1, 2, 6)];
    boxed(&[
        b"meta\0\0\0\0",
        &boxed(&[b"hdlr\0\0\0\0\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0SECRET\0"]),
        &boxed(&[b"pitm\0\0\0\0\0\x01"]),
        &boxed(&[b"iloc\x01\0\0\0\x44\0\0\x04", &places.concat()]),
        &boxed(&[
            b"iinf\0\0\0\0\0\x04",
            &info(1, b"av01SECRET\0"),
            &info(2, b"ExifSECRET\0"),
            &info(3, b"mimeXMP\0application/rdf+xml\0"),
            &info(4, b"uri SECRET\0"),
        ]),
        &boxed(&[b"iref\0\0\0\0", &boxed(&[b"cdsc\0\x02\0\x01\0\x01"])]),
        &boxed(&[
            b"iprp",
            &boxed(&[
                b"ipco",
                &boxed(&[b"ispe\0\0\0\0\0\0\x02\0\0\0\x02\0"]),
                &boxed(&[b"ispe\0\0\0\0\0\0\0\x20\0\0\0\x30"]),
                &boxed(&[b"udes\0\0\0\0SECRET\0\0\0\0"]),
                &boxed(&[b"irot\x01"]),
                &boxed(&[b"colrPIXELS"]),
            ]),
            &boxed(&[b"ipma\0\0\0\0\0\0\0\x01\0\x01\x04\x02\x03\x84\x05"]),
        ]),
        &boxed(&[b"idat\0\0SECRET"]),
        &boxed(&[b"xml \0\0\0\0SECRET"]),
    ])
}

pub(super) fn avif() -> Vec<u8> {
    let kind = boxed(&[b"ftypavif\0\0\0\0mif1"]);
    let padding = boxed(&[b"freeSECRET"]);
    let before = kind.len() + avif_meta(0).len() + padding.len() + 8;
    let data = boxed(&[b"mdatPIXELS\0\0\0\0SECRETSECRET"]);
    let meta = avif_meta(u32::try_from(before).expect("a small file"));
    [kind, meta, padding, data, boxed(&[b"uuidSECRET"]), b"\x01SECRET behind all boxes".to_vec()].concat()
}

fn film(kind: &[u8]) -> Vec<u8> {
    let kind = boxed(&[kind]);
    let data = [&b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x2a"[..], b"PIXELSSECRETPIXELSSECRETSE"].concat();
    let start = u32::try_from(kind.len() + 16).expect("a small file");
    let movie = boxed(&[
        b"moov",
        &boxed(&[b"mvhd\0\0\0\0SECRET!!", &[0; 88]]),
        &track(b"vide", [start, start + 12]),
        &track(b"meta", [start + 6, start + 18]),
        &boxed(&[b"udta", &boxed(&[b"\xa9xyzSECRET"]), &[0; 4]]),
        &boxed(&[b"meta", &boxed(&[b"ilstSECRET"])]),
    ]);
    [kind, data, movie, boxed(&[b"uuidSECRET"]), boxed(&[b"skipSECRET"]), boxed(&[b"\0\x01\x02\x03SECRET"])]
        .concat()
}

/// One sample of 6 bytes in the first chunk, two in the next: 2 and 6.
fn track(handler: &[u8], chunks: [u32; 2]) -> Vec<u8> {
    let offsets = chunks.map(u32::to_be_bytes).concat();
    let matrix: [u32; 9] = [0, 0x1_0000, 0, 0xffff_0000, 0, 0, 0, 0, 0x4000_0000];
    let size = [matrix.map(u32::to_be_bytes).concat(), b"\0\x20\0\0\0\x30\0\0".to_vec()].concat();
    let entry = [
        &b"avc1\0\0\0\0\0\0\0\x01\0\0\0\0SECR"[..],
        &[0; 12],
        b"\0\x20\0\x30",
        &[0; 14],
        b"\x06SECRET",
        &[0; 29],
    ];
    boxed(&[
        b"trak",
        &boxed(&[b"tkhd\0\0\0\0SECRET!!", &[0; 28], &size]),
        &boxed(&[b"tref", &boxed(&[b"cdscSECRET"])]),
        &boxed(&[
            b"mdia",
            &boxed(&[b"mdhd\x01\0\0\0SECRET!!SECRET!!", &[0; 16]]),
            &boxed(&[b"hdlr\0\0\0\0mhlr", handler, b"appl\0\0\0\0\0\0\0\0\x06SECRET"]),
            &boxed(&[
                b"minf",
                &boxed(&[b"dinf", &boxed(&[b"dref\0\0\0\0\0\0\0\x01", &boxed(&[b"alis\0\0\0\x01SECRET"])])]),
                &boxed(&[
                    b"stbl",
                    &boxed(&[b"stsd\0\0\0\0\0\0\0\x01", &boxed(&entry)]),
                    &boxed(&[
                        b"stsc\0\0\0\0\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x02\0\0\0\x02\0\0\0\x01",
                    ]),
                    &boxed(&[b"stsz\0\0\0\0\0\0\0\0\0\0\0\x03\0\0\0\x06\0\0\0\x02\0\0\0\x06"]),
                    &boxed(&[b"stco\0\0\0\0\0\0\0\x02", &offsets]),
                ]),
            ]),
        ]),
        &boxed(&[b"udtaSECRET"]),
    ])
}
