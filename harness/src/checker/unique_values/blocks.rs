//! Blocks: what is ordered inside, and which contradict each other.

use super::{Stop, table::Table};

/// A write, or the initial value, and all that must follow it before another write.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// The period that begins it.
    pub root: u32,
    /// The first return of its operations; 0 for the initial value's.
    pub first_return: u64,
    /// Their last call.
    pub last_call: u64,
}

impl Block {
    /// Whether it must be current for a while, between its first return and its last call.
    pub fn is_forward(&self) -> bool {
        self.first_return < self.last_call
    }

    /// Where it stands: see the module's proof.
    fn rank(&self) -> (u64, bool) {
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
            let block = Self::block(table, root, &mut reached)?;
            blocks.push(block);
        }
        if reached < table.effective {
            return Err(table.ring());
        }
        blocks.sort_unstable_by_key(Block::rank);
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
        let mut block = Block { root, first_return: u64::MAX, last_call: 0 };
        for number in table.chain(root) {
            *reached += 1;
            let period = &table.periods[number as usize];
            let (call, ret) = table.source_times(number);
            for (call, ret) in [(call, ret), (period.last_call, period.first_return)] {
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
    pub fn sequence(&self, table: &Table) -> Vec<u32> {
        self.0.iter().flat_map(|block| table.chain(block.root)).collect()
    }
}
