# A client asks again, since it had no answer (R3). Between the two, x is committed: the second read must see it, whatever was noted
# for the first.
> cluster 3
> elect n1
    n1 leads term 1
> read n1
    n1 takes read 1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 1
> drop
> propose n1 x
    n1 takes x as 2@1
      n1 appends 2@1 x
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 1
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 1
> deliver n1->n2
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 1
      n2 appends 2@1 x
      n2 commits 1
      n2 applies 1@1 noop
> deliver n2->n1
    n2→n1 term 1 AppendAccepted 2, round 1
      n1 commits 2
      n1 applies 2@1 x
      n1 may answer read 1 at 1
> read n1
    n1 takes read 2
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 2
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 2
> deliver
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 1
      n3 appends 2@1 x
      n3 commits 1
      n3 applies 1@1 noop
    n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 2
      n2 commits 2
      n2 applies 2@1 x
    n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 2
      n3 commits 2
      n3 applies 2@1 x
    n3→n1 term 1 AppendAccepted 2, round 1
    n2→n1 term 1 AppendAccepted 2, round 2
      n1 may answer read 2 at 2
    n3→n1 term 1 AppendAccepted 2, round 2
