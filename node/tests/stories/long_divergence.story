# Two nodes went different ways for a long time (L17; long_divergence_sync, liveness_through_conflict). Their logs are brought into
# line in a round trip per term, and not per entry.
> cluster 3
> given n1 term=9 log=1,1,2,2,2,4,4,4,4,6,6,6,6,6,8,8,8
> given n2 term=7 log=1,1,3,3,3,3,3,5,5,5,5,5,5,5,7,7,7,7,7,7
> given n3 term=9 log=1,1,2,2,2,4,4,4,4,6,6,6,6,6,8,8,8
> crash n2
> elect n1
    n1 leads term 10
> restart n2
> timeout n1
      sends n1→n2 term 10 Append prev 17@8, 0 entries, commit 18, round 0
      sends n1→n3 term 10 Append prev 18@10, 0 entries, commit 18, round 0
> deliver n1->n3
    n1→n3 term 10 Append prev 18@10, 0 entries, commit 18, round 0
      n3 commits 18
      n3 applies 1@1 e1.1, 2@1 e2.1, 3@2 e3.2, 4@2 e4.2, 5@2 e5.2, 6@4 e6.4, 7@4 e7.4, 8@4 e8.4, 9@4 e9.4, 10@6 e10.6, 11@6 e11.6, 12@6 e12.6, 13@6 e13.6, 14@6 e14.6, 15@8 e15.8, 16@8 e16.8, 17@8 e17.8, 18@10 noop
> deliver
    n1→n2 term 10 Append prev 17@8, 0 entries, commit 18, round 0
      n2 becomes follower in term 10
    n3→n1 term 10 AppendAccepted 18, round 0
    n2→n1 term 10 AppendRejected prev 17 hint 17@7, round 0
    n1→n2 term 10 Append prev 14@6, 4 entries, commit 18, round 0
    n2→n1 term 10 AppendRejected prev 14 hint 14@5, round 0
    n1→n2 term 10 Append prev 9@4, 9 entries, commit 18, round 0
    n2→n1 term 10 AppendRejected prev 9 hint 7@3, round 0
    n1→n2 term 10 Append prev 5@2, 13 entries, commit 18, round 0
    n2→n1 term 10 AppendRejected prev 5 hint 2@1, round 0
    n1→n2 term 10 Append prev 2@1, 16 entries, commit 18, round 0
      n2 removes its log from 3 on
      n2 appends 3@2 e3.2, 4@2 e4.2, 5@2 e5.2, 6@4 e6.4, 7@4 e7.4, 8@4 e8.4, 9@4 e9.4, 10@6 e10.6, 11@6 e11.6, 12@6 e12.6, 13@6 e13.6, 14@6 e14.6, 15@8 e15.8, 16@8 e16.8, 17@8 e17.8, 18@10 noop
      n2 commits 18
      n2 applies 1@1 e1.1, 2@1 e2.1, 3@2 e3.2, 4@2 e4.2, 5@2 e5.2, 6@4 e6.4, 7@4 e7.4, 8@4 e8.4, 9@4 e9.4, 10@6 e10.6, 11@6 e11.6, 12@6 e12.6, 13@6 e13.6, 14@6 e14.6, 15@8 e15.8, 16@8 e16.8, 17@8 e17.8, 18@10 noop
    n2→n1 term 10 AppendAccepted 18, round 0
> timeout n1
      sends n1→n2 term 10 Append prev 18@10, 0 entries, commit 18, round 0
      sends n1→n3 term 10 Append prev 18@10, 0 entries, commit 18, round 0
> settle
> status
    n1 leader term 10 leader n1 commit 18 last 18@10
    n2 follower term 10 leader n1 commit 18 last 18@10
    n3 follower term 10 leader n1 commit 18 last 18@10
