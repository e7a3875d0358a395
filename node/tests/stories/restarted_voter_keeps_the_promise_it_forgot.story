# n3 promised n1 to vote for nobody else for a while, and forgot it in a crash. With leases in use, it keeps still for as long as any promise
# may last.
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
> crash n3
> restart n3
> partition n1 | n2 n3
> tick n2 150
> timeout n2
      n2 becomes pre-candidate in term 1
      sends n2→n1 term 1 PreVote for 2 last 1@1
      sends n2→n3 term 1 PreVote for 2 last 1@1
> deliver n2<->n3
    n2→n3 term 1 PreVote for 2 last 1@1
    n3→n2 term 1 PreVoteResponse for 2 refused
> tick n3 150
> timeout n2
      sends n2→n1 term 1 PreVote for 2 last 1@1
      sends n2→n3 term 1 PreVote for 2 last 1@1
> deliver n2<->n3
    n2→n3 term 1 PreVote for 2 last 1@1
    n3→n2 term 1 PreVoteResponse for 2 granted
      n2 becomes candidate in term 2
      n2 votes for n2 in term 2
    n2→n3 term 2 Vote last 1@1
      n3 becomes follower in term 2
      n3 votes for n2 in term 2
    n3→n2 term 2 VoteResponse granted
      n2 becomes leader in term 2
      n2 appends 2@2 noop
    n2→n3 term 2 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@2 noop
      n3 commits 1
      n3 applies 1@1 noop
    n3→n2 term 2 AppendAccepted 2, round 0
      n2 commits 2
      n2 applies 2@2 noop
> status
    n1 leader term 1 leader n1 commit 1 last 1@1
    n2 leader term 2 leader n2 commit 2 last 2@2
    n3 follower term 2 leader n2 commit 1 last 2@2
