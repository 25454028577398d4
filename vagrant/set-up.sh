#!/bin/sh
# set-up.sh MODE: as root in each machine, at its first boot and whenever MODE changes.
# Directors get their file, real servers what the way of forwarding needs. Runs again without harm.
#
# set-up.sh MODE print NAME CARD CARD: only print that director's file, for cards of these names.
set -eu
mode=$1
front=192.168.56 back=192.168.57 vip=192.168.56.100 gate=192.168.57.254 client=192.168.56.10
state=/var/lib/pykeepalived-lab.json
tool=/opt/pykeepalived/bin/pykeepalived

# The card with that address prefix; cards are called eth1 here, enp0s8 there.
card() { ip -o -4 address | awk -v p="$1." 'index($4, p) == 1 { print $2; exit }'; }

instance() { # instance NAME CARD VRID PRIORITY VIP
    cat <<END
vrrp_instance $1 {
    state BACKUP
    interface $2
    virtual_router_id $3
    priority $4
    advert_int 1
    virtual_ipaddress {
        $5/24 dev $2
    }
}
END
}

director_file() { # director_file NAME FRONT-CARD BACK-CARD
    case $1 in dir1) priority=150 ;; *) priority=100 ;; esac
    case $mode in
        fullnat) kind=NAT extra='    # pykeepalived: source_nat masquerade' ;;
        *) kind=$(echo "$mode" | tr a-z A-Z) extra= ;;
    esac
    cat <<END
global_defs {
    router_id $1
}
vrrp_sync_group lab {
    group {
        front
        back
    }
}
END
    instance front "$2" 31 $priority $vip
    instance back "$3" 32 $priority $gate
    cat <<END
virtual_server $vip 80 {
    delay_loop 3
    lb_algo rr
    lb_kind $kind
    protocol TCP
$extra
END
    for number in 21 22; do
        cat <<END
    real_server $back.$number 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 3
        }
    }
END
    done
    echo '}'
}

director() {
    mkdir -p /etc/keepalived
    director_file "$(hostname)" "$(card $front)" "$(card $back)" >/etc/keepalived/keepalived.conf
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

if [ "${2:-}" = print ]; then
    director_file "$3" "$4" "$5"
    exit
fi
# Replies of direct routing come in by another card than requests go out by.
for which in all default; do sysctl -q -w net.ipv4.conf.$which.rp_filter=0; done
case $(hostname) in
    dir*) director ;;
    rs*) real_server ;;
esac
