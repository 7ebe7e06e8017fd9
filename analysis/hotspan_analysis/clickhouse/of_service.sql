-- of_service: condition: the spans of one service, and those that name theirs elsewhere
and ServiceName in ($service, '')
