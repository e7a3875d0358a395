# n1 began to replace n2 and n3 by n4 and n5, and only n4 and n5 got the joint configuration (M11).
> cluster 3 spare=2
> elect n1
    n1 leads term 1
> add n4 n5
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3, learners n4 n5]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n5 term 1 Append prev 2@1, 0 entries, commit 2, round 0
> settle
      n4 becomes follower in term 1
      n5 becomes follower in term 1
> change n1 voters=n1,n4,n5
    n1 takes the change as 3@1
      n1 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n5 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> deliver n1->n4
    n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n4 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
> deliver n1->n5
    n1→n5 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n5 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
> drop
> crash n1

# n4 stands. The votes of n5 and its own are a majority of the new voters, but it needs one of the old voters too. n2 and n3 never heard of
# this change, and answer all the same: it is the candidate's configuration that counts.
> tick n2 n3 n5 150
> timeout n4
      n4 becomes pre-candidate in term 1
      sends n4→n1 term 1 PreVote for 2 last 3@1
      sends n4→n2 term 1 PreVote for 2 last 3@1
      sends n4→n3 term 1 PreVote for 2 last 3@1
      sends n4→n5 term 1 PreVote for 2 last 3@1
> deliver n4<->n5
    n4→n5 term 1 PreVote for 2 last 3@1
    n5→n4 term 1 PreVoteResponse for 2 granted
> status n4
    n4 pre-candidate term 1 leader - commit 2 last 3@1 voters n1 n4 n5 from n1 n2 n3
> deliver n4<->n2
    n4→n2 term 1 PreVote for 2 last 3@1
    n2→n4 term 1 PreVoteResponse for 2 granted
> status n4
    n4 pre-candidate term 1 leader - commit 2 last 3@1 voters n1 n4 n5 from n1 n2 n3
> deliver n4<->n3
    n4→n3 term 1 PreVote for 2 last 3@1
    n3→n4 term 1 PreVoteResponse for 2 granted
      n4 becomes candidate in term 2
      n4 votes for n4 in term 2
    n4→n3 term 2 Vote last 3@1
      n3 becomes follower in term 2
      n3 votes for n4 in term 2
    n3→n4 term 2 VoteResponse granted
> status n4
    n4 candidate term 2 leader - commit 2 last 3@1 voters n1 n4 n5 from n1 n2 n3
> settle
      n2 becomes follower in term 2
      n5 becomes follower in term 2
      n4 becomes leader in term 2
> timeout n4
      sends n4→n1 term 2 Append prev 3@1, 0 entries, commit 5, round 0
      sends n4→n2 term 2 Append prev 5@2, 0 entries, commit 5, round 0
      sends n4→n3 term 2 Append prev 5@2, 0 entries, commit 5, round 0
      sends n4→n5 term 2 Append prev 5@2, 0 entries, commit 5, round 0
> settle
> status
    n1 is down
    n2 follower term 2 leader n4 commit 5 last 5@2 voters n1 n4 n5
    n3 follower term 2 leader n4 commit 5 last 5@2 voters n1 n4 n5
    n4 leader term 2 leader n4 commit 5 last 5@2 voters n1 n4 n5
    n5 follower term 2 leader n4 commit 5 last 5@2 voters n1 n4 n5
