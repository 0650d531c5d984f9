//! The bytes that a reader looks at: filled at the end, done with at the start, never larger than it must be.
//!
//! The buffer's bytes stay initialised, so that filling it costs a copy and no clearing.

/// A stretch of bytes that moves over a blob.
#[derive(Debug, Default)]
pub struct Window {
    /// Initialised bytes, of which `at..filled` are the window.
    bytes: Vec<u8>,
    at: usize,
    filled: usize,
}

impl Window {
    /// What is in the window.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(self.at..self.filled).unwrap_or_default()
    }

    /// Drops the first `count` bytes, or all.
    pub fn pass(&mut self, count: usize) {
        self.at = (self.at + count).min(self.filled);
    }

    /// Room for `count` bytes behind the window; see [`Window::grew`].
    pub fn room(&mut self, count: usize) -> &mut [u8] {
        if self.filled + count > self.bytes.len() {
            if self.at > 0 {
                self.bytes.copy_within(self.at..self.filled, 0);
                self.filled -= self.at;
                self.at = 0;
            }
            let length = self.bytes.len().max(self.filled + count);
            self.bytes.resize(length, 0);
        }
        &mut self.bytes[self.filled..self.filled + count]
    }

    /// The first `count` bytes of the room are part of the window now.
    pub fn grew(&mut self, count: usize) {
        self.filled = (self.filled + count).min(self.bytes.len());
    }

    /// Appends bytes.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.room(bytes.len()).copy_from_slice(bytes);
        self.grew(bytes.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_makes_room() {
        let mut window = Window::default();
        window.extend(b"abcdef");
        window.pass(4);
        assert_eq!(window.bytes(), b"ef");
        window.room(5)[..2].copy_from_slice(b"gh");
        window.grew(2);
        assert_eq!(window.bytes(), b"efgh");
        window.pass(9);
        assert!(window.bytes().is_empty());
        window.extend(b"i");
        assert_eq!(window.bytes(), b"i");
        assert!(window.bytes.len() < 12);
    }
}
