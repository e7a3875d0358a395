# A lease is worth nothing from the moment at which the target is told to stand: the others will vote for it, although they hear a leader
# (X11). Before the transfer n1 answers at once.
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
> transfer n1 n2
    n1 gives its leadership to n2
      sends n1→n2 term 1 TimeoutNow
> read n1
    n1 takes read 2
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
> deliver n1->n2 TimeoutNow
    n1→n2 term 1 TimeoutNow
      n2 becomes candidate in term 2
      n2 votes for n2 in term 2
> deliver n2<->n3 Vote
    n2→n3 term 2 Vote last 1@1 by transfer
      n3 becomes follower in term 2
      n3 votes for n2 in term 2
> deliver n2<->n3 VoteResponse
    n3→n2 term 2 VoteResponse granted
      n2 becomes leader in term 2
      n2 appends 2@2 noop
> status n2
    n2 leader term 2 leader n2 commit 1 last 2@2

# n2 leads, and n1 does not know it. Its read waits for a round, and ends with the leadership.
> read n1
    n1 takes read 3
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n2→n1 term 2 Vote last 1@1 by transfer
      n1 becomes follower in term 2
      n1 refuses read 2
      n1 refuses read 3
      n1 votes for n2 in term 2
    n2→n1 term 2 Append prev 1@1, 1 entries, commit 1, round 0
      n1 appends 2@2 noop
    n2→n3 term 2 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@2 noop
    n2→n1 term 2 AppendRejected prev 1 hint 0@0, round 2
    n3→n1 term 2 AppendRejected prev 1 hint 0@0, round 2
    n1→n2 term 2 VoteResponse granted
    n1→n2 term 2 AppendAccepted 2, round 0
      n2 commits 2
      n2 applies 2@2 noop
    n3→n2 term 2 AppendAccepted 2, round 0
> status n1
    n1 follower term 2 leader n2 commit 1 last 2@2

# A transfer that is given up does not give the lease back: who knows when the target stands.
> cluster 3 reads=lease
> tick all 150
> elect n1
    n1 leads term 1
> transfer n1 n2
    n1 gives its leadership to n2
      sends n1→n2 term 1 TimeoutNow
> drop n1->n2 TimeoutNow
> run 400
> read n1
    n1 takes read 1
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 8
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 8
    n2→n1 term 1 AppendAccepted 1, round 8
    n3→n1 term 1 AppendAccepted 1, round 8
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 9
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 9
    n2→n1 term 1 AppendAccepted 1, round 9
      n1 may answer read 1 at 1
    n3→n1 term 1 AppendAccepted 1, round 9
