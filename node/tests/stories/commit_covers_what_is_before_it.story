# Three commands, three appends, of which only the answers to the last arrive (L3): all three are committed.
> cluster 3
> elect n1
    n1 leads term 1
> propose n1 a
    n1 takes a as 2@1
      n1 appends 2@1 a
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> propose n1 b
    n1 takes b as 3@1
      n1 appends 3@1 b
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
> propose n1 c
    n1 takes c as 4@1
      n1 appends 4@1 c
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 3@1, 1 entries, commit 1, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 a
      n2 commits 1
      n2 applies 1@1 noop
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n2 appends 3@1 b
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 1, round 0
      n2 appends 4@1 c
> drop n2->n1 first
> drop n2->n1 first
> deliver n2->n1
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 2@1 a, 3@1 b, 4@1 c
> status n1
    n1 leader term 1 leader n1 commit 4 last 4@1

# The two other answers come late, and take nothing back (L12). Neither do they when they come twice.
> deliver n1->n3
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 a
      n3 commits 1
      n3 applies 1@1 noop
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n3 appends 3@1 b
    n1→n3 term 1 Append prev 3@1, 1 entries, commit 1, round 0
      n3 appends 4@1 c
> reverse n3->n1
> duplicate n3->n1
> deliver n3->n1
    n3→n1 term 1 AppendAccepted 4, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
    n3→n1 term 1 AppendAccepted 2, round 0
    n3→n1 term 1 AppendAccepted 4, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
    n3→n1 term 1 AppendAccepted 2, round 0
> status n1
    n1 leader term 1 leader n1 commit 4 last 4@1
> propose n1 d
    n1 takes d as 5@1
      n1 appends 5@1 d
      sends n1→n2 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 1 entries, commit 4, round 0
