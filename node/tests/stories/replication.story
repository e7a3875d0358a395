# A leader appends a command, and sends it to all at once with the entry before it (L1, section 5.3).
> cluster 5
> elect n1
    n1 leads term 1
> propose n1 x=1
    n1 takes x=1 as 2@1
      n1 appends 2@1 x=1
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n4 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n5 term 1 Append prev 1@1, 1 entries, commit 1, round 0

# Two answers and its own copy are a majority (L2): it is committed and applied at the leader.
> deliver n1->n2
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 x=1
      n2 commits 1
      n2 applies 1@1 noop
> deliver n1->n3
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 x=1
      n3 commits 1
      n3 applies 1@1 noop
> deliver n2->n1
    n2→n1 term 1 AppendAccepted 2, round 0
> deliver n3->n1
    n3→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@1 x=1

# The followers learn it from the next append, be it a heartbeat, and apply in the order of the log (L4). n5 has not got the entry
# yet: what it is told to be committed is no more than it has (L10, L11).
> timeout n1
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n5 term 1 Append prev 2@1, 0 entries, commit 2, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      n2 commits 2
      n2 applies 2@1 x=1
> deliver n1->n5 last
    n1→n5 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n5→n1 term 1 AppendRejected prev 2 hint 1@1, round 0
> status
    n1 leader term 1 leader n1 commit 2 last 2@1
    n2 follower term 1 leader n1 commit 2 last 2@1
    n3 follower term 1 leader n1 commit 1 last 2@1
    n4 follower term 1 leader n1 commit 0 last 1@1
    n5 follower term 1 leader n1 commit 0 last 1@1
> deliver
    n1→n4 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n4 appends 2@1 x=1
      n4 commits 1
      n4 applies 1@1 noop
    n1→n5 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n5 appends 2@1 x=1
      n5 commits 1
      n5 applies 1@1 noop
    n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      n3 commits 2
      n3 applies 2@1 x=1
    n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      n4 commits 2
      n4 applies 2@1 x=1
    n2→n1 term 1 AppendAccepted 2, round 0
    n5→n1 term 1 AppendRejected prev 2 hint 1@1, round 0
    n4→n1 term 1 AppendAccepted 2, round 0
    n5→n1 term 1 AppendAccepted 2, round 0
    n3→n1 term 1 AppendAccepted 2, round 0
    n4→n1 term 1 AppendAccepted 2, round 0
    n1→n5 term 1 Append prev 1@1, 1 entries, commit 2, round 0
      n5 commits 2
      n5 applies 2@1 x=1
    n5→n1 term 1 AppendAccepted 2, round 0
> status
    n1 leader term 1 leader n1 commit 2 last 2@1
    n2 follower term 1 leader n1 commit 2 last 2@1
    n3 follower term 1 leader n1 commit 2 last 2@1
    n4 follower term 1 leader n1 commit 2 last 2@1
    n5 follower term 1 leader n1 commit 2 last 2@1

# Several commands at once travel in one append, and each is sent to each follower once (large_entry_batching).
> propose n1 a b c
    n1 takes a as 3@1
    n1 takes b as 4@1
    n1 takes c as 5@1
      n1 appends 3@1 a, 4@1 b, 5@1 c
      sends n1→n2 term 1 Append prev 2@1, 3 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 3 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 3 entries, commit 2, round 0
      sends n1→n5 term 1 Append prev 2@1, 3 entries, commit 2, round 0
> deliver
    n1→n2 term 1 Append prev 2@1, 3 entries, commit 2, round 0
      n2 appends 3@1 a, 4@1 b, 5@1 c
    n1→n3 term 1 Append prev 2@1, 3 entries, commit 2, round 0
      n3 appends 3@1 a, 4@1 b, 5@1 c
    n1→n4 term 1 Append prev 2@1, 3 entries, commit 2, round 0
      n4 appends 3@1 a, 4@1 b, 5@1 c
    n1→n5 term 1 Append prev 2@1, 3 entries, commit 2, round 0
      n5 appends 3@1 a, 4@1 b, 5@1 c
    n2→n1 term 1 AppendAccepted 5, round 0
    n3→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 applies 3@1 a, 4@1 b, 5@1 c
    n4→n1 term 1 AppendAccepted 5, round 0
    n5→n1 term 1 AppendAccepted 5, round 0
