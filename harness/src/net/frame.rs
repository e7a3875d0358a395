//! Where a message ends. The proxy knows of our transport only this: a frame is the payload's length (u32, little endian),
//! its checksum (not our affair: the receiver verifies it) and the payload, and each frame stands for itself, so any subset
//! of whole frames is a valid stream.

/// The bytes before the payload.
pub const FRAME_HEADER_BYTES: usize = 8;
/// The first of them are the payload's length.
pub(super) const FRAME_LENGTH_BYTES: usize = 4;
/// The longest payload. A header that announces more is not one of ours.
pub const MESSAGE_BYTES_MAX: usize = 64 << 20;

/// The frames that are complete at the front of a buffer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Frames {
    /// Where each of them ends.
    pub ends: Vec<usize>,
    /// What follows them cannot be a frame.
    pub malformed: bool,
}

impl Frames {
    /// Finds them; the allocation is kept from one call to the next.
    pub fn scan(&mut self, buffer: &[u8]) {
        self.ends.clear();
        self.malformed = false;
        let mut start = 0;
        while let Some((length, _)) = buffer[start..].split_first_chunk::<FRAME_LENGTH_BYTES>() {
            let length = u32::from_le_bytes(*length) as usize;
            if length > MESSAGE_BYTES_MAX {
                self.malformed = true;
                return;
            }
            let end = start + FRAME_HEADER_BYTES + length;
            if end > buffer.len() {
                return;
            }
            self.ends.push(end);
            start = end;
        }
    }

    /// The bytes of all of them.
    pub fn bytes(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(buffer: &[u8]) -> Frames {
        let mut frames = Frames::default();
        frames.scan(buffer);
        frames
    }

    #[test]
    fn only_whole_frames_are_found() {
        let mut stream = vec![3, 0, 0, 0, 9, 9, 9, 9, 1, 2, 3];
        stream.extend([0, 0, 0, 0, 9, 9, 9, 9]);
        assert_eq!(scanned(&stream), Frames { ends: vec![11, 19], malformed: false });
        for cut in 0..11 {
            assert_eq!(scanned(&stream[..cut]), Frames::default(), "{cut} bytes are no frame");
        }
        for cut in 11..19 {
            assert_eq!(scanned(&stream[..cut]).ends, [11], "{cut} bytes hold one frame");
        }
    }

    #[test]
    fn a_length_beyond_the_limit_is_malformed_and_what_precedes_it_is_kept() {
        let mut stream = vec![0, 0, 0, 0, 9, 9, 9, 9];
        stream.extend((MESSAGE_BYTES_MAX as u32 + 1).to_le_bytes());
        assert_eq!(scanned(&stream), Frames { ends: vec![8], malformed: true });
        stream[8..].copy_from_slice(&(MESSAGE_BYTES_MAX as u32).to_le_bytes());
        assert_eq!(scanned(&stream), Frames { ends: vec![8], malformed: false });
    }
}
