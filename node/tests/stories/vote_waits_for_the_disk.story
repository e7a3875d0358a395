# n3's disk is slow (P1). Its vote leaves when the term and the vote are durable, both in one write.
> cluster 3
> crash n2
> hold n3
> timeout n1
      n1 becomes pre-candidate in term 0
      sends n1→n2 term 0 PreVote for 1 last 0@0
      sends n1→n3 term 0 PreVote for 1 last 0@0
> deliver
    n1→n2 term 0 PreVote for 1 last 0@0 is lost
    n1→n3 term 0 PreVote for 1 last 0@0
    n3→n1 term 0 PreVoteResponse for 1 granted
      n1 becomes candidate in term 1
      n1 votes for n1 in term 1
    n1→n2 term 1 Vote last 0@0 is lost
    n1→n3 term 1 Vote last 0@0
      n3 becomes follower in term 1
      n3 begins write 1: term 1, vote n1
> status
    n1 candidate term 1 leader - commit 0 last 0@0
    n2 is down
    n3 follower term 1 leader - commit 0 last 0@0
> persist n3
    n3 has written 1
      n3 votes for n1 in term 1
      sends n3→n1 term 1 VoteResponse granted
> deliver n3->n1
    n3→n1 term 1 VoteResponse granted
      n1 becomes leader in term 1
      n1 appends 1@1 noop

# The next term is on its way to n3's disk when it crashes. Nobody heard of its vote, and it may vote again.
> crash n1
> drop
> restart n2
> timeout n3
      n3 becomes pre-candidate in term 1
      sends n3→n1 term 1 PreVote for 2 last 0@0
      sends n3→n2 term 1 PreVote for 2 last 0@0
> deliver
    n3→n1 term 1 PreVote for 2 last 0@0 is lost
    n3→n2 term 1 PreVote for 2 last 0@0
    n2→n3 term 0 PreVoteResponse for 2 granted
      n3 becomes candidate in term 2
      n3 begins write 2: term 2, vote n3
> crash n3
> disk n3
    n3: term 1, vote n1;
> release n3
> restart n3
> timeout n2
      n2 becomes pre-candidate in term 0
      sends n2→n1 term 0 PreVote for 1 last 0@0
      sends n2→n3 term 0 PreVote for 1 last 0@0
> settle
      n2 becomes follower in term 1
> elect n2
    n2 leads term 2
> disk n3
    n3: term 2, vote n2; 1@2 noop
