//! What tells whether two answers speak of the same bytes.

/// A server's marks of one version of a resource (RFC 9110, section 8.8), with its whole length.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Validator {
    /// The entity tag as sent, quotes included. Weak tags (`W/…`) are kept: they still tell a change.
    pub etag: Option<String>,
    /// `Last-Modified` as sent.
    pub last_modified: Option<String>,
    /// Bytes of the whole resource.
    pub length: Option<u64>,
}

impl Validator {
    /// Whether both may describe the same bytes: no mark that both carry differs.
    pub fn agrees_with(&self, other: &Self) -> bool {
        fn same<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
            a.zip(b).is_none_or(|(a, b)| a == b)
        }
        same(self.etag.as_ref(), other.etag.as_ref())
            && same(self.last_modified.as_ref(), other.last_modified.as_ref())
            && same(self.length.as_ref(), other.length.as_ref())
    }
}
