# n4 is removed while it hears nothing, and nobody can tell it (M5).
> cluster 4
> elect n1
    n1 leads term 1
> partition n1 n2 n3 | n4
> remove n4
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3 from n1 n2 n3 n4]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n4 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n4 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> settle
> status
    n1 leader term 1 leader n1 commit 3 last 3@1 voters n1 n2 n3
    n2 follower term 1 leader n1 commit 3 last 3@1 voters n1 n2 n3
    n3 follower term 1 leader n1 commit 3 last 3@1 voters n1 n2 n3
    n4 follower term 1 leader n1 commit 0 last 1@1

# It believes that it is a voter, and asks whether it could win an election. They hear their leader, and its log is behind. The leader has
# given up sending to it.
> tick n4 300
      n4 becomes pre-candidate in term 1
      sends n4→n1 term 1 PreVote for 2 last 1@1
      sends n4→n2 term 1 PreVote for 2 last 1@1
      sends n4→n3 term 1 PreVote for 2 last 1@1
> heal
> timeout n4
      sends n4→n1 term 1 PreVote for 2 last 1@1
      sends n4→n2 term 1 PreVote for 2 last 1@1
      sends n4→n3 term 1 PreVote for 2 last 1@1
> deliver
    n4→n1 term 1 PreVote for 2 last 1@1
    n4→n2 term 1 PreVote for 2 last 1@1
    n4→n3 term 1 PreVote for 2 last 1@1
    n4→n1 term 1 PreVote for 2 last 1@1
    n4→n2 term 1 PreVote for 2 last 1@1
    n4→n3 term 1 PreVote for 2 last 1@1
    n1→n4 term 1 PreVoteResponse for 2 refused
    n2→n4 term 1 PreVoteResponse for 2 refused
    n3→n4 term 1 PreVoteResponse for 2 refused
    n1→n4 term 1 PreVoteResponse for 2 refused
    n2→n4 term 1 PreVoteResponse for 2 refused
    n3→n4 term 1 PreVoteResponse for 2 refused
> run 200
       51 n4 becomes follower in term 1
> network n1->n4
> drop
> status
    n1 leader term 1 leader n1 commit 3 last 3@1 voters n1 n2 n3
    n2 follower term 1 leader n1 commit 3 last 3@1 voters n1 n2 n3
    n3 follower term 1 leader n1 commit 3 last 3@1 voters n1 n2 n3
    n4 follower term 1 leader n1 commit 3 last 3@1 voters n1 n2 n3

# Nor does it win when there is no leader: the log of the others has the entry that removed it.
> crash n1
> tick n2 n3 150
> timeout n4
> deliver
> elect n2
    n2 leads term 2
> status
    n1 is down
    n2 leader term 2 leader n2 commit 4 last 4@2 voters n1 n2 n3
    n3 follower term 2 leader n2 commit 3 last 4@2 voters n1 n2 n3
    n4 follower term 1 leader - commit 3 last 3@1 voters n1 n2 n3
