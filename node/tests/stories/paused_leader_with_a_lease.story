# The process of n1 stops for longer than its lease (R9), and n2 is elected. When n1 goes on, the first that it learns is the time.
> cluster 3 reads=lease
> tick all 150
> elect n1
    n1 leads term 1
> timeout n1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 1
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      n2 commits 1
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      n3 commits 1
      n3 applies 1@1 noop
    n2→n1 term 1 AppendAccepted 1, round 1
    n3→n1 term 1 AppendAccepted 1, round 1
> read n1
    n1 takes read 1
      n1 may answer read 1 at 1
> partition n1 | n2 n3
> tick n2 n3 150
> timeout n2
      n2 becomes pre-candidate in term 1
      sends n2→n1 term 1 PreVote for 2 last 1@1
      sends n2→n3 term 1 PreVote for 2 last 1@1
> settle
      n2 becomes candidate in term 2
      n3 becomes follower in term 2
      n2 becomes leader in term 2
> propose n2 x
    n2 takes x as 3@2
      n2 appends 3@2 x
      sends n2→n3 term 2 Append prev 2@2, 1 entries, commit 2, round 0
> settle
> heal
> tick n1 200
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 3
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 3
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 4
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 4
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 5
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 5
> read n1
    n1 takes read 2
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 3
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 3
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 4
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 4
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 5
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 5
    n2→n1 term 2 AppendRejected prev 1 hint 0@0, round 2
      n1 becomes follower in term 2
      n1 refuses read 2
    n3→n1 term 2 AppendRejected prev 1 hint 0@0, round 2
    n2→n1 term 2 AppendRejected prev 1 hint 0@0, round 3
    n3→n1 term 2 AppendRejected prev 1 hint 0@0, round 3
    n2→n1 term 2 AppendRejected prev 1 hint 0@0, round 4
    n3→n1 term 2 AppendRejected prev 1 hint 0@0, round 4
    n2→n1 term 2 AppendRejected prev 1 hint 0@0, round 5
    n3→n1 term 2 AppendRejected prev 1 hint 0@0, round 5
> status
    n1 follower term 2 leader - commit 1 last 1@1
    n2 leader term 2 leader n2 commit 3 last 3@2
    n3 follower term 2 leader n2 commit 2 last 3@2
