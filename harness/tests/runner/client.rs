use super::server::{Act, endpoints, places, send};
use harness::{
    client::{Answer, Client, Command, Reply},
    outcome::CallError,
};
use std::time::Duration;

/// Long enough never to pass in a test that does not wait for it to pass.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);

fn get() -> Command {
    Command::new(["GET", "k1"])
}

fn is_seven(answer: &Answer) -> bool {
    matches!(&answer.result, Ok(Reply::Bulk(bytes)) if bytes == b"7")
}

fn error(answer: Answer) -> CallError {
    answer.result.expect_err("an error")
}

#[tokio::test]
async fn moved_is_followed_and_remembered() {
    let mut places = places(2).await;
    let nodes = endpoints(&places);
    let leader = places.remove(1).serve(|_| send("$1\r\n7\r\n"));
    let moved = format!("-MOVED 0 {}\r\n", nodes[1].address);
    let follower = places.remove(0).serve(move |_| send(moved.clone()));
    let mut client = Client::new(nodes, 0, 1);
    for _ in 0..3 {
        let answer = client.call(&get(), LONG).await;
        assert!(is_seven(&answer), "{answer:?}");
        assert_eq!(answer.node, "n2");
    }
    assert_eq!(*follower.lock().unwrap(), ["GET k1"]);
    assert_eq!(leader.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_circle_of_moved_ends_as_a_definite_error() {
    let mut places = places(2).await;
    let nodes = endpoints(&places);
    let to = |node: usize| format!("-MOVED 0 {}\r\n", nodes[node].address);
    let (to_first, to_second) = (to(0), to(1));
    let second = places.remove(1).serve(move |_| send(to_first.clone()));
    let first = places.remove(0).serve(move |_| send(to_second.clone()));
    let mut client = Client::new(nodes, 0, 1);
    let error = error(client.call(&get(), LONG).await);
    assert!(matches!(error, CallError::MovedOften(_)) && error.is_definite(), "{error:?}");
    assert!(first.lock().unwrap().len() + second.lock().unwrap().len() < 10);
}

#[tokio::test]
async fn moved_to_a_dead_leader_is_a_definite_error_and_the_client_goes_home() {
    let mut places = places(2).await;
    let nodes = endpoints(&places);
    drop(places.remove(1));
    let moved = format!("-MOVED 0 {}\r\n", nodes[1].address);
    let home = places.remove(0).serve(move |_| send(moved.clone()));
    let mut client = Client::new(nodes, 0, 1);
    for asked in 1..=2 {
        let answer = client.call(&get(), LONG).await;
        assert_eq!(answer.node, "n2");
        let error = error(answer);
        assert!(matches!(error, CallError::NotConnected(_)) && error.is_definite(), "{error:?}");
        assert_eq!(home.lock().unwrap().len(), asked);
    }
}

#[tokio::test]
async fn moved_to_nowhere_is_a_definite_error() {
    for text in ["-MOVED 0 127.0.0.1:1\r\n", "-MOVED 0 nowhere\r\n", "-MOVED\r\n"] {
        let mut places = places(1).await;
        let nodes = endpoints(&places);
        places.remove(0).serve(move |_| send(text));
        let error = error(Client::new(nodes, 0, 1).call(&get(), LONG).await);
        assert!(error.is_definite(), "{text}: {error:?}");
    }
}

#[tokio::test]
async fn a_node_without_a_leader_is_left_for_the_next() {
    let mut places = places(2).await;
    let nodes = endpoints(&places);
    places.remove(1).serve(|_| send("$1\r\n7\r\n"));
    places.remove(0).serve(|_| send("-CLUSTERDOWN no leader is known\r\n"));
    let mut client = Client::new(nodes, 0, 1);
    let answer = client.call(&get(), LONG).await;
    assert_eq!(answer.node, "n1");
    assert!(error(answer).is_definite());
    assert!(is_seven(&client.call(&get(), LONG).await));
    assert!(is_seven(&client.call(&get(), LONG).await), "a client stays with a node that serves it");
}

#[tokio::test]
async fn half_of_the_clients_ask_their_home_first_every_time() {
    let mut places = places(2).await;
    let nodes = endpoints(&places);
    let leader = nodes[1].address;
    let moved = format!("-MOVED 0 {leader}\r\n");
    let served = places.remove(1).serve(|_| send("$1\r\n7\r\n"));
    let asked = places.remove(0).serve(move |_| send(&moved));
    // Both have node 0 for their home; process 4 is the one that stays.
    for (process, expected) in [(4, 1), (3, 3)] {
        asked.lock().unwrap().clear();
        let mut client = Client::new(nodes.clone(), process, if process == 4 { 5 } else { 3 });
        for _ in 0..3 {
            assert!(is_seven(&client.call(&get(), LONG).await));
        }
        assert_eq!(asked.lock().unwrap().len(), expected, "process {process}");
    }
    assert_eq!(served.lock().unwrap().len(), 6);
}

#[tokio::test]
async fn a_refused_connection_is_definite_and_the_next_node_is_asked() {
    let mut places = places(2).await;
    let nodes = endpoints(&places);
    places.remove(1).serve(|_| send("$1\r\n7\r\n"));
    drop(places.remove(0));
    let mut client = Client::new(nodes, 0, 1);
    assert!(error(client.call(&get(), LONG).await).is_definite());
    assert!(is_seven(&client.call(&get(), LONG).await));
}

#[tokio::test]
async fn a_connection_lost_after_the_request_is_indefinite() {
    for half in ["", "$1", "$1\r\n", "$1\r\n7", "*2\r\n:1\r\n"] {
        let mut places = places(1).await;
        let nodes = endpoints(&places);
        places.remove(0).serve(move |_| Act::SendAndClose(half.into()));
        let error = error(Client::new(nodes, 0, 1).call(&get(), LONG).await);
        assert!(matches!(error, CallError::Lost(_)) && !error.is_definite(), "{half:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_between_two_calls_is_replaced_before_anything_is_sent() {
    let mut places = places(1).await;
    let nodes = endpoints(&places);
    let requests = places.remove(0).serve(|_| Act::SendAndClose(b"$1\r\n7\r\n".to_vec()));
    let mut client = Client::new(nodes, 0, 1);
    assert!(is_seven(&client.call(&get(), LONG).await));
    // The server runs on this thread, and closes while we wait.
    tokio::time::sleep(SHORT).await;
    assert!(is_seven(&client.call(&get(), LONG).await));
    assert_eq!(requests.lock().unwrap().len(), 2, "each call was sent once");
}

#[tokio::test]
async fn silence_is_indefinite() {
    let mut places = places(1).await;
    let nodes = endpoints(&places);
    places.remove(0).serve(|_| Act::Silence);
    let error = error(Client::new(nodes, 0, 1).call(&get(), SHORT).await);
    assert!(matches!(error, CallError::Timeout) && !error.is_definite(), "{error:?}");
}

#[tokio::test]
async fn what_nobody_asked_for_is_never_taken_for_a_reply() {
    let mut places = places(1).await;
    let nodes = endpoints(&places);
    let requests = places.remove(0).serve(|_| send("$1\r\n7\r\n$5\r\nstray\r\n"));
    let mut client = Client::new(nodes, 0, 1);
    assert!(is_seven(&client.call(&get(), LONG).await));
    assert!(is_seven(&client.call(&get(), LONG).await), "on a new connection");
    assert_eq!(requests.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn garbage_is_indefinite() {
    for garbage in ["HTTP/1.1 400 Bad Request\r\n\r\n", "$7x\r\n", "\r\n", "$99999999999999\r\n", "*-7\r\n"] {
        let mut places = places(1).await;
        let nodes = endpoints(&places);
        places.remove(0).serve(move |_| send(garbage));
        let error = error(Client::new(nodes, 0, 1).call(&get(), LONG).await);
        assert!(matches!(error, CallError::Garbled(_)) && !error.is_definite(), "{garbage:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_reply_without_end_is_given_up() {
    for (head, more) in [("+", "x"), ("*16000000\r\n", "$-1\r\n"), ("$16777217\r\n", "x")] {
        let mut places = places(1).await;
        let nodes = endpoints(&places);
        let flood = [head.as_bytes(), &more.as_bytes().repeat(10_000)].concat();
        places.remove(0).serve(move |_| Act::Flood(flood.clone()));
        let error = error(Client::new(nodes, 0, 1).call(&get(), LONG).await);
        assert!(matches!(error, CallError::Garbled(_)), "{head:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_request_that_went_out_only_in_part_is_indefinite() {
    let places = places(1).await;
    // Nobody reads it, and it is more than the system holds for a reader.
    let request = Command::new([b"SET".to_vec(), b"k1".to_vec(), vec![b'x'; 64 << 20]]);
    let error = error(Client::new(endpoints(&places), 0, 1).call(&request, SHORT).await);
    assert!(matches!(error, CallError::Timeout) && !error.is_definite(), "{error:?}");
}

#[tokio::test]
async fn an_error_reply_is_reported_and_the_client_stays() {
    let mut places = places(2).await;
    let nodes = endpoints(&places);
    places.remove(0).serve(|words| match words[0].as_str() {
        "GET" => send("-ERR syntax error\r\n"),
        _ => send("-UNKNOWN leadership was lost\r\n"),
    });
    let mut client = Client::new(nodes, 0, 1);
    for (command, definite) in [("GET", true), ("SET", false), ("GET", true)] {
        let answer = client.call(&Command::new([command]), LONG).await;
        assert_eq!(answer.node, "n1");
        assert_eq!(error(answer).is_definite(), definite, "{command}");
    }
}

#[tokio::test]
async fn homes_are_spread_over_the_nodes_and_successors_move_on() {
    let places = places(3).await;
    let nodes = endpoints(&places);
    for place in places {
        let name = place.endpoint.name.clone();
        place.serve(move |_| send(format!("+{name}\r\n")));
    }
    let mut homes = Vec::new();
    for process in 0..12 {
        homes.push(Client::new(nodes.clone(), process, 6).call(&get(), LONG).await.node);
    }
    assert_eq!(homes, ["n1", "n2", "n3", "n1", "n2", "n3", "n2", "n3", "n1", "n2", "n3", "n1"]);
}

/// Two commands that happen together.
fn transfer() -> Command {
    Command::transaction([Command::new(["DECR", "a"]), Command::new(["INCR", "b"])])
}

/// A node that answers what is queued as nodes do, unless `odd` has another answer.
fn queues(odd: impl Fn(&str) -> Option<Act>) -> impl Fn(&[String]) -> Act {
    move |words| {
        odd(&words[0]).unwrap_or_else(|| match words[0].as_str() {
            "MULTI" => send("+OK\r\n"),
            "EXEC" => send("*2\r\n:-1\r\n:1\r\n"),
            _ => send("+QUEUED\r\n"),
        })
    }
}

#[tokio::test]
async fn a_transaction_is_answered_by_the_replies_to_its_parts() {
    let mut places = places(2).await;
    let nodes = endpoints(&places);
    let leader = places.remove(1).serve(queues(|_| None));
    let moved = format!("-MOVED 0 {}\r\n", nodes[1].address);
    places.remove(0).serve(queues(move |word| (word == "EXEC").then(|| send(moved.clone()))));
    let mut client = Client::new(nodes, 0, 1);
    for _ in 0..2 {
        let answer = client.call(&transfer(), LONG).await;
        assert_eq!(answer.result.expect("done"), Reply::Array(vec![Reply::Integer(-1), Reply::Integer(1)]));
        assert_eq!(answer.node, "n2");
    }
    assert_eq!(leader.lock().unwrap()[..4], ["MULTI", "DECR a", "INCR b", "EXEC"]);
}

#[tokio::test]
async fn a_transaction_moves_where_a_part_of_it_is_sent() {
    let mut places = places(2).await;
    let nodes = endpoints(&places);
    places.remove(1).serve(queues(|_| None));
    let moved = format!("-MOVED 0 {}\r\n", nodes[1].address);
    places.remove(0).serve(queues(move |word| match word {
        "DECR" | "INCR" => Some(send(moved.clone())),
        "EXEC" => Some(send("-EXECABORT Transaction discarded because of previous errors.\r\n")),
        _ => None,
    }));
    let answer = Client::new(nodes, 0, 1).call(&transfer(), LONG).await;
    assert_eq!(answer.node, "n2");
    assert!(answer.result.is_ok());
}

#[tokio::test]
async fn only_a_transaction_that_was_certainly_refused_is_a_definite_error() {
    let cases: [(&str, &str, bool); 8] = [
        ("EXEC", "-EXECABORT Transaction discarded because of previous errors.\r\n", true),
        ("EXEC", "-CLUSTERDOWN no leader is known; not executed\r\n", true),
        ("EXEC", "-UNKNOWN the leadership was lost\r\n", false),
        // The parts may have happened each by itself.
        ("MULTI", "-ERR not now\r\n", false),
        ("INCR", ":1\r\n", false),
        // One part is refused, and yet the others happened.
        ("INCR", "-ERR value is not an integer\r\n", false),
        ("EXEC", "$3\r\nno", false),
        ("INCR", "nonsense\r\n", false),
    ];
    for (odd, answer, is_definite) in cases {
        let mut places = places(1).await;
        let nodes = endpoints(&places);
        places.remove(0).serve(queues(move |word| (word == odd).then(|| Act::Send(answer.into()))));
        let error = error(Client::new(nodes, 0, 1).call(&transfer(), SHORT).await);
        assert_eq!(error.is_definite(), is_definite, "{odd}: {answer:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_transaction_whose_answer_is_cut_off_is_indefinite() {
    for word in ["MULTI", "INCR", "EXEC"] {
        let mut places = places(1).await;
        let nodes = endpoints(&places);
        places.remove(0).serve(queues(move |said| (said == word).then(|| Act::SendAndClose(b"+QUE".to_vec()))));
        let error = error(Client::new(nodes, 0, 1).call(&transfer(), LONG).await);
        assert!(!error.is_definite(), "{word}: {error:?}");
    }
}
