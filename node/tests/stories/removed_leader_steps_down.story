# n1 leads, and is removed. Until the joint configuration is committed it counts as one of the old voters. From the entry behind it on it
# does not count itself (M4): it manages a cluster that it is not in.
> cluster 3
> elect n1
    n1 leads term 1
> remove n1
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n2 n3 from n1 n2 n3]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> deliver n1<->n2
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 [voters n2 n3 from n1 n2 n3]
      n2 commits 1
      n2 applies 1@1 noop
    n2→n1 term 1 AppendAccepted 2, round 0
> log n1
    n1: 1@1 noop, 2@1 [voters n2 n3 from n1 n2 n3]
> status n1
    n1 leader term 1 leader n1 commit 1 last 2@1 voters n2 n3 from n1 n2 n3

# n2 has it, and n1: that is one of two voters.
> deliver n1<->n3
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 [voters n2 n3 from n1 n2 n3]
      n3 commits 1
      n3 applies 1@1 noop
    n3→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 appends 3@1 [voters n2 n3]
      n1 applies 2@1 [voters n2 n3 from n1 n2 n3]
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n3 appends 3@1 [voters n2 n3]
      n3 commits 2
      n3 applies 2@1 [voters n2 n3 from n1 n2 n3]
    n3→n1 term 1 AppendAccepted 3, round 0

# With n3 it is committed. n1 steps down, and asks the voter that knows most to stand at once.
> status
    n1 leader term 1 leader n1 commit 2 last 3@1 voters n2 n3
    n2 follower term 1 leader n1 commit 1 last 2@1 voters n2 n3 from n1 n2 n3
    n3 follower term 1 leader n1 commit 2 last 3@1 voters n2 n3
> deliver
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n2 appends 3@1 [voters n2 n3]
      n2 commits 2
      n2 applies 2@1 [voters n2 n3 from n1 n2 n3]
    n2→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 becomes follower in term 1
      n1 applies 3@1 [voters n2 n3]
    n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      n2 commits 3
      n2 applies 3@1 [voters n2 n3]
    n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      n3 commits 3
      n3 applies 3@1 [voters n2 n3]
    n1→n3 term 1 TimeoutNow
      n3 becomes candidate in term 2
      n3 votes for n3 in term 2
    n2→n1 term 1 AppendAccepted 3, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
    n3→n2 term 2 Vote last 3@1 by transfer
      n2 becomes follower in term 2
      n2 votes for n3 in term 2
    n2→n3 term 2 VoteResponse granted
      n3 becomes leader in term 2
      n3 appends 4@2 noop
    n3→n2 term 2 Append prev 3@1, 1 entries, commit 3, round 0
      n2 appends 4@2 noop
    n2→n3 term 2 AppendAccepted 4, round 0
      n3 commits 4
      n3 applies 4@2 noop
> status
    n1 follower term 1 leader - commit 3 last 3@1 voters n2 n3
    n2 follower term 2 leader n3 commit 3 last 4@2 voters n2 n3
    n3 leader term 2 leader n3 commit 4 last 4@2 voters n2 n3
> propose n1 x
    n1 refuses x: not the leader
> propose n2 x
    n2 refuses x: not the leader; that is n3
> propose n3 x
    n3 takes x as 5@2
      n3 appends 5@2 x
      sends n3→n2 term 2 Append prev 4@2, 1 entries, commit 4, round 0
> deliver
    n3→n2 term 2 Append prev 4@2, 1 entries, commit 4, round 0
      n2 appends 5@2 x
      n2 commits 4
      n2 applies 4@2 noop
    n2→n3 term 2 AppendAccepted 5, round 0
      n3 commits 5
      n3 applies 5@2 x

# Whoever is not a voter never stands for election (T16).
> tick n1 1000
> status n1
    n1 follower term 1 leader - commit 3 last 3@1 voters n2 n3
