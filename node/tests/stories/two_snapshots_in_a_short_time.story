# While n3 gets a snapshot, n1 takes the next one (S17). The first is not on its disk any more, and n3 gets the second from its beginning.
> cluster 3 kept=0 chunk-bytes=12
> elect n1
    n1 leads term 1
> cut n1->n3
> propose n1 a b
    n1 takes a as 2@1
    n1 takes b as 3@1
      n1 appends 2@1 a, 3@1 b
      sends n1→n2 term 1 Append prev 1@1, 2 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 2 entries, commit 1, round 0
> settle
> snapshot n1
      n1 compacts its log up to 3@1
> heal
> timeout n1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> deliver n1->n3
    n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> deliver n3->n1
    n3→n1 term 1 AppendRejected prev 3 hint 1@1, round 0
> deliver n1->n3 Chunk
    n1→n3 term 1 Chunk of 3@1 at 0, 12 of 22 bytes
> propose n1 c
    n1 takes c as 4@1
      n1 appends 4@1 c
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
> deliver n1<->n2
    n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      n2 commits 3
      n2 applies 2@1 a, 3@1 b
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n2 appends 4@1 c
    n2→n1 term 1 AppendAccepted 3, round 0
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 4@1 c
> snapshot n1
      n1 compacts its log up to 4@1
> deliver n3->n1 ChunkTaken once
    n3→n1 term 1 ChunkTaken of 3@1 at 0, next 12
      n1 has no snapshot of 3@1 any more
> tick n1 250
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 0@0, 0 entries, commit 4, round 0
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 0@0, 0 entries, commit 4, round 0
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 0@0, 0 entries, commit 4, round 0
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 0@0, 0 entries, commit 4, round 0
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 0@0, 0 entries, commit 4, round 0
> deliver n1<->n2
    n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      n2 commits 4
      n2 applies 4@1 c
    n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
    n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
    n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
    n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
    n2→n1 term 1 AppendAccepted 4, round 0
    n2→n1 term 1 AppendAccepted 4, round 0
    n2→n1 term 1 AppendAccepted 4, round 0
    n2→n1 term 1 AppendAccepted 4, round 0
    n2→n1 term 1 AppendAccepted 4, round 0
> drop
> tick n1 50
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 0@0, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Chunk of 4@1 at 0, 12 of 27 bytes
> deliver n1<->n3
    n1→n3 term 1 Append prev 0@0, 0 entries, commit 4, round 0
    n1→n3 term 1 Chunk of 4@1 at 0, 12 of 27 bytes
    n3→n1 term 1 AppendAccepted 0, round 0
    n3→n1 term 1 ChunkTaken of 4@1 at 0, next 12
    n1→n3 term 1 Chunk of 4@1 at 12, 12 of 27 bytes
    n3→n1 term 1 ChunkTaken of 4@1 at 12, next 24
    n1→n3 term 1 Chunk of 4@1 at 24, 3 of 27 bytes
      n3 installs the snapshot of 4@1
    n3→n1 term 1 AppendAccepted 4, round 0
> status
    n1 leader term 1 leader n1 commit 4 last 4@1 snapshot 4
    n2 follower term 1 leader n1 commit 4 last 4@1
    n3 follower term 1 leader n1 commit 4 last 4@1 snapshot 4

# The last part of a snapshot is under way when the next one is taken. n3 has the first then, and gets the second.
> cluster 3 kept=0
> elect n1
    n1 leads term 1
> cut n1->n3
> propose n1 a b
    n1 takes a as 2@1
    n1 takes b as 3@1
      n1 appends 2@1 a, 3@1 b
      sends n1→n2 term 1 Append prev 1@1, 2 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 2 entries, commit 1, round 0
> settle
> snapshot n1
      n1 compacts its log up to 3@1
> heal
> timeout n1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> deliver n1->n3
    n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> deliver n3->n1
    n3→n1 term 1 AppendRejected prev 3 hint 1@1, round 0
> hold n3
> deliver n1->n3 Chunk
    n1→n3 term 1 Chunk of 3@1 at 0, 22 of 22 bytes
> propose n1 c
    n1 takes c as 4@1
      n1 appends 4@1 c
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
> deliver n1<->n2
    n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      n2 commits 3
      n2 applies 2@1 a, 3@1 b
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n2 appends 4@1 c
    n2→n1 term 1 AppendAccepted 3, round 0
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 4@1 c
> snapshot n1
      n1 compacts its log up to 4@1
> release n3
      n3 installs the snapshot of 3@1
      sends n3→n1 term 1 AppendAccepted 3, round 0
> deliver n3->n1 AppendAccepted
    n3→n1 term 1 AppendAccepted 3, round 0
> deliver n1<->n3
    n1→n3 term 1 Append prev 0@0, 0 entries, commit 3, round 0
    n1→n3 term 1 Append prev 0@0, 0 entries, commit 4, round 0
    n1→n3 term 1 Chunk of 4@1 at 0, 27 of 27 bytes
      n3 installs the snapshot of 4@1
    n3→n1 term 1 AppendAccepted 0, round 0
    n3→n1 term 1 AppendAccepted 0, round 0
    n3→n1 term 1 AppendAccepted 4, round 0
> status
    n1 leader term 1 leader n1 commit 4 last 4@1 snapshot 4
    n2 follower term 1 leader n1 commit 3 last 4@1
    n3 follower term 1 leader n1 commit 4 last 4@1 snapshot 4
