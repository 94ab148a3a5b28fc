//! Icons: one sprite in each page, and references to it. They take the colour of the text around them, also where
//! a reader forces their own colours.

use maud::{Markup, html};

/// Declares the icons: a name and a path of lines on a field of 24 by 24.
macro_rules! icons {
    ($($name:ident $id:literal $path:literal,)*) => {
        /// A picture beside a word, or in its place.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Icon {
            $($name,)*
        }

        impl Icon {
            const ALL: &[Self] = &[$(Self::$name,)*];

            const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            const fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }
        }
    };
}

icons! {
    Menu "icon-menu" "M4 6h16M4 12h16M4 18h16",
    Close "icon-close" "M6 6l12 12M18 6L6 18",
    Search "icon-search" "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5L20 20",
    Details "icon-details" "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 11v5M12 7.5v.5",
    Home "icon-home" "M4 11l8-7l8 7M6 9.5V20h12V9.5M10 20v-6h4v6",
    Hash "icon-hash" "M9 4L7 20M17 4l-2 16M4 9h17M3 15h17",
    Lock "icon-lock" "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
    Person "icon-person" "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4.5 20c.8-4 3.8-6 7.5-6s6.7 2 7.5 6",
    Pencil "icon-pencil" "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
    Settings "icon-settings" "M4 7h9M19 7h1M4 17h1M11 17h9M16 4.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M8 14.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5",
    Keyboard "icon-keyboard" "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M18 10h.01M8 14h8",
    Bell "icon-bell" "M6 17v-6a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21h4",
    BellOff "icon-bell-off" "M6 17v-6a6 6 0 0 1 9.5-4.9M18 11v6l1.5 1.5h-15L6 17M10 21h4M4 4l16 16",
    Unread "icon-unread" "M4 6h10M4 12h16M4 18h16M19 4.5a1.5 1.5 0 1 0 0 3a1.5 1.5 0 1 0 0-3",
    Check "icon-check" "M3 13l4 4L15 7M11 17l1 .5L21 7",
    Reply "icon-reply" "M10 6l-6 5.5l6 5.5M4 11.5h9c4 0 6.5 2.5 7 6.5",
    Link "icon-link" "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17",
    Copy "icon-copy" "M9 9h10v11H9zM5 15V4h10",
    Trash "icon-trash" "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
    Smile "icon-smile" "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M8 14c.8 1.8 2.2 2.7 4 2.7s3.2-.9 4-2.7M9 9.5v.5M15 9.5v.5",
    React "icon-react" "M13 3.1A9 9 0 1 0 20.9 11M8 14c.8 1.8 2.2 2.7 4 2.7s3.2-.9 4-2.7M9 9.5v.5M15 9.5v.5M19 2v6M16 5h6",
    Send "icon-send" "M4 11.5L20 4l-5 16l-3.5-6.5zM20 4l-8.5 9.5",
    Clip "icon-clip" "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7L9.2 17.2a1.6 1.6 0 0 1-2.3-2.3L14.5 7.3",
    Pin "icon-pin" "M9 4h6l1 6l3 3v2H5v-2l3-3zM12 15v6",
    Photo "icon-photo" "M4 5h16v14H4zM4 16l5-5l4 4l3-3l4 4M15 8.5v.5",
    File "icon-file" "M6 3h8l5 5v13H6zM14 3v5h5",
    Download "icon-download" "M12 4v11M7 11l5 5l5-5M5 20h14",
    Previous "icon-previous" "M15 5l-7 7l7 7",
    Next "icon-next" "M9 5l7 7l-7 7",
    SignOut "icon-sign-out" "M14 4H5v16h9M10 12h11M17 8l4 4l-4 4",
}

impl Icon {
    /// For the eye alone: what it stands for is said in words beside it.
    pub(crate) fn render(self) -> Markup {
        html! { svg.icon aria-hidden="true" { use href={ "#" (self.id()) } {} } }
    }
}

/// The target of references; once in each page that has icons.
pub(crate) fn sprite() -> Markup {
    html! {
        svg hidden aria-hidden="true" {
            @for icon in Icon::ALL {
                symbol #(icon.id()) viewBox="0 0 24 24" { path d=(icon.path()) {} }
            }
        }
    }
}
