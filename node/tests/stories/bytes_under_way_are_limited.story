# At most about 60 bytes of entries may be under way to a follower: an append goes out as long as there are less (L22).
> cluster 3 in-flight-bytes=60 append-bytes=10
> elect n1
    n1 leads term 1
> propose n1 aaaaaa bbbbbb cccccc dddddd
    n1 takes aaaaaa as 2@1
    n1 takes bbbbbb as 3@1
    n1 takes cccccc as 4@1
    n1 takes dddddd as 5@1
      n1 appends 2@1 aaaaaa, 3@1 bbbbbb, 4@1 cccccc, 5@1 dddddd
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
> deliver n1->n2 first
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 aaaaaa
      n2 commits 1
      n2 applies 1@1 noop
      sends n2→n1 term 1 AppendAccepted 2, round 0
> deliver n2->n1 once
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 2, round 0
      n1 applies 2@1 aaaaaa
> deliver
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n2 appends 3@1 bbbbbb
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 aaaaaa
      n3 commits 1
      n3 applies 1@1 noop
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n3 appends 3@1 bbbbbb
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 2, round 0
      n2 appends 4@1 cccccc
      n2 commits 2
      n2 applies 2@1 aaaaaa
    n2→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 3@1 bbbbbb
    n3→n1 term 1 AppendAccepted 2, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 4@1 cccccc
    n1→n2 term 1 Append prev 4@1, 1 entries, commit 3, round 0
      n2 appends 5@1 dddddd
      n2 commits 3
      n2 applies 3@1 bbbbbb
    n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n3 appends 4@1 cccccc
      n3 commits 3
      n3 applies 2@1 aaaaaa, 3@1 bbbbbb
    n1→n3 term 1 Append prev 4@1, 1 entries, commit 3, round 0
      n3 appends 5@1 dddddd
    n2→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 applies 5@1 dddddd
    n3→n1 term 1 AppendAccepted 4, round 0
    n3→n1 term 1 AppendAccepted 5, round 0
> status
    n1 leader term 1 leader n1 commit 5 last 5@1
    n2 follower term 1 leader n1 commit 3 last 5@1
    n3 follower term 1 leader n1 commit 3 last 5@1
