//! The script of members' pages: made small, at an address of its own, kept for ever.

use base64ct::{Base64, Encoding};
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use crate::prelude::*;

#[path = "../../src/build/small.rs"]
mod small;

/// The address and the digest of the script that a page names.
fn named(page: &str) -> (String, String) {
    let tag = between(page, "<script src=\"", "></script>");
    (tag.split('"').next().unwrap().into(), between(tag, "integrity=\"", "\"").into())
}

#[test]
fn the_script_has_an_address_of_its_own_and_is_kept_for_ever() {
    let server = Server::with(|settings| settings.base_path = "/talk".into());
    let mut ann = server.visitor();
    ann.post("/talk/register", &[("username", "ann"), ("password", PASSWORD)]).expect(303);
    let (address, integrity) = named(&ann.get("/talk/chat").body);
    assert!(address.starts_with("/talk/script-"), "{address}");
    assert_eq!(named(&ann.get("/talk/me").body), (address.clone(), integrity.clone()), "once for all pages");
    for (accepted, coding) in [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("identity", ""),
        ("gzip;q=0", ""),
        ("", ""),
    ] {
        // Without a cookie: browsers may send none, and the script is no secret.
        let mut visitor = server.visitor().with_header("Accept-Encoding", accepted);
        let answer = visitor.get(&address).expect(200);
        assert_eq!(answer.header("content-encoding"), coding, "{accepted}");
        assert_eq!(answer.headers("content-type"), ["text/javascript; charset=utf-8"]);
        assert_eq!(answer.headers("cache-control"), ["public, max-age=31536000, immutable"]);
        assert_eq!(answer.headers("vary"), ["Accept-Encoding"]);
        assert!(answer.headers("set-cookie").is_empty());
        let plain = match coding {
            "gzip" => {
                let mut plain = Vec::new();
                GzDecoder::new(&*answer.bytes).read_to_end(&mut plain).unwrap();
                plain
            }
            "br" => continue, // browsers see below whether it is right
            _ => answer.bytes,
        };
        assert_eq!(integrity, format!("sha256-{}", Base64::encode_string(&Sha256::digest(&plain))));
        assert!(plain.starts_with(b"\"use strict\";(()=>{"), "no comments before it");
    }
    assert_eq!(server.visitor().send("HEAD", &address, "", b"").status, 200);
}

#[test]
fn the_address_of_another_version_is_not_found_and_that_is_not_kept() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    for path in ["/script-0123456789abcdef.js", "/script-.js", "/script.js"] {
        for answer in [server.visitor().get(path), ann.get(path)] {
            let answer = answer.expect(404);
            assert_eq!(answer.headers("cache-control"), ["no-store"]);
        }
    }
}

#[test]
fn strangers_pages_bring_their_few_lines_along() {
    let page = Server::open().visitor().get("/register").body;
    page.lacks("<script src");
    let script = between(&page, "<script>", "</script>");
    assert!(script.len() < 4_096, "{script}");
    script.shows("startForms(document)");
}

#[test]
fn a_browser_runs_the_script_and_takes_it_from_its_cache_from_then_on() {
    let Some((server, user)) = Server::open().with_browser_member("ann", true) else { return };
    // Bytes on the way, and those of the script itself.
    let loaded = || {
        let js = "const [entry] = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/script-'));
            return [entry.transferSize, entry.encodedBodySize, entry.decodedBodySize]";
        let sizes = user.browser.execute(js, &json!([]));
        [0, 1, 2].map(|n| sizes[n].as_u64().unwrap())
    };
    user.browser.goto(&server.url("/me"));
    let [_, encoded, decoded] = loaded();
    assert!(encoded * 3 < decoded, "compressed: {encoded} of {decoded}");
    for path in ["/chat", "/people", "/chat"] {
        user.browser.goto(&server.url(path));
        assert_eq!(loaded()[0], 0, "{path}");
    }
    // It runs: the button that does nothing without it is there.
    user.browser.wait_until("the script runs", || user.browser.exists("button.emoji:not([hidden])"));
    assert!(user.browser.console_errors().is_empty());
}

#[test]
fn what_is_made_small_says_the_same() {
    for (source, expected) in [
        ("// first\nconst a = 1; /* b */ const b = 2;\n", "const a=1;const b=2;\n"),
        ("a\nb()\n(c)\n", "a\nb()\n(c)\n"),
        ("if (a) {\n  b();\n}\nelse c();", "if(a){b();}\nelse c();\n"),
        ("return `  ${ `a // ${b}` }  // c\n`;", "return`  ${ `a // ${b}` }  // c\n`;\n"),
        ("'it\\'s // \"' + \"/* */\"", "'it\\'s // \"'+\"/* */\"\n"),
        ("x = /[/\\]\"]+ \\/\\//gu.test(y) / 2 / z", "x=/[/\\]\"]+ \\/\\//gu.test(y)/2/z\n"),
        ("return /a/ in b; c = a / /d/", "return/a/ in b;c=a/ /d/\n"),
        ("a = b + +c - -d; e++ + f; g-- > 0", "a=b+ +c- -d;e++ +f;g-- >0\n"),
        ("a ??= b?.c?.[d]; e ||= { ...f }", "a??=b?.c?.[d];e||={...f}\n"),
        (
            "class A { #b = 1; static async *c() {} get d() { return this.#b } }",
            "class A{#b=1;static async*c(){}get d(){return this.#b}}\n",
        ),
        ("const ä = 1_000, $_ = \"…\"\nlet y", "const ä=1_000,$_=\"…\"\nlet y\n"),
    ] {
        assert_eq!(small::script(source), expected, "{source}");
    }
    for (source, expected) in [
        ("/* a */\na :is(b, c) > d { e: f g ; }\n\n", "a :is(b,c)>d{e:f g}"),
        (
            "a { width: calc(1px + (2px * 3)); content: \" /* ; \"; }",
            "a{width:calc(1px + (2px * 3));content:\" /* ; \"}",
        ),
        (
            "@media (width > 2px) and (a: b) { .c { --d: #fff; e: f !important } }",
            "@media (width>2px) and (a:b){.c{--d:#fff;e:f!important}}",
        ),
        ("a /* b */ c{}", "a c{}"),
    ] {
        assert_eq!(small::style(source), expected, "{source}");
    }
}
