# A read is an entry of the log. It needs neither rounds nor clocks.
> cluster 3 reads=log
> elect n1
    n1 leads term 1
> read n1
    n1 takes read 1
      n1 appends 2@1 noop
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> read n1
    n1 takes read 2
      n1 appends 3@1 noop
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
> deliver
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 noop
      n2 commits 1
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 noop
      n3 commits 1
      n3 applies 1@1 noop
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n2 appends 3@1 noop
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n3 appends 3@1 noop
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@1 noop
      n1 may answer read 1 at 2
    n3→n1 term 1 AppendAccepted 2, round 0
    n2→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 3@1 noop
      n1 may answer read 2 at 3
    n3→n1 term 1 AppendAccepted 3, round 0
> read-anywhere n2
    n2 takes read 3
      sends n2→n1 term 1 ReadIndex 1
> deliver
    n2→n1 term 1 ReadIndex 1
      n1 appends 4@1 noop
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n2 appends 4@1 noop
      n2 commits 3
      n2 applies 2@1 noop, 3@1 noop
    n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n3 appends 4@1 noop
      n3 commits 3
      n3 applies 2@1 noop, 3@1 noop
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 4@1 noop
    n3→n1 term 1 AppendAccepted 4, round 0
    n1→n2 term 1 ReadIndexResponse 1 index 4
> timeout n1
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 0 entries, commit 4, round 0
> deliver
    n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      n2 commits 4
      n2 applies 4@1 noop
      n2 may answer read 3 at 4
    n1→n3 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      n3 commits 4
      n3 applies 4@1 noop
    n2→n1 term 1 AppendAccepted 4, round 0
    n3→n1 term 1 AppendAccepted 4, round 0

# It ends with the leadership, like everything that waits for a commit.
> cut n1->
> read n1
    n1 takes read 4
      n1 appends 5@1 noop
      sends n1→n2 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 1 entries, commit 4, round 0
> tick n1 300
      sends n1→n2 term 1 Append prev 5@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 5@1, 0 entries, commit 4, round 0
      sends n1→n2 term 1 Append prev 5@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 5@1, 0 entries, commit 4, round 0
      sends n1→n2 term 1 Append prev 5@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 5@1, 0 entries, commit 4, round 0
      sends n1→n2 term 1 Append prev 5@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 5@1, 0 entries, commit 4, round 0
      sends n1→n2 term 1 Append prev 5@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 5@1, 0 entries, commit 4, round 0
      n1 becomes follower in term 1
      sends n1→n2 term 1 Append prev 5@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 5@1, 0 entries, commit 4, round 0
      n1 refuses read 4
