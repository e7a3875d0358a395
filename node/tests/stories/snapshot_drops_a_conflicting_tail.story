# n3 was the leader of term 2 and took entries that nobody else has. Since then others were committed, and are in snapshots.
> cluster 3 kept=0
> given n1 term=3 log=1,3,3,3 compacted=3
> given n2 term=3 log=1,3,3,3 compacted=3
> given n3 term=2 log=1,2,2,2,2,2
> crash n3
> elect n1
    n1 leads term 4
> restart n3
> disk n3
    n3: term 2, vote -; 1@1 e1.1, 2@2 e2.2, 3@2 e3.2, 4@2 e4.2, 5@2 e5.2, 6@2 e6.2

# The refusals lead n1 to its snapshot. Nothing of the tail is left, in memory or on disk (S7).
> timeout n1
      sends n1→n2 term 4 Append prev 5@4, 0 entries, commit 5, round 0
      sends n1→n3 term 4 Append prev 4@3, 0 entries, commit 5, round 0
> deliver n1<->n3
    n1→n3 term 4 Append prev 4@3, 0 entries, commit 5, round 0
      n3 becomes follower in term 4
    n3→n1 term 4 AppendRejected prev 4 hint 4@2, round 0
    n1→n3 term 4 Append prev 3@3, 2 entries, commit 5, round 0
    n3→n1 term 4 AppendRejected prev 3 hint 3@2, round 0
    n1→n3 term 4 Append prev 0@0, 0 entries, commit 5, round 0
    n1→n3 term 4 Chunk of 3@3 at 0, 33 of 33 bytes
      n3 installs the snapshot of 3@3
    n3→n1 term 4 AppendAccepted 0, round 0
    n3→n1 term 4 AppendAccepted 3, round 0
    n1→n3 term 4 Append prev 3@3, 2 entries, commit 5, round 0
      n3 appends 4@3 e4.3, 5@4 noop
      n3 commits 5
      n3 applies 4@3 e4.3, 5@4 noop
    n3→n1 term 4 AppendAccepted 5, round 0
> log n3
    n3: after 3@3: 4@3 e4.3, 5@4 noop
> disk n3
    n3: term 4, vote -; after 3@3: 4@3 e4.3, 5@4 noop
