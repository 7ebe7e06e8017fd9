-- chosen_bins: condition: that started in some bins
intDiv(start_ns, $bin_ns) in $wanted
