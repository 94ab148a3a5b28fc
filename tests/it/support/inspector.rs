//! Looks at the layout, the contrast and the accessibility of pages.

use std::{env, fs};

use serde_json::{Value, json};

use super::{BrowserUser, skip};

/// Looks at a page in every way there is.
pub(crate) struct Inspector {
    axe: Option<String>,
}

impl Inspector {
    /// `SNUG_AXE` is the path of an `axe.min.js` (`npm install axe-core`).
    pub(crate) fn new() -> Self {
        let axe = env::var_os("SNUG_AXE").map(|path| fs::read_to_string(path).expect("SNUG_AXE is readable"));
        if axe.is_none() {
            skip("accessibility by axe-core: SNUG_AXE names no axe.min.js");
        }
        Self { axe }
    }

    #[track_caller]
    pub(crate) fn inspect(&self, person: &BrowserUser, page: &str) -> Vec<String> {
        let browser = &person.browser;
        // Without a mouse, so that what a mouse would bring out is out.
        browser.cdp("Emulation.setTouchEmulationEnabled", &json!({ "enabled": true }));
        let mut faults = Vec::new();
        let mut note = |place: &str, found: &Value| {
            let found = found.as_array().expect("a list of faults");
            faults.extend(found.iter().map(|fault| format!("{page}, {place}: {fault}")));
        };
        if let Some(axe) = &self.axe {
            browser.execute(axe, &json!([]));
        }
        for (device, width, height) in [("phone", 360, 640), ("desk", 1280, 800)] {
            browser.resize(width, height, device == "phone");
            for scheme in ["light", "dark"] {
                // Without motion: a fading colour has no contrast of its own yet.
                browser
                    .emulate_media(&[("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")]);
                let place = format!("{scheme} {device}");
                note(&place, &browser.execute(LOOKS, &json!([width, scheme == "dark"])));
                // Slow, and blind to sizes: once in each scheme.
                if self.axe.is_some() && device == "phone" {
                    // A room that is live without scripts renews itself: WCAG 2.2.1 lets what happens
                    // in real time.
                    let rules = json!({
                        "meta-refresh": { "enabled": !page.ends_with("/live") },
                        "target-size": { "enabled": true },
                    });
                    note(&place, &browser.execute(AXE, &json!([rules])));
                }
            }
        }
        faults
    }
}

/// Complaints about layout and contrast.
const LOOKS: &str = r#"
const [width, dark] = arguments, faults = [];
const root = document.scrollingElement;
if (root.clientWidth > width || root.scrollWidth > root.clientWidth)
  faults.push(`scrolls sideways: ${root.scrollWidth} in ${root.clientWidth}`);
for (const one of document.querySelectorAll("main, [role=log], article"))
  if (one.scrollWidth > one.clientWidth)
    faults.push(`${one.tagName} ${one.id} overflows: ${one.scrollWidth} in ${one.clientWidth}`);
for (const one of document.querySelectorAll(".bar, .bar > *, .bar button, .composer, .composer > *")) {
  const box = one.getBoundingClientRect();
  const below = document.body.className === "room" && box.bottom > innerHeight;
  if (one.checkVisibility() && (box.left < 0 || box.right > width || box.top < 0 || below))
    faults.push(`${one.tagName}.${one.className} of ${one.parentElement.className} ends at ${box.right}, ${box.bottom}`);
}
for (const one of document.querySelectorAll("noscript")) {
  const source = new Range();
  source.selectNodeContents(one);
  if (source.getBoundingClientRect().width) faults.push(`the source of a noscript is shown: ${one.textContent}`);
}
const numbers = color => { const n = color.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
const luminance = rgb => { const [r, g, b] = rgb.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b; };
const ground = one => { if (!one) return dark ? [0, 0, 0, 1] : [255, 255, 255, 1];
  const own = numbers(getComputedStyle(one).backgroundColor);
  return own[3] === 1 ? own : over(own, ground(one.parentElement)); };
const opacity = one => one ? getComputedStyle(one).opacity * opacity(one.parentElement) : 1;
const contrast = (one, color) => {
  const behind = ground(one), [r, g, b, a] = numbers(color);
  const [x, y] = [luminance(behind), luminance(over([r, g, b, a * opacity(one)], behind))];
  return (Math.max(x, y) + .05) / (Math.min(x, y) + .05); };
const expect = (one, color, what) => { const c = contrast(one, color);
  if (c < 4.5) faults.push(`${what} has contrast ${c.toFixed(2)}: ${one.tagName}.${one.className} in ${one.parentElement.className}`); };
for (const one of document.querySelectorAll("body, body *:not(script)")) {
  const speaks = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  // What only appears under the mouse is left out.
  if (speaks && one.checkVisibility() && opacity(one) > 0) expect(one, getComputedStyle(one).color, "text");
  if (one.placeholder) expect(one, getComputedStyle(one, "::placeholder").color, "placeholder");
  if (one.value && one.checkVisibility()) expect(one, getComputedStyle(one).color, "value");
}
const paper = luminance(ground(document.body));
if (dark ? paper > .05 : paper < .8) faults.push(`the background has luminance ${paper}`);
return [...new Set(faults)];
"#;

/// What axe-core finds, in short.
const AXE: &str = "const [rules] = arguments;
    return axe.run({ rules }).then(({ violations }) => violations.map(({ id, help, nodes }) =>
    `${id}: ${help}: ${nodes.slice(0, 3).map(node => node.html.slice(0, 120)).join(' ; ')}`))";
