//! Where a page is.

use super::Site;

/// Where a page is, by which it has links.
#[derive(Clone, Copy)]
pub(crate) enum PagePlace<'a> {
    Chat(&'a Site),
    /// Outside the chat, with links to no one. Files lie in the folder of this address, under their
    /// [`exported_name`](super::attachment::exported_name), if it has any.
    Alone(Option<&'a str>),
}

impl<'a> PagePlace<'a> {
    pub(super) fn site(self) -> Option<&'a Site> {
        match self {
            Self::Chat(site) => Some(site),
            Self::Alone(_) => None,
        }
    }
}
