-- several_agents: condition: requests of an address that has several agents: these tell its clients apart
assumeNotNull(raw_address) global in (
    select address_text
    from (
        select
            bare_address(coalesce(
                told('client.address'), told('http.client_ip'), told('net.sock.peer.addr'), told('network.peer.address'),
                told('net.peer.ip'), told('peer.address'), told('peer.ipv4'), told('peer.ipv6')
            )) as address_text,
            leftUTF8(coalesce(told('user_agent.original'), told('http.user_agent'), told('user_agent')), 500) as agent_text
        from {table}
        where
            {period}
            and {asked}
            and {speaks}
    ) as seen
    where address_text is not null
    group by address_text
    having min(agent_text) < max(agent_text)
)
