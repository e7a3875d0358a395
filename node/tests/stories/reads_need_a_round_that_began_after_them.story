# The answers to a heartbeat from before the read say nothing about now (R2).
> cluster 5
> elect n1
    n1 leads term 1
> timeout n1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n4 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n5 term 1 Append prev 1@1, 0 entries, commit 1, round 0
> deliver once n1->
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n2 commits 1
      sends n2→n1 term 1 AppendAccepted 1, round 0
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n3 commits 1
      sends n3→n1 term 1 AppendAccepted 1, round 0
      n3 applies 1@1 noop
    n1→n4 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n4 commits 1
      sends n4→n1 term 1 AppendAccepted 1, round 0
      n4 applies 1@1 noop
    n1→n5 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n5 commits 1
      sends n5→n1 term 1 AppendAccepted 1, round 0
      n5 applies 1@1 noop
> read n1
    n1 takes read 1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      sends n1→n4 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      sends n1→n5 term 1 Append prev 1@1, 0 entries, commit 1, round 1
> deliver Append
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 1
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 1
    n1→n4 term 1 Append prev 1@1, 0 entries, commit 1, round 1
    n1→n5 term 1 Append prev 1@1, 0 entries, commit 1, round 1
> network
      n2→n1 term 1 AppendAccepted 1, round 0
      n3→n1 term 1 AppendAccepted 1, round 0
      n4→n1 term 1 AppendAccepted 1, round 0
      n5→n1 term 1 AppendAccepted 1, round 0
      n2→n1 term 1 AppendAccepted 1, round 1
      n3→n1 term 1 AppendAccepted 1, round 1
      n4→n1 term 1 AppendAccepted 1, round 1
      n5→n1 term 1 AppendAccepted 1, round 1
> deliver n2->n1 first
    n2→n1 term 1 AppendAccepted 1, round 0
> deliver n3->n1 first
    n3→n1 term 1 AppendAccepted 1, round 0
> deliver n4->n1 first
    n4→n1 term 1 AppendAccepted 1, round 0
> deliver n5->n1 first
    n5→n1 term 1 AppendAccepted 1, round 0

# Two answers to the new round are a quorum of five with the leader itself, and one is not (R4).
> deliver n5->n1
    n5→n1 term 1 AppendAccepted 1, round 1
> deliver n3->n1
    n3→n1 term 1 AppendAccepted 1, round 1
      n1 may answer read 1 at 1

# Reads that arrive during a round share the next one, which begins when that is over.
> drop
> read n1
    n1 takes read 2
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n4 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n5 term 1 Append prev 1@1, 0 entries, commit 1, round 2
> read n1
    n1 takes read 3
> read n1
    n1 takes read 4
> deliver once
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n2→n1 term 1 AppendAccepted 1, round 2
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n3→n1 term 1 AppendAccepted 1, round 2
    n1→n4 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n4→n1 term 1 AppendAccepted 1, round 2
    n1→n5 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n5→n1 term 1 AppendAccepted 1, round 2
> deliver
    n2→n1 term 1 AppendAccepted 1, round 2
    n3→n1 term 1 AppendAccepted 1, round 2
      n1 may answer read 2 at 1
    n4→n1 term 1 AppendAccepted 1, round 2
    n5→n1 term 1 AppendAccepted 1, round 2
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 3
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 3
    n1→n4 term 1 Append prev 1@1, 0 entries, commit 1, round 3
    n1→n5 term 1 Append prev 1@1, 0 entries, commit 1, round 3
    n2→n1 term 1 AppendAccepted 1, round 3
    n3→n1 term 1 AppendAccepted 1, round 3
      n1 may answer read 3 at 1
      n1 may answer read 4 at 1
    n4→n1 term 1 AppendAccepted 1, round 3
    n5→n1 term 1 AppendAccepted 1, round 3

# A round whose messages are lost holds nobody up for longer than to the next heartbeat, which begins another.
> read n1
    n1 takes read 5
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 4
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 4
      sends n1→n4 term 1 Append prev 1@1, 0 entries, commit 1, round 4
      sends n1→n5 term 1 Append prev 1@1, 0 entries, commit 1, round 4
> drop
> read n1
    n1 takes read 6
> timeout n1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 5
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 5
      sends n1→n4 term 1 Append prev 1@1, 0 entries, commit 1, round 5
      sends n1→n5 term 1 Append prev 1@1, 0 entries, commit 1, round 5
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 5
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 5
    n1→n4 term 1 Append prev 1@1, 0 entries, commit 1, round 5
    n1→n5 term 1 Append prev 1@1, 0 entries, commit 1, round 5
    n2→n1 term 1 AppendAccepted 1, round 5
    n3→n1 term 1 AppendAccepted 1, round 5
      n1 may answer read 5 at 1
      n1 may answer read 6 at 1
    n4→n1 term 1 AppendAccepted 1, round 5
    n5→n1 term 1 AppendAccepted 1, round 5
