use super::{check, operation, shown};
use harness::{
    checker::{LongFork, Verdict},
    history::{Operation, Outcome},
};
use serde_json::{Value, json};

fn write(key: u64, at: u64) -> Operation {
    let value = json!([["w", key, 10 + key]]);
    operation(100 + key, "write", value.clone(), value, at, Some(at + 1))
}

/// A read of three keys, of which those in the bits of `seen` are written.
fn read(process: u64, seen: u64, at: u64) -> Operation {
    let steps = |value: &dyn Fn(u64) -> Value| (0..3).map(|key| json!(["r", key, value(key)])).collect::<Value>();
    let answer = steps(&|key| if seen >> key & 1 == 1 { json!(10 + key) } else { Value::Null });
    operation(process, "read", steps(&|_| Value::Null), answer, at, Some(at + 1))
}

#[test]
fn every_history_of_four_reads_is_judged_right() {
    let mut forks = 0;
    for number in 0..8u64.pow(4) {
        let seen = [0, 3, 6, 9].map(|shift| number >> shift & 7);
        let writes = (0..3).map(|key| write(key, 2 * key));
        let reads = (0..).zip(seen).map(|(process, seen)| read(process, seen, 10 + 2 * process));
        let result = check(&LongFork, writes.chain(reads).collect());
        let is_fork = seen.iter().any(|one| seen.iter().any(|other| one & !other != 0 && other & !one != 0));
        let expected = if is_fork { Verdict::Invalid } else { Verdict::Valid };
        assert_eq!(result.verdict, expected, "{seen:?}: {}", result.summary);
        forks += u32::from(is_fork);
        if is_fork {
            let [first, second, one, other] = shown(&result)[..] else { panic!("{:?}", shown(&result)) };
            assert!(first.starts_with("write") && second.starts_with("write"));
            assert!(one.starts_with("read 0 = ") && other.starts_with("read 0 = ") && one != other);
        }
    }
    assert!(forks > 1_000 && forks < 3_500, "{forks}");
}

#[test]
fn who_saw_what_is_said() {
    let result = check(&LongFork, vec![write(0, 0), write(2, 2), read(7, 0b001, 4), read(8, 0b100, 6)]);
    assert_eq!(
        result.summary,
        "process 7 saw `0` written and `2` not, at 0.005000 s, and process 8 saw it the other way round, at 0.007000 s"
    );
    assert_eq!(
        shown(&result),
        ["write 0 = 10", "write 2 = 12", "read 0 = 10, 1 = nil, 2 = nil", "read 0 = nil, 1 = nil, 2 = 12"]
    );
    assert_eq!(result.counts["telling_reads"], 2);
}

#[test]
fn reads_without_an_answer_say_nothing_and_other_groups_are_others() {
    let mut unknown = read(1, 0b010, 6);
    (unknown.outcome, unknown.ret) = (Outcome::Info, None);
    let mut other = read(2, 0b010, 8);
    other.output[2] = json!(["r", "z", null]);
    let result = check(&LongFork, vec![write(0, 0), write(1, 2), read(0, 0b001, 4), unknown, other]);
    assert_eq!(result.verdict, Verdict::Valid, "{}", result.summary);
    assert_eq!(result.counts["groups"], 2);
}

#[test]
fn what_is_written_twice_or_by_nobody_is_not_judged() {
    let mut stranger = read(0, 0b1, 4);
    stranger.output[0][2] = json!(99);
    for operations in [
        vec![write(0, 0), write(0, 2)],
        vec![write(0, 0), stranger],
        vec![write(1, 0), read(0, 0b1, 4)],
        vec![operation(0, "cas", json!(["k", 1]), Value::Null, 0, Some(1))],
    ] {
        let result = check(&LongFork, operations);
        assert_eq!(result.verdict, Verdict::Unknown, "{}", result.summary);
    }
}
