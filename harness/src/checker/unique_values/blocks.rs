//! Blocks: what is ordered inside, and which contradict each other.

use super::Stop;
use super::period::{FOREVER, Moment};
use super::table::Table;

/// A write, or the initial value, and all that must follow it before another write.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// The period that begins it.
    pub root: u32,
    /// The first return of its operations; 0 for the initial value's.
    pub first_return: Moment,
    /// Their last call.
    pub last_call: Moment,
}

impl Block {
    /// Whether it must be current for a while, between its first return and its last call.
    pub fn is_forward(&self) -> bool {
        self.first_return < self.last_call
    }

    /// Where it stands: see the module's proof.
    fn rank(&self) -> (Moment, bool) {
        (self.first_return.min(self.last_call), self.is_forward())
    }
}

/// All blocks, in an order that keeps to real time.
pub struct Blocks(pub Vec<Block>);

impl Blocks {
    /// The blocks, if each can be ordered and no two contradict each other.
    pub fn new(table: &Table) -> Result<Blocks, Stop> {
        let mut reached = 0;
        let mut blocks = Vec::with_capacity(table.roots.len());
        for &root in &table.roots {
            blocks.push(Self::block(table, root, &mut reached)?);
        }
        if reached < table.effective {
            return Err(table.lost());
        }
        let blocks = sorted(&blocks);
        let mut last = blocks[0]; // The initial value's: its rank is 0.
        for block in &blocks[1..] {
            if last.first_return < block.last_call && block.first_return < last.last_call {
                return Err(table.zones(&last, block));
            }
            if block.is_forward() {
                last = *block;
            }
        }
        Ok(Blocks(blocks))
    }

    /// Walks through the levels of a block.
    fn block(table: &Table, root: u32, reached: &mut usize) -> Result<Block, Stop> {
        let mut block = Block { root, first_return: FOREVER, last_call: 0 };
        for number in table.chain(root) {
            let period = &table.periods[number as usize];
            *reached += 1 + period.seen as usize;
            for (call, ret) in [period.source_times, (period.last_call, period.first_return)] {
                if ret < block.last_call {
                    return Err(table.levels(root, number, ret));
                }
                block.first_return = block.first_return.min(ret);
                block.last_call = block.last_call.max(call);
            }
        }
        Ok(block)
    }

    /// The periods of all blocks in their order.
    pub fn sequence(&self, table: &Table) -> impl Iterator<Item = u32> {
        self.0.iter().flat_map(|block| table.chain(block.root))
    }
}

/// The blocks by rank. Ranks are positions in the history: not more buckets than there are blocks, each for an equal part of
/// it, hold few each, so that this takes O(n) where the blocks are spread evenly, and never more than O(n log n).
fn sorted(blocks: &[Block]) -> Vec<Block> {
    let last = blocks.iter().map(|block| block.rank().0).max().unwrap_or(0);
    let shift = (last as usize / blocks.len()).checked_ilog2().map_or(0, |log| log + 1);
    let bucket = |block: &Block| (block.rank().0 >> shift) as usize;
    let mut free = vec![0u32; (last >> shift) as usize + 2];
    for block in blocks {
        free[bucket(block) + 1] += 1;
    }
    for i in 1..free.len() {
        free[i] += free[i - 1];
    }
    let mut sorted = blocks.to_vec();
    for block in blocks {
        let free = &mut free[bucket(block)];
        sorted[*free as usize] = *block;
        *free += 1;
    }
    for bucket in sorted.chunk_by_mut(|a, b| bucket(a) == bucket(b)) {
        bucket.sort_unstable_by_key(Block::rank);
    }
    sorted
}
