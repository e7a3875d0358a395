# Only the leader takes commands; a follower says who that is, if it knows (L19).
> cluster 3
> propose n2 x
    n2 refuses x: not the leader
> elect n1
    n1 leads term 1
> propose n2 x
    n2 refuses x: not the leader; that is n1
> propose n1 x
    n1 takes x as 2@1
      n1 appends 2@1 x
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0

# A follower that has lost its leader does not send anybody to it once it stands for election itself.
> timeout n2
      n2 becomes pre-candidate in term 1
      sends n2→n1 term 1 PreVote for 2 last 1@1
      sends n2→n3 term 1 PreVote for 2 last 1@1
> propose n2 y
    n2 refuses y: not the leader
