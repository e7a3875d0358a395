# All nodes restart (R7, C4). Nobody knows what was committed, and no read is answered before it has been applied again.
> cluster 3
> elect n1
    n1 leads term 1
> propose n1 x
    n1 takes x as 2@1
      n1 appends 2@1 x
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> crash n1
> crash n2
> crash n3
> restart n1
> restart n2
> restart n3
> read n1
    n1 refuses read 1: not the leader
> timeout n1
      n1 becomes pre-candidate in term 1
      sends n1→n2 term 1 PreVote for 2 last 2@1
      sends n1→n3 term 1 PreVote for 2 last 2@1
> deliver PreVote
    n1→n2 term 1 PreVote for 2 last 2@1
    n1→n3 term 1 PreVote for 2 last 2@1
> deliver PreVoteResponse
    n2→n1 term 1 PreVoteResponse for 2 granted
      n1 becomes candidate in term 2
      n1 votes for n1 in term 2
    n3→n1 term 1 PreVoteResponse for 2 granted
> deliver Vote
    n1→n2 term 2 Vote last 2@1
      n2 becomes follower in term 2
      n2 votes for n1 in term 2
    n1→n3 term 2 Vote last 2@1
      n3 becomes follower in term 2
      n3 votes for n1 in term 2
> deliver VoteResponse
    n2→n1 term 2 VoteResponse granted
      n1 becomes leader in term 2
      n1 appends 3@2 noop
    n3→n1 term 2 VoteResponse granted
> read n1
    n1 takes read 2
      sends n1→n2 term 2 Append prev 2@1, 0 entries, commit 0, round 1
      sends n1→n3 term 2 Append prev 2@1, 0 entries, commit 0, round 1
> deliver
    n1→n2 term 2 Append prev 2@1, 1 entries, commit 0, round 0
      n2 appends 3@2 noop
    n1→n3 term 2 Append prev 2@1, 1 entries, commit 0, round 0
      n3 appends 3@2 noop
    n1→n2 term 2 Append prev 2@1, 0 entries, commit 0, round 1
    n1→n3 term 2 Append prev 2@1, 0 entries, commit 0, round 1
    n2→n1 term 2 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 1@1 noop, 2@1 x, 3@2 noop
    n3→n1 term 2 AppendAccepted 3, round 0
    n2→n1 term 2 AppendAccepted 2, round 1
      n1 may answer read 2 at 3
    n3→n1 term 2 AppendAccepted 2, round 1
