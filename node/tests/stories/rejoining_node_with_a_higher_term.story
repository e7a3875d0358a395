# n3 comes back with a term that is far ahead (T30): its disk says 8, as if it had campaigned alone and without pre-vote. The
# cluster goes through exactly one election.
> cluster 3
> elect n1
    n1 leads term 1
> crash n3
> given n3 term=8
> run 2000
       52 n1 becomes follower in term 8
      203 n1 becomes pre-candidate in term 8
      203 n3 becomes pre-candidate in term 8
      205 n1 becomes candidate in term 9
      206 n2 becomes follower in term 9
      206 n3 becomes follower in term 9
      207 n1 becomes leader in term 9
> status
    n1 leader term 9 leader n1 commit 2 last 2@9
    n2 follower term 9 leader n1 commit 2 last 2@9
    n3 follower term 9 leader n1 commit 2 last 2@9
