-- wanted_steady: asked here: who asks for what at one distance, each as a number of 32 bits
select distinct ((client::hugeint + target) % 4294967296)::bigint as pair
from storm_steady
