# n2 misses x and refuses y, and the network repeats the refusal (L13, L15). Only the first copy sends the leader back.
> cluster 3
> elect n1
    n1 leads term 1
> propose n1 x
    n1 takes x as 2@1
      n1 appends 2@1 x
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> drop n1->n2
> propose n1 y
    n1 takes y as 3@1
      n1 appends 3@1 y
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
> duplicate n2->n1
> deliver n2->n1 first
    n2→n1 term 1 AppendRejected prev 2 hint 1@1, round 0
      sends n1→n2 term 1 Append prev 1@1, 2 entries, commit 1, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 1@1, 2 entries, commit 1, round 0
      n2 appends 2@1 x, 3@1 y
      n2 commits 1
      n2 applies 1@1 noop
> deliver n2->n1 last
    n2→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 2@1 x, 3@1 y
> network
      n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n2→n1 term 1 AppendRejected prev 2 hint 1@1, round 0

# The other arrives when x and y are known to match. It is about a past that is mended, and the pipeline goes on: w does not wait for
# the answer to z.
> deliver n2->n1
    n2→n1 term 1 AppendRejected prev 2 hint 1@1, round 0
> propose n1 z
    n1 takes z as 4@1
      n1 appends 4@1 z
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
> propose n1 w
    n1 takes w as 5@1
      n1 appends 5@1 w
      sends n1→n2 term 1 Append prev 4@1, 1 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 4@1, 1 entries, commit 3, round 0
> deliver
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 x
      n3 commits 1
      n3 applies 1@1 noop
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n3 appends 3@1 y
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n2 appends 4@1 z
      n2 commits 3
      n2 applies 2@1 x, 3@1 y
    n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n3 appends 4@1 z
      n3 commits 3
      n3 applies 2@1 x, 3@1 y
    n1→n2 term 1 Append prev 4@1, 1 entries, commit 3, round 0
      n2 appends 5@1 w
    n1→n3 term 1 Append prev 4@1, 1 entries, commit 3, round 0
      n3 appends 5@1 w
    n3→n1 term 1 AppendAccepted 2, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 4@1 z
    n3→n1 term 1 AppendAccepted 4, round 0
    n2→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 applies 5@1 w
    n3→n1 term 1 AppendAccepted 5, round 0
> status
    n1 leader term 1 leader n1 commit 5 last 5@1
    n2 follower term 1 leader n1 commit 3 last 5@1
    n3 follower term 1 leader n1 commit 3 last 5@1
