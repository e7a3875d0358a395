# n1 has compacted its log up to 3 (S2). n2 ends exactly there, n3 one before, n4 one behind.
> cluster 7 kept=0
> given n1 term=1 log=1,1,1,1,1 compacted=3
> given n5 term=1 log=1,1,1,1,1
> given n6 term=1 log=1,1,1,1,1
> given n7 term=1 log=1,1,1,1,1
> given n2 term=1 log=1,1,1
> given n3 term=1 log=1,1
> given n4 term=1 log=1,1,1,1
> crash n2
> crash n3
> crash n4
> elect n1
    n1 leads term 2
> restart n2 n3 n4
> timeout n1
      sends n1→n2 term 2 Append prev 5@1, 0 entries, commit 6, round 0
      sends n1→n3 term 2 Append prev 5@1, 0 entries, commit 6, round 0
      sends n1→n4 term 2 Append prev 5@1, 0 entries, commit 6, round 0
      sends n1→n5 term 2 Append prev 6@2, 0 entries, commit 6, round 0
      sends n1→n6 term 2 Append prev 6@2, 0 entries, commit 6, round 0
      sends n1→n7 term 2 Append prev 6@2, 0 entries, commit 6, round 0

# Only n3 needs the snapshot.
> deliver n1->n2 once
    n1→n2 term 2 Append prev 5@1, 0 entries, commit 6, round 0
      n2 becomes follower in term 2
      sends n2→n1 term 2 AppendRejected prev 5 hint 3@1, round 0
> deliver n2->n1 once
    n2→n1 term 2 AppendRejected prev 5 hint 3@1, round 0
      sends n1→n2 term 2 Append prev 3@1, 3 entries, commit 6, round 0
> deliver n1->n3 once
    n1→n3 term 2 Append prev 5@1, 0 entries, commit 6, round 0
      n3 becomes follower in term 2
      sends n3→n1 term 2 AppendRejected prev 5 hint 2@1, round 0
> deliver n3->n1 once
    n3→n1 term 2 AppendRejected prev 5 hint 2@1, round 0
      sends n1→n3 term 2 Append prev 0@0, 0 entries, commit 6, round 0
      sends n1→n3 term 2 Chunk of 3@1 at 0, 37 of 37 bytes
> deliver n1->n4 once
    n1→n4 term 2 Append prev 5@1, 0 entries, commit 6, round 0
      n4 becomes follower in term 2
      sends n4→n1 term 2 AppendRejected prev 5 hint 4@1, round 0
> deliver n4->n1 once
    n4→n1 term 2 AppendRejected prev 5 hint 4@1, round 0
      sends n1→n4 term 2 Append prev 4@1, 2 entries, commit 6, round 0
> deliver
    n1→n5 term 2 Append prev 6@2, 0 entries, commit 6, round 0
      n5 commits 6
      n5 applies 4@1 e4.1, 5@1 e5.1, 6@2 noop
    n1→n6 term 2 Append prev 6@2, 0 entries, commit 6, round 0
      n6 commits 6
      n6 applies 4@1 e4.1, 5@1 e5.1, 6@2 noop
    n1→n7 term 2 Append prev 6@2, 0 entries, commit 6, round 0
      n7 commits 6
      n7 applies 4@1 e4.1, 5@1 e5.1, 6@2 noop
    n1→n2 term 2 Append prev 3@1, 3 entries, commit 6, round 0
      n2 appends 4@1 e4.1, 5@1 e5.1, 6@2 noop
      n2 commits 6
      n2 applies 1@1 e1.1, 2@1 e2.1, 3@1 e3.1, 4@1 e4.1, 5@1 e5.1, 6@2 noop
    n1→n3 term 2 Append prev 0@0, 0 entries, commit 6, round 0
    n1→n3 term 2 Chunk of 3@1 at 0, 37 of 37 bytes
      n3 installs the snapshot of 3@1
    n1→n4 term 2 Append prev 4@1, 2 entries, commit 6, round 0
      n4 appends 5@1 e5.1, 6@2 noop
      n4 commits 6
      n4 applies 1@1 e1.1, 2@1 e2.1, 3@1 e3.1, 4@1 e4.1, 5@1 e5.1, 6@2 noop
    n5→n1 term 2 AppendAccepted 6, round 0
    n6→n1 term 2 AppendAccepted 6, round 0
    n7→n1 term 2 AppendAccepted 6, round 0
    n2→n1 term 2 AppendAccepted 6, round 0
    n3→n1 term 2 AppendAccepted 0, round 0
    n3→n1 term 2 AppendAccepted 3, round 0
    n4→n1 term 2 AppendAccepted 6, round 0
    n1→n3 term 2 Append prev 3@1, 3 entries, commit 6, round 0
      n3 appends 4@1 e4.1, 5@1 e5.1, 6@2 noop
      n3 commits 6
      n3 applies 4@1 e4.1, 5@1 e5.1, 6@2 noop
    n3→n1 term 2 AppendAccepted 6, round 0
> status
    n1 leader term 2 leader n1 commit 6 last 6@2 snapshot 3
    n2 follower term 2 leader n1 commit 6 last 6@2
    n3 follower term 2 leader n1 commit 6 last 6@2 snapshot 3
    n4 follower term 2 leader n1 commit 6 last 6@2
    n5 follower term 2 leader n1 commit 6 last 6@2
    n6 follower term 2 leader n1 commit 6 last 6@2
    n7 follower term 2 leader n1 commit 6 last 6@2
