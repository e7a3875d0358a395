# n1 is cut off and still takes itself for the leader, while n2 commits x in term 2 (R5, indirect_commit_stale_leader).
> cluster 3
> elect n1
    n1 leads term 1
> partition n1 | n2 n3
> elect n2
    n2 leads term 2
> propose n2 x
    n2 takes x as 3@2
      n2 appends 3@2 x
      sends n2→n3 term 2 Append prev 2@2, 1 entries, commit 2, round 0
> settle
> read n1
    n1 takes read 1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 1
> propose n1 y
    n1 takes y as 2@1
      n1 appends 2@1 y
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 1
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 1
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 1 is lost
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 1 is lost
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 1 is lost
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 1 is lost
> status
    n1 leader term 1 leader n1 commit 1 last 2@1
    n2 leader term 2 leader n2 commit 3 last 3@2
    n3 follower term 2 leader n2 commit 2 last 3@2

# It learns better, and the client is told that the read was not answered (C8). What became of y is for the log to say (C6): another
# entry stands in its place.
> heal
> timeout n1
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 1, round 1
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 1, round 1
> deliver n1->
    n1→n2 term 1 Append prev 2@1, 0 entries, commit 1, round 1
    n1→n3 term 1 Append prev 2@1, 0 entries, commit 1, round 1
> deliver n2->n1
    n2→n1 term 2 AppendRejected prev 2 hint 0@0, round 1
      n1 becomes follower in term 2
      n1 refuses read 1
> timeout n2
      sends n2→n1 term 2 Append prev 1@1, 0 entries, commit 3, round 0
      sends n2→n3 term 2 Append prev 3@2, 0 entries, commit 3, round 0
> deliver
    n3→n1 term 2 AppendRejected prev 2 hint 0@0, round 1
    n2→n1 term 2 Append prev 1@1, 0 entries, commit 3, round 0
    n2→n3 term 2 Append prev 3@2, 0 entries, commit 3, round 0
      n3 commits 3
      n3 applies 3@2 x
    n1→n2 term 2 AppendAccepted 1, round 0
    n3→n2 term 2 AppendAccepted 3, round 0
    n2→n1 term 2 Append prev 1@1, 2 entries, commit 3, round 0
      n1 removes its log from 2 on
      n1 appends 2@2 noop, 3@2 x
      n1 commits 3
      n1 applies 2@2 noop, 3@2 x
    n1→n2 term 2 AppendAccepted 3, round 0
> log
    n1: 1@1 noop, 2@2 noop, 3@2 x
    n2: 1@1 noop, 2@2 noop, 3@2 x
    n3: 1@1 noop, 2@2 noop, 3@2 x
