# The snapshot is durable before the log on disk begins after it (P7). Here the write that says so is lost in a crash: the log is whole,
# and the snapshot of no use.
> cluster 1
> elect n1
    n1 leads term 1
> propose n1 a b
    n1 takes a as 2@1
    n1 takes b as 3@1
      n1 appends 2@1 a, 3@1 b
      n1 commits 3
      n1 applies 2@1 a, 3@1 b
> hold n1
> propose n1 c
    n1 takes c as 4@1
      n1 appends 4@1 c
      n1 begins write 4: 4@1 c
> snapshot n1
      n1 compacts its log up to 3@1
      n1 begins write 5: begin after 3@1
> crash n1
> release n1
> disk n1
    n1: term 1, vote n1; 1@1 noop, 2@1 a, 3@1 b
> restart n1
> status n1
    n1 follower term 1 leader - commit 0 last 3@1
> timeout n1
      n1 becomes pre-candidate in term 1
      n1 becomes candidate in term 2
      n1 votes for n1 in term 2
      n1 becomes leader in term 2
      n1 appends 4@2 noop
      n1 commits 4
      n1 applies 1@1 noop, 2@1 a, 3@1 b, 4@2 noop

# And here it was done.
> hold n1
> propose n1 d
    n1 takes d as 5@2
      n1 appends 5@2 d
      n1 begins write 3: 5@2 d
> snapshot n1
      n1 compacts its log up to 4@2
      n1 begins write 4: begin after 4@2
> crash n1 kept=2
> release n1
> disk n1
    n1: term 2, vote n1; after 4@2: 5@2 d
> restart n1
> status n1
    n1 follower term 2 leader - commit 4 last 5@2 snapshot 4
> timeout n1
      n1 becomes pre-candidate in term 2
      n1 becomes candidate in term 3
      n1 votes for n1 in term 3
      n1 becomes leader in term 3
      n1 appends 6@3 noop
      n1 commits 6
      n1 applies 5@2 d, 6@3 noop
