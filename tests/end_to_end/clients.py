"""What a program that uses the `redis` package does, against a cluster: the leader's client port first, then a follower's."""

import sys
import threading

import redis

leader_port, follower_port = int(sys.argv[1]), int(sys.argv[2])


def connect(port):
    return redis.Redis(host="127.0.0.1", port=port, socket_timeout=30)


def raised(error, action):
    """The error of this kind that the action raises."""
    try:
        action()
    except error as caught:
        return caught
    raise AssertionError(f"no {error.__name__}")


def on_leader(port, words):
    """Follows a redirection."""
    try:
        return connect(port).execute_command(*words)
    except redis.ResponseError as error:
        word, slot, address = str(error).split(" ")
        assert (word, slot) == ("MOVED", "0"), error
        return connect(int(address.rsplit(":")[-1])).execute_command(*words)


leader, follower = connect(leader_port), connect(follower_port)

# Strings, and any bytes in them.
every_byte = bytes(range(256))
assert leader.ping() and leader.echo("hello") == b"hello"
assert leader.set("s", every_byte) and leader.get("s") == every_byte and leader.strlen("s") == 256
assert leader.set("s", "again", nx=True) is None and leader.set("s", "new", xx=True, get=True) == every_byte
assert leader.get("missing") is None and leader.exists("s", "missing") == 1
assert leader.mset({"a": 1, "b": 2}) and leader.mget("a", "missing", "b") == [b"1", None, b"2"]
assert leader.incr("n") == 1 and leader.incrby("n", 41) == 42 and leader.decr("n") == 41

# Lists and sets.
assert leader.rpush("l", "a", "b", "c") == 3 and leader.lpop("l") == b"a" and leader.lrange("l", 0, -1) == [b"b", b"c"]
assert leader.sadd("t", "x", "y") == 2 and leader.smembers("t") == {b"x", b"y"} and leader.srem("t", "x") == 1
assert leader.type("l") == b"list" and leader.type("t") == b"set"
assert "wrong kind of value" in str(raised(redis.ResponseError, lambda: leader.incr("l")))
assert "time-to-live" in str(raised(redis.ResponseError, lambda: leader.set("s", "v", ex=1)))
assert leader.delete("l", "t", "missing") == 2

# A pipeline that is sent before anything is read, and longer than what the network holds by itself.
pipeline = leader.pipeline(transaction=False)
word = "x" * 1000
for number in range(20_000):
    pipeline.echo(word)
assert pipeline.execute() == [word.encode()] * 20_000

# Transactions: as a whole, with reads in them, and only if nobody else changed what was looked at.
pipeline = leader.pipeline(transaction=True)
assert pipeline.set("k", 1).incr("k").get("k").lpush("k", "x").execute(raise_on_error=False)[:3] == [True, 2, b"2"]
pipeline.watch("k")
seen = int(pipeline.get("k"))
leader.set("k", 10)
pipeline.multi()
pipeline.set("k", seen + 1)
raised(redis.WatchError, pipeline.execute)
assert leader.get("k") == b"10"


def increment_by_transaction(pipe):
    value = int(pipe.get("counter") or 0)
    pipe.multi()
    pipe.set("counter", value + 1)


def increment_often():
    client = connect(leader_port)
    for _ in range(25):
        client.transaction(increment_by_transaction, "counter")


threads = [threading.Thread(target=increment_often) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert leader.get("counter") == b"100", leader.get("counter")

# A follower says where the leader is, and what it has itself if that is enough.
moved = raised(redis.ResponseError, lambda: follower.set("k", "v"))
assert str(moved) == f"MOVED 0 127.0.0.1:{leader_port}", moved
assert on_leader(follower_port, ["SET", "k", "moved"]) and on_leader(follower_port, ["GET", "k"]) == b"moved"
assert leader.get("k") == b"moved"
stale = connect(follower_port).client()
assert stale.readonly() and stale.get("s") in (None, b"new", every_byte)

# A command that is sent again in a session happens once.
session = leader.execute_command("RAFT", "SESSION", "NEW")
for _ in range(3):
    assert leader.execute_command("RAFT", "SESSION", session, 1, "INCR", "once") == 1
assert leader.get("once") == b"1"
assert leader.info()["sessions"] == 1 and leader.info()["connected_clients"] >= 1
assert leader.execute_command("RAFT", "SESSION", "CLOSE", session) == 1
assert leader.info()["sessions"] == 0
again = raised(redis.ResponseError, lambda: leader.execute_command("RAFT", "SESSION", session, 1, "INCR", "once"))
assert str(again).startswith("SESSIONEXPIRED"), again
assert leader.info()["raft_role"] == "leader" and leader.info()["db0"]["keys"] == leader.dbsize()
print("all is well")
