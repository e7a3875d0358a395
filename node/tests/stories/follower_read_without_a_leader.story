# A follower whose leader has gone, or is another one by now, refuses. So does one that knows none.
> cluster 3
> read-anywhere n2
    n2 refuses read 1: not the leader
> elect n1
    n1 leads term 1
> read-anywhere n2
    n2 takes read 2
      sends n2→n1 term 1 ReadIndex 1
> drop
> partition n1 | n2 n3
> read-anywhere n3
    n3 takes read 3
      sends n3→n1 term 1 ReadIndex 1
> drop
> tick n3 150
      sends n3→n1 term 1 ReadIndex 2
      sends n3→n1 term 1 ReadIndex 3
      sends n3→n1 term 1 ReadIndex 4
> tick n2 300
      sends n2→n1 term 1 ReadIndex 2
      sends n2→n1 term 1 ReadIndex 3
      sends n2→n1 term 1 ReadIndex 4
      sends n2→n1 term 1 ReadIndex 5
      n2 becomes pre-candidate in term 1
      sends n2→n1 term 1 PreVote for 2 last 1@1
      sends n2→n3 term 1 PreVote for 2 last 1@1
      n2 refuses read 2
> deliver n2<->n3
    n2→n3 term 1 PreVote for 2 last 1@1
    n3→n2 term 1 PreVoteResponse for 2 granted
      n2 becomes candidate in term 2
      n2 votes for n2 in term 2
    n2→n3 term 2 Vote last 1@1
      n3 becomes follower in term 2
      n3 refuses read 3
      n3 votes for n2 in term 2
    n3→n2 term 2 VoteResponse granted
      n2 becomes leader in term 2
      n2 appends 2@2 noop
    n2→n3 term 2 Append prev 1@1, 1 entries, commit 0, round 0
      n3 appends 2@2 noop
    n3→n2 term 2 AppendAccepted 2, round 0
      n2 commits 2
      n2 applies 1@1 noop, 2@2 noop

# One that asks a node which does not lead any more is told so.
> heal
> cluster 3
> elect n1
    n1 leads term 1
> read-anywhere n3
    n3 takes read 1
      sends n3→n1 term 1 ReadIndex 1
> tick n1 300
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n1 becomes follower in term 1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
> deliver n3->n1
    n3→n1 term 1 ReadIndex 1
> deliver n1->n3 ReadIndexResponse
    n1→n3 term 1 ReadIndexResponse 1 refused
      n3 refuses read 1
