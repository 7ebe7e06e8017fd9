-- chosen_targets: condition: of some clients for some targets, as wanted_steady has them
(client + ifNull(target, 0)) % 4294967296 in $wanted
