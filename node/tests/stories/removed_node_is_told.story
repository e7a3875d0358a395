# n3 is removed, and can be reached. It gets the entry without which it would not know, and that it is committed; then it is left alone.
> cluster 3
> elect n1
    n1 leads term 1
> remove n3
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 from n1 n2 n3]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> deliver
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 [voters n1 n2 from n1 n2 n3]
      n2 commits 1
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 [voters n1 n2 from n1 n2 n3]
      n3 commits 1
      n3 applies 1@1 noop
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 appends 3@1 [voters n1 n2]
      n1 applies 2@1 [voters n1 n2 from n1 n2 n3]
    n3→n1 term 1 AppendAccepted 2, round 0
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n2 appends 3@1 [voters n1 n2]
      n2 commits 2
      n2 applies 2@1 [voters n1 n2 from n1 n2 n3]
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n3 appends 3@1 [voters n1 n2]
      n3 commits 2
      n3 applies 2@1 [voters n1 n2 from n1 n2 n3]
    n2→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 3@1 [voters n1 n2]
    n3→n1 term 1 AppendAccepted 3, round 0
> timeout n1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> deliver
    n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      n2 commits 3
      n2 applies 3@1 [voters n1 n2]
    n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      n3 commits 3
      n3 applies 3@1 [voters n1 n2]
    n2→n1 term 1 AppendAccepted 3, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
> timeout n1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> timeout n1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> status n3
    n3 follower term 1 leader n1 commit 3 last 3@1 voters n1 n2
> tick n3 1000
> status n3
    n3 follower term 1 leader - commit 3 last 3@1 voters n1 n2
