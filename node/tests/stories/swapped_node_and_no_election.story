# All three are replaced one after the other, while n1 leads, up to the last moment; nobody stands for election before.
> cluster 3 spare=3
> elect n1
    n1 leads term 1
> add n4 n5 n6
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3, learners n4 n5 n6]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> run 200
       51 n4 becomes follower in term 1
       51 n5 becomes follower in term 1
       51 n6 becomes follower in term 1
> replace n2 n4
    n1 takes the change as 3@1
      n1 appends 3@1 [voters n1 n3 n4 from n1 n2 n3, learners n5 n6]
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n5 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n6 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> run 200
> replace n3 n5
    n1 takes the change as 5@1
      n1 appends 5@1 [voters n1 n4 n5 from n1 n3 n4, learners n6]
      sends n1→n3 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      sends n1→n4 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      sends n1→n5 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      sends n1→n6 term 1 Append prev 4@1, 1 entries, commit 4, round 0
> run 200
> status n1
    n1 leader term 1 leader n1 commit 6 last 6@1 voters n1 n4 n5, learners n6
> replace n1 n6
    n1 takes the change as 7@1
      n1 appends 7@1 [voters n4 n5 n6 from n1 n4 n5]
      sends n1→n4 term 1 Append prev 6@1, 1 entries, commit 6, round 0
      sends n1→n5 term 1 Append prev 6@1, 1 entries, commit 6, round 0
      sends n1→n6 term 1 Append prev 6@1, 1 entries, commit 6, round 0
> run 300
        4 n1 becomes follower in term 1
        5 n5 becomes candidate in term 2
        6 n4 becomes follower in term 2
        6 n6 becomes follower in term 2
        7 n5 becomes leader in term 2
> status
    n1 follower term 1 leader - commit 8 last 8@1 voters n4 n5 n6
    n2 follower term 1 leader - commit 4 last 4@1 voters n1 n3 n4, learners n5 n6
    n3 follower term 1 leader - commit 6 last 6@1 voters n1 n4 n5, learners n6
    n4 follower term 2 leader n5 commit 9 last 9@2 voters n4 n5 n6
    n5 leader term 2 leader n5 commit 9 last 9@2 voters n4 n5 n6
    n6 follower term 2 leader n5 commit 9 last 9@2 voters n4 n5 n6
