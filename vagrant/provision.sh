#!/bin/sh
# As root in each machine, once: packages, and this project in /opt/pykeepalived. Runs again without harm.
set -eu
source=/opt/pykeepalived-source target=/opt/pykeepalived wheels=/opt/pykeepalived-wheels
export DEBIAN_FRONTEND=noninteractive

need() { # need PROGRAM PACKAGE
    command -v "$1" >/dev/null && return
    apt-get update -q
    apt-get install -y -q --no-install-recommends "$2"
}

need rsync rsync
python3 -c 'import ensurepip' 2>/dev/null || { apt-get update -q; apt-get install -y -q --no-install-recommends python3-venv; }
case $(hostname) in
    dir*)
        need ipvsadm ipvsadm
        need nft nftables
        need keepalived keepalived # for the scenario "upgrade"; the lab starts it, nobody else does
        systemctl disable -q --now keepalived 2>/dev/null || true
        ;;
esac

# Wheels that a home-made box brought along spare the network.
if [ -d $wheels ]; then from="--no-index --find-links $wheels"; else from=; fi
[ -x $target/bin/python ] || python3 -m venv $target
case $(hostname) in
    dir*) dependencies= ;;
    *) dependencies=--no-deps ;; # real servers and the client use nothing outside Python itself
esac
# shellcheck disable=SC2086
$target/bin/python -m pip install -q --disable-pip-version-check --no-compile $from $dependencies $source
$target/bin/python -m compileall -q "$($target/bin/python -c 'import pykeepalived; print(*pykeepalived.__path__)')"
