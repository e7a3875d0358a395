//! States that do not fit in a few bytes, by number: equal ones have equal numbers, so that the search compares and stores
//! integers.

use rustc_hash::FxHashMap;
use std::{cell::RefCell, hash::Hash, rc::Rc};

/// What is known once stays known; numbers count up from 0.
#[derive(Debug)]
pub struct Interner<T: ?Sized> {
    table: RefCell<Table<T>>,
}

#[derive(Debug)]
struct Table<T: ?Sized> {
    ids: FxHashMap<Rc<T>, u32>,
    items: Vec<Rc<T>>,
    bytes: usize,
}

impl<T: ?Sized> Default for Interner<T> {
    fn default() -> Self {
        let table = Table { ids: FxHashMap::default(), items: Vec::new(), bytes: 0 };
        Interner { table: RefCell::new(table) }
    }
}

impl<T: Eq + Hash + ?Sized> Interner<T> {
    /// The number of `item`, which is a new one if it has not been seen before.
    pub fn number(&self, item: &T) -> u32
    where
        for<'a> Rc<T>: From<&'a T>,
    {
        let mut table = self.table.borrow_mut();
        if let Some(&id) = table.ids.get(item) {
            return id;
        }
        let id = u32::try_from(table.items.len()).unwrap_or(u32::MAX);
        let item: Rc<T> = item.into();
        // The item with its counts, and what the two tables hold of it.
        table.bytes += size_of_val(&*item) + 2 * size_of::<usize>() + 2 * size_of::<Rc<T>>() + size_of::<u64>();
        table.items.push(item.clone());
        table.ids.insert(item, id);
        id
    }

    /// The item with this number.
    pub fn get(&self, id: u32) -> Rc<T> {
        self.table.borrow().items[id as usize].clone()
    }

    /// Bytes of all items, about.
    pub fn bytes(&self) -> usize {
        self.table.borrow().bytes
    }
}
