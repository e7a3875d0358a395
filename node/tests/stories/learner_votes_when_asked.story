# n4 is a voter by now, but does not know it: it has not got the entry that says so (T17).
> cluster 3 spare=1
> elect n1
    n1 leads term 1
> add n4
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3, learners n4]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 0
> settle
      n4 becomes follower in term 1
> cut n1->n4
> promote n4
    n1 takes the change as 3@1
      n1 appends 3@1 [voters n1 n2 n3 n4 from n1 n2 n3]
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n4 term 1 Append prev 4@1, 0 entries, commit 4, round 0
> settle
> status
    n1 leader term 1 leader n1 commit 4 last 4@1 voters n1 n2 n3 n4
    n2 follower term 1 leader n1 commit 4 last 4@1 voters n1 n2 n3 n4
    n3 follower term 1 leader n1 commit 4 last 4@1 voters n1 n2 n3 n4
    n4 follower term 1 leader n1 commit 2 last 2@1 voters n1 n2 n3, learners n4
> crash n1
> crash n2
> status n4
    n4 follower term 1 leader n1 commit 2 last 2@1 voters n1 n2 n3, learners n4

# n3 needs three of four votes: that of n4 is one of them, and n4 gives it.
> restart n2
> tick n2 n4 150
> timeout n3
      n3 becomes pre-candidate in term 1
      sends n3→n1 term 1 PreVote for 2 last 4@1
      sends n3→n2 term 1 PreVote for 2 last 4@1
      sends n3→n4 term 1 PreVote for 2 last 4@1
> deliver n3<->n4
    n3→n4 term 1 PreVote for 2 last 4@1
    n4→n3 term 1 PreVoteResponse for 2 granted
> status n3
    n3 pre-candidate term 1 leader - commit 4 last 4@1 voters n1 n2 n3 n4
> deliver n3<->n2
    n3→n2 term 1 PreVote for 2 last 4@1
    n2→n3 term 1 PreVoteResponse for 2 granted
      n3 becomes candidate in term 2
      n3 votes for n3 in term 2
    n3→n2 term 2 Vote last 4@1
      n2 becomes follower in term 2
      n2 votes for n3 in term 2
    n2→n3 term 2 VoteResponse granted
> status n3
    n3 candidate term 2 leader - commit 4 last 4@1 voters n1 n2 n3 n4
> settle
      n4 becomes follower in term 2
      n3 becomes leader in term 2
> status
    n1 is down
    n2 follower term 2 leader n3 commit 4 last 5@2 voters n1 n2 n3 n4
    n3 leader term 2 leader n3 commit 5 last 5@2 voters n1 n2 n3 n4
    n4 follower term 2 leader n3 commit 4 last 5@2 voters n1 n2 n3 n4
