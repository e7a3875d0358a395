# n2 and n3 hear their leader, and would let nobody talk them into an election (T28). But the leader itself sent n2.
> cluster 3
> elect n1
    n1 leads term 1
> timeout n1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n2 commits 1
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n3 commits 1
      n3 applies 1@1 noop
    n2→n1 term 1 AppendAccepted 1, round 0
    n3→n1 term 1 AppendAccepted 1, round 0
> transfer n1 n2
    n1 gives its leadership to n2
      sends n1→n2 term 1 TimeoutNow
> propose n1 x
    n1 refuses x: the leadership is being transferred
> deliver
    n1→n2 term 1 TimeoutNow
      n2 becomes candidate in term 2
      n2 votes for n2 in term 2
    n2→n1 term 2 Vote last 1@1 by transfer
      n1 becomes follower in term 2
      n1 votes for n2 in term 2
    n2→n3 term 2 Vote last 1@1 by transfer
      n3 becomes follower in term 2
      n3 votes for n2 in term 2
    n1→n2 term 2 VoteResponse granted
      n2 becomes leader in term 2
      n2 appends 2@2 noop
    n3→n2 term 2 VoteResponse granted
    n2→n1 term 2 Append prev 1@1, 1 entries, commit 1, round 0
      n1 appends 2@2 noop
    n2→n3 term 2 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@2 noop
    n1→n2 term 2 AppendAccepted 2, round 0
      n2 commits 2
      n2 applies 2@2 noop
    n3→n2 term 2 AppendAccepted 2, round 0
> status
    n1 follower term 2 leader n2 commit 1 last 2@2
    n2 leader term 2 leader n2 commit 2 last 2@2
    n3 follower term 2 leader n2 commit 1 last 2@2
