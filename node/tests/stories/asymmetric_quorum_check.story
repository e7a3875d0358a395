# Five nodes. The leader can send to all but hears only one (check_quorum_asymmetric; T32): it steps down within the longest
# election timeout, and the others can elect. Nobody else would: they all hear it.
> cluster 5
> elect n1
    n1 leads term 1
> run 100
> cut n3->n1 n4->n1 n5->n1
> run 900
      251 n1 becomes follower in term 1
      403 n1 becomes pre-candidate in term 1
      420 n2 becomes pre-candidate in term 1
      422 n2 becomes candidate in term 2
      423 n1 becomes follower in term 2
      423 n3 becomes follower in term 2
      423 n4 becomes follower in term 2
      423 n5 becomes follower in term 2
      424 n2 becomes leader in term 2
> status
    n1 follower term 2 leader n2 commit 2 last 2@2
    n2 leader term 2 leader n2 commit 2 last 2@2
    n3 follower term 2 leader n2 commit 2 last 2@2
    n4 follower term 2 leader n2 commit 2 last 2@2
    n5 follower term 2 leader n2 commit 2 last 2@2

# It hears two: that is a quorum with itself, and it stays.
> cluster 5
> elect n1
    n1 leads term 1
> run 100
> cut n4->n1 n5->n1
> run 3000
> status
    n1 leader term 1 leader n1 commit 1 last 1@1
    n2 follower term 1 leader n1 commit 1 last 1@1
    n3 follower term 1 leader n1 commit 1 last 1@1
    n4 follower term 1 leader n1 commit 1 last 1@1
    n5 follower term 1 leader n1 commit 1 last 1@1
