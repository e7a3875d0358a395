# As long as a quorum answers, a leader stays (T27; check_quorum). Time passes for ten election timeouts.
> cluster 3
> elect n1
    n1 leads term 1
> run 3000
> status
    n1 leader term 1 leader n1 commit 1 last 1@1
    n2 follower term 1 leader n1 commit 1 last 1@1
    n3 follower term 1 leader n1 commit 1 last 1@1

# Cut off, it hears nobody, and gives up after an election timeout. The others elect another.
> partition n1 | n2 n3
> run 700
      187 n2 becomes pre-candidate in term 1
      189 n2 becomes candidate in term 2
      190 n3 becomes follower in term 2
      191 n2 becomes leader in term 2
      251 n1 becomes follower in term 1
      403 n1 becomes pre-candidate in term 1
> status
    n1 pre-candidate term 1 leader - commit 1 last 1@1
    n2 leader term 2 leader n2 commit 2 last 2@2
    n3 follower term 2 leader n2 commit 2 last 2@2

# Back among the others, it disturbs nobody (T30): pre-votes did not raise its term.
> heal
> run 1000
       41 n1 becomes follower in term 2
> status
    n1 follower term 2 leader n2 commit 2 last 2@2
    n2 leader term 2 leader n2 commit 2 last 2@2
    n3 follower term 2 leader n2 commit 2 last 2@2
