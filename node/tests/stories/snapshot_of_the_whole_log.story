# Everything is in the snapshot, and the log is empty. A new node gets the snapshot, and there is nothing to probe for behind it (S3,
# S16).
> cluster 3 kept=0 spare=1
> elect n1
    n1 leads term 1
> propose n1 a b
    n1 takes a as 2@1
    n1 takes b as 3@1
      n1 appends 2@1 a, 3@1 b
      sends n1→n2 term 1 Append prev 1@1, 2 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 2 entries, commit 1, round 0
> settle
> cut n1->n4
> add n4
    n1 takes the change as 4@1
      n1 appends 4@1 [voters n1 n2 n3, learners n4]
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
> settle
> snapshot n1
      n1 compacts its log up to 4@1
> log n1
    n1: after 4@1:
> heal
> timeout n1
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n4 term 1 Append prev 4@1, 0 entries, commit 4, round 0
> deliver n1<->n4
    n1→n4 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      n4 becomes follower in term 1
    n4→n1 term 1 AppendRejected prev 4 hint 0@0, round 0
    n1→n4 term 1 Append prev 0@0, 0 entries, commit 4, round 0
    n1→n4 term 1 Chunk of 4@1 at 0, 39 of 39 bytes
      n4 installs the snapshot of 4@1
      n4 goes by voters n1 n2 n3, learners n4
    n4→n1 term 1 AppendAccepted 0, round 0
    n4→n1 term 1 AppendAccepted 4, round 0
> status
    n1 leader term 1 leader n1 commit 4 last 4@1 snapshot 4 voters n1 n2 n3, learners n4
    n2 follower term 1 leader n1 commit 3 last 4@1 voters n1 n2 n3, learners n4
    n3 follower term 1 leader n1 commit 3 last 4@1 voters n1 n2 n3, learners n4
    n4 follower term 1 leader n1 commit 4 last 4@1 snapshot 4 voters n1 n2 n3, learners n4

# The next entry goes out at once.
> propose n1 c
    n1 takes c as 5@1
      n1 appends 5@1 c
      sends n1→n2 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      sends n1→n4 term 1 Append prev 4@1, 1 entries, commit 4, round 0
> deliver
    n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      n2 commits 4
      n2 applies 4@1 [voters n1 n2 n3, learners n4]
    n1→n3 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      n3 commits 4
      n3 applies 4@1 [voters n1 n2 n3, learners n4]
    n1→n2 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n2 appends 5@1 c
    n1→n3 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n3 appends 5@1 c
    n1→n4 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n4 appends 5@1 c
    n2→n1 term 1 AppendAccepted 4, round 0
    n3→n1 term 1 AppendAccepted 4, round 0
    n2→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 applies 5@1 c
    n3→n1 term 1 AppendAccepted 5, round 0
    n4→n1 term 1 AppendAccepted 5, round 0
> log n4
    n4: after 4@1: 5@1 c
