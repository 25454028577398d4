#!/bin/sh
# set-up.sh MODE: as root in each machine, at its first boot and whenever MODE changes.
# Directors get their file, real servers what the way of forwarding needs. Runs again without harm.
set -eu
mode=$1
front=192.168.56 back=192.168.57 vip=192.168.56.100 gate=192.168.57.254 client=192.168.56.10
name=$(hostname)
state=/var/lib/pykeepalived-lab.json
tool=/opt/pykeepalived/bin/pykeepalived

# The card with that address prefix; cards are called eth1 here, enp0s8 there.
card() { ip -o -4 address | awk -v p="$1." 'index($4, p) == 1 { print $2; exit }'; }

instance() { # instance NAME CARD VRID VIP
    cat <<END
vrrp_instance $1 {
    state BACKUP
    interface $2
    virtual_router_id $3
    priority $priority
    advert_int 1
    virtual_ipaddress {
        $4/24 dev $2
    }
}
END
}

director() {
    case $name in dir1) priority=150 ;; *) priority=100 ;; esac
    kind=$(echo "$mode" | tr a-z A-Z)
    case $mode in fullnat) kind="NAT" ;; esac
    mkdir -p /etc/keepalived
    {
        printf 'global_defs {\n    router_id %s\n}\n' "$name"
        printf 'vrrp_sync_group lab {\n    group {\n        front\n        back\n    }\n}\n'
        instance front "$(card $front)" 31 $vip
        instance back "$(card $back)" 32 $gate
        printf 'virtual_server %s 80 {\n    delay_loop 3\n    lb_algo rr\n    lb_kind %s\n    protocol TCP\n' $vip $kind
        [ "$mode" != fullnat ] || printf '    # pykeepalived: source_nat masquerade\n'
        for number in 21 22; do
            printf '    real_server %s.%s 80 {\n        weight 1\n        TCP_CHECK {\n            connect_timeout 3\n        }\n    }\n' $back $number
        done
        echo '}'
    } >/etc/keepalived/keepalived.conf
    modprobe ip_vs
    case $mode in nat | fullnat) forward=1 ;; *) forward=0 ;; esac
    sysctl -q -w net.ipv4.ip_forward=$forward
}

real_server() {
    $tool real-server undo --state $state >/dev/null
    ip route del $front.0/24 2>/dev/null || true
    ip route del $client/32 2>/dev/null || true
    case $mode in
        # `real-server apply --mode nat` would take the default route, which belongs to Vagrant here.
        nat) ip route replace $front.0/24 via $gate ;;
        fullnat) ;; # requests come from a director's own address; the client need not be reachable
        *)
            $tool real-server apply --mode "$mode" --state $state $vip
            # The client's card in this network answers for its other address too.
            ip route replace $client/32 dev "$(card $back)"
            ;;
    esac
}

# Replies of direct routing come in by another card than requests go out by.
for name_of in all default; do sysctl -q -w net.ipv4.conf.$name_of.rp_filter=0; done
case $name in
    dir*) director ;;
    rs*) real_server ;;
esac
