# Five nodes: n4 can talk only to n2, n5 only to n3, and n3 leads (T31, the outage of November 2020 at Cloudflare, as Howard and
# Abraham retell it). n4 cannot hear the leader, and still must not depose it.
> cluster 5
> elect n3
    n3 leads term 1
> run 100
> cut n4->n1 n4->n3 n4->n5 n1->n4 n3->n4 n5->n4
> cut n5->n1 n5->n2 n5->n4 n1->n5 n2->n5 n4->n5
> run 5000
      104 n4 becomes pre-candidate in term 1
> status
    n1 follower term 1 leader n3 commit 1 last 1@1
    n2 follower term 1 leader n3 commit 1 last 1@1
    n3 leader term 1 leader n3 commit 1 last 1@1
    n4 pre-candidate term 1 leader - commit 1 last 1@1
    n5 follower term 1 leader n3 commit 1 last 1@1
