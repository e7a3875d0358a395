# While n1's vote for itself is being written, n2 wins the election of the same term (T15): the vote must not make it leader.
> cluster 3
> hold n1
> timeout n1
      n1 becomes pre-candidate in term 0
      sends n1→n2 term 0 PreVote for 1 last 0@0
      sends n1→n3 term 0 PreVote for 1 last 0@0
> timeout n2
      n2 becomes pre-candidate in term 0
      sends n2→n1 term 0 PreVote for 1 last 0@0
      sends n2→n3 term 0 PreVote for 1 last 0@0
> deliver
    n1→n2 term 0 PreVote for 1 last 0@0
    n1→n3 term 0 PreVote for 1 last 0@0
    n2→n1 term 0 PreVote for 1 last 0@0
    n2→n3 term 0 PreVote for 1 last 0@0
    n2→n1 term 0 PreVoteResponse for 1 granted
      n1 becomes candidate in term 1
      n1 begins write 1: term 1, vote n1
    n3→n1 term 0 PreVoteResponse for 1 granted
    n1→n2 term 0 PreVoteResponse for 1 granted
      n2 becomes candidate in term 1
      n2 votes for n2 in term 1
    n3→n2 term 0 PreVoteResponse for 1 granted
    n2→n1 term 1 Vote last 0@0
    n2→n3 term 1 Vote last 0@0
      n3 becomes follower in term 1
      n3 votes for n2 in term 1
    n3→n2 term 1 VoteResponse granted
      n2 becomes leader in term 1
      n2 appends 1@1 noop
    n2→n1 term 1 Append prev 0@0, 1 entries, commit 0, round 0
      n1 becomes follower in term 1
      n1 appends 1@1 noop
      n1 begins write 2: 1@1 noop
    n2→n3 term 1 Append prev 0@0, 1 entries, commit 0, round 0
      n3 appends 1@1 noop
    n3→n2 term 1 AppendAccepted 1, round 0
      n2 commits 1
      n2 applies 1@1 noop
> status
    n1 follower term 1 leader n2 commit 0 last 1@1
    n2 leader term 1 leader n2 commit 1 last 1@1
    n3 follower term 1 leader n2 commit 0 last 1@1
> disk n1
    n1: term 0, vote -;
> persist n1
    n1 has written 2
      n1 votes for n1 in term 1
      n1 counts its copy up to 1
      sends n1→n2 term 1 VoteResponse refused
      sends n1→n2 term 1 AppendAccepted 1, round 0
> deliver
    n1→n2 term 1 VoteResponse refused
    n1→n2 term 1 AppendAccepted 1, round 0
> status
    n1 follower term 1 leader n2 commit 0 last 1@1
    n2 leader term 1 leader n2 commit 1 last 1@1
    n3 follower term 1 leader n2 commit 0 last 1@1

# The same with a term of the future: by the time the vote is durable, term 1 is over.
> cluster 3
> hold n1
> timeout n1
      n1 becomes pre-candidate in term 0
      sends n1→n2 term 0 PreVote for 1 last 0@0
      sends n1→n3 term 0 PreVote for 1 last 0@0
> deliver
    n1→n2 term 0 PreVote for 1 last 0@0
    n1→n3 term 0 PreVote for 1 last 0@0
    n2→n1 term 0 PreVoteResponse for 1 granted
      n1 becomes candidate in term 1
      n1 begins write 1: term 1, vote n1
    n3→n1 term 0 PreVoteResponse for 1 granted
> given n3 term=7
> timeout n3
      n3 becomes pre-candidate in term 7
      sends n3→n1 term 7 PreVote for 8 last 0@0
      sends n3→n2 term 7 PreVote for 8 last 0@0
> deliver
    n3→n1 term 7 PreVote for 8 last 0@0
    n3→n2 term 7 PreVote for 8 last 0@0
    n1→n3 term 1 PreVoteResponse for 8 granted
      n3 becomes candidate in term 8
      n3 votes for n3 in term 8
    n2→n3 term 0 PreVoteResponse for 8 granted
    n3→n1 term 8 Vote last 0@0
      n1 becomes follower in term 8
      n1 begins write 2: term 8, vote n3
    n3→n2 term 8 Vote last 0@0
      n2 becomes follower in term 8
      n2 votes for n3 in term 8
    n2→n3 term 8 VoteResponse granted
      n3 becomes leader in term 8
      n3 appends 1@8 noop
    n3→n1 term 8 Append prev 0@0, 1 entries, commit 0, round 0
      n1 appends 1@8 noop
      n1 begins write 3: 1@8 noop
    n3→n2 term 8 Append prev 0@0, 1 entries, commit 0, round 0
      n2 appends 1@8 noop
    n2→n3 term 8 AppendAccepted 1, round 0
      n3 commits 1
      n3 applies 1@8 noop
> status
    n1 follower term 8 leader n3 commit 0 last 1@8
    n2 follower term 8 leader n3 commit 0 last 1@8
    n3 leader term 8 leader n3 commit 1 last 1@8
> persist n1
    n1 has written 3
      n1 votes for n3 in term 8
      n1 counts its copy up to 1
      sends n1→n3 term 8 VoteResponse granted
      sends n1→n3 term 8 AppendAccepted 1, round 0
> deliver
    n1→n3 term 8 VoteResponse granted
    n1→n3 term 8 AppendAccepted 1, round 0
> status
    n1 follower term 8 leader n3 commit 0 last 1@8
    n2 follower term 8 leader n3 commit 0 last 1@8
    n3 leader term 8 leader n3 commit 1 last 1@8

# And with a crash: the vote that did not reach the disk was given to nobody, so n1 may give it to another.
> cluster 3
> hold n1
> timeout n1
      n1 becomes pre-candidate in term 0
      sends n1→n2 term 0 PreVote for 1 last 0@0
      sends n1→n3 term 0 PreVote for 1 last 0@0
> deliver
    n1→n2 term 0 PreVote for 1 last 0@0
    n1→n3 term 0 PreVote for 1 last 0@0
    n2→n1 term 0 PreVoteResponse for 1 granted
      n1 becomes candidate in term 1
      n1 begins write 1: term 1, vote n1
    n3→n1 term 0 PreVoteResponse for 1 granted
> crash n1
> release n1
> restart n1
> elect n2
    n2 leads term 1
> disk n1
    n1: term 1, vote n2; 1@1 noop
