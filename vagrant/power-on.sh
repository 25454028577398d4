#!/bin/sh
# power-on.sh NAME MODE: boot a machine that was switched off, and set it up again. Called by the lab.
set -eu
cd "$(dirname "$0")"
vagrant up --no-provision "$1"
vagrant ssh-config >.ssh-config.new
mv .ssh-config.new .ssh-config
ssh -F .ssh-config -o BatchMode=yes -o LogLevel=ERROR "$1" sudo sh -s -- "$2" <set-up.sh
