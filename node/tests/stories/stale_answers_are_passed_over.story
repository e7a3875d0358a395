# n1 leads term 1. n2 gets x and y and acknowledges them before they are on n1's own disk; the answer is slow (L15).
> cluster 3
> elect n1
    n1 leads term 1
> hold n1
> propose n1 x y
    n1 takes x as 2@1
    n1 takes y as 3@1
      n1 appends 2@1 x, 3@1 y
      n1 begins write 3: 2@1 x, 3@1 y
      sends n1→n2 term 1 Append prev 1@1, 2 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 2 entries, commit 1, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 1@1, 2 entries, commit 1, round 0
      n2 appends 2@1 x, 3@1 y
      n2 commits 1
      n2 applies 1@1 noop
> drop n1->n3
> network
      n2→n1 term 1 AppendAccepted 3, round 0

# n1 crashes and loses both. It leads again, in term 2, by the vote of n3, and puts another entry in the place of x.
> crash n1
> release n1
> restart n1
> log n1
    n1: 1@1 noop
> tick n3 150
> timeout n1
      n1 becomes pre-candidate in term 1
      sends n1→n2 term 1 PreVote for 2 last 1@1
      sends n1→n3 term 1 PreVote for 2 last 1@1
> deliver n1->n3
    n1→n3 term 1 PreVote for 2 last 1@1
> deliver n3->n1
    n3→n1 term 1 PreVoteResponse for 2 granted
      n1 becomes candidate in term 2
      n1 votes for n1 in term 2
> deliver n1->n3
    n1→n3 term 2 Vote last 1@1
      n3 becomes follower in term 2
      n3 votes for n1 in term 2
> deliver n3->n1
    n3→n1 term 2 VoteResponse granted
      n1 becomes leader in term 2
      n1 appends 2@2 noop
> status
    n1 leader term 2 leader n1 commit 0 last 2@2
    n2 follower term 1 leader n1 commit 1 last 3@1
    n3 follower term 2 leader - commit 0 last 1@1

# Now the old answer arrives. n2 acknowledged something at 2 and 3, but not what stands there today: nothing is committed.
> deliver n2->n1
    n2→n1 term 1 AppendAccepted 3, round 0
> status n1
    n1 leader term 2 leader n1 commit 0 last 2@2
> deliver
    n1→n2 term 1 PreVote for 2 last 1@1
    n1→n2 term 2 Vote last 1@1
    n1→n2 term 2 Append prev 1@1, 1 entries, commit 0, round 0
      n2 becomes follower in term 2
      n2 removes its log from 2 on
      n2 appends 2@2 noop
    n1→n3 term 2 Append prev 1@1, 1 entries, commit 0, round 0
      n3 appends 2@2 noop
    n2→n1 term 1 PreVoteResponse for 2 refused
    n2→n1 term 2 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 1@1 noop, 2@2 noop
    n3→n1 term 2 AppendAccepted 2, round 0
> log
    n1: 1@1 noop, 2@2 noop
    n2: 1@1 noop, 2@2 noop
    n3: 1@1 noop, 2@2 noop
