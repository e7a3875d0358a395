//! Writing past the page cache.
//!
//! A small batch that goes through the page cache is copied there, marked, found again by the sync, written, and marked clean. Opened
//! for direct and synchronous writing, a file takes the same block in one request; which is worth a tenth of the time that a
//! lone client waits. The kernel keeps both ways to a file coherent.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, OpenOptionsExt};

/// What direct writes are made of, in place, in length, and in memory. No disk in use has longer blocks.
const BLOCK_BYTES: usize = 4096;
/// What an empty buffer may keep, so that one large batch does not hold its memory for ever.
const BUFFER_BYTES_KEPT: usize = 1 << 20;

/// A file, open for appends that are durable when they return.
pub struct Direct {
    file: File,
    /// Room for whole blocks, wherever in it the first one begins.
    buffer: Vec<u8>,
    /// Where in the file the last block begins that was written in part, and the part.
    last: Option<(u64, Vec<u8>)>,
}

impl Direct {
    /// The same file once more; none if its file system does not write past the page cache.
    pub fn open(file: &File) -> Option<Direct> {
        let flags = nix::fcntl::OFlag::O_DIRECT | nix::fcntl::OFlag::O_DSYNC;
        // By its descriptor, since it may have another name by now.
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        let file = OpenOptions::new().write(true).custom_flags(flags.bits()).open(path).ok()?;
        Some(Direct { file, buffer: Vec::new(), last: None })
    }

    /// Writes bytes at this position, and zeros behind them to the end of the block. `file` is the way to read what stands before
    /// them in the first block.
    pub fn append(&mut self, file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let head_bytes = offset as usize % BLOCK_BYTES;
        let start = offset - head_bytes as u64;
        let length = (head_bytes + bytes.len()).next_multiple_of(BLOCK_BYTES);
        self.buffer.resize(length + BLOCK_BYTES, 0);
        let begin = self.buffer.as_ptr().align_offset(BLOCK_BYTES);
        let blocks = &mut self.buffer[begin..begin + length];
        match &self.last {
            Some((block, head)) if *block == start && head.len() == head_bytes => {
                blocks[..head_bytes].copy_from_slice(head);
            }
            _ => file.read_exact_at(&mut blocks[..head_bytes], start)?,
        }
        let (written, rest) = blocks.split_at_mut(head_bytes + bytes.len());
        written[head_bytes..].copy_from_slice(bytes);
        rest.fill(0);
        // What it is about to overwrite is known again only once it succeeded.
        let mut last = self.last.take().map_or_else(Vec::new, |(_, head)| head);
        self.file.write_all_at(blocks, start)?;
        let whole = (head_bytes + bytes.len()) / BLOCK_BYTES * BLOCK_BYTES;
        last.clear();
        last.extend_from_slice(&blocks[whole..head_bytes + bytes.len()]);
        self.last = Some((start + whole as u64, last));
        if self.buffer.capacity() > BUFFER_BYTES_KEPT {
            self.buffer = Vec::new();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

    #[test]
    fn what_is_appended_is_what_is_read() {
        let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let path = dir.path().join("file");
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut expected: Vec<u8> = (0..100).collect();
        file.write_all_at(&expected, 0).unwrap();
        file.write_all_at(&vec![9; 1 << 20], 100).unwrap();
        let Some(mut direct) = Direct::open(&file) else {
            panic!("the file system of the sources does not write past the page cache");
        };
        for round in 0..200 {
            // Now and then somebody else has been there since, or it begins anew.
            if round % 50 == 49 {
                file.write_all_at(&[7; 10], expected.len() as u64).unwrap();
                expected.extend([7; 10]);
                direct = Direct::open(&file).unwrap();
            }
            let length = if rng.random_ratio(1, 10) { rng.random_range(0..20_000) } else { rng.random_range(1..500) };
            let bytes: Vec<u8> = (0..length).map(|_| rng.random()).collect();
            direct.append(&file, expected.len() as u64, &bytes).unwrap();
            expected.extend(&bytes);
            let mut read = vec![0; expected.len()];
            file.read_exact_at(&mut read, 0).unwrap();
            assert!(read == expected, "after {round} appends");
        }
        let end = expected.len().next_multiple_of(BLOCK_BYTES);
        let mut rest = vec![1; end - expected.len()];
        file.read_exact_at(&mut rest, expected.len() as u64).unwrap();
        assert!(rest.iter().all(|byte| *byte == 0), "to the end of the block");
        assert_eq!(file.metadata().unwrap().len(), ((1 << 20) + 100).max(end) as u64);
    }
}
