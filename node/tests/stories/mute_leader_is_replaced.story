# The leader hears everybody, but nobody hears it (T32). The followers elect; their election does not need the old leader.
> cluster 3
> elect n1
    n1 leads term 1
> run 100
> cut n1->
> run 1000
      122 n3 becomes pre-candidate in term 1
      124 n3 becomes candidate in term 2
      125 n2 becomes follower in term 2
      126 n3 becomes leader in term 2
      127 n1 becomes follower in term 2
> status
    n1 follower term 2 leader n3 commit 1 last 2@2
    n2 follower term 2 leader n3 commit 2 last 2@2
    n3 leader term 2 leader n3 commit 2 last 2@2

# It heard of the new term from the new leader's appends, although its own answers were lost.
> heal
> run 100
> status
    n1 follower term 2 leader n3 commit 2 last 2@2
    n2 follower term 2 leader n3 commit 2 last 2@2
    n3 leader term 2 leader n3 commit 2 last 2@2
