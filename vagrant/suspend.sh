#!/bin/sh
# suspend.sh NAME suspend|resume: a machine stands still as a whole, or goes on. Called by the lab.
set -eu
cd "$(dirname "$0")"
machines=${VAGRANT_DOTFILE_PATH:-.vagrant}/machines
libvirt=$machines/$1/libvirt/id virtualbox=$machines/$1/virtualbox/id
if [ -s "$libvirt" ]; then exec virsh --quiet --connect "${LIBVIRT_DEFAULT_URI:-qemu:///system}" "$2" "$(cat "$libvirt")"; fi
case $2 in suspend) deed=pause ;; *) deed=$2 ;; esac
if [ -s "$virtualbox" ]; then exec VBoxManage controlvm "$(cat "$virtualbox")" "$deed"; fi
echo "suspend.sh: $1 is no machine of libvirt or VirtualBox here" >&2
exit 1
