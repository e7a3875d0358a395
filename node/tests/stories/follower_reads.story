# n3 asks the leader what its read has to see, and answers when it has applied as much (R6).
> cluster 3
> elect n1
    n1 leads term 1
> timeout n1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
> settle
> propose n1 x
    n1 takes x as 2@1
      n1 appends 2@1 x
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> deliver n1<->n2
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 x
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@1 x
> read-anywhere n3
    n3 takes read 1
      sends n3→n1 term 1 ReadIndex 1
> deliver n3->n1
    n3→n1 term 1 ReadIndex 1
> deliver n1<->n2
    n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 1
      n2 commits 2
      n2 applies 2@1 x
    n2→n1 term 1 AppendAccepted 2, round 1
> deliver n1->n3 ReadIndexResponse
    n1→n3 term 1 ReadIndexResponse 1 index 2
> status n3
    n3 follower term 1 leader n1 commit 1 last 1@1

# It waits: x is committed, and n3 has not applied it.
> deliver n1<->n3
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 x
    n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 1
      n3 commits 2
      n3 applies 2@1 x
      n3 may answer read 1 at 2
    n3→n1 term 1 AppendAccepted 2, round 0
    n3→n1 term 1 AppendAccepted 2, round 1
> timeout n1
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 1
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 1
> deliver n1<->n3
    n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 1
    n3→n1 term 1 AppendAccepted 2, round 1

# Answers from before, and answers to an earlier question, are passed over. A question that was lost is asked again, with a new number.
> read-anywhere n3
    n3 takes read 2
      sends n3→n1 term 1 ReadIndex 2
> drop
> tick n3 50
      sends n3→n1 term 1 ReadIndex 3
> duplicate n3->n1 ReadIndex
> deliver
    n3→n1 term 1 ReadIndex 3
    n3→n1 term 1 ReadIndex 3
    n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 2
    n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 2
    n2→n1 term 1 AppendAccepted 2, round 2
    n3→n1 term 1 AppendAccepted 2, round 2
    n1→n3 term 1 ReadIndexResponse 3 index 2
      n3 may answer read 2 at 2
    n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 3
    n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 3
    n2→n1 term 1 AppendAccepted 2, round 3
    n3→n1 term 1 AppendAccepted 2, round 3
    n1→n3 term 1 ReadIndexResponse 3 index 2
