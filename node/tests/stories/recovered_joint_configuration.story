# n4 takes the place of n3 (M8). All crash when the joint configuration is on all disks, and before it is committed.
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
> replace n3 n4
    n1 takes the change as 3@1
      n1 appends 3@1 [voters n1 n2 n4 from n1 n2 n3]
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> deliver n1->
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n2 appends 3@1 [voters n1 n2 n4 from n1 n2 n3]
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n3 appends 3@1 [voters n1 n2 n4 from n1 n2 n3]
    n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n4 appends 3@1 [voters n1 n2 n4 from n1 n2 n3]
> drop
> crash n1
> crash n2
> crash n3
> crash n4
> restart all
> status
    n1 follower term 1 leader - commit 0 last 3@1 voters n1 n2 n4 from n1 n2 n3
    n2 follower term 1 leader - commit 0 last 3@1 voters n1 n2 n4 from n1 n2 n3
    n3 follower term 1 leader - commit 0 last 3@1 voters n1 n2 n4 from n1 n2 n3
    n4 follower term 1 leader - commit 0 last 3@1 voters n1 n2 n4 from n1 n2 n3

# It is in force for whoever starts. n1 and n4 are two of the three that will vote, but n1 is only one of three that vote: no election.
> partition n1 n4 | n2 n3
> tick all 150
> timeout n1
      n1 becomes pre-candidate in term 1
      sends n1→n2 term 1 PreVote for 2 last 3@1
      sends n1→n3 term 1 PreVote for 2 last 3@1
      sends n1→n4 term 1 PreVote for 2 last 3@1
> deliver
    n1→n2 term 1 PreVote for 2 last 3@1 is lost
    n1→n3 term 1 PreVote for 2 last 3@1 is lost
    n1→n4 term 1 PreVote for 2 last 3@1
    n4→n1 term 1 PreVoteResponse for 2 granted
> status n1
    n1 pre-candidate term 1 leader - commit 0 last 3@1 voters n1 n2 n4 from n1 n2 n3

# With n2 there is a majority of both.
> heal
> partition n1 n2 n4 | n3
> elect n1
    n1 leads term 2
> status
    n1 leader term 2 leader n1 commit 5 last 5@2 voters n1 n2 n4
    n2 follower term 2 leader n1 commit 4 last 5@2 voters n1 n2 n4
    n3 follower term 1 leader - commit 0 last 3@1 voters n1 n2 n4 from n1 n2 n3
    n4 follower term 2 leader n1 commit 4 last 5@2 voters n1 n2 n4
> log n1
    n1: 1@1 noop, 2@1 [voters n1 n2 n3, learners n4], 3@1 [voters n1 n2 n4 from n1 n2 n3], 4@2 noop, 5@2 [voters n1 n2 n4]
> heal
> timeout n1
      sends n1→n2 term 2 Append prev 5@2, 0 entries, commit 5, round 0
      sends n1→n3 term 2 Append prev 3@1, 0 entries, commit 5, round 0
      sends n1→n4 term 2 Append prev 5@2, 0 entries, commit 5, round 0
> settle
      n3 becomes follower in term 2
> status
    n1 leader term 2 leader n1 commit 5 last 5@2 voters n1 n2 n4
    n2 follower term 2 leader n1 commit 5 last 5@2 voters n1 n2 n4
    n3 follower term 2 leader n1 commit 5 last 5@2 voters n1 n2 n4
    n4 follower term 2 leader n1 commit 5 last 5@2 voters n1 n2 n4
