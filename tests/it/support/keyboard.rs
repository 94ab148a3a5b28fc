//! The keyboard of a browser.

use serde_json::{Value, json};

use super::Browser;

/// Real keys, wherever the focus is.
pub(crate) struct Keyboard<'a>(pub(crate) &'a Browser);

impl Keyboard<'_> {
    #[track_caller]
    pub(crate) fn press(&self, key: &str) {
        let (text, code) = match key {
            "Tab" | "Shift+Tab" => ("", 9),
            "Enter" => ("\r", 13),
            "Space" => (" ", 32),
            "Escape" => ("", 27),
            "End" => ("", 35),
            "Home" => ("", 36),
            "ArrowLeft" => ("", 37),
            "ArrowUp" => ("", 38),
            "ArrowRight" => ("", 39),
            "ArrowDown" => ("", 40),
            other => panic!("no key is called {other:?}"),
        };
        let (shift, key) = key.strip_prefix("Shift+").map_or((0, key), |key| (8, key));
        let key = if key == "Space" { " " } else { key };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event = json!({ "type": kind, "key": key, "text": text, "windowsVirtualKeyCode": code, "modifiers": shift });
            self.0.cdp("Input.dispatchKeyEvent", &event);
        }
    }

    #[track_caller]
    pub(crate) fn types(&self, text: &str) {
        self.0.cdp("Input.insertText", &json!({ "text": text }));
    }

    /// One press of Tab leads there, and it can be seen.
    #[track_caller]
    pub(crate) fn tabs_to(&self, css: &str) {
        self.press("Tab");
        self.is_on(css);
    }

    /// So do some presses of Shift and Tab.
    #[track_caller]
    pub(crate) fn tabs_back_to(&self, css: &str) {
        self.0.wait_until(&format!("the way back to {css}"), || {
            self.press("Shift+Tab");
            self.0.exists(&format!("{css}:focus"))
        });
        self.is_on(css);
    }

    #[track_caller]
    pub(crate) fn is_on(&self, css: &str) {
        let seen = || {
            self.0.execute(
                "let [one, x, y] = [document.activeElement, 0, 0];
                 while (one?.contentDocument) {
                   const box = one.getBoundingClientRect();
                   [one, x, y] = [one.contentDocument.activeElement, x + box.left, y + box.top];
                 }
                 if (!one) return false;
                 const box = one.getBoundingClientRect(), style = getComputedStyle(one);
                 return one.matches(arguments[0]) && one.matches(':focus-visible')
                    && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
                    && box.width > 1 && box.top + y >= 0 && box.bottom + y <= innerHeight + 1
                    && box.left + x >= 0 && box.right + x <= innerWidth",
                &json!([css]),
            ) == Value::Bool(true)
        };
        self.0.wait_until(&format!("the focus to be seen on {css}"), seen);
    }
}
