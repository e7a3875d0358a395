# n1 led term 1, and began to add n4 to a cluster of four, which nobody else knows. n2 is elected.
> cluster 4 spare=1
> elect n1
    n1 leads term 1
> cut n1->
> add n5
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3 n4, learners n5]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n4 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> tick n2 n3 n4 150
> timeout n2
      n2 becomes pre-candidate in term 1
      sends n2→n1 term 1 PreVote for 2 last 1@1
      sends n2→n3 term 1 PreVote for 2 last 1@1
      sends n2→n4 term 1 PreVote for 2 last 1@1
> deliver PreVote
    n2→n1 term 1 PreVote for 2 last 1@1
    n2→n3 term 1 PreVote for 2 last 1@1
    n2→n4 term 1 PreVote for 2 last 1@1
> deliver PreVoteResponse
    n1→n2 term 1 PreVoteResponse for 2 refused is lost
    n3→n2 term 1 PreVoteResponse for 2 granted
    n4→n2 term 1 PreVoteResponse for 2 granted
      n2 becomes candidate in term 2
      n2 votes for n2 in term 2
> deliver Vote
    n2→n1 term 2 Vote last 1@1
    n2→n3 term 2 Vote last 1@1
      n3 becomes follower in term 2
      n3 votes for n2 in term 2
    n2→n4 term 2 Vote last 1@1
      n4 becomes follower in term 2
      n4 votes for n2 in term 2
> deliver VoteResponse
    n3→n2 term 2 VoteResponse granted
    n4→n2 term 2 VoteResponse granted
      n2 becomes leader in term 2
      n2 appends 2@2 noop
> drop

# It must not begin a change before an entry of its own term is committed (M3): else n1 could come back, and complete its own change with
# majorities that do not meet those of the second one.
> remove n1
    n2 refuses the change to voters n2 n3 n4: the leader has not committed an entry of its own term yet
> timeout n2
      sends n2→n1 term 2 Append prev 1@1, 0 entries, commit 0, round 0
      sends n2→n3 term 2 Append prev 1@1, 0 entries, commit 0, round 0
      sends n2→n4 term 2 Append prev 1@1, 0 entries, commit 0, round 0
> deliver n2<->n3
    n2→n3 term 2 Append prev 1@1, 0 entries, commit 0, round 0
    n3→n2 term 2 AppendAccepted 1, round 0
    n2→n3 term 2 Append prev 1@1, 1 entries, commit 0, round 0
      n3 appends 2@2 noop
    n3→n2 term 2 AppendAccepted 2, round 0
> remove n1
    n2 refuses the change to voters n2 n3 n4: the leader has not committed an entry of its own term yet
> deliver n2<->n4
    n2→n4 term 2 Append prev 1@1, 0 entries, commit 0, round 0
    n4→n2 term 2 AppendAccepted 1, round 0
    n2→n4 term 2 Append prev 1@1, 1 entries, commit 0, round 0
      n4 appends 2@2 noop
    n4→n2 term 2 AppendAccepted 2, round 0
      n2 commits 2
      n2 applies 1@1 noop, 2@2 noop
> remove n1
    n2 takes the change as 3@2
      n2 appends 3@2 [voters n2 n3 n4 from n1 n2 n3 n4]
      sends n2→n3 term 2 Append prev 2@2, 1 entries, commit 2, round 0
      sends n2→n4 term 2 Append prev 2@2, 1 entries, commit 2, round 0
> heal
> deliver
    n2→n1 term 2 Append prev 1@1, 0 entries, commit 0, round 0
      n1 becomes follower in term 2
    n2→n3 term 2 Append prev 2@2, 1 entries, commit 2, round 0
      n3 appends 3@2 [voters n2 n3 n4 from n1 n2 n3 n4]
      n3 commits 2
      n3 applies 1@1 noop, 2@2 noop
    n2→n4 term 2 Append prev 2@2, 1 entries, commit 2, round 0
      n4 appends 3@2 [voters n2 n3 n4 from n1 n2 n3 n4]
      n4 commits 2
      n4 applies 1@1 noop, 2@2 noop
    n1→n2 term 2 AppendAccepted 1, round 0
    n3→n2 term 2 AppendAccepted 3, round 0
    n4→n2 term 2 AppendAccepted 3, round 0
      n2 commits 3
      n2 appends 4@2 [voters n2 n3 n4]
      n2 applies 3@2 [voters n2 n3 n4 from n1 n2 n3 n4]
    n2→n1 term 2 Append prev 1@1, 2 entries, commit 2, round 0
      n1 removes its log from 2 on
      n1 goes by voters n1 n2 n3 n4
      n1 appends 2@2 noop, 3@2 [voters n2 n3 n4 from n1 n2 n3 n4]
      n1 commits 2
      n1 applies 2@2 noop
    n2→n1 term 2 Append prev 3@2, 1 entries, commit 3, round 0
      n1 appends 4@2 [voters n2 n3 n4]
      n1 commits 3
      n1 applies 3@2 [voters n2 n3 n4 from n1 n2 n3 n4]
    n2→n3 term 2 Append prev 3@2, 1 entries, commit 3, round 0
      n3 appends 4@2 [voters n2 n3 n4]
      n3 commits 3
      n3 applies 3@2 [voters n2 n3 n4 from n1 n2 n3 n4]
    n2→n4 term 2 Append prev 3@2, 1 entries, commit 3, round 0
      n4 appends 4@2 [voters n2 n3 n4]
      n4 commits 3
      n4 applies 3@2 [voters n2 n3 n4 from n1 n2 n3 n4]
    n1→n2 term 2 AppendAccepted 3, round 0
    n1→n2 term 2 AppendAccepted 4, round 0
    n3→n2 term 2 AppendAccepted 4, round 0
      n2 commits 4
      n2 applies 4@2 [voters n2 n3 n4]
    n4→n2 term 2 AppendAccepted 4, round 0
> timeout n2
      sends n2→n1 term 2 Append prev 4@2, 0 entries, commit 4, round 0
      sends n2→n3 term 2 Append prev 4@2, 0 entries, commit 4, round 0
      sends n2→n4 term 2 Append prev 4@2, 0 entries, commit 4, round 0
> settle
> status
    n1 follower term 2 leader n2 commit 4 last 4@2 voters n2 n3 n4
    n2 leader term 2 leader n2 commit 4 last 4@2 voters n2 n3 n4
    n3 follower term 2 leader n2 commit 4 last 4@2 voters n2 n3 n4
    n4 follower term 2 leader n2 commit 4 last 4@2 voters n2 n3 n4
    n5 follower term 0 leader - commit 0 last 0@0 voters nobody
