# A cluster of one elects itself at its first attempt (T18), once its vote is durable (P3), and commits what is durable.
> cluster 1
> hold n1
> timeout n1
      n1 becomes pre-candidate in term 0
      n1 becomes candidate in term 1
      n1 begins write 1: term 1, vote n1
> status
    n1 candidate term 1 leader - commit 0 last 0@0
> persist n1
    n1 has written 1
      n1 votes for n1 in term 1
      n1 becomes leader in term 1
      n1 appends 1@1 noop
      n1 begins write 2: 1@1 noop
> status
    n1 leader term 1 leader n1 commit 0 last 1@1
> persist n1
    n1 has written 2
      n1 counts its copy up to 1
      n1 commits 1
      n1 applies 1@1 noop
> propose n1 a
    n1 takes a as 2@1
      n1 appends 2@1 a
      n1 begins write 3: 2@1 a
> status
    n1 leader term 1 leader n1 commit 1 last 2@1
> persist n1
    n1 has written 3
      n1 counts its copy up to 2
      n1 commits 2
      n1 applies 2@1 a
> read n1
    n1 takes read 1
      n1 may answer read 1 at 2
> status
    n1 leader term 1 leader n1 commit 2 last 2@1
