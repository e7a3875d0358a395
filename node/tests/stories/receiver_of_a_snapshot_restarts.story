# n3 crashes with half of a snapshot, which was in its memory (S12).
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
> deliver n1->n3 Chunk once
    n1→n3 term 1 Chunk of 3@1 at 0, 12 of 22 bytes
      sends n3→n1 term 1 ChunkTaken of 3@1 at 0, next 12
> deliver n3->n1 ChunkTaken once
    n3→n1 term 1 ChunkTaken of 3@1 at 0, next 12
      sends n1→n3 term 1 Chunk of 3@1 at 12, 10 of 22 bytes
> crash n3
> restart n3

# It says that it wants the first part, and gets it.
> deliver n1->n3 Append
    n1→n3 term 1 Append prev 0@0, 0 entries, commit 3, round 0
> deliver n1->n3 Chunk once
    n1→n3 term 1 Chunk of 3@1 at 12, 10 of 22 bytes
      sends n3→n1 term 1 ChunkTaken of 3@1 at 12, next 0
> deliver n3->n1 ChunkTaken once
    n3→n1 term 1 ChunkTaken of 3@1 at 12, next 0
      sends n1→n3 term 1 Chunk of 3@1 at 0, 12 of 22 bytes
> deliver
    n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      n2 commits 3
      n2 applies 2@1 a, 3@1 b
    n3→n1 term 1 AppendAccepted 0, round 0
    n1→n3 term 1 Chunk of 3@1 at 0, 12 of 22 bytes
    n2→n1 term 1 AppendAccepted 3, round 0
    n3→n1 term 1 ChunkTaken of 3@1 at 0, next 12
    n1→n3 term 1 Chunk of 3@1 at 12, 10 of 22 bytes
      n3 installs the snapshot of 3@1
    n3→n1 term 1 AppendAccepted 3, round 0
> status n3
    n3 follower term 1 leader n1 commit 3 last 3@1 snapshot 3
