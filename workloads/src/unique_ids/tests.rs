use super::*;
use crate::testing::{Mistake, check, right_and_wrong, run};
use harness::{checker::Verdict, history::EventType};

#[test]
fn ids_that_differ_are_right_and_others_are_not() {
    right_and_wrong(&UniqueIds, &[Mistake::Loses, Mistake::Restores]);
}

#[test]
fn an_id_that_is_skipped_is_nobodys_loss() {
    for mistake in [Mistake::Doubles, Mistake::Denies] {
        let result = check(&UniqueIds, run(&UniqueIds, mistake, 1));
        assert_eq!(result.verdict, Verdict::Valid, "{mistake:?}: {}", result.summary);
        assert!(result.counts["ids"] > 2_000);
    }
}

#[test]
fn a_violation_names_both_who_got_the_id() {
    let mut events = run(&UniqueIds, Mistake::None, 2);
    let is_answer = |event: &&mut Event| event.kind == EventType::Ok;
    let answers: Vec<&mut Event> = events.iter_mut().filter(is_answer).collect();
    let (first, last) = (answers[10].value.clone(), answers.len() - 1);
    let process = answers[10].process;
    answers.into_iter().nth(last).expect("an answer").value = first.clone();
    let result = check(&UniqueIds, events);
    assert_eq!(result.verdict, Verdict::Invalid);
    assert_eq!(result.violations.len(), 1);
    let harness::history::Process::Client(process) = process else { panic!("a client") };
    let words = format!("process {process} and process 1000000");
    let summary = &result.violations[0].summary;
    assert!(summary.starts_with(&words) && summary.ends_with(&format!("both got the id {first}")), "{summary}");
}

#[test]
fn replies_that_make_no_sense_are_unknown_outcomes() {
    let next = UniqueIds.completion(&generate(), &Reply::Integer(3));
    assert_eq!(next, Completion::ok(json!(3)));
    for reply in [Reply::Nil, Reply::Bulk(b"3".to_vec()), Reply::Simple("OK".to_owned())] {
        assert_eq!(UniqueIds.completion(&generate(), &reply).event_type(), EventType::Info, "{reply:?}");
    }
}
