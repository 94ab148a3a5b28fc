//! Many windows of one browser, all of them to be seen.

use serde_json::json;

use super::{BrowserUser, Client};

/// Windows of one person. Each but the hidden ones can be seen by them at the same time.
pub(crate) struct Windows<'a> {
    user: &'a BrowserUser,
    handles: Vec<String>,
}

impl BrowserUser {
    /// Makes the window that is there, and as many more as it takes, show these pages.
    #[track_caller]
    pub(crate) fn opens_windows<'p>(&self, paths: impl IntoIterator<Item = &'p str>) -> Windows<'_> {
        let mut windows = Windows { user: self, handles: Vec::new() };
        for path in paths {
            windows.add(path, "");
        }
        windows
    }

    /// The same, and in each of them runs a script before those of its pages.
    #[track_caller]
    pub(crate) fn opens_windows_after<'p>(
        &self,
        pages: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Windows<'_> {
        let mut windows = Windows { user: self, handles: Vec::new() };
        for (path, script) in pages {
            windows.add(path, script);
        }
        windows
    }
}

impl<'a> Windows<'a> {
    #[track_caller]
    fn add(&mut self, path: &str, script: &str) {
        let browser = &self.user.browser;
        if !self.handles.is_empty() {
            browser.new_window();
            browser.resize(1280, 800, false);
        }
        self.handles.push(browser.handle());
        if !script.is_empty() {
            browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": script }));
        }
        self.user.opens(path);
    }

    pub(crate) fn count(&self) -> usize {
        self.handles.len()
    }

    /// Its person, at one of the windows.
    #[track_caller]
    pub(crate) fn at(&self, n: usize) -> &'a BrowserUser {
        self.user.browser.switch_to(&self.handles[n]);
        self.user
    }

    /// At each of the windows, one after the other.
    #[track_caller]
    pub(crate) fn each(&self, mut action: impl FnMut(&BrowserUser)) {
        // No adapter: a panic would name its line instead of the story's.
        for n in 0..self.count() {
            action(self.at(n));
        }
    }

    /// Each of these windows, which show one room, has all of it, each message once and in order.
    #[track_caller]
    pub(crate) fn have_heard_all_of(&self, client: &Client) {
        for n in 0..self.count() {
            self.at(n).has_heard_all_of(client);
        }
    }

    #[track_caller]
    pub(crate) fn close_first(&mut self) {
        self.at(0).browser.close_window();
        self.handles.remove(0);
        self.at(0);
    }

    #[track_caller]
    pub(crate) fn crash_first(&mut self) {
        self.at(0).browser.crash_window(&self.handles[1]);
        self.handles.remove(0);
    }
}
