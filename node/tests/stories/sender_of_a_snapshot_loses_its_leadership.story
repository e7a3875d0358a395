# n1 has sent n3 half of its snapshot when n2 is elected. n2 took a snapshot of its own, of less.
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
> timeout n1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> settle
> snapshot n1
      n1 compacts its log up to 3@1
> snapshot n2 2
      n2 compacts its log up to 2@1
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
> drop n1->n3 Append
> duplicate n1->n3 Chunk
> network n1->n3
      n1→n3 term 1 Chunk of 3@1 at 12, 10 of 22 bytes
      n1→n3 term 1 Chunk of 3@1 at 12, 10 of 22 bytes
> cut n1<->n2
> tick n2 150
> tick n3 150
> timeout n2
      n2 becomes pre-candidate in term 1
      sends n2→n1 term 1 PreVote for 2 last 3@1
      sends n2→n3 term 1 PreVote for 2 last 3@1
> deliver n2<->n3
    n2→n3 term 1 PreVote for 2 last 3@1
    n3→n2 term 1 PreVoteResponse for 2 granted
      n2 becomes candidate in term 2
      n2 votes for n2 in term 2
    n2→n3 term 2 Vote last 3@1
      n3 becomes follower in term 2
      n3 votes for n2 in term 2
    n3→n2 term 2 VoteResponse granted
      n2 becomes leader in term 2
      n2 appends 4@2 noop
    n2→n3 term 2 Append prev 3@1, 1 entries, commit 3, round 0
    n3→n2 term 2 AppendRejected prev 3 hint 1@1, round 0
    n2→n3 term 2 Append prev 0@0, 0 entries, commit 3, round 0
    n2→n3 term 2 Chunk of 2@1 at 0, 12 of 17 bytes
    n3→n2 term 2 AppendAccepted 0, round 0
    n3→n2 term 2 ChunkTaken of 2@1 at 0, next 12
    n2→n3 term 2 Chunk of 2@1 at 12, 5 of 17 bytes
      n3 installs the snapshot of 2@1
    n3→n2 term 2 AppendAccepted 2, round 0
    n2→n3 term 2 Append prev 2@1, 2 entries, commit 3, round 0
      n3 appends 3@1 b, 4@2 noop
      n3 commits 3
      n3 applies 3@1 b
    n3→n2 term 2 AppendAccepted 4, round 0
      n2 commits 4
      n2 applies 4@2 noop
> status
    n1 leader term 1 leader n1 commit 3 last 3@1 snapshot 3
    n2 leader term 2 leader n2 commit 4 last 4@2 snapshot 2
    n3 follower term 2 leader n2 commit 3 last 4@2 snapshot 2

# What n1 sent comes late, and from an earlier term: nobody puts it to anything. The answer says which term it is (S13).
> heal
> deliver n1->n3 Chunk once
    n1→n3 term 1 Chunk of 3@1 at 12, 10 of 22 bytes
      sends n3→n1 term 2 ChunkTaken of 3@1 at 12, next 12
    n1→n3 term 1 Chunk of 3@1 at 12, 10 of 22 bytes
      sends n3→n1 term 2 ChunkTaken of 3@1 at 12, next 12
> deliver n3->n1
    n3→n1 term 2 ChunkTaken of 3@1 at 12, next 12
      n1 becomes follower in term 2
    n3→n1 term 2 ChunkTaken of 3@1 at 12, next 12
> status
    n1 follower term 2 leader - commit 3 last 3@1 snapshot 3
    n2 leader term 2 leader n2 commit 4 last 4@2 snapshot 2
    n3 follower term 2 leader n2 commit 3 last 4@2 snapshot 2
