# A new leader probes: one append to each, and no more before there is an answer, whatever is proposed meanwhile (L22).
> cluster 3
> timeout n1
      n1 becomes pre-candidate in term 0
      sends n1→n2 term 0 PreVote for 1 last 0@0
      sends n1→n3 term 0 PreVote for 1 last 0@0
> deliver PreVote
    n1→n2 term 0 PreVote for 1 last 0@0
    n1→n3 term 0 PreVote for 1 last 0@0
> deliver PreVoteResponse
    n2→n1 term 0 PreVoteResponse for 1 granted
      n1 becomes candidate in term 1
      n1 votes for n1 in term 1
    n3→n1 term 0 PreVoteResponse for 1 granted
> deliver Vote
    n1→n2 term 1 Vote last 0@0
      n2 becomes follower in term 1
      n2 votes for n1 in term 1
    n1→n3 term 1 Vote last 0@0
      n3 becomes follower in term 1
      n3 votes for n1 in term 1
> deliver VoteResponse
    n2→n1 term 1 VoteResponse granted
      n1 becomes leader in term 1
      n1 appends 1@1 noop
    n3→n1 term 1 VoteResponse granted
> network
      n1→n2 term 1 Append prev 0@0, 1 entries, commit 0, round 0
      n1→n3 term 1 Append prev 0@0, 1 entries, commit 0, round 0
> propose n1 x
    n1 takes x as 2@1
      n1 appends 2@1 x
> propose n1 y
    n1 takes y as 3@1
      n1 appends 3@1 y

# The probes are lost. The answer to a heartbeat revives the follower (L23): all that it misses is sent at once.
> drop
> timeout n1
      sends n1→n2 term 1 Append prev 0@0, 0 entries, commit 0, round 0
      sends n1→n3 term 1 Append prev 0@0, 0 entries, commit 0, round 0
> deliver once n1->n2
    n1→n2 term 1 Append prev 0@0, 0 entries, commit 0, round 0
      sends n2→n1 term 1 AppendAccepted 0, round 0
> deliver n2->n1
    n2→n1 term 1 AppendAccepted 0, round 0
> network
      n1→n3 term 1 Append prev 0@0, 0 entries, commit 0, round 0
      n1→n2 term 1 Append prev 0@0, 3 entries, commit 0, round 0
> deliver
    n1→n3 term 1 Append prev 0@0, 0 entries, commit 0, round 0
    n1→n2 term 1 Append prev 0@0, 3 entries, commit 0, round 0
      n2 appends 1@1 noop, 2@1 x, 3@1 y
    n3→n1 term 1 AppendAccepted 0, round 0
    n2→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 1@1 noop, 2@1 x, 3@1 y
    n1→n3 term 1 Append prev 0@0, 3 entries, commit 0, round 0
      n3 appends 1@1 noop, 2@1 x, 3@1 y
    n3→n1 term 1 AppendAccepted 3, round 0
> status
    n1 leader term 1 leader n1 commit 3 last 3@1
    n2 follower term 1 leader n1 commit 0 last 3@1
    n3 follower term 1 leader n1 commit 0 last 3@1
