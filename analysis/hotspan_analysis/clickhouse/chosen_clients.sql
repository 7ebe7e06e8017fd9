-- chosen_clients: condition: of some clients
client % 4294967296 in $wanted
