# n1 wants n3 out, and only n3 gets the entry before both are cut off from the others (M6).
> cluster 5
> elect n1
    n1 leads term 1
> partition n1 n3 | n2 n4 n5
> change n1 voters=n1,n2,n4,n5
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n4 n5 from n1 n2 n3 n4 n5]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n4 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n5 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> deliver
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0 is lost
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 [voters n1 n2 n4 n5 from n1 n2 n3 n4 n5]
      n3 commits 1
      n3 applies 1@1 noop
    n1→n4 term 1 Append prev 1@1, 1 entries, commit 1, round 0 is lost
    n1→n5 term 1 Append prev 1@1, 1 entries, commit 1, round 0 is lost
    n3→n1 term 1 AppendAccepted 2, round 0
> status n1 n3
    n1 leader term 1 leader n1 commit 1 last 2@1 voters n1 n2 n4 n5 from n1 n2 n3 n4 n5
    n3 follower term 1 leader n1 commit 1 last 2@1 voters n1 n2 n4 n5 from n1 n2 n3 n4 n5

# n2 is elected, by the configuration in its log. Its first entry takes the place of that one, and the old configuration is in force again.
> elect n2
    n2 leads term 2
> heal
> timeout n2
      sends n2→n1 term 2 Append prev 1@1, 0 entries, commit 2, round 0
      sends n2→n3 term 2 Append prev 1@1, 0 entries, commit 2, round 0
      sends n2→n4 term 2 Append prev 2@2, 0 entries, commit 2, round 0
      sends n2→n5 term 2 Append prev 2@2, 0 entries, commit 2, round 0
> deliver
    n2→n1 term 2 Append prev 1@1, 0 entries, commit 2, round 0
      n1 becomes follower in term 2
    n2→n3 term 2 Append prev 1@1, 0 entries, commit 2, round 0
      n3 becomes follower in term 2
    n2→n4 term 2 Append prev 2@2, 0 entries, commit 2, round 0
      n4 commits 2
      n4 applies 1@1 noop, 2@2 noop
    n2→n5 term 2 Append prev 2@2, 0 entries, commit 2, round 0
      n5 commits 2
      n5 applies 1@1 noop, 2@2 noop
    n1→n2 term 2 AppendAccepted 1, round 0
    n3→n2 term 2 AppendAccepted 1, round 0
    n4→n2 term 2 AppendAccepted 2, round 0
    n5→n2 term 2 AppendAccepted 2, round 0
    n2→n1 term 2 Append prev 1@1, 1 entries, commit 2, round 0
      n1 removes its log from 2 on
      n1 goes by voters n1 n2 n3 n4 n5
      n1 appends 2@2 noop
      n1 commits 2
      n1 applies 2@2 noop
    n2→n3 term 2 Append prev 1@1, 1 entries, commit 2, round 0
      n3 removes its log from 2 on
      n3 goes by voters n1 n2 n3 n4 n5
      n3 appends 2@2 noop
      n3 commits 2
      n3 applies 2@2 noop
    n1→n2 term 2 AppendAccepted 2, round 0
    n3→n2 term 2 AppendAccepted 2, round 0
> status
    n1 follower term 2 leader n2 commit 2 last 2@2
    n2 leader term 2 leader n2 commit 2 last 2@2
    n3 follower term 2 leader n2 commit 2 last 2@2
    n4 follower term 2 leader n2 commit 2 last 2@2
    n5 follower term 2 leader n2 commit 2 last 2@2
