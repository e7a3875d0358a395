# A read in the midst of a change needs the answers of both majorities (R4).
> cluster 3 spare=2
> elect n1
    n1 leads term 1
> add n4 n5
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3, learners n4 n5]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n5 term 1 Append prev 2@1, 0 entries, commit 2, round 0
> settle
      n4 becomes follower in term 1
      n5 becomes follower in term 1
> change n1 voters=n1,n4,n5
    n1 takes the change as 3@1
      n1 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n5 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> drop
> read n1
    n1 takes read 1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 1
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 2, round 1
      sends n1→n4 term 1 Append prev 3@1, 0 entries, commit 2, round 1
      sends n1→n5 term 1 Append prev 3@1, 0 entries, commit 2, round 1
> deliver n1->n4
    n1→n4 term 1 Append prev 3@1, 0 entries, commit 2, round 1
> deliver n1->n5
    n1→n5 term 1 Append prev 3@1, 0 entries, commit 2, round 1
> deliver n4->n1
    n4→n1 term 1 AppendRejected prev 3 hint 2@1, round 1
> deliver n5->n1
    n5→n1 term 1 AppendRejected prev 3 hint 2@1, round 1
> deliver n1<->n2
    n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 1
    n2→n1 term 1 AppendRejected prev 3 hint 2@1, round 1
      n1 may answer read 1 at 2
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 1
      n2 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
    n2→n1 term 1 AppendAccepted 3, round 1
