//! A pointer to what the nodes of a chat share.

/// A pointer to what the nodes of a chat share.
#[cfg(any(feature = "postgres", test))]
pub type Shared<T> = std::sync::Arc<T>;

#[cfg(not(any(feature = "postgres", test)))]
pub use nowhere::Shared;

#[cfg(not(any(feature = "postgres", test)))]
mod nowhere {
    use std::convert::Infallible;
    use std::marker::PhantomData;
    use std::ops::Deref;

    /// A pointer to what the nodes of a chat share. In this program nothing can be: there is no such value, and the
    /// compiler leaves out whatever is done with one.
    #[derive(Debug)]
    pub struct Shared<T: ?Sized>(Infallible, PhantomData<T>);

    impl<T: ?Sized> Clone for Shared<T> {
        fn clone(&self) -> Self {
            match self.0 {}
        }
    }

    impl<T: ?Sized> Deref for Shared<T> {
        type Target = T;

        fn deref(&self) -> &T {
            match self.0 {}
        }
    }
}
