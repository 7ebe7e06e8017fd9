-- wanted_bins: asked here: the stretches in which a process was busy and alone with one request, counted
select distinct (bin_ns - bin_ns % $bin_ns) // $bin_ns as bin
from storm_bins
