#!/usr/bin/env bash
# test-failover.sh [SCENARIO ...]: scenarios of the lab on the Vagrant machines, with the lab's own runner and report.
#
#   MODE=nat|dr|tun|fullnat  how the directors forward (default nat); the machines are set up for it first
#   PATIENCE=N               wait and allow N times as long (default 1, with LAB_TCG=1 6)
#   REPORT=FOLDER            where reports go (default ../build/vagrant)
#
# Without names: failover stop server. `pykeepalived lab scenarios` lists all. Exit status 0: all expectations held.
set -euo pipefail
cd "$(dirname "$0")"
MODE=${MODE:-nat}
REPORT=${REPORT:-../build/vagrant}
PATIENCE=${PATIENCE:-$([ "${LAB_TCG:-0}" = 1 ] && echo 6 || echo 1)}
[ $# -gt 0 ] || set -- failover stop server
case $MODE in nat | dr | tun | fullnat) ;; *) echo "MODE=$MODE: nat, dr, tun and fullnat are known" >&2; exit 2 ;; esac

# The lab runs here, from the work tree's environment or wherever it is installed.
if [ -x ../.venv/bin/python ]; then lab=(../.venv/bin/python -m pykeepalived lab)
elif command -v pykeepalived >/dev/null; then lab=(pykeepalived lab)
else echo "pykeepalived is not installed here; 'make setup' in the work tree does it" >&2; exit 2; fi

# A scenario may have left a machine without power; then there is nothing to reach.
vagrant ssh-config >.ssh-config 2>/dev/null || { vagrant up --no-provision; vagrant ssh-config >.ssh-config; }
ssh_to() { ssh -F .ssh-config -o BatchMode=yes -o LogLevel=ERROR "$@"; }

echo "Setting up the machines for MODE=$MODE"
pids=()
for name in dir1 dir2 rs1 rs2 client; do
    ssh_to "$name" sudo sh -s -- "$MODE" <set-up.sh & pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done

cat >.site.toml <<END
# Written by test-failover.sh.
title = "Vagrant machines, $MODE"
ssh = ["ssh", "-F", ".ssh-config", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "{name}", "sudo"]
python = "/opt/pykeepalived/bin/python"
power_on = ["./power-on.sh", "{name}", "$MODE"]
suspend = ["./suspend.sh", "{name}", "suspend"]
wake = ["./suspend.sh", "{name}", "resume"]
vips = ["192.168.56.100", "192.168.57.254"]

[[target]]
address = "192.168.56.100"
shares = { rs1 = 1, rs2 = 1 }

[machine]
dir1 = { role = "director", addresses = ["192.168.56.11", "192.168.57.11"] }
dir2 = { role = "director", addresses = ["192.168.56.12", "192.168.57.12"] }
rs1 = { role = "real server", addresses = ["192.168.57.21"] }
rs2 = { role = "real server", addresses = ["192.168.57.22"] }
client = { role = "client", addresses = ["192.168.56.10", "192.168.57.10"] }
END

status=0
for scenario in "$@"; do
    printf '\n== %s, MODE=%s\n' "$scenario" "$MODE"
    for name in dir1 dir2 rs1 rs2 client; do # an earlier scenario may have left one without power
        ssh_to -o ConnectTimeout=20 "$name" true 2>/dev/null || ./power-on.sh "$name" "$MODE"
    done
    "${lab[@]}" remote .site.toml --scenario "$scenario" --patience "$PATIENCE" --report "$REPORT/$MODE-$scenario" ||
        status=1
done
exit $status
