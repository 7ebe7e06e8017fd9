-- seal_losses: what this process dropped, as it is written down; there is nothing to hash or to scrub.
select * from raw_losses;
