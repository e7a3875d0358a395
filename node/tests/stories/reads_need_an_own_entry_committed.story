# n2 becomes leader and does not know yet what is committed (R1): n1 committed x, and told nobody.
> cluster 3
> elect n1
    n1 leads term 1
> propose n1 x
    n1 takes x as 2@1
      n1 appends 2@1 x
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> deliver
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 x
      n2 commits 1
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 x
      n3 commits 1
      n3 applies 1@1 noop
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@1 x
    n3→n1 term 1 AppendAccepted 2, round 0
> crash n1
> tick n3 150
> timeout n2
      n2 becomes pre-candidate in term 1
      sends n2→n1 term 1 PreVote for 2 last 2@1
      sends n2→n3 term 1 PreVote for 2 last 2@1
> deliver PreVote
    n2→n1 term 1 PreVote for 2 last 2@1 is lost
    n2→n3 term 1 PreVote for 2 last 2@1
> deliver PreVoteResponse
    n3→n2 term 1 PreVoteResponse for 2 granted
      n2 becomes candidate in term 2
      n2 votes for n2 in term 2
> deliver Vote
    n2→n1 term 2 Vote last 2@1 is lost
    n2→n3 term 2 Vote last 2@1
      n3 becomes follower in term 2
      n3 votes for n2 in term 2
> deliver VoteResponse
    n3→n2 term 2 VoteResponse granted
      n2 becomes leader in term 2
      n2 appends 3@2 noop
> status n2
    n2 leader term 2 leader n2 commit 1 last 3@2

# A read waits for the first entry of n2's own term, even if a quorum has answered: it must see x.
> read n2
    n2 takes read 1
      sends n2→n1 term 2 Append prev 2@1, 0 entries, commit 1, round 1
      sends n2→n3 term 2 Append prev 2@1, 0 entries, commit 1, round 1
> deliver
    n2→n1 term 2 Append prev 2@1, 1 entries, commit 1, round 0 is lost
    n2→n3 term 2 Append prev 2@1, 1 entries, commit 1, round 0
      n3 appends 3@2 noop
    n2→n1 term 2 Append prev 2@1, 0 entries, commit 1, round 1 is lost
    n2→n3 term 2 Append prev 2@1, 0 entries, commit 1, round 1
    n3→n2 term 2 AppendAccepted 3, round 0
      n2 commits 3
      n2 applies 2@1 x, 3@2 noop
    n3→n2 term 2 AppendAccepted 2, round 1
      n2 may answer read 1 at 3
> status n2
    n2 leader term 2 leader n2 commit 3 last 3@2
